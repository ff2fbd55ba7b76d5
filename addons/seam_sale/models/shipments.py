"""What has left of an order, as documents say it. Reads records, writes nothing."""

import json
from datetime import timezone

from odoo.tools import float_round


def is_shipment(picking):
    """Whether its goods leave for the customer: not a return, not a step before."""
    return picking.location_dest_id.usage == "customer"


def number(value):
    """A quantity as people write it: 3, not 3.0, and without binary noise."""
    value = float_round(value, precision_digits=6)
    return int(value) if value == int(value) else value


def instant(moment):
    """:return: RFC 3339 text of a naive datetime in UTC"""
    return moment.replace(tzinfo=timezone.utc).isoformat().replace("+00:00", "Z")


def describe(picking):
    """:return: dict of a shipment, of the contracts sale-status and sale-shipment"""
    document = {
        "number": picking.name,
        "date": instant(picking.date_done),
        "lines": _lines(picking),
    }
    if picking.carrier_id:
        document["carrier"] = picking.carrier_id.name
    numbers = _tracking_numbers(picking)
    if numbers:
        document["tracking"] = numbers
    url = picking.carrier_tracking_url or ""
    if url.startswith(("https://", "http://")):
        document["tracking_url"] = url
    return document


def _tracking_numbers(picking):
    """Odoo keeps those of several parcels in one text, with commas."""
    given = (picking.carrier_tracking_ref or "").replace("+", ",").split(",")
    return list(dict.fromkeys(text.strip() for text in given if text.strip()))


def _lines(picking):
    """One line for each line of the order, whatever moves and lots it took."""
    lines = {}
    for move in picking.move_ids.filtered(lambda move: move.state == "done" and move.quantity):
        entry = _line(move)
        identity = {name: value for name, value in entry.items() if name != "quantity"}
        known = lines.setdefault(json.dumps(identity, sort_keys=True), {**entry, "quantity": 0})
        known["quantity"] += entry["quantity"]
    return [{**line, "quantity": number(line["quantity"])} for line in lines.values()]


def _line(move):
    product, sold = move.product_id, move.sale_line_id
    line = {"name": product.name, "quantity": move.quantity}
    if product.default_code:
        line["sku"] = product.default_code
    # a part of a kit is not the line of the order that it was sold by
    if sold.seam_line_key and sold.product_id == product:
        line["order_line_id"] = sold.seam_line_key
        line["quantity"] = move.product_uom._compute_quantity(
            move.quantity, sold.product_uom_id, round=False
        )
    return line
