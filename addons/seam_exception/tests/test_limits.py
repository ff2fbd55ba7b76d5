import io
import json
import zipfile

from psycopg2.errors import UniqueViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.seam.tests.outgoing_case import OutgoingCase, answer

from ..engine import mask
from .common import WorkplaceCase

SCHEMA = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["id", "quantity"],
  "properties": {
    "id": {"type": "string"},
    "quantity": {"type": "integer"},
    "card": {"type": "object", "properties": {"iban": {"type": "string", "maxLength": 8}}}
  }
}"""


class LimitsCase(WorkplaceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["seam.contract"].create({"name": "limited"})
        version = cls.env["seam.contract.version"].create(
            {"contract_id": contract.id, "version": "1.0.0", "text": SCHEMA, "sha256": "x"}
        )
        cls.flow.write(
            {"contract_version_id": version.id, "confidential_pointers": "/card/iban\n/mail"}
        )
        cls.trusted = new_test_user(
            cls.env,
            "seam-trusted",
            groups="seam.group_seam_operator,seam_exception.group_seam_confidential",
        )

    def wrong(self, **values):
        content = {
            "id": "7",
            "quantity": "two",
            "card": {"iban": "DE12"},
            "mail": "ada@x.example",
            **values,
        }
        return self.message(self.receive(self.flow, content, key=str(values)))

    def editor(self, message, user=None):
        return Form(
            self.env["seam.edit.wizard"]
            .with_user(user or self.operator)
            .with_context(default_message_id=message.id)
        )


@tagged("post_install", "-at_install")
class TestConfidential(LimitsCase):
    def test_nobody_sees_a_confidential_value_without_the_right(self):
        message = self.wrong()
        for user in (self.viewer, self.operator, self.lead):
            seen = message.with_user(user).read(["body_text", "document_text", "timeline"])
            self.assertNotIn("DE12", str(seen), user.login)
            self.assertNotIn("ada@x.example", str(seen), user.login)
            self.assertIn(mask.MASK, seen[0]["body_text"])
        self.assertIn("DE12", message.with_user(self.trusted).body_text)

    def test_not_in_the_export_either(self):
        message = self.wrong()
        self.operator.group_ids += self.env.ref("base.group_allow_export")
        data = message.with_user(self.operator).export_data(["body_text", "violations"])
        self.assertNotIn("DE12", str(data))

    def test_not_in_the_words_of_a_violation(self):
        message = self.wrong(card={"iban": "DE1234567890"})
        for name in ("fault_message", "errors", "violations"):
            self.assertNotIn("DE1234567890", str(message.sudo()[name]), name)
        self.assertEqual(
            {error["pointer"] for error in message.errors}, {"/quantity", "/card/iban"}
        )

    def test_an_editor_leaves_what_he_does_not_see(self):
        message = self.wrong()
        form = self.editor(message)
        self.assertNotIn("DE12", form.text)
        form.text = form.text.replace('"two"', "2")
        self.assertFalse(form.violations)
        form.reason = "By phone"
        action = form.save().action_resubmit()
        edited = self.env["seam.message"].browse(action["res_id"])
        self.assertIn("DE12", edited.body_text)
        self.assertIn('"quantity": 2', edited.body_text)
        told = str(edited.with_user(self.operator).timeline)
        self.assertNotIn("DE12", told)
        self.assertIn("confidential", told)

    def test_an_editor_does_not_change_what_he_does_not_see(self):
        message = self.wrong()
        text = message.with_user(self.operator).body_text.replace('"two"', "2")
        with self.assertRaisesRegex(UserError, "may not be changed"):
            message.with_user(self.operator)._edit(text.replace(mask.MASK, "XX"), "Because")

    def test_what_cannot_be_read_is_hidden_whole(self):
        message = self.message(self.receive(self.flow, b'{"card": {"iban": "DE12"'))
        self.assertNotIn("DE12", message.with_user(self.operator).body_text)

    def test_details_of_events_and_calls_are_for_those_with_the_right(self):
        self.wrong()
        for model, name in (
            ("seam.message.event", "data"),
            ("seam.call", "request_body"),
            ("seam.call", "response_body"),
        ):
            with self.assertRaises(AccessError):
                self.env[model].with_user(self.lead).search([(name, "!=", False)])

    def test_the_right_is_implied_by_no_other_group(self):
        manager = new_test_user(self.env, "seam-admin2", groups="seam.group_seam_manager")
        self.assertFalse(manager.has_group("seam_exception.group_seam_confidential"))

    def test_a_place_begins_with_a_slash(self):
        with self.assertRaises(ValidationError):
            self.flow.confidential_pointers = "card.iban"

    def test_evidence_hides_it_and_has_no_secret(self):
        message = self.message(
            self.receive(
                self.flow,
                {"id": "7", "quantity": "two", "card": {"iban": "DE12"}},
                headers={"Authorization": "Bearer s3cret", "X-Shop": "a"},
            )
        )
        case = message.exception_id

        def bundle(user):
            action = case.with_user(user).action_evidence()
            attachment = self.env["ir.attachment"].browse(
                int(action["url"].split("/")[3].split("?")[0])
            )
            with self.assertRaises(AccessError):
                attachment.with_user(self.viewer).read(["raw"])
            return zipfile.ZipFile(io.BytesIO(attachment.with_user(user).raw))

        hidden, shown = bundle(self.operator), bundle(self.trusted)
        whole = "".join(hidden.read(name).decode() for name in hidden.namelist())
        self.assertNotIn("DE12", whole)
        self.assertNotIn("s3cret", whole)
        document = json.loads(hidden.read("evidence.json"))
        self.assertEqual(document["list"][0]["trace_id"], message.trace_id)
        self.assertEqual(document["list"][0]["violations"][0]["pointer"], "/quantity")
        self.assertIn("DE12", shown.read("evidence.json").decode())
        self.assertIn("<html>", hidden.read("evidence.html").decode())


@tagged("post_install", "-at_install")
class TestEvidenceOfCalls(OutgoingCase):
    def test_what_was_sent_and_answered_is_in_the_bundle(self):
        self.system.write({"auth": "api_key", "auth_header": "X-Key"})
        self.env["seam.credential"].create(
            {
                "system_id": self.system.id,
                "purpose": "api_key",
                "name": "Key",
                "secret_input": "k-4711",
            }
        )
        self.answers = [answer("400 Bad Request", b'{"error": "no postcode"}')]
        self.emit()
        self.send_out()
        message = self.outgoing()
        action = message.exception_id.with_user(self.operator).action_evidence()
        attachment = self.env["ir.attachment"].browse(
            int(action["url"].split("/")[3].split("?")[0])
        )
        bundle = zipfile.ZipFile(io.BytesIO(attachment.with_user(self.operator).raw))
        whole = "".join(bundle.read(name).decode() for name in bundle.namelist())
        self.assertNotIn("k-4711", whole)
        (told,) = json.loads(bundle.read("evidence.json"))["list"]
        (call,) = told["calls"]
        self.assertEqual((call["method"], call["status"]), ("POST", 400))
        self.assertEqual(json.loads(told["body"])["name"], "Ada", "what was sent, as it was")
        self.assertFalse(call["request_body"], "it is the document itself")
        self.assertIn("no postcode", call["response_body"])
        self.assertEqual(
            {name.lower(): value for name, value in call["request_headers"].items()}[
                "idempotency-key"
            ],
            message.uuid,
        )
        page = bundle.read("evidence.html").decode()
        for words in ("no postcode", "/in", message.trace_id):
            self.assertIn(words, page)
        self.assertIn(f"{message.uuid}/body.json", bundle.namelist())


@tagged("post_install", "-at_install")
class TestEditing(LimitsCase):
    def test_values_are_edited_by_their_name(self):
        form = self.editor(self.wrong())
        with form.line_ids.edit(0) as line:
            self.assertEqual((line.label, line.was), ("quantity", "two"))
            self.assertTrue(line.wrong)
            line.value = "2"
        self.assertIn('"quantity": 2', form.text)
        self.assertFalse(form.violations)

    def test_a_number_that_must_be_a_text(self):
        message = self.message(self.receive(self.flow, {"id": 7, "quantity": 2}))
        form = self.editor(message)
        with form.line_ids.edit(0) as line:
            line.as_text = True
        self.assertIn('"id": "7"', form.text)
        self.assertFalse(form.violations)

    def test_only_fields_that_the_flow_allows(self):
        self.flow.write({"edit_mode": "some", "editable_pointers": "/quantity"})
        message = self.wrong().with_user(self.operator)
        other = message.body_text.replace('"id": "7"', '"id": "8"')
        with self.assertRaisesRegex(UserError, "may not be changed"):
            message._edit(other, "By phone")
        edited = message._edit(message.body_text.replace('"two"', "2"), "By phone")
        self.assertEqual(edited.state, "pending")

    def test_nothing_where_the_flow_forbids_it(self):
        self.flow.edit_mode = "none"
        message = self.wrong().with_user(self.operator)
        with self.assertRaisesRegex(UserError, "may not be changed"):
            message._edit(message.body_text.replace('"two"', "2"), "By phone")

    def asked(self):
        self.flow.edit_approval = True
        message = self.wrong()
        self.sweep()
        form = self.editor(message)
        form.text = form.text.replace('"two"', "2")
        form.reason = "By phone"
        form.save().action_resubmit()
        return message, message.edit_request_ids

    def test_an_edit_waits_for_a_second_person(self):
        message, request = self.asked()
        self.assertEqual((message.state, request.state), ("failed", "waiting"))
        self.assertEqual(request.activity_ids.user_id, self.lead)
        with self.assertRaisesRegex(UserError, "second person"):
            text = message.with_user(self.operator).body_text.replace('"two"', "2")
            message.with_user(self.operator)._edit(text, "At once")
        seen = request.with_user(self.approver)
        self.assertIn("+", seen.difference_text)
        self.assertNotIn("DE12", str(seen.read()))
        seen.action_approve()
        self.assertEqual((message.state, request.state), ("replaced", "approved"))
        self.assertIn("DE12", request.edited_id.body_text)
        line = self.env["seam.exception.override"].search([("message_id", "=", message.id)])
        self.assertEqual(
            (line.kind, line.user_id, line.second_id), ("edited", self.operator, self.approver)
        )
        self.assertIn(self.approver, request.edited_id.event_ids.user_id)

    def test_nobody_approves_his_own(self):
        _message, request = self.asked()
        self.operator.group_ids += self.env.ref("seam_exception.group_seam_approver")
        with self.assertRaisesRegex(AccessError, "Another person"):
            request.with_user(self.operator).action_approve()
        with self.assertRaises(AccessError):
            request.with_user(self.trusted).action_approve()

    def test_a_refused_change_changes_nothing(self):
        message, request = self.asked()
        request.with_user(self.approver).action_refuse()
        self.assertEqual((message.state, request.state), ("failed", "refused"))
        with self.assertRaisesRegex(UserError, "decided already"):
            request.with_user(self.approver).action_approve()

    def test_one_change_waits_at_a_time(self):
        message, request = self.asked()
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            request.copy()

    def test_a_request_is_not_rewritten(self):
        _message, request = self.asked()
        for user in (self.operator, self.approver):
            with self.assertRaises(AccessError):
                request.with_user(user).write({"state": "approved"})
            with self.assertRaises(AccessError):
                request.with_user(user).read(["text"])


@tagged("post_install", "-at_install")
class TestOverrides(LimitsCase):
    def lines(self):
        return self.env["seam.exception.override"].search(
            [("system_id", "=", self.system.id)], order="id"
        )

    def test_who_did_what_and_why(self):
        self.flow.contract_version_id = False
        first = self.bad("1", amount=10, currency="EUR")
        self.bad("2", "a:2")
        case = self.case()
        first.with_user(self.operator)._discard("Entered by hand")
        other = case.filtered(lambda c: c.message_ids_held)
        other = other.filtered(lambda c: c.message_ids_held.ordering_key == "2")
        later = (
            self.env["seam.case.wizard"]
            .with_user(self.lead)
            .create({"case_ids": other.ids, "kind": "snooze", "reason": "The shop is closed"})
        )
        later.action_done()
        self.assertEqual(
            self.lines().mapped(lambda line: (line.kind, line.user_id, line.reason)),
            [
                ("discarded", self.operator, "Entered by hand"),
                ("snoozed", self.lead, "The shop is closed"),
            ],
        )
        self.assertEqual((self.lines()[0].amount, self.lines()[0].document), (10, "Order 1"))
        self.assertTrue(self.lines()[1].until)

    def test_lines_are_never_changed(self):
        self.flow.contract_version_id = False
        self.bad("1").with_user(self.operator)._discard("x")
        line = self.lines()
        for user in (self.lead, self.env.ref("base.user_admin")):
            for act in (
                lambda u=user: line.with_user(u).write({"reason": "y"}),
                lambda u=user: line.with_user(u).unlink(),
                lambda u=user: line.with_user(u).create({"kind": "edited"}),
            ):
                with self.assertRaises(AccessError):
                    act()

    def test_another_company_sees_none(self):
        self.flow.contract_version_id = False
        self.bad("1").with_user(self.operator)._discard("x")
        abroad = self.env["res.company"].create({"name": "Abroad"})
        self.lead.write({"company_ids": [(6, 0, abroad.ids)], "company_id": abroad.id})
        for model in (
            "seam.exception.override",
            "seam.exception.episode",
            "seam.operation",
            "seam.edit.request",
            "seam.exception.alert",
        ):
            self.assertFalse(self.env[model].with_user(self.lead).search([]), model)
