"""FedEx: Ship, Rate and Track, v1. Requests are karrio's, put right; answers are read here, for
karrio would fetch labels and proofs of delivery by itself. Pure, but for ``look_up`` and
``track``.
"""

import datetime
import hashlib

from odoo.addons.seam.engine.exchange import Request, accepted, refused
from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import common, errors, library, parties, pictures, statuses, text, unified

CARRIER, NAME = "fedex", const.NAMES["fedex"]
SHIP, VOID = "ship/v1/shipments", "ship/v1/shipments/cancel"
RATE, TRACK = "rate/v1/rates/quotes", "track/v1/trackingnumbers"
BY_REFERENCE = "track/v1/referencenumbers"
PAGE = "https://www.fedex.com/fedextrack/?trknbr={}"
SIGNATURES = {"signature": "DIRECT", "adult_signature": "ADULT"}
REFERENCE = 40


def reference(document):
    """:return: our reference, in the 40 characters that FedEx takes; always the same one"""
    name = document["reference"]
    if len(name) <= REFERENCE:
        return name
    return f"{name[: REFERENCE - 17]}-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def account(options):
    number = (options.get("account") or "").replace("-", "").strip()
    if not (number.isdigit() and len(number) == 9):
        raise Fault(
            "config.invalid",
            "FedEx account numbers have nine digits.",
            fix="Enter yours on the system, under “Carrier”.",
            subject="fedex:account",
        )
    return number


def _headers(key):
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return {"x-locale": "en_US", "x-customer-transaction-id": digest}


def _mapper(options, document):
    settings = {"account_country_code": document["from"]["country"]}
    return library.mapper(CARRIER, account_number=account(options), **settings)


# -- requests ----------------------------------------------------------------------------------


def request(sending, options):
    """:return: exchange.Request of a label that is bought or voided"""
    document, headers = sending.document, _headers(sending.key)
    if document["action"] == "void":
        body = {
            "accountNumber": {"value": account(options)},
            "deletionControl": "DELETE_ALL_PACKAGES",
            "trackingNumber": document["carrier_number"],
        }
        return Request("PUT", VOID, headers=headers, json=body)
    common.check_packaging(CARRIER, document)
    if "cash_on_delivery" in document:
        raise common.refuse(CARRIER, "Cash on delivery", "/cash_on_delivery")
    service = common.service(CARRIER, document, options)
    asked = unified.shipment(document, service, reference(document), {})
    asked.payment = library.models().Payment(paid_by="sender")
    body = _mapper(options, document).create_shipment_request(asked).serialize()
    _put_right(body["requestedShipment"], document, options)
    return Request("POST", SHIP, headers=headers, json=body)


def _put_right(shipment, document, options):
    """What karrio makes up, cuts or leaves out of a label; see ``parties`` for addresses."""
    tax = "customs" in document
    sender, receiver = (parties.fedex(document[side], side, tax) for side in ("from", "to"))
    shipment["shipper"], shipment["recipients"] = sender, [receiver]
    payor = {"responsibleParty": {"accountNumber": {"value": account(options)}}}
    shipment["shippingChargesPayment"] = {"paymentType": "SENDER", "payor": payor}
    shipment["shipDatestamp"] = document.get("ready") or datetime.date.today().isoformat()
    _packages(shipment, document)
    _services(shipment, document)
    if tax:
        _customs(shipment, document, payor)
    else:
        shipment.pop("customsClearanceDetail", None)
    if not document.get("customs", {}).get("commercial_invoice"):
        shipment.pop("shippingDocumentSpecification", None)


def _packages(shipment, document):
    """karrio rounds 12.345 kg down to 12.35, declares a value of 0.0, and says nothing of a
    signature where it was asked for by the common name.
    """
    insured = document.get("insurance") or {}
    packages = shipment["requestedPackageLineItems"]
    shares = text.shares(insured.get("amount", 0), len(packages))
    for package, parcel, share in zip(packages, document["parcels"], shares, strict=True):
        imperial = package["weight"]["units"] == "LB"
        weight = text.pounds(parcel["weight_kg"]) if imperial else parcel["weight_kg"]
        package["weight"]["value"] = float(text.up(weight, 1))
        package.pop("declaredValue", None)
        if share:
            package["declaredValue"] = {"amount": float(share), "currency": insured["currency"]}
        for name in document.get("options", ()):
            if name in SIGNATURES:
                package["packageSpecialServices"] = {
                    "specialServiceTypes": ["SIGNATURE_OPTION"],
                    "signatureOptionType": SIGNATURES[name],
                }
        if not package.get("packageSpecialServices"):
            package.pop("packageSpecialServices", None)


