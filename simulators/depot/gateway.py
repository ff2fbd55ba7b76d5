"""The carrier's vendor-free face: documents of addons/seam_delivery by POST, and what became of them by GET.

POST /gateway/labels            buys or voids, with Idempotency-Key: 201, or 200 for the same again
GET  /gateway/labels/<key>      200 with the answer that was given, or 404
POST /gateway/manifests         closes the day, and GET the same as for labels
POST /gateway/rates             offers for parcels; buys nothing
GET  /gateway/tracking?tracking=a,b   `shipping-tracking` of each number that is known, all its scans in it
"""

import base64
import json
import urllib.parse
from decimal import Decimal

from simulators.depot import labels, prices
from simulators.local import Refused

ROOT = "/gateway/"
NEEDED = {
    "buy": ("reference", "number", "service", "label_format", "from", "to", "parcels"),
    "void": ("reference", "carrier_number"),
    "manifest": ("reference", "date", "from", "shipments"),
}
KEYED = ("labels", "manifests")
MOST_ASKED = 50


def answer(books, method, path, headers, content, faults):
    """(status, content) of a call; `path` with its query. Raises Refused."""
    path, _, query = path.partition("?")
    name, _, key = path.removeprefix(ROOT).partition("/")
    if method == "GET" and name in KEYED and key:
        found = books.look_up(key)
        if not found:
            raise Refused(404, f"Nothing came under {key}.")
        return 200, found
    if (method, name, key) == ("GET", "tracking", ""):
        return 200, _tracking(books, query, faults)
    if method != "POST" or key or name not in (*KEYED, "rates"):
        raise Refused(404, f"There is no {method} {path}.")
    document = _read(content)
    if name in KEYED:
        action = document.get("action") if name == "labels" else "manifest"
        return _once(books, action, headers.get("idempotency-key"), content, document)
    return 200, rates(document)


def _read(content):
    try:
        document = json.loads(content)
    except ValueError:
        raise Refused(400, "This is not JSON.") from None
    if not isinstance(document, dict):
        raise Refused(422, "An object is needed.")
    return document


def _once(books, action, key, content, document):
    if not key:
        raise Refused(400, "Idempotency-Key is needed.")
    if action not in NEEDED:
        raise Refused(422, "The action is buy or void.")
    missing = [name for name in NEEDED[action] if name not in document]
    if missing:
        raise Refused(422, f"Missing: {', '.join(missing)}.")
    act = {"buy": _buy, "void": _void, "manifest": _close}[action]
    new, given = books.once(key, content, lambda: act(books, document))
    return 201 if new else 200, given


# -- labels ------------------------------------------------------------------------------


def _buy(books, document):
    wish = wish_of(document)
    shipment = books.buy(wish)
    return bought(shipment), f"buy/{wish['reference']}"


def _void(books, document):
    shipment = books.void(document["carrier_number"])
    return {"id": shipment["id"], "state": "void"}, f"void/{shipment['id']}"


def _close(books, document):
    numbers = [each["carrier_number"] for each in document["shipments"]]
    manifest = books.close(document["reference"], document["date"], numbers)
    lines = [f"{place}. {number}" for place, number in enumerate(numbers, 1)]
    paper = labels.paper(f"Manifest {manifest['id']}, {document['date']}", lines)
    papers = [{"format": "pdf", "content": base64.b64encode(paper).decode()}]
    answer = {"id": manifest["id"], "documents": papers}
    return answer, f"manifest/{document['reference']}"


def wish_of(document):
    """What `books.buy` takes, of a document that buys a label. Raises Refused."""
    code = document["service"] or "standard"
    if code not in prices.SERVICES:
        raise Refused(422, f"There is no service {code}.")
    try:
        parcels = [
            {"reference": each["reference"], "weight_kg": float(each["weight_kg"])}
            for each in document["parcels"]
        ]
    except (KeyError, TypeError, ValueError):
        raise Refused(422, "A parcel has a reference and a weight_kg.") from None
    return {
        "face": "gateway",
        "reference": document["reference"],
        "number": document["number"],
        "service": code,
        "service_name": prices.SERVICES[code].name,
        "level": code,
        "label": document["label_format"],
        "from": document["from"],
        "to": document["to"],
        "parcels": parcels,
        "returning": document.get("purpose") == "return",
        "papers": _papers(document),
    }


