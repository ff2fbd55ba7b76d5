from odoo.tests import tagged

from .common import ADDRESS, SaleCase


@tagged("post_install", "-at_install")
class TestChanges(SaleCase):
    """Each later event of an order has a rule: see docs/flows/orders.md."""

    def changed(self, minute=5, chairs=2, desks=1, **values):
        """The order with other quantities, at 3.00 a chair and 12.00 a desk."""
        document = self.order(minute=minute, **values)
        lines = [
            self.line("1", "CHAIR", chairs, f"{3 * chairs}.00") if chairs else None,
            self.line("2", "DESK", desks, f"{12 * desks}.00") if desks else None,
            document["lines"][2],
        ]
        document["lines"] = [line for line in lines if line]
        document["totals"] = {"total": f"{3 * chairs + 12 * desks + 10}.00"}
        return document

    def test_a_quotation_is_rewritten(self):
        _message, order = self.take(self.changed(1, status="open"))
        own = self.env["sale.order.line"].create(
            {"order_id": order.id, "display_type": "line_note", "name": "Ours"}
        )
        message, _order = self.take(self.changed(5, chairs=5, desks=0, status="open"))
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(self.goods(order), {"1": 5, "3": 1})
        self.assertEqual(order.amount_total, 25)
        self.assertTrue(own.exists(), "what people added stays")

    def test_more_and_fewer_of_a_confirmed_order_reach_the_warehouse(self):
        _message, order = self.take(self.changed(1))
        self.take(self.changed(2, chairs=5))
        self.assertEqual(order.order_line[0].move_ids.product_uom_qty, 5)
        message, _order = self.take(self.changed(3, chairs=1))
        self.assertEqual(message.state, "done", message.fault_message)
        moves = order.picking_ids.move_ids.filtered(lambda m: m.product_id == self.chair)
        self.assertEqual(sum(moves.mapped("product_uom_qty")), 1)
        self.assertEqual((order.amount_total, order.state), (25, "sale"))
        self.assertEqual(order.order_line[0].price_unit, 3, "the shop's price stays")

    def test_a_line_is_added_and_another_vanishes_after_confirmation(self):
        _message, order = self.take(self.changed(1, desks=0))
        message, _order = self.take(self.changed(2, chairs=0, desks=2))
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(self.goods(order), {False: 0, "2": 2, "3": 1})
        moves = order.picking_ids.move_ids.filtered(lambda m: m.state != "cancel")
        self.assertEqual(moves.filtered("product_uom_qty").product_id, self.desk)

    def test_part_of_an_order_is_cancelled_while_nothing_is_shipped(self):
        _message, order = self.take(self.changed(1))
        self.take(self.changed(2, desks=0))
        self.assertEqual(order.amount_total, 16)
        self.assertEqual(order.state, "sale")

    def test_fewer_than_are_shipped_is_an_exception_with_choices(self):
        _message, order = self.take(self.changed(1))
        self.deliver(order)
        message, _order = self.take(self.changed(2, chairs=1))
        self.assertEqual(message.fault_code, "order.conflict")
        self.assertIn("2 are shipped", message.fault_message)
        self.assertEqual(order.order_line[0].product_uom_qty, 2)
        # a newer state that agrees again ends the exception
        self.take(self.changed(3))
        self.assertEqual(message.state, "superseded")
        self.assertFalse(self.open_cases())

    def test_more_after_a_part_was_shipped(self):
        _message, order = self.take(self.changed(1))
        self.deliver(order, {self.chair: 2})
        message, _order = self.take(self.changed(2, chairs=3))
        self.assertEqual(message.state, "done", message.fault_message)
        rest = order.picking_ids.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        self.assertEqual(
            sum(rest.filtered(lambda m: m.product_id == self.chair).mapped("product_uom_qty")), 1
        )

    def test_a_new_address_reaches_the_transfers_that_are_open(self):
        _message, order = self.take()
        self.take(self.order(minute=3, shipping={**ADDRESS, "street": "New Street 5"}))
        self.assertEqual(order.partner_shipping_id.street, "New Street 5")
        self.assertEqual(order.picking_ids.partner_id, order.partner_shipping_id)
        self.assertEqual(order.partner_id.street, ADDRESS["street"])

    def test_a_new_address_after_shipping_is_told_to_a_person(self):
        _message, order = self.take()
        picking = order.picking_ids
        self.deliver(order)
        message, _order = self.take(
            self.order(minute=3, shipping={**ADDRESS, "street": "New Street 5"})
        )
        self.assertEqual(message.state, "done")
        self.assertEqual(picking.partner_id.street, ADDRESS["street"])
        self.assertIn("New Street 5", order.activity_ids.note)

    def test_an_order_that_is_cancelled_before_shipping_is_cancelled(self):
        _message, order = self.take()
        message, _order = self.take(self.order(minute=3, status="cancelled"))
        self.assertEqual((message.state, order.state), ("done", "cancel"))
        self.assertEqual(set(order.picking_ids.mapped("state")), {"cancel"})

    def test_an_order_that_is_cancelled_after_shipping_is_an_exception(self):
        _message, order = self.take()
        self.deliver(order)
        message, _order = self.take(self.order(minute=3, status="cancelled"))
        self.assertEqual(message.fault_code, "order.conflict")
        self.assertEqual(order.state, "sale")
        # one of the choices: the goods come back
        wizard = self.env["stock.return.picking"].create({"picking_id": order.picking_ids.id})
        for line in wizard.product_return_moves:
            line.quantity = line.move_id.quantity
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.move_ids.picked = True
        back._action_done()
        self.open_cases().action_retry()
        self.commit()
        self.drain()
        self.assertEqual((message.state, order.state), ("done", "cancel"))

    def test_an_invoiced_order_that_is_cancelled_is_an_exception(self):
        self.chair.invoice_policy = self.desk.invoice_policy = "order"
        _message, order = self.take()
        order._create_invoices()
        message, _order = self.take(self.order(minute=3, status="refunded"))
        self.assertEqual(message.fault_code, "order.conflict")
        self.assertIn("invoice", message.fault_message)

    def test_an_order_that_the_shop_takes_up_again_goes_on(self):
        _message, order = self.take()
        self.take(self.order(minute=3, status="cancelled"))
        message, _order = self.take(self.order(minute=4))
        self.assertEqual((message.state, order.state), ("done", "sale"), message.fault_message)
        self.assertEqual(order.amount_total, 29.35)

    def test_an_order_that_was_cancelled_in_odoo_is_not_revived(self):
        _message, order = self.take()
        order.action_cancel()
        message, _order = self.take(self.order(minute=3))
        self.assertEqual(message.fault_code, "order.conflict")
        self.assertEqual(order.state, "cancel")

    def test_an_order_that_is_deleted_in_the_shop_is_cancelled_for_good(self):
        _message, order = self.take()
        message, _order = self.take({"id": "727", "status": "deleted"})
        self.assertEqual((message.state, order.state), ("done", "cancel"))
        late, _order = self.take(self.order(minute=9))
        self.assertEqual((late.state, order.state), ("superseded", "cancel"))

    def test_an_older_state_that_comes_late_changes_nothing(self):
        _message, order = self.take(self.changed(5, chairs=4))
        late, _order = self.take(self.changed(2, chairs=1))
        self.assertEqual(late.state, "superseded")
        self.assertEqual(self.goods(order)["1"], 4)

    def test_an_order_on_hold_is_told_to_a_person_once(self):
        _message, order = self.take()
        self.take(self.order(minute=3, status="open", external_status="on-hold"))
        self.take(self.order(minute=4, status="open", external_status="on-hold", note="x"))
        self.assertEqual(order.state, "sale")
        self.assertEqual(len(order.activity_ids), 1)
        self.assertIn("on-hold", order.activity_ids.note)

    def test_a_locked_order_is_not_changed(self):
        _message, order = self.take(self.changed(1))
        order.action_lock()
        message, _order = self.take(self.changed(2, chairs=1))
        self.assertEqual(message.fault_code, "order.conflict")
        # what does not touch the lines goes through
        message, _order = self.take(self.changed(3, status="completed"))
        self.assertEqual(message.state, "done", message.fault_message)

    def test_completed_in_the_shop_moves_no_goods(self):
        _message, order = self.take()
        self.take(self.order(minute=3, status="completed"))
        self.assertEqual(order.picking_ids.state, "assigned")

    def test_an_order_that_was_deleted_in_odoo_is_not_made_again(self):
        _message, order = self.take(self.order(status="open"))
        order.unlink()
        message, _order = self.take(self.order(minute=3))
        self.assertEqual(message.fault_code, "order.conflict")

    def test_a_price_that_changes_after_the_invoice(self):
        self.chair.invoice_policy = "order"
        _message, order = self.take(self.changed(1))
        order._create_invoices().action_post()
        document = self.changed(2)
        document["lines"][0]["total"] = "5.00"
        document["totals"]["total"] = "27.00"
        message, _order = self.take(document)
        self.assertEqual(message.fault_code, "order.conflict")
