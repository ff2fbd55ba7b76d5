"""Tasks, calls and meetings of HubSpot, and activities of documents. Pure.

HubSpot's tasks are what is to be done: its calls and meetings are entries of the timeline, of
which a meeting may be planned. So what Odoo plans becomes a task, and a meeting a meeting.

https://developers.hubspot.com/docs/api/crm/tasks, …/calls, …/meetings
"""

from datetime import datetime, time, timedelta, timezone

from odoo.tools import html2plaintext, plaintext2html

from odoo.addons.seam.engine.fault import Fault

from . import const, quota

# word of the document → type of a task
TYPES = {"task": "TODO", "call": "CALL", "email": "EMAIL"}
WORDS = {type_: word for word, type_ in TYPES.items()}
DONE = {const.TASK: "COMPLETED", const.CALL: "COMPLETED", const.MEETING: "COMPLETED"}
OPEN = {const.TASK: "NOT_STARTED", const.MEETING: "SCHEDULED"}
# Calls that are under way, and meetings that will not be any more.
RUNNING = {"QUEUED", "RINGING", "CONNECTING", "CALLING_CRM_USER", "IN_PROGRESS"}
CLOSED = {"COMPLETED", "CANCELED", "NO_SHOW"}
OUTCOMES = {"CANCELED": "Canceled", "NO_SHOW": "No show"}
STATUS = {
    const.TASK: "hs_task_status",
    const.CALL: "hs_call_status",
    const.MEETING: "hs_meeting_outcome",
}
RICH = ("note", "feedback")
# Odoo knows a day only: HubSpot's own tasks are due at this hour if nobody chose another.
HOUR = time(8)


def kind_of_new(told):
    """:param told: a document of Odoo's
    :return: const.Kind that it is to become at HubSpot
    """
    word = (told.get("fields") or {}).get("kind")
    return const.MEETING if word == const.MEETING.prefix else const.TASK


# -- into Odoo ---------------------------------------------------------------------------


def fields_in(wire, kind, told, moment, options):
    """What texts of HubSpot's properties mean.

    :param told: dict document's field → text, or None
    :param moment: function of a text and its property: RFC 3339 in UTC, or a Fault
    :return: dict of the same fields, as the contract has them
    """
    shown, made = wire["record"].get("properties") or {}, {}
    for field, text in told.items():
        if field == "kind":
            made[field] = WORDS.get(text or "TODO", text) if kind is const.TASK else kind.prefix
        elif field == "done":
            made[field] = is_done(kind, text, bool(wire.get("over")))
        elif field == "due":
            shown_at = shown.get("hs_meeting_start_time") or text
            made[field] = day(shown_at, "hs_timestamp", moment, options)
        elif field in RICH:
            made[field] = html2plaintext(text).strip() or None if text else None
        elif field in ("start", "end"):
            made[field] = text and moment(text, f"hs_meeting_{field}_time")
        else:
            made[field] = text
    made |= _whole_days_in(made, options)
    return made | _closed(wire, kind, made, moment, options)


def is_done(kind, status, over):
    """:param over: its time had passed when it was read: what nobody closed in HubSpot counts
    as done, or each old meeting would be something to do
    """
    if kind is const.TASK:
        return status == DONE[kind]
    if kind is const.CALL:
        return status not in RUNNING if status else over
    return status in CLOSED or over


def _closed(wire, kind, made, moment, options):
    """:return: dict of when it was done, and how a meeting ended of which nobody wrote notes"""
    if not made.get("done"):
        return {}
    shown = wire["record"].get("properties") or {}
    closed, at = {}, shown.get("hs_task_completion_date")
    if kind is const.TASK and at:
        closed["done_at"] = day(at, "hs_task_completion_date", moment, options)
    outcome = OUTCOMES.get(shown.get(STATUS[kind])) if kind is const.MEETING else None
    if outcome and "feedback" in made and not made["feedback"]:
        closed["feedback"] = outcome
    return closed


def day(text, name, moment, options):
    """:return: the day of a time by the clock of HubSpot's account"""
    if not text:
        return None
    then = datetime.fromisoformat(moment(text, name).replace("Z", "+00:00"))
    return then.astimezone(quota.zone_of(options.get("hubspot_zone"))).date().isoformat()


def _whole_days_in(made, options):
    """:return: dict of what is told in place of the hours of a meeting that begins and ends at
    midnight by the clock of HubSpot's account; else empty"""
    if not (made.get("start") and made.get("end") and made.get("due")):
        return {}
    zone = quota.zone_of(options.get("hubspot_zone"))
    start, end = (datetime.fromisoformat(made[n].replace("Z", "+00:00")) for n in ("start", "end"))
    last = (end.astimezone(zone) - timedelta(days=1)).date().isoformat()
    if (start, end) != _whole_days(made["due"], last, options) or last < made["due"]:
        return {}
    return {"start": None, "end": f"{last}T00:00:00Z" if last > made["due"] else None}


