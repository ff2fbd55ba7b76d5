"""WooCommerce's own words.

Orders, refunds, webhooks (REST API v3):
https://woocommerce.github.io/woocommerce-rest-api-docs/#orders
https://woocommerce.github.io/woocommerce-rest-api-docs/#order-refunds
https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks
Order notes, products, variations:
https://woocommerce.github.io/woocommerce-rest-api-docs/#order-notes
https://woocommerce.github.io/woocommerce-rest-api-docs/#products
https://woocommerce.github.io/woocommerce-rest-api-docs/#product-variations
What the statuses mean:
https://woocommerce.com/document/managing-orders/order-statuses/
"""

API = "wp-json/wc/v3"

HEADER_SIGNATURE = "x-wc-webhook-signature"
HEADER_TOPIC = "x-wc-webhook-topic"
HEADER_DELIVERY = "x-wc-webhook-delivery-id"

TOPIC_DELETED = "order.deleted"
TOPIC_PULLED = "order.pulled"
TOPIC_REFUND = "refund.pulled"
TOPIC_PRODUCT = "product.pulled"

# on-hold awaits the payment; failed may still be paid, as pending
STATUS = {
    "auto-draft": "open",
    "checkout-draft": "open",
    "pending": "open",
    "on-hold": "open",
    "failed": "open",
    "processing": "confirmed",
    "completed": "completed",
    "cancelled": "cancelled",
    "refunded": "refunded",
    "trash": "deleted",
}

# What we set. The rest it learns by itself, or has no word for: an order that we confirm
# may be unpaid, and WooCommerce would take "processing" for a payment.
STATUS_OUT = {"shipped": "completed", "cancelled": "cancelled"}

# Where plugins keep the VAT number of a customer.
VAT_KEYS = ("_billing_vat_number", "_vat_number", "vat_number", "_billing_vat", "billing_vat")

# The id of the order's line that a line of a refund is about.
META_REFUNDED_LINE = "_refunded_item_id"

# By which message of ours a refund was made.
META_KEY = "_seam_key"

# Flows that can be pulled, and how many orders or products are asked for at once. Each
# order with refunds, and each product with variations, is a further call.
PULLED = {"orders": 100, "refunds": 25, "products": 50}
# Orders changed this long before the last one seen are fetched again: the shop
# may store them late. Those that did not change are recognised.
OVERLAP_SECONDS = 60

# What is kept of a product.
PRODUCT_FIELDS = ("id", "parent_id", "sku", "global_unique_id", "name", "type")
