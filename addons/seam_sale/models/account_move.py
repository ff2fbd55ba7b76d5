from odoo import fields, models

HANDLER = "seam.handler.sale.refund.out"


class AccountMove(models.Model):
    _inherit = "account.move"

    seam_shop_refunded = fields.Boolean(
        "Given back by the shop",
        readonly=True,
        copy=False,
        help="The shop has refunded this itself: it is not told to do so again.",
    )

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted.filtered(lambda move: move.move_type == "out_refund")._seam_tell_refunds()
        return posted

    def _seam_tell_refunds(self):
        """Have shops refund what was credited, except what they refunded themselves."""
        for move in self.sudo():
            move.seam_shop_refunded = move._seam_is_shops_own()
            if not move.seam_shop_refunded:
                self.env[HANDLER]._emit(move)

    def _seam_orders(self):
        return self.line_ids.sale_line_ids.order_id

    def _seam_is_shops_own(self):
        """Whether the shop gave this money back already: nobody gets it twice."""
        orders = self._seam_orders().filtered("seam_refunded_amount")
        if not orders:
            return False
        left = orders._seam_left_to_credit(self)
        return self.currency_id.compare_amounts(self.amount_total, left) <= 0

    def _seam_is_half_the_shops(self):
        """Whether the shop refunded a part of it, so that no machine knows the rest."""
        orders = self._seam_orders().filtered("seam_refunded_amount")
        return (
            bool(orders)
            and self.currency_id.compare_amounts(orders._seam_left_to_credit(self), 0) > 0
        )
