"""Answers as UPS gives them, of our own making and held against its description."""

import base64
import io

from PIL import Image

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.http import Response

NUMBER = "1ZA1B2C36800000016"
SECOND = "1ZA1B2C36800000025"


def picture():
    """:return: base64 of a small GIF"""
    file = io.BytesIO()
    Image.new("P", (14, 8), 1).save(file, "GIF")
    return base64.b64encode(file.getvalue()).decode()


ZPL = base64.b64encode(b"^XA^FDlabel^FS^XZ").decode()
PDF = base64.b64encode(b"%PDF-1.4 label").decode()


def money(value, currency="EUR"):
    return {"CurrencyCode": currency, "MonetaryValue": value}


def package(number, kind="GIF"):
    return {
        "TrackingNumber": number,
        "BaseServiceCharge": money("0.00"),
        "ServiceOptionsCharges": money("0.00"),
        "ShippingLabel": {
            "ImageFormat": {"Code": kind, "Description": kind},
            "GraphicImage": ZPL if kind == "ZPL" else picture(),
        },
    }


def bought(*numbers, kind="GIF", agreed=None, alone=False, **more):
    """:param alone: one package is an object, as UPS writes it at times"""
    packages = [package(number, kind) for number in numbers or (NUMBER,)]
    results = {
        "ShipmentCharges": {
            "TransportationCharges": money("11.30"),
            "ItemizedCharges": [
                {"Code": "375", "CurrencyCode": "EUR", "MonetaryValue": "1.20"},
                {"Code": "120", "CurrencyCode": "EUR", "MonetaryValue": "0.00"},
            ],
            "ServiceOptionsCharges": money("0.00"),
            "BaseServiceCharge": money("10.10"),
            "TotalCharges": money("11.30"),
        },
        "BillingWeight": {
            "UnitOfMeasurement": {"Code": "KGS", "Description": "Kilograms"},
            "Weight": "00001.50",
        },
        "ShipmentIdentificationNumber": NUMBER,
        "PackageResults": packages[0] if alone else packages,
        **({"NegotiatedRateCharges": {"TotalCharge": money(agreed)}} if agreed else {}),
        **more,
    }
    return {
        "ShipmentResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "ShipmentResults": results,
        }
    }


def recovered(*numbers, kind="PDF"):
    """Of PDF files the first has the labels of all."""
    image = {
        "LabelImageFormat": {"Code": kind},
        "GraphicImage": PDF if kind == "PDF" else ZPL,
    }
    results = [{"TrackingNumber": number, "LabelImage": image} for number in numbers or (NUMBER,)]
    if kind == "PDF":
        for each in results[1:]:
            del each["LabelImage"]
    return {
        "LabelRecoveryResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "ShipmentIdentificationNumber": NUMBER,
            "LabelResults": results,
        }
    }


def voided(code="1", packages=()):
    found = {
        "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
        "SummaryResult": {"Status": {"Code": "1", "Description": "Voided"}},
    }
    if packages:
        found["PackageLevelResults"] = [
            {"TrackingNumber": number, "Status": {"Code": code, "Description": "Status"}}
            for number in packages
        ]
    return {"VoidShipmentResponse": found}


def rated(code, total, agreed=None, days=None):
    made = {
        "Service": {"Code": code},
        "RatedShipmentAlert": [],
        "BillingWeight": {
            "UnitOfMeasurement": {"Code": "KGS", "Description": "Kilograms"},
            "Weight": "1.5",
        },
        "TransportationCharges": money(total),
        "ServiceOptionsCharges": money("0.00"),
        "TotalCharges": money(total),
        "RatedPackage": [],
    }
    if agreed:
        made["NegotiatedRateCharges"] = {"TotalCharge": money(agreed)}
    if days:
        made["TimeInTransit"] = {
            "PickupDate": "20260504",
            "ServiceSummary": {
                "Service": {"Description": f"UPS service {code}"},
                "EstimatedArrival": {
                    "Arrival": {"Date": "20260506", "Time": "230000"},
                    "BusinessDaysInTransit": days,
                    "Pickup": {"Date": "20260504", "Time": "180000"},
                    "DayOfWeek": "WED",
                    "CustomerCenterCutoff": "180000",
                    "TotalTransitDays": days,
                },
            },
        }
    return made


def rates(*rated_shipments):
    return {
        "RateResponse": {
            "Response": {"ResponseStatus": {"Code": "1", "Description": "Success"}},
            "RatedShipment": list(rated_shipments),
        }
    }


def refusal(code, message):
    return {"response": {"errors": [{"code": code, "message": message}]}}


def response(content, status=200):
    return Response(status, {}, codec.dump(content), 0.1)
