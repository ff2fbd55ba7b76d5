from odoo import fields, models


class SeamKeyWizard(models.TransientModel):
    _name = "seam.key.wizard"
    _description = "Show a new API key once"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    token = fields.Char("API key", readonly=True)

    def action_close(self):
        """Forget the key: only its hash stays."""
        self.unlink()
        return {"type": "ir.actions.act_window_close"}
