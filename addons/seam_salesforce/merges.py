"""What was merged in Salesforce: the survivor tells of it."""

from datetime import timedelta

from odoo.addons.seam.engine import codec

from . import activities, consents, const, fields, library, persons, times


def arranged(client, document, options, cursor, records, known=None):
    """The items of a page, in which survivors tell of what was merged into them.

    A state of the survivor that comes soon after tells it too: it may take the place of the
    one before.

    :param known: see ``pull.page``
    :return: (items, dict of the merges to remember)
    """
    merged = _remembered(cursor)
    losers = [r for r in records if r.get("IsDeleted") and r.get("MasterRecordId")]
    told = {id_ for entry in merged.values() for id_ in entry["ids"]}
    news = [loser for loser in losers if loser["Id"] not in told]
    survivors = _survivors(client, document, options, news, merged) if news else []
    replaced = {r["Id"] for r in survivors} | {r["Id"] for r in losers}
    kept = [r for r in records if r["Id"] not in replaced] + survivors
    if document == "crm-company":
        kept = persons.left_out(kept, known)
    if document == "crm-activity":
        kept = activities.ours(kept, options, known)
    if document == "crm-deal" and times.is_first(cursor):
        kept = [{**row, const.HISTORY: True} if row.get("IsWon") else row for row in kept]
    if document == "crm-contact":
        # a first load by a job is too much to ask about each
        loads = "job" in cursor and times.is_first(cursor)
        kept = consents.dated(client, options, kept, only_objections=loads)
    return [item(_telling(record, merged)) for record in kept], merged


def _telling(record, merged):
    ids = merged.get(record["Id"])
    if not ids or record.get("IsDeleted"):
        return record
    return {**record, const.MERGED: sorted(ids["ids"])}


def item(record):
    return const.TOPIC, codec.dump(record)


def _remembered(cursor):
    limit = (times.now() - timedelta(days=const.MERGED_DAYS)).isoformat()
    known = (cursor.get("merged") or {}).items()
    recent = [(key, entry) for key, entry in known if entry["at"] > limit]
    return dict(recent[-const.MERGED_MOST :])


def _survivors(client, document, options, losers, merged):
    """Follow merges to the records that are left, and note them in ``merged``.

    :return: the records that survived, as they are now; of one that is not shown, what the
        merged record itself says
    """
    into = {loser["Id"]: loser["MasterRecordId"] for loser in losers}
    found, wanted = {}, set(into.values())
    for _depth in range(const.MERGED_DEPTH):
        wanted -= found.keys()
        if not wanted:
            break
        found |= _by_id(client, document, options, sorted(wanted))
        chained = [found[id_] for id_ in wanted if id_ in found]
        wanted = {r["MasterRecordId"] for r in chained if r.get("MasterRecordId")}
        into |= {r["Id"]: r["MasterRecordId"] for r in chained if r.get("MasterRecordId")}
    left, alone = {}, []
    for loser in losers:
        last = _last(loser["Id"], into)
        if last not in found or found[last].get("IsDeleted"):
            alone.append({**loser, "MasterRecordId": last})
            continue
        entry = merged.setdefault(last, {"ids": [], "at": ""})
        # what was merged into it before is a part of the last one too
        before = merged.get(loser["Id"], {"ids": ()})["ids"]
        entry["ids"] = sorted({*entry["ids"], loser["Id"], *before})[:100]
        entry["at"] = times.now().isoformat()
        left[last] = found[last]
    return [*left.values(), *alone]


def _last(id_, into):
    for _depth in range(const.MERGED_DEPTH + 1):
        if id_ not in into:
            break
        id_ = into[id_]
    return id_


def _by_id(client, document, options, ids):
    """:return: dict id → record, deleted ones too"""
    found = {}
    for begin in range(0, len(ids), const.IDS_PER_QUERY):
        where = library.soql("Id IN {}", ids[begin : begin + const.IDS_PER_QUERY])
        query = fields.query(document, options, where, ordered=False)
        answer = library.connect(client).query(query, include_deleted=True)
        found |= {record["Id"]: record for record in answer["records"]}
    return found
