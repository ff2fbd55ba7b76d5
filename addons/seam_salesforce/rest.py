"""What changed, by the REST interface: pages of 2,000, deleted and merged records too."""

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Page

from . import errors, fields, library, merges, times

# The list that was begun is forgotten there.
LOST = {"INVALID_QUERY_LOCATOR", "INVALID_QUERY_CURSOR"}


def page(client, document, options, cursor, known=None):
    """One page. See ``SeamConnector._list_pages``.

    :param cursor: ``since``; while a list is read ``next`` and ``seen``; ``merged``: what was
        merged lately
    :param known: see ``pull.page``
    """
    try:
        answer = _ask(client, document, options, cursor)
    except Fault as fault:
        if "next" not in cursor or not LOST & errors.codes(fault):
            raise
        # Oldest first, so that it goes on where it was.
        return Page([], _without(cursor, "next", "seen", since=cursor["seen"]), True)
    records = answer["records"]
    _complete_lines(client, records)
    items, merged = merges.arranged(client, document, options, cursor, records, known)
    total = answer.get("totalSize") if "next" not in cursor else None
    seen = max([cursor.get("seen", cursor["since"]), *map(times.second, records)])
    state = {**_without(cursor, "next", "seen"), "merged": merged, "seen": seen}
    if not answer.get("done") and answer.get("nextRecordsUrl"):
        return Page(items, {**state, "next": answer["nextRecordsUrl"]}, True, total)
    since = max(cursor["since"], times.earlier(seen))
    return Page(items, _without(state, "seen", since=since), False, total)


def _ask(client, document, options, cursor):
    connection = library.connect(client)
    if "next" in cursor:
        answer = connection.query_more(cursor["next"], identifier_is_url=True)
    else:
        where = library.soql("SystemModstamp >= {}", times.instant(cursor["since"]))
        # of what was won long ago no quotation is to be made
        later = not times.is_first(cursor)
        query = fields.query(document, options, where, with_lines=later)
        answer = connection.query(query, include_deleted=True)
    if not isinstance(answer, dict) or not isinstance(answer.get("records"), list):
        raise errors.unreadable("the list of what changed")
    return answer


def _complete_lines(client, records):
    """An opportunity with very many lines has them on further pages."""
    for record in records:
        lines = record.get("OpportunityLineItems") or {}
        while lines.get("nextRecordsUrl"):
            more = library.connect(client).query_more(
                lines.pop("nextRecordsUrl"), identifier_is_url=True
            )
            lines["records"] += more["records"]
            lines["nextRecordsUrl"] = more.get("nextRecordsUrl")


def _without(cursor, *names, **values):
    kept = {name: value for name, value in cursor.items() if name not in names}
    kept.update(values)
    if not kept.get("merged"):
        kept.pop("merged", None)
    return kept
