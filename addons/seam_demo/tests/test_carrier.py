import sys
import tempfile
import time
import unittest
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam import settings
from odoo.addons.seam.tests.common import SeamCase

from .. import secret_file

ROOT = Path(__file__).parents[3]


@tagged("post_install", "-at_install")
@unittest.skipUnless((ROOT / "simulators").is_dir(), "The simulators are not beside the addons.")
class TestCarrier(SeamCase):
    """The demo's own carrier: express orders are packed, labelled and followed."""

    def setUp(self):
        super().setUp()
        with patch.object(sys, "path", [str(ROOT), *sys.path]):
            from simulators.carrier import RunningCarrier  # noqa: PLC0415
            from simulators.shop import RunningShop  # noqa: PLC0415
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.secrets = secret_file.ensure(self.folder / "secret")
        self.simulator = self.enterContext(
            RunningCarrier(0, "http://127.0.0.1:9/seam/v1/carrier", self.secrets, pace=0.02)
        )
        self.simulator.road.chances = {}
        self.simulator.books.surcharge = 0
        self.shop = self.enterContext(
            RunningShop(0, "http://127.0.0.1:9/orders", self.secrets, self.folder / "shop", seed=4)
        )
        self.carrier = self.env.ref("seam_demo.system_carrier")
        self.labels = self.env.ref("seam_demo.flow_carrier_labels")
        self.tracking = self.env.ref("seam_demo.flow_carrier_tracking")

    def follow_settings(self, **values):
        values = {"demo_secret_file": self.folder / "secret", "shop_url": self.shop.url, **values}
        real = settings.get
        given = lambda name: str(values[name]) if name in values else real(name)  # noqa: E731
        with patch.object(settings, "get", given):
            self.env["seam.demo"]._follow_settings()

    def order(self, number, way):
        """What the shop sells by one of its ways of shipping. :return: sale.order"""
        goods = self.shop.desk.shop.catalogue.goods[:2]
        made = self.shop.desk.shop.build_order(number, products=goods, status="processing")
        made["shipping_lines"][0]["method_title"] = way
        flow = self.env.ref("seam_demo.flow_shop_orders")
        message = self.send(flow, made, key=f"order-{number}")
        self.assertEqual(message.state, "done", message.fault_message)
        return self.env["sale.order"].browse(message.res_id)

    def test_it_waits_until_there_is_one(self):
        self.follow_settings()
        self.assertEqual(self.carrier.state, "draft")
        self.assertFalse(self.env.ref("seam_demo.cron_packer").active)
        self.follow_settings(carrier_url=self.simulator.url)
        self.assertEqual(self.carrier.state, "active")
        self.assertEqual(self.carrier.base_url, f"{self.simulator.url}/gateway")
        self.assertTrue(self.env.ref("seam_demo.cron_packer").active)
        pull = self.env["seam.pull"].search([("system_id", "=", self.carrier.id)])
        self.assertEqual(pull.flow_id, self.tracking)
        self.carrier.state = "disabled"
        self.follow_settings(carrier_url=self.simulator.url)
        self.assertEqual(self.carrier.state, "disabled")

    def test_express_orders_leave_the_own_warehouse_once_there_is_a_carrier(self):
        north, south = (self.env.ref(f"seam_demo.warehouse_{key}") for key in ("north", "south"))
        self.assertEqual(self.order(1, "Express").warehouse_id, north)
        self.follow_settings(carrier_url=self.simulator.url)
        self.assertEqual(self.order(2, "Express").warehouse_id, south)
        self.assertEqual(self.order(3, "Flat rate").warehouse_id, north)

    def test_an_express_order_is_packed_labelled_and_arrives(self):
        self.follow_settings(carrier_url=self.simulator.url)
        self.show_a_token()
        order = self.order(5, "Express")
        (picking,) = order.picking_ids
        self.assertEqual(picking.carrier_id, self.env.ref("seam_demo.delivery_carrier"))
        with trap_jobs():
            self.env["seam.demo.packer"]._pack()
        self.assertEqual(picking.state, "done")
        self.commit()
        self.drain("send")
        message = self.env["seam.message"].search([("flow_id", "=", self.labels.id)])
        self.assertEqual(message.state, "done", message.fault_message)
        (number,) = self.simulator.books.shipments
        self.assertEqual(picking.carrier_tracking_ref, number)
        label = self.env["ir.attachment"].search(
            [("res_model", "=", "stock.picking"), ("res_id", "=", picking.id)]
        )
        self.assertTrue(label.raw.startswith(b"%PDF"))
        self.assertEqual(order.amount_total, picking.sale_id.amount_total)
        self.arrive(number)
        (parcel,) = picking.seam_shipment_ids.parcel_ids
        self.assertEqual(parcel.status, "delivered")

    def show_a_token(self):
        """Who sends has no cursor of his own in tests to ask for a token with: he is given one."""
        self.simulator.door.tokens["given"] = time.time() + 600
        self.carrier.write(
            {"auth": "api_key", "auth_header": "Authorization", "auth_prefix": "Bearer "}
        )
        self.env["seam.demo"]._share(self.carrier, "api_key", "given")

    def arrive(self, number):
        """What the carrier would tell is told here: Odoo's port is shut in tests."""
        shipment, parcel = self.simulator.books.parcels[number]
        with self.simulator.books.lock:
            while parcel["plan"]:
                self.simulator.road._step(shipment, parcel)
        for place, scan in enumerate(parcel["scans"]):
            document = {name: scan[name] for name in ("status", "at", "place", "text")}
            message = self.send(
                self.tracking, {"tracking": number, **document}, key=f"scan-{place}"
            )
            self.assertEqual(message.state, "done", message.fault_message)

    def test_what_runs_out_is_found_behind_a_shelf(self):
        self.follow_settings(carrier_url=self.simulator.url)
        south = self.env.ref("seam_demo.warehouse_south").lot_stock_id
        product = self.env.ref("seam_demo.product_tent_2p")
        self.env["seam.demo.packer"]._find_goods(product, south)
        self.assertEqual(product.with_context(location=south.id).qty_available, 40)
        quant = product.stock_quant_ids.filtered(lambda quant: quant.location_id == south)
        quant.with_context(inventory_mode=True).inventory_quantity = 3
        quant.action_apply_inventory()
        self.env["seam.demo.packer"]._find_goods(product, south)
        self.assertEqual(product.with_context(location=south.id).qty_available, 103)
