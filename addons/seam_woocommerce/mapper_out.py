"""Seam's documents as calls of WooCommerce's REST API v3. Pure: no database, no clock.

Each document is one call, so that one answer tells what became of it. A call that may
not be made twice bears a mark by which it is found again: see ``look_up.py``.
"""

from decimal import ROUND_FLOOR, Decimal

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.fault import Fault

from . import const


def status(document, _flow, _sending):
    """:return: Request, or None where WooCommerce has no word for the status"""
    word = const.STATUS_OUT.get(document["status"])
    if word is None:
        return None
    return Request("PUT", order_path(document), json={"status": word})


def note(document, flow, _sending):
    """:return: Request, or None while there is no tracking number to tell"""
    if not document.get("tracking"):
        return None
    return Request(
        "POST",
        f"{order_path(document)}/notes",
        json={
            "note": note_text(document),
            # that it has arrived the customer knows
            "customer_note": not document.get("delivered")
            and bool(flow.options.get("woocommerce_customer_note", True)),
        },
    )


def note_text(document):
    """What customers read. The shipment's number and the tracking numbers make it one of
    its kind in its order, and it is found by them."""
    if document.get("delivered"):
        return (
            f"Shipment {document['number']} was delivered on {document['delivered'][:10]}. "
            f"Tracking: {', '.join(document['tracking'])}."
        )
    parts = [f"Shipment {document['number']}"]
    if document.get("carrier"):
        parts.append(f"with {document['carrier']}")
    lines = ", ".join(f"{line['quantity']} × {line['name']}" for line in document["lines"])
    numbers = ", ".join(document["tracking"])
    text = f"{' '.join(parts)}: {lines}. Tracking: {numbers}."
    return f"{text} {document['tracking_url']}" if document.get("tracking_url") else text


def refund(document, _flow, sending):
    """The shop notes the refund. It moves no money and puts nothing back on stock: both
    are decided in Odoo."""
    reason = " ".join(filter(None, (document["id"], document.get("reason"))))
    return Request(
        "POST",
        f"{order_path(document)}/refunds",
        json={
            "amount": document["total"],
            "reason": reason,
            "line_items": [_refund_line(line) for line in document["lines"]],
            "api_refund": False,
            "api_restock": False,
            "meta_data": [{"key": const.META_KEY, "value": sending.key}],
        },
    )


def _refund_line(line):
    return {
        "id": _number(line["order_line_id"], "/lines"),
        "quantity": line["quantity"],
        "refund_total": line["total"],
        "refund_tax": [
            {"id": tax["code"], "refund_total": tax["total"]} for tax in line.get("taxes", ())
        ],
    }


def stock(document, _flow, _sending):
    """WooCommerce counts whole pieces: a begun one is not for sale."""
    return Request(
        "PUT",
        product_path(document),
        json={"manage_stock": True, "stock_quantity": _whole(document["quantity"])},
    )


def _whole(quantity):
    return int(Decimal(str(quantity)).to_integral_value(ROUND_FLOOR))


def order_path(document):
    return f"{const.API}/orders/{_number(document['order_id'], '/order_id')}"


def product_path(document):
    """A variation is changed below the product that it is one of."""
    if not document.get("product_id"):
        raise Fault(
            "mapping.failed",
            f"It is not known which product of the shop {document['sku']} is.",
            pointer="/product_id",
            fix="Give the product this SKU in the shop, choose “Pull now” on the pull of "
            "products, then retry.",
            subject=f"sku:{document['sku']}",
        )
    product = _number(document["product_id"], "/product_id")
    if document.get("parent_id"):
        parent = _number(document["parent_id"], "/parent_id")
        return f"{const.API}/products/{parent}/variations/{product}"
    return f"{const.API}/products/{product}"


def _number(text, pointer):
    """WooCommerce's ids are numbers; anything else would be another address."""
    if not (text.isascii() and text.isdigit()):
        raise Fault(
            "mapping.failed",
            f"“{text}” is no id of WooCommerce.",
            pointer=pointer,
            fix="Correct the binding of the record.",
            subject=f"id:{text}",
        )
    return int(text)


REQUESTS = {
    "seam.handler.sale.status": status,
    "seam.handler.sale.shipment": note,
    "seam.handler.sale.refund.out": refund,
    "seam.handler.stock.level": stock,
}