def _services(shipment, document):
    kinds = []
    for name in document.get("options", ()):
        if name == "saturday_delivery":
            kinds.append("SATURDAY_DELIVERY")
        elif name not in SIGNATURES:
            raise common.refuse(CARRIER, f"Option {name}", "/options")
    shipment.pop("shipmentSpecialServices", None)
    if document.get("purpose") == "return":
        kinds.append("RETURN_SHIPMENT")
    if kinds:
        shipment["shipmentSpecialServices"] = {"specialServiceTypes": kinds}
    if document.get("purpose") == "return":
        shipment["shipmentSpecialServices"]["returnShipmentDetail"] = {
            "returnType": "PRINT_RETURN_LABEL"
        }


def _customs(shipment, document, payor):
    """karrio adds an insurance charge of 0.0; words and codes are told whole."""
    found, detail = document["customs"], shipment["customsClearanceDetail"]
    detail.pop("insuranceCharge", None)
    detail["totalCustomsValue"] = {
        "amount": float(unified.goods(found)),
        "currency": found["currency"],
    }
    paid = found.get("incoterm") == "DDP"
    detail["dutiesPayment"] = (
        {"paymentType": "SENDER", "payor": payor} if paid else {"paymentType": "RECIPIENT"}
    )
    for made, line in zip(detail["commodities"], found["lines"], strict=True):
        made["description"] = text.fits(
            line["description"], 450, NAME, "The description", "/customs/lines"
        )
        made["harmonizedCode"] = "".join(sign for sign in line["hs_code"] if sign.isalnum())
    purpose = "RETURN_AND_REPAIR" if found["reason"] == "return" else "SOLD"
    detail["commercialInvoice"]["shipmentPurpose"] = purpose


def rate_request(document, options):
    """:return: exchange.Request of a question for rates"""
    common.check_packaging(CARRIER, document)
    asked = unified.rate(document, [], {})
    body = _mapper(options, document).create_rate_request(asked).serialize()
    shipment = body["requestedShipment"]
    for side, name in (("from", "shipper"), ("to", "recipient")):
        shipment[name] = {"address": parties.fedex_address(document[side], side)}
    shipment["preferredCurrency"] = document["currency"]
    shipment["shipDateStamp"] = document.get("ready") or datetime.date.today().isoformat()
    _packages(shipment, document)
    worth = document.get("declared_value")
    for made in shipment.get("customsClearanceDetail", {}).get("commodities", ()):
        if worth:  # else karrio's 1.0: FedEx wants one abroad, and tells the price of transport
            amount = {"amount": float(worth["amount"]), "currency": worth["currency"]}
            made |= {"customsValue": amount, "unitPrice": amount}
    return Request("POST", RATE, headers=_headers(repr(document)), json=body)


# -- answers -----------------------------------------------------------------------------------


def refusals(content):
    settings = library.mapper(CARRIER, account_number="").settings
    found = library.part("providers.fedex.error").parse_error_response(content, settings)
    # without a code it is what FedEx says of a call that went well
    return [
        (str(each.code), str(each.message)) for each in found if each.level == "error" and each.code
    ]


def interpret(sending, response):
    """:return: exchange.Answer"""
    document = sending.document
    about = document.get("number") or document["reference"]
    told = errors.read(response, refusals)
    fault = errors.fault(response, NAME, about, told)
    if document["action"] == "void":
        return _voided(response, fault, told, about)
    if fault:
        return refused(fault)
    found = (common.plain(response).get("output") or {}).get("transactionShipments")
    if not found:
        return refused(errors.unreadable(NAME, about))
    content = _bought(found[0], document)
    return accepted(content["id"], content=content)


