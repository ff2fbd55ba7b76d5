from odoo import fields, models


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=[("acme", "Acme (an example)")],
        ondelete={"acme": "set default"},
    )
