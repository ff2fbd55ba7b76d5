from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

# A pull that was not heard of for this long has lost its job.
LOST_SECONDS = 300
NOTHING_DONE = {"done": 0, "new": 0, "total": 0, "worked": 0}


class SeamPull(models.Model):
    """Asks a system for what changed, page by page.

    Messages of a page and the cursor behind it are committed together: whatever dies
    when, no page is lost, and one that is fetched twice is recognised. Every connector
    understands the cursor ``{"since": "2026-01-31T12:00:00"}`` (UTC); what else stands
    in it is the connector's own.
    """

    _name = "seam.pull"
    _description = "Pull"
    _order = "flow_id"
    _rec_name = "flow_id"

    flow_id = fields.Many2one("seam.flow", required=True, ondelete="cascade")
    system_id = fields.Many2one(related="flow_id.system_id", store=True)
    company_id = fields.Many2one(related="flow_id.company_id", store=True, index=True)
    state = fields.Selection(
        [
            ("idle", "Waits for its time"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("failed", "Failed"),
        ],
        required=True,
        default="idle",
        readonly=True,
        copy=False,
    )
    interval_minutes = fields.Integer(
        "Every (minutes)", default=15, required=True, help="0: only when it is asked for."
    )
    next_at = fields.Datetime("Next", readonly=True, copy=False, default=fields.Datetime.now)
    cursor = fields.Json(readonly=True, copy=False)
    step = fields.Integer(
        required=True,
        default=0,
        readonly=True,
        copy=False,
        help="Counts the pages; guards the cursor.",
    )
    done = fields.Integer("Fetched", default=0, readonly=True, copy=False, help="In this run.")
    new = fields.Integer(default=0, readonly=True, copy=False, help="Of those fetched in this run.")
    total = fields.Integer("To fetch", default=0, readonly=True, copy=False)
    progress = fields.Float(compute="_compute_progress")
    started_at = fields.Datetime("Last run", readonly=True, copy=False)
    touched_at = fields.Datetime("Last page", readonly=True, copy=False)
    tries = fields.Integer("Failed tries", default=0, readonly=True, copy=False)
    last_error = fields.Text(readonly=True, copy=False)
    exception_id = fields.Many2one("seam.exception", readonly=True, copy=False, ondelete="set null")
    reset_to = fields.Datetime(
        "Pull again from", copy=False, help="What changed since then is fetched again."
    )

    _flow_uniq = models.Constraint("UNIQUE(flow_id)", "This flow is pulled already.")
    _interval_positive = models.Constraint(
        "CHECK(interval_minutes >= 0)", "The interval is 0 or more minutes."
    )
    _due_idx = models.Index("(next_at) WHERE state <> 'paused'")

    @api.depends("done", "total")
    def _compute_progress(self):
        for pull in self:
            pull.progress = 100 * pull.done / pull.total if pull.total else 0

    @api.constrains("flow_id")
    def _check_direction(self):
        if self.flow_id.filtered(lambda flow: flow.direction != "in"):
            raise ValidationError(self.env._("Only flows into Odoo can be pulled."))

    @api.model_create_multi
    def create(self, vals_list):
        """A new pull begins now: history is fetched when somebody asks for it."""
        pulls = super().create(vals_list)
        for pull in pulls:
            pull.cursor = pull.cursor or pull._cursor_since(fields.Datetime.now())
        return pulls

    @staticmethod
    def _cursor_since(moment):
        return {"since": moment.replace(microsecond=0).isoformat()}

    # -- buttons -----------------------------------------------------------------------

    def action_pull_now(self):
        self.check_access("write")
        for pull in self:
            if not pull._is_open():
                raise UserError(
                    self.env._("Activate the system and the flow of %s first.", pull.display_name)
                )
        self._start()

    def action_pause(self):
        self.write({"state": "paused"})

    def action_resume(self):
        """Go on where it stopped: at once, if it was in the middle of it."""
        self.write({"state": "idle", "next_at": fields.Datetime.now(), "tries": 0})
        self.filtered(lambda pull: pull.loading and pull._is_open())._start()

    def action_reset(self):
        """Begin again at ``reset_to``; what is known already is recognised."""
        self.ensure_one()
        if not self.reset_to:
            raise UserError(self.env._("Choose from when on it is to be pulled again."))
        self.write(
            {
                "cursor": self._cursor_since(self.reset_to),
                "step": self.step + 1,
                "reset_to": False,
                "loading": False,
                **NOTHING_DONE,
            }
        )

    # -- when --------------------------------------------------------------------------

    def _is_open(self):
        flow, system = self.flow_id, self.system_id
        return system.active and system.state == "active" and flow.state == "active"

    @api.model
    def _cron_due(self):
        """Start what is due, and take up what lost its job."""
        now = fields.Datetime.now()
        due = self.search(
            [
                ("state", "in", ["idle", "failed"]),
                ("next_at", "<=", now),
                # One that runs only when it is asked for goes on after a failure, too.
                "|",
                "|",
                ("interval_minutes", ">", 0),
                ("tries", ">", 0),
                ("loading", "=", True),
            ]
        )
        due.filtered(lambda pull: pull._is_open())._start()
        self._start_catch_up(now)
        lost = now - timedelta(seconds=LOST_SECONDS)
        self.search([("state", "=", "running"), ("touched_at", "<", lost)])._enqueue()

    def _start(self):
        now = fields.Datetime.now()
        for pull in self.filtered(lambda pull: pull.state != "running"):
            # what was begun before a pause or a failure is counted on
            begin = {} if pull.loading else {"started_at": now, **NOTHING_DONE}
            pull.write({"state": "running", "touched_at": now, **begin})
        self._enqueue()

    def _enqueue(self, eta=None):
        for pull in self:
            pull.with_delay(
                eta=eta,
                channel="root.seam_bulk",
                description=self.env._("Pull %s", pull.display_name),
                identity_key=f"seam.pull:{pull.id}",
                max_retries=1,
            )._run()
