import json
import unittest
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.seam_sale.tests.common import SaleCase

SPECS = Path(__file__).parents[4] / "shared" / "specs" / "woocommerce"


@tagged("post_install", "-at_install")
class TestVendorSamples(SaleCase):
    connector = "woocommerce"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow.contract_version_id = cls.env["seam.contract.version"].search(
            [("contract_id.name", "=", "woocommerce-order")]
        )
        cls._make_product("Ship Your Idea", "Bar3")

    def sample(self, name):
        file = SPECS / name
        if not file.exists():
            raise unittest.SkipTest(f"The vendor's sample {file} is not there.")
        return json.loads(file.read_text())

    def test_the_vendors_samples_become_one_order(self):
        self.env["seam.binding"]._bind(self.system.id, {"#93": self.chair})
        message = self.send(self.flow, self.sample("order_1.json"), topic="order.created")
        self.assertEqual(message.state, "done", message.fault_message)
        order = message._record()
        self.assertEqual((order.state, order.amount_total), ("sale", 29.35))
        later = self.send(self.flow, self.sample("order_2.json"), topic="order.updated")
        self.assertEqual(later.state, "done", later.fault_message)
        self.assertEqual(later._record(), order)
