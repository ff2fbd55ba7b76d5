from odoo import api, fields, models


class SeamConfirmWizard(models.TransientModel):
    _name = "seam.confirm.wizard"
    _description = "Confirm messages"

    message_ids = fields.Many2many("seam.message", string="Messages")
    count = fields.Integer(compute="_compute_count")
    reason = fields.Char()

    @api.depends("message_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.message_ids)

    def action_confirm(self):
        self.message_ids._confirm_by_hand(self.reason)
        return {"type": "ir.actions.act_window_close"}
