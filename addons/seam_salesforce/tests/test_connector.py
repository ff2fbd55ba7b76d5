import base64
import hashlib
import time

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.seam.engine import signature
from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.connector_case import Answers, answer

from .. import fields as salesforce_fields
from .salesforce_case import SAMPLES, SalesforceCase, sample


class PushCase(connector_case.ConnectorCase):
    """What signs Salesforce's records and pushes them, such as a function of yours."""

    connector = "salesforce"

    @classmethod
    def _make_secret(cls, text, purpose="webhook"):
        return super()._make_secret(base64.b64encode(text.encode()).decode(), purpose)

    def sign(self, body, topic, secret):
        known = secret in (self.first_secret, self.second_secret)
        key = secret if known else base64.b64encode(b"no " + secret.encode()).decode()
        id_ = f"msg_{hashlib.sha256(body).hexdigest()}"
        return signature.sign_standard_webhook(id_, int(time.time()), body, key)

    def break_body(self, body):
        return {name: value for name, value in body.items() if name != "SystemModstamp"}


@tagged("post_install", "-at_install")
class TestAccounts(PushCase):
    handler = "seam.handler.crm.company"
    wire_contract = "salesforce-account"
    flow_code = "companies"
    samples = SAMPLES / "accounts"


@tagged("post_install", "-at_install")
class TestContacts(PushCase):
    handler = "seam.handler.crm.contact"
    wire_contract = "salesforce-contact"
    flow_code = "contacts"
    samples = SAMPLES / "contacts"


@tagged("post_install", "-at_install")
class TestOpportunities(PushCase):
    handler = "seam.handler.crm.deal"
    wire_contract = "salesforce-opportunity"
    flow_code = "deals"
    samples = SAMPLES / "opportunities"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.salesforce_currency_id = cls.env.ref("base.EUR")
        cls.env.flush_all()


class ActivityPushCase(PushCase):
    """What activities are about comes to Odoo, too."""

    handler = "seam.handler.crm.activity"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for kind in ("company", "contact", "deal"):
            cls.make_flow(code=kind, handler=f"seam.handler.crm.{kind}")


@tagged("post_install", "-at_install")
class TestTasks(ActivityPushCase):
    wire_contract = "salesforce-task"
    flow_code = "tasks"
    samples = SAMPLES / "tasks"


@tagged("post_install", "-at_install")
class TestEvents(ActivityPushCase):
    wire_contract = "salesforce-event"
    flow_code = "events"
    samples = SAMPLES / "events"


# Test runners collect what stands in a module: these have no samples of their own.
del PushCase, ActivityPushCase


