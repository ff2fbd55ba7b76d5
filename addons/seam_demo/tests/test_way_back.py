import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.tests.common import SeamCase

from .. import secret_file

ROOT = Path(__file__).parents[3]


@tagged("post_install", "-at_install")
@unittest.skipUnless((ROOT / "simulators").is_dir(), "The simulators are not beside the addons.")
class TestWayBack(SeamCase):
    """The demo's own shop: what it sells, sends, and is told."""

    def setUp(self):
        super().setUp()
        with patch.object(sys, "path", [str(ROOT), *sys.path]):
            from simulators.shop import RunningShop  # noqa: PLC0415
        folder = self.enterContext(tempfile.TemporaryDirectory())
        secrets = secret_file.ensure(Path(folder) / "shop.secret")
        self.shop = self.enterContext(
            RunningShop(0, "http://127.0.0.1:9/orders", secrets, Path(folder) / "shop")
        )
        self.system = self.env.ref("seam_demo.system_shop")
        self.system.base_url = self.shop.url
        for name in ("key", "secret"):
            self.env["seam.demo"]._share(
                self.system, f"woocommerce_{name}", secrets[f"consumer_{name}"]
            )

    def flow(self, name):
        return self.env.ref(f"seam_demo.flow_shop_{name}")

    def pull(self, flow):
        pull = self.env["seam.pull"].search([("flow_id", "=", flow.id)]) or self.env[
            "seam.pull"
        ].create({"flow_id": flow.id})
        pull.cursor = {"since": "2000-01-01T00:00:00"}
        with trap_jobs():
            pull.action_pull_now()
        self.env.flush_all()
        pull._run()
        self.env.invalidate_all()
        self.drain()
        self.commit()
        self.drain("send")

    def test_an_order_goes_round_once(self):
        self.pull(self.flow("products"))
        levels = self.env["seam.message"].search([("flow_id", "=", self.flow("stock").id)])
        self.assertEqual(set(levels.mapped("state")), {"done"}, levels.mapped("fault_message"))
        tent = self.env.ref("seam_demo.product_tent_2p")
        self.assertEqual(self.shop.store.level(101)["stock_quantity"], tent.free_qty)
        goods = self.shop.desk.shop.catalogue.goods[:1]
        made = self.shop.desk._new("good", status="processing", products=goods)
        self.pull(self.flow("orders"))
        bound = self.env["seam.binding"]._find(self.system.id, "sale.order", [str(made["id"])])
        order = bound[str(made["id"])]
        (picking,) = order.picking_ids
        for move in picking.move_ids:
            move.quantity, move.picked = move.product_uom_qty, True
        picking.button_validate()
        picking.carrier_tracking_ref = "P1"
        self.commit()
        self.drain("send")
        self.assertEqual(self.shop.store.order(made["id"])["status"], "completed")
        self.assertIn("P1", self.shop.store.notes(made["id"])[0]["note"])
        # the shop tells of the change that we made, and nothing goes on from there
        told = self.told()
        self.pull(self.flow("orders"))
        self.assertEqual(self.told(), told)
        self.assertEqual(len(self.shop.store.notes(made["id"])), 1)
        self.assertEqual(order.state, "sale")

    def told(self):
        """:return: ids of the messages about orders that went to the shop"""
        flows = self.flow("status") | self.flow("shipments")
        return self.env["seam.message"].search([("flow_id", "in", flows.ids)]).ids
