"""UPS: what is asked of it, and what its answers mean. Requests are karrio's, corrected; answers
are read by karrio where it reads all of them. Pure, but for the questions of ``look_up`` and
``track``.
"""

import hashlib
import re
from urllib.parse import quote

from odoo.addons.seam.engine.exchange import Request, accepted, refused
from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import corrections, errors, library, pictures, unified

CARRIER, NAME = "ups", const.NAMES["ups"]
# Options that mean the same for every carrier.
OPTIONS = {
    "signature": {"ups_delivery_confirmation": "1"},
    "adult_signature": {"ups_delivery_confirmation": "2"},
    "saturday_delivery": {"ups_saturday_delivery_indicator": True},
}
# Written by the document itself, or by none of the corrections: not to be chosen by name.
CLOSED = {"ups_cod", "ups_access_point_cod", "ups_return_service", "ups_delivery_confirmation"}


def mapper():
    return library.mapper(CARRIER, account_number="")


def reference(document):
    """:return: our reference, in the 35 characters that UPS takes; always the same one"""
    name = document["reference"]
    if len(name) <= const.UPS_REFERENCE:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:16]
    return f"{name[: const.UPS_REFERENCE - 17]}-{digest}"


def account(options):
    number = (options.get("account") or "").strip().upper()
    if len(number) != 6:
        raise Fault(
            "config.invalid",
            "UPS account numbers have six characters.",
            fix="Enter yours on the system, under “Carrier”.",
            subject="ups:account",
        )
    return number


# -- requests --------------------------------------------------------------------------------------


def request(sending, options):
    """:return: exchange.Request of a label that is bought or voided"""
    document, headers = sending.document, call_headers(sending.key)
    if document["action"] == "void":
        number = quote(document["carrier_number"], safe="")
        return Request("DELETE", const.UPS_VOID.format(number), headers=headers)
    asked = unified.shipment(
        document, _service(document, options), reference(document), karrio_options(document)
    )
    check_packaging(document)
    body = mapper().create_shipment_request(asked).serialize()
    made = corrections.shipment(body, document, account(options), reference(document))
    return Request("POST", const.UPS_SHIP, headers=headers, json=made)


def call_headers(key):
    """UPS wants an id of the call, of 32 characters; the same at every try."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:32]
    return {"transId": digest, "transactionSrc": const.SOURCE}


def _service(document, options):
    wanted = document.get("service") or options.get("service") or ""
    mapper()
    codes = library.part("providers.ups.units").ServiceCode
    if not wanted or (wanted not in codes.__members__ and wanted not in _values(codes)):
        raise Fault(
            "business.rule",
            f"UPS has no service {wanted}." if wanted else "No service of UPS was chosen.",
            pointer="/service",
            fix="Choose one on the delivery method, e.g. ups_standard. No label was bought.",
            subject=f"ups:service:{wanted}",
        )
    return wanted


def _values(enum):
    return {member.value for member in enum}


def karrio_options(document):
    """:return: dict, karrio's options of a document"""
    mapper()
    known = library.part("providers.ups.units").ShippingOption.__members__
    found = {}
    for name in document.get("options", ()):
        if name in OPTIONS:
            found.update(OPTIONS[name])
        elif name.startswith("ups_") and name in known and name not in CLOSED:
            found[name] = True
        else:
            raise Fault(
                "business.rule",
                f"UPS has no option {name}.",
                pointer="/options",
                fix="Take it off the delivery method, then retry. No label was bought.",
                subject=f"ups:option:{name}",
            )
    if document.get("purpose") == "return":
        found["ups_return_service"] = const.UPS_RETURN_LABEL
    return found


def check_packaging(document):
    """karrio takes our own packaging for any word that it does not know."""
    mapper()
    kinds = library.part("providers.ups.units").PackagingType
    for number, parcel in enumerate(document["parcels"]):
        kind = parcel.get("packaging")
        if kind and kind not in kinds.__members__ and kind not in _values(kinds):
            raise Fault(
                "business.rule",
                f"UPS has no packaging {kind}.",
                pointer=f"/parcels/{number}/packaging",
                fix="Correct the carrier's code on the package type. No label was bought.",
                subject=f"ups:packaging:{kind}",
            )


# -- answers ---------------------------------------------------------------------------------------


def interpret(sending, response):
    """:return: exchange.Answer"""
    document = sending.document
    about = document.get("number") or document["reference"]
    told = errors.read(response, refusals)
    if document["action"] == "void":
        return _voided(response, told, about)
    fault = errors.fault(response, NAME, about, told)
    if fault:
        return refused(fault)
    found = content_of(response).get("ShipmentResponse", {}).get("ShipmentResults")
    if not found:
        return refused(errors.unreadable(NAME, about))
    content = _bought(found, document)
    note = " ".join([*_alerts(response), *corrections.remarks(document)])
    return accepted(content["id"], note, content=content)


