"""The carrier's other face: the addresses of UPS's published interface.

POST   /api/rating/{version}/{Rate|Shop}[timeintransit]
POST   /api/shipments/{version}/ship                       buys; whatever comes again is bought again
DELETE /api/shipments/{version}/void/cancel/{number}
POST   /api/labels/{version}/recovery                      by tracking number, or by reference
GET    /api/track/v1/details/{tracking number}             and …/shipment/details/, …/reference/details/
POST   /api/track/{version}/subscription/{type}/package    Track Alert; and …/account
"""

import json
import re
import urllib.parse

from simulators.depot import ups_track, ups_words
from simulators.depot.books import ACCOUNT
from simulators.local import Refused

ROOT = "/api/"
_SHIP = re.compile(r"/api/shipments/(\w+)/ship")
_VOID = re.compile(r"/api/shipments/(\w+)/void/cancel/(\w+)")
_RATE = re.compile(r"/api/rating/(\w+)/(\w+)")
_RECOVER = re.compile(r"/api/labels/(\w+)/recovery")
_TRACK = re.compile(r"/api/track/v1/(details|shipment/details|reference/details)/([^/]+)")
_ALERT = re.compile(r"/api/track/(\w+)/subscription/(standard|enhanced)/(package|account)")
MOST_SUBSCRIBED = 100


def answer(carrier, method, path, headers, content):
    """(operation, content) of a call; all of it is answered 200. Raises Refused.

    carrier   carrier.RunningCarrier
    path      with its query
    """
    parts = urllib.parse.urlsplit(path)
    query = dict(urllib.parse.parse_qsl(parts.query))
    for verb, form, act in (
        ("POST", _SHIP, _ship),
        ("DELETE", _VOID, _void),
        ("POST", _RATE, _rate),
        ("POST", _RECOVER, _recover),
        ("GET", _TRACK, _track),
        ("POST", _ALERT, _subscribe),
        ("DELETE", _ALERT, _unsubscribe),
    ):
        found = form.fullmatch(parts.path)
        if found and verb == method:
            document = _read(content) if verb == "POST" else {}
            if form in (_TRACK, _ALERT):
                _check_transaction(headers)
            return act.__name__[1:], act(carrier, found, query, document)
    raise Refused(404, "The requested resource was not found.", "404")


def _read(content):
    try:
        document = json.loads(content)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refused(400, "The request is not well formed.", "10001")
    return document


def _check_transaction(headers):
    for name, code in (("transid", "VSS002"), ("transactionsrc", "VSS004")):
        if not headers.get(name):
            raise Refused(400, f"Missing {name}", code)


def _body(document, name):
    if not isinstance(document.get(name), dict):
        raise Refused(400, f"{name} is missing.", "10002")
    return document[name]


# -- rates and labels -----------------------------------------------------------------------


def _rate(_carrier, found, query, document):
    option = found[2] + query.get("additionalinfo", "")
    return ups_words.rates(_body(document, "RateRequest"), option)


def _ship(carrier, _found, _query, document):
    request = _body(document, "ShipmentRequest")
    return ups_words.bought(request, carrier.books.buy(ups_words.wish_of(request)))


def _void(carrier, found, query, _document):
    shipment = carrier.books.void(found[2])
    return ups_words.voided(shipment, query.get("trackingnumber"))


def _recover(carrier, _found, _query, document):
    request = _body(document, "LabelRecoveryRequest")
    shipment = _recoverable(carrier.books, request)
    if not shipment:
        raise Refused(400, "Shipment does not exist.", "300102")
    if shipment["state"] == "void":
        raise Refused(400, "The shipment has been voided.", "300103")
    return ups_words.recovered(request, shipment)


def _recoverable(books, request):
    numbers = [request.get("TrackingNumber")]
    listed = request.get("TrackingNumbers") or []
    numbers += listed.get("TrackingNumber", []) if isinstance(listed, dict) else listed
    known = next((books.parcel(number) for number in numbers if number), None)
    if known:
        return known[0]
    values = request.get("ReferenceValues") or {}
    reference = (values.get("ReferenceNumber") or {}).get("Value")
    if not reference:
        return None
    if values.get("ShipperNumber") != ACCOUNT:
        raise Refused(400, "Missing or invalid shipper number", "300104")
    return next(iter(books.found(reference)), None)


# -- tracking ------------------------------------------------------------------------------


def _track(carrier, found, _query, _document):
    kind, inquiry = found[1], urllib.parse.unquote(found[2])
    packages = [
        (shipment, parcel, _known(carrier, parcel))
        for shipment, parcel in _asked(carrier.books, kind, inquiry)
    ]
    if not packages:
        raise Refused(404, "Tracking number information not found", "TW0001")
    return ups_track.tracked(inquiry, packages)


def _asked(books, kind, inquiry):
    if kind == "reference/details":
        return [(each, parcel) for each in books.found(inquiry) for parcel in each["parcels"]]
    known = books.parcel(inquiry)
    if not known or kind == "details":
        return [known] if known else []
    return [(known[0], parcel) for parcel in known[0]["parcels"]]


def _known(carrier, parcel):
    scans = list(parcel["scans"])
    return scans[:-1] if len(scans) > 1 and carrier.faults.take("stale") else scans


def _subscribe(carrier, found, _query, document):
    """Version 1 says in the call where to tell; of version 2 that is agreed beforehand."""
    if not document.get("locale"):
        raise Refused(
            400, "Locale is required. The Subscription request has been rejected.", "VSS300"
        )
    destination = document.get("destination") or {}
    if found[1] == "v1" and not destination.get("url"):
        raise Refused(
            400,
            "URL is empty or not present. The Subscription request has been rejected.",
            "VSS600",
        )
    where = (destination.get("url") or carrier.ups_target, destination.get("credential"))
    if found[3] == "account":
        carrier.messenger.subscribe("*", *where)
        return {"expiryDate": "9999-12-31"}
    numbers = document.get("trackingNumberList") or []
    if not numbers:
        raise Refused(
            400,
            "Tracking Number List is required. The Subscription request has been rejected.",
            "VSS200",
        )
    if len(numbers) > MOST_SUBSCRIBED:
        raise Refused(400, "You have submitted over 100 tracking numbers.", "VSS220")
    valid = [number for number in numbers if carrier.books.parcel(number)]
    for number in valid:
        carrier.messenger.subscribe(number, *where)
    return {
        "validTrackingNumbers": valid,
        "invalidTrackingNumbers": [number for number in numbers if number not in valid],
    }


def _unsubscribe(carrier, _found, _query, _document):
    carrier.messenger.unsubscribe("*")
    return {"message": "Account unsubscribed"}
