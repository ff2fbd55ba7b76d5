from odoo.tests import tagged

from .common import SaleCase


@tagged("post_install", "-at_install")
class TestRefunds(SaleCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.refunds = cls.make_flow(
            name="Refunds",
            code="refunds",
            carries="event",
            handler="seam.handler.sale.refund",
        )

    def refund(self, key="9", line="1", quantity=1, total="3.00", tax="0.23", **values):
        lines = [{"order_line_id": line, "quantity": quantity, "total": total, "tax": tax}]
        return {
            "id": key,
            "order_id": "727",
            "date": "2026-03-23T10:00:00Z",
            "total": f"{float(total) + float(tax):.2f}",
            "lines": lines,
            **values,
        }

    def give_back(self, **values):
        return self.send(self.refunds, self.refund(**values))

    def test_what_is_not_shipped_is_taken_off_and_stays_off(self):
        document = self.order(lines=[self.line("1", "CHAIR", 2, "6.00")], totals={"total": "6.00"})
        _message, order = self.take(document)
        message = self.give_back(tax="0")
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(self.goods(order), {"1": 1})
        self.assertEqual(order.amount_total, 3)
        self.assertEqual(order.seam_payment_state, "partially_refunded")
        self.assertFalse(order.activity_ids)
        self.assertEqual(sum(order.picking_ids.move_ids.mapped("product_uom_qty")), 1)
        # the shop's order counts what it refunded still
        self.take({**document, "modified": "2026-03-23T10:00:05Z"})
        self.assertEqual(self.goods(order), {"1": 1})

    def test_what_is_shipped_becomes_a_task_and_nothing_moves(self):
        _message, order = self.take()
        self.deliver(order)
        message = self.give_back(line="2", total="12.00", tax="0.90", reason="Scratched")
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(self.goods(order), {"1": 2, "2": 1, "3": 1})
        self.assertIn("Scratched", order.activity_ids.note)
        self.assertIn("12.90", order.activity_ids.note)

    def test_money_without_goods_becomes_a_task(self):
        _message, order = self.take()
        self.give_back(quantity=0, total="1.00", tax="0.08")
        self.assertEqual(self.goods(order)["1"], 2)
        self.assertTrue(order.activity_ids)

    def test_shipping_that_is_given_back_whole_is_taken_off(self):
        _message, order = self.take()
        self.give_back(line="3", quantity=0, total="10.00", tax="0")
        self.assertEqual(self.goods(order)["3"], 0)
        self.assertEqual(order.amount_total, 19.35)

    def test_the_same_refund_twice_counts_once(self):
        _message, order = self.take(
            self.order(lines=[self.line("1", "CHAIR", 3, "9.00")], totals={"total": "9.00"})
        )
        self.give_back(tax="0")
        second = self.send(self.refunds, self.refund(tax="0", reason="Sent again"))
        self.assertEqual(second.state, "superseded")
        self.assertEqual(self.goods(order), {"1": 2})
        third = self.give_back(key="10", tax="0")
        self.assertEqual(third.state, "done")
        self.assertEqual(self.goods(order), {"1": 1})

    def test_a_refund_that_comes_before_its_order_waits_for_it(self):
        message = self.give_back()
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.take()
        message._retry("now")
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)

    def test_a_refund_of_a_line_that_is_not_there(self):
        self.take()
        message = self.give_back(line="99")
        self.assertEqual(message.fault_code, "order.conflict")

    def test_a_refund_in_full_then_the_order_is_refunded(self):
        _message, order = self.take()
        self.give_back(quantity=2, total="6.00", tax="0.45")
        self.take(self.order(minute=5, status="refunded", payment={"state": "refunded"}))
        self.assertEqual((order.state, order.seam_payment_state), ("cancel", "refunded"))
