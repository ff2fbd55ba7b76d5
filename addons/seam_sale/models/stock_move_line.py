from odoo import api, models


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Odoo comes here when it has looked at all moves that are to be reserved."""
        together = self.env.context.get("seam_lines")
        if together:
            together.reserve(self.env)
        return super().create(vals_list)
