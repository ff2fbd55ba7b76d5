from odoo import models

# A change of one of these, after the goods left, is news for the shop.
TOLD = {"carrier_id", "carrier_tracking_ref"}


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def write(self, vals):
        result = super().write(vals)
        if not TOLD.isdisjoint(vals):
            self.filtered(lambda picking: picking.state == "done")._seam_tell_shipped()
        return result

    def _seam_tell_shipped(self):
        """Have the shops of these deliveries learn that they left, once, at the commit."""
        if not self:
            return
        self.env["seam.handler.sale.shipment"]._emit(self)
        if self.env["seam.flow"]._outgoing("seam.handler.sale.status"):
            self.env["seam.handler.sale.status"]._emit(self.sudo().sale_id)
