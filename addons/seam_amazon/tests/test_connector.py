import base64
import hashlib
import json
import time

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine import signature
from odoo.addons.seam.engine.cause import normalised
from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.connector_case import Answers, answer

from .. import const
from .test_mapper import SAMPLES, sample


class AmazonCase(connector_case.SeamCase):
    """A system at Amazon's, set up by its button."""

    connector = "amazon"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.write(
            {
                "amazon_marketplace": "A1PA6795UKMFR9",
                "amazon_warehouse_id": cls.env["stock.warehouse"]
                .create({"name": "Amazon", "code": "AMZ"})
                .id,
                "base_url": const.SANDBOXES["eu"],
            }
        )
        cls.system.action_amazon_setup()
        cls.flows = {flow.code: flow for flow in cls.system.flow_ids}
        cls.system.flow_ids.action_activate()

    def conf(self, code):
        return self._conf(self.flows[code])

    def code(self):
        return self.env["seam.connector.amazon"]

    def sending(self, action="request", **changes):
        document = {**sample(f"deliveries/{action}.json")["document"], **changes}
        return Sending("0f5b0c9e", action, document)


@tagged("post_install", "-at_install")
class TestConnector(connector_case.ConnectorCase):
    connector = "amazon"
    handler = "seam.handler.stock.status"
    wire_contract = "amazon-notification"
    flow_code = "notifications"
    samples = SAMPLES / "notifications"

    @classmethod
    def _make_secret(cls, text, purpose="webhook"):
        return super()._make_secret(base64.b64encode(text.encode()).decode(), purpose)

    def sign(self, body, topic, secret):
        known = secret in (self.first_secret, self.second_secret)
        key = secret if known else base64.b64encode(b"no " + secret.encode()).decode()
        return signature.sign_standard_webhook("msg_1", int(time.time()), body, key)

    def break_body(self, body):
        return {name: value for name, value in body.items() if name != "Payload"}

    def test_the_queue_delivers_a_notification_twice(self):
        wire = sample("notifications/received.json")["body"]
        body = json.dumps(wire).encode()
        first = self.code_envelope({"webhook-id": "a"}, body)
        again = self.code_envelope({"webhook-id": "b"}, body)
        self.assertEqual(first, again)
        self.assertEqual(first.topic, const.ORDER_STATUS)
        self.assertIn(wire["NotificationMetadata"]["NotificationId"], first.key)

    def test_what_is_no_notification_is_known_by_its_content(self):
        for body in (b"[]", b"{", b'{"NotificationType": 5, "NotificationMetadata": {}}'):
            envelope = self.code_envelope({}, body)
            self.assertEqual(envelope.key, "sha256:" + hashlib.sha256(body).hexdigest())

    def code_envelope(self, headers, body):
        return self.env["seam.connector.amazon"]._envelope(headers, body)