def _voided(response, fault, told, about):
    said = " ".join(message for _code, message in told).lower()
    if "already" in said and ("cancel" in said or "delet" in said):
        return accepted(note="FedEx had voided the label before.", content={})
    if fault:
        return refused(fault)
    if (common.plain(response).get("output") or {}).get("cancelledShipment") is True:
        return accepted(note="FedEx has voided the label.", content={})
    return refused(
        Fault(
            "transport.rejected",
            f"FedEx did not void {about}.",
            fix="Ask FedEx why. A label that is not used is not charged.",
            subject="fedex:void",
        )
    )


def _bought(found, document):
    pieces = sorted(found["pieceResponses"], key=lambda p: p.get("packageSequenceNumber") or 0)
    if len(pieces) != len(document["parcels"]):
        raise Fault(
            "schema.invalid",
            f"FedEx answered for {len(pieces)} parcels, and was asked for "
            f"{len(document['parcels'])}.",
            pointer="/parcels",
            fix="Ask FedEx what it took, by the reference of the shipment.",
            subject="fedex:parcels",
        )
    made = {
        "id": str(found["masterTrackingNumber"]),
        "parcels": [
            {
                "reference": parcel["reference"],
                "tracking": str(piece["trackingNumber"]),
                "tracking_url": PAGE.format(piece["trackingNumber"]),
            }
            for parcel, piece in zip(document["parcels"], pieces, strict=True)
        ],
        "labels": [
            {"name": str(piece["trackingNumber"]), **_paper(paper)}
            for piece in pieces
            for paper in piece.get("packageDocuments") or ()
            if "LABEL" in (paper.get("contentType") or "")
        ],
        **_cost(found),
    }
    papers = [
        {"kind": "invoice" if "INVOICE" in kind else "other", "name": kind[:60], **_paper(paper)}
        for paper in found.get("shipmentDocuments") or ()
        for kind in [paper.get("contentType") or "OTHER"]
    ]
    return {**made, "documents": papers} if papers else made


def _paper(paper):
    """What is only linked to is not fetched: the address may be anybody's."""
    if not paper.get("encodedLabel"):
        raise Fault(
            "schema.invalid",
            "FedEx sent a link in place of the label.",
            pointer="/labels",
            fix="Print it from FedEx Ship Manager, and ask FedEx why.",
            subject="fedex:label",
        )
    return pictures.kept(paper["encodedLabel"], paper.get("docType") or "PDF")


def _cost(found):
    rated = (found.get("completedShipmentDetail") or {}).get("shipmentRating") or {}
    details = rated.get("shipmentRateDetails") or []
    own = [each for each in details if "ACCOUNT" in (each.get("rateType") or "")] or details
    if not own or own[0].get("totalNetCharge") is None or not own[0].get("currency"):
        return {}
    return {"cost": float(own[0]["totalNetCharge"]), "currency": own[0]["currency"]}


def rate_answer(document, response):
    """:return: dict, as ``shipping-rate-answer`` says
    :raise Fault: FedEx could not say
    """
    told = errors.read(response, refusals)
    if response.status in (400, 422) and told:
        return {"offers": [], "reason": "; ".join(message for _code, message in told)[:500]}
    fault = errors.fault(errors.question(response), NAME, document.get("number") or "rates", told)
    if fault:
        raise fault
    answered = library.tools().Deserializable(common.plain(response), ctx={})
    read, _messages = library.mapper(CARRIER, account_number="").parse_rate_response(answered)
    wanted = document.get("services")
    return {"offers": [_offer(each) for each in read if not wanted or each.service in wanted]}


def _offer(found):
    days, date = found.transit_days, found.estimated_delivery
    return {
        "service": found.service,
        "name": found.service.replace("_", " ").replace("fedex", "FedEx"),
        "total": float(found.total_charge),
        "currency": found.currency,
        **({"transit_days": int(days)} if days is not None else {}),
        **({"promised": date[:10]} if date else {}),
    }


# -- look-up and tracking --------------------------------------------------------------------------