def refusals(content):
    """:return: list of (code, message) of an answer"""
    settings = library.mapper(CARRIER).settings
    found = library.part("providers.ups.error").parse_error_response(content, settings)
    return [(str(each.code), str(each.message)) for each in found if each.level == "error"]


# The label was voided before: what was asked for is so.
_ALREADY_VOID = re.compile(r"already (been )?void|voided before", re.IGNORECASE)
_CODE_ALREADY_VOID = "190117"


def _voided(response, told, about):
    if any(code == _CODE_ALREADY_VOID or _ALREADY_VOID.search(text) for code, text in told):
        return accepted(note="UPS had voided the label before.", content={})
    fault = errors.fault(response, NAME, about, told)
    if fault:
        return refused(fault)
    settings = library.mapper(CARRIER).settings
    content = content_of(response)
    done, _messages = library.part("providers.ups.shipment.cancel").parse_shipment_cancel_response(
        library.tools().Deserializable(content), settings
    )
    found = content.get("VoidShipmentResponse", {})
    results = listed(found.get("PackageLevelResults"))
    kept = [each["TrackingNumber"] for each in results if each["Status"]["Code"] == "0"]
    if done and done.success and not kept:
        return accepted(note="UPS has voided the label.", content={})
    return refused(
        Fault(
            "transport.rejected",
            f"UPS did not void {', '.join(kept) or about}.",
            fix="Ask UPS why. A label that is not used is not charged.",
            subject="ups:void",
        )
    )


def content_of(response):
    found = response.json()
    return found if isinstance(found, dict) else {}


def listed(value):
    """UPS writes one thing as an object and several as an array."""
    return value if isinstance(value, list) else [value] if value else []


def _bought(found, document):
    """:return: dict, as ``shipping-label-answer`` says"""
    packages = listed(found.get("PackageResults"))
    made = {
        "id": found["ShipmentIdentificationNumber"],
        "parcels": _parcels([each["TrackingNumber"] for each in packages], document),
        "labels": [_label(each, document) for each in packages],
        **_cost(found),
    }
    papers = _papers(found)
    return {**made, "documents": papers} if papers else made


def _parcels(numbers, document):
    """UPS answers in the order in which it was asked."""
    if len(numbers) != len(document["parcels"]):
        raise Fault(
            "schema.invalid",
            f"UPS answered for {len(numbers)} parcels, and was asked for "
            f"{len(document['parcels'])}.",
            pointer="/parcels",
            fix="Ask UPS what it took, by the reference of the shipment.",
            subject="ups:parcels",
        )
    return [
        {
            "reference": parcel["reference"],
            "tracking": number,
            "tracking_url": const.UPS_PAGE.format(number),
        }
        for parcel, number in zip(document["parcels"], numbers, strict=True)
    ]


def _label(package, document):
    image = package["ShippingLabel"]
    made = pictures.printed(
        image["GraphicImage"], image["ImageFormat"]["Code"], document["label_format"]
    )
    return {"name": package["TrackingNumber"], **made}


def _cost(found):
    """The agreed price, where there is one; karrio leaves the cost of a label out."""
    agreed, public = found.get("NegotiatedRateCharges") or {}, found.get("ShipmentCharges") or {}
    for total in (
        agreed.get("TotalChargesWithTaxes"),
        agreed.get("TotalCharge"),
        public.get("TotalChargesWithTaxes"),
        public.get("TotalCharges"),
    ):
        if total:
            parts = charges(agreed or public)
            return {
                "cost": float(total["MonetaryValue"]),
                "currency": total["CurrencyCode"],
                **({"charges": parts} if parts else {}),
            }
    return {}


def charges(found):
    made = []
    for name, field in (("Transport", "BaseServiceCharge"), ("Options", "ServiceOptionsCharges")):
        for each in listed(found.get(field)):
            made.append({"name": name, "amount": float(each["MonetaryValue"])})
    for each in listed(found.get("ItemizedCharges")):
        name = each.get("Description") or each.get("SubType") or _surcharge(each["Code"])
        made.append({"name": name, "amount": float(each["MonetaryValue"])})
    for each in listed(found.get("TaxCharges")):
        made.append({"name": each["Type"], "amount": float(each["MonetaryValue"])})
    return [each for each in made if each["amount"]]


def _surcharge(code):
    """:return: what karrio calls a surcharge, e.g. Fuel surcharge"""
    kinds = library.part("providers.ups.units").SurchargeType
    return str(kinds.map(code).name_or_key).replace("_", " ").capitalize()


def _papers(found):
    """Commercial invoice, slip for cash on delivery, report of high value."""
    made = []
    for kind, field in (
        ("invoice", "Form"),
        ("cash_on_delivery", "CODTurnInPage"),
        ("other", "HighValueReport"),
    ):
        image = (found.get(field) or {}).get("Image")
        if image and pictures.known(image["ImageFormat"]["Code"]):
            paper = pictures.kept(image["GraphicImage"], image["ImageFormat"]["Code"])
            made.append({"kind": kind, "name": field, **paper})
    return made


