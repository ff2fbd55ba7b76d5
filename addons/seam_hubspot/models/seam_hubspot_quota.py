import threading
import time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from odoo import SUPERUSER_ID, api, fields, models

from odoo.addons.seam.models.own_cursor import own_env

from .. import const

# What is left is written down this often, or when the reserve begins.
NOTE_SECONDS = 10


class Quota:
    """What is left of a day's calls, for calls that run beside each other.

    It may be used from any thread: it opens a cursor of its own when it needs one.

    :param zone: name of the time zone in which HubSpot's day ends
    """

    def __init__(self, env, system_id, zone=None):
        self._registry, self._system_id = env.registry, system_id
        self._lock, self._noted, self._left = threading.Lock(), 0.0, None
        try:
            self._zone = ZoneInfo(zone or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            self._zone = timezone.utc

    def note(self, headers):
        """Keep what an answer says; apps that log in by OAuth2 are told nothing."""
        try:
            daily = int(headers[const.HEADER_DAILY])
            left = int(headers[const.HEADER_DAILY_LEFT])
        except (KeyError, ValueError):
            return
        with self._lock:
            known, now = self._left, time.monotonic()
            fresh = known is not None and now - self._noted < NOTE_SECONDS
            self._left = left
            if fresh and left and abs(known - left) < daily / 100:
                return
            self._noted = now
        with self._registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["seam.hubspot.quota"]._note(self._system_id, daily, left)

    def until_midnight(self, now=None):
        """:return: seconds until HubSpot counts from the beginning"""
        here = (now or datetime.now(timezone.utc)).astimezone(self._zone)
        midnight = (here + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        return max(1, int((midnight.astimezone(timezone.utc) - here).total_seconds()) + 1)

    def is_of_today(self, seconds, now=None):
        """:param seconds: since 1970, when what is left was told"""
        now = now or datetime.now(timezone.utc)
        then = datetime.fromtimestamp(seconds, timezone.utc)
        return then.astimezone(self._zone).date() == now.astimezone(self._zone).date()


class SeamHubspotQuota(models.Model):
    """How many calls HubSpot allows a day, and how many are left: as it said last."""

    _name = "seam.hubspot.quota"
    _description = "Calls left at HubSpot"
    _log_access = False

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    daily = fields.Integer(required=True)
    remaining = fields.Integer(required=True)
    told_at = fields.Float(required=True, help="Seconds since 1970.")

    _system_uniq = models.UniqueIndex("(system_id)")

    @api.model
    def _note(self, system_id, daily, remaining):
        with own_env(self.env, user=SUPERUSER_ID, read_committed=True) as env:
            env.cr.execute(
                """
                INSERT INTO seam_hubspot_quota (system_id, daily, remaining, told_at)
                VALUES (%s, %s, %s, extract(epoch FROM clock_timestamp()))
                ON CONFLICT (system_id) DO UPDATE
                   SET daily = EXCLUDED.daily, remaining = EXCLUDED.remaining,
                       told_at = EXCLUDED.told_at
                """,
                [system_id, daily, remaining],
            )

    @api.model
    def _of(self, system_id):
        """:return: (daily, remaining, told_at), or None; read past any cache"""
        self.env.cr.execute(
            "SELECT daily, remaining, told_at FROM seam_hubspot_quota WHERE system_id = %s",
            [system_id],
        )
        return self.env.cr.fetchone()
