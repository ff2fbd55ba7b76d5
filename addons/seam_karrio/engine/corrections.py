"""What karrio writes otherwise than UPS describes it, or than was meant: one function a case.

Each takes ``shipment`` (the body that karrio made, changed in place) and ``document`` (what was
to be said), and its first line names the case. Versions: karrio 2026.1.32; UPS's Shipping.yaml
and Rating.yaml, v2409.
"""

import datetime
import textwrap

from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import text, unified

UPS = const.NAMES["ups"]

# A member of the European Union ships by UPS with cash for the whole shipment; code 1 is cash.
# https://developer.ups.com/api/reference/shipping/appendix1 (COD)
EUROPE = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip
COD_CASH, COD_ANY, COD_CHECK = "1", "0", "9"


def today():
    return datetime.date.today().isoformat()


# -- parties: labels ----------------------------------------------------------------------------


def parties(shipment, document, account):
    """karrio cuts names and streets at 35 characters, puts the house number before the street,
    cuts phone numbers at 15 signs and makes one up (000-000-0000) where there is none; writes
    ShipFrom/EMailAddress, which is not described.
    """
    returned = document.get("purpose") == "return"
    own = "to" if returned else "from"
    tax = "customs" in document
    shipment["Shipper"] = {**party(document[own], own, tax), "ShipperNumber": account}
    shipment["ShipTo"] = party(document["to"], "to", tax)
    shipment["ShipFrom"] = party(document["from"], "from", tax)
    shipment["ShipFrom"].pop("EMailAddress", None)
    if document["to"].get("residential"):
        shipment["ShipTo"]["Address"]["ResidentialAddressIndicator"] = "Y"


def party(found, place, tax=False):
    """:return: dict of one side, as Shipping describes it"""
    company = found.get("company")
    name, *rest = textwrap.wrap(company or found["name"], const.UPS_WIDTH, break_long_words=False)
    street = text.lines(found, const.UPS_WIDTH, const.UPS_LINES, UPS, place)
    for line in (name, *rest):
        text.fits(line, const.UPS_WIDTH, UPS, "A word of the name", f"/{place}/name")
    if len(rest) + len(street) > const.UPS_LINES:
        field = "company" if company else "name"
        raise text.too_long(company or name, const.UPS_WIDTH, UPS, "The name", f"/{place}/{field}")
    made = {
        "Name": name,
        "AttentionName": _person(found, place),
        "Phone": _phone(found, place),
        "EMailAddress": _email(found),
        "TaxIdentificationNumber": _tax_id(found, place) if tax else None,
        "Address": {"AddressLine": rest + street, **_town(found, place)},
    }
    return {key: value for key, value in made.items() if value}


def _person(found, place):
    """The person beside the company; a person alone who fills two lines stands in the name."""
    person = found["name"]
    if found.get("company"):
        return text.fits(person, const.UPS_WIDTH, UPS, "The name", f"/{place}/name")
    return person if len(person) <= const.UPS_WIDTH else None


def _phone(found, place):
    digits, extension = text.phone(
        found.get("phone"), found["country"], const.UPS_PHONE, UPS, place
    )
    if not digits:
        return None
    return {"Number": digits, **({"Extension": extension} if extension else {})}


def _email(found):
    """Too long ones are left out, and ``remarks`` says so: no parcel waits for that."""
    email = found.get("email") or ""
    return email if len(email) <= const.UPS_EMAIL else None


def _tax_id(found, place):
    number = found.get("tax_id")
    return text.fits(number, const.UPS_TAX_ID, UPS, "The VAT number", f"/{place}/tax_id")


def _town(found, place):
    made = {
        "City": text.fits(found.get("city"), const.UPS_CITY, UPS, "The city", f"/{place}/city"),
        "StateProvinceCode": text.fits(
            found.get("state"), const.UPS_STATE, UPS, "The state's code", f"/{place}/state"
        ),
        "PostalCode": postcode(found, place),
        "CountryCode": found["country"],
    }
    return {key: value for key, value in made.items() if value}


def postcode(found, place):
    """UPS takes nine characters: 12345-6789 goes without its hyphen."""
    code = found.get("zip")
    if code and len(code) > const.UPS_ZIP:
        code = code.replace("-", "").replace(" ", "")
    return text.fits(code, const.UPS_ZIP, UPS, "The postcode", f"/{place}/zip")


# -- labels --------------------------------------------------------------------------------------


