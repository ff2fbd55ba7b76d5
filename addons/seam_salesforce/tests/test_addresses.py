from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.seam.engine.http import Client
from odoo.addons.seam.tests.engine.scripted import Server, answer

from . import fake_salesforce, salesforce_case


@tagged("post_install", "-at_install")
class TestAddresses(salesforce_case.SalesforceCase):
    """Whatever addresses Salesforce's answers name, our token goes to the system's own only."""

    def setUp(self):
        super().setUp()
        self.connect()
        # allowed as well: only who is asked tells whether a token is safe
        self.elsewhere = Server(answer("200 OK", b'{"records": [], "done": true}'))
        self.addCleanup(self.elsewhere.close)
        self.host = f"127.0.0.1:{self.elsewhere.port}"
        self.asked = []
        send = Client._send

        def noted(client, prepared):
            self.asked.append(prepared.url)
            return send(client, prepared)

        self.startPatcher(patch.object(Client, "_send", noted))

    def assert_at_home(self):
        self.assertTrue(self.asked)
        away = [url for url in self.asked if not url.startswith(f"{self.fake.address}/")]
        self.assertEqual(away, [])
        self.assertEqual(self.elsewhere.requests, [])

    def test_the_next_page(self):
        for link in (
            f"http://{self.host}/services/data/v62.0/query/x",
            f"//{self.host}/steal",
            f"@{self.host}/steal",
            f".{self.host}/steal",
            f"/http://{self.host}/steal",
            f"/services/data/../../..//{self.host}/steal",
            f"\\\\{self.host}\\steal",
            "?",
        ):
            with self.subTest(link=link):
                told = {"records": [], "done": False, "totalSize": 1, "nextRecordsUrl": link}
                self.fake.next_answers[:] = [fake_salesforce.Answer(told)]
                self.run_pull("contacts", "2026-01-01T00:00:00")
                self.go_on("contacts")
                self.assert_at_home()

    def test_a_redirect(self):
        there = {"Location": f"http://{self.host}/steal"}
        self.fake.next_answers[:] = [fake_salesforce.Answer(None, 307, there)]
        self.run_pull("contacts", "2026-01-01T00:00:00")
        self.assert_at_home()

    def test_what_the_token_is_said_to_be_for(self):
        fake = self.fake
        made = fake._token

        def hostile(form, headers):
            answered = made(form, headers)
            answered.body = answered.body.replace(
                f'"instance_url": "{fake.address}"'.encode(),
                f'"instance_url": "http://{self.host}"'.encode(),
            )
            self.assertIn(self.host.encode(), answered.body)
            return answered

        self.startPatcher(patch.object(fake, "_token", hostile))
        self.system._test_connection()
        self.assert_at_home()

    def test_a_job_that_is_somewhere_else(self):
        """What is no id is no part of an address."""
        for id_ in (f"@{self.host}/x", "../../../../steal", f"//{self.host}"):
            with self.subTest(id=id_):
                self.fake.next_answers[:] = [fake_salesforce.Answer({"id": id_})]
                self.run_pull("contacts", "1970-01-01T00:00:00")
                self.assert_at_home()
                self.assertNotIn("job", self.pull_of("contacts").cursor)
