"""Seam's delivery requests as fulfilment orders of Amazon. Pure: no database, no clock.

What does not fit is refused with its place, never cut: a label with half a street does
not arrive.
"""

from urllib.parse import quote

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.fault import Fault

from . import const

HEADERS = {"Accept": "application/json", "User-Agent": const.USER_AGENT}


def request(document, options):
    """:param document: ``stock-delivery``
    :param options: dict of the flow; see ``seam.flow._options`` of this addon
    :return: exchange.Request, the same at every try
    """
    key = order_id(document["id"], options)
    if document["action"] == "cancel":
        return Request("PUT", f"{_path(key)}/cancel", headers=HEADERS)
    if document["action"] == "change":
        return Request("PUT", _path(key), headers=HEADERS, json=changed(document, options))
    return Request("POST", const.ORDERS, headers=HEADERS, json=created(document, options))


def question(document, options):
    """:return: exchange.Request that asks what Amazon has of a delivery"""
    return Request("GET", _path(order_id(document["id"], options)), headers=HEADERS)


def order_id(reference, options):
    """:return: ``sellerFulfillmentOrderId``: ours, with the prefix of this Odoo"""
    key = (options.get("amazon_prefix") or "") + reference
    if not const.ORDER_ID.fullmatch(key):
        raise _fault(
            f"Amazon cannot find “{key}” again: only letters, digits and . _ ~ / : - are safe.",
            "/id",
            "Choose another prefix on the system.",
        )
    return _short(key, const.MAX_ORDER_ID, "/id", "Choose a shorter prefix on the system.")


def _path(key):
    return f"{const.ORDERS}/{quote(key, safe='')}"


def created(document, options):
    """:return: body of createFulfillmentOrder"""
    return {
        "sellerFulfillmentOrderId": order_id(document["id"], options),
        "displayableOrderDate": document["modified"],
        **changed(document, options),
    }


def changed(document, options):
    """:return: body of updateFulfillmentOrder: the whole of what is wanted now"""
    body = {
        "marketplaceId": _shop(options),
        "displayableOrderId": _number(document),
        "displayableOrderComment": _comment(document, options),
        "shippingSpeedCategory": _speed(document, options),
        "destinationAddress": _address(document.get("address") or {}),
        "fulfillmentAction": "Hold" if options.get("amazon_hold") else "Ship",
        "fulfillmentPolicy": (
            const.POLICY_PARTIAL if document.get("partial") else const.POLICY_WHOLE
        ),
        "items": _items(document),
    }
    emails, features = _emails(document, options), _features(options)
    if emails:
        body["notificationEmails"] = emails
    if features:
        body["featureConstraints"] = features
    return body


def marketplace(options):
    """:raise Fault: none is chosen"""
    code = options.get("amazon_marketplace")
    if not code:
        raise Fault(
            "config.invalid",
            "It is not said in which of Amazon's marketplaces the goods lie.",
            fix="Choose the marketplace on the system.",
            subject="marketplace",
        )
    return code


def _shop(options):
    code = marketplace(options)
    if code == const.INDIA:
        raise Fault(
            "config.invalid",
            "Orders in India need payment details, which are not sent.",
            fix="Enter deliveries for India in Seller Central.",
            subject="marketplace",
        )
    return code


def _number(document):
    """What the customer knows the order by, if Amazon takes it; else our number."""
    origin = document.get("origin") or ""
    if _is_displayable(origin):
        return origin
    if _is_displayable(document["number"]):
        return document["number"]
    raise _fault(
        f"“{document['number']}” cannot be printed on Amazon's packing slip: it takes 1 to 40 "
        "Latin characters, without spaces at the ends or two in a row.",
        "/number",
        "Choose another numbering for deliveries of this warehouse.",
    )


def _is_displayable(text):
    return (
        0 < len(text) <= const.MAX_ORDER_ID
        and text == text.strip()
        and "  " not in text
        and text.isprintable()
        and _is_latin(text)
    )


def _is_latin(text):
    return all(ord(character) < 256 for character in text)


def _comment(document, options):
    """Amazon prints it for the customer, and insists that there is one."""
    text = document.get("note") or options.get("amazon_comment")
    if not text:
        raise Fault(
            "config.invalid",
            "Amazon wants a sentence for the packing slip, and none is set.",
            fix="Enter the sentence on the flow.",
            subject="comment",
        )
    return _short(
        text, const.MAX_COMMENT, "/note", "Shorten the delivery's note, which Amazon prints."
    )


def _speed(document, options):
    """What the delivery method means, where one is chosen; else by the priority."""
    code = (document.get("carrier") or {}).get("code")
    if not code:
        urgent = document.get("priority") == "urgent"
        return options["amazon_speed_urgent" if urgent else "amazon_speed"]
    speeds = {speed: speed for speed in const.SPEEDS} | options.get("amazon_speeds", {})
    if code in speeds:
        return speeds[code]
    raise _fault(
        f"Amazon ships by Standard, Expedited or Priority, and not by “{code}”.",
        "/carrier/code",
        "Choose the speed at Amazon on this delivery method.",
        subject=f"carrier:{code}",
    )


