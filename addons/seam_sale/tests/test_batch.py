import re

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.seam_sale.models.once import QUIET

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

    # -- notes ---------------------------------------------------------------------------

    def notes(self, order):
        """:return: what stands in the chatter of the order's deliveries, in its order"""
        return [
            (
                message.message_type,
                message.subtype_id,
                message.is_internal,
                message.author_id,
                bool(message.parent_id),
                re.sub("[0-9]+", "#", message.body),
            )
            for message in order.picking_ids.message_ids.sorted("id")
        ]

    def test_deliveries_have_the_notes_that_odoo_writes(self):
        one, other = self.take_together(self.order("a"), self.order("b"))
        alone = one.copy().with_user(self.system.user_id).with_context(**QUIET)
        alone.action_confirm()
        self.assertEqual(len(self.notes(one)), 2)
        self.assertEqual(self.notes(one), self.notes(alone.sudo()))
        self.assertEqual(self.notes(other), self.notes(one))
        self.assertIn(other.name, other.picking_ids.message_ids[0].body)

    # -- reservation ---------------------------------------------------------------------

    def reserved(self, order):
        """:return: dict product → quantity that is reserved for the order"""
        return {move.product_id: (move.state, move.quantity) for move in order.picking_ids.move_ids}

    def stock(self, product, quantity, **where):
        shelf = (
            self.env["stock.warehouse"]
            .search([("company_id", "=", self.company.id)], limit=1)
            .lot_stock_id
        )
        self.env["stock.quant"]._update_available_quantity(product, shelf, quantity, **where)

    def quants(self, product):
        return self.env["stock.quant"].search(
            [("product_id", "=", product.id), ("location_id.usage", "=", "internal")]
        )

    def test_orders_of_one_batch_share_what_is_there(self):
        rare = self._make_product("Rare", "RARE")
        self.stock(rare, -97)
        line = self.line("1", "RARE", 2, "6.00")
        orders = self.take_together(
            *(
                self.order(key, lines=[line], totals={"total": "6.00", "tax": "0"})
                for key in ("a", "b", "c")
            )
        )
        self.assertEqual(
            [self.reserved(order)[rare] for order in orders],
            [("assigned", 2), ("partially_available", 1), ("confirmed", 0)],
        )
        self.assertEqual(sum(self.quants(rare).mapped("reserved_quantity")), 3)

    def test_a_batch_reserves_what_a_batch_of_its_own_reserves(self):
        line = self.line("1", "CHAIR", 60, "6.00")
        for reservation in ("at_once", "deferred"):
            self.flow.sale_reservation = reservation
            orders = self.take_together(
                *(
                    self.order(f"{reservation}{n}", lines=[line], totals={"total": "6.00"})
                    for n in (1, 2)
                )
            )
            self.env["sale.order"]._seam_reserve_next()
            self.assertEqual(
                [self.reserved(order)[self.chair] for order in orders],
                [("assigned", 60), ("partially_available", 40)],
            )
            orders.picking_ids.do_unreserve()

    def test_lots_are_reserved_in_their_order(self):
        milk = self._make_product("Milk", "MILK", tracking="lot", is_storable=True)
        self.stock(milk, -100)
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": milk.id} for name in ("old", "new")]
        )
        for lot in lots:
            self.stock(milk, 3, lot_id=lot)
        line = self.line("1", "MILK", 2, "6.00")
        orders = self.take_together(
            *(
                self.order(key, lines=[line], totals={"total": "6.00", "tax": "0"})
                for key in ("a", "b")
            )
        )
        self.assertEqual(
            [
                [(x.lot_id.name, x.quantity) for x in order.picking_ids.move_line_ids]
                for order in orders
            ],
            [[("old", 2)], [("old", 1), ("new", 1)]],
        )

    def test_orderpoints_see_what_a_batch_needs(self):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        orderpoint = self.env["stock.warehouse.orderpoint"].create(
            {
                "product_id": self.chair.id,
                "warehouse_id": warehouse.id,
                "location_id": warehouse.lot_stock_id.id,
                "product_min_qty": 99,
                "product_max_qty": 120,
                "trigger": "manual",
            }
        )
        self.assertFalse(orderpoint.qty_to_order)
        self.take_together(self.order("a"), self.order("b"))
        self.assertEqual(orderpoint.qty_forecast, 96)
        self.assertEqual(orderpoint.qty_to_order, 24)
