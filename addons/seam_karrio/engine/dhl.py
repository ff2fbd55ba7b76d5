"""DHL Parcel DE: Shipping v2 (Post & Parcel Germany) and Shipment Tracking; returns are in
``dhl_returns``. Requests are karrio's, put right. Pure, but for ``track``.

karrio tracks by the older XML interface, with user name and password in the address; here the
newer one is asked, whose key is in a header.
"""

import base64
import hashlib
import re

from odoo.addons.seam.engine.exchange import Request, accepted, refused
from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import common, dhl_returns, errors, library, parties, pictures, statuses, text, unified

CARRIER, NAME = "dhl_parcel_de", const.NAMES["dhl_parcel_de"]
ORDERS, TRACK = "parcel/de/shipping/v2/orders", "track/shipments"
PROFILE = "STANDARD_GRUPPENPROFIL"
PAGE = "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode={}"
SIGNATURES = {"signature": "signedForByRecipient"}
SHORTEST, LONGEST = 8, 35
# Parcels of one call.
MOST = 30
EUROPAKET = "V54EPAK"


def reference(document):
    """:return: our reference, of 8 to 35 characters; always the same one"""
    name = document["reference"]
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return name if len(name) >= SHORTEST else f"SEAM-{name:0>3}"


def billing_number(options, product):
    """The customer's ten digits, the product's two, and the participation, 01 unless told.

    :param product: e.g. V01PAK
    """
    number = "".join(sign for sign in options.get("account") or "" if sign.isalnum())
    if len(number) not in (10, 14):
        raise Fault(
            "config.invalid",
            "DHL's customer number (EKP) has 10 digits, a billing number 14.",
            fix="Enter one of them on the system, under “Carrier”.",
            subject="dhl:account",
        )
    return f"{number[:10]}{product[1:3]}{number[12:] or '01'}"


def request(sending, options):
    """:return: exchange.Request of a label that is bought or voided"""
    document = sending.document
    is_return = document.get("purpose") == "return"
    if document["action"] == "void":
        if is_return:
            raise dhl_returns.cannot_be_voided(document)
        numbers = document.get("tracking") or [document["carrier_number"]]
        return Request("DELETE", ORDERS, params={"profile": PROFILE, "shipment": numbers})
    _check(document)
    if is_return:
        return dhl_returns.request(document, reference(document))
    service = common.service(CARRIER, document, options)
    mapper = library.mapper(CARRIER)
    asked = unified.shipment(document, service, reference(document), {})
    made = mapper.create_shipment_request(asked)
    body = made.serialize()
    for shipment, parcel in zip(body["shipments"], document["parcels"], strict=True):
        _put_right(shipment, parcel, document, options)
    params = {name: value for name, value in made.ctx.items() if not name.startswith("_")}
    # refused as a whole where an address is not known, and not made for a part
    return Request("POST", ORDERS, params={**params, "mustEncode": "true"}, json=body)


def _check(document):
    if len(document["parcels"]) > MOST:
        raise common.refuse(CARRIER, f"More than {MOST} parcels at once", "/parcels")
    if "cash_on_delivery" in document:
        raise common.refuse(CARRIER, "Cash on delivery", "/cash_on_delivery")
    if "customs" in document and len(document["parcels"]) > 1:
        # karrio would declare all goods on each parcel
        raise common.refuse(CARRIER, "Several parcels with one customs declaration", "/parcels")
    for name in document.get("options", ()):
        if name not in SIGNATURES:
            raise common.refuse(CARRIER, f"Option {name}", "/options")


def _put_right(shipment, parcel, document, options):
    """karrio takes the second line of a street for a house number and cuts it, rounds weights
    down, tells sizes with decimals, asks for a treatment of what cannot be delivered also at
    home, and has the sender pay duties (DDP) where no terms were agreed.
    """
    for side, name in (("from", "shipper"), ("to", "consignee")):
        country = country_of(document[side]["country"], f"/{side}/country")
        shipment[name] = parties.dhl(document[side], side, country)
    shipment["billingNumber"] = billing_number(options, shipment["product"])
    shipment["details"]["weight"] = {"uom": "kg", "value": float(text.up(parcel["weight_kg"], 3))}
    size = shipment["details"].get("dim")
    if size:
        size |= {name: int(text.up(size[name], 0)) for name in ("length", "width", "height")}
    shipment.pop("shipDate", None)
    if document.get("ready"):
        shipment["shipDate"] = document["ready"]
    services = {SIGNATURES[name]: True for name in document.get("options", ())}
    insured = document.get("insurance")
    if insured and insured["amount"]:
        number = document["parcels"].index(parcel)
        share = text.shares(insured["amount"], len(document["parcels"]))[number]
        services["additionalInsurance"] = {"currency": insured["currency"], "value": float(share)}
    shipment.pop("services", None)
    if "customs" in document:
        _customs(shipment, document["customs"], services)
    else:
        shipment.pop("customs", None)
    if services:
        shipment["services"] = services


