"""Amounts of a line, as pure arithmetic on decimals."""

from decimal import Decimal, DivisionByZero, InvalidOperation

ZERO = Decimal(0)


def amount(text):
    """:return: Decimal of a document's decimal text; 0 where it is missing"""
    return Decimal(text) if text else ZERO


def line_amounts(line, included):
    """What the customer pays for a line, in the way in which Odoo prices it.

    :param line: a line of the document; its amounts are before tax
    :param included: codes of the taxes that Odoo has as included in the price
    :return: (amount before the discount, amount after it), each with the taxes
        of ``included`` in it
    """
    total = amount(line["total"])
    subtotal = amount(line.get("subtotal") or line["total"])
    for tax in line.get("taxes", ()):
        if tax["code"] in included:
            total += amount(tax["total"])
            subtotal += amount(tax.get("subtotal") or tax["total"])
    return subtotal, total


def unit_price(subtotal, total, quantity, digits):
    """Split a line's amount into a unit price and a percentage of discount.

    The discount is shown as a percentage only where that is exact: a rounded
    percentage would change the amount, or the tax on it, by a cent now and then.
    Else the price is the one after the discount.

    :param digits: decimals that Odoo keeps of a percentage
    :return: (unit price, discount in percent), Decimals
    """
    if subtotal > total >= 0:
        percent = _percent(subtotal, total, digits)
        if subtotal * (100 - percent) == total * 100:
            return subtotal / quantity, percent
    return total / quantity, ZERO


def _percent(subtotal, total, digits):
    try:
        exact = 100 * (subtotal - total) / subtotal
    except (DivisionByZero, InvalidOperation):
        return ZERO
    return exact.quantize(Decimal(1).scaleb(-digits))


def document_sum(document):
    """:return: what the lines with their taxes add up to"""
    return sum(
        (
            amount(line["total"]) + sum(amount(tax["total"]) for tax in line.get("taxes", ()))
            for line in document["lines"]
        ),
        ZERO,
    )
