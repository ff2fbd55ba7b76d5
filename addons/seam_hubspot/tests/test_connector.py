import json
import time
from pathlib import Path

from odoo.tests import tagged

from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam.tests import connector_case

from .. import errors, webhook

SAMPLES = Path(__file__).parent.parent / "samples"
OPTIONS = {
    "hubspot_owners": {"41": {"email": "carla@example.com"}},
    "hubspot_prepared": ["companies", "contacts", "deals", "tasks", "meetings"],
    "hubspot_zone": "Europe/Berlin",
    "hubspot_consents": True,
    "hubspot_origin": "0a1b2c3d",
    "hubspot_orders": "odoo_orders",
    "hubspot_stages": {"won": "closedwon", "lost": "closedlost"},
}


class Signed:
    """What HubSpot signs is the address of the flow too."""

    connector = "hubspot"

    def sign(self, body, topic, secret):
        return webhook.sign(body, self.flow.address, int(time.time() * 1000), secret)


@tagged("post_install", "-at_install")
class TestEvents(Signed, connector_case.ConnectorCase):
    samples = SAMPLES / "events"
    handler = "seam.handler.hubspot.event"
    wire_contract = "hubspot-events"
    flow_code = "webhooks"

    def break_body(self, body):
        return [{**body[0], "occurredAt": "yesterday"}]


class Records(Signed):
    wire_contract = "hubspot-record"

    def break_body(self, body):
        return {name: value for name, value in body.items() if name not in ("record", "gone")}


@tagged("post_install", "-at_install")
class TestContacts(Records, connector_case.ConnectorCase):
    samples = SAMPLES / "records" / "contact"
    handler = "seam.handler.crm.contact"
    flow_code = "contacts"


@tagged("post_install", "-at_install")
class TestCompanies(Records, connector_case.ConnectorCase):
    samples = SAMPLES / "records" / "company"
    handler = "seam.handler.crm.company"
    flow_code = "companies"


@tagged("post_install", "-at_install")
class TestDeals(Records, connector_case.ConnectorCase):
    samples = SAMPLES / "records" / "deal"
    handler = "seam.handler.crm.deal"
    flow_code = "deals"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.hubspot_facts = {"zone": "Europe/Berlin"}


class Activities(Records):
    handler = "seam.handler.crm.activity"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow.hubspot_object = cls.flow_code
        cls.system.hubspot_facts = {"zone": "Europe/Berlin"}


@tagged("post_install", "-at_install")
class TestTasks(Activities, connector_case.ConnectorCase):
    samples = SAMPLES / "records" / "task"
    flow_code = "tasks"

    def test_where_people_see_a_record(self):
        connector = self.system._connector()
        self.system.hubspot_facts = {"number": "33"}
        url = connector._crm_url(self.system, "res.partner", "contact:12")
        self.assertEqual(url, "https://app.hubspot.com/contacts/33/record/0-1/12")
        self.assertFalse(connector._crm_url(self.system, "mail.activity", "task:12"))
        self.system.hubspot_facts = {"number": "33", "site": "app-eu1.hubspot.com"}
        url = connector._crm_url(self.system, "res.partner", "contact:12")
        self.assertEqual(url, "https://app-eu1.hubspot.com/contacts/33/record/0-1/12")
        self.system.hubspot_facts = False
        self.assertFalse(connector._crm_url(self.system, "res.partner", "contact:12"))

    def test_a_flow_says_which_activities_it_brings(self):
        self.flow.hubspot_object = False
        with self.assertRaises(Fault) as caught:
            self.env["seam.connector.hubspot"]._to_documents(self._conf(self.flow), "", {})
        self.assertEqual(caught.exception.code, "config.invalid")


@tagged("post_install", "-at_install")
class TestMeetings(Activities, connector_case.ConnectorCase):
    samples = SAMPLES / "records" / "meeting"
    flow_code = "meetings"


@tagged("post_install", "-at_install")
class TestCalls(Activities, connector_case.ConnectorCase):
    samples = SAMPLES / "records" / "call"
    flow_code = "calls"


