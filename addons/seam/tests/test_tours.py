from odoo.tests import HttpCase, tagged

from odoo.addons.seam.engine.fault import Fault

from . import hoot
from .common import SeamCase

SCHEMA = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["quantity"],
  "properties": {"quantity": {"type": "integer"}}
}"""


@tagged("post_install", "-at_install")
class TestTours(SeamCase, HttpCase):
    """What a clerk does at six in the morning, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["seam.contract"].create({"name": "thing"})
        version = cls.env["seam.contract.version"].create(
            {"contract_id": contract.id, "version": "1.0.0", "text": SCHEMA, "sha256": "x"}
        )
        cls.flow = cls.make_flow(contract_version_id=version.id)

    def setUp(self):
        # HttpCase is in test mode from its class on
        super(SeamCase, self).setUp()

    def tour(self, name):
        self.env.flush_all()
        self.start_tour("/odoo/seam-exceptions", name, login=self.operator.login, timeout=300)
        self.env.invalidate_all()

    def hold_up(self, message):
        """Let a message wait for a partner that nobody knows."""
        fault = Fault(
            "master.unknown",
            "Partner X1 is unknown.",
            fix="Choose the partner that is meant.",
            subject="res.partner:X1",
            extra={
                "missing": {
                    "model": "res.partner",
                    "code": "X1",
                    "name": "oak and pine",
                    "via": "binding",
                }
            },
        )
        (case_id,) = self.env["seam.exception"]._open(self._conf(self.flow), [fault]).values()
        self.env.cr.execute(
            "UPDATE seam_message SET state = 'failed', exception_id = %s WHERE id = %s",
            [case_id, message.id],
        )
        self.env.invalidate_all()
        return self.env["seam.exception"].browse(case_id)

    def test_an_unknown_code_is_given_its_meaning(self):
        oak = self.env["res.partner"].create({"name": "Oak & Pine"})
        message = self.message(self.receive(self.flow, {"quantity": 1}))
        case = self.hold_up(message)
        self.tour("seam_exception_fix")
        self.assertEqual(message.state, "pending")
        bound = self.env["seam.binding"]._find(self.system.id, "res.partner", ["X1"])
        self.assertEqual(bound, {"X1": oak})
        self.drain()
        self.assertEqual((message.state, case.state), ("done", "resolved"))
        self.tour("seam_exception_resolved")

    def test_a_broken_message_is_edited_and_resubmitted(self):
        message = self.message(self.receive(self.flow, {"quantity": "two"}))
        self.tour("seam_message_edit")
        self.assertEqual(message.state, "replaced")
        self.drain()
        self.assertEqual(message.replaced_by_id.state, "done")


@tagged("post_install", "-at_install")
class TestScreens(HttpCase):
    def test_the_payload_widget(self):
        hoot.run(self, "@seam")
