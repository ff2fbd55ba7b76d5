import logging
import time

from odoo import api, fields, models

from odoo.addons.seam.models.own_cursor import persist

_logger = logging.getLogger(__name__)

CHANNEL = "seam_exception_dashboard"
CHANGED = "seam_exception/changed"
# Open dashboards are told at most once in so many seconds. They look again a little
# later than that (LOOK_AFTER in dashboard.js), so what was not told is seen with it.
PAUSE_SECONDS = 3
# What people see on a dashboard; numbers are told of where they are counted.
WATCHED = {"state", "stage", "owner_id", "team_id", "severity", "acknowledged_at"}

# By database: until when, on the monotonic clock, this process has nothing to tell.
_silent_until = {}


class SeamExceptionBeat(models.Model):
    """When dashboards were told last that something changed. It has one row."""

    _name = "seam.exception.beat"
    _description = "When dashboards were told"
    _log_access = False

    at = fields.Datetime(required=True)

    @api.model
    def _tell(self):
        """Tell open dashboards that figures changed, unless that was told a moment ago.

        Call it after a commit. It is a courtesy: whoever is not told looks by himself
        within the minute.
        """
        name = self.env.cr.dbname
        if time.monotonic() < _silent_until.get(name, 0):
            return
        try:
            pause = persist(
                self.env,
                lambda env: env["seam.exception.beat"].sudo()._tell_once(),
                read_committed=True,
            )
        except Exception:
            _logger.warning("Dashboards were not told of a change", exc_info=True)
            pause = PAUSE_SECONDS
        _silent_until[name] = time.monotonic() + pause

    def _tell_once(self):
        """Of many processes one tells. :return: seconds in which nobody has to"""
        self.env.cr.execute(
            """
            INSERT INTO seam_exception_beat AS b (id, at)
            VALUES (1, clock_timestamp() AT TIME ZONE 'UTC')
            ON CONFLICT (id) DO UPDATE SET at = EXCLUDED.at
             WHERE b.at <= EXCLUDED.at - %s * interval '1 second' OR b.at > EXCLUDED.at
            RETURNING id
            """,
            [PAUSE_SECONDS],
        )
        if self.env.cr.rowcount:
            self.env.ref("seam.group_seam_viewer")._bus_send(CHANGED, {}, subchannel=CHANNEL)
            return PAUSE_SECONDS
        self.env.cr.execute(
            """
            SELECT %s - EXTRACT(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - at)::float
              FROM seam_exception_beat WHERE id = 1
            """,
            [PAUSE_SECONDS],
        )
        return max(0.0, self.env.cr.fetchone()[0])


class SeamException(models.Model):
    _inherit = "seam.exception"

    def write(self, vals):
        result = super().write(vals)
        if not WATCHED.isdisjoint(vals):
            self._announce()
        return result

    def _count(self):
        super()._count()
        if self:
            self._announce()

    @api.model
    def _announce(self):
        """Have dashboards told after the commit, once for all changes of a transaction."""
        commit = self.env.cr.postcommit
        if not commit.data.get("seam_exception.announced"):
            commit.data["seam_exception.announced"] = True
            commit.add(self.env["seam.exception.beat"]._tell)
