"""Moments in cursors: UTC, without a zone. Pure."""

from datetime import datetime, timedelta, timezone

from odoo.addons.seam.engine.fault import Fault

from . import const, mapper


def now():
    return datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0)


def instant(text):
    """:return: datetime in UTC of a cursor's time"""
    return datetime.fromisoformat(text[:19]).replace(tzinfo=timezone.utc)


def earlier(text):
    """:return: where the next run begins after one that has seen this moment"""
    return (instant(text) - timedelta(seconds=const.OVERLAP_SECONDS)).isoformat()[:19]


def second(record):
    """:return: the record's time as cursors have it; "" where it is none: what is wrong with
    the record is told when it is read
    """
    try:
        return mapper.moment(record.get("SystemModstamp"), "")[:19]
    except (Fault, AttributeError):
        return ""
