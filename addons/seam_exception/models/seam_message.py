from odoo import models


class SeamMessage(models.Model):
    _inherit = "seam.message"

    def action_open_bulk(self):
        """Do something with many: look at it first."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Do it for all of these"),
            "res_model": "seam.operation.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_message_ids": self.ids, "default_kind": "retry"},
        }
