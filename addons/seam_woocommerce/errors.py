"""What WooCommerce's refusals mean. Its errors are ``{"code", "message", "data"}``.

https://woocommerce.github.io/woocommerce-rest-api-docs/#errors
"""

from odoo.addons.seam.engine import exchange
from odoo.addons.seam.engine.fault import Fault

# What is not there: no retry helps.
ORDER_GONE = {
    "woocommerce_rest_shop_order_invalid_id",
    "woocommerce_rest_order_invalid_id",
    "woocommerce_rest_invalid_order_id",
}
PRODUCT_GONE = {
    "woocommerce_rest_product_invalid_id",
    "woocommerce_rest_product_variation_invalid_id",
    "woocommerce_rest_invalid_product_id",
}
# WooCommerce answers 500 where an amount is more than what is left of the order.
REFUND_REFUSED = {
    "woocommerce_rest_cannot_create_order_refund",
    "woocommerce_rest_invalid_order_refund",
}
# Before anything was done.
NOT_STARTED = {408, 425, 429, 503}


def interpret(response, flow, repeatable):
    """:param repeatable: whether the call may be made twice
    :return: exchange.Answer
    """
    code, message = _words(response)
    status = response.status
    if 200 <= status < 300:
        return exchange.accepted()
    if code in ORDER_GONE:
        return _refused(
            "The shop has no such order (any more).",
            "Look whether it was deleted in the shop, and discard this message then; else "
            "correct the order's binding and retry.",
            f"{flow.host}:order",
        )
    if code in PRODUCT_GONE:
        return _refused(
            "The shop has no such product (any more).",
            "If it was deleted in the shop, delete the product's binding and discard this "
            "message; else choose “Pull again from” on the pull of products, then retry.",
            f"{flow.host}:product",
        )
    if code in REFUND_REFUSED:
        return _refused(
            f"The shop refused the refund: {message}",
            "Compare the refunds of the order in the shop with its credit notes here. If the "
            "shop has it already, discard this message.",
            f"{flow.host}:refund",
        )
    if status in (401, 403):
        return _no_right(flow, code, message)
    if status >= 500 and status not in NOT_STARTED and not repeatable:
        return exchange.refused(
            Fault(
                "transport.ambiguous",
                f"The shop broke off ({status}): it may have taken effect.",
                subject=flow.host,
                retry_after=response.retry_after,
            )
        )
    answer = exchange.interpret(response, flow.host)
    if answer.fault.code == "transport.rejected" and message:
        return _refused(
            f"The shop refused it: {message}",
            "Mend what it says, then retry.",
            f"{flow.host}:{code or status}",
        )
    return answer


def _words(response):
    """:return: (code, message) of an error; ("", "") where it is none of WooCommerce's"""
    try:
        content = response.json()
    except Fault:
        return "", ""
    if not isinstance(content, dict):
        return "", ""
    return str(content.get("code") or ""), str(content.get("message") or "").strip()[:500]


def _refused(message, fix, subject):
    return exchange.refused(Fault("transport.rejected", message, fix=fix, subject=subject))


def _no_right(flow, code, message):
    reading = "cannot_edit" in code or "cannot_create" in code or "cannot_batch" in code
    return exchange.refused(
        Fault(
            "auth.failed",
            f"The shop refused our key: {message or code or 'without a reason'}",
            fix="Give the key the permission Read/Write in the shop (WooCommerce, Settings, "
            "Advanced, REST API), and see that its user may edit orders and products."
            if reading
            else "Enter consumer key and consumer secret anew, under Credentials of the system.",
            subject=flow.host,
        )
    )
