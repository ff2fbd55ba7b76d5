from odoo import api, fields, models


class SeamDiscardWizard(models.TransientModel):
    _name = "seam.discard.wizard"
    _description = "Discard messages"

    message_ids = fields.Many2many("seam.message", string="Messages")
    count = fields.Integer(compute="_compute_count")
    reason = fields.Char(required=True)

    @api.depends("message_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.message_ids)

    def action_discard(self):
        self.message_ids._discard(self.reason)
        return {"type": "ir.actions.act_window_close"}
