from odoo import api, fields, models
from odoo.exceptions import UserError

DISCARDABLE = ("failed", "waiting", "pending")


class SeamDiscardWizard(models.TransientModel):
    _name = "seam.discard.wizard"
    _description = "Discard messages"

    message_ids = fields.Many2many("seam.message", string="Messages")
    count = fields.Integer(compute="_compute_count")
    left_count = fields.Integer(compute="_compute_count")
    reason = fields.Char()

    @api.depends("message_ids.state")
    def _compute_count(self):
        for wizard in self:
            able = wizard.message_ids.filtered(lambda message: message.state in DISCARDABLE)
            wizard.count = len(able)
            wizard.left_count = len(wizard.message_ids) - len(able)

    def action_discard(self):
        """Discard those that are not finished yet."""
        able = self.message_ids.filtered(lambda message: message.state in DISCARDABLE)
        if not able:
            raise UserError(self.env._("All of these are finished or in process."))
        able._discard(self.reason)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Messages discarded: %s", len(able)),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
