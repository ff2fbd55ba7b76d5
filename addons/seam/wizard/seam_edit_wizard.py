from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import trace
from ..models.seam_message_intake import Arrival


class SeamEditWizard(models.TransientModel):
    """Correct what came, and see what is still wrong with it before it is sent on."""

    _name = "seam.edit.wizard"
    _description = "Edit and resubmit a message"

    message_id = fields.Many2one("seam.message", required=True, ondelete="cascade")
    fault_message = fields.Text(related="message_id.fault_message")
    text = fields.Text("Body", compute="_compute_text", store=True, readonly=False, required=True)
    violations = fields.Json(compute="_compute_violations")
    violation_count = fields.Integer(compute="_compute_violations")
    changed = fields.Boolean(compute="_compute_violations")
    reason = fields.Char()

    @api.depends("message_id")
    def _compute_text(self):
        for wizard in self:
            wizard.text = wizard.message_id.body_text

    @api.depends("text", "message_id")
    def _compute_violations(self):
        """What is wrong with the text as it stands: ``[{pointer, code, message}]``."""
        for wizard in self:
            found = wizard._violations()
            wizard.violations = found
            wizard.violation_count = len(found)
            wizard.changed = wizard.text != wizard.message_id.body_text

    def _violations(self):
        fault = self._fault()
        if not fault:
            return []
        return fault.errors or [
            {"pointer": fault.pointer, "code": fault.code, "message": fault.message}
        ]

    def _given_text(self):
        """:return: the body that would be resubmitted"""
        return self.text or ""

    def _fault(self):
        """Judge the text as the intake would. Writes nothing."""
        message = self.message_id
        context = trace.new()
        arrival = Arrival(
            key=message.key or "",
            topic=message.topic or "",
            body=self._given_text().encode("utf-8", "replace"),
            content_type="application/json",
            headers={},
            trace_id=context.trace_id,
            traceparent=context.traceparent(),
        )
        conf = self.env["seam.flow"]._conf_by_id(message.flow_id.id)
        return message._judge(conf, arrival).fault

    def action_resubmit(self):
        """Resubmit what keeps to the contract; else show what is still wrong."""
        self.ensure_one()
        if self.violations:
            return self._show_again()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        edited = self.message_id._edit(self.text, self.reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.message",
            "res_id": edited.id,
            "views": [(False, "form")],
            "target": "current",
        }

    def _show_again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Not resubmitted: something is still wrong"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }
