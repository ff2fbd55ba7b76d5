import logging
from datetime import date
from typing import NamedTuple
from urllib.parse import urlsplit

from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import LANES, QUEUES, SEND_QUEUE
from ..engine import backoff, contract
from ..engine.fault import Fault

_logger = logging.getLogger(__name__)

# The first call is at once; these are the waits after it, about 28 hours in all.
SEND_SCHEDULE = "5, 300, 1800, 7200, 18000, 36000, 36000"


class FlowConf(NamedTuple):
    """What the intake and the drain need of a flow, cached per worker."""

    id: int
    code: str
    state: str
    direction: str
    queue: str
    carries: str
    handler: str
    contract_text: str | None
    contract_sunset: date | None
    document_contract_text: str | None
    batch_size: int
    schedule: tuple[int, ...]
    max_age_hours: int
    owner_id: int
    system_id: int
    system_code: str
    system_state: str
    system_active: bool
    connector: str
    company_id: int
    user_id: int
    rate_limit: int
    call_rate: int
    parallel: int
    max_bytes: int
    confirm_hours: float
    calendar_id: int
    host: str
    options: dict

    def is_open(self):
        """Whether messages are accepted. Paused and blocked flows keep what comes in."""
        return (
            self.system_active
            and self.system_state == "active"
            and self.state in ("active", "paused", "blocked")
        )

    def wire_validator(self):
        return self.contract_text and contract.compile_schema(self.contract_text)

    def document_validator(self):
        return self.document_contract_text and contract.compile_schema(self.document_contract_text)


