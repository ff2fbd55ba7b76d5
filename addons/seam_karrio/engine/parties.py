"""Names, streets and phones for carriers that have a line for each. Pure.

karrio cuts names at 35 and phones at 15 signs, makes up a phone (000-000-0000, or the sender's)
where there is none, and takes a second line of the street for a house number.
"""

import textwrap

from . import text


def fedex(found, place, tax=False):
    """:return: dict of one side, as FedEx's Ship API has it"""
    company = found.get("company")
    rest = []
    if company:
        company, *rest = textwrap.wrap(company, 35, break_long_words=False)
    street = text.lines(found, 35, 3, "FedEx", place)
    if len(rest) + len(street) > 3:
        raise text.too_long(found["company"], 35, "FedEx", "The company", f"/{place}/company")
    for line in (company, *rest):
        text.fits(line, 35, "FedEx", "A word of the company", f"/{place}/company")
    digits, extension = text.phone(found.get("phone"), found["country"], 15, "FedEx", place)
    contact = {
        "personName": text.fits(found["name"], 70, "FedEx", "The name", f"/{place}/name"),
        "companyName": company,
        "phoneNumber": digits,
        "phoneExtension": extension,
        "emailAddress": found.get("email"),
    }
    made = {"contact": _filled(contact), "address": fedex_address(found, place, rest + street)}
    if tax and found.get("tax_id"):
        made["tins"] = [{"number": found["tax_id"], "tinType": "BUSINESS_UNION"}]
    return made


def fedex_address(found, place, lines=None):
    """:return: dict; FedEx calls Quebec PQ"""
    state = found.get("state")
    if (found["country"], state) == ("CA", "QC"):
        state = "PQ"
    made = {
        "streetLines": lines or text.lines(found, 35, 3, "FedEx", place),
        "city": text.fits(found.get("city"), 35, "FedEx", "The city", f"/{place}/city"),
        "stateOrProvinceCode": state if state and len(state) == 2 else None,
        "postalCode": text.fits(found.get("zip"), 10, "FedEx", "The postcode", f"/{place}/zip"),
        "countryCode": found["country"],
        "residential": bool(found.get("residential")),
    }
    return {name: value for name, value in made.items() if value not in (None, "", [])}


def dhl(found, place, country):
    """:param country: ISO 3166-1 alpha-3
    :return: dict of one side, as DHL Parcel DE Shipping v2 has it
    """

    def fits(name, most, what):
        return text.fits(found.get(name), most, "DHL", what, f"/{place}/{name}")

    person, company = fits("name", 50, "The name"), found.get("company")
    first, *rest = textwrap.wrap(company or person, 50, break_long_words=False)
    names = [first, *rest, *([person] if company else [])]
    second = found.get("street2")
    if place == "from" and second:
        names.append(fits("street2", 50, "The second line"))
    if len(names) > 3 or any(len(name) > 50 for name in names):
        raise text.too_long(company or person, 50, "DHL", "The company", f"/{place}/company")
    made = dict(zip(("name1", "name2", "name3"), names, strict=False))
    made |= {
        "addressStreet": fits("street", 50, "The street"),
        "postalCode": fits("zip", 10, "The postcode"),
        "city": fits("city", 40, "The city"),
        "country": country,
        "email": fits("email", 80, "The e-mail address"),
    }
    if place == "to":
        made["additionalAddressInformation1"] = fits("street2", 60, "The second line")
        if found["country"] != "DE":  # at home DHL takes neither
            made["state"] = _dhl_state(found)
            digits = text.phone(found.get("phone"), found["country"], 19, "DHL", place)[0]
            made["phone"] = f"+{digits}" if digits and found["phone"].strip()[:1] == "+" else digits
    return _filled(made)


def _dhl_state(found):
    """DHL wants the states of the USA as ISO 3166-2 has them, e.g. US-TX."""
    state = found.get("state")
    if state and found["country"] == "US":
        state = f"US-{state}"
    return text.fits(state, 20, "DHL", "The state", "/to/state")


def _filled(made):
    return {name: value for name, value in made.items() if value}
