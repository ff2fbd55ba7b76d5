from odoo import fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    seam_message_count = fields.Integer(
        compute="_compute_seam_message_count", string="Messages of other systems"
    )
    seam_payment_state = fields.Selection(
        [
            ("unpaid", "Not paid"),
            ("paid", "Paid"),
            ("failed", "Payment failed"),
            ("partially_refunded", "Refunded in part"),
            ("refunded", "Refunded"),
        ],
        "Payment in the shop",
        readonly=True,
        copy=False,
    )
    seam_payment_method = fields.Char("Paid by", readonly=True, copy=False)

    seam_refunded_amount = fields.Monetary(
        "To be credited for the shop",
        readonly=True,
        copy=False,
        help="What the shop has given back for goods that were shipped or invoiced. Credit "
        "notes up to this amount are the books' side of it, and are not told to the shop.",
    )

    def _compute_seam_message_count(self):
        groups = (
            self.env["seam.message"]
            .sudo()
            ._read_group(
                [("res_model", "=", self._name), ("res_id", "in", self.ids)],
                ["res_id"],
                ["__count"],
            )
        )
        counts = dict(groups)
        for order in self:
            order.seam_message_count = counts.get(order.id, 0)

    def action_open_seam_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        action["domain"] = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        action["context"] = {}
        return action

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals:
            self.env["seam.handler.sale.status"]._emit(self)
        return result

    def _prepare_confirmation_values(self):
        """An order of a shop keeps the day on which the customer ordered."""
        values = super()._prepare_confirmation_values()
        if self.env.context.get("seam_keep_date"):
            values.pop("date_order", None)
        return values

    def _seam_left_to_credit(self, besides):
        """:param besides: ``account.move`` that is not counted
        :return: what the shop gave back of these orders and no credit note stands for
        """
        credited = self.sudo().invoice_ids.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and move.state == "posted"
                and move.seam_shop_refunded
                and move != besides
            )
        )
        return sum(self.mapped("seam_refunded_amount")) - sum(credited.mapped("amount_total"))