def is_over(shown, moment, now):
    """:param shown: properties of a call or meeting
    :param moment: as in ``fields_in``
    :param now: aware datetime
    :return: whether its time has passed
    """
    text = shown.get("hs_meeting_end_time") or shown.get("hs_timestamp")
    if not text:
        return False
    return datetime.fromisoformat(moment(text, "hs_timestamp").replace("Z", "+00:00")) < now


# -- out of Odoo -------------------------------------------------------------------------


def properties(told, kind, named, options, is_new):
    """
    :param told: the document's fields, without those of others' kinds
    :param named: dict document's field → tuple of HubSpot's properties
    :param is_new: whether HubSpot does not have it yet
    :return: dict HubSpot's property → text, of what activities have of their own
    :raise Fault: HubSpot has no word for it
    """
    values = {}
    if "kind" in told and "kind" in named:
        values |= _type(kind, told["kind"], named["kind"])
    if "done" in told and named.get("done"):
        values[named["done"][0]] = _status(kind, told["done"])
    if kind is const.MEETING:
        values |= _times(told, named, options, is_new)
    elif told.get("due") and named.get("due"):
        values[named["due"][0]] = _iso(at(told["due"], HOUR, options))
    for field in RICH:
        if field in told and named.get(field):
            values[named[field][0]] = str(plaintext2html(told[field])) if told[field] else ""
    return values


OWN = {"about", "kind", "done", "done_at", "due", "start", "end", *RICH}


def first_state(kind):
    """:return: dict of the property that says that a new one is still to be done"""
    return {STATUS[kind]: OPEN[kind]}


def _type(kind, word, names):
    if kind is const.TASK and word != const.MEETING.prefix:
        return {names[0]: TYPES.get(word, word) or TYPES["task"]}
    if word == kind.prefix:
        return {}
    raise Fault(
        "business.rule",
        f"A {kind.prefix} of HubSpot cannot become a {word or 'task'}.",
        pointer="/fields/kind",
        fix="Plan another activity in Odoo and cancel this one; or take its kind back.",
        subject=f"kind:{kind.prefix}",
    )


def _status(kind, done):
    if done:
        return DONE[kind]
    if kind in OPEN:
        return OPEN[kind]
    raise Fault(
        "business.rule",
        "A call that was made cannot be made undone in HubSpot.",
        pointer="/fields/done",
        fix="Plan another call in Odoo, and discard this.",
        subject="done:call",
    )


def _times(told, named, options, is_new):
    """HubSpot's meetings have hours: where Odoo knows the day only, it is the whole day. One
    that may have hours of which HubSpot is not to be told is not moved."""
    if not {"due", "start", "end"} & told.keys():
        return {}
    if not is_new and not (options.get("hubspot_hours", True) and {"start", "end"} <= named.keys()):
        raise _no_hours()
    if not told.get("start"):
        if not told.get("due"):
            return {}
        last = max(told["due"], (told.get("end") or "")[:10])
        start, end = map(_iso, _whole_days(told["due"], last, options))
        return _hours(start, end, named)
    start = told["start"]
    return _hours(start, told.get("end"), named)


def _no_hours():
    return Fault(
        "config.invalid",
        "HubSpot's meetings have hours, of which it is not told by the lines of fields.",
        pointer="/fields/start",
        fix="Let “due”, “start” and “end” go both ways under “CRM fields” of the system, none of "
        "them owned by the partner, then retry; or move the meeting in HubSpot, and discard this.",
        subject="hours of meetings",
    )


def _hours(start, end, named):
    values = {"hs_meeting_start_time": start, **{name: start for name in named.get("due", ())}}
    return values | ({"hs_meeting_end_time": end} if end else {})


def _whole_days(first, last, options):
    """:return: (begin, end) of days by the clock of HubSpot's account, aware"""
    following = (datetime.fromisoformat(last) + timedelta(days=1)).date().isoformat()
    return at(first, time(0), options), at(following, time(0), options)


def at(text, hour, options):
    """:return: aware datetime of a day and an hour by the clock of HubSpot's account"""
    zone = quota.zone_of(options.get("hubspot_zone"))
    return datetime.combine(datetime.fromisoformat(text).date(), hour, tzinfo=zone)


def _iso(then):
    return then.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
