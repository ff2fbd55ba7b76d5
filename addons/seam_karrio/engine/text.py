"""What fits on a label: nothing is cut off in silence. Pure."""

import math
import re
import textwrap
from decimal import ROUND_CEILING, Decimal

from odoo.addons.seam.engine.fault import Fault

_EXTENSION = re.compile(r"\s*(?:ext\.?|x|#|durchwahl)\s*(\d{1,4})\s*$", re.IGNORECASE)


def fits(value, most, carrier, what, pointer):
    """:return: ``value``, where the carrier takes that many characters
    :raise Fault: ``business.rule``; it would be cut off
    """
    if value is None or len(value) <= most:
        return value
    raise too_long(value, most, carrier, what, pointer)


def too_long(value, most, carrier, what, pointer):
    return Fault(
        "business.rule",
        f"{what} is longer than the {most} characters that {carrier} prints: {value}.",
        pointer=pointer,
        fix="Shorten it in Odoo, then retry. No label was bought.",
        subject=f"{carrier}:{pointer}:{value}",
    )


def lines(address, width, most, carrier, place):
    """The street of an address, on as many lines as the carrier prints.

    :param address: dict with ``street`` and maybe ``street2``
    :param place: ``from`` or ``to``
    :return: list of str
    :raise Fault: ``business.rule``; they are too few
    """
    found = []
    for name in ("street", "street2"):
        found += textwrap.wrap(address.get(name, ""), width, break_long_words=False)
    too_wide = [line for line in found if len(line) > width]
    if too_wide:
        raise too_long(too_wide[0], width, carrier, "A word of the street", f"/{place}/street")
    if len(found) > most:
        whole = ", ".join(filter(None, (address.get("street"), address.get("street2"))))
        raise too_long(whole, width * most, carrier, "The street", f"/{place}/street")
    return found


def phone(value, country, most, carrier, place):
    """A phone number in digits.

    :return: (digits, extension); both '' where there is none
    """
    text = (value or "").replace("(0)", "")
    extension = _EXTENSION.search(text)
    digits = re.sub(r"\D", "", text[: extension.start()] if extension else text)
    if country in ("US", "PR", "CA", "VI") and len(digits) == 11 and digits.startswith("1"):
        digits = digits[1:]
    if len(digits) > most:
        raise too_long(value, most, carrier, "The phone number", f"/{place}/phone")
    return digits, extension[1] if extension else ""


def up(value, places):
    """:return: a number as text, rounded up: what is heavier or longer than said costs more"""
    step = Decimal(1).scaleb(-places)
    return str(Decimal(str(value)).quantize(step, ROUND_CEILING))


def pounds(kilograms):
    return Decimal(str(kilograms)) / Decimal("0.45359237")


def inches(centimetres):
    return Decimal(str(centimetres)) / Decimal("2.54")


def money(amount):
    return f"{Decimal(str(amount)):.2f}"


def shares(amount, count):
    """:return: list of ``count`` Decimals that add up to ``amount``"""
    cents = int((Decimal(str(amount)) * 100).to_integral_value())
    each = math.floor(cents / count)
    return [
        Decimal(each + (1 if number < cents - each * count else 0)) / 100 for number in range(count)
    ]
