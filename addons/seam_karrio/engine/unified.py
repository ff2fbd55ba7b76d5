"""Seam's documents in the words of karrio's unified models. Pure."""

from . import library

# karrio's name of a reason for customs.
REASONS = {"sale": "merchandise", "return": "return_merchandise"}
NO_STREET = "-"


def address(found):
    """:param found: an address of a document. :return: dict"""
    return {
        "person_name": found.get("name"),
        "company_name": found.get("company"),
        # karrio stumbles over none, which a question for rates may have; it is put right later
        "address_line1": found.get("street") or NO_STREET,
        "address_line2": found.get("street2"),
        # Else karrio takes a number out of the street and puts it in front.
        "street_number": "",
        "city": found.get("city"),
        "postal_code": found.get("zip"),
        "state_code": found.get("state"),
        "country_code": found["country"],
        "phone_number": found.get("phone"),
        "email": found.get("email"),
        "federal_tax_id": found.get("tax_id"),
        "residential": found.get("residential", False),
    }


def parcel(found, reference):
    return {
        "weight": float(found["weight_kg"]),
        "weight_unit": "KG",
        **{name: _float(found.get(f"{name}_cm")) for name in ("length", "width", "height")},
        "dimension_unit": "CM",
        "packaging_type": found.get("packaging") or "your_packaging",
        "reference_number": reference,
    }


def _float(number):
    """karrio reckons in floats; documents from the database have decimals."""
    return None if number is None else float(number)


def customs(document):
    """:return: dict, or None where the parcels go through no customs"""
    found = document.get("customs")
    if not found:
        return None
    return {
        "commodities": [
            {
                "title": line["description"],
                "sku": line["sku"],
                "quantity": line["quantity"],
                "value_amount": float(line["unit_value"]),
                "value_currency": found["currency"],
                "weight": float(line.get("unit_weight_kg") or 0),
                "weight_unit": "KG",
                "hs_code": line["hs_code"],
                "origin_country": line["origin"],
            }
            for line in found["lines"]
        ],
        "content_type": REASONS[found["reason"]],
        "invoice": found.get("invoice_number") or document["reference"],
        "invoice_date": found.get("invoice_date"),
        "incoterm": found.get("incoterm"),
        "commercial_invoice": found.get("commercial_invoice", False),
        "duty": {
            "paid_by": "sender" if found.get("incoterm") == "DDP" else "recipient",
            "currency": found["currency"],
            "declared_value": float(goods(found)),
        },
    }


def goods(found):
    """:return: what all goods of a customs declaration are worth"""
    return round(sum(line["quantity"] * line["unit_value"] for line in found["lines"]), 2)


def shipment(document, service, reference, options):
    """:return: karrio's ShipmentRequest of a label that is bought"""
    return library.models().ShipmentRequest(
        service=service,
        shipper=address(document["from"]),
        recipient=address(document["to"]),
        parcels=[parcel(each, reference) for each in document["parcels"]],
        customs=customs(document),
        options=options,
        reference=reference,
        label_type=document["label_format"].upper(),
    )


def rate(document, services, options):
    """:return: karrio's RateRequest of a question for rates"""
    return library.models().RateRequest(
        shipper=address(document["from"]),
        recipient=address(document["to"]),
        parcels=[parcel(each, None) for each in document["parcels"]],
        services=services,
        options=options,
        reference=document.get("number") or "",
    )
