from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models
from odoo.exceptions import UserError

from .seam_pull import NOTHING_DONE

BEGINNING = datetime(1970, 1, 1)


class SeamPullLoad(models.Model):
    """The first load of everything, and what is asked again at night.

    Both are pulls like any other: messages and cursor of a page are committed together,
    so that a load goes on behind its last page, whatever stopped it.
    """

    _inherit = "seam.pull"

    loading = fields.Boolean(
        "Loads everything", readonly=True, copy=False, help="Until the last page is fetched."
    )
    cursor_before = fields.Json(
        readonly=True, copy=False, help="Where the load began: there it goes on if it is cancelled."
    )
    worked = fields.Float(
        "Seconds at work", readonly=True, copy=False, help="Without pauses and waiting."
    )
    rate = fields.Float("Fetched a minute", compute="_compute_estimate", digits=(16, 0))
    seconds_left = fields.Float(compute="_compute_estimate")
    left_text = fields.Char("Time left", compute="_compute_estimate")
    complete_at = fields.Datetime("Came to its end", readonly=True, copy=False)

    catch_up = fields.Boolean(
        "Ask again at night",
        help="Webhooks get lost. What changed since a day is asked for once more; what is "
        "known already is recognised.",
    )
    catch_up_hour = fields.Float("At", default=2.0, help="In the time zone of the flow's owner.")
    catch_up_hours = fields.Integer("What changed in the last (hours)", default=26)
    catch_up_at = fields.Datetime("Next night", readonly=True, copy=False)

    _catch_up_hours = models.Constraint(
        "CHECK(NOT catch_up OR (catch_up_hours BETWEEN 1 AND 8760"
        " AND catch_up_hour >= 0 AND catch_up_hour < 24))",
        "Ask again for 1 to 8760 hours, at a time between 0:00 and 23:59.",
    )

    @api.depends("done", "total", "worked")
    def _compute_estimate(self):
        for pull in self:
            pull.rate = 60 * pull.done / pull.worked if pull.worked else 0
            left = max(pull.total - pull.done, 0)
            pull.seconds_left = 60 * left / pull.rate if pull.rate else 0
            seconds = pull.seconds_left
            pull.left_text = pull._in_words(seconds) if seconds else False

    def _in_words(self, seconds):
        if seconds < 90:
            return self.env._("about a minute")
        if seconds < 5400:
            return self.env._("about %s minutes", round(seconds / 60))
        return self.env._("about %s hours", round(seconds / 3600, 1))

    # -- the first load ----------------------------------------------------------------

    def action_load_all(self):
        """Fetch all that the system has, from the beginning; what is known is recognised."""
        self.ensure_one()
        self.check_access("write")
        if not self._is_open():
            raise UserError(
                self.env._("Activate the system and the flow of %s first.", self.display_name)
            )
        now = fields.Datetime.now()
        self.write(
            {
                "cursor_before": self.cursor_before if self.loading else self.cursor,
                "cursor": self._cursor_since(BEGINNING),
                # a job that is at work on another page stops
                "step": self.step + 1,
                "loading": True,
                "state": "running",
                "started_at": now,
                "touched_at": now,
                "tries": 0,
                "last_error": False,
                **NOTHING_DONE,
            }
        )
        self._enqueue()

    def action_cancel_load(self):
        """Load no further. What is fetched stays, and what changes is fetched as before it:
        from where the pull stood then, so that nothing in between is missed."""
        self.check_access("write")
        for pull in self:
            if not pull.loading:
                raise UserError(self.env._("Nothing is being loaded any more."))
            cursor = pull.cursor_before or self._cursor_since(pull.started_at)
            pull.write(
                {
                    "cursor": cursor,
                    # a job that is at work on another page stops
                    "step": pull.step + 1,
                    "loading": False,
                    "state": "idle",
                    "next_at": fields.Datetime.now(),
                    "tries": 0,
                    "last_error": False,
                    **NOTHING_DONE,
                }
            )

    # -- at night ----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        pulls = super().create(vals_list)
        pulls.filtered("catch_up")._plan_catch_up()
        return pulls

    def write(self, vals):
        result = super().write(vals)
        if {"catch_up", "catch_up_hour"} & set(vals):
            self._plan_catch_up()
        return result

    def _plan_catch_up(self):
        for pull in self:
            pull.catch_up_at = pull.catch_up and pull._next_night(fields.Datetime.now())

    def _next_night(self, now):
        """:return: naive UTC datetime of the next time that the clock shows the hour"""
        zone = ZoneInfo(self.flow_id.owner_id.tz or "UTC")
        local = now.replace(tzinfo=timezone.utc).astimezone(zone)
        minutes = min(round(self.catch_up_hour * 60), 24 * 60 - 1)
        night = local.replace(hour=minutes // 60, minute=minutes % 60, second=0, microsecond=0)
        if night <= local:
            night += timedelta(days=1)
        return night.astimezone(timezone.utc).replace(tzinfo=None)

    @api.model
    def _start_catch_up(self, now):
        """Ask again for what changed lately. A load goes on as it is, and so does what did
        not come to its end: it asks for more than that."""
        due = self.search([("catch_up", "=", True), ("catch_up_at", "<=", now)])
        for pull in due.filtered(lambda pull: pull.state == "idle" and pull._is_open()):
            pull.catch_up_at = pull._next_night(now)
            if pull.complete_at and not pull.tries and not pull.loading:
                since = pull.complete_at - timedelta(hours=pull.catch_up_hours)
                pull.write({"cursor": self._cursor_since(since), "step": pull.step + 1})
            pull._start()
