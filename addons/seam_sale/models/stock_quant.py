from odoo import models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    def _gather(
        self,
        product_id,
        location_id,
        lot_id=None,
        package_id=None,
        owner_id=None,
        strict=False,
        qty=0,
    ):
        """While a batch is looked at, no stock is changed: Odoo asks twice for each move."""
        gather = super()._gather
        together = self.env.context.get("seam_lines")
        strategy = together and self._get_removal_strategy(product_id, location_id)
        if not together or strategy == "least_packages":  # the quantity matters to it
            return gather(product_id, location_id, lot_id, package_id, owner_id, strict, qty)
        question = (self.env, product_id, location_id, lot_id, package_id, owner_id, strict)
        if question not in together.quants:
            together.quants[question] = gather(
                product_id, location_id, lot_id, package_id, owner_id, strict, qty
            )
        return together.quants[question]
