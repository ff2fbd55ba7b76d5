from odoo.tests import tagged

from .common import DealCase


@tagged("post_install", "-at_install")
class TestDealOrders(DealCase):
    """How far the orders of an opportunity have come is told, whatever changed it."""

    def setUp(self):
        super().setUp()
        _message, self.lead = self.take(self.won_deal())
        self.order = self.lead.order_ids
        self.told()

    def states(self):
        """:return: of each time that the CRM was told since: [(number, state, amount)]"""
        return [
            [(order["number"], order["state"], order["amount"]) for order in document["orders"]]
            for document in self.told()
        ]

    def invoice(self):
        self.order.action_confirm()
        invoice = self.order._create_invoices()
        invoice.action_post()
        self.told()
        return invoice

    def pay(self, invoice):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        return wizard.create({})._create_payments()

    def test_sent_and_cancelled(self):
        self.order.action_quotation_sent()
        self.assertEqual(self.states(), [[(self.order.name, "sent", 37.5)]])
        self.order.with_context(disable_cancel_warning=True).action_cancel()
        self.assertEqual(self.states(), [[(self.order.name, "cancelled", 37.5)]])

    def test_what_changes_in_a_line_is_told(self):
        self.order.order_line.price_unit = 10
        self.assertEqual(self.states(), [[(self.order.name, "quotation", 30)]])
        self.env["sale.order.line"].create(
            {"order_id": self.order.id, "product_id": self.chair.id, "price_unit": 5}
        )
        self.assertEqual(self.states(), [[(self.order.name, "quotation", 35)]])
        self.order.order_line[-1:].unlink()
        self.assertEqual(self.states(), [[(self.order.name, "quotation", 30)]])
        self.order.note = "Call before."
        self.assertEqual(self.states(), [])

    def test_a_quotation_that_is_deleted_is_told(self):
        self.order.unlink()
        self.assertEqual(self.states(), [[]])

    def test_an_order_that_goes_to_another_opportunity_is_told_of_both(self):
        _message, other = self.take(self.deal("D-2", told={"name": "Desks"}))
        self.order.opportunity_id = other
        told = {document["id"]: document["orders"] for document in self.told()}
        self.assertEqual(told["D-1"], [])
        self.assertEqual([order["number"] for order in told["D-2"]], [self.order.name])

    def test_what_did_not_change_is_not_told_again(self):
        self.edit(self.lead, name="Chairs")
        (told,) = self.told()
        self.assertEqual(told["fields"], {"name": "Chairs"})
        self.assertNotIn("orders", told)

    def test_a_draft_is_no_invoice(self):
        self.order.action_confirm()
        self.told()
        self.order._create_invoices()
        self.assertEqual(self.states(), [])

    def test_an_invoice_that_is_taken_back_is_told(self):
        invoice = self.invoice()
        invoice.button_draft()
        self.assertEqual(self.states(), [[(self.order.name, "confirmed", 37.5)]])
        invoice.action_post()
        self.assertEqual(self.states(), [[(self.order.name, "invoiced", 37.5)]])

    def test_a_payment_that_is_undone_is_told(self):
        invoice = self.invoice()
        self.pay(invoice)
        self.assertEqual(self.states(), [[(self.order.name, "paid", 37.5)]])
        invoice.line_ids.remove_move_reconcile()
        self.assertEqual(invoice.payment_state, "not_paid")
        self.assertEqual(self.states(), [[(self.order.name, "invoiced", 37.5)]])

    def down_payment(self, percent):
        wizard = self.env["sale.advance.payment.inv"].with_context(
            active_model="sale.order", active_ids=self.order.ids
        )
        wizard = wizard.create({"advance_payment_method": "percentage", "amount": percent})
        invoice = wizard._create_invoices(self.order)
        invoice.action_post()
        return invoice

    def test_all_of_it_paid_in_advance_is_told(self):
        """What is invoiced when it is delivered has no invoice of its own yet."""
        self.order.order_line.product_id.invoice_policy = "delivery"
        self.order.action_confirm()
        self.told()
        invoice = self.down_payment(100)
        self.assertEqual(self.order.invoice_status, "no")
        self.assertEqual(self.states(), [[(self.order.name, "invoiced", 37.5)]])
        self.pay(invoice)
        self.assertEqual(self.states(), [[(self.order.name, "paid", 37.5)]])

    def test_a_part_paid_in_advance_is_no_whole(self):
        self.order.order_line.product_id.invoice_policy = "delivery"
        self.order.action_confirm()
        self.told()
        self.pay(self.down_payment(30))
        self.assertEqual(self.states(), [])

    def test_what_was_delivered_is_told(self):
        if "delivery_status" not in self.order._fields:
            self.skipTest("Odoo's stock is not installed.")
        desk = self.env["product.product"].create({"name": "Desk", "type": "consu"})
        self.env["sale.order.line"].create(
            {"order_id": self.order.id, "product_id": desk.id, "product_uom_qty": 3}
        )
        self.order.action_confirm()
        self.told()
        self.deliver(1)
        (document,) = self.told()
        self.assertEqual(document["orders"][0]["delivery"], "partial")
        self.deliver(2)
        (document,) = self.told()
        self.assertEqual(document["orders"][0]["delivery"], "full")

    def deliver(self, quantity):
        waits = self.order.picking_ids.filtered(lambda picking: picking.state != "done")
        waits.move_ids.write({"quantity": quantity, "picked": True})
        waits._action_done()
        self.env.flush_all()
