from odoo.tests import tagged

from .common import SaleCase


@tagged("post_install", "-at_install")
class TestDrift(SaleCase):
    def test_odoo_has_what_the_handlers_need(self):
        for handler in ("seam.handler.sale.order", "seam.handler.sale.refund"):
            self.assertEqual(self.env[handler]._drift(), [])

    def test_a_field_that_becomes_mandatory_blocks_the_flow_and_keeps_what_comes(self):
        field = self.env["sale.order"]._fields["incoterm_location"]
        self.patch(field, "required", True)
        self.flow.action_check_drift()
        self.assertEqual(self.flow.state, "blocked")
        self.assertIn("incoterm_location", self.flow.state_reason)
        receipt = self.receive(self.flow, self.order())
        self.drain()
        self.assertEqual(self.message(receipt).state, "pending")
        self.patch(field, "required", False)
        self.flow.action_check_drift()
        self.drain()
        self.assertEqual(self.message(receipt).state, "done")
