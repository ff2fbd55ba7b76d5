from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestComparison(StockCase):
    """Odoo's stock beside the warehouse's last word."""

    def setUp(self):
        super().setUp()
        self.stock(self.chair, 10)
        # what was moved in the test's set-up happened before any snapshot
        self.now = fields.Datetime.now() + timedelta(minutes=1)

    def snap(self, *lines, state="done", minutes=0, **values):
        at = self.now + timedelta(minutes=minutes)
        values = {"key": f"N-{minutes}", **values}
        return self.take("snapshot", self.snapshot(*lines, at=at, **values), state)

    def row(self, product, warehouse=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["seam.stock.comparison"].search(
            [
                ("product_id", "=", product.id),
                ("warehouse_id", "=", (warehouse or self.warehouse).id),
            ]
        )

    def test_a_snapshot_that_agrees_opens_nothing_and_writes_no_stock(self):
        self.snap((self.chair, 10))
        self.assertFalse(self.open_cases())
        row = self.row(self.chair)
        self.assertEqual((row.odoo_quantity, row.wms_quantity, row.unexplained), (10, 10, 0))
        self.assertEqual(row.wms_at, self.now.replace(microsecond=0))

    def test_a_difference_is_one_exception_with_both_numbers_and_stock_stays(self):
        self.snap((self.chair, 7))
        case = self.open_cases()
        self.assertEqual(case.code, "reconcile.difference")
        for words in ("Chair", "Odoo has 10", "the warehouse 7"):
            self.assertIn(words, case.name)
        self.assertTrue(case.fix)
        self.assertEqual(self.on_hand(self.chair), 10)
        row = self.row(self.chair)
        self.assertEqual((row.difference, row.unexplained, row.differs), (3, 3, True))
        # another number: the same case, with the new number
        self.snap((self.chair, 6), minutes=1)
        self.assertEqual(self.open_cases(), case)
        self.assertIn("the warehouse 6", case.name)
        # Seam's own clean-up does not take it for one that is over
        self.env["seam.exception"]._close_left_open()
        self.assertEqual(case.state, "open")
        # a later snapshot agrees
        self.snap((self.chair, 10), minutes=2)
        self.assertEqual(case.state, "resolved")
        self.assertFalse(self.open_cases())

    def test_each_product_has_its_own_case(self):
        self.stock(self.desk, 4)
        self.snap((self.chair, 7), (self.desk, 5))
        self.assertEqual(len(self.open_cases()), 2)
        self.snap((self.chair, 10), (self.desk, 5), minutes=1)
        self.assertIn("Desk", self.open_cases().name)

    def test_small_differences_are_tolerated_where_the_flow_says_so(self):
        self.flows["snapshot"].stock_tolerance = 2
        self.snap((self.chair, 8))
        self.assertFalse(self.open_cases())
        self.snap((self.chair, 7), minutes=1)
        self.assertEqual(len(self.open_cases()), 1)

    def test_what_may_have_left_is_on_the_way_and_no_difference(self):
        picking = self.delivery([(self.chair, 4)])
        self.snap((self.chair, 6))
        self.assertFalse(self.open_cases(), "the shipment may be confirmed any moment")
        row = self.row(self.chair)
        self.assertEqual((row.asked_out, row.in_flight_out), (4, 4))
        self.assertEqual((row.difference, row.unexplained, row.odoo_reserved), (4, 0, 4))
        self.snap((self.chair, 5), minutes=1)
        self.assertIn("4 out", self.open_cases().name)
        # the warehouse says that it is still there: then it explains nothing
        self.snap((self.chair, 6), minutes=2)
        self.assertFalse(self.open_cases())
        self.take("status", self.status(picking, "picking"))
        self.snap((self.chair, 6), minutes=3)
        self.assertEqual(self.row(self.chair).unexplained, 4)
        self.assertEqual(len(self.open_cases()), 1)

    def test_what_may_have_come_is_on_the_way_and_no_difference(self):
        self.expected([(self.chair, 5)])
        self.snap((self.chair, 15))
        self.assertFalse(self.open_cases())
        row = self.row(self.chair)
        self.assertEqual((row.asked_in, row.in_flight_in, row.difference), (5, 5, -5))
        self.snap((self.chair, 16), minutes=1)
        self.assertEqual(self.row(self.chair).unexplained, -1)

    def test_what_was_confirmed_after_the_snapshot_is_no_difference(self):
        picking = self.delivery([(self.chair, 4)])
        later = (self.now + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        self.take("shipment", self.shipment(picking, (self.chair, 4)) | {"shipped": later})
        # Odoo's own clock stands still in a test: it wrote the move after the snapshot
        picking.move_line_ids.date = self.now + timedelta(minutes=6)
        self.snap((self.chair, 10))
        row = self.row(self.chair)
        self.assertEqual((row.odoo_quantity, row.since, row.difference), (6, -4, 0))
        self.assertFalse(self.open_cases())

    def test_what_a_whole_snapshot_does_not_list_is_zero(self):
        self.stock(self.desk, 4)
        self.snap((self.chair, 10))
        self.assertIn("Desk", self.open_cases().name)
        self.assertIn("Odoo has 4, the warehouse 0", self.open_cases().name)

    def test_what_a_part_does_not_list_is_not_told_of(self):
        self.stock(self.desk, 4)
        self.snap((self.chair, 10), complete=False)
        self.assertFalse(self.open_cases())
        self.assertFalse(self.row(self.desk).wms_at)

    def test_parts_of_a_snapshot_do_not_replace_each_other(self):
        self.stock(self.desk, 4)
        flow = self.flows["snapshot"]
        receipts = [
            self.receive(flow, self.snapshot(line, key=f"N-{number}", complete=False, at=self.now))
            for number, line in enumerate([(self.chair, 9), (self.desk, 3)])
        ]
        self.drain()
        self.assertEqual([self.message(r).state for r in receipts], ["done", "done"])
        self.assertEqual(len(self.open_cases()), 2)

    def test_an_older_snapshot_changes_nothing(self):
        self.snap((self.chair, 10), minutes=5)
        self.snap((self.chair, 7), minutes=1, state="superseded")
        self.assertEqual(self.row(self.chair).wms_quantity, 10)

    def test_goods_that_odoo_does_not_know_are_a_difference_too(self):
        unknown = {"sku": "GHOST", "on_hand": 3}
        self.snap((self.chair, 10), unknown)
        case = self.open_cases()
        self.assertIn("3 of GHOST", case.name)
        self.assertIn("Odoo has 0", case.name)
        self.assertEqual(self.row(self.chair).wms_quantity, 10, "all others are compared")
        self.make_product("Ghost", "GHOST")
        self.snap((self.chair, 10), minutes=1)
        self.assertFalse(self.open_cases())

    def test_lots_are_kept_one_by_one_and_compared_as_a_product(self):
        self.stock(self.paint, 3, "L1")
        self.stock(self.paint, 4, "L2")
        self.snap(
            (self.chair, 10),
            {"sku": "PAINT", "on_hand": 3, "lot": "L1"},
            {"sku": "PAINT", "on_hand": 4, "lot": "L2", "reserved": 1},
        )
        self.assertFalse(self.open_cases())
        action = self.row(self.paint).action_open_levels()
        levels = self.env["seam.stock.level"].search(action["domain"])
        self.assertEqual(
            [(x.lot_name, x.quantity, x.reserved) for x in levels], [("L1", 3, 0), ("L2", 4, 1)]
        )

    def test_damaged_goods_are_compared_with_neither_side(self):
        place = self.env["stock.location"].create(
            {
                "name": "Quarantine",
                "usage": "internal",
                "location_id": self.warehouse.view_location_id.id,
            }
        )
        self.flows["receipt"].stock_damage_location_id = place
        self.env["stock.quant"]._update_available_quantity(self.chair, place, 2)
        self.snap({"sku": "CHAIR", "on_hand": 12, "damaged": 2})
        self.assertFalse(self.open_cases())
        row = self.row(self.chair)
        self.assertEqual((row.odoo_quantity, row.wms_quantity, row.wms_damaged), (10, 12, 2))

    def test_units(self):
        self.stock(self.chair, 14)
        self.snap({"sku": "CHAIR", "on_hand": 2, "unit": "Dozens"})
        self.assertFalse(self.open_cases())

    def test_two_warehouses_are_two_rows(self):
        self.stock(self.chair, 6, warehouse=self.other)
        self.flows["snapshot"].stock_warehouse_ids |= self.other
        self.snap((self.chair, 10))
        self.snap((self.chair, 5), warehouse="OWN", key="N-own")
        self.assertEqual(self.row(self.chair).unexplained, 0)
        self.assertEqual(self.row(self.chair, self.other).unexplained, 1)
        self.assertIn("Ours", self.open_cases().name)

    def test_the_partner_who_runs_the_warehouse_now_has_the_last_word(self):
        self.snap((self.chair, 10))
        before = self.system.copy({"code": "before", "name": "Before"})
        self.env["seam.stock.level"]._keep(
            {(self.chair, ""): {"on_hand": 99}},
            before,
            self.warehouse,
            self.now - timedelta(days=30),
            None,
        )
        self.assertEqual(self.row(self.chair).wms_quantity, 10)

    def test_two_companies_see_their_own_stock(self):
        self.snap((self.chair, 7))
        picking = self.foreign_delivery()
        company = picking.company_id
        rows = self.env["seam.stock.comparison"].with_user(self.viewer)
        self.assertTrue(rows.search([]))
        self.assertFalse(rows.search([("company_id", "=", company.id)]))
        self.viewer.sudo().write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        self.env.invalidate_all()
        self.assertFalse(rows.search([("company_id", "=", self.company.id)]))
        self.assertFalse(self.env["seam.stock.level"].with_user(self.viewer).search([]))

    def test_a_warehouse_that_no_partner_runs_is_not_on_the_screen(self):
        own = self.env["stock.warehouse"].create({"name": "Our own", "code": "OURS9"})
        self.stock(self.chair, 3, warehouse=own)
        flows = self.env["seam.flow"].search([("handler", "like", "seam.handler.stock.")])
        flows.stock_warehouse_ids = self.warehouse
        # those that run no warehouse name none
        items = flows[:1].copy({"code": "items", "handler": "seam.handler.stock.product"})
        items.write({"stock_warehouse_ids": False, "state": "active"})
        self.assertTrue(self.row(self.chair))
        self.assertFalse(self.row(self.chair, own))
        flows.stock_warehouse_ids = False
        self.assertTrue(self.row(self.chair, own))

    def test_the_screen_takes_one_query_for_a_page(self):
        products = [self.make_product(f"P{n}", f"P{n}") for n in range(30)]
        for product in products:
            self.stock(product, 5)
        self.snap((self.chair, 10), *[(product, 4) for product in products])
        screen = self.env["seam.stock.comparison"].with_user(self.viewer)
        names = ["product_id", "odoo_quantity", "wms_quantity", "wms_at", "unexplained"]
        specification = {name: {} for name in names}
        screen.web_search_read([("differs", "=", True)], specification, limit=5)
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=12):
            few = screen.web_search_read([("differs", "=", True)], specification, limit=5)
        self.env.invalidate_all()
        with self.assertQueryCount(__system__=12):
            many = screen.web_search_read([("differs", "=", True)], specification, limit=30)
        self.assertEqual((len(few["records"]), len(many["records"])), (5, 30))
        ours = [("product_id", "in", [product.id for product in products])]
        groups = screen.formatted_read_group(ours, ["warehouse_id"], ["unexplained:sum"])
        self.assertEqual([group["unexplained:sum"] for group in groups], [30])

    def test_the_drill_down_opens(self):
        picking = self.delivery([(self.chair, 4)])
        self.snap((self.chair, 10))
        row = self.row(self.chair)
        for action, found in (
            (row.action_open_quants(), self.chair.stock_quant_ids),
            (row.action_open_flight(), picking),
        ):
            records = self.env[action["res_model"]].search(action["domain"])
            self.assertTrue(records <= found)
            self.assertTrue(records)

    def test_only_users_of_seam_see_it(self):
        from odoo.exceptions import AccessError
        from odoo.tests import new_test_user

        clerk = new_test_user(self.env, "clerk", groups="stock.group_stock_user")
        with self.assertRaises(AccessError):
            self.env["seam.stock.comparison"].with_user(clerk).search([])
        with self.assertRaises(AccessError):
            self.env["seam.stock.level"].with_user(self.operator).create({})
