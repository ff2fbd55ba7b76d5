"""The part of WooCommerce's REST API v3 that changes things: status, notes, refunds, stock.

https://woocommerce.github.io/woocommerce-rest-api-docs/
"""

import re
from decimal import Decimal, InvalidOperation

from simulators import changes

API = "/wp-json/wc/v3"
PRODUCTS = re.compile(API + r"/products(?:/(\d+)(?:/variations(?:/(\d+))?)?)?")
OF_ORDER = re.compile(API + r"/orders/(\d+)(/notes|/refunds)?")
# What an order may be set to from outside.
SETTABLE = {"pending", "processing", "on-hold", "completed", "cancelled", "refunded", "failed"}


def answer(desk, method, path, body, query):
    """What the shop answers: (status, content), or None where it is another part's matter.

    body  the parsed JSON, {} where there is none
    """
    found = PRODUCTS.fullmatch(path)
    if found:
        return _products(desk, method, path, found, body, query)
    found = OF_ORDER.fullmatch(path)
    if not found or (method == "GET" and found[2] != "/notes"):
        return None
    order = desk.store.order(int(found[1]))
    if not order:
        return _wrong(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    if found[2] == "/notes":
        return _notes(desk, method, order, body)
    if found[2] == "/refunds" and method == "POST":
        return _refund(desk, order, body)
    if not found[2] and method == "PUT":
        return _set_order(desk, order, body)
    return None


def _wrong(status, code, message):
    return status, {"code": code, "message": message, "data": {"status": status}}


# -- orders ------------------------------------------------------------------------------


def _set_order(desk, order, body):
    status = body.get("status", order["status"])
    if status not in SETTABLE:
        return _wrong(400, "rest_invalid_param", "Invalid parameter(s): status")
    if status == order["status"]:
        return 200, order
    return 200, desk.change_from_outside(order, status)


def _notes(desk, method, order, body):
    if method == "GET":
        return 200, desk.store.notes(order["id"])
    if not body.get("note"):
        return _wrong(400, "rest_missing_callback_param", "Missing parameter(s): note")
    note = {
        "author": "seam",
        "note": body["note"],
        "customer_note": bool(body.get("customer_note")),
    }
    return 201, desk.note_from_outside(order, note)


def _refund(desk, order, body):
    """A refund that is more than what is left is answered 500, as WooCommerce does."""
    try:
        amount = Decimal(str(body.get("amount")))
    except InvalidOperation:
        amount = Decimal(0)
    if amount <= 0:
        return _wrong(
            400,
            "woocommerce_rest_invalid_order_refund",
            "Refund amount must be greater than zero.",
        )
    given = sum(Decimal(each["total"]) for each in order["refunds"])
    if amount > Decimal(order["total"]) + given:
        code = "woocommerce_rest_cannot_create_order_refund"
        return _wrong(500, code, "Invalid refund amount.")
    return 201, desk.refund_from_outside(order, amount, body)


# -- products ----------------------------------------------------------------------------


def _products(desk, method, path, found, body, query):
    records = {record["id"]: record for record in desk.shop.catalogue.records}
    if not found[1]:
        return 200, _page([_product(desk, record) for record in records.values()], query)
    record = records.get(int(found[1]))
    if not record:
        return _wrong(404, "woocommerce_rest_product_invalid_id", "Invalid ID.")
    variants = {variant["id"]: variant for variant in record.get("variants", ())}
    if path.endswith("/variations"):
        return 200, _page([_sold(desk, record, each) for each in variants.values()], query)
    variant = variants.get(int(found[2])) if found[2] else None
    if found[2] and not variant:
        return _wrong(404, "woocommerce_rest_product_variation_invalid_id", "Invalid ID.")
    if method == "PUT":
        desk.store.save_level((variant or record)["id"], body)
    return 200, _sold(desk, record, variant) if variant else _product(desk, record)


def _page(items, query):
    size, page = int(query.get("per_page", 10)), int(query.get("page", 1))
    since = query.get("modified_after", "")
    items = [item for item in items if item["date_modified_gmt"] > since]
    return items[(page - 1) * size : page * size]


def _product(desk, record):
    variants = [variant["id"] for variant in record.get("variants", ())]
    return {
        **_sold(desk, record, record),
        "type": "variable" if variants else "simple",
        "variations": variants,
    }


def _sold(desk, record, one):
    return {
        "id": one["id"],
        "name": record["name"],
        "sku": "" if "variants" in one else one["sku"],
        "price": record["price"],
        "date_modified_gmt": "2026-01-01T00:00:00",
        "manage_stock": False,
        "stock_quantity": None,
        **desk.store.level(one["id"]),
    }


def refund_document(builder, order, amount, body, number, when):
    """A refund as the shop keeps it, with the lines that are named."""
    order, document = changes.refund(builder, order, when, number)
    by_id = {
        line["id"]: line
        for kind in ("line_items", "shipping_lines", "fee_lines")
        for line in order[kind]
    }
    lines = []
    for place, given in enumerate(body.get("line_items") or (), 1):
        line = by_id.get(given["id"])
        if line:
            tax = sum(Decimal(each["refund_total"]) for each in given.get("refund_tax") or ())
            key = number * 10 + place
            lines.append(
                {
                    "id": key,
                    "name": line.get("name") or line.get("method_title"),
                    "quantity": -(given.get("quantity") or 0),
                    "total": f"-{given['refund_total']}",
                    "total_tax": f"-{tax}",
                    "meta_data": [
                        {"id": key, "key": "_refunded_item_id", "value": str(line["id"])}
                    ],
                }
            )
    document |= {
        "amount": f"{amount:.2f}",
        "reason": body.get("reason") or "",
        "refunded_payment": bool(body.get("api_refund", True)),
        "meta_data": list(body.get("meta_data") or ()),
        "line_items": lines,
    }
    order["refunds"][-1] |= {"reason": document["reason"], "total": f"-{document['amount']}"}
    whole = sum(Decimal(each["total"]) for each in order["refunds"]) == -Decimal(order["total"])
    return order | ({"status": "refunded"} if whole else {}), document