class SeamFlow(models.Model):
    _name = "seam.flow"
    _description = "Flow"
    _inherit = ["seam.cached", "mail.thread", "mail.activity.mixin"]
    _order = "system_id, code"

    name = fields.Char(required=True, translate=True, tracking=True)
    code = fields.Char(required=True, copy=False, tracking=True, help="Last part of the address.")
    system_id = fields.Many2one("seam.system", required=True, ondelete="restrict", index=True)
    company_id = fields.Many2one(related="system_id.company_id", store=True, index=True)
    direction = fields.Selection(
        [("in", "Into Odoo"), ("out", "Out of Odoo")], required=True, default="in"
    )
    handler = fields.Selection(
        [("seam.handler.none", "Keep only")],
        required=True,
        default="seam.handler.none",
        help="What is done with a document in Odoo.",
    )
    contract_version_id = fields.Many2one(
        "seam.contract.version",
        "Contract",
        tracking=True,
        help="What the partner's message must look like. Empty: it is only checked "
        "after it is translated into Seam's own form.",
    )
    carries = fields.Selection(
        [
            ("state", "States: the newest counts"),
            ("event", "Events: each one counts, in order"),
        ],
        required=True,
        default="state",
    )
    lane = fields.Selection(LANES, required=True, default="normal", tracking=True)
    queue = fields.Selection(
        QUEUES,
        compute="_compute_queue",
        store=True,
        help="Which jobs work on it: those of its lane, or those that send.",
    )
    batch_size = fields.Integer(
        "Batch size",
        default=50,
        required=True,
        help="How many messages are applied together at most.",
    )
    retry_schedule = fields.Char(
        "Retry schedule",
        default="5, 60, 300, 1800, 7200",
        required=True,
        tracking=True,
        help="Seconds to wait before each new try after a passing fault.",
    )
    max_age_hours = fields.Integer(
        "Give up after (hours)",
        default=48,
        required=True,
        tracking=True,
        help="A message older than this is not tried again by itself.",
    )
    call_path = fields.Char(
        "Path",
        tracking=True,
        help="Where documents are sent, below the system's address. Empty: the flow's code.",
    )
    can_look_up = fields.Boolean(
        "Can be asked",
        tracking=True,
        help="The partner answers GET on this path with the Idempotency-Key of a message: 200 "
        "where he has it, 404 where not. So Seam finds out after a lost answer.",
    )
    confirm_hours = fields.Float(
        "Confirmed within (hours)",
        tracking=True,
        help="The partner is to confirm what was sent within this time, or an exception is "
        "opened. 0: his answer to the call is enough.",
    )
    confirm_calendar_id = fields.Many2one(
        "resource.calendar",
        "Working hours",
        tracking=True,
        help="Only these hours count. Empty: every hour of the day.",
    )
    pause_after_days = fields.Integer(
        "Pause after (days)",
        default=3,
        tracking=True,
        help="A flow out of Odoo of which nothing arrived for so long, though it was tried, "
        "pauses itself and says so. 0: never.",
    )
    sla_minutes = fields.Integer(
        "Target (minutes)",
        default=60,
        help="How soon a message should be through after it came in.",
    )
    owner_id = fields.Many2one(
        "res.users",
        required=True,
        default=lambda self: self.env.user,
        tracking=True,
        help="Who looks after exceptions of this flow.",
    )
    runbook = fields.Html(translate=True, help="What to do when something is wrong here.")
    state = fields.Selection(
        [
            ("draft", "Being set up"),
            ("active", "Active"),
            ("paused", "Paused"),
            ("blocked", "Blocked: ERP drift"),
        ],
        required=True,
        default="draft",
        copy=False,
        tracking=True,
    )
    state_reason = fields.Char(readonly=True, copy=False, tracking=True)
    body_days = fields.Integer(
        "Keep bodies (days)",
        default=90,
        required=True,
        help="After this the body of a finished message is removed.",
    )
    message_days = fields.Integer(
        "Keep messages (days)",
        default=365,
        required=True,
        help="After this a finished message is removed with its history. Until then "
        "a repetition of it is recognised.",
    )
    address = fields.Char(compute="_compute_address")
    sample = fields.Text(help="A message as the partner sends it, to try things on.")
    pending_count = fields.Integer(compute="_compute_counts", string="To process")
    waiting_count = fields.Integer(
        compute="_compute_counts",
        string="Waiting",
        help="For their next try, or for something that is to come first.",
    )
    failed_count = fields.Integer(compute="_compute_counts", string="Needs attention")

    _code_uniq = models.Constraint(
        "UNIQUE(system_id, code)", "This system has a flow with this code."
    )
    _code_shape = models.Constraint(
        "CHECK(code ~ '^[a-z0-9][a-z0-9_-]*$')",
        "A code is made of lower-case letters, digits, - and _.",
    )
    _limits = models.Constraint(
        "CHECK(batch_size BETWEEN 1 AND 500 AND max_age_hours BETWEEN 1 AND 8760)",
        "The batch size is 1 to 500, the age 1 to 8760 hours.",
    )
    _retention = models.Constraint(
        "CHECK(body_days >= 1 AND message_days >= body_days)",
        "Messages are kept at least as long as their bodies, and bodies a day.",
    )

    @api.depends("lane", "direction")
    def _compute_queue(self):
        for flow in self:
            flow.queue = SEND_QUEUE if flow.direction == "out" else flow.lane

    def _compute_address(self):
        base = self[:1].get_base_url()
        for flow in self:
            flow.address = f"{base}/seam/v1/{flow.system_id.code}/{flow.code}"

    def _compute_counts(self):
        """Counts over partial indexes of unfinished messages, never over all."""
        groups = self.env["seam.message"]._read_group(
            [
                ("flow_id", "in", self.ids),
                ("state", "in", ["pending", "working", "waiting", "failed"]),
            ],
            ["flow_id", "state"],
            ["__count"],
        )
        counts = {(flow.id, state): count for flow, state, count in groups}
        for flow in self:
            flow.failed_count = counts.get((flow.id, "failed"), 0)
            flow.waiting_count = counts.get((flow.id, "waiting"), 0)
            flow.pending_count = sum(
                counts.get((flow.id, state), 0) for state in ("pending", "working")
            )

    @api.constrains("retry_schedule")
    def _check_retry_schedule(self):
        for flow in self:
            try:
                backoff.parse_schedule(flow.retry_schedule)
            except ValueError as error:
                raise ValidationError(str(error)) from error

    @api.constrains("direction", "handler")
    def _check_direction(self):
        for flow in self:
            if self.env[flow.handler]._direction not in (None, flow.direction):
                raise ValidationError(
                    self.env._(
                        "%(flow)s: “%(handler)s” is for flows in the other direction.",
                        flow=flow.name,
                        handler=dict(flow._fields["handler"]._description_selection(self.env))[
                            flow.handler
                        ],
                    )
                )

    @api.onchange("direction")
    def _onchange_direction(self):
        """A partner who is away for a night is not given up."""
        if self.direction == "out":
            self.retry_schedule = SEND_SCHEDULE

    @api.depends("system_id.name", "name")
    def _compute_display_name(self):
        for flow in self:
            flow.display_name = f"{flow.system_id.name} / {flow.name}"

    # -- state -------------------------------------------------------------------

    def action_activate(self):
        for flow in self:
            if flow.system_id.state != "active":
                raise UserError(self.env._("Activate the system %s first.", flow.system_id.name))
        self.write({"state": "active", "state_reason": False})
        self._check_drift()
        self._wake()

    def action_pause(self):
        self.write({"state": "paused"})

    def _hold_reason(self):
        """:return: why nothing of this flow is processed now, a sentence, or False"""
        self.ensure_one()
        if not self.system_id.active or self.system_id.state != "active":
            return self.env._("The system %s is not active.", self.system_id.name)
        if self.state == "paused":
            return self.env._("The flow is paused. %s", self.state_reason or "").strip()
        if self.state == "blocked":
            return self.env._("The flow is blocked: %s", self.state_reason or "")
        return self.direction == "out" and self.system_id.circuit_text

    def _wake(self):
        """Look at the lanes of these flows once this transaction is committed."""
        lanes, lane_model = set(self.mapped("queue")), self.env["seam.lane"]
        self.env.cr.postcommit.add(lambda: lane_model._wake(lanes))

    # -- ERP drift ---------------------------------------------------------------

    def _register_hook(self):
        """At registry load: does the ERP still have the fields that handlers need?"""
        super()._register_hook()
        try:
            with self.env.cr.savepoint():
                self._check_all_drift()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("Another worker writes down the ERP drift of the flows.")

    @api.model
    def _check_all_drift(self):
        self.search([("state", "in", ["active", "blocked"])])._check_drift()

    def action_check_drift(self):
        self._check_drift()

    def _check_drift(self):
        """Block flows whose handler needs what the ERP no longer has; or free them.

        A blocked flow keeps what comes in and applies nothing: one exception in
        place of one failure per message.
        """
        for flow in self.filtered(lambda f: f.state in ("active", "blocked")):
            problems = self.env[flow.handler].with_context(seam_flow=flow.id)._drift()
            if problems and flow.state == "active":
                flow._block(problems)
            elif not problems and flow.state == "blocked":
                flow._unblock()

    def _block(self, problems):
        self.ensure_one()
        reason = " ".join(problems)
        self.write({"state": "blocked", "state_reason": reason})
        self.env["seam.exception"]._open_for_flow(
            self,
            Fault(
                "drift.erp",
                self.env._("%(flow)s is blocked. %(reason)s", flow=self.name, reason=reason),
                fix=self.env._("Mend the fields, then choose “Check again” on the flow."),
            ),
        )

    def _unblock(self):
        self.ensure_one()
        self.write({"state": "active", "state_reason": False})
        self.env["seam.exception"].search(
            [
                ("flow_id", "=", self.id),
                ("code", "=", "drift.erp"),
                ("state", "!=", "resolved"),
            ]
        )._resolve(self.env._("The fields are there again."))
        self._wake()

    # -- configuration cache -----------------------------------------------------

    @api.model
    @tools.ormcache("system_code", "flow_code")
    def _conf(self, system_code, flow_code):
        """:return: the id of the flow with its FlowConf, or None."""
        flow = self.sudo().search(
            [("system_id.code", "=", system_code), ("code", "=", flow_code)], limit=1
        )
        return flow._as_conf() if flow else None

    @api.model
    @tools.ormcache("handler")
    def _outgoing(self, handler):
        """:return: list of (flow id, system id) to which documents of a handler are sent"""
        flows = self.sudo().search(
            [
                ("handler", "=", handler),
                ("direction", "=", "out"),
                ("state", "in", ["active", "paused", "blocked"]),
                ("system_id.state", "=", "active"),
                ("system_id.active", "=", True),
            ],
            order="id",
        )
        return [(flow.id, flow.system_id.id) for flow in flows]

    @api.model
    @tools.ormcache("flow_id")
    def _conf_by_id(self, flow_id):
        return self.sudo().browse(flow_id)._as_conf()

    def _as_conf(self):
        self.ensure_one()
        system = self.system_id
        document_contract = self.env[self.handler]._contract_version()
        return FlowConf(
            id=self.id,
            code=self.code,
            state=self.state,
            direction=self.direction,
            queue=self.queue,
            carries=self.carries,
            handler=self.handler,
            contract_text=self.contract_version_id.text or None,
            contract_sunset=self.contract_version_id.sunset_date or None,
            document_contract_text=document_contract.text or None,
            batch_size=self.batch_size,
            schedule=backoff.parse_schedule(self.retry_schedule),
            max_age_hours=self.max_age_hours,
            owner_id=self.owner_id.id,
            system_id=system.id,
            system_code=system.code,
            system_state=system.state,
            system_active=system.active,
            connector="seam.connector." + system.connector,
            company_id=system.company_id.id,
            user_id=system.user_id.id,
            rate_limit=system.rate_limit,
            call_rate=system.call_rate,
            parallel=system.parallel,
            max_bytes=system.max_bytes,
            host=urlsplit(system.base_url or "").hostname or system.name,
            confirm_hours=self.confirm_hours,
            calendar_id=self.confirm_calendar_id.id,
            options=self._options(),
        )

    def _options(self):
        """What a connector or handler wants to know of the flow without a query.

        :return: dict of plain values; extensions add to it
        """
        return {"path": self.call_path or self.code, "look_up": self.can_look_up}

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("direction") == "out":
                vals.setdefault("retry_schedule", SEND_SCHEDULE)
        return super().create(vals_list)

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        action["domain"] = [("flow_id", "=", self.id)]
        action["context"] = {}
        return action
