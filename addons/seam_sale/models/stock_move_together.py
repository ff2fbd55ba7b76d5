"""Reserve goods of a batch of orders in one go, with what Odoo reserves move by move."""

from odoo import models

from .once import ONCE, once


class MoveLinesTogether:
    """What the moves of a batch reserve, until their move lines are created in one go.

    Odoo creates those of one move after the other, and looks at stock, orderpoints
    and states each time. Two moves of one product must see each other: what was
    reserved before is written before the second one looks.
    """

    def __init__(self):
        self.values, self.products, self.quants = [], set(), {}

    def reserve(self, env):
        """Create the lines; quants, orderpoints and states follow from it."""
        values, self.values = self.values, []
        self.products, self.quants = set(), {}
        if values:
            Quant = env["stock.quant"].sudo()
            quants = Quant._get_quants_by_products_locations(
                env["product.product"].browse({line["product_id"] for line in values}),
                env["stock.location"].browse({line["location_id"] for line in values}),
            )
            lines = env["stock.move.line"].with_context(seam_lines=None, quants_cache=quants)
            lines.create(values)


class StockMoveTogether(models.Model):
    _inherit = "stock.move"

    # -- reserve together ----------------------------------------------------------------

    def _action_assign(self, force_qty=False):
        """Moves that others lead to look at each other's lines; they are left to Odoo."""
        moves = self
        if self.env.context.get(ONCE) and not force_qty and not self.move_orig_ids:
            moves = self.with_context(seam_lines=MoveLinesTogether())
            self._read_stock()
        return super(StockMoveTogether, moves)._action_assign(force_qty=force_qty)

    def _read_stock(self):
        """Read the stock of all products at once, not of each when it is looked at."""
        Quant = self.env["stock.quant"].sudo()
        quants = Quant.search(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "child_of", self.location_id.ids),
            ]
        )
        quants.fetch()

    def _update_reserved_quantity_vals(self, need, location_id, *args, **options):
        """Keep the lines to be created, and tell Odoo that there are none."""
        together = self.env.context.get("seam_lines")
        if not together:
            return super()._update_reserved_quantity_vals(need, location_id, *args, **options)
        if self.product_id.id in together.products:
            together.reserve(self.env)
        together.products.add(self.product_id.id)
        values, taken = super()._update_reserved_quantity_vals(need, location_id, *args, **options)
        together.values += values
        return [], taken

    # -- orderpoints ---------------------------------------------------------------------

    def _update_orderpoints(self):
        return super(StockMoveTogether, self._of_orderpoints())._update_orderpoints()

    def _trigger_scheduler(self):
        return super(StockMoveTogether, self._of_orderpoints())._trigger_scheduler()

    def _of_orderpoints(self):
        """In a batch Odoo need not look, move by move, for orderpoints that are not there.

        :return: the moves of products with an orderpoint
        """
        if not self.env.context.get(ONCE):
            return self
        known = once(self.env, "products with an orderpoint", dict)
        missing = set(self.product_id.ids) - known.keys()
        if missing:
            known.update(dict.fromkeys(missing, False))
            Orderpoint = self.env["stock.warehouse.orderpoint"].sudo()
            domain = [("product_id", "in", list(missing))]
            for (product,) in Orderpoint.with_context(active_test=False)._read_group(
                domain, ["product_id"]
            ):
                known[product.id] = True
        return self.filtered(lambda move: known.get(move.product_id.id))
