import threading
import time
from datetime import timedelta

from odoo import api, fields, models

from .own_cursor import own_env

# Who calls a thousand times a second in vain is written down once in so many seconds.
NOTE_SECONDS = 5
KEPT_DAYS = 90
SIZE = 500


class Tally:
    """Refused calls of this process that are not written down yet."""

    def __init__(self):
        self._lock, self._counts, self._due = threading.Lock(), {}, {}

    def add(self, key):
        """:return: how many are to be written down now, or 0"""
        now = time.monotonic()
        with self._lock:
            count = self._counts.get(key, 0) + 1
            if now < self._due.get(key, 0):
                self._counts[key] = count
                return 0
            self._due[key] = now + NOTE_SECONDS
            self._counts.pop(key, None)
            return count


_tally = Tally()


class SeamRefusal(models.Model):
    """Calls to us that were answered with a refusal, and of which nothing is kept: who
    was not proven, too fast, too large, or sent what is no document. A line for each flow,
    day and answer, so that somebody sees what a partner cannot tell him.
    """

    _name = "seam.refusal"
    _description = "Refused calls"
    _log_access = False
    _order = "last_at desc"
    _rec_name = "reason"

    flow_id = fields.Many2one("seam.flow", required=True, readonly=True, ondelete="cascade")
    system_id = fields.Many2one(related="flow_id.system_id")
    day = fields.Date(required=True, readonly=True)
    status = fields.Integer("Answered", required=True, readonly=True, aggregator=None)
    count = fields.Integer("Calls", required=True, readonly=True)
    first_at = fields.Datetime("First", required=True, readonly=True)
    last_at = fields.Datetime("Last", required=True, readonly=True, index=True)
    reason = fields.Char("What the last one was told", readonly=True)
    address = fields.Char("From", readonly=True, help="The address of the last call.")

    _flow_day_status_uniq = models.UniqueIndex("(flow_id, day, status)")

    @api.model
    def _note(self, flow_id, status, reason, address):
        """Count a refused call, in a transaction of its own."""
        count = _tally.add((self.env.cr.dbname, flow_id, status))
        if not count:
            return
        with own_env(self.env, read_committed=True) as env:
            # The call is answered; a count less after a power cut harms nobody.
            env.cr.execute("SET LOCAL synchronous_commit TO off")
            env.cr.execute(
                """
                INSERT INTO seam_refusal AS r
                       (flow_id, day, status, count, first_at, last_at, reason, address)
                SELECT %(flow)s, now.at::date, %(status)s, %(count)s, now.at, now.at,
                       %(reason)s, %(address)s
                  FROM (SELECT now() AT TIME ZONE 'UTC' AS at) AS now
                ON CONFLICT (flow_id, day, status) DO UPDATE
                   SET count = r.count + excluded.count, last_at = excluded.last_at,
                       reason = excluded.reason, address = excluded.address
                """,
                {
                    "flow": flow_id,
                    "status": status,
                    "count": count,
                    "reason": reason[:SIZE],
                    "address": (address or "")[:SIZE],
                },
            )

    @api.autovacuum
    def _forget(self):
        limit = fields.Date.today() - timedelta(days=KEPT_DAYS)
        self.env.cr.execute("DELETE FROM seam_refusal WHERE day < %s", [limit])