def references(shipment, document, reference):
    """karrio writes ReferenceNumber as an object; it is an array. Within and between the USA and
    Puerto Rico UPS takes it on the parcels only, and there by both it can be looked up.
    """
    shipment.pop("ReferenceNumber", None)
    home = {document["from"]["country"], document["to"]["country"]} <= const.UPS_HOME
    for holder in shipment["Package"] if home else [shipment]:
        holder["ReferenceNumber"] = [{"Value": reference}]


def weights(shipment, document):
    """karrio writes 12.35 for 12.345 kg, and six characters for heavy parcels; five are allowed,
    with one decimal. Sizes have whole numbers, and the length is the longest.
    """
    for package, parcel in zip(shipment["Package"], document["parcels"], strict=True):
        imperial = package["PackageWeight"]["UnitOfMeasurement"]["Code"] == "LBS"
        weight = text.pounds(parcel["weight_kg"]) if imperial else parcel["weight_kg"]
        package["PackageWeight"]["Weight"] = text.up(weight, 1)
        if "length_cm" in parcel:
            package["Dimensions"].update(_sizes(parcel, imperial))
        else:
            package.pop("Dimensions", None)


def _sizes(parcel, imperial):
    sizes = [parcel[f"{name}_cm"] for name in ("length", "width", "height")]
    found = sorted((text.inches(size) if imperial else size for size in sizes), reverse=True)
    return dict(zip(("Length", "Width", "Height"), (text.up(s, 0) for s in found), strict=True))


def dates(shipment, document):
    """karrio writes 2026-11-23, ten characters of eight, and moves it to the next working day
    whatever was said. Missing: today.
    """
    shipment.pop("ShipmentDate", None)
    if document.get("ready"):
        shipment["ShipmentDate"] = document["ready"].replace("-", "")


def payer(shipment, document, account, name="PaymentInformation"):
    """karrio has the shipper pay duties of every shipment, also where there is no customs."""
    kinds = ["01"]
    if document.get("customs", {}).get("incoterm") == "DDP":
        kinds.append("02")
    shipment[name] = {
        "ShipmentCharge": [
            {"Type": kind, "BillShipper": {"AccountNumber": account}} for kind in kinds
        ]
    }


def values(shipment, document):
    """karrio makes up a value of 1.0 USD, and counts no pieces. UPS takes an invoice total from
    the USA to Canada and Puerto Rico only, and pieces of freight only.
    """
    shipment.pop("InvoiceLineTotal", None)
    shipment.pop("NumOfPiecesInShipment", None)
    found = document.get("customs")
    to = document["to"]["country"]
    if found and document["from"]["country"] == "US" and to in ("CA", "PR"):
        shipment["InvoiceLineTotal"] = {
            "CurrencyCode": found["currency"],
            "MonetaryValue": text.money(unified.goods(found)),
        }


def descriptions(shipment, document):
    """karrio says nothing of the goods; UPS wants it abroad, and of returns on each parcel."""
    found = document.get("customs")
    if found:
        names = ", ".join(line["description"] for line in found["lines"])
        if len(names) > const.UPS_SHIPMENT_TEXT:
            names = f"Goods of {len(found['lines'])} kinds: see the invoice"
        shipment["Description"] = names
    if document.get("purpose") == "return":
        number = document.get("order") or document["number"]
        words = f"Return of {number}"
        for package in shipment["Package"]:
            package["Description"] = words if len(words) <= const.UPS_PACKAGE_TEXT else "Return"


def signatures(shipment, _document):
    """karrio writes 1 and 2 for a signature and an adult's; on parcels they are 2 and 3."""
    for package in shipment["Package"]:
        found = package.get("PackageServiceOptions", {}).get("DeliveryConfirmation")
        if found:
            found["DCISType"] = str(int(found["DCISType"]) + 1)


def insurance(shipment, document):
    """karrio has no declared value of a parcel; the insured value is shared among the parcels."""
    found = document.get("insurance")
    if not found or not found["amount"]:
        return
    shares = text.shares(found["amount"], len(shipment["Package"]))
    for package, share in zip(shipment["Package"], shares, strict=True):
        package.setdefault("PackageServiceOptions", {})["DeclaredValue"] = {
            "CurrencyCode": found["currency"],
            "MonetaryValue": text.money(share),
        }


