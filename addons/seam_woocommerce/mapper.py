"""WooCommerce's orders and refunds as Seam's documents. Pure: no database, no clock.

Amounts of WooCommerce's lines are before tax, whether customers see prices with tax
or not, and rounded to the shop's decimals. Names come with HTML entities.
"""

import html
from decimal import Decimal, InvalidOperation

from odoo.addons.seam.engine.fault import Fault

from . import const, look_up


def order(wire):
    """:param wire: an order as of REST API v3, valid under ``woocommerce-order``
    :return: a ``sale-order`` document
    """
    status = _status(wire)
    if status == "deleted":
        return deletion(wire)
    return _filled(
        {
            "id": str(wire["id"]),
            "number": text(wire.get("number")) or str(wire["id"]),
            "status": status,
            "external_status": wire["status"],
            "date": utc(wire["date_created_gmt"], "/date_created_gmt"),
            "modified": utc(wire["date_modified_gmt"], "/date_modified_gmt"),
            "currency": wire["currency"],
            "prices_include_tax": bool(wire.get("prices_include_tax")),
            "customer": _customer(wire),
            "billing": _address(wire["billing"]),
            "shipping": _shipping(wire),
            "lines": _lines(wire),
            "taxes": [_tax(tax) for tax in wire.get("tax_lines", ())],
            "coupons": [
                _filled({"code": text(coupon["code"]), "amount": money(coupon.get("discount"))})
                for coupon in wire.get("coupon_lines", ())
            ],
            "payment": _payment(wire, status),
            "note": html.unescape(wire.get("customer_note") or "").strip(),
            "totals": _filled({"total": money(wire["total"]), "tax": money(wire.get("total_tax"))}),
        },
        keep=("lines", "billing", "customer", "prices_include_tax"),
    )


def deletion(wire):
    """:param wire: ``{"id": 727}`` of topic order.deleted, or an order in the trash"""
    if "id" not in wire:
        raise Fault(
            "mapping.failed",
            "The message does not say which order was deleted.",
            pointer="/id",
        )
    return {"id": str(wire["id"]), "status": "deleted"}


def refund(wire):
    """:param wire: a refund of GET /orders/<id>/refunds, with ``order_id`` added
    :return: a ``sale-refund`` document; its amounts and quantities are positive
    """
    return _filled(
        {
            "id": str(wire["id"]),
            "order_id": str(wire["order_id"]),
            "date": utc(wire["date_created_gmt"], "/date_created_gmt"),
            "reason": text(wire.get("reason")),
            "total": money(positive(wire.get("amount"))),
            "lines": [
                _refund_line(line, f"/{kind}/{number}")
                for kind in ("line_items", "shipping_lines", "fee_lines")
                for number, line in enumerate(wire.get(kind, ()))
            ],
            "extensions": _filled({"seam_key": look_up.key_of(wire)}),
        },
        keep=("lines",),
    )


def product(wire):
    """:param wire: a product, or a variation with ``parent_id``, of REST API v3
    :return: a ``sale-product`` document. Its stock and price are not in it: when they
        change, it is the same product still.
    """
    return _filled(
        {
            "id": str(wire["id"]),
            "parent_id": str(wire["parent_id"]) if wire.get("parent_id") else None,
            "sku": text(wire.get("sku")),
            "barcode": text(wire.get("global_unique_id")),
            "name": text(wire.get("name")),
        }
    )


def _refund_line(line, pointer):
    about = next(
        (
            meta.get("value")
            for meta in line.get("meta_data", ())
            if meta.get("key") == const.META_REFUNDED_LINE
        ),
        None,
    )
    if not about:
        raise Fault(
            "mapping.failed",
            "A line of the refund does not say which line of the order it is about.",
            pointer=pointer,
        )
    return _filled(
        {
            "order_line_id": str(about),
            "name": text(line.get("name") or line.get("method_title")),
            "quantity": abs(line.get("quantity") or 0),
            "total": money(positive(line.get("total"))),
            "tax": money(positive(line.get("total_tax"))),
        },
        keep=("quantity",),
    )


def _status(wire):
    word = wire["status"]
    if word in const.STATUS:
        return const.STATUS[word]
    raise Fault(
        "mapping.failed",
        f"“{word}” is no status of WooCommerce itself; a plugin of the shop may have made it.",
        pointer="/status",
        fix="Have the shop use one of its own statuses, or have the connector taught this one.",
        subject=f"status:{word}",
    )


