"""The carrier through UPS's published interface: every answer is as UPS itself describes it.

UPS's descriptions are not part of this repository: $SEAM_SPECS/ups, or ../shared/specs/ups. Without them the
forms are not checked, all else is.
"""

import copy
import functools
import json
import os
from pathlib import Path

import jsonschema
import pytest
import yaml

from tests.simulators.carrier_kit import _carrier, _erp, call, token  # noqa: F401
from tests.simulators.kit import control, until
from tools.settings import ROOT

SPECS = Path(os.environ.get("SEAM_SPECS") or ROOT.parent / "shared" / "specs") / "ups"
# operation: (file, request's schema, answer's schema)
FORMS = {
    "rate": ("Rating", "RATERequestWrapper", "RATEResponseWrapper"),
    "ship": ("Shipping", "SHIPRequestWrapper", "SHIPResponseWrapper"),
    "void": ("Shipping", None, "VOIDSHIPMENTResponseWrapper"),
    "recover": ("Shipping", None, "LABELRECOVERYResponseWrapper"),
    "track": ("Tracking", None, "TrackApiResponse"),
    "subscribe": ("UPSTrackAlert", "PackageSubscriptionRequest", "PackageSubscriptionSuccessResponse"),
    "alert": ("UPSTrackAlert", "TrackingEventRequest", None),
    "token": ("OAuthClientCredentials", None, "tokenSuccessResponse"),
}  # fmt: skip
TRANSACTION = {"transId": "t-1", "transactionSrc": "tests"}
SHIPPER = {
    "Name": "Lakeside",
    "ShipperNumber": "LAKE01",
    "Address": {
        "AddressLine": ["Pier 1"],
        "City": "Erie",
        "StateProvinceCode": "PA",
        "PostalCode": "16501",
        "CountryCode": "US",
    },
}
RECEIVER = {
    "Name": "Ada Lovelace",
    "Phone": {"Number": "15125550100"},
    "Address": {
        "AddressLine": ["2 Elm St"],
        "City": "Austin",
        "StateProvinceCode": "TX",
        "PostalCode": "73301",
        "CountryCode": "US",
    },
}


@functools.cache
def description(name):
    """One of UPS's files, which have tabs where YAML allows none; or None."""
    path = SPECS / f"{name}.yaml"
    if not path.exists():
        return None
    return yaml.load(path.read_text().replace("\t", " "), yaml.CSafeLoader)


def breaches(operation, document, side=2):
    """In which ways a document breaks UPS's description → list of sentences"""
    name = FORMS[operation][0]
    spec = description(name)
    if spec is None:
        return []
    schema = {"$ref": f"#/components/schemas/{FORMS[operation][side]}", **spec}
    form = jsonschema.Draft202012Validator(schema)
    found = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in form.iter_errors(document)]
    return [line for line in found if not contradicted(line)]


def contradicted(line):
    """The description asks for four letters, and says beside it that GIF and PDF are what comes."""
    return "LabelImageFormat/Code" in line and "too short" in line


def package(weight, reference=None):
    made = {
        "Packaging": {"Code": "02"},
        "PackagingType": {"Code": "02"},
        "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": weight},
    }
    return {**made, **({"ReferenceNumber": [{"Value": reference}]} if reference else {})}


def shipping(reference="OUT/1-1", *weights, kind="GIF", service="03"):
    packages = [package(weight, reference) for weight in weights or ["10"]]
    for each in packages:
        del each["PackagingType"]
    return {
        "ShipmentRequest": {
            "Request": {
                "RequestOption": "nonvalidate",
                "TransactionReference": {"CustomerContext": reference},
            },
            "Shipment": {
                "Description": "OUT/1",
                "Shipper": SHIPPER,
                "ShipTo": RECEIVER,
                "PaymentInformation": {
                    "ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": "LAKE01"}}]
                },
                "Service": {"Code": service},
                "Package": packages,
            },
            "LabelSpecification": {
                "LabelImageFormat": {"Code": kind},
                "LabelStockSize": {"Height": "6", "Width": "4"},
            },
        }
    }


def ship(carrier, *words, **options):
    return call(carrier, "POST", "/api/shipments/v2409/ship", shipping(*words, **options))


def recover(carrier, **values):
    request = {"LabelRecoveryRequest": {"Request": {}, **values}}
    return call(carrier, "POST", "/api/labels/v1/recovery", request)


