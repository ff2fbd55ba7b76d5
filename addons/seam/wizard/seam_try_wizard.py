from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine import codec
from ..engine.fault import Fault


class SeamTryWizard(models.TransientModel):
    """Look at what a flow would send for a record, and send it if it is right."""

    _name = "seam.try.wizard"
    _description = "Try a flow out of Odoo"

    flow_id = fields.Many2one("seam.flow", required=True, ondelete="cascade")
    record = fields.Reference(selection="_selection_models")
    topic = fields.Char("What happened", help="As the handler calls it; empty for most.")
    fault = fields.Text("What is wrong", readonly=True)
    request_line = fields.Char("Call", readonly=True)
    request_headers = fields.Text("Headers", readonly=True)
    request_body = fields.Text("Body", readonly=True)

    @api.model
    def _selection_models(self):
        flow = self.env["seam.flow"].browse(self.env.context.get("default_flow_id"))
        handlers = (
            flow
            and [flow.handler]
            or [name for name in self.env if name.startswith("seam.handler.")]
        )
        names = {name for handler in handlers for name in self.env[handler]._sources}
        return [(model.model, model.name) for model in self._models(names)]

    def _models(self, names):
        return self.env["ir.model"].sudo().search([("model", "in", sorted(names))])

    @api.onchange("record", "topic")
    def _onchange_record(self):
        if self.record:
            self._show()

    def _show(self):
        """Make the request as the sender would; nothing is sent."""
        self.fault = self.request_line = self.request_headers = self.request_body = False
        try:
            request = self.flow_id._origin._dry_run(self.record, self.topic or "")
        except Fault as fault:
            self.fault = "\n".join(filter(None, [fault.message, fault.pointer, fault.fix]))
            return
        self.request_line = f"{request.method} {request.url}"
        self.request_headers = "\n".join(f"{k}: {v}" for k, v in request.headers.items())
        self.request_body = codec.pretty(request.body)

    def action_send(self):
        """Send it now, as a message like any other.

        :return: action that opens the message
        """
        self.ensure_one()
        if not self.record:
            raise UserError(self.env._("Choose a record first."))
        message = self.flow_id._send_one(self.record, self.topic or "")
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.message",
            "res_id": message.id,
            "view_mode": "form",
        }
