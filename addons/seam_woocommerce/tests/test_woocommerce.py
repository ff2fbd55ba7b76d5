import json
import unittest
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.seam.engine import signature
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam_sale.tests.common import SaleCase

SAMPLES = Path(__file__).parents[1] / "samples"
SPECS = Path(__file__).parents[4] / "shared" / "specs" / "woocommerce"


@tagged("post_install", "-at_install")
class TestConnector(connector_case.ConnectorCase):
    connector = "woocommerce"
    handler = "seam.handler.sale.order"
    wire_contract = "woocommerce-order"
    flow_code = "orders"
    samples = SAMPLES / "orders"

    def sign(self, body, topic, secret):
        return {
            "X-WC-Webhook-Topic": topic,
            "X-WC-Webhook-Delivery-ID": "0f5b",
            "X-WC-Webhook-Signature": signature.sign_hmac(body, secret),
        }

    def break_body(self, body):
        return {name: value for name, value in body.items() if name != "id"} | {"x": 1}

    def test_a_shop_is_set_up_by_one_button(self):
        self.flow.unlink()
        self.system.action_woocommerce_setup()
        self.system.action_woocommerce_setup()
        flows = self.system.flow_ids.sorted("code")
        back = flows.filtered(lambda flow: flow.direction == "out")
        coming = flows - back
        self.assertEqual(coming.mapped("code"), ["orders", "products", "refunds"])
        self.assertEqual(coming.mapped("carries"), ["state", "state", "event"])
        self.assertTrue(all(flow.contract_version_id for flow in coming))
        pulls = self.env["seam.pull"].search([("system_id", "=", self.system.id)])
        self.assertEqual(pulls.flow_id, coming)
        self.assertEqual(back.mapped("code"), ["credit-notes", "shipments", "status", "stock"])
        self.assertEqual(back.mapped("carries"), ["event", "state", "state", "state"])
        self.assertEqual(set(flows.mapped("state")), {"draft"})

    def test_the_ping_of_a_new_webhook_is_greeted_and_nothing_else_is(self):
        connector = self.env["seam.connector.woocommerce"]
        self.assertEqual(connector._greeting({}, b"webhook_id=123"), "ok")
        self.assertIsNone(connector._greeting({}, b'{"id": 1}'))
        self.assertIsNone(connector._greeting({}, b"webhook_id=123&order=1"))
        signed = {"x-wc-webhook-signature": "x"}
        self.assertIsNone(connector._greeting(signed, b"webhook_id=123"))

    def test_wrong_types_are_told_with_their_place(self):
        wire = json.loads((self.samples / "updated.json").read_text())["body"]
        cases = (
            ("/line_items/0/quantity", lambda w: w["line_items"][0].update(quantity=0)),
            ("/line_items/0/quantity", lambda w: w["line_items"][0].update(quantity=-1)),
            ("/total", lambda w: w.update(total="1,5")),
            ("/currency", lambda w: w.update(currency="euro")),
            ("/line_items", lambda w: w.update(line_items=None)),
            ("/date_modified_gmt", lambda w: w.update(date_modified_gmt="yesterday")),
        )
        for pointer, spoil in cases:
            broken = json.loads(json.dumps(wire))
            spoil(broken)
            message = self.message(self.receive(self.flow, broken, topic="order.updated"))
            self.assertEqual(message.state, "failed")
            self.assertEqual(message.errors[0]["pointer"], pointer)
            if "quantity" in pointer:
                self.assertEqual(message.ordering_key, "4711", "it keeps its place")


