"""HubSpot's calls of a day, which end at midnight of the account's time zone. Pure.

https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
"""

from datetime import datetime, timedelta, timezone
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from . import const


class Left(NamedTuple):
    """
    :ivar daily: calls that a day has
    :ivar remaining: those that are left
    """

    daily: int
    remaining: int


def read(headers):
    """:return: Left; None: apps that log in by OAuth2 are told nothing"""
    try:
        return Left(int(headers[const.HEADER_DAILY]), int(headers[const.HEADER_DAILY_LEFT]))
    except (KeyError, ValueError):
        return None


def until_midnight(zone, now=None):
    """:return: seconds until HubSpot counts from the beginning"""
    here = (now or datetime.now(timezone.utc)).astimezone(zone_of(zone))
    midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((midnight.astimezone(timezone.utc) - here).total_seconds()) + 1)


def is_of_today(zone, seconds, now=None):
    """:param seconds: since 1970, when what is left was told"""
    now = now or datetime.now(timezone.utc)
    then = datetime.fromtimestamp(seconds, timezone.utc)
    return then.astimezone(zone_of(zone)).date() == now.astimezone(zone_of(zone)).date()


def zone_of(name):
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return timezone.utc
