"""The documents that the warehouse writes: pure, from what its books say.

Their shapes are the contracts of addons/seam_stock/contracts.
"""

import copy


def status(kind, record, word, at, reason=None):
    """kind: "delivery" or "receipt"; word: one of the contract's statuses."""
    return _full(
        {
            "document": kind,
            "reference": record["id"],
            "status": word,
            "external_status": word.upper(),
            "at": at,
            "revision": record["revision"],
            "wms_id": record["wms_id"],
            "reason": reason,
        }
    )


def shipment(record, number, lines, final, at, short=None, tracked=True):
    """lines: [(line id, sku, lot, number of pieces)] that left in one box; `tracked`: with a label of its own."""
    box = f"BOX-{number}"
    document = {
        "id": number,
        "delivery": record["id"],
        "wms_id": record["wms_id"],
        "number": f"Parcel {number}",
        "shipped": at,
        "final": final,
        "lines": [
            _full({"line": line, "sku": sku, "quantity": count, "lot": lot, "package": box})
            for line, sku, lot, count in lines
        ],
        "carrier": record.get("carrier"),
        "reason": short and {"code": "SHORT", "text": short},
    }
    if lines:
        tracking = f"1ZLAKE{number}" if tracked else None
        document["packages"] = [_full({"id": box, "tracking": tracking, "type": "Box"})]
    return _full(document)


def receipt(record, number, lines, final, at, reason=None):
    """lines: [(line id, sku, lot, number of pieces, "good" or "damaged")] that were taken in."""
    return _full(
        {
            "id": number,
            "receipt": record["id"],
            "wms_id": record["wms_id"],
            "number": f"Receipt {number}",
            "received": at,
            "final": final,
            "lines": [
                _full(
                    {
                        "line": line,
                        "sku": sku,
                        "quantity": count,
                        "lot": lot,
                        "condition": condition,
                    }
                )
                for line, sku, lot, count, condition in lines
            ],
            "reason": reason and {"text": reason},
        }
    )


def adjustment(number, warehouse, sku, lot, delta, on_hand, code, text, at):
    return _full(
        {
            "id": number,
            "warehouse": warehouse,
            "at": at,
            "sku": sku,
            "delta": delta,
            "lot": lot,
            "on_hand": on_hand,
            "reason": _full({"code": code, "text": text}),
        }
    )


def snapshot(number, warehouse, shelf, at):
    """All that lies in one warehouse, goods set aside included."""
    held = shelf.reserved.get(warehouse, {})
    return {
        "id": number,
        "warehouse": warehouse,
        "at": at,
        "complete": True,
        "lines": [
            _full(
                {
                    "sku": sku,
                    "lot": lot,
                    "on_hand": count,
                    "reserved": held.get(sku, {}).get(lot, 0),
                }
            )
            for sku, lots in sorted(shelf.on_hand.get(warehouse, {}).items())
            for lot, count in sorted(lots.items())
        ],
    }


# -- after a careless update of the warehouse's software -------------------------------


def renamed_field(document):
    """`lines` is called `items` now; in a document without lines `at` is `timestamp`."""
    document = copy.deepcopy(document)
    old, new = ("lines", "items") if "lines" in document else ("at", "timestamp")
    document[new] = document.pop(old)
    return document


def missing_field(document):
    """What every contract requires is left out."""
    document = copy.deepcopy(document)
    for name in ("shipped", "received", "status", "reason", "complete"):
        if name in document:
            del document[name]
            break
    return document


def retyped_field(document):
    """Quantities have become texts with their unit, and so have the other members."""
    document = copy.deepcopy(document)
    for line in document.get("lines", ()):
        for name in ("quantity", "on_hand"):
            if name in line:
                line[name] = f"{line[name]} pcs"
    for name in ("final", "revision", "delta", "complete"):
        if name in document:
            document[name] = f"{document[name]}!"
            break
    return document


DRIFTS = {
    "renamed_field": renamed_field,
    "missing_field": missing_field,
    "retyped_field": retyped_field,
}


def _full(document):
    """Without what there is nothing of; False and 0 stay."""
    return {name: value for name, value in document.items() if value not in (None, "", {})}