def _customer(wire):
    billing = wire["billing"]
    vat = next(
        (
            meta.get("value")
            for meta in wire.get("meta_data", ())
            if meta.get("key") in const.VAT_KEYS and isinstance(meta.get("value"), str)
        ),
        None,
    )
    return _filled(
        {
            "id": str(wire["customer_id"]) if wire.get("customer_id") else None,
            "email": text(billing.get("email")),
            "vat": text(vat),
        }
    )


def _address(place):
    return _filled(
        {
            "name": text(f"{place.get('first_name') or ''} {place.get('last_name') or ''}"),
            "company": text(place.get("company")),
            "street": text(place.get("address_1")),
            "street2": text(place.get("address_2")),
            "city": text(place.get("city")),
            "zip": text(place.get("postcode")),
            "state": text(place.get("state")),
            "country": text(place.get("country")),
            "phone": text(place.get("phone")),
            "email": text(place.get("email")),
        }
    )


def _shipping(wire):
    """An order without shipping (downloads) has an address full of empty texts."""
    return _address(wire.get("shipping") or {}) or None


def _lines(wire):
    return [
        *(_product_line(line) for line in wire["line_items"]),
        *(_shipping_line(line) for line in wire.get("shipping_lines", ())),
        *(_fee_line(line) for line in wire.get("fee_lines", ())),
    ]


def _product_line(line):
    product = line.get("variation_id") or line.get("product_id")
    return _filled(
        {
            "id": str(line["id"]),
            "kind": "product",
            "product": _filled(
                {"id": str(product) if product else None, "sku": text(line.get("sku"))}
            ),
            "name": text(line.get("name")) or "-",
            "quantity": line["quantity"],
            "subtotal": money(line.get("subtotal")),
            "total": money(line["total"]),
            "taxes": _line_taxes(line),
        },
        keep=("product",),
    )


def _shipping_line(line):
    return _filled(
        {
            "id": str(line["id"]),
            "kind": "shipping",
            "product": _filled({"id": text(line.get("method_id"))}),
            "name": text(line.get("method_title")) or "-",
            "quantity": 1,
            "total": money(line["total"]),
            "taxes": _line_taxes(line),
        }
    )


def _fee_line(line):
    return _filled(
        {
            "id": str(line["id"]),
            "kind": "fee",
            "name": text(line.get("name")) or "-",
            "quantity": 1,
            "total": money(line["total"]),
            "taxes": _line_taxes(line),
        }
    )


def _line_taxes(line):
    """A rate that does not apply to the line is there with an empty total."""
    return [
        _filled(
            {
                "code": str(tax["id"]),
                "subtotal": money(tax.get("subtotal")),
                "total": money(tax["total"]),
            }
        )
        for tax in line.get("taxes", ())
        if tax.get("total") not in ("", None)
    ]


def _tax(tax):
    rate = tax.get("rate_percent")
    return _filled(
        {
            "code": str(tax["rate_id"]),
            "name": text(tax.get("label")) or text(tax.get("rate_code")),
            "rate": money(rate) if rate not in (None, "") else None,
        }
    )


def _payment(wire, status):
    state = "paid" if wire.get("date_paid_gmt") else "unpaid"
    if wire["status"] == "failed":
        state = "failed"
    elif status == "refunded":
        state = "refunded"
    elif wire.get("refunds"):
        state = "partially_refunded"
    paid = wire.get("date_paid_gmt")
    return _filled(
        {
            "state": state,
            "method": text(wire.get("payment_method")),
            "name": text(wire.get("payment_method_title")),
            "transaction": text(wire.get("transaction_id")),
            "paid_at": utc(paid, "/date_paid_gmt") if paid else None,
        }
    )


# -- values ----------------------------------------------------------------------------


def text(value):
    """A text without entities and needless space; None where nothing is left."""
    return " ".join(html.unescape(str(value)).split()) or None if value else None


def money(value):
    """WooCommerce's amounts are texts or numbers. :return: decimal text, or None"""
    if value in (None, ""):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Fault("mapping.failed", f"“{value}” is no amount of money.")
    return f"{number:f}"


def positive(value):
    """Refunds carry their amounts with a minus. :return: without it"""
    return str(value or 0).strip().removeprefix("-")


def utc(value, pointer):
    """:return: RFC 3339 of WooCommerce's GMT times, which have no zone"""
    if not value:
        raise Fault("mapping.failed", "A time is missing.", pointer=pointer)
    return value if value.endswith("Z") or "+" in value else f"{value}Z"


def _filled(values, keep=()):
    """Leave out what is empty: documents have no nulls."""
    return {
        key: value
        for key, value in values.items()
        if key in keep or value not in (None, "", [], {})
    }
