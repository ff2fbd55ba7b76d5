"""When the number changes that can be sold of a product."""

from odoo import api, models

HANDLER = "seam.handler.stock.level"
MARKS = "seam.stock.levels"


def mark(records):
    """Have shops told of the products of these records when the transaction is committed.

    However many lines and quants a transaction touches, its products are looked at
    together, once.
    """
    if not records or not records.env["seam.flow"]._outgoing(HANDLER):
        return
    cr = records.env.cr
    marks = cr.precommit.data.setdefault(MARKS, set())
    if not marks:
        cr.precommit.add(records.env["product.product"].sudo().browse()._seam_tell_levels)
    marks.update(records.sudo().product_id.ids)


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model
    def _seam_tell_levels(self):
        """A count is ours, also where a shop's order changed it: it is no echo."""
        ids = self.env.cr.precommit.data.pop(MARKS, set())
        self.env[HANDLER]._emit(self.browse(sorted(ids)), "level", answer=True)


class StockQuant(models.Model):
    """What is on hand, and what of it is reserved."""

    _inherit = "stock.quant"

    @api.model_create_multi
    def create(self, vals_list):
        quants = super().create(vals_list)
        mark(quants)
        return quants

    def write(self, vals):
        result = super().write(vals)
        if "quantity" in vals or "reserved_quantity" in vals:
            mark(self)
        return result


class StockMove(models.Model):
    """What is to come and to leave: the forecast."""

    _inherit = "stock.move"

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        mark(moves)
        return moves

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals or "product_uom_qty" in vals:
            mark(self)
        return result
