"""What the warehouse says of itself: for the audits of the tests, and for its page."""

import collections

from simulators.warehouse.shelf import clean


def audit(books, courier, faults):
    """Everything that can be held against what the customer says.

    deliveries, notices   {their id: {"state", "revision", "asked", "moved", "papers"}}, with what left or came by
                          SKU over all papers
    stock                 {warehouse: {sku: {lot: number}}}
    effects               {Idempotency-Key: how often a call with it took effect}
    twice                 {what/id/revision: its keys} of requests that came under more than one
    repeats               how many calls came again under a known key
    faults                {name: how often it happened}
    """
    with books.lock:
        subjects = collections.defaultdict(list)
        for key, known in books.keys.items():
            subjects[f"{known['what']}/{known['subject']}"].append(key)
        return {
            "deliveries": {key: _told(each) for key, each in books.records["delivery"].items()},
            "notices": {key: _told(each) for key, each in books.records["notice"].items()},
            "stock": books.shelf.on_hand,
            "effects": {key: known["effects"] for key, known in books.keys.items()},
            "twice": {name: keys for name, keys in subjects.items() if len(keys) > 1},
            "repeats": books.repeats,
            "waiting": courier.waiting(),
            "drifted": sorted(document.get("id", lane) for _, lane, document in _drifted(courier)),
            "faults": {**faults.taken, **courier.faults.taken},
        }


def _drifted(courier):
    return list(courier.drifted.values())


def _told(record):
    moved = collections.Counter()
    for paper in record["papers"]:
        for line in paper["lines"]:
            moved[line["sku"]] += line["quantity"]
    asked = collections.Counter()
    for line in record["lines"].values():
        asked[line["sku"]] += line["asked"]
    return {
        "state": record["state"],
        "revision": record["revision"],
        "asked": {sku: clean(count) for sku, count in asked.items()},
        "moved": {sku: clean(count) for sku, count in moved.items()},
        "papers": record["papers"],
    }


def state(wms):
    """What GET /control tells."""
    books, courier, work = wms.books, wms.courier, wms.work
    with books.lock:
        return {
            "target": courier.target,
            "pace": work.pace,
            "auto": work.auto,
            "chances": work.chances,
            "faults": wms.faults.set,
            "event_faults": courier.faults.set,
            "all_faults": list(wms.faults.NAMES),
            "all_event_faults": list(courier.faults.NAMES),
            "deliveries": [_row(each) for each in _latest(books.records["delivery"])],
            "notices": [_row(each) for each in _latest(books.records["notice"])],
            "deliveries_count": len(books.records["delivery"]),
            "stock": _stock(books),
            "waiting": courier.waiting(),
            "drifted": len(courier.drifted),
            "events": courier.log[:-101:-1],
        }


def _latest(records):
    return list(records.values())[:-101:-1]


def _row(record):
    lines = [
        {"sku": line["sku"], "asked": line["asked"], "moved": line["moved"]}
        for line in record["lines"].values()
    ]
    names = ("id", "number", "wms_id", "origin", "to", "warehouse", "state", "revision")
    return {**{name: record.get(name) for name in names}, "lines": lines}


def _stock(books):
    """[{"warehouse", "sku", "lot", "on_hand", "reserved"}]"""
    shelf = books.shelf
    return [
        {
            "warehouse": warehouse,
            "sku": sku,
            "lot": lot,
            "on_hand": count,
            "reserved": shelf.reserved.get(warehouse, {}).get(sku, {}).get(lot, 0),
        }
        for warehouse, goods in sorted(shelf.on_hand.items())
        for sku, lots in sorted(goods.items())
        for lot, count in sorted(lots.items())
    ]