def look_up(client, sending, options):
    """FedEx has no label of a reference, and shows parcels of one late: a person decides.

    :raise Fault: always, with the numbers that FedEx knows
    :raise NotImplementedError: a void is sent again
    """
    document = sending.document
    if document["action"] == "void":
        raise NotImplementedError
    body = {
        "includeDetailedScans": False,
        "referencesInformation": {
            "type": "CUSTOMER_REFERENCE",
            "value": reference(document),
            "accountNumber": account(options),
        },
    }
    headers = _headers(f"{sending.key} reference")
    response = client.request("POST", BY_REFERENCE, headers=headers, json=body)
    general = errors.fault(errors.question(response), NAME, document["number"], [])
    if general and (general.kind == "transient" or general.code == "auth.failed"):
        raise general
    numbers = [] if general else _numbers(common.plain(response))
    known = f": it has {', '.join(numbers)}" if numbers else ", and knows no parcel of it yet"
    raise Fault(
        "order.conflict",
        f"Nobody knows whether FedEx bought the label of {document['number']} "
        f"({reference(document)}){known}.",
        fix="Look into FedEx Ship Manager by this reference. If there is a label, print or "
        "cancel it there. Then discard this message and say “Nothing was bought” on the shipment.",
        subject="fedex:unknown",
    )


def _numbers(content):
    results = (content.get("output") or {}).get("completeTrackResults") or []
    return [
        str(each["trackingNumber"])
        for each in results
        if each.get("trackingNumber")
        and not any(found.get("error") for found in each.get("trackResults") or ())
    ]


def track(client, numbers):
    """:return: list of what FedEx says, one of a number it knows
    :raise Fault: it did not answer, or refused
    """
    body = {
        "includeDetailedScans": True,
        "trackingInfo": [{"trackingNumberInfo": {"trackingNumber": n}} for n in numbers],
    }
    headers = _headers(",".join(numbers))
    response = client.request("POST", TRACK, headers=headers, json=body)
    fault = errors.fault(errors.question(response), NAME, ", ".join(numbers), [])
    if fault:
        raise fault
    results = (response.json().get("output") or {}).get("completeTrackResults") or []
    return [
        {"trackingNumber": each["trackingNumber"], **found}
        for each in results
        for found in _newest(each.get("trackResults") or ())
    ]


def _newest(found):
    """FedEx uses a number again, and tells of all parcels that had it: the one that was scanned
    last is meant.

    :return: list of one dict; empty where nothing is known
    """
    known = [
        {"scanEvents": each["scanEvents"], "dateAndTimes": each.get("dateAndTimes") or []}
        for each in found
        if each.get("scanEvents")
    ]
    known.sort(key=lambda each: max(scan["at"] for scan in _scans(each["scanEvents"])))
    return known[-1:]


def scanned(wire):
    """:param wire: of ``track``. :return: list of one document, the newest scan first"""
    scans = sorted(_scans(wire["scanEvents"]), key=lambda scan: scan["at"])
    newest, *earlier = reversed(scans)
    made = {"tracking": wire["trackingNumber"], **newest}
    promised = [
        each["dateTime"][:10]
        for each in wire.get("dateAndTimes", ())
        if each.get("type") in ("ESTIMATED_DELIVERY", "COMMITMENT") and each.get("dateTime")
    ]
    made |= {"promised": promised[0]} if promised else {}
    made |= {"earlier": earlier[:500]} if earlier else {}
    return [made]


def _scans(events):
    """FedEx leaves out the offset of a scan now and then: it is that of the one beside it.

    :return: list of dicts, in the order of the events
    """
    moments = [datetime.datetime.fromisoformat(e["date"].replace("Z", "+00:00")) for e in events]
    zones = [at.tzinfo for at in moments]
    if not any(zones):
        raise Fault(
            "mapping.failed",
            "FedEx does not say when this was: no scan has its time zone.",
            pointer="/scanEvents/0/date",
            fix="Discard it: the next scan says more.",
            subject="fedex:moment",
        )
    beside = next(zone for zone in zones if zone)
    scans = []
    for event, at in zip(events, moments, strict=True):
        beside = at.tzinfo or beside
        scans.append(_scan(event, at.replace(tzinfo=beside)))
    return scans


def _scan(event, at):
    place = event.get("scanLocation") or {}
    where = [place.get("city"), place.get("stateOrProvinceCode"), place.get("countryCode")]
    words = " – ".join(
        filter(None, (event.get("eventDescription"), event.get("exceptionDescription")))
    )
    made = {
        "status": statuses.fedex(event.get("eventType"), event.get("derivedStatusCode")),
        "at": at.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    where = ", ".join(filter(None, where))
    made |= {"place": where[:200]} if where else {}
    made |= {"text": words[:500]} if words else {}
    return made