@tagged("post_install", "-at_install")
class TestSetUp(AmazonCase):
    def test_everything_is_set_up_by_one_button(self):
        self.system.action_amazon_setup()
        self.assertEqual(
            sorted(self.flows),
            ["deliveries", "notifications", "parcels", "shipments", "statuses", "stock"],
        )
        self.assertTrue(all(flow.contract_version_id for flow in self.flows.values()))
        self.assertEqual(self.flows["deliveries"].direction, "out")
        pulls = self.env["seam.pull"].search([("system_id", "=", self.system.id)])
        pulled = ["parcels", "shipments", "statuses", "stock"]
        self.assertEqual(sorted(pulls.flow_id.mapped("code")), pulled)

    def test_how_amazon_is_logged_in_to(self):
        login = self.system._login()
        self.assertEqual((login.kind, login.header), ("oauth2_refresh", "x-amz-access-token"))
        self.assertEqual(self.system.token_url, "https://api.amazon.com/auth/o2/token")
        self.assertEqual(self.system.token_login, "body")
        self.assertEqual(self.system.call_rate, 120)
        self.assertIn("refresh token", self.system.auth_hint)

    def test_the_connection_is_tried(self):
        amazon = Answers(answer({"payload": {"fulfillmentOrders": []}}))
        with amazon.patched():
            self.assertIn("0 orders", self.code()._probe(self.system._client(), self.system))
        ((path, params),) = amazon.calls
        self.assertEqual((path, list(params)), (const.ORDERS, ["queryStartDate"]))
        denied = {"errors": [{"code": "Unauthorized", "message": "Access is denied."}]}
        with Answers(answer(denied, 403)).patched(), self.assertRaises(Fault) as caught:
            self.code()._probe(self.system._client(), self.system)
        self.assertIn("Access is denied.", caught.exception.message)

    def test_what_a_person_chose_stays(self):
        self.system.write({"auth": "api_key", "base_url": "https://proxy.example", "call_rate": 30})
        self.system.action_amazon_setup()
        self.assertEqual((self.system.auth, self.system.call_rate), ("api_key", 30))
        self.assertEqual(self.system.base_url, "https://proxy.example")

    def test_without_a_warehouse_nothing_is_set_up(self):
        """Or deliveries of all warehouses would go to Amazon."""
        self.assertEqual(self.flows["deliveries"].stock_warehouse_ids.code, "AMZ")
        self.system.amazon_warehouse_id = False
        with self.assertRaises(UserError):
            self.system.action_amazon_setup()

    def test_delivery_methods_have_speeds(self):
        product = self.env["product.product"].create({"name": "Delivery", "type": "service"})
        carriers = self.env["delivery.carrier"].create(
            [
                {"name": name, "product_id": product.id, "amazon_speed": speed}
                for name, speed in (("Fast", "Priority"), ("A", "Standard"), ("A", "Priority"))
            ]
        )
        self.assertEqual(self.conf("deliveries").options["amazon_speeds"], {"Fast": "Priority"})
        carriers[0].amazon_speed = "Expedited"
        self.assertEqual(self.conf("deliveries").options["amazon_speeds"], {"Fast": "Expedited"})

    def test_the_marketplace_decides_the_address(self):
        system = self.env["seam.system"].new({"connector": "amazon", "environment": "test"})
        system.amazon_marketplace = "ATVPDKIKX0DER"
        system._onchange_amazon()
        self.assertEqual(system.base_url, "https://sandbox.sellingpartnerapi-na.amazon.com")
        system.environment = "production"
        system._onchange_amazon()
        self.assertEqual(system.base_url, "https://sellingpartnerapi-na.amazon.com")
        system.base_url = "http://127.0.0.1:4010"
        system.amazon_marketplace = "A1VC38T7YXB528"
        system._onchange_amazon()
        self.assertEqual(system.base_url, "http://127.0.0.1:4010")

    def test_only_amazon_is_told_what_is_amazons(self):
        self.assertEqual(self.conf("deliveries").options["amazon_speed"], "Standard")
        other = self.env["seam.system"].create(
            {"name": "Shop", "code": "another-shop", "user_id": self.service_user.id}
        )
        other.action_activate()
        flow = self.env["seam.flow"].create(
            {"name": "Things", "code": "things", "system_id": other.id}
        )
        self.assertNotIn("amazon_speed", self._conf(flow).options)

    def test_other_documents_are_not_sent_and_not_asked_for(self):
        with self.assertRaises(Fault) as caught:
            self.code()._to_request(
                self.conf("deliveries")._replace(handler="seam.handler.none"), self.sending()
            )
        self.assertEqual(caught.exception.code, "config.invalid")
        with self.assertRaises(Fault) as caught:
            self.code()._list_pages(None, self.conf("deliveries"), {})
        self.assertEqual(caught.exception.code, "config.invalid")

    def test_a_notification_of_long_ago_and_one_of_now(self):
        """Both are kept; only the newest counts, whatever the order in which they come."""
        flow = self.flows["notifications"]
        flow.handler = "seam.handler.stock.status"
        late = sample("notifications/received.json")["body"]
        new = sample("notifications/shipped.json")["body"]
        with trap_jobs():
            second = self.message(self.receive(flow, new))
            first = self.message(self.receive(flow, late))
        self.assertEqual((first.state, second.state), ("pending", "pending"))
        self.assertEqual(first.ordering_key, second.ordering_key)
        self.assertLess(first.version, second.version)


