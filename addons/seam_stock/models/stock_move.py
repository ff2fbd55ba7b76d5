from odoo import api, fields, models

# A change of one of these may be a change of what a warehouse was asked for.
TOLD = {
    "date_deadline",
    "picking_id",
    "product_id",
    "product_uom",
    "product_uom_qty",
    "state",
}


class StockMove(models.Model):
    _inherit = "stock.move"

    seam_line = fields.Char(
        "Line at the warehouse",
        readonly=True,
        copy=False,
        help="What the warehouse knows this line by; the rest of it keeps the number.",
    )

    def _prepare_move_split_vals(self, qty):
        return {**super()._prepare_move_split_vals(qty), "seam_line": self.seam_line}

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.picking_id._seam_mark()
        return moves

    def write(self, vals):
        watched = not TOLD.isdisjoint(vals) and self.env["seam.flow"]._tells_transfers()
        before = self.picking_id if watched else self.env["stock.picking"]
        result = super().write(vals)
        if watched:
            (before | self.picking_id)._seam_mark()
        return result

    def _seam_by_line(self):
        """:return: dict line number → moves, of what is not done or cancelled"""
        lines = {}
        for move in self.sorted("id"):
            if move.state not in ("done", "cancel") and move.seam_line:
                lines[move.seam_line] = lines.get(move.seam_line, self.browse()) | move
        return lines

    def _seam_take(self, shelf, lot, quantity):
        """:return: list of Taken from the shelf, or None: there are fewer"""
        return shelf.take(
            self.product_id, self.location_id, lot, self.restrict_partner_id, quantity
        )
