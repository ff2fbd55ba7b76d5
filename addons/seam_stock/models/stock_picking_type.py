from odoo import fields, models


class StockPickingType(models.Model):
    _inherit = "stock.picking.type"

    seam_demand_lots = fields.Boolean(
        "The warehouse takes the reserved lots",
        help="A delivery request names the lots and serial numbers that Odoo reserved. "
        "Otherwise the warehouse chooses, and its confirmation counts.",
    )