@tagged("post_install", "-at_install")
class TestAnswers(AmazonCase):
    """What Amazon's answers mean for what was sent."""

    def interpret(self, action, content, status, **headers):
        return self.code()._interpret(
            self.conf("deliveries"), self.sending(action), answer(content, status, **headers)
        )

    def refusal(self, code, message, details=""):
        return {"errors": [{"code": code, "message": message, "details": details}]}

    def test_what_amazon_took(self):
        for action in ("request", "change", "cancel"):
            taken = self.interpret(action, {}, 200)
            self.assertTrue(taken.accepted)
            self.assertEqual(taken.external_id, "WH/OUT/00012")
            self.assertTrue(taken.note)

    def test_an_answer_of_200_that_carries_errors_is_no_acceptance(self):
        told = self.interpret("request", self.refusal("InvalidInput", "No such SKU."), 200)
        self.assertFalse(told.accepted)
        self.assertEqual(told.fault.code, "transport.rejected")

    def test_refusals(self):
        cases = (
            (400, "InvalidInput", "transport.rejected", "permanent"),
            (401, "Unauthorized", "auth.failed", "permanent"),
            (403, "Unauthorized", "auth.failed", "permanent"),
            (404, "NotFound", "transport.rejected", "permanent"),
            (429, "QuotaExceeded", "transport.unavailable", "transient"),
            (500, "InternalFailure", "transport.unavailable", "transient"),
            (503, "ServiceUnavailable", "transport.unavailable", "transient"),
            (504, "GatewayTimeout", "transport.ambiguous", "ambiguous"),
        )
        for status, code, fault_code, kind in cases:
            told = self.interpret("request", self.refusal(code, "Amazon says so."), status)
            self.assertEqual((told.fault.code, told.fault.kind), (fault_code, kind), status)

    def test_a_clerk_reads_what_amazon_says_and_about_what(self):
        said = self.refusal("InvalidInput", "The SellerSKU for Item Id: 41 is invalid.")
        fault = self.interpret("request", said, 400).fault
        self.assertIn("WH/OUT/00012", fault.message)
        self.assertIn("The SellerSKU for Item Id: 41 is invalid.", fault.message)
        self.assertIn("Item 41 is TEA-100 Tea.", fault.message)
        self.assertEqual(fault.errors[0]["code"], "InvalidInput")
        self.assertEqual(fault.errors[0]["pointer"], "/lines/0")
        self.assertTrue(fault.fix)

    def test_what_is_one_cause(self):
        """All orders that miss one SKU, or break one rule, are one case."""
        sku = self.refusal("InvalidInput", "The SellerSKU for Item Id: 41 is invalid.")
        self.assertEqual(self.interpret("request", sku, 400).fault.subject, "amazon-sku:TEA-100")
        causes = {
            normalised(
                self.interpret("request", self.refusal("InvalidInput", text), 400).fault.subject
            )
            for text in ("Order 12 has no city.", "Order 13 has no city.", "Order 14 is too heavy.")
        }
        self.assertEqual(len(causes), 2)

    def test_answers_that_are_no_json(self):
        page = Response(400, {}, b"<html>400 Bad Request</html>", 0.1)
        told = self.code()._interpret(self.conf("deliveries"), self.sending(), page)
        self.assertEqual(told.fault.code, "transport.rejected")

    def test_how_long_to_wait_for_the_next_call(self):
        busy = self.refusal("QuotaExceeded", "You exceeded your quota.")
        waits = (
            ({"x_amzn_ratelimit_limit": "0.1"}, 10),
            ({"x_amzn_ratelimit_limit": "2.0"}, 1),
            ({"retry_after": "7", "x_amzn_ratelimit_limit": "2.0"}, 7),
            ({"x_amzn_ratelimit_limit": "many"}, None),
            ({}, None),
        )
        for headers, seconds in waits:
            fault = self.interpret("request", busy, 429, **headers).fault
            self.assertEqual(fault.retry_after, seconds)

    def test_a_number_that_was_used_before_is_looked_up(self):
        said = self.refusal("InvalidInput", "An order with this id already exists.")
        fault = self.interpret("request", said, 400).fault
        self.assertEqual(fault.kind, "ambiguous")

    def test_a_refused_cancellation_is_looked_up_and_a_refused_change_is_not(self):
        said = self.refusal("InvalidInput", "The order cannot be changed any more.")
        self.assertEqual(self.interpret("cancel", said, 400).fault.kind, "ambiguous")
        self.assertEqual(self.interpret("cancel", said, 404).fault.kind, "ambiguous")
        self.assertEqual(self.interpret("cancel", said, 403).fault.code, "auth.failed")
        self.assertEqual(self.interpret("change", said, 400).fault.code, "order.conflict")


