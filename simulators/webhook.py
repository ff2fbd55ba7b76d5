"""What WooCommerce sends: bytes, headers and signature of a webhook delivery.

https://woocommerce.github.io/woocommerce-rest-api-docs/#webhooks; `WC_Webhook` in WooCommerce's source.
"""

import base64
import hashlib
import hmac
import json
import secrets


def body(payload):
    """A payload in the bytes that PHP's json_encode makes: slashes and non-ASCII escaped."""
    return json.dumps(payload, separators=(",", ":")).replace("/", "\\/").encode()


def sign(content, secret):
    """base64(HMAC-SHA256(content, secret)), for the header X-WC-Webhook-Signature."""
    return base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()


def headers(topic, content, secret, source="http://127.0.0.1:8070/", delivery=None, number=1):
    """The headers of a delivery of `content` (bytes).

    topic     e.g. "order.created"
    delivery  id of this delivery; a new one when not given
    number    id of the webhook in the shop
    """
    resource, _, event = topic.partition(".")
    return {
        "User-Agent": "WooCommerce/9.4.2 Hookshot (WordPress/6.7.1)",
        "Content-Type": "application/json",
        "X-WC-Webhook-Source": source,
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": event,
        "X-WC-Webhook-Signature": sign(content, secret),
        "X-WC-Webhook-ID": str(number),
        "X-WC-Webhook-Delivery-ID": delivery or secrets.token_hex(16),
    }
