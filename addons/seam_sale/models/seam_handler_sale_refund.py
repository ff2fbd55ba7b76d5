from odoo import models

from odoo.addons.seam.models.letter import Identity


class SeamHandlerSaleRefund(models.AbstractModel):
    """Refunds of sales orders: each one counts, in the order of the shop."""

    _name = "seam.handler.sale.refund"
    _inherit = "seam.handler"
    _description = "Refunds of sales orders"

    _contract = ("sale-refund", "1.0.0")

    def _identify(self, document):
        return Identity(
            key=document["order_id"],
            correlation=f"sale-order/{document['order_id']}",
            label=self.env._("Refund %s", document["id"]),
        )
