from odoo import models


class SeamHandlerSaleChange(models.AbstractModel):
    """What a newer state of an order does to the order that is here."""

    _inherit = "seam.handler.sale.order"

    def _apply_known(self, letters, plans, known, customers, flow):
        for letter, order in known.items():
            if letter.open:
                order.write(self._payment_values(letter.document))
                if self._is_released(letter.document, flow) and order.state == "draft":
                    self._confirm(order, flow)
                letter.done(order, memory=self._memory(letter.document))
