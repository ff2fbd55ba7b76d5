import base64
import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam_sale.tests.common import SaleCase

from .. import errors
from .small_shop import SmallShop
from .test_mapper import SAMPLES


@tagged("post_install", "-at_install")
class TestWayBack(SaleCase):
    """What the shop is told, down to the calls that it gets."""

    connector = "woocommerce"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.EUR").active = True
        cls.company.currency_id = cls.env.ref("base.EUR")
        cls.tea = cls._make_product("Tea", "TEA-100")
        cls.map_tax("3", cls._make_tax("VAT 19% incl.", 19, included=True))
        for purpose in ("woocommerce_key", "woocommerce_secret"):
            cls.env["seam.credential"].create(
                {
                    "name": purpose,
                    "system_id": cls.system.id,
                    "purpose": purpose,
                    "secret_input": purpose[-6:],
                }
            )
        cls.system.action_woocommerce_setup()
        cls.system.flow_ids.action_activate()
        cls.flows = {flow.code: flow for flow in cls.system.flow_ids}

    def setUp(self):
        super().setUp()
        self.shop = SmallShop()
        self.addCleanup(self.shop.close)
        self.system.write({"base_url": self.shop.url, "allowed_hosts": "127.0.0.1"})

    def ordered(self, minute=16, **changes):
        body = {**json.loads((SAMPLES / "orders/updated.json").read_text())["body"], **changes}
        body["date_modified_gmt"] = f"2026-05-04T08:{minute}:30"
        message = self.send(self.flows["orders"], body, topic="order.updated")
        self.assertIn(message.state, ("done", "superseded"), message.fault_message)
        return message._record()

    def ship(self, order, tracking="P1", quantities=None):
        picking = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        self.deliver(order, quantities)
        picking.carrier_tracking_ref = tracking
        return picking

    def send_out(self):
        self.commit()
        self.drain("send")

    def outgoing(self, code):
        self.env.invalidate_all()
        return self.env["seam.message"].search([("flow_id", "=", self.flows[code].id)], order="id")

    def again(self, message):
        """Its next try is due."""
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(minutes=1), message.id],
        )
        self.env.invalidate_all()
        self.drain("send")

    # -- status and tracking ---------------------------------------------------------------

    def test_an_order_goes_all_the_way_round_and_stops(self):
        order = self.ordered()
        picking = self.ship(order)
        self.send_out()
        note = f"Shipment {picking.name}: 3 × Tea. Tracking: P1."
        self.assertCountEqual(
            self.shop.calls,
            [
                ("PUT", "/orders/4711", {"status": "completed"}),
                ("POST", "/orders/4711/notes", {"note": note, "customer_note": True}),
            ],
        )
        login = base64.b64encode(b"ce_key:secret").decode()
        self.assertEqual(self.shop.headers[0]["authorization"], f"Basic {login}")
        # the shop tells of the change that we made: nothing goes on from there
        self.ordered(minute=30, status="completed")
        self.send_out()
        self.assertEqual(len(self.shop.calls), 2)
        self.assertEqual(order.state, "sale")

    def test_a_part_is_told_by_its_note_and_completes_nothing(self):
        order = self.ordered()
        self.ship(order, "P1", {self.tea: 1})
        self.send_out()
        self.assertEqual([path for _m, path, _b in self.shop.calls], ["/orders/4711/notes"])
        self.assertEqual(self.outgoing("status").state, "superseded")
        self.ship(order, "P2")
        self.send_out()
        self.assertIn(("PUT", "/orders/4711", {"status": "completed"}), self.shop.calls)
        self.assertEqual(len(self.shop.notes), 2)

    def test_without_a_tracking_number_there_is_no_note_until_it_comes(self):
        order = self.ordered()
        picking = self.ship(order, tracking=False)
        self.send_out()
        self.assertFalse(self.shop.notes)
        picking.carrier_tracking_ref = "P7"
        self.send_out()
        self.assertIn("Tracking: P7.", self.shop.notes[0]["note"])

    def test_what_customers_read_is_not_written_twice(self):
        """A carrier is entered, and something else before that is sent: both find the same."""
        picking = self.ship(self.ordered())
        self.send_out()
        picking.carrier_tracking_ref = "P1"
        self.send_out()
        self.assertEqual(len(self.shop.notes), 1)
        self.assertEqual(self.outgoing("shipments").mapped("state"), ["done", "superseded"])
        picking.carrier_tracking_ref = "P1,P2"
        self.send_out()
        self.assertEqual(len(self.shop.notes), 2)

    def test_a_note_for_the_shops_people_alone(self):
        self.flows["shipments"].woocommerce_customer_note = False
        self.ship(self.ordered())
        self.send_out()
        self.assertFalse(self.shop.notes[0]["customer_note"])

    def test_an_order_that_a_person_cancels(self):
        order = self.ordered()
        order._action_cancel()
        self.send_out()
        self.assertEqual(self.shop.calls, [("PUT", "/orders/4711", {"status": "cancelled"})])
        self.ordered(minute=31, status="cancelled")
        self.send_out()
        self.assertEqual(len(self.shop.calls), 1)

    def test_a_note_whose_answer_was_lost_is_not_written_twice(self):
        for mishap in ("lost", "dead"):
            with self.subTest(mishap):
                self.flows["status"].state = "draft"
                order = self.ordered(id={"lost": 5001, "dead": 5002}[mishap])
                self.shop.notes.clear()
                self.shop.mishaps = [mishap]
                self.ship(order)
                self.send_out()
                message = self.outgoing("shipments")[-1]
                self.assertEqual(message.fault_code, "transport.ambiguous")
                self.again(message)
                self.assertEqual(message.state, "done", message.fault_message)
                self.assertEqual(len(self.shop.notes), 1)

    def test_an_order_that_the_shop_does_not_have(self):
        order = self.ordered()
        self.shop.mishaps = [(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")]
        order._action_cancel()
        self.send_out()
        message = self.outgoing("status")
        self.assertEqual((message.state, message.fault_code), ("failed", "transport.rejected"))
        self.assertIn("no such order", message.fault_message)
        self.assertIn("discard", message.fault_fix)

    # -- refunds ---------------------------------------------------------------------------

    def credited(self):
        order = self.ordered()
        self.flows["status"].state = self.flows["shipments"].state = "draft"
        self.deliver(order)
        invoice = order._create_invoices()
        invoice.action_post()
        credit = invoice._reverse_moves([{"invoice_date": fields.Date.today()}])
        credit.action_post()
        return credit

    def test_a_credit_note_is_a_refund_that_moves_no_money(self):
        credit = self.credited()
        self.send_out()
        ((method, path, body),) = self.shop.changes()
        self.assertEqual((method, path), ("POST", "/orders/4711/refunds"))
        self.assertEqual((body["amount"], body["api_refund"]), ("31.88", False))
        self.assertIn(credit.name, body["reason"])
        line = body["line_items"][0]
        self.assertEqual((line["id"], line["quantity"]), (1, 3))
        self.assertEqual(line["refund_tax"][0]["id"], "3")
        whole = sum(
            float(one["refund_total"]) + sum(float(t["refund_total"]) for t in one["refund_tax"])
            for one in body["line_items"]
        )
        self.assertAlmostEqual(whole, 31.88)
        bound = self.env["seam.binding"]._find(self.system.id, "account.move", ["900"])
        self.assertEqual(bound["900"], credit)

    def test_our_refund_comes_back_with_the_pull_and_is_known(self):
        credit = self.credited()
        self.send_out()
        (made,) = self.shop.refunds
        wire = {
            "id": made["id"],
            "order_id": 4711,
            "date_created_gmt": "2026-05-05T10:00:00",
            "amount": made["amount"],
            "reason": made["reason"],
            "line_items": [],
            "meta_data": [{"id": 1, **made["meta_data"][0]}],
        }
        message = self.send(self.flows["refunds"], wire, topic="refund.pulled")
        self.assertEqual(message.state, "superseded", message.fault_message)
        self.assertFalse(credit.line_ids.sale_line_ids.order_id.activity_ids)
        self.send_out()
        self.assertEqual(len(self.shop.changes()), 1)

    def test_a_refund_whose_answer_was_lost_is_not_given_twice(self):
        self.shop.mishaps = ["dead"]
        self.credited()
        self.send_out()
        message = self.outgoing("credit-notes")
        self.assertEqual(message.fault_code, "transport.ambiguous")
        self.again(message)
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(len(self.shop.refunds), 1)

    # -- stock -------------------------------------------------------------------------------

    def pull_products(self):
        pull = self.env["seam.pull"].search([("flow_id", "=", self.flows["products"].id)])
        with trap_jobs():
            pull.action_pull_now()
        self.env.flush_all()
        pull._run()
        self.env.invalidate_all()
        self.drain()

    def test_products_are_known_by_sku_and_get_their_level(self):
        self.shop.products = [
            {
                "id": 93,
                "type": "simple",
                "sku": "TEA-100",
                "name": "Tea",
                "price": "8.99",
                "date_modified_gmt": "2026-05-04T08:00:00",
            },
            {
                "id": 20,
                "type": "variable",
                "sku": "",
                "name": "Chairs",
                "variations": [21],
                "date_modified_gmt": "2026-05-04T08:00:01",
            },
        ]
        self.shop.variations = {20: [{"id": 21, "sku": "CHAIR"}]}
        self.pull_products()
        self.send_out()
        level = {"manage_stock": True, "stock_quantity": 100}
        self.assertCountEqual(
            self.shop.changes(),
            [
                ("PUT", "/products/93", level),
                ("PUT", "/products/20/variations/21", level),
            ],
        )
        self.shop.calls.clear()
        order = self.ordered()
        self.send_out()
        self.assertEqual(
            self.shop.changes(),
            [("PUT", "/products/93", {"manage_stock": True, "stock_quantity": 97})],
        )
        self.assertEqual(order.state, "sale")

    def test_a_begun_piece_is_not_for_sale(self):
        self.env["seam.binding"]._bind(self.system.id, {"#93": self.tea})
        self.env["seam.binding"].search([("external_id", "=", "#93")]).data = {"id": "93"}
        location = self.env["stock.warehouse"].search([], limit=1).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(self.tea, location, 0.5)
        self.send_out()
        self.assertEqual(self.shop.calls[0][2]["stock_quantity"], 100)

    def test_a_product_whose_id_is_not_known_says_what_to_do(self):
        self.env["seam.binding"]._bind(self.system.id, {"TEA-100": self.tea})
        location = self.env["stock.warehouse"].search([], limit=1).lot_stock_id
        self.env["stock.quant"]._update_available_quantity(self.tea, location, 1)
        self.send_out()
        message = self.outgoing("stock")
        self.assertEqual(message.fault_code, "mapping.failed")
        self.assertIn("Pull now", message.fault_fix)

    # -- errors ------------------------------------------------------------------------------

    def test_what_refusals_mean(self):
        conf = self._conf(self.flows["status"])
        cases = (
            (404, "woocommerce_rest_product_invalid_id", True, "transport.rejected", "product"),
            (401, "woocommerce_rest_cannot_edit", True, "auth.failed", "Read/Write"),
            (401, "woocommerce_rest_authentication_error", True, "auth.failed", "anew"),
            (400, "rest_invalid_param", True, "transport.rejected", "Mend"),
            (
                500,
                "woocommerce_rest_cannot_create_order_refund",
                False,
                "transport.rejected",
                "ref",
            ),
            (500, "", True, "transport.unavailable", ""),
            (500, "", False, "transport.ambiguous", ""),
            (503, "", False, "transport.unavailable", ""),
            (429, "", False, "transport.unavailable", ""),
            (504, "", True, "transport.ambiguous", ""),
        )
        for status, code, repeatable, expected, word in cases:
            with self.subTest(status=status, code=code, repeatable=repeatable):
                body = json.dumps({"code": code, "message": "No."}) if code else "<p>Oh</p>"
                response = Response(status, {}, body.encode(), 0.1)
                answer = errors.interpret(response, conf, repeatable)
                self.assertEqual(answer.fault.code, expected)
                self.assertIn(word, answer.fault.fix)
