import hashlib
import hmac
import time
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.seam.engine import signature
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.http_common import SeamHttpCase

RULES = (
    ("number", "number", "text", "fault"),
    ("total", "total", "number", "fault"),
    ("placed", "placed", "datetime", "omit"),
    ("event", "$.event", "as_is", "omit"),
    ("lines[]", "lines", "as_is", "fault"),
    ("lines[].sku", "sku", "text", "fault"),
    ("lines[].quantity", "qty", "number", "fault"),
)


def endpoint_values(flow):
    return {
        "flow_id": flow.id,
        "push_items_at": "data",
        "mapping_ids": [
            (0, 0, {"sequence": n, "target": t, "source": s, "kind": k, "missing": m})
            for n, (t, s, k, m) in enumerate(RULES)
        ],
    }


@tagged("post_install", "-at_install")
class TestPush(connector_case.ConnectorCase):
    """A partner who calls us and signs with an HMAC of his own kind."""

    connector = "http"
    samples = Path(__file__).parents[1] / "samples" / "push"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.write({"hook_proof": "hmac", "hook_prefix": "sha256="})
        cls.env["seam.endpoint"].create(endpoint_values(cls.flow))

    def sign(self, body, topic, secret):
        return {"X-Signature": "sha256=" + signature.sign_hmac(body, secret, encoding="hex")}

    def break_body(self, body):
        return {**body, "data": {**body["data"], "number": None}}

    def test_a_signature_without_its_prefix_is_none(self):
        for _sample, body in self.each_sample():
            bare = signature.sign_hmac(body, self.first_secret, encoding="hex")
            with self.assertRaises(signature.BadSignature):
                self.call(body, {"X-Signature": bare})

    def test_several_records_in_one_message_become_several(self):
        self.flow.endpoint_id.push_items_at = "items"
        item = {"number": 1, "total": 1, "lines": []}
        message = self.send(self.flow, {"items": [item, {**item, "number": 2}]})
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertIn("2 parts", message.state_reason)
        message = self.send(self.flow, {"other": 1})
        self.assertEqual(message.fault_code, "mapping.failed")

    def test_a_flow_that_is_not_set_up_says_so(self):
        self.flow.endpoint_id.unlink()
        message = self.send(self.flow, {"a": 1})
        self.assertEqual(message.fault_code, "config.invalid")


@tagged("post_install", "-at_install")
class TestPushOverHttp(SeamHttpCase):
    """The headers that the system names are read at the real address."""

    connector = "http"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.write(
            {
                "hook_proof": "hmac",
                "hook_stamp_header": "X-Time",
                "hook_id_header": "X-Delivery",
                "hook_topic_header": "X-Event",
            }
        )
        cls.env["seam.credential"].create(
            {
                "name": "S",
                "system_id": cls.system.id,
                "purpose": "webhook",
                "secret_input": "shared",
            }
        )
        cls.env["seam.endpoint"].create(endpoint_values(cls.flow))

    def deliver(self, body, delivery="d-1", moment=None):
        stamp = str(int(moment or time.time()))
        digest = hmac.new(b"shared", stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {
            "X-Time": stamp,
            "X-Signature": digest,
            "X-Delivery": delivery,
            "X-Event": "order",
        }
        return self.post(body, headers=headers, auth=False)

    def test_a_signed_delivery_with_a_timestamp(self):
        body = b'{"event": "x", "data": {"number": 1, "total": 2, "lines": []}}'
        answer = self.deliver(body)
        self.assertEqual(answer.status_code, 202, answer.text)
        self.assertEqual(self.stored(answer).topic, "order")
        self.assertEqual(self.deliver(body).status_code, 200, "the same delivery again")
        self.assertEqual(self.deliver(body, moment=time.time() - 3600).status_code, 401)
        broken = self.deliver(b'{"data": {"number": 1}}', delivery="d-2")
        problem = self.assertProblem(broken, 422)
        self.assertEqual(
            {each["pointer"] for each in problem["errors"]}, {"/total", "/lines"}, problem
        )