@tagged("post_install", "-at_install")
class TestSending(SalesforceCase, connector_case.OutgoingConnectorCase):
    samples = SAMPLES / "out"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.salesforce_currency_id = cls.env.ref("base.EUR")
        cls.env.flush_all()

    def conf(self, sample):
        code = sample if isinstance(sample, str) else sample["handler"]
        return self._conf(self.flows[code])

    def code(self):
        return self.env["seam.connector.salesforce"]

    def sending(self, name="contact-changed", **changes):
        kept = sample(f"out/{name}.json")
        return Sending("key", "changed", {**kept["document"], **changes}, None)

    def meant(self, status, body=b"", code="contacts-out", name="contact-changed"):
        response = Response(status, {}, body, 0.01)
        return self.code()._interpret(self.conf(code), self.sending(name), response)

    def test_what_was_taken(self):
        self.assertEqual(self.meant(204).external_id, "0035g00000CCCCCAA1")
        made = b'{"id": "0015g00000AAAAAAA7", "success": true, "errors": [], "created": true}'
        self.assertEqual(
            self.meant(201, made, "companies-out", "company-new").external_id, "0015g00000AAAAAAA7"
        )
        again = made.replace(b"true}", b"false}")
        self.assertIn("already", self.meant(200, again, "companies-out", "company-new").note)
        for body in (b"", b"{}", b'{"id": "../x"}', b"[]"):
            nothing = self.meant(201, body, "companies-out", "company-new")
            self.assertEqual(nothing.fault.code, "drift.contract")

    def test_what_is_gone_is_deleted(self):
        body = b'[{"message": "entity is deleted", "errorCode": "ENTITY_IS_DELETED", "fields": []}]'
        self.assertTrue(self.meant(404, body, name="contact-deleted").accepted)
        self.assertEqual(self.meant(404, body).fault.code, "order.conflict")

    def test_the_place_in_our_document(self):
        body = b'[{"message": "too long", "errorCode": "STRING_TOO_LONG", "fields": ["FirstName"]}]'
        self.assertEqual(self.meant(400, body).fault.pointer, "/fields/name")

    # -- after a lost answer -----------------------------------------------------------

    def ask(self, name, code, *answers):
        asked = Answers(*answers)
        with asked.patched():
            found = self.code()._look_up(
                connector_case.SystemClient("https://acme.my.salesforce.com", {}),
                self.conf(code),
                self.sending(name),
            )
        return found, asked.calls

    def test_what_arrived_is_found(self):
        wanted = sample("out/company-new.json")["request"]["json"]
        there = {"attributes": {}, "Id": "0015g00000AAAAAAA7", **wanted}
        found, calls = self.ask("company-new", "companies-out", answer(there))
        self.assertEqual(found.external_id, "0015g00000AAAAAAA7")
        self.assertEqual(set(calls[0][1]["fields"].split(",")), {"Id", "CreatedDate", *wanted})
        self.assertIsNone(self.ask("company-new", "companies-out", answer([], 404))[0])

    def test_what_was_made_and_changed_there_since_is_not_written_over(self):
        there = {
            **sample("out/company-new.json")["request"]["json"],
            "Id": "0015g00000AAAAAAA7",
            "CreatedDate": "2026-03-22T19:00:08.000+0000",
            "Phone": "somebody entered another one",
        }
        found, _calls = self.ask("company-new", "companies-out", answer(there))
        self.assertEqual(found.external_id, "0015g00000AAAAAAA7")
        self.assertEqual(found.content, {"modified": "2026-03-22T19:00:08Z"})

    def test_a_change_that_did_not_arrive_is_sent_again(self):
        wanted = sample("out/contact-changed.json")["request"]["json"]
        there = {"Id": "0035g00000CCCCCAA1", **wanted}
        found, _calls = self.ask("contact-changed", "contacts-out", answer(there))
        self.assertEqual(found.external_id, "0035g00000CCCCCAA1")
        there["LastName"] = "Murray"
        self.assertIsNone(self.ask("contact-changed", "contacts-out", answer(there))[0])

    def test_what_cannot_be_asked_now_is_no_refusal(self):
        for status, code in ((403, "REQUEST_LIMIT_EXCEEDED"), (400, "UNABLE_TO_LOCK_ROW")):
            told = [{"message": "Not now", "errorCode": code}]
            with self.assertRaises(Fault) as caught:
                self.ask("company-new", "companies-out", answer(told, status))
            self.assertEqual(caught.exception.kind, "transient")
            self.assertGreater(caught.exception.retry_after, 0)

    def test_what_was_deleted_is_found_gone(self):
        found, _calls = self.ask("contact-deleted", "contacts-out", answer([], 404))
        self.assertTrue(found.accepted)
        self.assertIsNone(self.ask("contact-deleted", "contacts-out", answer({"Id": "1"}))[0])


