import base64
import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from . import partner
from .common import HttpApiCase
from .test_setup import LINES


@tagged("post_install", "-at_install")
class TestTransfer(HttpApiCase):
    """From test to production and again, by a file."""

    def setUp(self):
        super().setUp()
        self.log_in()
        self.describe()
        self.choose("GET", "/clients")
        self.setup.model_id = self.env["ir.model"]._get("res.partner")
        self.setup.match_field_id = self.env["ir.model.fields"]._get("res.partner", "email")
        self.edit_lines(*LINES)
        self.setup.action_go_live()
        manager = self.env(user=self.manager)
        manager["seam.code.list"].create(
            {"name": "states", "codes": "P = paid", "system_id": self.system.id}
        )
        manager["seam.value.map"]._learn(self.system.id, "res.country", "GER", self.germany)
        self.data = self.system.with_user(self.manager)._export()

    def wizard(self, data, **values):
        content = base64.b64encode(json.dumps(data).encode())
        Wizard = self.env["seam.import.wizard"].with_user(self.manager)
        return Wizard.create({"file": content, "user_id": self.service_user.id, **values})

    def elsewhere(self):
        """The same file in a database that knows nothing of the system."""
        self.system.flow_ids.unlink()
        self.env["seam.contract"].search([("name", "like", "meadow-crm")]).unlink()
        self.system.credential_ids.unlink()
        self.system.unlink()

    def test_there_is_no_secret_and_no_sample_in_the_file(self):
        text = json.dumps(self.data)
        self.assertNotIn(partner.KEY, text)
        self.assertNotIn('"sample"', text, "a sample may tell of people")
        self.assertIn("message_days", self.data["flows"][0]["values"])
        self.assertEqual(self.data["credentials"][0]["purpose"], "api_key")

    def test_a_set_up_is_the_same_after_it_was_taken_over(self):
        self.elsewhere()
        wizard = self.wizard(self.data)
        wizard.action_preview()
        self.assertIn("New system Meadow CRM", wizard.preview)
        self.assertIn("API key we call the partner with", wizard.missing)
        wizard.action_import()
        system = wizard.system_id
        self.assertEqual(system.state, "draft", "it is activated by a person")
        self.assertEqual({**system._export(), "credentials": []}, {**self.data, "credentials": []})
        self.assertEqual(system.user_id, self.service_user)
        again = self.wizard(self.data)
        again.action_preview()
        self.assertEqual(again.preview, "Nothing.")
        again.action_import()
        self.assertEqual(len(self.env["seam.system"].search([("code", "=", system.code)])), 1)
        self.assertEqual(len(system.flow_ids), 1)
        self.assertEqual(len(system.flow_ids.endpoint_id.mapping_ids), len(LINES))

    def test_what_would_change_is_shown_before(self):
        self.data["system"].update(base_url="https://crm.meadow.example/v2", rate_limit=5)
        self.data["flows"][0]["connection"]["mapping"].pop()
        self.data["flows"][0]["values"]["sla_minutes"] = 5
        wizard = self.wizard(self.data)
        wizard.action_preview()
        self.assertIn("rate_limit 6000 → 5", wizard.preview)
        self.assertIn("sla_minutes 60 → 5", wizard.preview)
        self.assertIn("mapping [6] → [5]", wizard.preview)
        self.assertIn("base_url", wizard.kept)
        wizard.action_import()
        self.assertEqual(self.system.base_url, self.partner.address, "its own address stays")
        self.assertEqual(self.system.rate_limit, 5)
        self.assertEqual(len(self.flow.endpoint_id.mapping_ids), 5)

    def test_what_is_not_a_set_up_is_refused_in_a_sentence(self):
        flow = self.data["flows"][0]
        contract = {**self.data["contracts"][0], "text": "{}"}
        for data, part in (
            ({"a": 1}, "not a set-up"),
            ([], "not a set-up"),
            ({**self.data, "version": 2}, "version 2"),
            ({**self.data, "surprise": 1}, "damaged"),
            ({**self.data, "system": {"name": "X"}}, "damaged"),
            ({**self.data, "system": {**self.data["system"], "connector": "nowhere"}}, "nowhere"),
            (
                {**self.data, "flows": [{"values": {**flow["values"], "handler": "seam.x"}}]},
                "seam.x",
            ),
            (
                {
                    **self.data,
                    "flows": [{**flow, "connection": {**flow["connection"], "model": "res.users"}}],
                },
                "res.users",
            ),
            ({**self.data, "contracts": [contract]}, "another text"),
        ):
            with self.subTest(part=part), self.assertRaises(UserError) as caught:
                wizard = self.wizard(data)
                wizard.action_preview()
            self.assertIn(part, str(caught.exception))

    def test_only_administrators_may(self):
        operator = new_test_user(self.env, "seam-op", groups="seam.group_seam_operator")
        with self.assertRaises(AccessError):
            self.system.with_user(operator).action_export()
        with self.assertRaises(AccessError):
            self.env["seam.import.wizard"].with_user(operator).create({})
        action = self.system.with_user(self.manager).action_export()
        self.assertIn("/web/content/", action["url"])
