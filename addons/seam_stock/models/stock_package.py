from odoo import fields, models


class StockPackage(models.Model):
    _inherit = "stock.package"

    seam_tracking = fields.Char("Tracking number", readonly=True, copy=False)
