"""What UPS would take for parcels. Pure."""

import json

from odoo.addons.seam.engine.exchange import Request

from .. import const
from . import corrections, errors, library, unified, ups


def rate_request(document, options):
    """:return: exchange.Request of a question for rates"""
    ups.check_packaging(document)
    asked = unified.rate(document, [], ups.karrio_options(document))
    body = ups.mapper().create_rate_request(asked).serialize()
    made = corrections.rate(body, document, ups.account(options))
    headers = ups.call_headers(json.dumps(document, sort_keys=True))
    params = {"additionalinfo": "timeintransit"}
    return Request("POST", const.UPS_RATE, params=params, headers=headers, json=made)


def rate_answer(document, response):
    """:return: dict, as ``shipping-rate-answer`` says
    :raise Fault: UPS could not say
    """
    told = errors.read(response, ups.refusals)
    if response.status == 400 and told:
        return {"offers": [], "reason": "; ".join(message for _code, message in told)[:500]}
    fault = errors.fault(
        errors.question(response), ups.NAME, document.get("number") or "rates", told
    )
    if fault:
        raise fault
    content = ups.content_of(response)
    mapping = ups.mapper()
    origin = (
        "EU" if document["from"]["country"] in corrections.EUROPE else document["from"]["country"]
    )
    answered = library.tools().Deserializable(_filled(content), ctx={"origin": origin})
    rated = ups.listed(content.get("RateResponse", {}).get("RatedShipment"))
    read, _messages = mapping.parse_rate_response(answered)
    codes = library.part("providers.ups.units").ServiceCode
    names = {wanted: codes.map(wanted).value for wanted in document.get("services", ())}
    offers = []
    for raw, found in zip(rated, read, strict=True):
        code = raw["Service"]["Code"]
        wanted = [name for name, value in names.items() if value == code]
        if names and not wanted:
            continue
        for name in wanted or [codes.map(code).name_or_key]:
            offers.append(_offer(raw, found, name))
    return {"offers": offers}


def _filled(content):
    """karrio stumbles over answers that leave out what is optional."""
    rated = ups.listed(content.get("RateResponse", {}).get("RatedShipment"))
    return {
        **content,
        "RateResponse": {
            **content.get("RateResponse", {}),
            "RatedShipment": [_filled_rate(each) for each in rated],
        },
    }


def _filled_rate(raw):
    agreed = raw.get("NegotiatedRateCharges")
    base = raw.get("BaseServiceCharge") or raw["TransportationCharges"]
    made = {
        **raw,
        "BaseServiceCharge": base,
        "ItemizedCharges": ups.listed(raw.get("ItemizedCharges")),
    }
    made["TaxCharges"] = ups.listed(raw.get("TaxCharges"))
    if agreed:
        own = ups.listed(agreed.get("BaseServiceCharge"))
        made["NegotiatedRateCharges"] = {
            **agreed,
            "BaseServiceCharge": own[0] if own else base,
            "ItemizedCharges": ups.listed(agreed.get("ItemizedCharges")),
            "TaxCharges": ups.listed(agreed.get("TaxCharges")),
        }
    return made


def _offer(raw, found, name):
    summary = (raw.get("TimeInTransit") or {}).get("ServiceSummary") or {}
    arrival = summary.get("EstimatedArrival") or {}
    days = arrival.get("BusinessDaysInTransit") or (raw.get("GuaranteedDelivery") or {}).get(
        "BusinessDaysInTransit"
    )
    date = (arrival.get("Arrival") or {}).get("Date")
    agreed = raw.get("NegotiatedRateCharges")
    parts = ups.charges(agreed or raw)
    return {
        "service": name,
        "name": (summary.get("Service") or {}).get("Description") or _called(name),
        "total": found.total_charge,
        "currency": found.currency,
        **({"transit_days": int(days)} if days else {}),
        **({"promised": f"{date[:4]}-{date[4:6]}-{date[6:]}"} if date else {}),
        **({"charges": parts} if parts else {}),
    }


def _called(name):
    services = library.part("providers.ups.units").ShippingService
    return str(services.map(name).value_or_key)
