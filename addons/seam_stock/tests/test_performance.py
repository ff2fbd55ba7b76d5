from odoo.tests import tagged

from .common import StockCase

BATCH = 50


@tagged("post_install", "-at_install")
class TestPerformance(StockCase):
    """Confirmations are applied together: a batch costs little more than a few."""

    def _confirm(self, count, first=0):
        """:return: queries that it takes to apply confirmations of ``count`` deliveries"""
        flow = self.flows["shipment"]
        pickings = [
            self._picking(self.warehouse.out_type_id, [(self.chair, 1), (self.desk, 2)])
            for _number in range(count)
        ]
        for picking in pickings:
            picking.action_assign()
        self.commit()
        receipts = [
            self.receive(
                flow,
                self.shipment(picking, (self.chair, 1), (self.desk, 2), key=f"S-{first + number}"),
            )
            for number, picking in enumerate(pickings)
        ]
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        # A job hands its worker back after a while: on a slow machine it takes another one.
        for _job in range(5):
            self.drain()
            messages = self.env["seam.message"].browse([receipt.id for receipt in receipts])
            if "pending" not in messages.mapped("state"):
                break
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(set(messages.mapped("state")), {"done"})
        return queries

    def test_a_batch_of_fifty_shipments(self):
        self.stock(self.chair, 500)
        self.stock(self.desk, 500)
        self._confirm(1)
        few = self._confirm(5, 1000)
        many = self._confirm(BATCH, 2000)
        each = (many - few) / (BATCH - 5)
        self.assertEqual(self.on_hand(self.chair), 500 - 56)
        # ten with this addon alone; others that are installed look at transfers too
        self.assertLess(each, 15, "most queries are for the batch, not for a shipment")
