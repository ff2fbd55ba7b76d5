import threading
import time

from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged

from .committed import CommittedSystem
from .common import SeamCase

REASON = "wms.example did not answer in time."


@tagged("post_install", "-at_install")
class TestCircuit(SeamCase):
    """A system that fails is left alone for a while, and everybody can see why."""

    def setUp(self):
        super().setUp()
        self.circuit = self.env["seam.circuit"]
        self.env.flush_all()

    def stop(self):
        self.circuit._note(self.system.id, 2, 0)
        self.circuit._note(self.system.id, 0, 10, REASON)
        self.env.invalidate_all()

    def time_is_up(self):
        self.env.cr.execute(
            "UPDATE seam_circuit SET until = extract(epoch FROM clock_timestamp()) - 1,"
            " since = since - 40"
        )
        self.env.invalidate_all()

    def notes(self):
        return [m.body for m in self.system.message_ids if "Stopped" in m.body or "again" in m.body]

    def test_all_calls_go_while_it_answers(self):
        self.assertEqual(self.circuit._admit(self.system.id, 7), (7, 0))
        self.circuit._note(self.system.id, 9, 3, REASON)
        self.assertEqual(self.circuit._admit(self.system.id, 7), (7, 0))
        self.assertFalse(self.system.circuit_text)
        self.assertEqual(self.system.health, "ok")

    def test_it_stops_and_says_why(self):
        self.stop()
        count, seconds = self.circuit._admit(self.system.id, 7)
        self.assertEqual(count, 0)
        self.assertTrue(25 < seconds <= 30, seconds)
        self.assertRegex(
            self.system.circuit_text,
            r"^Stopped since .+ after 10 of 12 calls failed: "
            r"wms\.example did not answer in time\. Next try at .+\.$",
        )
        self.assertEqual(self.system.health, "error")
        self.assertEqual(len(self.notes()), 1)
        self.assertIn("10 of 12 calls", self.notes()[0])

    def test_one_call_tries_and_a_good_one_lets_all_go(self):
        self.stop()
        self.time_is_up()
        self.assertIn("One call is let through", self.system.circuit_text)
        self.assertEqual(self.circuit._admit(self.system.id, 7), (1, 0))
        self.assertEqual(self.circuit._admit(self.system.id, 7)[0], 0)
        self.circuit._note(self.system.id, 1, 0)
        self.env.invalidate_all()
        self.assertEqual(self.circuit._admit(self.system.id, 7), (7, 0))
        self.assertEqual(len(self.notes()), 2)
        self.assertIn("go out again", self.notes()[0])
        self.assertEqual(self.system.health, "ok")

    def test_a_bad_try_is_told_once_only(self):
        self.stop()
        self.time_is_up()
        self.circuit._admit(self.system.id, 1)
        self.circuit._note(self.system.id, 0, 1, "wms.example is unavailable (503).")
        self.env.invalidate_all()
        self.assertEqual(len(self.notes()), 1)
        self.assertIn("10 of 12", self.system.circuit_text)
        self.assertIn("(503)", self.system.circuit_text)
        self.assertTrue(50 < self.circuit._admit(self.system.id, 1)[1] <= 60)

    def test_a_try_that_was_not_made_goes_to_the_next(self):
        self.stop()
        self.time_is_up()
        self.assertEqual(self.circuit._admit(self.system.id, 3)[0], 1)
        self.circuit._note(self.system.id, 0, 0)
        self.assertEqual(self.circuit._admit(self.system.id, 3)[0], 1)

    def test_other_systems_go_on(self):
        other = self.system.copy({"code": "other"})
        self.env.flush_all()
        self.stop()
        self.assertEqual(self.circuit._admit(other.id, 7), (7, 0))

    def test_an_administrator_lets_it_go_on(self):
        self.stop()
        with self.assertRaises(AccessError):
            self.system.with_user(self.operator).action_close_circuit()
        manager = new_test_user(self.env, "circuit-manager", groups="seam.group_seam_manager")
        self.env.flush_all()
        self.system.with_user(manager).action_close_circuit()
        self.env.invalidate_all()
        self.assertEqual(self.circuit._admit(self.system.id, 7), (7, 0))
        self.assertFalse(self.system.circuit_text)
        who = self.system.message_ids.filtered(lambda m: "without waiting" in m.body).author_id
        self.assertEqual(who, manager.partner_id)

    def test_viewers_see_it_and_nobody_changes_it(self):
        self.stop()
        self.assertIn("Stopped", self.system.with_user(self.viewer).circuit_text)
        row = self.circuit.search([("system_id", "=", self.system.id)])
        for user in (self.viewer, self.operator):
            with self.assertRaises(AccessError):
                row.with_user(user).write({"opened": 0})