def track(carrier, number, kind="details", headers=TRANSACTION):
    return call(carrier, "GET", f"/api/track/v1/{kind}/{number}", **headers)


def number_of(answer):
    return answer["ShipmentResponse"]["ShipmentResults"]["ShipmentIdentificationNumber"]


def arrived(carrier):
    until(lambda: not carrier.road.is_travelling() and not carrier.messenger.waiting())


def test_a_token_is_as_ups_describes_it(carrier):
    status, given = token(carrier)
    assert status == 200 and not breaches("token", given)
    assert given["issued_at"].isdigit(), "in milliseconds"


@pytest.mark.parametrize("kind", ["GIF", "ZPL"])
def test_a_label_is_bought_as_ups_describes_it(carrier, kind):
    assert not breaches("ship", shipping(kind=kind), side=1)
    status, answer = ship(carrier, "OUT/1-1", "10", "2.5", kind=kind)
    assert status == 200 and not breaches("ship", answer)
    results = answer["ShipmentResponse"]["ShipmentResults"]
    assert results["ShipmentCharges"]["TotalCharges"]["MonetaryValue"] == "16.92"
    assert len({each["TrackingNumber"] for each in results["PackageResults"]}) == 2
    assert control(carrier, path="/audit")["owed"] == 1692


def test_ups_sells_again_whatever_comes_again_and_the_books_say_so(carrier):
    first, second = (number_of(ship(carrier)[1]) for _ in range(2))
    assert control(carrier, path="/audit")["twice"] == {"OUT/1-1": [first, second]}


def test_the_same_books_serve_both_faces(carrier):
    number = number_of(ship(carrier)[1])
    arrived(carrier)
    (parcel,) = call(carrier, "GET", f"/gateway/tracking?tracking={number}")[1]
    assert parcel["status"] == "delivered"


def test_what_was_bought_is_found_by_reference_and_by_number(carrier):
    number = number_of(ship(carrier, "OUT/7-7")[1])
    values = {"ReferenceNumber": {"Value": "OUT/7-7"}, "ShipperNumber": "LAKE01"}
    for status, answer in (
        recover(carrier, ReferenceValues=values),
        recover(carrier, TrackingNumber=number),
    ):
        assert status == 200 and not breaches("recover", answer)
        assert answer["LabelRecoveryResponse"]["ShipmentIdentificationNumber"] == number
    values = {**values, "ReferenceNumber": {"Value": "OUT/8-8"}}
    assert recover(carrier, ReferenceValues=values)[0] == 400
    status, answer = track(carrier, "OUT%2F7-7", "reference/details")
    assert status == 200 and not breaches("track", answer)
    assert answer["trackResponse"]["shipment"][0]["package"][0]["trackingNumber"] == number
    assert track(carrier, "OUT%2F8-8", "reference/details")[0] == 404


def test_a_label_is_voided_once_and_found_no_more(carrier):
    control(carrier, {"auto": False})
    number = number_of(ship(carrier)[1])
    path = f"/api/shipments/v2409/void/cancel/{number}"
    status, answer = call(carrier, "DELETE", path)
    assert status == 200 and not breaches("void", answer)
    status, answer = call(carrier, "DELETE", path)
    assert status == 400 and answer["response"]["errors"][0]["code"] == "190117"
    assert recover(carrier, TrackingNumber=number)[0] == 400
    activity = track(carrier, number)[1]["trackResponse"]["shipment"][0]["package"][0]["activity"]
    assert [each["status"]["type"] for each in activity] == ["MV", "M"]
    assert control(carrier, path="/audit")["owed"] == 0


@pytest.mark.parametrize("option", ["Shop?additionalinfo=timeintransit", "Rate", "Shop"])
def test_rates_are_as_ups_describes_them(carrier, option):
    request = {
        "RateRequest": {
            "Request": {"TransactionReference": {"CustomerContext": "SO7"}},
            "Shipment": {
                "Shipper": SHIPPER,
                "ShipTo": RECEIVER,
                "ShipFrom": SHIPPER,
                "Service": {"Code": "03", "Description": "Ground"},
                "Package": [package("10")],
            },
        }
    }
    status, answer = call(carrier, "POST", f"/api/rating/v2409/{option}", request)
    assert status == 200 and not breaches("rate", answer)
    rated = {
        each["Service"]["Code"]: each["TotalCharges"]["MonetaryValue"]
        for each in answer["RateResponse"]["RatedShipment"]
    }
    assert rated["03"] == "9.39" and set(rated) <= {"01", "02", "03", "11", "12"}
    bought = ship(carrier)[1]["ShipmentResponse"]["ShipmentResults"]["ShipmentCharges"]
    assert bought["TotalCharges"]["MonetaryValue"] == rated["03"], "it costs what was said"


