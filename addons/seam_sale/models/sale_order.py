from odoo import api, fields, models

# How many orders are reserved in one transaction.
RESERVE_BATCH = 50


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
    seam_reserve = fields.Boolean(
        "Goods are to be reserved", readonly=True, copy=False
    )

    _seam_reserve_idx = models.Index("(id) WHERE seam_reserve")

    def _compute_seam_message_count(self):
        groups = self.env["seam.message"].sudo()._read_group(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)],
            ["res_id"],
            ["__count"],
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

    def _prepare_confirmation_values(self):
        """An order of a shop keeps the day on which the customer ordered."""
        values = super()._prepare_confirmation_values()
        if self.env.context.get("seam_keep_date"):
            values.pop("date_order", None)
        return values

    # -- reservation in a batch of its own -------------------------------------------

    def _seam_reserve_later(self):
        """Mark these orders, and have a job reserve their goods."""
        if not self:
            return
        self.sudo().write({"seam_reserve": True})
        self.env["sale.order"]._seam_enqueue_reserve()

    @api.model
    def _seam_enqueue_reserve(self):
        """One job at a time is enough: it goes on until nothing is marked."""
        self.sudo().env["sale.order"].with_delay(
            channel="root.seam_bulk",
            identity_key="seam_sale.reserve",
            description=self.env._("Reserve goods of orders"),
        )._seam_reserve_next()

    @api.model
    def _seam_reserve_next(self):
        """Job: reserve the goods of the next orders that are marked.

        In the job's own transaction, so that the mark and the reservation stand or
        fall together; what is left is left to the next job.
        """
        self.env.cr.execute(
            """
            SELECT id FROM sale_order WHERE seam_reserve
             ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
            """,
            [RESERVE_BATCH],
        )
        orders = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        orders.invalidate_recordset(["seam_reserve"])
        orders.write({"seam_reserve": False})
        moves = orders.filtered(lambda order: order.state == "sale").picking_ids.move_ids
        moves.filtered(
            lambda move: move.state in ("confirmed", "partially_available")
            and move.picking_type_id.reservation_method == "at_confirm"
        )._action_assign()
        if len(orders) == RESERVE_BATCH:
            self.with_delay(
                channel="root.seam_bulk",
                description=self.env._("Reserve goods of orders"),
            )._seam_reserve_next()

    @api.model
    def _cron_seam_reserve(self):
        """Safety net: orders that are marked while no job is on its way."""
        if self.sudo().search_count([("seam_reserve", "=", True)], limit=1):
            self._seam_enqueue_reserve()


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    seam_line_key = fields.Char(
        "Line in the shop", readonly=True, copy=False, help="The shop's id of this line."
    )
    seam_refunded_qty = fields.Float(
        "Refunded before delivery",
        digits="Product Unit",
        readonly=True,
        copy=False,
        help="The shop's order counts these still; here they are taken off.",
    )
