from datetime import timedelta

from odoo import fields
from odoo.tests import HttpCase, tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestTours(StockCase, HttpCase):
    """What people see, in a real browser."""

    def registry_enter_test_mode(self):
        """HttpCase is in test mode from its class on."""

    def setUp(self):
        super().setUp()
        # of the clerks whom Odoo gives carriers: those of Inventory alone cannot read them
        self.operator.group_ids |= self.env.ref("stock.group_stock_user")
        self.operator.group_ids |= self.env.ref("sales_team.group_sale_salesman")
        self.stock(self.chair, 10)
        self.stock(self.desk, 12)

    def tour(self, url, name, login=None):
        self.env.cr.flush()
        self.start_tour(url, name, login=login or self.operator.login, timeout=300)
        self.env.invalidate_all()

    def test_a_clerk_looks_for_differences(self):
        at = fields.Datetime.now() + timedelta(minutes=1)
        self.take("snapshot", self.snapshot((self.chair, 10), (self.desk, 9), at=at))
        self.tour("/odoo", "seam_stock_compare")

    def test_a_clerk_asks_for_what_was_short(self):
        picking = self.delivery([(self.chair, 5)])
        self.take("shipment", self.shipment(picking, (self.chair, 3)))
        rest = self.rest(picking)
        self.tour(f"/odoo/deliveries/{rest.id}", "seam_stock_held")
        self.assertFalse(rest.seam_hold)
        self.assertEqual(rest.seam_reference, rest.name)

    def test_an_administrator_sets_the_rules(self):
        flow = self.flows["shipment"]
        self.tour(f"/odoo/action-seam.seam_flow_action/{flow.id}", "seam_stock_flow", "admin")
