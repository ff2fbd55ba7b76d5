"""A batch of documents of a CRM: what each of them does to its record.

All that may be wrong is found before anything is written.
"""

from . import judge
from .values import comparable

EMPTY = ({}, {})


class Plan:
    """What one document is to do.

    :ivar letter, record: the record is empty while it is to be made
    :ivar told: dict Line → value in Odoo that the document tells
    :ivar verdicts: dict Line → a word of judge.py
    :ivar notes: sentences for the record's history
    :ivar extra: dict of what a kind of record needs besides its fields
    """

    __slots__ = (
        "conflicts",
        "entries",
        "extra",
        "letter",
        "notes",
        "record",
        "told",
        "verdicts",
    )

    def __init__(self, letter, record, told):
        self.letter = letter
        self.record = record
        self.told = told
        self.entries = {}
        self.verdicts = {}
        self.conflicts = []
        self.notes = []
        self.extra = {}

    def values(self):
        """:return: dict of what is to be written"""
        return {
            line.odoo: value.id if hasattr(value, "_name") else value
            for line, value in self.told.items()
            if self.verdicts.get(line) == judge.TAKE and line.kind != "status"
        }

    def leave_out(self, lines):
        """Act as if the document did not tell some fields."""
        for line in lines:
            self.told.pop(line)
            self.verdicts.pop(line, None)
        self.conflicts = [conflict for conflict in self.conflicts if conflict[0] not in lines]

    @property
    def told_back(self):
        return judge.BACK in self.verdicts.values()


def country_of(record):
    """:return: ``res.country`` of a record, empty or None where it has none"""
    return record["country_id"] if record and "country_id" in record._fields else None


def country_code(record, told=None):
    """:return: ISO code by whose habits a phone number of the record is read, or None"""
    for line, value in (told or {}).items():
        if line.kind == "country" and value:
            return value.code
    country = country_of(record)
    return (country and country.code) or record.env.company.country_id.code or None


def current(record, lines, code=None):
    """:return: dict Line → comparable value that Odoo has now"""
    return {line: comparable(line.kind, record[line.odoo], code) for line in lines}


def weigh(plan, agreement, version, first):
    """Judge each field that a document tells of a record that is there."""
    entries, changed = agreement
    plan.entries = entries
    code = country_code(plan.record, plan.told)
    ours = current(plan.record, plan.told, code)
    for line, value in plan.told.items():
        theirs = comparable(line.kind, value, code)
        entry = entries.get(line.name)
        verdict = judge.judge(line.rule, entry, ours[line], theirs, version, first)
        echo = judge.is_echo(entries, line.name, judge.checksum(theirs), version)
        if echo and verdict != judge.SAME:
            verdict = judge.KEEP
        plan.verdicts[line] = verdict
        if verdict == judge.CONFLICT:
            plan.conflicts.append((line, ours[line], theirs, changed.get(line.odoo)))


def take_all(plan):
    """A record that is made takes all that is told."""
    plan.verdicts = dict.fromkeys(plan.told, judge.TAKE)


def agreed(plan, version):
    """What both sides agree on once the plan is carried out.

    :return: dict field → Entry
    """
    code = country_code(plan.record, plan.told)
    entries = {}
    for line, value in plan.told.items():
        verdict, entry = plan.verdicts[line], plan.entries.get(line.name)
        theirs = judge.checksum(comparable(line.kind, value, code))
        if verdict in (judge.SAME, judge.TAKE):
            ours = judge.checksum(comparable(line.kind, plan.record[line.odoo], code))
            if entry is None or version >= entry.version:
                entries[line.name] = judge.agree(entry, ours, theirs, version)
        elif verdict == judge.BACK:
            # ours differs from what is agreed now, so it is told
            entries[line.name] = judge.Entry("", theirs, version)
    return entries
