from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .common import SaleCase


@tagged("post_install", "-at_install")
class TestReservation(SaleCase):
    def test_goods_are_reserved_with_the_confirmation(self):
        _message, order = self.take()
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertFalse(order.seam_reserve)

    def test_goods_are_reserved_in_a_batch_of_their_own(self):
        self.flow.sale_reservation = "deferred"
        for key in "ab":
            self.receive(self.flow, self.order(key))
        with trap_jobs() as trap:
            self.drain()
        trap.assert_jobs_count(1, only=self.env["sale.order"]._seam_reserve_next)
        orders = self.env["sale.order"].search([("client_order_ref", "in", ["a", "b"])])
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        self.assertEqual(set(orders.picking_ids.mapped("state")), {"confirmed"})
        self.assertTrue(all(orders.mapped("seam_reserve")))
        self.env["sale.order"]._seam_reserve_next()
        self.assertEqual(set(orders.picking_ids.mapped("state")), {"assigned"})
        self.assertFalse(any(orders.mapped("seam_reserve")))

    def test_a_batch_does_not_rely_on_the_job_of_another(self):
        """That job may look before this batch is committed."""
        self.flow.sale_reservation = "deferred"
        with trap_jobs() as trap:
            self.take(self.order("a"))
            self.take(self.order("b"))
        trap.assert_jobs_count(2, only=self.env["sale.order"]._seam_reserve_next)

    def test_orders_of_the_same_goods_are_kept_apart_while_they_reserve_them(self):
        document = self.order("a")
        handler = self.env[self.flow.handler]
        codes = set(handler._identify(document).touches)
        self.assertTrue(codes)
        self.assertEqual(handler._contended(self.flow.id, codes), codes)
        self.flow.sale_reservation = "deferred"
        self.assertFalse(handler._contended(self.flow.id, codes))

    def test_what_a_lost_job_left_is_swept_up(self):
        self.flow.sale_reservation = "deferred"
        self.take()
        self.env["queue.job"].search([("model_name", "=", "sale.order")]).unlink()
        with trap_jobs() as trap:
            self.env["sale.order"]._cron_seam_reserve()
        trap.assert_jobs_count(1, only=self.env["sale.order"]._seam_reserve_next)
        trap.perform_enqueued_jobs()
        with trap_jobs() as trap:
            self.env["sale.order"]._cron_seam_reserve()
        trap.assert_jobs_count(0)

    def test_an_order_that_is_cancelled_meanwhile_is_passed_over(self):
        self.flow.sale_reservation = "deferred"
        _message, order = self.take()
        order.action_cancel()
        self.env["sale.order"]._seam_reserve_next()
        self.assertFalse(order.seam_reserve)
        self.assertEqual(order.picking_ids.state, "cancel")

    def test_reservation_by_hand_stays_by_hand(self):
        self.flow.sale_reservation = "deferred"
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        warehouse.out_type_id.reservation_method = "manual"
        _message, order = self.take()
        self.env["sale.order"]._seam_reserve_next()
        self.assertEqual(order.picking_ids.state, "confirmed")

    def test_one_order_that_cannot_be_reserved_does_not_hinder_the_others(self):
        self.flow.sale_reservation = "deferred"
        _message, bad = self.take(self.order("bad"))
        _message, good = self.take(self.order("good"))
        reserve = self.env.registry["stock.move"]._action_assign

        def stumble(moves, *args, **kwargs):
            if bad in moves.sale_line_id.order_id:
                raise UserError(self.env._("The rack is closed."))
            return reserve(moves, *args, **kwargs)

        self.patch(self.env.registry["stock.move"], "_action_assign", stumble)
        with self.assertLogs("odoo.addons.seam_sale", "WARNING"):
            self.env["sale.order"]._seam_reserve_next()
        self.assertEqual(good.picking_ids.state, "assigned")
        self.assertEqual(bad.picking_ids.state, "confirmed")
        self.assertIn("The rack is closed", bad.message_ids[0].body)
