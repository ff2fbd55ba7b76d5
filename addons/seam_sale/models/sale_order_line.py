from odoo import fields, models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    seam_line_key = fields.Char(
        "Line in the shop", readonly=True, copy=False, help="The shop's id of this line."
    )
    seam_refunded_qty = fields.Float(
        "Refunded before delivery",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="The shop's order counts these still; here they are taken off.",
    )
