"""A first load, or a long time: a query job of Bulk API 2.0, whose result is read in parts.

The cursor holds the job and where its result goes on, and is stored with each part: what is
killed goes on there. Salesforce keeps results for seven days.
"""

import csv
import io
from datetime import timedelta

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.gate import Held
from odoo.addons.seam.models.seam_connector import Page

from . import const, errors, fields, library, merges, times

# The job ended without a result.
ENDED = {"Failed", "Aborted"}
DONE = "JobComplete"
# Beyond the library's usual limit: long texts have up to 131,072 characters.
csv.field_size_limit(4 * 1024 * 1024)


def is_for(document, cursor, options):
    """Whether so long a time is asked for that a job is worth it. A job has no nested queries: what
    was won in a pause brings its products, which of all that ever was would be quoted anew.
    """
    days = options.get("salesforce_bulk_days") or 0
    if document == "crm-deal" and options.get("salesforce_products") and not times.is_first(cursor):
        return False
    return bool(days) and times.instant(cursor["since"]).replace(tzinfo=None) < (
        times.now() - timedelta(days=days)
    )


def begin(client, document, options, cursor):
    """Make the job. What was deleted is no news to who never had anything."""
    first = times.is_first(cursor)
    where = "" if first else library.soql("SystemModstamp >= {}", times.instant(cursor["since"]))
    query = fields.query(document, options, where, ordered=False)
    types = _types(client, document, options)
    jobs = library.bulk(client, fields.object_of(document, options))
    job = jobs.create_job("query" if first else "queryAll", query)
    if not isinstance(job, dict) or not const.ID.fullmatch(str(job.get("id"))):
        raise errors.unreadable("the job that was made")
    state = {**cursor, "job": job["id"], "began": _began(job), "polls": 0}
    return Page([], {**state, **({"types": types} if types else {})}, True)


def _began(job):
    """:return: the job's beginning by Salesforce's clock; by ours where it does not say"""
    try:
        return times.moment(job.get("createdDate"), "")[:19]
    except Fault:
        return times.now().isoformat()


def _types(client, document, options):
    """:return: dict field → ``boolean`` or ``number`` of one's own fields, for CSV has only text.
    It costs a call, where there are such fields.
    """
    usual = set(fields.usual(document).values())
    own = {*fields.lines(document, options, "in").values(), *_boxes(document, options)} - usual
    if not own:
        return {}
    described = getattr(library.connect(client), fields.object_of(document, options)).describe()
    kinds = {}
    for field in described.get("fields") or ():
        if field["name"] in own and field["type"] == "boolean":
            kinds[field["name"]] = "boolean"
        elif field["name"] in own and field["type"] in const.NUMBER_TYPES:
            kinds[field["name"]] = "number"
    return kinds


def _boxes(document, options):
    """:return: the box of who objects, where it is a field of one's own"""
    field = document == "crm-contact" and options.get("salesforce_opt_out_field")
    return {field} - const.BOOLEANS if field else ()


def step(client, document, options, cursor, known=None):
    """Ask how far the job is; once it is done, fetch one part of its result."""
    total = None
    if "size" not in cursor:
        _wait(cursor)
        info = library.bulk(client, fields.object_of(document, options))
        try:
            info = info.get_job(cursor["job"], True)
        except Fault as fault:
            return _again(cursor, fault)
        if info.get("state") in ENDED:
            return _again(cursor, _failed(info))
        if info.get("state") != DONE:
            return Page([], _asked(cursor), True)
        total = int(info.get("numberRecordsProcessed") or 0)
        cursor = {**cursor, "size": const.BULK_ROWS}
        if not total:
            return Page([], _finished(cursor), False, 0)
    return _part(client, document, options, cursor, total, known)


def _wait(cursor):
    """:raise Held: it is not yet time to ask again; the worker is given back meanwhile"""
    at = cursor.get("poll_at")
    seconds = (times.instant(at).replace(tzinfo=None) - times.now()).total_seconds() if at else 0
    if seconds > 0:
        raise Held(seconds, "Salesforce prepares the list: it is asked again in a moment.")


