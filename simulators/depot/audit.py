"""What the carrier says of itself: for the audits of the tests, and for its page."""

from simulators.depot import road


def audit(carrier):
    """Everything that can be held against what the customer says.

    shipments   {number: {"reference", "state", "cost", "currency", "voids", "parcels": {tracking: its scans}}}
    bought      {reference: [numbers of every shipment that was bought under it]}
    twice       the same, where more than one of them is not void
    manifests   {number: {"reference", "date", "shipments": [numbers]}}
    effects     {Idempotency-Key: how often a call with it took effect}
    subjects    {"buy/<reference>" or "void/<number>": keys}, where there is more than one
    repeats     how many calls came again under a known key
    owed        in cents, of what is not void
    faults      {name: how often it happened}
    """
    books, messenger = carrier.books, carrier.messenger
    with books.lock:
        bought = books.by_reference()
        subjects = {}
        for key, known in books.keys.items():
            subjects.setdefault(known["subject"], []).append(key)
        return {
            "shipments": {number: _told(each) for number, each in books.shipments.items()},
            "bought": bought,
            "twice": {
                reference: numbers
                for reference, numbers in bought.items()
                if sum(books.shipments[number]["state"] != "void" for number in numbers) > 1
            },
            "manifests": books.manifests,
            "effects": {key: known["effects"] for key, known in books.keys.items()},
            "subjects": {name: keys for name, keys in subjects.items() if len(keys) > 1},
            "repeats": books.repeats,
            "owed": books.money(),
            "waiting": messenger.waiting(),
            "drifted": len(messenger.drifted),
            "travelling": carrier.road.is_travelling(),
            "faults": {**carrier.faults.taken, **messenger.faults.taken},
        }


def _told(shipment):
    return {
        **{name: shipment[name] for name in ("reference", "state", "cost", "currency", "face")},
        "voids": shipment.get("voids", 0),
        "parcels": {
            parcel["tracking"]: [scan["status"] for scan in parcel["scans"]]
            for parcel in shipment["parcels"]
        },
    }


def state(carrier):
    """What GET /control tells."""
    books, messenger = carrier.books, carrier.messenger
    with books.lock:
        latest = list(books.shipments.values())[:-101:-1]
        return {
            "target": messenger.target,
            "pace": carrier.road.pace,
            "auto": carrier.road.auto,
            "pushes": messenger.pushes,
            "chances": carrier.road.chances,
            "surcharge": books.surcharge,
            "faults": carrier.faults.set,
            "event_faults": messenger.faults.set,
            "all_faults": list(carrier.faults.NAMES),
            "all_event_faults": list(messenger.faults.NAMES),
            "statuses": list(road.TEXTS),
            "shipments": [_row(each) for each in latest],
            "shipments_count": len(books.shipments),
            "travelling": carrier.road.is_travelling(),
            "owed": books.money(),
            "waiting": messenger.waiting(),
            "drifted": len(messenger.drifted),
            "events": messenger.log[:-101:-1],
        }


def _row(shipment):
    names = ("id", "reference", "number", "service_name", "state", "cost", "currency", "face")
    return {
        **{name: shipment.get(name) for name in names},
        "to": f"{shipment['to']['name']}, {shipment['to']['city']}",
        "parcels": [
            {
                "tracking": parcel["tracking"],
                "weight_kg": parcel["weight_kg"],
                "status": parcel["scans"][-1]["status"],
                "place": parcel["scans"][-1]["place"],
            }
            for parcel in shipment["parcels"]
        ],
    }
