from datetime import timedelta

from odoo import fields
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
        self.assertEqual(order.seam_payment_state, "paid")
        self.assertEqual(order.seam_message_count, 1)
        self.assertEqual(order.create_uid, self.service_user)

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

    def test_nobody_gets_an_e_mail(self):
        before = self.env["mail.mail"].search_count([])
        _message, order = self.take()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        self.assertFalse(order.message_ids.notification_ids)
        self.assertFalse(order.message_partner_ids & order.partner_id)

    def test_many_orders_are_made_and_confirmed_together(self):
        for number in range(8):
            document = self.order(f"k{number}")
            if number == 5:
                document["lines"][0]["product"] = {"sku": "NOBODY-KNOWS"}
            self.receive(self.flow, document)
        self.drain()
        messages = self.env["seam.message"].search([("flow_id", "=", self.flow.id)], order="id")
        self.assertEqual(messages.mapped("state").count("done"), 7)
        self.assertEqual(messages[5].state, "failed")
        orders = self.env["sale.order"].search([("origin", "like", "Partner k")])
        self.assertEqual(len(orders), 7)
        self.assertEqual(set(orders.mapped("state")), {"sale"})
        self.assertEqual(len(orders.partner_id), 1, "one customer for all of his orders")

    def test_an_unpaid_order_stays_a_quotation_until_it_is_released(self):
        message, order = self.take(
            self.order(status="open", payment={"state": "unpaid", "name": "Bank transfer"})
        )
        self.assertEqual((message.state, order.state), ("done", "draft"))
        self.assertEqual(order.seam_payment_state, "unpaid")
        later, same = self.take(self.order(minute=5))
        self.assertEqual((later.state, same, order.state), ("done", order, "sale"))
        self.assertEqual(order.seam_payment_state, "paid")

    def test_confirmation_follows_the_policy_of_the_flow(self):
        self.flow.sale_confirm = "never"
        self.assertEqual(self.take(self.order("1"))[1].state, "draft")
        self.flow.sale_confirm = "always"
        self.assertEqual(self.take(self.order("2", status="open"))[1].state, "sale")

    def test_defaults_of_the_flow_are_taken(self):
        warehouse = self.env["stock.warehouse"].create({"name": "Second", "code": "SEC"})
        team = self.env["crm.team"].create({"name": "Shop"})
        self.flow.write(
            {
                "sale_warehouse_id": warehouse.id,
                "sale_team_id": team.id,
                "sale_user_id": self.operator.id,
            }
        )
        _message, order = self.take()
        self.assertEqual(order.warehouse_id, warehouse)
        self.assertEqual((order.team_id, order.user_id), (team, self.operator))

    def test_a_way_to_pay_is_mapped_where_it_has_a_meaning(self):
        journal = self.env["account.journal"].create(
            {"name": "Cards", "code": "CARD", "type": "bank"}
        )
        line = journal.inbound_payment_method_line_ids[:1]
        self.env["seam.value.map"]._learn(
            self.system.id, "account.payment.method.line", "stripe", line
        )
        payment = {"state": "paid", "method": "stripe", "name": "Credit card"}
        _message, order = self.take(self.order(payment=payment))
        self.assertEqual(order.preferred_payment_method_line_id, line)
        _message, order = self.take(self.order("2", payment={**payment, "method": "odd"}))
        self.assertEqual(order.seam_payment_method, "Credit card")

    def test_the_same_event_twice_is_one_order(self):
        first, order = self.take()
        second, _order = self.take(self.order(), key="other key")
        self.assertEqual((first.state, second.state), ("done", "superseded"))
        self.assertEqual(self.env["sale.order"].search_count([("client_order_ref", "=", "727")]), 1)

    def test_an_update_before_the_creation_makes_the_order(self):
        _message, order = self.take(self.order(minute=9), topic="order.updated")
        late, _none = self.take(self.order(minute=1, status="open"), topic="order.created")
        self.assertEqual(order.state, "sale")
        self.assertEqual(late.state, "superseded")

    def test_an_order_that_was_over_before_it_came_is_not_made_then_or_later(self):
        message, order = self.take(self.order(minute=9, status="cancelled"))
        self.assertEqual((message.state, bool(order)), ("done", False))
        late, order = self.take(self.order(minute=1))
        self.assertEqual((late.state, bool(order)), ("superseded", False))
        deleted, _none = self.take({"id": "9", "status": "deleted"})
        self.assertEqual(deleted.state, "done")
        late, order = self.take(self.order("9"))
        self.assertEqual((late.state, bool(order)), ("superseded", False))

    def test_an_order_that_is_ordered_anew_after_its_deletion_is_made(self):
        self.take({"id": "9", "status": "deleted"})
        later = fields.Datetime.now() + timedelta(hours=1)
        _message, order = self.take(self.order("9", modified=later.strftime("%Y-%m-%dT%H:%M:%SZ")))
        self.assertEqual(order.state, "sale")