@tagged("post_install", "-at_install")
class TestOut(connector_case.OutgoingConnectorCase):
    connector = "hubspot"
    samples = SAMPLES / "out"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.base_url = "https://partner.example"
        cls.env["seam.credential"].create(
            {
                "name": "Token",
                "system_id": cls.system.id,
                "purpose": "hubspot_token",
                "secret_input": "pat-eu1-1",
            }
        )

    def conf(self, sample):
        handler = sample["handler"]
        code = handler.rsplit(".", 2)[1]
        flow = self.system.flow_ids.filtered(lambda flow: flow.handler == handler)
        flow = flow or self.make_flow(code=code, handler=handler, direction="out")
        conf = self._conf(flow)
        return conf._replace(options={**conf.options, **OPTIONS})

    def refused(self, sample, **options):
        """:return: the Fault with which making a request ends"""
        conf = self.conf(sample)
        conf = conf._replace(options={**conf.options, **options})
        sending = Sending(self.key, "", sample["document"])
        with self.assertRaises(Fault) as caught:
            self.env["seam.connector.hubspot"]._to_request(conf, sending)
        return caught.exception

    def sample(self, name):
        return json.loads((self.samples / f"{name}.json").read_text())

    def test_what_hubspot_cannot_do_is_told(self):
        back = self.sample("contact-update")
        back["document"]["archived"] = False
        self.assertEqual(self.refused(back).pointer, "/archived")
        self.assertEqual(
            self.refused(self.sample("contact-new"), hubspot_prepared=()).code, "config.invalid"
        )
        owner = self.refused(self.sample("contact-update"), hubspot_owners={})
        self.assertEqual((owner.code, owner.pointer), ("master.unknown", "/fields/owner"))
        stage = self.refused(self.sample("deal-won"), hubspot_stages={})
        self.assertEqual((stage.code, stage.pointer), ("config.invalid", "/status"))

    def test_an_id_of_another_kind_of_record_is_nobodys_number(self):
        for name, path, value in (
            ("contact-update", "/id", "company:12"),
            ("contact-deleted", "/id", "company:12"),
            ("contact-update", "/id", "contact:12/../../companies/12"),
            ("contact-merged", "/merged", ["company:13"]),
            ("company-parent", "/fields/parent", {"id": "contact:12"}),
            ("contact-update", "/fields/company", {"id": "contact:13"}),
            ("deal-new", "/fields/company", {"id": "contact:12"}),
            ("deal-new", "/fields/contact", {"id": "company:12"}),
            ("task-done", "/id", "contact:12"),
            ("task-new", "/fields/about", {"type": "deal", "id": "task:12"}),
        ):
            with self.subTest(sample=name, path=path):
                sample = self.sample(name)
                *parts, last = path.strip("/").split("/")
                place = sample["document"]
                for part in parts:
                    place = place.setdefault(part, {})
                place[last] = value
                fault = self.refused(sample)
                self.assertEqual((fault.code, fault.pointer), ("mapping.failed", path))
                self.assertTrue(fault.fix)

    def test_what_an_activity_is_about_is_what_hubspot_has_it_as(self):
        sample = self.sample("task-new")
        sample["document"]["fields"]["about"] = {"type": "company", "id": "contact:12"}
        sending = Sending(self.key, "", sample["document"])
        request = self.env["seam.connector.hubspot"]._to_request(self.conf(sample), sending)
        (link,) = request.json["associations"]
        self.assertEqual(link["types"][0]["associationTypeId"], 204)

    def test_what_is_bound_is_changed_and_not_made(self):
        sample = self.sample("contact-new")
        sending = Sending(
            self.key, "", sample["document"], "contact:12", seen=1_700_000_000_000_000
        )
        request = self.env["seam.connector.hubspot"]._to_request(self.conf(sample), sending)
        look, change = request.json["steps"]
        self.assertEqual((look["method"], change["method"]), ("GET", "PATCH"))
        self.assertEqual(change["path"], "crm/v3/objects/contacts/12")

    def test_what_an_activity_of_hubspot_cannot_become_is_told(self):
        task = self.sample("task-done")
        task["document"]["fields"] = {"kind": "meeting"}
        self.assertEqual(self.refused(task).pointer, "/fields/kind")
        call = self.sample("call-deleted")
        del call["document"]["deleted"]
        call["document"]["fields"] = {"done": False}
        self.assertEqual(self.refused(call).pointer, "/fields/done")

    def test_of_a_consent_and_of_an_objection_that_ended_nothing_is_told(self):
        sample = self.sample("contact-objected")
        for status in ("opt_in", "unknown"):
            sample["document"]["consents"][0]["status"] = status
            sending = Sending(self.key, "", sample["document"])
            request = self.env["seam.connector.hubspot"]._to_request(self.conf(sample), sending)
            self.assertIsNone(request, status)

    def test_what_no_line_maps_is_not_sent(self):
        sample = self.sample("contact-update")
        sample["document"]["fields"] = {"description": "He paid late."}
        conf = self.conf(sample)
        sending = Sending(self.key, "", sample["document"])
        self.assertIsNone(self.env["seam.connector.hubspot"]._to_request(conf, sending))

    # -- answers -----------------------------------------------------------------------

    def interpret(self, name, status, content, **headers):
        sample = self.sample(name)
        body = json.dumps(content).encode()
        response = Response(status, headers, body, 0.01)
        sending = Sending(self.key, "", sample["document"])
        return self.env["seam.connector.hubspot"]._interpret(self.conf(sample), sending, response)

    def test_what_was_made_is_bound(self):
        made = self.interpret(
            "contact-new", 201, {"status": "COMPLETE", "results": [{"id": "512", "new": True}]}
        )
        self.assertEqual((made.accepted, made.external_id), (True, "contact:512"))
        made = self.interpret("deal-new", 201, {"id": "70", "properties": {}})
        self.assertEqual(made.external_id, "deal:70")
        merged = self.interpret("contact-merged", 200, {"id": "90", "properties": {}})
        self.assertEqual(merged.external_id, "contact:90")
        self.assertIsNone(self.interpret("contact-update", 200, {"id": "12"}).external_id)

    def test_when_hubspot_changed_it_is_kept(self):
        at = "2026-03-22T19:05:08.123Z"
        kept = {"modified": at}
        self.assertEqual(
            self.interpret("contact-update", 200, {"id": "12", "updatedAt": at}).content, kept
        )
        made = {"results": [{"id": "512", "new": True, "updatedAt": at}]}
        self.assertEqual(self.interpret("contact-new", 201, made).content, kept)
        self.assertIsNone(self.interpret("contact-update", 200, {"updatedAt": "soon"}).content)

    def test_what_is_gone_already_was_deleted(self):
        self.assertTrue(self.interpret("contact-deleted", 404, {}).accepted)
        gone = self.interpret("contact-update", 404, {"message": "Object not found"}).fault
        self.assertIn("any more", gone.message)

    def test_bad_values_are_told_with_their_place(self):
        listed = [
            {
                "isValid": False,
                "message": "Email address adaexample is invalid",
                "error": "INVALID_EMAIL",
                "name": "email",
            }
        ]
        message = f"Property values were not valid: {json.dumps(listed)}"
        content = {"status": "error", "message": message, "category": "VALIDATION_ERROR"}
        fault = self.interpret("contact-new", 400, content).fault
        self.assertEqual((fault.kind, fault.pointer), ("permanent", "/fields/email"))
        self.assertIn("adaexample is invalid", fault.message)
        self.assertNotIn("isValid", fault.message)

    def test_a_property_that_is_missing(self):
        content = {
            "status": "error",
            "message": 'Property values were not valid: [{"isValid":false,"message":"Property '
            '\\"odoo_orders\\" does not exist","error":"PROPERTY_DOESNT_EXIST",'
            '"name":"odoo_orders"}]',
            "category": "VALIDATION_ERROR",
        }
        fault = self.interpret("deal-won", 400, content).fault
        self.assertIn("mapping", fault.fix)

    def test_errors_of_a_batch(self):
        content = {
            "status": "COMPLETE",
            "results": [],
            "numErrors": 1,
            "errors": [
                {
                    "status": "error",
                    "category": "CONFLICT",
                    "message": "Contact already exists. Existing ID: 123",
                    "context": {"id": ["0a1b2c3d-5"]},
                }
            ],
        }
        fault = self.interpret("contact-new", 207, content).fault
        self.assertIn("number 123", fault.message)
        self.assertEqual(fault.pointer, "/fields/email")
        self.assertEqual(
            fault.message, self.interpret("contact-new", 409, content["errors"][0]).fault.message
        )

    def test_a_scope_that_is_missing(self):
        content = {
            "category": "MISSING_SCOPES",
            "message": "This app hasn't been granted all required scopes to make this call.",
            "errors": [
                {
                    "message": "One or more of the following scopes are required.",
                    "context": {"requiredGranularScopes": ["crm.objects.contacts.write"]},
                }
            ],
        }
        fault = self.interpret("contact-update", 403, content).fault
        self.assertEqual(fault.code, "auth.failed")
        self.assertIn("crm.objects.contacts.write", fault.message)

    def test_limits(self):
        daily = {"errorType": "RATE_LIMIT", "policyName": "DAILY", "message": "…"}
        fault = self.interpret("contact-update", 429, daily, **{"retry-after": "500"}).fault
        self.assertEqual((fault.kind, fault.retry_after), ("transient", 500))
        self.assertIn("midnight", fault.fix)
        self.assertTrue(errors.is_daily(daily))