def _papers(document):
    """{kind of document: what it is about} of what is printed beside the label."""
    found, customs = {}, document.get("customs") or {}
    if customs.get("commercial_invoice"):
        lines = [f"{line['quantity']} x {line['description']}" for line in customs["lines"]]
        found["invoice"] = [f"Commercial invoice, {customs['currency']}", *lines]
    collected = document.get("cash_on_delivery")
    if collected:
        found["cash_on_delivery"] = [
            "Cash on delivery",
            f"To collect: {collected['amount']} {collected['currency']}",
        ]
    return found


def bought(shipment):
    """The document `shipping-label-answer` of a shipment."""
    answer = {
        "id": shipment["id"],
        "cost": float(shipment["cost"]),
        "currency": shipment["currency"],
        "promised": shipment["parcels"][0]["promised"],
        "parcels": [
            {"reference": parcel["reference"], "tracking": parcel["tracking"]}
            for parcel in shipment["parcels"]
        ],
        "labels": [
            {
                "name": str(parcel["number"]),
                "format": shipment["label"],
                "content": encoded(shipment["label"], parcel, shipment),
            }
            for parcel in shipment["parcels"]
        ],
    }
    extra = Decimal(shipment["cost"]) - Decimal(shipment["quoted"])
    if extra:
        answer["charges"] = [
            {"name": "Transport", "amount": float(shipment["quoted"])},
            {"name": "Private house", "amount": float(extra)},
        ]
    if shipment.get("papers"):
        answer["documents"] = [
            {
                "kind": kind,
                "format": "pdf",
                "content": base64.b64encode(labels.paper(title, lines)).decode(),
            }
            for kind, (title, *lines) in shipment["papers"].items()
        ]
    return answer


def encoded(kind, parcel, shipment):
    return base64.b64encode(labels.label(kind, parcel, shipment)).decode()


# -- rates -------------------------------------------------------------------------------


def rates(document):
    """The document `shipping-rate-answer`, the cheapest first. Raises Refused."""
    try:
        weights = [float(each["weight_kg"]) for each in document["parcels"]]
        abroad = document["from"]["country"] != document["to"]["country"]
    except (KeyError, TypeError, ValueError):
        raise Refused(422, "from, to and the parcels' weights are needed.") from None
    if not weights or not all(0 < weight <= prices.HEAVIEST_KG for weight in weights):
        return {"offers": [], "reason": f"A parcel weighs up to {prices.HEAVIEST_KG} kg."}
    wanted = document.get("services") or list(prices.SERVICES)
    return {
        "offers": [
            {
                "service": service.code,
                "name": service.name,
                "total": float(price),
                "currency": prices.CURRENCY,
                "transit_days": service.days * (2 if abroad else 1),
                "charges": [{"name": "Transport", "amount": float(price)}],
            }
            for service, price in prices.offers(weights, abroad)
            if service.code in wanted
        ]
    }


# -- tracking ------------------------------------------------------------------------------


def _tracking(books, query, faults):
    numbers = dict(urllib.parse.parse_qsl(query)).get("tracking", "").split(",")
    if len(numbers) > MOST_ASKED:
        raise Refused(422, f"Ask for up to {MOST_ASKED} parcels.")
    return [_story(number, books.parcel(number)[1], faults) for number in numbers
            if books.parcel(number)]  # fmt: skip


def _story(number, parcel, faults):
    """The newest scan of a parcel, and those before it."""
    scans = list(parcel["scans"])
    if len(scans) > 1 and faults.take("stale"):
        scans.pop()
    newest = scan_of(number, scans.pop())
    if scans:
        newest["earlier"] = [_bare(scan) for scan in scans]
    return newest


def scan_of(tracking, scan):
    """The document `shipping-tracking` of a scan."""
    promised = {"promised": scan["promised"]} if scan.get("promised") else {}
    return {"tracking": tracking, **_bare(scan), **promised}


def _bare(scan):
    names = ("status", "at", "place", "text", "latitude", "longitude")
    return {name: scan[name] for name in names if scan.get(name)}