def _asked(cursor):
    polls = cursor["polls"]
    seconds = const.POLL_SECONDS[min(polls, len(const.POLL_SECONDS) - 1)]
    at = times.now() + timedelta(seconds=seconds)
    return {**cursor, "polls": polls + 1, "poll_at": at.isoformat()}


def _again(cursor, fault):
    """Begin again, where the job has no result, or is forgotten there.

    :raise Fault: it is another failure, or was tried often enough
    """
    gone = "NOT_FOUND" in errors.codes(fault) or fault.subject == "bulk job"
    if not gone or cursor.get("jobs", 1) >= const.BULK_TRIES:
        raise fault
    names = ("job", "began", "polls", "poll_at", "size", "locator", "types")
    state = {name: value for name, value in cursor.items() if name not in names}
    return Page([], {**state, "jobs": cursor.get("jobs", 1) + 1}, True)


def _failed(info):
    said = str(info.get("errorMessage") or info.get("state"))[:500]
    return Fault(
        "transport.rejected",
        f"Salesforce could not make the list: {said}",
        fix="Look at Setup ‣ Bulk Data Load Jobs in Salesforce; then “Pull again from”.",
        subject="bulk job",
    )


# -- results ---------------------------------------------------------------------------


def _part(client, document, options, cursor, total, known):
    try:
        result, size = _fetch(client, document, options, cursor)
    except Fault as fault:
        return _again(cursor, fault)
    records = rows(result["records"], cursor.get("types") or {}, _columns(document, options))
    items, merged = merges.arranged(client, document, options, cursor, records, known)
    state = {**cursor, "size": size, **({"merged": merged} if merged else {})}
    if result["locator"]:
        return Page(items, {**state, "locator": result["locator"]}, True, total)
    return Page(items, _finished(state), False, total)


def _fetch(client, document, options, cursor):
    """:return: (part of the result, how many rows were asked for): half as many where the
    answer would be too large
    """
    jobs, size = library.bulk(client, fields.object_of(document, options)), cursor["size"]
    while True:
        try:
            return jobs.get_query_results(cursor["job"], cursor.get("locator", ""), size), size
        except KeyError:
            raise errors.unreadable("the result of the job") from None
        except Fault as fault:
            if fault.code != "transport.oversize" or size <= const.BULK_ROWS_LEAST:
                raise
            size = max(const.BULK_ROWS_LEAST, size // 2)


def _finished(cursor):
    """What changed while the job ran is asked for by the next run."""
    since = max(cursor["since"], times.earlier(cursor["began"]))
    return {"since": since, **({"merged": cursor["merged"]} if cursor.get("merged") else {})}


def _columns(document, options):
    return fields.selected(document, options)


def rows(text, types, columns):
    """CSV as records, as the REST interface has them.

    :param types: dict field → ``boolean`` or ``number``
    :param columns: what was asked for: the names of a part without a line of names
    """
    lines = list(csv.reader(io.StringIO(text, newline="")))
    if lines and sorted(map(str.lower, lines[0])) == sorted(map(str.lower, columns)):
        columns = lines.pop(0)
    return [_record(columns, line, types) for line in lines if line]


def _record(columns, line, types):
    if len(line) != len(columns):
        raise errors.unreadable("the result of the job")
    record = {}
    for name, text in zip(columns, line, strict=True):
        *way, last = name.split(".")
        place = record
        for part in way:
            place = place.setdefault(part, {})
        place[last] = _typed(last if not way else "", text, types)
    return record


def _typed(name, text, types):
    if name in const.BOOLEANS or types.get(name) == "boolean":
        return text.lower() == "true"
    if text == "":
        return None
    if name in const.CSV_NUMBERS or types.get(name) == "number":
        return _number(text)
    return text


def _number(text):
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
