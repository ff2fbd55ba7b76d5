import base64
import hashlib
import json
import time
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.seam.engine import signature
from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.connector_case import Answers, answer

THING = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["id", "name"],
    "properties": {"id": {"type": "string"}, "price": {"type": "number"}},
}
# of one message: a thing, or several at once
THINGS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "anyOf": [{"$ref": "#/$defs/thing"}, {"type": "array", "items": {"$ref": "#/$defs/thing"}}],
    "$defs": {"thing": {name: rule for name, rule in THING.items() if name != "$schema"}},
}


@tagged("-at_install", "post_install")
class TestApi(connector_case.ConnectorCase):
    """Partners who send Seam's own documents, signed by Standard Webhooks."""

    connector = "api"
    samples = Path(__file__).parent / "samples_in"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["seam.contract"].create({"name": "things-of-tests"})
        cls.flow.contract_version_id = cls.env["seam.contract.version"].create(
            {
                "contract_id": contract.id,
                "version": "1.0.0",
                "text": json.dumps(THINGS),
                "sha256": "of tests",
            }
        )

    @classmethod
    def _make_secret(cls, text, purpose="webhook"):
        return super()._make_secret(webhook_secret(text), purpose)

    def sign(self, body, topic, secret):
        if not secret.startswith("whsec_"):
            secret = webhook_secret(secret or "nothing")
        message_id = f"msg_{hashlib.sha256(body).hexdigest()[:16]}"
        return signature.sign_standard_webhook(message_id, int(time.time()), body, secret)

    def break_body(self, body):
        del (body[0] if isinstance(body, list) else body)["id"]
        return body


def webhook_secret(text):
    return "whsec_" + base64.b64encode(text.encode()).decode()


@tagged("-at_install", "post_install")
class TestApiOut(connector_case.OutgoingConnectorCase):
    """Partners who take Seam's own documents."""

    connector = "api"
    samples = Path(__file__).parent / "samples_out"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.base_url = "https://partner.example"
        cls.flow = cls.make_flow(code="contacts", direction="out", can_look_up=True)

    def conf(self, sample):
        return self._conf(self.flow)

    def look_up(self, *answers):
        with Answers(*answers).patched():
            return self.env["seam.connector.api"]._look_up(
                self.system._client(), self.conf({}), Sending(self.key, "", {})
            )

    def test_a_partner_tells_what_he_has(self):
        self.assertEqual(self.look_up(answer({"id": 7})).external_id, "7")
        self.assertIsNone(self.look_up(answer({}, 404)))

    def test_a_refusal_says_what_the_partner_says(self):
        def refused(content, status=409):
            response = Response(status, {}, json.dumps(content).encode(), 0.1)
            return (
                self.env["seam.connector.api"]
                ._interpret(self.conf({}), Sending(self.key, "", {}), response)
                .fault
            )

        for name in ("detail", "error", "message", "title"):
            self.assertIn("(409): It is gone", refused({name: "It is gone."}).message)
        for said in ({}, [], {"error": {"code": 7}}, {"detail": " "}):
            self.assertTrue(refused(said).message.endswith("(409)."))
        self.assertNotIn("gone", refused({"detail": "It is gone."}, 503).message)

    def test_who_cannot_be_asked_says_so(self):
        self.flow.can_look_up = False
        with self.assertRaises(NotImplementedError):
            self.look_up()