def cash(shipment, document):
    """karrio knows one code for cash on delivery, and no parcel's; where UPS collects none it
    says nothing.
    """
    found = document.get("cash_on_delivery")
    if not found:
        return
    here, there = document["from"]["country"], document["to"]["country"]
    if here in EUROPE and document.get("purpose") != "return":
        code = {"any": COD_CASH, "cash": COD_CASH, "check": COD_CHECK}.get(found["method"])
        holders = [shipment.setdefault("ShipmentServiceOptions", {})]
    elif {here, there} <= const.UPS_HOME or (here == "CA" and there in ("CA", "US")):
        code = {"any": COD_ANY, "check": COD_ANY}.get(found["method"])
        holders = [p.setdefault("PackageServiceOptions", {}) for p in shipment["Package"]]
    else:
        code, holders = None, []
    if code is None or document.get("purpose") == "return":
        raise Fault(
            "business.rule",
            f"UPS does not collect cash on delivery in this way from {here} to {there}.",
            pointer="/cash_on_delivery",
            fix="Choose another delivery method, or another way to pay. No label was bought.",
            subject=f"ups:cod:{here}:{there}:{found['method']}",
        )
    for holder, share in zip(holders, text.shares(found["amount"], len(holders)), strict=True):
        holder["COD"] = {
            "CODFundsCode": code,
            "CODAmount": {"CurrencyCode": found["currency"], "MonetaryValue": text.money(share)},
        }


def forms(shipment, document):
    """karrio writes FormType and Description as texts, which are arrays, cuts Description at 35
    characters, leaves the buyer without a name, and makes up currency, export type and number
    of packages. It asks for an invoice also where none is wanted.
    """
    options = shipment.get("ShipmentServiceOptions", {})
    options.pop("InternationalForms", None)
    found = document.get("customs")
    if found and found.get("commercial_invoice"):
        options["InternationalForms"] = _invoice(document, found)
        shipment["ShipmentServiceOptions"] = options


def _invoice(document, found):
    returned = document.get("purpose") == "return"
    if len(found["lines"]) > const.UPS_PRODUCTS:
        raise Fault(
            "business.rule",
            f"UPS writes invoices of up to {const.UPS_PRODUCTS} products; "
            f"{document['number']} has {len(found['lines'])}.",
            pointer="/customs/lines",
            fix="Ship it in several transfers, or make the invoice in Odoo. No label was bought.",
            subject="ups:invoice",
        )
    made = {
        # 05 is the one that UPS allows for returns
        "FormType": ["05" if returned else "01"],
        "Contacts": {"SoldTo": _buyer(document)},
        "Product": [_product(line, number) for number, line in enumerate(found["lines"])],
        "InvoiceNumber": text.fits(
            found.get("invoice_number") or document["reference"],
            const.UPS_REFERENCE,
            UPS,
            "The number of the invoice",
            "/customs/invoice_number",
        ),
        "ReasonForExport": "RETURN" if found["reason"] == "return" else "SALE",
        "CurrencyCode": found["currency"],
        "TermsOfShipment": _terms(found),
    }
    date = found.get("invoice_date") or document.get("ready") or today()
    made["InvoiceDate"] = date.replace("-", "")
    return {key: value for key, value in made.items() if value}


def _buyer(document):
    buyer = party(document["to"], "to", tax=True)
    return {"AttentionName": buyer["Name"], **buyer}


def _terms(found):
    """UPS knows no DPU and no CPU: the two are not told, rather than others."""
    return found.get("incoterm") if found.get("incoterm") in const.UPS_INCOTERMS else None


def _product(line, number):
    place = f"/customs/lines/{number}"
    words = textwrap.wrap(line["description"], const.UPS_WIDTH)
    if len(words) > const.UPS_PRODUCT_LINES:
        most = const.UPS_WIDTH * const.UPS_PRODUCT_LINES
        raise text.too_long(
            line["description"], most, UPS, "The description", f"{place}/description"
        )
    code = "".join(sign for sign in line["hs_code"] if sign.isalnum())
    if not 6 <= len(code) <= 15:
        raise Fault(
            "business.rule",
            f"UPS takes HS codes of 6 to 15 digits; {line['sku']} has {line['hs_code']}.",
            pointer=f"{place}/hs_code",
            fix="Correct it on the product, then retry. No label was bought.",
            subject=f"hs_code:{line['sku']}",
        )
    made = {
        "Description": words,
        "Unit": {
            "Number": str(line["quantity"]),
            "UnitOfMeasurement": {"Code": "PCS", "Description": "PCS"},
            "Value": text.money(line["unit_value"]),
        },
        "CommodityCode": code,
        "OriginCountryCode": line["origin"],
    }
    if len(line["sku"]) <= const.UPS_WIDTH:
        made["PartNumber"] = line["sku"]
    return made


def notices(shipment, _document):
    """karrio has UPS write to the recipient, whom nobody asked, by an address that is a text and
    not an array. Odoo tells him.
    """
    shipment.get("ShipmentServiceOptions", {}).pop("Notification", None)