@tagged("post_install", "-at_install")
class TestSetUp(SalesforceCase):
    def test_everything_is_set_up_by_one_button(self):
        self.system.action_salesforce_setup()
        codes = ["companies", "contacts", "deals"]
        out = [f"{code}-out" for code in (*codes, "activities")]
        codes += ["tasks", "events"]
        self.assertEqual(sorted(self.flows), sorted([*codes, *out]))
        for code in codes:
            self.assertTrue(self.flows[code].contract_version_id)
            self.assertEqual(self.pull_of(code).interval_minutes, 15)
        lines = self.env["seam.crm.field"].search([("system_id", "=", self.system.id)])
        self.assertTrue(all(lines.mapped("vendor_field")), "every line says Salesforce's field")

    def test_how_it_logs_in_is_filled_in(self):
        system = self.system.copy(
            {"code": "other", "auth": "none", "base_url": "https://b.example"}
        )
        system.token_url = system.token_audience = False
        system.environment = "test"
        system.action_salesforce_setup()
        self.assertEqual(system.auth, "oauth2_jwt")
        self.assertEqual(system.token_url, "https://b.example/services/oauth2/token")
        self.assertEqual(system.token_audience, "https://test.salesforce.com")
        self.assertIn("private key", system.auth_hint)

    def test_a_field_is_a_name(self):
        with self.assertRaises(ValidationError):
            self.system.salesforce_external_id = "Seam Id"

    def test_other_handlers_are_refused(self):
        conf = self.conf("companies")._replace(handler="seam.handler.none")
        with self.assertRaises(Fault) as caught:
            self.env["seam.connector.salesforce"]._to_documents(conf, "", {})
        self.assertEqual(caught.exception.code, "config.invalid")

    def test_the_connection_is_tested_and_the_calls_are_shown(self):
        self.connect()
        self.fake.used = 40
        said = self.system.action_test_connection()["params"]
        self.assertEqual(said["type"], "success", said["message"])
        self.assertIn("99960", said["message"])
        self.system.invalidate_recordset()
        self.assertIn("of 100000", self.system.salesforce_calls_text)
        self.fake.client = ("client", "another")
        self.env["seam.token"]._forget(self.system)
        said = self.system.action_test_connection()["params"]
        self.assertEqual(said["type"], "danger")

    def test_where_people_see_a_record(self):
        url = self.system._connector()._crm_url(self.system, "res.partner", "0035g01")
        self.assertEqual(url, "https://acme.my.salesforce.com/0035g01")

    def test_users_and_stages_are_read(self):
        self.connect()
        olga = self.env["res.users"].create(
            {"name": "Olga", "login": "olga-of-salesforce", "email": "Olga@Fake-Salesforce.Example"}
        )
        said = self.system.action_salesforce_directory()["params"]
        self.assertIn("Integration", said["message"], "whom nobody is, is told")
        bindings = self.env["seam.binding"]._find(self.system.id, "res.users", [self.fake.user])
        self.assertEqual(bindings[self.fake.user], olga)
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        meanings = self.env["seam.value.map"]._translate(
            self.system.id, "crm.stage", ["Closed Won", "Closed Lost", "Prospecting"]
        )
        self.assertEqual(meanings.get("Closed Won"), won)
        self.assertNotIn("Closed Lost", meanings)
        self.assertIn("Prospecting", said["message"])
        rows = self.env["seam.crm.directory"].search(said["next"]["domain"])
        self.assertEqual(rows[0].known, False, "what nobody knows comes first")
        known = {row.label: row.stage_id or row.user_id for row in rows}
        self.assertEqual((known["Closed Won"], known["Olga Owner"]), (won, olga))
        self.assertNotIn("Closed Lost", known)
        again = self.system.action_salesforce_directory()["params"]
        self.assertEqual(again["message"], said["message"], "what is known stays as it is")

    def test_the_fields_of_salesforce_are_described_with_samples(self):
        self.connect()
        self.fake.make("Account", Name="Acme", VAT__c="GB123", Score__c=7.5, Phone="1")
        found = self.env["seam.connector.salesforce"]._crm_describe(
            self.system._client(), "crm-company"
        )
        by_name = {field.name: field for field in found}
        self.assertEqual(by_name["VAT__c"].samples, ("GB123",))
        self.assertTrue(by_name["VAT__c"].custom)
        self.assertEqual(by_name["Score__c"].type, "number")
        self.assertTrue(by_name["SystemModstamp"].readonly)
        self.assertEqual(len(self.fake.calls), 2)

    def test_activities_have_the_fields_of_tasks_and_of_events(self):
        self.connect()
        self.fake.make("Event", Subject="Fair", Location="Hall 3", ActivityDate="2026-04-01")
        found = self.env["seam.connector.salesforce"]._crm_describe(
            self.system._client(), "crm-activity"
        )
        by_name = {field.name: field for field in found}
        self.assertEqual(len(by_name), len(found), "each once")
        self.assertEqual(by_name["Location"].samples, ("Hall 3",))
        self.assertIn("TaskSubtype", by_name)
        # A line of it is asked for with events, and not with tasks.
        options = {**self.conf("events").options}
        options["crm_fields"] += (("Location", "custom.place", "in"),)
        self.assertIn("Location", salesforce_fields.selected("crm-activity", options))
        options["salesforce_object"] = "Task"
        self.assertNotIn("Location", salesforce_fields.selected("crm-activity", options))
