"""Tasks and events of Salesforce, and documents of activities. Pure.

Task: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_task.htm
Event: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_event.htm
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo.addons.seam.engine.fault import Fault

from . import const, fields, persons
from .times import moment

# Salesforce's field → place in our document, where it is no plain line.
PLACES = {
    "DurationInMinutes": "/fields/end",
    "EndDateTime": "/fields/end",
    "IsAllDayEvent": "/fields/start",
    "StartDateTime": "/fields/start",
    "Status": "/fields/done",
    "TaskSubtype": "/fields/kind",
    "WhatId": "/fields/about",
    "WhoId": "/fields/about",
}

# -- into Odoo -------------------------------------------------------------------------


def about(wire, options):
    """:return: what an activity is about, of what comes to Odoo: dict with ``type`` and
    ``id``; or None
    """
    for field, prefix, kind in const.ABOUT:
        id_ = wire.get(field)
        if not isinstance(id_, str) or not id_.startswith(prefix):
            continue
        if kind == "company" and persons.is_one(wire.get("Account")):
            kind, id_ = "contact", wire["Account"].get(persons.CONTACT)
        if id_ and kind in options.get("salesforce_read", ()):
            return {"type": kind, "id": id_}
    return None


def is_one(wire, options):
    """Whether it is an activity of somebody whom Odoo has: not one of leads, campaigns and
    others, not the copy that a guest has of an event, and not the pattern of a series.
    """
    if wire.get("IsChild") or wire.get("IsRecurrence"):
        return False
    return str(wire.get("GroupEventType")) not in const.NO_EVENTS and bool(about(wire, options))


def ours(records, options, known=None):
    """Of what Odoo has all is told: also that it is about nobody of ours any more.

    :param known: function of a list of ids: set of those of which Odoo has the record
    :return: list of the records that are to come to Odoo
    """
    others = [record["Id"] for record in records if not is_one(record, options)]
    here = known(others) if known and others else set()
    return [each for each in records if is_one(each, options) or each["Id"] in here]


def read(made, wire, options):
    """Complete a document by what no line tells."""
    told = made["fields"]
    if is_one(wire, options):
        told["about"] = about(wire, options)
    elif {"WhatId", "WhoId"} & wire.keys():
        told["about"] = None
    if fields.object_of("crm-activity", options) == const.EVENT:
        _read_event(told, wire, options)
    elif told.get("done") and wire.get("CompletedDateTime"):
        told["done_at"] = _day(wire, "CompletedDateTime", options)


def _read_event(told, wire, options):
    """An event is a meeting, on the day on which it begins at our place."""
    told["kind"] = const.MEETING
    if wire.get("IsAllDayEvent") or not wire.get("StartDateTime"):
        told.update(start=None, end=_last_day(wire))
        return
    told["due"] = _day(wire, "StartDateTime", options)


def _last_day(wire):
    """:return: that of an event of several whole days as documents have it, else None"""
    first = str(wire.get("ActivityDate") or wire.get("StartDateTime") or "")[:10]
    more = -(-(wire.get("DurationInMinutes") or 0) // const.DAY_MINUTES) - 1
    if not first or more < 1:
        return None
    try:
        last = date.fromisoformat(first) + timedelta(days=more)
    except (ValueError, OverflowError):
        raise Fault(
            "mapping.failed",
            f"“{first}” and {more} days more are no days as Salesforce tells them.",
            pointer="/DurationInMinutes",
            subject="days",
        ) from None
    return f"{last.isoformat()}T00:00:00Z"


def _day(wire, field, options):
    """:return: the day of a moment at our place"""
    at = datetime.fromisoformat(moment(wire[field], f"/{field}").replace("Z", "+00:00"))
    return at.astimezone(_zone(options)).date().isoformat()


def _zone(options):
    name = options.get("salesforce_timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Fault(
            "config.invalid",
            f"“{name}” is no time zone that is known here.",
            fix="Choose another time zone on the system, page “Salesforce”; then retry.",
            subject="time zone",
        ) from None


# -- out of Odoo -----------------------------------------------------------------------


def object_of(told, key):
    """:return: Salesforce's object of a document: by the id; of a new one by its kind
    :raise Fault: the id is of another one
    """
    if not key:
        kind = (told.get("fields") or {}).get("kind")
        return const.EVENT if kind == const.MEETING else const.TASK
    found = const.ACTIVITY_PREFIXES.get(key[:3])
    if found:
        return found
    raise Fault(
        "mapping.failed",
        f"{key} is neither a task nor an event of Salesforce.",
        pointer="/id",
        fix="Have an administrator mend the record's binding, then retry.",
        subject="id",
    )


def write(body, told, options, object_, is_new):
    """Complete a request by what Salesforce calls otherwise, or takes once only.

    :param body: dict that is completed; the plain lines are in it
    """
    named = told.get("fields") or {}
    _kind(body, named, object_, is_new)
    if is_new and named.get("about"):
        body[const.ABOUT_FIELDS[named["about"]["type"]]] = named["about"]["id"]
    if object_ == const.EVENT:
        _hours(body, named, options, is_new)
    elif "done" in named:
        _status(body, named["done"], options)


def _kind(body, named, object_, is_new):
    """Salesforce takes the kind of a new one only."""
    body.pop("TaskSubtype", None)
    kind = named.get("kind")
    if not kind:
        return
    if not is_new:
        raise Fault(
            "business.rule",
            "Salesforce does not let the kind of an activity be changed.",
            pointer="/fields/kind",
            fix="Change it back in Odoo, or cancel the activity and plan another one; then discard "
            "this.",
            subject="kind of activity",
        )
    if object_ == const.TASK:
        words = {ours: theirs for theirs, ours in const.KINDS.items()}
        body["TaskSubtype"] = words.get(kind, kind)


def _status(body, done, options):
    """IsClosed cannot be written: the status says it."""
    body.pop("IsClosed", None)
    setting = "salesforce_task_done" if done else "salesforce_task_open"
    body["Status"] = options.get(setting)
    if not body["Status"]:
        raise Fault(
            "config.invalid",
            f"The status of tasks that are {'done' if done else 'open again'} is not chosen.",
            pointer="/fields/done",
            fix="Enter it on the system, page “Salesforce”.",
            subject=setting,
        )


def _hours(body, named, options, is_new):
    """An event has begin and end; or, where only its day is known, lasts all day."""
    for field in ("ActivityDate", "StartDateTime", "EndDateTime"):
        body.pop(field, None)
    if not {"due", "start", "end"} & named.keys():
        return
    if "start" not in fields.lines("crm-activity", options, "out", const.EVENT):
        raise _no_hours()
    if named.get("start"):
        if not named.get("end"):
            raise _no_end()
        body.update(IsAllDayEvent=False, StartDateTime=named["start"], EndDateTime=named["end"])
        return
    if not named.get("due"):
        raise _no_hours()
    body.update(IsAllDayEvent=True, StartDateTime=f"{named['due']}T00:00:00Z")
    if named.get("end"):
        first, last = date.fromisoformat(named["due"]), date.fromisoformat(named["end"][:10])
        body["DurationInMinutes"] = max((last - first).days + 1, 1) * const.DAY_MINUTES
    elif "start" in named and not is_new:
        # It had an hour, or lasted several days before.
        body["DurationInMinutes"] = const.DAY_MINUTES


def _no_hours():
    return Fault(
        "config.invalid",
        "Salesforce's events have an hour, of which it is not told by the lines of fields.",
        pointer="/fields/start",
        fix="Let “due”, “start” and “end” go both ways under “CRM fields” of the system, then "
        "retry; or move the event in Salesforce, and discard this.",
        subject="hours of events",
    )


def _no_end():
    return Fault(
        "business.rule",
        "Salesforce takes no event that begins at an hour and does not end.",
        pointer="/fields/end",
        fix="Enter when the meeting ends, then retry.",
        subject="end of events",
    )