def label(request):
    """karrio asks for PNG, which UPS's description does not have, and for version v2409, of
    which it wants four characters.
    """
    wanted = request["LabelSpecification"]["LabelImageFormat"]
    wanted["Code"] = "ZPL" if wanted["Code"] == "ZPL" else "GIF"
    wanted["Description"] = "Label"
    request["Request"]["SubVersion"] = const.UPS_SUBVERSION


def shipment(body, document, account, reference):
    """All cases of a label.

    :param body: what karrio's mapper made; not changed
    :return: dict
    """
    request = body["ShipmentRequest"]
    found = request["Shipment"]
    parties(found, document, account)
    references(found, document, reference)
    weights(found, document)
    dates(found, document)
    payer(found, document, account)
    values(found, document)
    descriptions(found, document)
    signatures(found, document)
    insurance(found, document)
    cash(found, document)
    notices(found, document)
    forms(found, document)
    label(request)
    if not found.get("ShipmentServiceOptions"):
        found.pop("ShipmentServiceOptions", None)
    return body


# -- rates -----------------------------------------------------------------------------------------


def rate(body, document, account):
    """All cases of a question for rates: no names are needed, no value is made up, the street is
    not cut, and two letters are a state.
    """
    request = body["RateRequest"]
    found = request["Shipment"]
    found["Shipper"] = {"ShipperNumber": account, "Address": _place(document["from"], "from")}
    found["ShipFrom"] = {"Address": _place(document["from"], "from")}
    found["ShipTo"] = {"Address": _place(document["to"], "to")}
    if document["to"].get("residential"):
        found["ShipTo"]["Address"]["ResidentialAddressIndicator"] = "Y"
    # the one that the address says; a service is "ignored for Shopping"
    request["Request"]["RequestOption"] = "Shop"
    found.pop("Service", None)
    payer(found, document, account, "PaymentDetails")
    found.pop("ShipmentDate", None)
    found.pop("InvoiceLineTotal", None)
    _worth(found, document)
    weights(found, document)
    _total(found, document)
    found["DeliveryTimeInformation"]["Pickup"]["Date"] = (document.get("ready") or today()).replace(
        "-", ""
    )
    signatures(found, document)
    insurance(found, document)
    cash(found, document)
    if not found.get("ShipmentServiceOptions"):
        found.pop("ShipmentServiceOptions", None)
    return body


def _worth(found, document):
    """Transit times abroad are told for goods of a value; at home none is wanted."""
    value = document.get("declared_value")
    if value and value["amount"] and document["from"]["country"] != document["to"]["country"]:
        found["InvoiceLineTotal"] = {
            "CurrencyCode": value["currency"],
            "MonetaryValue": text.money(value["amount"]),
        }


def _total(found, document):
    """karrio writes it in kilograms also where the parcels are in pounds."""
    unit = found["Package"][0]["PackageWeight"]["UnitOfMeasurement"]["Code"]
    total = sum(parcel["weight_kg"] for parcel in document["parcels"])
    found["ShipmentTotalWeight"] = {
        "UnitOfMeasurement": {"Code": unit, "Description": "Weight"},
        "Weight": text.up(text.pounds(total) if unit == "LBS" else round(total, 3), 1),
    }


def _place(found, side):
    state = found.get("state") or ""
    made = {
        "City": text.fits(found.get("city"), const.UPS_CITY, UPS, "The city", f"/{side}/city"),
        "StateProvinceCode": state if len(state) == 2 else None,
        "PostalCode": postcode(found, side),
        "CountryCode": found["country"],
    }
    street = text.lines(found, const.UPS_WIDTH, const.UPS_LINES, UPS, side)
    return {"AddressLine": street, **{key: value for key, value in made.items() if value}}


def remarks(document):
    """:return: list of sentences about what UPS was not told, for the message's history"""
    found = [
        f"UPS takes e-mail addresses of {const.UPS_EMAIL} characters: {side['email']} was left out."
        for side in (document["from"], document["to"])
        if len(side.get("email") or "") > const.UPS_EMAIL
    ]
    terms = document.get("customs", {}).get("incoterm")
    if terms and terms not in const.UPS_INCOTERMS:
        found.append(f"UPS does not know the terms {terms}: they are not on its invoice.")
    found += [
        f"UPS takes product numbers of {const.UPS_WIDTH} characters: {line['sku']} was left out."
        for line in document.get("customs", {}).get("lines", ())
        if len(line["sku"]) > const.UPS_WIDTH
    ]
    return found
