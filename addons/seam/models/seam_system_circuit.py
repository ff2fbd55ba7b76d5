from datetime import datetime

from odoo import api, fields, models
from odoo.tools import format_datetime, format_time


class SeamSystemCircuit(models.Model):
    """How our calls to a system are limited, and what is said when they stop."""

    _inherit = "seam.system"

    call_rate = fields.Integer(
        "Our calls per minute",
        default=0,
        tracking=True,
        help="More calls than this are never made, over all workers together; what is to "
        "be sent waits. It counts from the next call on. 0: no limit.",
    )
    parallel = fields.Integer(
        "Calls at once",
        default=4,
        required=True,
        tracking=True,
        help="How many calls a worker has under way to this system at the same time.",
    )
    connect_timeout = fields.Integer(
        "Wait for a connection (seconds)",
        default=5,
        required=True,
        tracking=True,
        help="A system that cannot be connected to within this time counts as unreachable.",
    )
    read_timeout = fields.Integer(
        "Wait for an answer (seconds)",
        default=30,
        required=True,
        tracking=True,
        help="After this a call counts as failed. What was sent may have arrived: where "
        "the partner can be asked, Seam asks before it sends again.",
    )
    circuit_ids = fields.One2many("seam.circuit", "system_id")
    circuit_open = fields.Boolean(compute="_compute_circuit", compute_sudo=True)
    circuit_text = fields.Char("Stopped", compute="_compute_circuit", compute_sudo=True)

    _call_limits = models.Constraint(
        "CHECK(call_rate >= 0 AND parallel BETWEEN 1 AND 32 AND connect_timeout BETWEEN 1 AND 20"
        " AND read_timeout BETWEEN 1 AND 60)",
        "Our calls per minute are 0 or more, calls at once 1 to 32; a connection is waited "
        "for 1 to 20 seconds, and an answer 1 to 60.",
    )

    @api.depends("circuit_ids.opened", "circuit_ids.until", "circuit_ids.reason")
    def _compute_circuit(self):
        for system in self:
            circuit = system.circuit_ids[:1]
            system.circuit_open = bool(circuit.opened)
            system.circuit_text = bool(circuit.opened) and system._circuit_sentence(circuit)

    def _circuit_sentence(self, circuit):
        reason = (circuit.reason or "").strip().rstrip(".")
        values = {
            "since": self._moment(circuit.since),
            "failed": circuit.failed,
            "calls": circuit.calls,
            "reason": reason or self.env._("no reason was noted"),
        }
        stopped = self.env._(
            "Stopped since %(since)s after %(failed)s of %(calls)s calls failed: %(reason)s.",
            **values,
        )
        if circuit.until <= fields.Datetime.now().timestamp():
            return f"{stopped} {self.env._('One call is let through next, to try it.')}"
        next_try = self.env._("Next try at %s.", self._moment(circuit.until))
        return f"{stopped} {next_try}"

    def _moment(self, seconds):
        """:return: the time of day, with the date when it is not today"""
        moment = datetime.utcfromtimestamp(seconds)
        local = fields.Datetime.context_timestamp(self, moment)
        if local.date() == fields.Date.context_today(self):
            return format_time(self.env, moment, time_format="short")
        return format_datetime(self.env, moment, dt_format="short")

    @api.depends("circuit_ids.opened")
    def _compute_counts(self):
        super()._compute_counts()
        for system in self.filtered("circuit_open"):
            system.health = "error"

    def _tell_circuit(self):
        """Write into the chatter, in the owner's words, that our calls stop or go on."""
        for system in self:
            owner = system.owner_id
            local = system.with_context(lang=owner.lang, tz=owner.tz)
            local._message_log(
                body=local.circuit_text
                or local.env._("Calls to %s go out again.", system.display_name)
            )

    def action_close_circuit(self):
        """Button: try again now, whatever failed before."""
        self.ensure_one()
        self.check_access("write")
        self._message_log(
            body=self.env._("It is tried again without waiting."),
            author_id=self.env.user.partner_id.id,
        )
        self.env["seam.circuit"]._close(self.id)
        self.invalidate_recordset()
        self.flow_ids.filtered(lambda flow: flow.direction == "out")._wake()
