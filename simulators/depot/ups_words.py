"""The forms of UPS's published interface (developer.ups.com), Rating and Shipping v2409: pure."""

import base64
import datetime

from simulators.depot import labels, prices
from simulators.depot.books import ACCOUNT
from simulators.local import Refused

POUND_KG = 0.45359237
STATUS = {"Code": "1", "Description": "Success"}


def wrong(code, message):
    """UPS's form of an error."""
    return {"response": {"errors": [{"code": str(code), "message": message}]}}


# -- what is asked -----------------------------------------------------------------------


def wish_of(request):
    """What `books.buy` takes, of a ShipmentRequest. Raises Refused."""
    try:
        shipment = request["Shipment"]
        code = shipment["Service"]["Code"]
        sender = shipment.get("ShipFrom") or shipment["Shipper"]
        parcels = _parcels(shipment)
        if shipment["Shipper"].get("ShipperNumber") != ACCOUNT:
            raise Refused(400, "Missing or invalid shipper number", "120100")
        if code not in prices.UPS_SERVICES:
            raise Refused(400, "The requested service is invalid.", "111100")
        return {
            "face": "ups",
            "reference": reference_of(request),
            "number": shipment.get("Description") or "",
            "service": code,
            "service_name": prices.UPS_SERVICES[code][0],
            "level": prices.UPS_SERVICES[code][1],
            "label": _format(request),
            "from": _address(sender),
            "to": _address(shipment["ShipTo"]),
            "parcels": parcels,
            "returning": "ReturnService" in shipment,
            "forms": "InternationalForms" in (shipment.get("ShipmentServiceOptions") or {}),
        }
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Refused(400, f"The request is not well formed: {error!r}", "9120000") from None


def reference_of(request):
    """The customer's reference: of the shipment, of its first parcel, or of the call."""
    shipment = request["Shipment"]
    places = [shipment, *_list(shipment["Package"])]
    for place in places:
        for reference in _list(place.get("ReferenceNumber") or []):
            if reference.get("Value"):
                return reference["Value"]
    context = (request.get("Request") or {}).get("TransactionReference") or {}
    return context.get("CustomerContext") or ""


def _parcels(shipment):
    return [
        {"reference": str(number), "weight_kg": _kilograms(package)}
        for number, package in enumerate(_list(shipment["Package"]), 1)
    ]


def _kilograms(package):
    weight = package["PackageWeight"]
    number = float(weight["Weight"])
    return round(number * (POUND_KG if weight["UnitOfMeasurement"]["Code"] == "LBS" else 1), 3)


def _address(party):
    address = party["Address"]
    lines = _list(address.get("AddressLine") or [])
    return {
        "name": party.get("AttentionName") or party.get("Name") or "",
        "company": party.get("Name") or "",
        "street": lines[0] if lines else "",
        "street2": " ".join(lines[1:]),
        "city": address.get("City") or "",
        "zip": address.get("PostalCode") or "",
        "state": address.get("StateProvinceCode") or "",
        "country": address["CountryCode"],
    }


def _format(request):
    wanted = (request.get("LabelSpecification") or {}).get("LabelImageFormat") or {}
    kind = wanted.get("Code", "GIF").lower()
    if kind not in ("gif", "png", "zpl"):
        raise Refused(400, "Missing or invalid label print method code.", "120303")
    return kind


def _list(value):
    return value if isinstance(value, list) else [value]


# -- rates -------------------------------------------------------------------------------


def rates(request, option):
    """A RateResponse. Raises Refused.

    option   of the address: Rate, Shop, or either with "timeintransit"
    """
    try:
        shipment = request["Shipment"]
        sender = (shipment.get("ShipFrom") or shipment["Shipper"])["Address"]["CountryCode"]
        abroad = sender != shipment["ShipTo"]["Address"]["CountryCode"]
        weights = [parcel["weight_kg"] for parcel in _parcels(shipment)]
        wanted = (shipment.get("Service") or {}).get("Code")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise Refused(400, f"The request is not well formed: {error!r}", "9110000") from None
    if not weights or not all(0 < weight <= prices.HEAVIEST_KG for weight in weights):
        raise Refused(400, "The package weight is invalid.", "111035")
    shop = option.lower().startswith("shop") or not wanted
    codes = [
        code
        for code, (_name, _level, border) in prices.UPS_SERVICES.items()
        if border in (None, abroad) and (shop or code == wanted)
    ]
    if not codes:
        raise Refused(400, "The requested service is unavailable.", "111210")
    transit = "timeintransit" in option.lower()
    return {
        "RateResponse": {
            "Response": _response(request),
            "RatedShipment": [_rated(code, weights, abroad, transit) for code in codes],
        }
    }


