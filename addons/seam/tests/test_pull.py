import contextlib
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine.fault import Fault

from .pull_case import Death, PullCase


@tagged("post_install", "-at_install")
class TestPull(PullCase):
    """Pages become messages, and none is lost or comes twice."""

    def test_it_begins_now_and_not_with_the_history(self):
        self.assertLess(
            fields.Datetime.now()
            - fields.Datetime.to_datetime(self.pull.cursor["since"].replace("T", " ")),
            timedelta(minutes=5),
        )

    def test_pages_become_messages_until_there_is_none(self):
        self.pages = [self.page(1, 2, total=3), self.page(3, more=False, total=1)]
        self.run_job()
        self.assertEqual(len(self.messages()), 3)
        self.assertEqual(self.messages()[0].topic, "thing.pulled")
        self.assertEqual((self.pull.state, self.pull.done, self.pull.new), ("idle", 3, 3))
        self.assertEqual((self.pull.total, self.pull.progress), (3, 100))
        self.assertEqual(self.asked[1], {"since": "2026-01-01T00:00:02"})
        self.assertGreater(self.pull.next_at, fields.Datetime.now() + timedelta(minutes=14))
        self.drain()
        self.assertEqual(set(self.messages().mapped("state")), {"done"})

    def test_what_is_known_is_recognised(self):
        self.pages = [self.page(1, 2, more=False)]
        self.run_job()
        self.pages = [self.page(2, 3, more=False)]
        self.run_job()
        self.assertEqual(len(self.messages()), 3)
        self.assertEqual((self.pull.done, self.pull.new), (2, 1))

    def test_a_page_that_cannot_be_stored_leaves_the_cursor_where_it_was(self):
        self.pages = [self.page(1), self.page(2, more=False)]
        store = type(self.env["seam.message"])._store
        calls = []

        def store_once(message, *args, **kwargs):
            calls.append(1)
            receipts = store(message, *args, **kwargs)
            if len(calls) == 2:
                raise Death
            return receipts

        self.patch(self.env.registry["seam.message"], "_store", store_once)
        with contextlib.suppress(Death):
            self.run_job()
        self.env.invalidate_all()
        self.assertEqual(len(self.messages()), 1)
        self.assertEqual(self.pull.cursor, {"since": "2026-01-01T00:00:01"})
        # the cron finds that its job is lost, and another one goes on from there
        self.pull.touched_at = fields.Datetime.now() - timedelta(minutes=10)
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        trap.assert_jobs_count(1)
        self.pages = [self.page(2, more=False)]
        self.work()
        self.assertEqual(self.asked[-1], {"since": "2026-01-01T00:00:01"})
        self.assertEqual((len(self.messages()), self.pull.state), (2, "idle"))

    def test_a_passing_fault_is_tried_again_and_ends_as_an_exception(self):
        down = Fault("transport.unavailable", "partner.example is unavailable (503).")
        for _number in range(2):
            self.pages = [down]
            self.run_job()
            self.assertEqual(self.pull.state, "idle")
            self.assertIn("503", self.pull.last_error)
        self.pages = [down]
        self.run_job()
        self.assertEqual(self.pull.state, "failed")
        self.assertEqual(self.open_cases().code, "transport.unavailable")
        self.assertTrue(self.pull.next_at, "it is tried on, at its own pace")
        self.pages = [self.page(1, more=False)]
        self.run_job()
        self.assertEqual((self.pull.state, self.pull.last_error), ("idle", False))
        self.assertFalse(self.open_cases())

    def test_the_time_that_the_partner_asks_for_is_kept(self):
        self.pages = [Fault("transport.unavailable", "Busy.", retry_after=900)]
        self.run_job()
        self.assertGreater(self.pull.next_at, fields.Datetime.now() + timedelta(seconds=890))

    def test_refused_credentials_go_to_a_person_at_once(self):
        self.pages = [Fault("auth.failed", "Refused.")]
        self.run_job()
        self.assertEqual((self.pull.state, self.pull.next_at), ("failed", False))
        self.assertEqual(self.open_cases().code, "auth.failed")

    def test_an_error_of_the_program_ends_in_the_support_queue(self):
        self.pages = [ValueError("not expected")]
        with self.assertLogs("odoo.addons.seam", "ERROR"):
            self.run_job()
        self.assertEqual((self.pull.state, self.open_cases().kind), ("failed", "bug"))

    def test_a_pull_that_is_paused_meanwhile_stops_and_keeps_nothing_of_the_page(self):
        def page(_cursor):
            self.pull.action_pause()
            self.env.flush_all()
            return self.page(1)

        with patch.object(type(self), "next_page", lambda _self, cursor: page(cursor)):
            self.run_job()
        self.assertEqual(self.pull.state, "paused")
        self.assertFalse(self.messages())
        self.pull.action_resume()
        self.assertEqual(self.pull.state, "idle")

    def test_a_reset_begins_again_at_a_date(self):
        with self.assertRaises(UserError):
            self.pull.action_reset()
        self.pull.reset_to = "2025-12-24 12:00:00"
        self.pull.action_reset()
        self.assertEqual(self.pull.cursor, {"since": "2025-12-24T12:00:00"})

    def test_an_operator_may_pull_and_a_viewer_may_not(self):
        with trap_jobs():
            self.pull.with_user(self.operator).action_pull_now()
        with self.assertRaises(AccessError), trap_jobs():
            self.pull.with_user(self.viewer).action_pull_now()

    def test_the_cron_starts_what_is_due_and_leaves_the_rest(self):
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        trap.assert_jobs_count(1)
        self.pull.write({"state": "idle", "interval_minutes": 0})
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        trap.assert_jobs_count(0)

    def test_a_paused_flow_is_not_pulled(self):
        self.flow.action_pause()
        with self.assertRaises(UserError):
            self.pull.action_pull_now()
