from odoo import models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _seam_arrived(self):
        """The shop's own status stays as it is: since the goods left it may have been
        refunded there, which is not to be written over."""
        super()._seam_arrived()
        self.env["seam.handler.sale.shipment"]._emit(self)
