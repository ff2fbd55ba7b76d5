import json
import time

from odoo.tests import HttpCase

from odoo.addons.seam.engine import secret, signature

from .common import SeamCase

# Seconds for an answer, on a machine that has much else to do.
PATIENCE = 60


class SeamHttpCase(SeamCase, HttpCase):
    """A partner at the other end of a real HTTP connection, with an API key."""

    webhook_secret = "whsec_c2VjcmV0IG9mIHRoZSBwYXJ0bmVy"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.key = cls.make_key(cls.system)
        cls.flow = cls.make_flow()
        cls.path = "/seam/v1/partner/things"

    def setUp(self):
        # HttpCase is in test mode from its class on
        super(SeamCase, self).setUp()

    @classmethod
    def make_key(cls, system, **values):
        """:return: a new API key of a system, in clear"""
        token, _prefix = secret.new_api_key()
        cls.env["seam.credential"].create(
            {
                "system_id": system.id,
                "purpose": "bearer",
                "name": "Key",
                "key_hash": secret.hash_api_key(token),
                **values,
            }
        )
        return token

    @classmethod
    def make_secret(cls, text=None, **values):
        return cls.env["seam.credential"].create(
            {
                "system_id": cls.system.id,
                "purpose": "webhook",
                "name": "Signing secret",
                "secret_input": text or cls.webhook_secret,
                **values,
            }
        )

    @classmethod
    def make_system(cls, code, **values):
        system = cls.env["seam.system"].create(
            {"name": code, "code": code, "user_id": cls.service_user.id, **values}
        )
        system.action_activate()
        return system

    def bearer(self, key=None):
        return {"Authorization": f"Bearer {key or self.key}"}

    def post(self, content, path=None, headers=None, key=None, auth=True):
        """Send a body as the partner does.

        :param content: bytes, or what is to be sent as JSON
        :param headers: they win over the usual ones; None as a value leaves one out
        """
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        all_headers = {
            "Content-Type": "application/json",
            **(self.bearer() if auth else {}),
            **({"Idempotency-Key": key} if key else {}),
            **(headers or {}),
        }
        self.env.flush_all()
        answer = self.url_open(
            path or self.path,
            data=body,
            headers={k: v for k, v in all_headers.items() if v is not None},
            method="POST",
            timeout=PATIENCE,
        )
        self.env.invalidate_all()
        return answer

    def post_signed(self, content, text=None, moment=None, message_id="msg_1", **kwargs):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers = signature.sign_standard_webhook(
            message_id, int(moment or time.time()), body, text or self.webhook_secret
        )
        return self.post(body, headers={**headers, **kwargs.pop("headers", {})}, auth=False)

    def get(self, path, key=None, headers=None):
        self.env.flush_all()
        headers = {**(self.bearer(key) if key else {}), **(headers or {})}
        return self.url_open(path, headers=headers, timeout=PATIENCE)

    def stored(self, answer):
        """:return: the message under the id of an answer"""
        return self.env["seam.message"].search([("uuid", "=", answer.json()["id"])])

    def count(self, flow=None):
        return self.env["seam.message"].search_count([("flow_id", "=", (flow or self.flow).id)])

    def assertProblem(self, answer, status):
        """The answer is an RFC 9457 problem. :return: its members"""
        self.assertEqual(answer.status_code, status, answer.text)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json()
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["detail"])
        return problem
