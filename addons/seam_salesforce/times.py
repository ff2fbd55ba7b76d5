"""Moments: as Salesforce writes them; and in cursors, in UTC without a zone. Pure."""

import re
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from odoo.addons.seam.engine.fault import Fault

from . import const

_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:?\d\d)", re.ASCII
)


def moment(text, pointer):
    """:return: Salesforce's time as RFC 3339, in UTC
    :raise Fault: ``mapping.failed``; it is none
    """
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    try:
        at = datetime.fromisoformat(found[1] + _offset(found[3])).astimezone(timezone.utc)
    except (TypeError, ValueError):
        raise Fault(
            "mapping.failed",
            f"“{str(text)[:40]}” is no moment as Salesforce writes it.",
            pointer=pointer,
            subject="moment",
        ) from None
    digits = (found[2] or "").rstrip("0")
    return at.strftime("%Y-%m-%dT%H:%M:%S") + (f".{digits}" if digits else "") + "Z"


def _offset(text):
    return "+00:00" if text == "Z" else f"{text[:3]}:{text[-2:]}"


def now():
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def instant(text):
    """:return: datetime in UTC of a cursor's time"""
    return datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc)


def is_first(cursor):
    """:return: whether all that there is is asked for"""
    return cursor["since"] <= "1970-01-02"


def earlier(text):
    """:return: where the next run begins after one that has seen this moment"""
    return (instant(text) - timedelta(seconds=const.OVERLAP_SECONDS)).isoformat()[:19]


def second(record):
    """:return: the record's time as cursors have it; "" where it is none: what is wrong with
    the record is told when it is read
    """
    try:
        return moment(record.get("SystemModstamp"), "")[:19]
    except (Fault, AttributeError):
        return ""


def answered(response):
    """:return: dict ``modified``: when Salesforce answered, by its own clock, for ``told_until`` of
    ``seam_crm``. What it took was saved by then; None where it does not say
    """
    try:
        at = parsedate_to_datetime(response.headers["date"]).astimezone(timezone.utc)
    except (KeyError, TypeError, ValueError):
        return None
    return {"modified": at.strftime("%Y-%m-%dT%H:%M:%SZ")}


def is_same(there, value):
    """:return: whether Salesforce has what it was sent: a moment may be written otherwise"""
    if there == value:
        return True
    try:
        return moment(there, "") == moment(value, "")
    except Fault:
        return False