def test_tracking_tells_all_activities_the_newest_first(carrier):
    number = number_of(ship(carrier)[1])
    arrived(carrier)
    status, answer = track(carrier, number)
    assert status == 200 and not breaches("track", answer)
    activity = answer["trackResponse"]["shipment"][0]["package"][0]["activity"]
    assert [each["status"]["type"] for each in activity][:2] == ["D", "I"]
    assert activity[-1]["status"]["type"] == "M"
    assert track(carrier, "1ZLAKE010300000000")[0] == 404
    assert track(carrier, number, headers={})[0] == 400, "transId is needed"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/track/v1/subscription/standard/package", {"destination": True}),
        ("/api/track/v2/subscription/standard/package", {}),
    ],
)
def test_track_alert_tells_who_subscribed(carrier, erp, path, body):
    control(carrier, {"auto": False})
    number = number_of(ship(carrier)[1])
    other = number_of(ship(carrier, "OUT/2-2")[1])
    request = {"locale": "en_US", "countryCode": "US", "trackingNumberList": [number, "1ZNOBODY"]}
    if body:
        url = f"http://127.0.0.1:{erp.server_port}/alerts"
        request["destination"] = {"url": url, "credentialType": "Bearer", "credential": "told"}
    status, answer = call(carrier, "POST", path, request, **TRANSACTION)
    assert (status, answer) == (
        200, {"validTrackingNumbers": [number], "invalidTrackingNumbers": ["1ZNOBODY"]},
    )  # fmt: skip
    control(carrier, {"auto": True})
    arrived(carrier)
    assert {document["trackingNumber"] for _p, _h, document in erp.got} == {number} != {other}
    alerts = [document for _path, _headers, document in erp.got]
    assert not [line for each in alerts for line in breaches("alert", each, side=1)]
    assert alerts[-1]["activityStatus"]["type"] == "D" and alerts[-1]["actualDeliveryDate"]
    headers = erp.got[-1][1]
    assert headers["user-agent"] == "UPSPubSubTrackingService"
    if body:
        assert headers["credential"] == "told"


def test_what_is_refused_is_told_in_ups_form(carrier):
    wrong = copy.deepcopy(shipping())
    wrong["ShipmentRequest"]["Shipment"]["Shipper"]["ShipperNumber"] = "OTHERS"
    for request in (wrong, {}, shipping(service="99"), shipping("OUT/1-1", "5000")):
        status, answer = call(carrier, "POST", "/api/shipments/v2409/ship", request)
        assert status == 400
        (error,) = answer["response"]["errors"]
        assert error["code"] and error["message"]
    assert call(carrier, "GET", "/api/nowhere")[0] == 404
    bad = {"Authorization": "Bearer made-up"}
    status, answer = call(carrier, "POST", "/api/shipments/v2409/ship", shipping(), **bad)
    assert status == 401 and answer["response"]["errors"][0]["code"] == "250002"
    assert control(carrier, path="/audit")["owed"] == 0


def test_faults_happen_on_this_face_too(carrier):
    control(carrier, {"faults": {"error_after": {"times": 1}}})
    assert ship(carrier)[0] == 500
    assert len(control(carrier, path="/audit")["bought"]["OUT/1-1"]) == 1
    control(carrier, {"faults": {"drift": {"times": 1}}})
    answer = ship(carrier, "OUT/2-2")[1]
    assert "ShipmentResults" not in json.dumps(answer)
    control(carrier, {"faults": {"too_many": {"times": 1}}})
    status, answer = ship(carrier, "OUT/3-3")
    assert status == 429 and answer["response"]["errors"]


@pytest.mark.skipif(not SPECS.is_dir(), reason="UPS's descriptions are not here")
def test_the_check_itself_finds_what_is_wrong():
    assert breaches("ship", {"ShipmentResponse": {"Response": {}}})
    request = shipping()
    request["ShipmentRequest"]["Shipment"]["ReferenceNumber"] = {"Value": "not a list"}
    assert breaches("ship", request, side=1)
    assert breaches("track", {"trackResponse": {"shipment": {}}})
    assert breaches("alert", {"trackingNumber": "1Z", "activityStatus": {}}, side=1)
