from odoo.fields import Command
from odoo.tests import tagged

from .common import ADDRESS, SaleCase


@tagged("post_install", "-at_install")
class TestBatch(SaleCase):
    """What is searched once for a batch gives each order what Odoo gives it alone."""

    def take_together(self, *documents):
        """:return: the orders of documents that came in one batch, in their order"""
        for document in documents:
            self.receive(self.flow, document)
        self.drain()
        Order = self.env["sale.order"]
        return Order.concat(
            *(Order.search([("client_order_ref", "=", each["number"])]) for each in documents)
        )

    def test_each_order_has_a_number_of_its_own(self):
        orders = self.take_together(self.order("a"), self.order("b"), self.order("c"))
        self.assertEqual(len(set(orders.mapped("name"))), 3)
        self.assertEqual(len(set(orders.picking_ids.mapped("name"))), 3)

    def test_lines_get_the_analytic_distribution_of_their_product(self):
        plan = self.env["account.analytic.plan"].create({"name": "Departments"})
        account = self.env["account.analytic.account"].create(
            {"name": "Seats", "plan_id": plan.id, "company_id": self.company.id}
        )
        shares = {str(account.id): 100}
        self.env["account.analytic.distribution.model"].create(
            {
                "product_id": self.chair.id,
                "company_id": self.company.id,
                "analytic_distribution": shares,
            }
        )
        for order in self.take_together(self.order("a"), self.order("b")):
            chair, desk, shipping = order.order_line
            self.assertEqual(chair.analytic_distribution, shares)
            self.assertFalse(desk.analytic_distribution)
            self.assertFalse(shipping.analytic_distribution)

    def test_each_customer_has_the_fiscal_position_of_his_address(self):
        states = self.env["res.country.state"]
        here = self.env.ref("base.us")
        position = self.env["account.fiscal.position"].create(
            {
                "name": "New York",
                "sequence": 0,
                "auto_apply": True,
                "company_id": self.company.id,
                "country_id": here.id,
                "state_ids": [Command.set(states.search([("code", "=", "NY")]).ids)],
            }
        )
        there = {**ADDRESS, "name": "Ann York", "state": "NY", "zip": "10001"}
        one, other = self.take_together(
            self.order("a"),
            self.order("b", customer={"email": "ann@example.com"}, billing=there),
        )
        self.assertNotEqual(one.fiscal_position_id, position)
        self.assertEqual(other.fiscal_position_id, position)
