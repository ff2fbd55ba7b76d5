"""Whose value of a field counts. Plain Python: no Odoo, no database.

Each field of a record remembers what both sides last agreed on. What differs from
that was changed since, and by whom decides the field's owner.
"""

import hashlib
import json
from typing import Any, NamedTuple

KEPT = 5
# Versions below are counters, of a CRM that counts its changes; others are microseconds since 1970.
FIRST_INSTANT = 10**14

SAME = "same"  # both sides say the same
TAKE = "take"  # theirs counts
KEEP = "keep"  # ours counts, they need not be told now
BACK = "back"  # ours counts, and they are told again
CONFLICT = "conflict"  # a person decides


class Rule(NamedTuple):
    """How a field is kept in step.

    :ivar direction: ``in``, ``out`` or ``both``
    :ivar owner: ``ours``, ``theirs`` or ``agreed``: who changed it since they agreed
    """

    direction: str
    owner: str


class Entry(NamedTuple):
    """What was last agreed of one field. All are checksums but two.

    Odoo may keep a value in another shape than the partner tells it, so both are kept.

    :ivar ours, theirs: what it was in Odoo, and at the partner
    :ivar version: the partner's version at which he told it last
    :ivar sent: version until which he may have told it without knowing what we sent
    :ivar before: his values before the last ones: one of these is no news
    """

    ours: str
    theirs: str
    version: int = 0
    sent: int = 0
    before: tuple = ()


def checksum(value):
    """:param value: a comparable value, see ``values.py``"""
    text = json.dumps(value, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def agree(entry, ours, theirs, version=None, sent=None):
    """:return: Entry after both sides have come to these checksums"""
    before = ()
    if entry:
        before = entry.before
        if entry.theirs and entry.theirs != theirs:
            before = (*before, entry.theirs)[-KEPT:]
    known = entry or Entry("", "")
    return Entry(
        ours,
        theirs,
        max(version or 0, known.version),
        known.sent if sent is None else sent,
        before,
    )


# Not a field: what the CRM was told, and nobody knows whether it took it.
DOUBT = "in doubt"


def doubts(entries):
    """:return: dict field → [checksum that was told, version until which it may be an echo]"""
    return json.loads(entries[DOUBT].theirs or "{}") if DOUBT in entries else {}


def note_doubts(entries, marks, until):
    """:param marks: dict field → checksum that was told
    :return: dict of the Entry to keep
    """
    known = {**doubts(entries), **{name: [mark, until] for name, mark in marks.items()}}
    return {DOUBT: Entry("", json.dumps(known, sort_keys=True))}


def end_doubts(entries, names):
    """:return: dict of the Entry to keep once the CRM took something newer of these fields"""
    known = doubts(entries)
    left = {name: doubt for name, doubt in known.items() if name not in names}
    return {} if left == known else {DOUBT: Entry("", json.dumps(left, sort_keys=True))}


def to_be_told(entries):
    """:return: entries by which all that is in doubt is told anew, as it counts now"""
    unsure = {name: entries[name]._replace(ours="") for name in doubts(entries) if name in entries}
    return {**entries, **unsure}


def is_echo(entries, name, theirs, version):
    """:return: whether a value of theirs may be what they were told, and nobody knew of it"""
    mark, until = doubts(entries).get(name, ("", 0))
    return theirs == mark and version <= until


def with_doubt(entries, name):
    """:return: Entry of a field by which what they may have had for a while is no news, or None"""
    entry, doubt = entries.get(name), doubts(entries).get(name)
    return entry._replace(before=(*entry.before, doubt[0])) if entry and doubt else entry


# Not a field: the CRM has the record no more.
GONE = "deleted"


def is_gone(entries):
    """:return: whether the CRM deleted a record, by what is agreed of it"""
    return GONE in entries and entries[GONE].theirs == checksum(True)


def note_gone(entries, gone, version):
    """:return: dict of the Entry to keep when a document says that it is there, or gone"""
    known = entries.get(GONE)
    if known is None and not gone or known and version < known.version:
        return {}
    mark = checksum(gone)
    return {GONE: Entry(mark, mark, version)}


# Both have a value of a field, and what that was before says nothing about it.
MEETS = Entry("", "")


def renamed(entry, marks):
    """:param marks: dict checksum → checksum of what means the same by now
    :return: Entry
    """
    ours, theirs = (marks.get(mark, mark) for mark in (entry.ours, entry.theirs))
    before = tuple(marks.get(mark, mark) for mark in entry.before)
    return entry._replace(ours=ours, theirs=theirs, before=before)


def ours_changed(entry, ours):
    return entry is None or entry.ours != ours


def theirs_changed(entry, theirs, version):
    """Not what they agreed on, nor what they had before we told them something newer."""
    if entry is None:
        return True
    if theirs == entry.theirs or version < entry.version:
        return False
    if version == entry.version and (theirs in entry.before or version < FIRST_INSTANT):
        # told again; but clocks of whole seconds show two changes of one second as one
        return False
    return not (theirs in entry.before and may_not_know(version, entry))


def may_not_know(version, entry):
    """Whether they may have told this version without knowing what we sent. Where they count
    their changes that cannot be seen.
    """
    alike = (version >= FIRST_INSTANT) == (entry.sent >= FIRST_INSTANT)
    return alike and version <= entry.sent


def judge(rule: Rule, entry: Entry | None, ours: Any, theirs: Any, version: int, first="ask"):
    """Whose value counts now.

    :param ours, theirs: comparable values; None is empty
    :param version: of the document that tells theirs
    :param first: of a record on which both never agreed: ``ask``, ``ours``, ``theirs``
    :return: one of the words above
    """
    if ours == theirs:
        return SAME
    if rule.direction == "out":
        return KEEP
    if entry is None:
        return _first(rule, ours, theirs, first)
    mine = checksum(ours)
    if rule.owner == "theirs" and rule.direction == "both":
        stale = version < entry.version
        return KEEP if stale else TAKE
    if not theirs_changed(entry, checksum(theirs), version):
        return KEEP
    if rule.owner == "ours":
        return BACK
    if rule.direction == "in" or rule.owner == "theirs":
        return TAKE
    # they did not know what we had sent when they changed it
    crossed = may_not_know(version, entry)
    return CONFLICT if crossed or ours_changed(entry, mine) else TAKE


def _first(rule, ours, theirs, first):
    if rule.owner == "ours":
        return BACK
    if ours is None or rule.owner == "theirs" or rule.direction == "in":
        return TAKE
    if theirs is None:
        return BACK
    return {"ask": CONFLICT, "ours": BACK, "theirs": TAKE}[first]
