import json

from odoo.tests import TransactionCase, new_test_user

from odoo.addons.seam.engine import trace
from odoo.addons.seam.models.seam_message_intake import Arrival


class SeamCase(TransactionCase):
    """A company with one system; messages go the real way through the real spine.

    The spine commits in transactions of its own. In a test these are savepoints in
    the test's transaction: ``receive`` and ``drain`` write out what the test did
    before, and forget what it had read.
    """

    connector = "api"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.service_user = new_test_user(cls.env, "seam-service", groups=cls._service_groups())
        cls.operator = new_test_user(cls.env, "seam-operator", groups="seam.group_seam_operator")
        cls.viewer = new_test_user(cls.env, "seam-viewer", groups="seam.group_seam_viewer")
        cls.system = cls.env["seam.system"].create(
            {
                "name": "Partner",
                "code": "partner",
                "connector": cls.connector,
                "user_id": cls.service_user.id,
                "rate_limit": 0,
            }
        )
        cls.system.action_activate()

    @classmethod
    def _service_groups(cls):
        """External ids of the groups that the service user needs, comma-separated."""
        return "base.group_user"

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()

    @classmethod
    def make_flow(cls, **values):
        flow = cls.env["seam.flow"].create(
            {
                "name": "Things",
                "code": "things",
                "system_id": cls.system.id,
                **values,
            }
        )
        flow.action_activate()
        return flow

    def receive(self, flow, content, key=None, topic="", headers=None):
        """Store one message as the intake does.

        :param content: bytes, or what is to be sent as JSON
        :return: Receipt
        """
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        conf = self._conf(flow)
        envelope = self.env[conf.connector]._envelope(headers or {}, body)
        context = trace.new()
        (receipt,) = self.env["seam.message"]._receive(
            conf,
            [
                Arrival(
                    key=key or envelope.key,
                    topic=topic or envelope.topic,
                    body=body,
                    content_type="application/json",
                    headers=headers or {},
                    trace_id=context.trace_id,
                    traceparent=context.traceparent(),
                )
            ],
        )
        self.env.invalidate_all()
        return receipt

    def message(self, receipt):
        return self.env["seam.message"].browse(receipt.id)

    def send(self, flow, content, **kwargs):
        """Receive one message and drain its lane. :return: the message"""
        receipt = self.receive(flow, content, **kwargs)
        self.drain(flow.lane)
        return self.message(receipt)

    def drain(self, lane="normal"):
        """Do what the job of a lane does."""
        self.env.cr.flush()
        self.env["seam.lane"].search([("code", "=", lane)])._drain()
        self.env.invalidate_all()

    def commit(self):
        """What a commit would do besides: run the hooks that wait for it."""
        self.env.cr.flush()
        self.env.cr.postcommit.run()
        self.env.invalidate_all()

    def open_cases(self, flow=None):
        domain = [("state", "=", "open"), ("system_id", "=", self.system.id)]
        if flow:
            domain.append(("flow_id", "=", flow.id))
        return self.env["seam.exception"].search(domain)

    def _conf(self, flow):
        self.env.flush_all()
        return self.env["seam.flow"]._conf(flow.system_id.code, flow.code)
