"""Acme's orders as Seam's documents. Pure: no ``env``, no clock, no call.

What is in here can be tried on a sample in a Python shell. A value that cannot be
understood raises a Fault with a pointer to it; nothing is guessed.
"""

from datetime import datetime, timezone
from decimal import Decimal

from odoo.addons.seam.engine.fault import Fault

from . import const


def order(wire):
    """:param wire: an order of Acme
    :return: a ``sale-order`` document
    """
    buyer, address = wire["buyer"], wire["buyer"]["address"]
    return {
        "id": wire["ref"],
        "number": wire["ref"],
        "status": _status(wire["state"]),
        "external_status": wire["state"],
        "date": _time(wire["placed_at"]),
        "modified": _time(wire["changed_at"]),
        "currency": wire["currency"],
        "prices_include_tax": False,
        "customer": {"id": buyer["ref"], "email": buyer["mail"]},
        "billing": {
            "name": buyer["name"],
            "street": address["line"],
            "city": address["town"],
            "zip": address["zip"],
            "country": address["country"],
        },
        "lines": [_line(line) for line in wire["items"]],
        "taxes": [
            {"code": tax["code"], "name": tax["name"], "rate": str(tax["percent"])}
            for tax in wire["taxes"]
        ],
        "totals": {"total": _money(wire["total_cents"])},
    }


def _line(line):
    return {
        "id": str(line["pos"]),
        "kind": "product",
        "product": {"sku": line["article"]},
        "name": line["text"],
        "quantity": line["pieces"],
        "total": _money(line["net_cents"]),
        "taxes": [{"code": line["tax"], "total": _money(line["tax_cents"])}],
    }


def _status(state):
    if state in const.STATE:
        return const.STATE[state]
    raise Fault(
        "mapping.failed",
        f"Acme calls the order “{state}”, which this connector does not know.",
        pointer="/state",
        fix="Ask Acme what it means, then have the connector taught it.",
        subject=f"state:{state}",
    )


def _money(cents):
    """Acme counts cents. :return: decimal text; binary fractions never touch money"""
    return str(Decimal(cents).scaleb(-2))


def _time(seconds):
    """Acme counts seconds since 1970. :return: RFC 3339, in UTC"""
    moment = datetime.fromtimestamp(seconds, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