def _customs(shipment, found, services):
    """Terms belong to Europaket; of any other product one says that the sender pays duties."""
    customs = shipment["customs"]
    customs.pop("shippingConditions", None)
    customs.pop("officeOfOrigin", None)  # given up by DHL
    if shipment["product"] == EUROPAKET:
        customs["shippingConditions"] = "DDP" if found.get("incoterm") == "DDP" else "DAP"
    elif found.get("incoterm") == "DDP":
        services["postalDeliveryDutyPaid"] = True
    words = ", ".join(line["description"] for line in found["lines"])
    customs["exportDescription"] = words if len(words) <= 80 else "See the list of goods"
    customs["postalCharges"] = {"currency": found["currency"], "value": 0.0}
    for number, (item, line) in enumerate(zip(customs["items"], found["lines"], strict=True)):
        place = f"/customs/lines/{number}"
        if not line.get("unit_weight_kg"):
            raise without_weight(line, place)
        item["countryOfOrigin"] = country_of(line["origin"], f"{place}/origin")
        item["itemDescription"] = text.fits(
            line["description"], 256, NAME, "The description", f"{place}/description"
        )
        item["hsCode"] = "".join(sign for sign in line["hs_code"] if sign.isdigit())


def country_of(code, pointer):
    """:return: ISO 3166-1 alpha-3, as DHL has it
    :raise Fault: karrio knows no such country; told without one, DHL could take it for Germany
    """
    known = library.part("core.units").CountryCode.map(code).value
    if not known:
        raise common.refuse(CARRIER, f"The country {code}", pointer)
    return known


def without_weight(line, place):
    return Fault(
        "business.rule",
        f"DHL wants the weight of each product abroad; {line['sku']} has none.",
        pointer=f"{place}/unit_weight_kg",
        fix="Enter it on the product, then retry. No label was bought.",
        subject=f"weight:{line['sku']}",
    )


# -- answers -----------------------------------------------------------------------------------


def refusals(content):
    settings = library.mapper(CARRIER).settings
    found = library.part("providers.dhl_parcel_de.error").parse_error_response(content, settings)
    return [
        (str(each.code), str(each.message))
        for each in found
        if (each.details or {}).get("validationState", "Error").lower() == "error"
    ]


def interpret(sending, response):
    """:return: exchange.Answer"""
    document = sending.document
    about = document.get("number") or document["reference"]
    told = errors.read(response, refusals)
    if document["action"] == "void":
        return _voided(response, told, about)
    if document.get("purpose") == "return":
        fault = errors.fault(response, NAME, about, told)
        return refused(fault) if fault else dhl_returns.interpret(document, response)
    if not 200 <= response.status < 300:
        return refused(errors.fault(response, NAME, about, told))
    items = common.plain(response).get("items") or []
    made = [item for item in items if item.get("shipmentNo") and _went_well(item)]
    if len(made) == len(items) == len(document["parcels"]):
        content = _bought(items, document)
        return accepted(content["id"], "; ".join(_warnings(items)), content=content)
    if not items:
        return refused(errors.unreadable(NAME, about))
    return refused(_half(items, made, told, about))


def _went_well(item):
    """Of several shipments in one call DHL answers 207, and for each how it went."""
    status = item.get("sstatus") or {}
    return 200 <= int(status.get("status") or status.get("statusCode") or 200) < 300


# Of a void: there is no such label (any more).
_GONE = re.compile(
    r"(not|nicht).{0,20}(exist|found|gefunden)|unknown|unbekannt"
    r"|(already|bereits).{0,20}(delet|cancel|gelöscht|storn)",
    re.IGNORECASE,
)


def _voided(response, told, about):
    items = common.plain(response).get("items") or [] if 200 <= response.status < 300 else []
    kept = [item for item in items if not _went_well(item)]
    said = [message for _code, message in told] if not items else []
    said += [_words_of(item) for item in kept]
    if said and all(_GONE.search(words) for words in said):
        return accepted(note=f"DHL had no such label any more: {'; '.join(said)}", content={})
    if kept:
        return refused(
            Fault(
                "transport.rejected",
                f"DHL did not void {about}: {'; '.join(said)[:500]}.",
                fix="A label is valid until the day is closed. One that is not used is not charged.",
                subject=f"dhl:void:{said[0][:60]}",
            )
        )
    fault = errors.fault(response, NAME, about, [] if items else told)
    return refused(fault) if fault else accepted(note="DHL has voided the label.", content={})


def _words_of(item):
    status = item.get("sstatus") or {}
    found = [each.get("validationMessage") for each in item.get("validationMessages") or ()]
    words = "; ".join(filter(None, [*found, status.get("detail") or status.get("title")]))
    return f"{item.get('shipmentNo') or '?'}: {words}".rstrip(".")


