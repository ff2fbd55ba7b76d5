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
