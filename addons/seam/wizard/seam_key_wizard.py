from odoo import fields, models


class SeamKeyWizard(models.TransientModel):
    """Shows a new API key once. It is never stored: the form has it from its default."""

    _name = "seam.key.wizard"
    _description = "Show a new API key once"

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    token = fields.Char("API key", store=False)
