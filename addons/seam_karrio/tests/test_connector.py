import json
from pathlib import Path

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.signature import BadSignature
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.connector_case import Answers, answer

from .. import const
from ..engine import library, ups_events
from .karrio_case import KarrioCase, buy

SAMPLES = Path(__file__).parents[1] / "samples"
NUMBER = "1ZA1B2C36800000016"


@tagged("post_install", "-at_install")
class TestAlerts(connector_case.ConnectorCase):
    """Track Alert. What UPS sends needs no karrio."""

    connector = "ups"
    handler = "seam.handler.delivery.tracking"
    wire_contract = "ups-track-alert"
    flow_code = "tracking"
    samples = SAMPLES / "alerts"

    def sign(self, body, topic, secret):
        return {"credential": secret, "user-agent": "UPSPubSubTrackingService"}

    def break_body(self, body):
        return {name: value for name, value in body.items() if name != "trackingNumber"}

    def test_who_is_not_proven_is_refused(self):
        """UPS signs nothing: it shows the credential that was agreed, whatever it tells."""
        for sample, body in self.each_sample():
            wrong = self.sign(body, sample["topic"], "another secret")
            for headers in (wrong, {}, {"credential": ""}):
                with self.assertRaises(BadSignature):
                    self.call(body, headers)

    def test_a_scan_without_a_time_is_not_guessed(self):
        wire = {"trackingNumber": NUMBER, "activityStatus": {"type": "D", "code": "FS"}}
        with self.assertRaises(Fault) as caught:
            ups_events.alerted(wire)
        self.assertEqual(caught.exception.code, "mapping.failed")

    def test_only_flows_of_tracking_take_scans(self):
        conf = self._conf(self.flow)._replace(handler="seam.handler.none")
        with self.assertRaises(Fault):
            self.env["seam.connector.ups"]._to_documents(conf, "", {})


@tagged("post_install", "-at_install")
class TestLabels(KarrioCase, connector_case.OutgoingConnectorCase):
    samples = SAMPLES / "labels"

    def conf(self, sample=None):
        return self._conf(self.flows["labels"])


@tagged("post_install", "-at_install")
class TestSetUp(KarrioCase):
    def test_everything_is_set_up_by_one_button(self):
        self.system.action_karrio_setup()
        self.assertEqual(sorted(self.flows), ["labels", "rates", "subscriptions", "tracking"])
        self.assertEqual(self.flows["labels"].direction, "out")
        self.assertEqual(self.flows["labels"].handler, "seam.handler.delivery.label")
        contract = self.flows["tracking"].contract_version_id.contract_id
        self.assertEqual(contract.name, "ups-track-alert")

    def test_how_ups_is_logged_in_to(self):
        self.assertEqual(self.system._login().kind, "oauth2_client")
        self.assertEqual(self.system.base_url, "https://wwwcie.ups.com/api")
        self.assertEqual(self.system.token_url, "https://wwwcie.ups.com/security/v1/oauth/token")
        self.assertIn("client secret", self.system.auth_hint)

    def test_what_a_person_chose_stays(self):
        self.system.write({"auth": "api_key", "base_url": "http://127.0.0.1:4010"})
        self.system.action_karrio_setup()
        self.assertEqual(self.system.auth, "api_key")
        self.assertEqual(self.system.base_url, "http://127.0.0.1:4010")

    def test_the_environment_decides_the_address(self):
        system = self.env["seam.system"].new({"connector": "ups", "environment": "test"})
        system._onchange_karrio()
        self.assertEqual(system.base_url, "https://wwwcie.ups.com/api")
        system.environment = "production"
        system._onchange_karrio()
        self.assertEqual(system.base_url, "https://onlinetools.ups.com/api")
        system.base_url = "http://127.0.0.1:4010"
        system.environment = "test"
        system._onchange_karrio()
        self.assertEqual(system.base_url, "http://127.0.0.1:4010")

    def test_without_an_account_nothing_is_set_up(self):
        self.system.karrio_account = False
        with self.assertRaises(UserError):
            self.system.action_karrio_setup()

    def test_account_numbers_have_six_characters(self):
        self.system.karrio_account = "123"
        with self.assertRaises(Fault) as caught:
            self.code()._to_request(self.conf(), self.sending(buy()))
        self.assertEqual(caught.exception.code, "config.invalid")

    def test_only_carriers_are_told_of_accounts(self):
        self.assertEqual(self.conf().options["account"], "A1B2C3")
        other = self.env["seam.system"].create(
            {"name": "Shop", "code": "another-shop", "user_id": self.service_user.id}
        )
        flow = self.env["seam.flow"].create(
            {"name": "Things", "code": "things", "system_id": other.id}
        )
        self.assertNotIn("account", flow._options())

    def test_the_connection_is_tried(self):
        nobody = {"response": {"errors": [{"code": "TW0001", "message": "Not Found"}]}}
        for reply in (answer(nobody, 404), answer({"trackResponse": {}})):
            with Answers(reply).patched():
                self.assertTrue(self.code()._probe(self.system._client(), self.system))
        denied = {"response": {"errors": [{"code": "250002", "message": "Invalid token."}]}}
        for status, code in ((401, "auth.failed"), (503, "transport.unavailable")):
            with Answers(answer(denied, status)).patched(), self.assertRaises(Fault) as caught:
                self.code()._probe(self.system._client(), self.system)
            self.assertEqual(caught.exception.code, code)

    def test_who_makes_no_manifests_says_so_before_anybody_tries(self):
        values = {
            "name": "Manifests",
            "code": "manifests",
            "system_id": self.system.id,
            "direction": "out",
            "carries": "event",
            "handler": "seam.handler.delivery.manifest",
        }
        with self.assertRaisesRegex(ValidationError, "its driver scans each parcel"):
            self.env["seam.flow"].create(values)
        self.assertIn("scans each parcel", self.system._without_manifests())
        conf = self.conf()._replace(handler=values["handler"])
        with self.assertRaises(Fault) as caught:
            self.code()._to_request(conf, self.sending({}))
        self.assertIn("scans each parcel", caught.exception.message)
        conf = self.conf()._replace(handler="seam.handler.none")
        with self.assertRaises(Fault) as caught:
            self.code()._to_request(conf, self.sending({}))
        self.assertIn("labels, prices, tracking", caught.exception.message)
        self.assertEqual(set(const.WITHOUT_MANIFESTS), set(const.NAMES))
        self.assertEqual(set(const.DOES), set(const.NAMES))

    def test_karrio_gets_no_credentials_and_calls_nobody(self):
        settings = library.mapper("ups", account_number="").settings
        self.assertFalse(settings.client_id or settings.client_secret or settings.account_number)