def _half(items, made, told, about):
    """Some of the labels were made: a person voids them, or the parcels would be paid twice."""
    numbers = [str(item["shipmentNo"]) for item in made]
    left = [_words_of(item) for item in items if item not in made]
    said = "; ".join(message for _code, message in told) or "; ".join(left) or "it did not say why"
    if not numbers:
        return Fault(
            "transport.rejected",
            f"DHL refused {about}: {said.rstrip('.')}.",
            fix=errors.DEFAULT,
            subject=f"dhl {said[:60]}",
        )
    return Fault(
        "order.conflict",
        f"DHL made {len(numbers)} of {len(items)} labels of {about} ({', '.join(numbers)}): "
        f"{said.rstrip('.')}.",
        fix="Cancel these in DHL's business portal, correct what DHL names, then retry.",
        subject="dhl:half",
    )


def _warnings(items):
    return [
        f"DHL: {each['validationMessage']}"
        for item in items
        for each in item.get("validationMessages") or ()
        if each.get("validationMessage")
    ][:5]


def _bought(items, document):
    numbers = [str(item["shipmentNo"]) for item in items]
    made = {
        "id": numbers[0],
        "parcels": [
            {"reference": parcel["reference"], "tracking": n, "tracking_url": PAGE.format(n)}
            for parcel, n in zip(document["parcels"], numbers, strict=True)
        ],
        "labels": [
            {"name": number, **paper(item.get("label"))}
            for number, item in zip(numbers, items, strict=True)
        ],
    }
    papers = [
        {"kind": "customs", "name": f"customs-{number}", **paper(item["customsDoc"])}
        for number, item in zip(numbers, items, strict=True)
        if item.get("customsDoc")
    ]
    return {**made, "documents": papers} if papers else made


def paper(found):
    """:param found: a Document of DHL's: PDF comes in base64, ZPL as it is
    :return: dict with ``format`` and ``content``
    """
    found = found or {}
    if found.get("b64"):
        kind = "zpl" if (found.get("fileFormat") or "").upper().startswith("ZPL") else "pdf"
        return pictures.kept(found["b64"], kind)
    if found.get("zpl2"):
        return pictures.kept(base64.b64encode(found["zpl2"].encode()).decode(), "zpl")
    raise Fault(
        "schema.invalid",
        "DHL's answer has no label.",
        pointer="/labels",
        fix="Print it from DHL's business portal, and ask DHL why.",
        subject="dhl:label",
    )


def unknown(sending):
    """DHL cannot be asked for a reference: a person decides.

    :raise Fault: always, of a label
    :raise NotImplementedError: a void is sent again
    """
    document = sending.document
    if document["action"] == "void":
        raise NotImplementedError
    raise Fault(
        "order.conflict",
        f"Nobody knows whether DHL bought the label of {document['number']} "
        f"({reference(document)}): DHL cannot be asked.",
        fix="Look into DHL's business portal by this reference. If there is a label, print or "
        "cancel it there. Then discard this message and say “Nothing was bought” on the shipment.",
        subject="dhl:unknown",
    )


# -- tracking --------------------------------------------------------------------------------------


def track(client, number):
    """:return: list of one shipment, as DHL tells it; empty where it knows nothing
    :raise Fault: it did not answer, or refused
    """
    params = {"trackingNumber": number, "service": "parcel-de", "language": "en"}
    response = client.request("GET", TRACK, params=params)
    if response.status == 404:
        return []
    fault = errors.fault(errors.question(response), NAME, number, [])
    if fault:
        raise fault
    found = response.json().get("shipments") or []
    return [{"id": number, **each} for each in found[:1] if each.get("events")]


def scanned(wire):
    """:param wire: of ``track``. :return: list of one document, the newest scan first"""
    scans = sorted((_scan(each) for each in wire["events"]), key=lambda scan: scan["at"])
    newest, *earlier = reversed(scans)
    made = {"tracking": str(wire["id"]), **newest}
    promised = wire.get("estimatedTimeOfDelivery")
    made |= {"promised": promised[:10]} if promised else {}
    made |= {"earlier": earlier[:500]} if earlier else {}
    return [made]


def _scan(event):
    address = (event.get("location") or {}).get("address") or {}
    place = ", ".join(filter(None, (address.get("addressLocality"), address.get("countryCode"))))
    words = event.get("description") or event.get("status") or ""
    at = event["timestamp"]
    made = {
        "status": statuses.dhl(event.get("statusCode"), words),
        "at": at if at.endswith("Z") or "+" in at[10:] else f"{at}Z",
    }
    made |= {"place": place[:200]} if place else {}
    made |= {"text": words[:500]} if words else {}
    return made
