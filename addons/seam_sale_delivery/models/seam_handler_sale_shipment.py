from odoo import models

from odoo.addons.seam_sale.models import shipments


class SeamHandlerSaleShipment(models.AbstractModel):
    """A shipment also tells when the customer had it, where its carrier does."""

    _inherit = "seam.handler.sale.shipment"

    def _needs(self):
        needs = super()._needs()
        needs["stock.picking"] = {**needs["stock.picking"], "seam_delivered_at": "datetime"}
        return needs

    def _describe(self, picking):
        document = super()._describe(picking)
        if picking.seam_delivered_at:
            document["delivered"] = shipments.instant(picking.seam_delivered_at)
        return document