@tagged("post_install", "-at_install")
class TestLookUp(AmazonCase):
    """The answer was lost: what does Amazon have?"""

    def ask(self, action, *answers, **changes):
        amazon = Answers(*answers)
        with amazon.patched():
            found = self.code()._look_up(
                self.system._client(), self.conf("deliveries"), self.sending(action, **changes)
            )
        (call,) = amazon.calls
        self.assertEqual(call[0], f"{const.ORDERS}/WH%2FOUT%2F00012")
        return found

    def order(self, status="Received", **items):
        wire = sample("orders/partly-shipped.json")["body"]
        wire["fulfillmentOrder"]["fulfillmentOrderStatus"] = status
        for item in wire["fulfillmentOrderItems"]:
            item["quantity"] = items.get(item["sellerSku"].split("-")[0], item["quantity"])
        return answer({"payload": wire})

    def nothing(self):
        return answer({"errors": [{"code": "NotFound", "message": "Not found."}]}, 404)

    def invalid(self):
        return answer({"errors": [{"code": "InvalidInput", "message": "No such order."}]}, 400)

    def test_the_order_is_there(self):
        found = self.ask("request", self.order())
        self.assertTrue(found.accepted)
        self.assertEqual(found.external_id, "WH/OUT/00012")

    def test_the_order_is_not_there_and_is_sent_again(self):
        self.assertIsNone(self.ask("request", self.nothing()))
        self.assertIsNone(self.ask("request", self.invalid()))
        self.assertIsNone(self.ask("change", self.nothing()))

    def test_another_order_has_the_number(self):
        found = self.ask("request", self.order(TEA=30))
        self.assertFalse(found.accepted)
        self.assertEqual(found.fault.code, "order.conflict")

    def test_a_request_under_a_number_that_amazon_has_closed(self):
        self.assertTrue(self.ask("request", self.order("Invalid")).accepted)
        found = self.ask("request", self.order("Invalid"), revision=3)
        self.assertEqual(found.fault.code, "order.conflict")

    def test_a_change_is_there_or_is_sent_again(self):
        wire = sample("orders/partly-shipped.json")["body"]
        wire["fulfillmentOrderItems"] = wire["fulfillmentOrderItems"][:1]
        self.assertTrue(self.ask("change", answer({"payload": wire})).accepted)
        self.assertIsNone(self.ask("change", self.order()))

    def test_a_cancellation(self):
        for status in ("Cancelled", "CANCELLED", "Unfulfillable", "Invalid"):
            found = self.ask("cancel", self.order(status))
            self.assertTrue(found.accepted and found.confirmed, status)
        self.assertTrue(self.ask("cancel", self.nothing()).accepted)
        for status in ("New", "Received", "Planning"):
            self.assertIsNone(self.ask("cancel", self.order(status)))

    def test_a_cancellation_that_crosses_the_shipment(self):
        for status in ("Processing", "Complete", "CompletePartialled"):
            found = self.ask("cancel", self.order(status))
            self.assertEqual(found.fault.code, "order.conflict")
            self.assertIn("too late", found.fault.message)
            self.assertIn(status, found.fault.message)

    def test_an_answer_that_is_not_as_described(self):
        for content in ({"payload": {}}, {"payload": {"fulfillmentOrder": None}}, {}):
            with self.assertRaises(Fault) as caught:
                self.ask("cancel", answer(content))
            self.assertEqual(caught.exception.code, "drift.contract")

    def test_amazon_cannot_be_asked_now(self):
        for status, code in ((503, "transport.unavailable"), (504, "transport.unavailable")):
            with self.assertRaises(Fault) as caught:
                self.ask("request", answer({}, status))
            self.assertEqual(caught.exception.code, code)


@tagged("post_install", "-at_install")
class TestDeliveries(AmazonCase, connector_case.OutgoingConnectorCase):
    samples = SAMPLES / "deliveries"

    def conf(self, sample):
        return self._conf(self.flows["deliveries"])
