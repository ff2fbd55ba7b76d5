"""What happens to an order after it was made. Each takes an order and returns a changed copy."""

import copy
from decimal import Decimal


def pay(builder, order, when):
    """The bank transfer came in."""
    order = _changed(builder, order, when)
    builder.stamp(order, when, "date_paid")
    return order | {"status": "processing", "is_editable": False, "needs_payment": False}


def cancel(builder, order, when):
    return _changed(builder, order, when) | {"status": "cancelled"}


def complete(builder, order, when):
    order = _changed(builder, order, when)
    builder.stamp(order, when, "date_completed")
    return order | {"status": "completed"}


def set_status(builder, order, when, status):
    """Somebody set it by hand, or over REST."""
    order = complete(builder, order, when) if status == "completed" else order
    return _changed(builder, order, when) | {"status": status}


def note(builder, order, when, text="Please leave it at the gate."):
    """The customer asks for something: the lines stay as they are."""
    return _changed(builder, order, when) | {"customer_note": text}


def more(builder, order, when):
    """The merchant adds one piece to the first line."""
    order = _changed(builder, order, when)
    line, product = order["line_items"][0], _product_of(builder, order["line_items"][0])
    dearer = builder.line(line["id"], product, line["quantity"] + 1, taxed=bool(line["taxes"]))
    order["line_items"][0] = dearer
    builder.add_up(order)
    return order


def refund(builder, order, when, number, quantity=1):
    """One piece of the first line is given back.

    Returns the order and the refund, which WooCommerce keeps as a document of its own:
    https://woocommerce.github.io/woocommerce-rest-api-docs/#refund-properties
    """
    order = _changed(builder, order, when)
    line = _given_back(order["line_items"][0], quantity, number)
    amount = -(Decimal(line["total"]) + Decimal(line["total_tax"]))
    document = {
        "id": number,
        "parent_id": order["id"],
        "amount": f"{amount:.2f}",
        "reason": "The customer sent it back.",
        "refunded_by": 1,
        "refunded_payment": True,
        "meta_data": [],
        "line_items": [line],
        "shipping_lines": [],
        "tax_lines": [],
        "fee_lines": [],
        "_links": {
            "self": [{"href": f"{_address(order)}/refunds/{number}"}],
            "collection": [{"href": f"{_address(order)}/refunds"}],
            "up": [{"href": _address(order)}],
        },
    }
    builder.stamp(document, when, "date_created")
    order["refunds"].append(
        {"id": number, "reason": document["reason"], "total": f"-{document['amount']}"}
    )
    if sum(Decimal(each["total"]) for each in order["refunds"]) == -Decimal(order["total"]):
        order["status"] = "refunded"
    return order, document


def _changed(builder, order, when):
    order = copy.deepcopy(order)
    builder.stamp(order, when)
    return order


def _given_back(line, quantity, number):
    """`quantity` pieces of a line, as WooCommerce words them in a refund: below zero."""
    share = Decimal(quantity) / line["quantity"]
    total = (Decimal(line["total"]) * share).quantize(Decimal("0.01"))
    tax = (Decimal(line["total_tax"]) * share).quantize(Decimal("0.01"))
    taxes = [{**each, "total": f"-{tax}", "subtotal": f"-{tax}"} for each in line["taxes"]]
    return line | {
        "id": number * 10,
        "quantity": -quantity,
        "subtotal": f"-{total}",
        "subtotal_tax": f"-{tax}" if tax else "0.00",
        "total": f"-{total}",
        "total_tax": f"-{tax}" if tax else "0.00",
        "taxes": taxes,
        "meta_data": [{"id": number * 10, "key": "_refunded_item_id", "value": str(line["id"])}],
    }


def _product_of(builder, line):
    known = builder.catalogue.products + builder.catalogue.unknown_products
    return next(product for product in known if product.sku == line["sku"])


def _address(order):
    return order["_links"]["self"][0]["href"]
