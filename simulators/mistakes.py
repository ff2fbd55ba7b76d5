"""Orders that are wrong in one way each. Every function takes an order and returns a spoilt copy."""

import copy
from decimal import Decimal


def off_by_a_cent(order):
    """The total is not the sum of its parts: some plugin rounds in its own way."""
    return order | {"total": f"{Decimal(order['total']) + Decimal('0.01'):.2f}"}


def renamed_field(order):
    """An update of the shop calls `sku` something else."""
    order = copy.deepcopy(order)
    for line in order["line_items"]:
        line["article_number"] = line.pop("sku")
    order["positions"] = order.pop("line_items")
    return order


def retyped_field(order):
    """An update of the shop sends quantities as text and totals as numbers."""
    order = copy.deepcopy(order)
    for line in order["line_items"]:
        line["quantity"] = f"{line['quantity']} pcs"
        line["total"] = float(line["total"])
    return order