def _alerts(response):
    found = content_of(response).get("ShipmentResponse", {}).get("Response", {})
    return [f"UPS: {each['Description']}" for each in listed(found.get("Alert"))]


# -- look-up ---------------------------------------------------------------------------------------

# How UPS says that it has no label of a reference. A wrong guess would buy a second label, so
# that tracking by the reference is asked as well.
_UNKNOWN = re.compile(
    r"not (be )?found|not exist|no (label|shipment|record)|unknown", re.IGNORECASE
)
_GONE = re.compile(r"void", re.IGNORECASE)


def look_up(client, sending, options):
    """What became of a label whose answer was lost: its number and labels, by our reference.

    :return: exchange.Answer; None when UPS has nothing of it
    """
    document = sending.document
    if document["action"] == "void":
        raise NotImplementedError  # voided again, it is void
    about = document["number"]
    asked = recovery(sending, options)
    response = client.request(asked.method, asked.path, headers=asked.headers, json=asked.json)
    told = errors.read(response, refusals)
    if response.status in (400, 404) and told:
        return _nowhere(client, sending, options, told)
    fault = errors.fault(errors.question(response), NAME, about, told)
    if fault:
        raise fault
    found = content_of(response).get("LabelRecoveryResponse") or {}
    results = [each for each in listed(found.get("LabelResults")) if each.get("LabelImage")]
    if not results:
        raise errors.unreadable(NAME, about)
    content = _recovered(found, document)
    note = "UPS had bought it already; what it cost is on UPS's invoice."
    return accepted(content["id"], note, content=content)


def recovery(sending, options):
    """:return: exchange.Request by which UPS is asked for the labels of a reference"""
    document = sending.document
    kind = "ZPL" if document["label_format"] == "zpl" else "PDF"
    asked = {
        "Request": {
            "SubVersion": const.UPS_RECOVER_SUBVERSION,
            "TransactionReference": {"CustomerContext": f"seam {reference(document)}"},
        },
        "LabelSpecification": {
            "LabelImageFormat": {"Code": kind},
            "LabelStockSize": {"Height": "6", "Width": "4"},
        },
        # Of Roadie only, and insisted on by the description: there are none
        "TrackingNumbers": [],
        "ReferenceValues": {
            "ReferenceNumber": {"Value": reference(document)},
            "ShipperNumber": account(options),
        },
    }
    headers = call_headers(f"{sending.key} recovery")
    return Request("POST", const.UPS_RECOVER, headers=headers, json={"LabelRecoveryRequest": asked})


def _nowhere(client, sending, options, told):
    """Label recovery knows no such reference: is there a parcel of it all the same?"""
    said = "; ".join(message for _code, message in told)
    if not (_UNKNOWN.search(said) or _GONE.search(said)):
        raise Fault(
            "transport.rejected",
            f"UPS did not say whether it has a label of {sending.document['reference']}: {said}",
            fix="Look it up in UPS's shipping history by this reference. If there is none, "
            "discard this message and say “Nothing was bought” on the shipment.",
            subject=f"ups:recovery:{said[:60]}",
        )
    asked = by_reference(sending, options)
    response = client.request(asked.method, asked.path, params=asked.params, headers=asked.headers)
    if response.status != 404:
        fault = errors.fault(errors.question(response), NAME, sending.document["number"], [])
        if fault:
            raise fault
    numbers = [] if response.status == 404 else _tracked_numbers(content_of(response))
    if not numbers or _GONE.search(said):
        return None
    raise Fault(
        "order.conflict",
        f"UPS has parcels {', '.join(numbers)} of {sending.document['reference']}, and does not "
        "give their labels.",
        fix="Print them from UPS's shipping history, or void them there; then discard this "
        "message and say “Nothing was bought” on the shipment.",
        subject="ups:recovery",
    )


def by_reference(sending, options):
    """:return: exchange.Request for the parcels of a reference"""
    path = const.UPS_BY_REFERENCE.format(quote(reference(sending.document), safe=""))
    params = {"shipperNum": account(options), "refNumType": "SmallPackage"}
    return Request("GET", path, params=params, headers=call_headers(f"{sending.key} reference"))


def _tracked_numbers(content):
    shipments = content.get("trackResponse", {}).get("shipment", [])
    packages = [package for each in shipments for package in listed(each.get("package"))]
    return [each["trackingNumber"] for each in packages if each.get("trackingNumber")]


def _recovered(found, document):
    results = listed(found["LabelResults"])
    labels = []
    for each in results:
        image = each.get("LabelImage")
        if image:  # of PDF files the first has the labels of all
            made = pictures.printed(
                image["GraphicImage"], image["LabelImageFormat"]["Code"], document["label_format"]
            )
            labels.append({"name": each["TrackingNumber"], **made})
    made = {
        "id": found.get("ShipmentIdentificationNumber") or results[0]["TrackingNumber"],
        "parcels": _parcels([each["TrackingNumber"] for each in results], document),
        "labels": labels,
    }
    papers = _papers(found)
    return {**made, "documents": papers} if papers else made