def _rated(code, weights, abroad, transit):
    name, level, _border = prices.UPS_SERVICES[code]
    total = prices.price(level, weights, abroad)
    rated = {
        "Service": {"Code": code, "Description": name},
        "RatedShipmentAlert": [],
        "BillingWeight": _billing(f"{sum(weights):.1f}"),
        "TransportationCharges": _money(total),
        "BaseServiceCharge": _money(total),
        "ItemizedCharges": [],
        "ServiceOptionsCharges": _money(0),
        "TaxCharges": [],
        "TotalCharges": _money(total),
        "RatedPackage": [
            {
                "TransportationCharges": _money(prices.price(level, [weight], abroad)),
                "BaseServiceCharge": _money(prices.price(level, [weight], abroad)),
                "ServiceOptionsCharges": _money(0),
                "TotalCharges": _money(prices.price(level, [weight], abroad)),
                "Weight": f"{weight:.1f}",
                "BillingWeight": _billing(f"{weight:.1f}"),
                "ItemizedCharges": [],
            }
            for weight in weights
        ],
    }
    days = prices.SERVICES[level].days * (2 if abroad else 1)
    rated["GuaranteedDelivery"] = {"BusinessDaysInTransit": str(days)}
    if transit:
        rated["TimeInTransit"] = _transit(name, days)
    return rated


def _transit(name, days):
    today = datetime.datetime.now(datetime.timezone.utc)
    arrival = today + datetime.timedelta(days=days)
    return {
        "PickupDate": today.strftime("%Y%m%d"),
        "PackageBillType": "03",
        "ServiceSummary": {
            "Service": {"Description": name},
            "GuaranteedIndicator": "0",
            "EstimatedArrival": {
                "Arrival": {"Date": arrival.strftime("%Y%m%d"), "Time": "230000"},
                "BusinessDaysInTransit": str(days),
                "Pickup": {"Date": today.strftime("%Y%m%d"), "Time": "180000"},
                "DayOfWeek": arrival.strftime("%a").upper(),
                "TotalTransitDays": str(days),
            },
        },
    }


# -- shipments -----------------------------------------------------------------------------


def bought(request, shipment):
    """A ShipmentResponse."""
    results = {
        "ShipmentCharges": {
            "TransportationCharges": _money(shipment["cost"]),
            "BaseServiceCharge": _money(shipment["cost"]),
            "ItemizedCharges": [],
            "ServiceOptionsCharges": _money(0),
            "TotalCharges": _money(shipment["cost"]),
        },
        "BillingWeight": _billing(f"{sum(p['weight_kg'] for p in shipment['parcels']):08.2f}"),
        "ShipmentIdentificationNumber": shipment["id"],
        "PackageResults": [
            {
                "TrackingNumber": parcel["tracking"],
                "BaseServiceCharge": _money(0),
                "ServiceOptionsCharges": _money(0),
                "ShippingLabel": {
                    "ImageFormat": {
                        "Code": shipment["label"].upper(),
                        "Description": shipment["label"].upper(),
                    },
                    "GraphicImage": _image(shipment["label"], parcel, shipment),
                },
                "ItemizedCharges": [],
            }
            for parcel in shipment["parcels"]
        ],
    }
    if shipment.get("forms"):
        image = _image("pdf", shipment["parcels"][0], shipment)
        results["Form"] = {
            "Code": "01",
            "Description": "All Requested International Forms",
            "Image": {
                "ImageFormat": {"Code": "PDF", "Description": "PDF"},
                "GraphicImage": image,
            },
        }
    return {"ShipmentResponse": {"Response": _response(request), "ShipmentResults": results}}


def voided(shipment, tracking=()):
    """A VoidShipmentResponse."""
    done = {"Code": "1", "Description": "Voided"}
    content = {
        "Response": {"ResponseStatus": STATUS},
        "SummaryResult": {"Status": done},
    }
    if tracking:
        content["PackageLevelResults"] = [
            {"TrackingNumber": parcel["tracking"], "Status": done} for parcel in shipment["parcels"]
        ]
    return {"VoidShipmentResponse": content}


def recovered(request, shipment):
    """A LabelRecoveryResponse: the labels, but not what they cost."""
    kind = shipment["label"] if shipment["label"] != "png" else "gif"
    return {
        "LabelRecoveryResponse": {
            "Response": _response(request),
            "ShipmentIdentificationNumber": shipment["id"],
            "LabelResults": [
                {
                    "TrackingNumber": parcel["tracking"],
                    "LabelImage": {
                        "LabelImageFormat": {"Code": kind.upper()},
                        "GraphicImage": _image(kind, parcel, shipment),
                    },
                }
                for parcel in shipment["parcels"]
            ],
        }
    }


def _image(kind, parcel, shipment):
    return base64.b64encode(labels.label(kind, parcel, shipment)).decode()


def _response(request):
    context = ((request.get("Request") or {}).get("TransactionReference") or {}).get(
        "CustomerContext"
    )
    reference = {"TransactionReference": {"CustomerContext": context}} if context else {}
    return {"ResponseStatus": STATUS, **reference}


def _money(value):
    return {"CurrencyCode": prices.CURRENCY, "MonetaryValue": f"{float(value):.2f}"}


def _billing(weight):
    return {
        "UnitOfMeasurement": {"Code": "KGS", "Description": "Kilograms"},
        "Weight": weight,
    }