def _address(place):
    """The company goes into the last free line: Amazon has no field of its own for it."""
    person, company = place.get("name"), place.get("company")
    japan = place.get("country") == const.JAPAN
    street = place.get("street")
    if japan and place.get("city"):
        street = f"{place['city']} {street}" if street else None
    further = [(place.get("street2"), "/address/street2")]
    if person and company and company != person:
        further.append((company, "/address/company"))
    further = [line for line in further if line[0]] + [(None, "")] * 2
    values = {
        "name": (person or company, "/address/name"),
        "addressLine1": (street, "/address/street"),
        "addressLine2": further[0],
        "addressLine3": further[1],
        "city": (None if japan else place.get("city"), "/address/city"),
        "stateOrRegion": (place.get("state"), "/address/state"),
        "postalCode": (place.get("zip"), "/address/zip"),
        "countryCode": (place.get("country"), "/address/country"),
        "phone": (place.get("phone"), "/address/phone"),
    }
    optional = {"addressLine2", "addressLine3", "stateOrRegion", "phone"}
    if japan:
        optional.add("city")
    for name, (value, pointer) in values.items():
        if not value and name not in optional:
            raise _fault(
                f"The address has no {pointer.rpartition('/')[2]}, and Amazon needs it.",
                pointer,
                "Complete the address of the delivery in Odoo, and send it again.",
            )
        if value and name in const.MAX_ADDRESS:
            fix = "Shorten it in the address of the delivery, and send it again."
            _short(value, const.MAX_ADDRESS[name], pointer, fix)
    return {name: value for name, (value, _pointer) in values.items() if value}


def _items(document):
    lines = document["lines"]
    items = [_item(line, f"/lines/{number}") for number, line in enumerate(lines)]
    units = sum(item["quantity"] for item in items)
    if len(items) > const.MAX_LINES or units > const.MAX_UNITS:
        raise _fault(
            f"Amazon takes {const.MAX_LINES} lines and {const.MAX_UNITS} pieces in one order; "
            f"these are {len(items)} and {units}.",
            "/lines",
            "Split the delivery in Odoo.",
        )
    return items


def _item(line, pointer):
    if line.get("lots"):
        raise _fault(
            "Amazon chooses itself which lots it ships; these cannot be asked for.",
            f"{pointer}/lots",
            "Take the lots off the line, or ship it from another warehouse.",
        )
    long_fix = "Give it a shorter reference."
    return {
        "sellerSku": _short(line["sku"], const.MAX_SKU, f"{pointer}/sku", long_fix),
        "sellerFulfillmentOrderItemId": _short(
            line["id"], const.MAX_LINE_ID, f"{pointer}/id", long_fix
        ),
        "quantity": _pieces(line, pointer),
    }


def _pieces(line, pointer):
    """:return: int. Another unit is not guessed to be pieces."""
    if line["unit"] not in const.UNITS:
        raise _fault(
            f"Amazon counts pieces, and {line['sku']} is asked for in {line['unit']}.",
            f"{pointer}/unit",
            "Enter the line in units, or tell in the system's value map that it means Units.",
            subject=f"unit:{line['unit']}",
        )
    if line["quantity"] != int(line["quantity"]):
        raise _fault(
            f"Amazon ships whole pieces, and {line['quantity']} of {line['sku']} are asked for.",
            f"{pointer}/quantity",
            "Enter a whole number.",
        )
    return int(line["quantity"])


def _emails(document, options):
    """Whom Amazon tells that the goods have left; nobody unless the flow says so."""
    email = (document.get("address") or {}).get("email")
    if not email or not options.get("amazon_notify"):
        return []
    return [_short(email, const.MAX_EMAIL, "/address/email", "Amazon takes no longer one.")]


def _features(options):
    return [
        {"featureName": name, "featureFulfillmentPolicy": "Required"}
        for option, name in (
            ("amazon_blank_box", "BLANK_BOX"),
            ("amazon_block_amzl", "BLOCK_AMZL"),
        )
        if options.get(option)
    ]


def _short(text, limit, pointer, fix):
    """:return: ``text``, which is at most ``limit`` characters long"""
    if len(text) > limit:
        raise _fault(
            f"“{text[:60]}{'…' if len(text) > 60 else ''}” has {len(text)} characters, and "
            f"Amazon takes {limit}.",
            pointer,
            fix,
        )
    return text


def _fault(message, pointer, fix, subject=""):
    return Fault("mapping.failed", message, pointer=pointer, fix=fix, subject=subject)