@tagged("post_install", "-at_install")
class TestTracking(KarrioCase):
    """UPS is asked for a parcel; what it says goes the way of what it pushes."""

    def ask(self, reply):
        ups = Answers(reply)
        with ups.patched():
            return list(
                self.code()._track(self.system._client(), self.conf("tracking"), [NUMBER])
            ), ups.calls

    def scan(self, kind, code, date, time, text):
        return {
            "date": date,
            "time": time,
            "gmtDate": date,
            "gmtTime": time,
            "gmtOffset": "+00:00",
            "location": {"address": {"city": "Lyon", "countryCode": "FR", "country": "FR"}},
            "status": {"type": kind, "code": code, "description": text, "statusCode": "005"},
        }

    def test_the_newest_scan_with_those_before_it(self):
        package = {
            "trackingNumber": NUMBER,
            "deliveryDate": [{"type": "SDD", "date": "20260506"}],
            "activity": [
                self.scan("I", "AR", "20260505", "74700", "Arrived at Facility"),
                self.scan("M", "MP", "20260504", "101500", "Shipper created a label"),
            ],
        }
        content = {"trackResponse": {"shipment": [{"package": [package]}]}}
        (wire,), calls = self.ask(answer(content))
        self.assertEqual(calls[0][0], f"track/v1/details/{NUMBER}")
        conf = self.conf("tracking")
        self.assertEqual(conf.wire_validator().violations(wire), [])
        (document,) = self.code()._to_documents(conf, "track", json.loads(json.dumps(wire)))
        self.assertEqual(
            document,
            {
                "tracking": NUMBER,
                "status": "in_transit",
                "at": "2026-05-05T07:47:00Z",
                "place": "Lyon, FR",
                "text": "Arrived at Facility",
                "promised": "2026-05-06",
                "earlier": [
                    {
                        "status": "announced",
                        "at": "2026-05-04T10:15:00Z",
                        "place": "Lyon, FR",
                        "text": "Shipper created a label",
                    }
                ],
            },
        )
        self.assertEqual(conf.document_validator().violations(document), [])

    def test_what_ups_does_not_know_yet_is_no_fault(self):
        warned = {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}}
        nobody = {"response": {"errors": [{"code": "TW0001", "message": "Not Found"}]}}
        for reply in (answer(warned), answer(nobody, 404)):
            self.assertEqual(self.ask(reply)[0], [])

    def test_who_does_not_answer_is_asked_later(self):
        for status in (429, 500, 502, 503, 504):
            with self.assertRaises(Fault) as caught:
                self.ask(answer({}, status))
            self.assertEqual(caught.exception.kind, "transient", status)

    def test_carriers_have_addresses_names_and_libraries(self):
        self.assertEqual(set(const.PLACES), set(const.NAMES))
        self.assertEqual(set(const.PLACES), set(library.DISTRIBUTIONS))
