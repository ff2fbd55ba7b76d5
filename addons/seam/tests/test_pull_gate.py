from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.models.seam_connector import Page

from .common import SeamCase
from .engine.scripted import Server, answer


@tagged("post_install", "-at_install")
class TestPullGate(SeamCase):
    """A pull asks the circuit and the rate of its system before each call, as a sender does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(retry_schedule="5, 60")
        cls.pull = cls.env["seam.pull"].create({"flow_id": cls.flow.id})

    def setUp(self):
        super().setUp()
        self.status = "200 OK"
        self.server = Server(lambda *args: answer(self.status, b'{"id": 1}', **self.more)(*args))
        self.more = {}
        self.addCleanup(self.server.close)
        self.system.write(
            {"base_url": f"http://127.0.0.1:{self.server.port}", "allowed_hosts": "127.0.0.1"}
        )
        self.patch(
            self.env.registry["seam.connector.api"],
            "_list_pages",
            lambda _self, client, _flow, _cursor: self.page(client),
        )

    def page(self, client):
        body = client.get("things").body
        return Page([("thing", body)], {"since": "2026-01-01T00:00:01"}, False, None)

    def run_job(self):
        """:return: the jobs that are to go on"""
        with trap_jobs():
            self.pull.action_pull_now()
        self.env.flush_all()
        with trap_jobs() as trap:
            self.pull._run()
        self.env.invalidate_all()
        return trap.enqueued_jobs

    def stop(self):
        self.env["seam.circuit"]._note(self.system.id, 0, 12, "It hangs.")
        self.env.invalidate_all()

    def circuit(self):
        self.env.invalidate_all()
        return self.env["seam.circuit"].search([("system_id", "=", self.system.id)])

    def test_an_open_circuit_lets_no_call_out_and_the_pull_waits_and_says_so(self):
        self.stop()
        jobs = self.run_job()
        self.assertFalse(self.server.requests)
        self.assertEqual((self.pull.state, self.pull.tries), ("running", 0))
        self.assertIn("It hangs.", self.pull.last_error)
        self.assertGreater(jobs[0].eta, fields.Datetime.now() + timedelta(seconds=20))
        self.env["seam.circuit"]._close(self.system.id)
        self.pull._run()
        self.env.invalidate_all()
        self.assertEqual((self.pull.state, self.pull.done), ("idle", 1))
        self.assertFalse(self.pull.last_error)

    def test_its_failures_count_with_those_of_others(self):
        self.env["seam.circuit"]._note(self.system.id, 0, 9, "It hangs.")
        self.status = "503 Service Unavailable"
        self.run_job()
        self.assertTrue(self.circuit().opened)
        self.assertIn("503", self.circuit().reason)

    def test_its_call_may_be_the_one_that_tries(self):
        self.stop()
        self.env.cr.execute("UPDATE seam_circuit SET until = 1")
        self.run_job()
        self.assertFalse(self.circuit().opened)
        self.assertEqual(self.pull.done, 1)

    def test_a_refusal_of_the_document_says_nothing_of_the_systems_health(self):
        self.status = "404 Not Found"
        for _time in range(12):
            self.pull.state = "idle"
            self.run_job()
        self.assertFalse(self.circuit().opened)

    def test_it_takes_part_in_the_agreed_rate(self):
        self.system.call_rate = 1
        self.assertEqual(self.env["seam.rate"]._grant(self.system.id, 1, 1), (1, 0))
        jobs = self.run_job()
        self.assertFalse(self.server.requests)
        self.assertEqual((self.pull.state, len(jobs)), ("running", 1))
        self.assertIn("no call to", self.pull.last_error)

    def test_what_the_partner_asks_for_holds_the_calls_of_all(self):
        self.status, self.more = "429 Too Many Requests", {"Retry_After": "120"}
        self.run_job()
        count, seconds = self.env["seam.rate"]._grant(self.system.id, 0, 5)
        self.assertEqual(count, 0)
        self.assertGreater(seconds, 100)

    def test_a_pull_by_hand_is_tried_again_as_well(self):
        self.pull.interval_minutes = 0
        self.status = "503 Service Unavailable"
        self.run_job()
        self.pull.next_at = fields.Datetime.now() - timedelta(seconds=1)
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        trap.assert_jobs_count(1)