@tagged("post_install", "-at_install")
class TestStories(SaleCase):
    connector = "woocommerce"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow.contract_version_id = (
            cls.env["seam.contract"].search([("name", "=", "woocommerce-order")]).current_version_id
        )

    def vendor_sample(self, name):
        file = SPECS / name
        if not file.exists():
            raise unittest.SkipTest(f"The vendor's sample {file} is not there.")
        return json.loads(file.read_text())

    def own_sample(self, **changes):
        return {**json.loads((SAMPLES / "orders/updated.json").read_text())["body"], **changes}

    def prepare_own(self):
        self.env.ref("base.EUR").active = True
        self.company.currency_id = self.env.ref("base.EUR")
        self._make_product("Tea", "TEA-100")
        self.map_tax("3", self._make_tax("VAT 19% incl.", 19, included=True))

    def test_the_vendors_samples_become_one_order(self):
        self._make_product("Ship Your Idea", "Bar3")
        sample = self.vendor_sample("order_1.json")
        message = self.send(self.flow, sample, topic="order.created")
        case = self.open_cases()
        self.assertEqual((case.code, case.missing_code), ("master.unknown", "#93"))
        case.with_user(self.operator)._fix(self.chair)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)
        order = message._record()
        self.assertEqual((order.state, order.amount_total), ("sale", 29.35))
        self.assertIn("Ship Your Idea – Color", order.order_line[1].name)
        later = self.send(self.flow, self.vendor_sample("order_2.json"), topic="order.updated")
        self.assertEqual((later.state, later._record()), ("done", order), later.fault_message)
        self.assertEqual(order.amount_total, 29.35)

    def test_prices_with_tax_and_a_coupon(self):
        self.prepare_own()
        message = self.send(self.flow, self.own_sample(), topic="order.updated")
        self.assertEqual(message.state, "done", message.fault_message)
        order = message._record()
        self.assertEqual((order.amount_total, order.amount_tax), (31.88, 5.09))
        self.assertIn("A discount of 3.00", order.order_line[0].name)
        self.assertEqual(order.partner_id.parent_id.name, "Weber & Söhne GmbH")
        self.assertEqual(order.partner_id.parent_id.state_id.code, "DE-NW")
        self.assertEqual(order.seam_payment_method, "Credit card")

    def held(self):
        """:return: the messages that exceptions hold up"""
        self.env.invalidate_all()
        return self.open_cases().message_ids_held

    def test_what_failed_and_is_pulled_again_is_held_once(self):
        sample = self.own_sample()
        first = self.send(self.flow, sample, topic="order.created")
        self.assertEqual((first.state, self.held()), ("failed", first))
        again = self.send(self.flow, sample, topic="pulled", key="pulled")
        self.assertEqual((self.held(), first.state), (again, "superseded"))
        later = {**sample, "date_modified_gmt": "2026-06-01T08:00:00"}
        later = self.send(self.flow, later, topic="order.updated")
        self.assertEqual((self.held(), again.state), (later, "superseded"))
        self.prepare_own()
        later._retry("Mended.")
        self.commit()
        self.drain()
        self.assertEqual(later.state, "done", later.fault_message)
        self.assertFalse(self.open_cases())

    def test_what_breaks_the_contract_and_is_pulled_again_is_held_once(self):
        broken = self.own_sample()
        broken["line_items"][0]["quantity"] = 0
        first = self.send(self.flow, broken, topic="order.created")
        again = self.send(self.flow, broken, topic="pulled", key="pulled")
        self.assertEqual((self.held(), first.state), (again, "superseded"))
        self.assertEqual(first.event_ids[-1].data, {"newer": again.id})
        older = {**broken, "date_modified_gmt": "2020-01-01T08:00:00"}
        older = self.send(self.flow, older, topic="order.updated")
        self.assertEqual(self.held(), again | older, "it is no newer state")
        self.prepare_own()
        good = {**self.own_sample(), "date_modified_gmt": "2026-06-01T08:00:00"}
        good = self.send(self.flow, good, topic="order.updated")
        self.assertEqual(good.state, "done", good.fault_message)
        self.assertFalse(self.open_cases())

    def test_another_order_that_breaks_the_contract_alike_is_held_too(self):
        for number in (4711, 4712):
            broken = self.own_sample(id=number)
            broken["line_items"][0]["quantity"] = 0
            self.send(self.flow, broken, topic="order.created")
        self.assertEqual(len(self.held()), 2)

    def test_an_order_that_is_deleted_in_the_shop(self):
        self.prepare_own()
        message = self.send(self.flow, self.own_sample(), topic="order.created")
        order = message._record()
        message = self.send(self.flow, {"id": 4711}, topic="order.deleted")
        self.assertEqual((message.state, order.state), ("done", "cancel"))
        restored = self.own_sample(date_modified_gmt="2031-05-04T08:16:30")
        message = self.send(self.flow, restored, topic="order.restored")
        self.assertEqual((message.state, order.state), ("done", "sale"), message.fault_message)

    def test_a_refund_that_is_pulled(self):
        self.prepare_own()
        refunds = self.make_flow(
            name="Refunds", code="refunds", carries="event", handler="seam.handler.sale.refund"
        )
        refunds.contract_version_id = (
            self.env["seam.contract"]
            .search([("name", "=", "woocommerce-refund")])
            .current_version_id
        )
        message = self.send(self.flow, self.own_sample(), topic="order.updated")
        order = message._record()
        sample = json.loads((SAMPLES / "refunds/refund.json").read_text())
        message = self.send(refunds, sample["body"], topic="refund.pulled")
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(order.order_line[0].product_uom_qty, 2)
        self.assertEqual(order.amount_total, 22.89)
