import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from .once import ONCE, QUIET, Once

_logger = logging.getLogger(__name__)

# How many orders are reserved in one transaction.
RESERVE_BATCH = 50


class SaleOrderReserve(models.Model):
    """Orders that are confirmed first, and whose goods are reserved shortly after.

    The mark is committed with the confirmation, and taken off with the reservation:
    whatever dies in between, a job or the cron finds the mark and goes on.
    """

    _inherit = "sale.order"

    seam_reserve = fields.Boolean("Goods are to be reserved", readonly=True, copy=False)

    _seam_reserve_idx = models.Index("(id) WHERE seam_reserve")

    def _seam_reserve_later(self):
        """Mark these orders, and have a job reserve their goods."""
        if not self:
            return
        self.sudo().write({"seam_reserve": True})
        self._seam_enqueue_reserve()

    @api.model
    def _seam_enqueue_reserve(self):
        """A job with every batch, in its transaction.

        Another that is on its way is not enough: it may look before this batch is
        committed. One that comes too late finds nothing to do.
        """
        self.sudo().env["sale.order"].with_delay(
            channel="root.seam_bulk",
            description=self.env._("Reserve goods of orders"),
        )._seam_reserve_next()

    @api.model
    def _seam_reserve_next(self):
        """Job: reserve the goods of the next orders that are marked."""
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
        sold = orders.filtered(lambda order: order.state == "sale")
        sold.with_context(**QUIET, **{ONCE: Once()})._seam_reserve_goods()
        if len(orders) == RESERVE_BATCH:
            self._seam_enqueue_reserve()

    def _seam_reserve_goods(self):
        """Reserve together; when that fails, one by one, so that one bad order does
        not keep the others from their goods."""
        try:
            with self.env.cr.savepoint():
                self._seam_moves_to_reserve()._action_assign()
        except UserError as error:
            if len(self) == 1:
                _logger.warning("Goods of %s are not reserved: %s", self.name, error)
                self.message_post(
                    body=self.env._("The goods could not be reserved: %s", error.args[0])
                )
                return
            for order in self:
                order._seam_reserve_goods()

    def _seam_moves_to_reserve(self):
        """What Odoo would have reserved with the confirmation."""
        return self.picking_ids.move_ids.filtered(
            lambda move: (
                move.state in ("confirmed", "partially_available")
                and move._should_assign_at_confirm()
            )
        )

    @api.model
    def _cron_seam_reserve(self):
        """Safety net: orders that are marked while no job is on its way."""
        if self.sudo().search_count([("seam_reserve", "=", True)], limit=1):
            self._seam_enqueue_reserve()