@tagged("post_install", "-at_install")
class TestOutgoingRate(SeamCase):
    """Our calls keep to what was agreed, whoever makes them."""

    def setUp(self):
        super().setUp()
        self.rate = self.env["seam.rate"]
        self.env.flush_all()

    def test_without_a_limit_all_go(self):
        self.assertEqual(self.rate._grant(self.system.id, 0, 50), (50, 0))

    def looked_at(self, seconds):
        """So many seconds from now is when the bucket was filled last: none passes until then."""
        self.env.cr.execute(
            "UPDATE seam_rate SET at = extract(epoch FROM clock_timestamp()) + %s"
            " WHERE system_id = %s AND way = 'out'",
            [seconds, self.system.id],
        )

    def test_a_limit_is_kept(self):
        self.assertEqual(self.rate._grant(self.system.id, 120, 50), (2, 0))
        self.looked_at(3600)
        self.assertEqual(self.rate._grant(self.system.id, 120, 50), (0, 0.5))
        self.looked_at(-0.6)
        self.assertEqual(self.rate._grant(self.system.id, 120, 50), (1, 0))

    def test_a_new_limit_counts_at_once(self):
        self.assertEqual(self.rate._grant(self.system.id, 60, 50), (1, 0))
        self.looked_at(3600)
        self.assertEqual(self.rate._grant(self.system.id, 60, 50), (0, 1))
        self.looked_at(-0.02)
        self.assertGreaterEqual(self.rate._grant(self.system.id, 6000, 50)[0], 1)

    def test_calls_to_us_are_counted_apart(self):
        self.assertEqual(self.rate._grant(self.system.id, 60, 5), (1, 0))
        self.looked_at(3600)
        self.assertEqual(self.rate._take(self.system.id, 60), 0)
        self.assertEqual(self.rate._grant(self.system.id, 60, 5)[0], 0)

    def test_a_partner_who_is_busy_is_left_alone(self):
        self.rate._hold(self.system.id, 120)
        for limit in (0, 600):
            count, seconds = self.rate._grant(self.system.id, limit, 50)
            self.assertEqual(count, 0)
            self.assertTrue(60 < seconds <= 120, seconds)
        self.rate._hold(self.system.id, 5)
        self.assertGreater(self.rate._grant(self.system.id, 0, 1)[1], 60, "the longer one stays")

    def test_nobody_is_held_for_more_than_a_day(self):
        self.rate._hold(self.system.id, 10**9)
        self.assertLessEqual(self.rate._grant(self.system.id, 0, 1)[1], 86400)


@tagged("post_install", "-at_install")
class TestBesideEachOther(CommittedSystem, TransactionCase):
    """Workers on connections of their own, as processes have them."""

    def test_the_rate_is_exact(self):
        began = time.monotonic()
        granted = self.beside(8, lambda env: self.grants(env, 25))
        seconds = time.monotonic() - began
        most = 20 + 20 * seconds
        self.assertLessEqual(sum(granted), most + 1)
        self.assertGreaterEqual(sum(granted), 20)

    def grants(self, env, times):
        return sum(env["seam.rate"]._grant(self.system_id, 1200, 3)[0] for _ in range(times))

    def test_failures_of_all_workers_count_together(self):
        self.beside(8, lambda env: env["seam.circuit"]._note(self.system_id, 0, 2, REASON))
        with self.registry.cursor() as cr:
            cr.execute("SELECT opened FROM seam_circuit WHERE system_id = %s", [self.system_id])
            self.assertEqual(cr.fetchone(), (1,))
            cr.execute(
                "SELECT count(*) FROM mail_message WHERE model = 'seam.system' AND res_id = %s"
                " AND body LIKE '%%Stopped%%'",
                [self.system_id],
            )
            self.assertEqual(cr.fetchone(), (1,), "it is told once")

    def test_one_alone_may_try(self):
        with self.registry.cursor() as cr:
            self.own(cr)["seam.circuit"]._note(self.system_id, 0, 10, REASON)
            cr.execute("UPDATE seam_circuit SET until = 1 WHERE system_id = %s", [self.system_id])
        let = self.beside(8, lambda env: env["seam.circuit"]._admit(self.system_id, 5)[0])
        self.assertEqual(sorted(let), [0] * 7 + [1])

    def test_a_closed_circuit_takes_no_lock(self):
        """Whoever notes something does not hold up those who ask."""
        with self.registry.cursor() as cr:
            self.own(cr)["seam.circuit"]._note(self.system_id, 1, 0)
        held, free = threading.Event(), threading.Event()

        def hold():
            with self.registry.cursor() as cr:
                cr.execute(
                    "SELECT 1 FROM seam_circuit WHERE system_id = %s FOR UPDATE", [self.system_id]
                )
                held.set()
                free.wait(60)

        thread = threading.Thread(target=hold)
        thread.start()
        try:
            self.assertTrue(held.wait(60))
            asked = time.monotonic()
            (answer,) = self.beside(1, lambda env: env["seam.circuit"]._admit(self.system_id, 5))
            self.assertEqual(answer, (5, 0))
            self.assertLess(time.monotonic() - asked, 30)
        finally:
            free.set()
            thread.join()
