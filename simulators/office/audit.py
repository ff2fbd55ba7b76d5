"""What the CRM says of itself: for the audits of the tests, and for its page."""

import collections

from simulators.office import people, words

SHOWN = ("id", "odoo_id", "modified", "modified_by", "archived", "deleted", "merged_into")


def audit(crm):
    """Everything that can be held against what the ERP says.

    records    {kind: {id: the record: its fields, orders, …}}
    effects    {Idempotency-Key: how often a call with it took effect}
    made       {Idempotency-Key: id} of the calls that made a record
    twice      {"kind/Odoo's number": ids} of what the ERP made more than once
    writes     {id: how often the ERP wrote it}
    idle       {id: how often that told nothing new}: echoes
    told       {id: how often the ERP was told of it}
    repeats    how many calls came again under a known key
    faults     {name: how often it happened}
    """
    books, teller = crm.books, crm.teller
    with books.lock:
        made = collections.defaultdict(list)
        for kind, records in books.records.items():
            for id_, record in records.items():
                if record["odoo_id"] and not record["deleted"]:
                    made[f"{kind}/{record['odoo_id']}"].append(id_)
        return {
            "records": books.records,
            "effects": {key: known["effects"] for key, known in books.keys.items()},
            "made": {key: known["id"] for key, known in books.keys.items() if known["made"]},
            "twice": {name: ids for name, ids in made.items() if len(ids) > 1},
            "writes": dict(books.writes),
            "idle": dict(books.idle),
            "told": dict(collections.Counter(row["about"] for row in teller.log)),
            "repeats": books.repeats,
            "waiting": teller.waiting(),
            "drifted": sorted(lane for _flow, lane, _document in list(teller.drifted.values())),
            "faults": {**crm.faults.taken, **teller.faults.taken},
        }


def state(crm):
    """What GET /control tells."""
    books, teller = crm.books, crm.teller
    with books.lock:
        return {
            "target": teller.target,
            "pace": crm.people.pace,
            "auto": crm.people.auto,
            "pushes": teller.pushes,
            "forgetful": books.forgetful,
            "chances": crm.people.chances,
            "faults": crm.faults.set,
            "event_faults": teller.faults.set,
            "all_faults": list(crm.faults.NAMES),
            "all_event_faults": list(teller.faults.NAMES),
            "stages": [*people.STAGES, "won"],
            "records": {kind: _latest(records) for kind, records in books.records.items()},
            "counts": {kind: len(books.living(kind)) for kind in words.PATHS},
            "written": sum(books.writes.values()),
            "idle": sum(books.idle.values()),
            "repeats": books.repeats,
            "untold": len(teller.untold),
            "waiting": teller.waiting(),
            "drifted": len(teller.drifted),
            "events": teller.log[:-101:-1],
        }


def _latest(records):
    """What was changed last comes first."""
    shown = sorted(records.values(), key=lambda record: record["modified"], reverse=True)[:100]
    return [_row(record) for record in shown]


def _row(record):
    names = (*SHOWN, "kind", "status", "orders", "lines")
    fields = {
        name: value.get("name") if isinstance(value, dict) else value
        for name, value in record["fields"].items()
    }
    return {**{name: record[name] for name in names}, "fields": fields}
