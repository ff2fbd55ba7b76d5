from odoo.tests import tagged

from .common import SaleCase


@tagged("post_install", "-at_install")
class TestNewOrder(SaleCase):
    def test_an_order_comes_in_and_is_confirmed_to_the_cent(self):
        message, order = self.take()
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(order.state, "sale")
        self.assertEqual(order.amount_total, 29.35)
        self.assertEqual(order.client_order_ref, "727")
        self.assertEqual(order.date_order.isoformat(), "2026-03-22T19:28:02")
        self.assertEqual(self.goods(order), {"1": 2, "2": 1, "3": 1})
        self.assertEqual(order.picking_ids.state, "assigned")
        self.assertEqual(order.seam_message_count, 1)

    def test_an_unknown_product_is_chosen_and_the_order_goes_through(self):
        document = self.order()
        document["lines"][1]["product"] = {"sku": "BAR3", "id": "23"}
        message, order = self.take(document)
        self.assertEqual(message.state, "failed")
        self.assertFalse(order)
        case = self.open_cases()
        self.assertEqual((case.code, case.pointer), ("master.unknown", "/lines/1/product"))
        self.assertEqual((case.missing_model, case.missing_code), ("product.product", "BAR3"))
        case.with_user(self.operator)._fix(self.desk)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertIn(self.desk, message._record().order_line.product_id)
        self.assertEqual(case.state, "resolved")
