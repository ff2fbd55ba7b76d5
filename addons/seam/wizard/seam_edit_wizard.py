from odoo import api, fields, models


class SeamEditWizard(models.TransientModel):
    _name = "seam.edit.wizard"
    _description = "Edit and resubmit a message"

    message_id = fields.Many2one("seam.message", required=True, ondelete="cascade")
    fault_message = fields.Text(related="message_id.fault_message")
    errors = fields.Json(related="message_id.errors")
    text = fields.Text("Body", compute="_compute_text", store=True, readonly=False, required=True)
    reason = fields.Char(required=True)

    @api.depends("message_id")
    def _compute_text(self):
        for wizard in self:
            wizard.text = wizard.message_id.body_text

    def action_resubmit(self):
        edited = self.message_id._edit(self.text, self.reason)
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.message",
            "res_id": edited.id,
            "view_mode": "form",
        }
