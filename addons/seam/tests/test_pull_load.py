import contextlib
from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Page

from .pull_case import Death, PullCase

PAGE = 20


@tagged("post_install", "-at_install")
class TestPullLoad(PullCase):
    """A partner with some history: 200 things on ten pages."""

    def setUp(self):
        super().setUp()
        self.dies_at = self.faults_at = None

    def next_page(self, cursor):
        """A partner who knows where each page begins, however often he is asked."""
        self.asked.append(cursor)
        since = cursor["since"]
        begin = 0 if since.startswith("1970") else int(since[-3:])
        if self.faults_at == begin:
            self.faults_at = None
            raise Fault("transport.unavailable", "Away for a moment.")
        numbers = range(begin, min(begin + PAGE, 200))
        items = [("thing.pulled", b'{"id": %d}' % number) for number in numbers]
        end = begin + len(items)
        cursor = {"since": f"2026-01-01T00:00:00.{end:03}"}
        return Page(items, cursor, end < 200, 200 - begin)

    def load(self):
        with trap_jobs() as trap:
            self.pull.action_load_all()
        trap.assert_jobs_count(1)

    def ids(self):
        return [int(message._body_bytes()[7:-1]) for message in self.messages()]

    def test_everything_comes_once(self):
        self.load()
        self.assertEqual(self.pull.cursor, {"since": "1970-01-01T00:00:00"})
        self.assertTrue(self.pull.loading)
        self.work()
        self.assertEqual(self.ids(), list(range(200)))
        self.assertEqual((self.pull.state, self.pull.loading), ("idle", False))
        self.assertEqual((self.pull.done, self.pull.new, self.pull.progress), (200, 200, 100))
        self.assertTrue(self.pull.complete_at)
        self.assertFalse(self.pull.left_text)
        self.load()
        self.work()
        self.assertEqual(len(self.ids()), 200, "asked again, nothing is new")
        self.assertEqual((self.pull.done, self.pull.new), (200, 0))

    def test_a_kill_in_the_middle_of_a_page(self):
        """Half of a page is stored when the server dies: none is lost, none comes twice."""
        store = type(self.env["seam.message"])._store
        stored = []

        def store_some(message, conf, arrivals, verdicts, **extra):
            stored.append(1)
            if len(stored) == 4:
                store(message, conf, arrivals[:7], verdicts[:7], **extra)
                raise Death
            return store(message, conf, arrivals, verdicts, **extra)

        self.load()
        with patch.object(self.env.registry["seam.message"], "_store", store_some):
            with contextlib.suppress(Death):
                self.work()
        self.env.invalidate_all()
        self.assertEqual(self.ids(), list(range(3 * PAGE)))
        self.assertEqual((self.pull.state, self.pull.done), ("running", 60))
        begun = self.pull.started_at
        # nobody heard of it for a while: the cron has another job go on
        self.pull.touched_at = fields.Datetime.now() - timedelta(minutes=10)
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        trap.assert_jobs_count(1)
        self.work()
        self.assertEqual(self.ids(), list(range(200)))
        self.assertEqual((self.pull.done, self.pull.new, self.pull.total), (200, 200, 200))
        self.assertEqual(self.pull.started_at, begun)

    def test_pause_and_go_on(self):
        self.load()
        self.stop_after(3)
        self.assertEqual((self.pull.state, self.pull.done, self.pull.loading), ("paused", 60, True))
        self.pull.touched_at = fields.Datetime.now() - timedelta(days=2)
        self.pull.worked = 60
        self.assertEqual((self.pull.rate, self.pull.progress), (60, 30))
        self.assertIn("2 minutes", self.pull.left_text)
        with trap_jobs() as trap:
            self.pull.action_resume()
        trap.assert_jobs_count(1)
        self.assertEqual((self.pull.state, self.pull.done), ("running", 60))
        self.work()
        self.assertEqual(self.ids(), list(range(200)))
        self.assertEqual((self.pull.done, self.pull.progress), (200, 100))
        self.assertLess(self.pull.worked, 3600, "two days of pause are no work")

    def test_cancelled_it_goes_on_where_it_stood_before(self):
        """What changed since then is fetched, and nothing more of the history."""
        self.pull.cursor = {"since": "2026-01-01T00:00:00.180"}
        self.load()
        self.stop_after(3)
        self.pull.action_cancel_load()
        self.assertEqual((self.pull.state, self.pull.loading), ("idle", False))
        self.assertEqual((self.pull.done, self.pull.total), (0, 0), "it is no longer half-way")
        self.assertEqual(self.ids(), list(range(60)), "what is fetched stays")
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        trap.assert_jobs_count(1)
        self.work()
        self.assertEqual(self.ids(), [*range(60), *range(180, 200)])
        with self.assertRaisesRegex(UserError, "any more"):
            self.pull.action_cancel_load()

    def test_cancelled_while_a_page_is_fetched_that_page_is_not_kept(self):
        self.load()
        fetch = type(self).next_page

        def page(case, cursor):
            if len(case.asked) == 2:
                case.pull.action_cancel_load()
                case.env.flush_all()
            return fetch(case, cursor)

        before = self.pull.cursor_before
        with patch.object(type(self), "next_page", page):
            self.work()
        self.assertEqual(self.ids(), list(range(2 * PAGE)))
        self.assertEqual((self.pull.state, self.pull.cursor), ("idle", before))

    def test_begun_anew_it_is_cancelled_to_where_the_first_began(self):
        self.pull.cursor = {"since": "2026-01-01T00:00:00.180"}
        self.load()
        self.load()
        self.pull.action_cancel_load()
        self.assertEqual(self.pull.cursor, {"since": "2026-01-01T00:00:00.180"})

    def stop_after(self, pages):
        fetch = type(self).next_page

        def page(case, cursor):
            if len(case.asked) == pages:
                case.pull.action_pause()
                case.env.flush_all()
            return fetch(case, cursor)

        with patch.object(type(self), "next_page", page):
            self.work()

    def test_a_failure_does_not_begin_anew(self):
        self.faults_at = 100
        self.pull.interval_minutes = 0
        self.load()
        self.work()
        self.assertEqual((self.pull.state, self.pull.done), ("idle", 100))
        self.pull.next_at = fields.Datetime.now()
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        trap.assert_jobs_count(1)
        self.work()
        self.assertEqual((self.ids(), self.pull.done), (list(range(200)), 200))

    def test_a_pull_that_is_at_work_is_told_to_stop(self):
        """Its page is not stored under the new cursor."""
        with trap_jobs():
            self.pull.action_pull_now()
        fetch = type(self).next_page
        begun = []

        def page(case, cursor):
            if not begun:
                begun.append(1)
                case.load()
                case.env.flush_all()
            return fetch(case, cursor)

        self.pull.cursor = {"since": "2026-01-01T00:00:00.180"}
        with patch.object(type(self), "next_page", page):
            self.work()
        self.assertFalse(self.messages())
        self.work()
        self.assertEqual(len(self.ids()), 200)

    def test_who_may(self):
        with self.assertRaises(AccessError), trap_jobs():
            self.pull.with_user(self.viewer).action_load_all()
        self.flow.action_pause()
        with self.assertRaises(UserError), trap_jobs():
            self.pull.with_user(self.operator).action_load_all()

    # -- at night ----------------------------------------------------------------------

    def night(self):
        """The hour has come. :return: number of jobs"""
        self.pull.catch_up_at = fields.Datetime.now() - timedelta(minutes=1)
        with trap_jobs() as trap:
            self.env["seam.pull"]._cron_due()
        return len(trap.enqueued_jobs)

    def test_the_last_day_is_asked_for_again(self):
        self.pull.write({"interval_minutes": 0, "catch_up": True, "catch_up_hours": 30})
        complete = datetime(2026, 3, 4, 5, 6, 7)
        self.pull.complete_at = complete
        self.assertEqual(self.night(), 1)
        self.assertEqual(self.pull.cursor, {"since": "2026-03-02T23:06:07"})
        self.assertGreater(self.pull.catch_up_at, fields.Datetime.now())

    def test_what_a_webhook_brought_is_recognised(self):
        self.pull.write({"catch_up": True, "interval_minutes": 0})
        self.load()
        self.work()
        self.assertEqual(self.night(), 1)
        self.pull.cursor = {"since": "2026-01-01T00:00:00.180"}
        self.work()
        self.assertEqual((self.pull.done, self.pull.new, len(self.ids())), (20, 0, 200))

    def test_what_did_not_come_to_its_end_goes_on_where_it_is(self):
        self.pull.write({"catch_up": True, "interval_minutes": 0})
        self.pull.cursor = {"since": "2026-01-01T00:00:00.120"}
        self.assertEqual(self.night(), 1, "it never came to an end")
        self.assertEqual(self.pull.cursor, {"since": "2026-01-01T00:00:00.120"})
        self.pull.state = "paused"
        self.assertEqual(self.night(), 0)

    def test_the_hour_is_that_of_the_owner(self):
        self.flow.owner_id.tz = "Asia/Tokyo"
        self.pull.write({"catch_up": True, "catch_up_hour": 2.5})
        now = datetime(2026, 3, 4, 12, 0)
        self.assertEqual(self.pull._next_night(now), datetime(2026, 3, 4, 17, 30))
        now = datetime(2026, 3, 4, 17, 30)
        self.assertEqual(self.pull._next_night(now), datetime(2026, 3, 5, 17, 30))
        with mute_logger("odoo.sql_db"), self.assertRaises(CheckViolation):
            self.pull.catch_up_hours = 0
            self.env.flush_all()
