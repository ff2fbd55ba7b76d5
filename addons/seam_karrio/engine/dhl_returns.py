"""DHL Parcel DE Returns v1: labels with which customers send back. Requests are karrio's, put
right. Pure.

The receiver is set up in DHL's business portal, for each country of senders; by its id one is
chosen. https://developer.dhl.com/api-reference/dhl-parcel-de-returns-post-parcel-germany
"""

import re

from odoo.addons.seam.engine.exchange import Request, accepted, refused
from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import common, dhl, errors, library, parties, text, unified

CARRIER, NAME = "dhl_parcel_de", const.NAMES["dhl_parcel_de"]
ORDERS = "parcel/de/shipping/returns/v1/orders"
CURRENCIES = ("EUR", "GBP", "CHF")
LINES, DESCRIPTION, REFERENCE = 20, 50, 50
# "Elbchaussee 12 a", "12 bis Rue de la Paix"
_LAST = re.compile(r"(?P<street>.*\D)\s+(?P<house>\d+\s?[a-zA-Z]?(?:\s?[-/]\s?\d+\s?[a-zA-Z]?)?)")
_FIRST = re.compile(r"(?P<house>\d+\s?(?:bis|ter|[a-zA-Z])?),?\s+(?P<street>\D.*)")


def request(document, reference):
    """:return: exchange.Request of a return label
    :raise Fault: ``business.rule``
    """
    _check(document)
    mapper = library.mapper(CARRIER)
    asked = unified.shipment(document, "dhl_parcel_de_retoure", reference, {})
    body = mapper.create_return_shipment_request(asked).serialize()
    country = dhl.country_of(document["from"]["country"], "/from/country")
    receiver = document.get("service") or ""
    # karrio's words of services are none of a receiver
    named = receiver and receiver not in common.codes(CARRIER, "ShippingService").__members__
    body["receiverId"] = receiver if named else country.lower()
    body["customerReference"] = (document.get("order") or document["number"])[:REFERENCE]
    body["shipmentReference"] = reference
    body["shipper"] = _shipper(document["from"], country)
    (parcel,) = document["parcels"]
    body["itemWeight"] = {"uom": "kg", "value": float(text.up(parcel["weight_kg"], 3))}
    if "customs" in document:
        _customs(body, document["customs"])
    params = {"labelType": "SHIPMENT_LABEL"}
    if document["label_format"] == "zpl":
        params["docFormat"] = "ZPL2"
    return Request("POST", ORDERS, params=params, json=body)


def _check(document):
    country = document["from"]["country"]
    if country not in const.DHL_RETURNS:
        raise common.refuse(CARRIER, f"A return from {country}", "/from/country")
    if len(document["parcels"]) != 1:
        raise common.refuse(CARRIER, "A return of several parcels", "/parcels")
    for name in ("options", "insurance"):
        if document.get(name):
            raise common.refuse(CARRIER, f"{name.capitalize()} of a return", f"/{name}")


def _shipper(found, country):
    """DHL wants the house number of who sends back by itself."""
    made = parties.dhl(found, "from", country)
    made.pop("country")
    street = _LAST.fullmatch(found["street"]) or _FIRST.fullmatch(found["street"])
    if not street:
        raise Fault(
            "business.rule",
            f"DHL wants the house number of who sends back, and {found['street']} shows none.",
            pointer="/from/street",
            fix="Enter street and number on the contact, then retry. No label was bought.",
            subject=f"dhl:house:{found['street']}",
        )
    made["addressStreet"] = street["street"].strip(" ,")
    made["addressHouse"] = text.fits(street["house"], 10, "DHL", "The house number", "/from/street")
    digits = text.phone(found.get("phone"), found["country"], 19, "DHL", "from")[0]
    if digits:
        made["phone"] = f"+{digits}" if found["phone"].strip()[:1] == "+" else digits
    if len(made.get("email") or "") > 70:
        made.pop("email")  # no label needs it
    return made


def _customs(body, found):
    """karrio says nothing of what all goods are worth, and a currency that DHL does not take."""
    if found["currency"] not in CURRENCIES:
        raise common.refuse(CARRIER, f"A return worth {found['currency']}", "/customs/currency")
    if len(found["lines"]) > LINES:
        raise common.refuse(CARRIER, f"A return of more than {LINES} lines", "/customs/lines")
    body["itemValue"] = {"currency": found["currency"], "value": float(unified.goods(found))}
    items = body["customsDetails"]["items"]
    for number, (item, line) in enumerate(zip(items, found["lines"], strict=True)):
        place = f"/customs/lines/{number}"
        if not line.get("unit_weight_kg"):
            raise dhl.without_weight(line, place)
        item["countryOfOrigin"] = dhl.country_of(line["origin"], f"{place}/origin")
        item["itemDescription"] = text.fits(
            line["description"], DESCRIPTION, NAME, "The description", f"{place}/description"
        )
        item["hsCode"] = "".join(sign for sign in line["hs_code"] if sign.isdigit())


def interpret(document, response):
    """:return: exchange.Answer of a call that went well"""
    found = common.plain(response)
    number = str(found.get("shipmentNo") or "")
    if not number:
        return refused(errors.unreadable(NAME, document["number"]))
    (parcel,) = document["parcels"]
    content = {
        "id": number,
        "parcels": [
            {
                "reference": parcel["reference"],
                "tracking": number,
                "tracking_url": dhl.PAGE.format(number),
            }
        ],
        "labels": [{"name": number, **dhl.paper(found.get("label"))}],
    }
    return accepted(number, content=content)


def cannot_be_voided(document):
    """:return: Fault: DHL has no such call, and needs none"""
    return Fault(
        "business.rule",
        f"DHL takes no return label back ({document['carrier_number']}): one that nobody uses is "
        "not charged.",
        pointer="/purpose",
        fix="Throw it away, and have an Inventory administrator say “It is void” on the shipment.",
        subject="dhl:return:void",
    )
