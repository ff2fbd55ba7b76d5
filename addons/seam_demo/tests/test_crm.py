import sys
import tempfile
import unittest
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.seam import settings
from odoo.addons.seam.tests.common import SeamCase

from .. import secret_file

ROOT = Path(__file__).parents[3]
TARGET = "http://127.0.0.1:9/seam/v1"


@tagged("post_install", "-at_install")
@unittest.skipUnless((ROOT / "simulators").is_dir(), "The simulators are not beside the addons.")
class TestCrm(SeamCase):
    """The demo's CRM: orders of the shop show up there, and what is won there is quoted here."""

    def setUp(self):
        super().setUp()
        with patch.object(sys, "path", [str(ROOT), *sys.path]):
            from simulators.crm import RunningCrm  # noqa: PLC0415
            from simulators.office import opening, words  # noqa: PLC0415
            from simulators.shop import RunningShop  # noqa: PLC0415
        self.words = words
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.secrets = secret_file.ensure(self.folder / "secret")
        self.simulator = self.enterContext(
            RunningCrm(
                0,
                f"{TARGET}/crm",
                self.secrets["crm_secret"],
                records=opening.records(),
                auto=False,
                pushes=False,
            )
        )
        self.shop = self.enterContext(
            RunningShop(0, f"{TARGET}/shop", self.secrets, self.folder / "shop", seed=4)
        )
        self.crm = self.env.ref("seam_demo.system_crm")
        self.books = self.simulator.books

    def follow_settings(self, **values):
        values = {"demo_secret_file": self.folder / "secret", **values}
        real = settings.get
        given = lambda name: str(values[name]) if name in values else real(name)  # noqa: E731
        with patch.object(settings, "get", given):
            self.env["seam.demo"]._follow_settings()

    def open(self):
        self.follow_settings(crm_url=self.simulator.url)
        self.exchange()

    def exchange(self):
        """What each side has to tell is told, until neither has."""
        for _round in range(6):
            untold, self.simulator.teller.untold = self.simulator.teller.untold, {}
            flows = {flow.code: flow for flow in self.crm.flow_ids}
            kinds = {path: kind for kind, path in self.words.PATHS.items()}
            for flow, _id, document in sorted(
                untold.values(), key=lambda x: list(kinds).index(x[0])
            ):
                self.receive(flows[flow], document, key=f"{document['id']}/{document['modified']}")
            self.commit()
            self.env.cr.execute(
                "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
                " WHERE state = 'waiting' AND next_try_at IS NOT NULL"
            )
            self.env.invalidate_all()
            self.drain()
            self.commit()
            self.drain("send")

    def order(self, number, status="processing"):
        """An order of somebody about whom nobody has to decide anything first."""
        shop = self.shop.desk.shop
        asked_about = self.held().mapped("label")
        customers = [
            each
            for each in shop.catalogue.customers
            if f"{each['first_name']} {each['last_name']}" not in asked_about
        ]
        made = shop.build_order(number, status=status, customers=customers)
        flow = self.env.ref("seam_demo.flow_shop_orders")
        message = self.send(flow, made, key=f"order-{number}")
        self.assertEqual(message.state, "done", message.fault_message)
        return self.env["sale.order"].browse(message.res_id)

    def held(self):
        return self.env["seam.message"].search(
            [("system_id", "=", self.crm.id), ("state", "in", ("failed", "waiting"))]
        )

    def deals(self, order):
        """:return: list of what the CRM was given for an order's opportunity"""
        key = str(order.opportunity_id.id)
        return [each for each in self.books.records["deal"].values() if each["odoo_id"] == key]

    def test_it_waits_until_there_is_one(self):
        self.follow_settings()
        self.assertEqual(self.crm.state, "draft")
        self.order(1)
        self.assertFalse(self.env["crm.lead"].search([("name", "like", "Demo shop")]))
        self.follow_settings(crm_url=self.simulator.url)
        self.assertEqual(self.crm.state, "active")
        self.assertEqual(self.crm.base_url, f"{self.simulator.url}/api")
        self.crm.state = "disabled"
        self.follow_settings(crm_url=self.simulator.url)
        self.assertEqual(self.crm.state, "disabled", "who switched it off meant it")

    def test_both_know_each_others_customers_and_a_person_has_something_to_look_at(self):
        self.open()
        names = {each["fields"]["name"] for each in self.books.living("contact")}
        self.assertIn("Liv Hansen", names)
        amelia = self.env["res.partner"].search([("email", "=", "amelia.hart@example.com")])
        self.assertEqual(amelia.function, "Club secretary")
        self.assertEqual(amelia.user_id, self.env.ref("seam_demo.user_nora"))
        found = {message.label: message.fault_code for message in self.held()}
        self.assertEqual(
            found,
            {
                "Jonas Reed": "owner.conflict",
                "P. Nair": "master.ambiguous",
                "Grace Okafor": "master.ambiguous",
            },
        )

    def test_what_is_won_there_is_quoted_here_and_its_way_is_told(self):
        self.open()
        tents = self.books.find("D-3001")
        lead = self.env["crm.lead"].search([("name", "=", "Tents for the summer camp")])
        self.assertEqual(lead.won_status, "won")
        order = lead.order_ids
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [10, 10])
        self.assertEqual([each["state"] for each in tents["orders"]], ["quotation"])
        order.action_confirm()
        self.exchange()
        self.assertEqual([each["state"] for each in tents["orders"]], ["confirmed"])

    def test_an_order_of_the_shop_is_a_deal_there_with_its_customer(self):
        self.open()
        held = self.held()
        paid, unpaid = self.order(7), self.order(8, status="on-hold")
        self.exchange()
        for order, status in ((paid, "won"), (unpaid, "open")):
            (deal,) = self.deals(order)
            self.assertEqual(deal["status"], status)
            self.assertEqual([each["number"] for each in deal["orders"]], [order.name])
            customer = deal["fields"].get("contact") or deal["fields"]["company"]
            self.assertEqual(customer["name"], order.partner_id.name)
        unpaid.action_confirm()
        self.exchange()
        self.assertEqual(self.deals(unpaid)[0]["status"], "won")
        self.assertEqual(self.held(), held)
        writes = sum(self.books.writes.values())
        self.exchange()
        self.assertEqual(sum(self.books.writes.values()), writes, "no echo")
