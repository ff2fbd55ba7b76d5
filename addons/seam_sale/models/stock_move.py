from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _should_assign_at_confirm(self):
        """Orders whose goods are reserved in a batch of their own are left for it.

        The key comes from the handler, with the confirmation; what needs no
        reservation (services, consumables) is not concerned.
        """
        if self.env.context.get("seam_reserve_later"):
            return self._should_bypass_reservation()
        return super()._should_assign_at_confirm()

    def _action_done(self, *args, **kwargs):
        moves = super()._action_done(*args, **kwargs)
        moves.picking_id._seam_tell_shipped()
        return moves
