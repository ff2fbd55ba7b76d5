from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure, UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.seam.const import CRASHES_ALLOWED
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from .common import SeamCase


class DrainCase(SeamCase):
    """A handler that notes what it applies, and stumbles over what it is told to.

    A document is ``{"id": key, "v": version, "bad": fault code}``.
    """

    def setUp(self):
        super().setUp()
        self.applied, self.batches = [], []
        handler = self.env.registry["seam.handler.none"]
        self.patch(handler, "_identify", lambda _self, document: self.identify(document))
        self.patch(handler, "_apply", lambda _self, letters: self.apply(letters))

    def identify(self, document):
        return Identity(document.get("id"), document.get("v"), label=document.get("id"))

    def apply(self, letters):
        self.batches.append([letter.document for letter in letters])
        for letter in letters:
            code = letter.document.get("bad")
            if code == "refuse":
                letter.refuse(Fault("business.rule", "This one is refused."))
                continue
            if code:
                raise Fault(code, f"Fault {code}.")
            self.applied.append((letter.document.get("id"), letter.document.get("v")))
            letter.done()

    def states(self, *receipts):
        return [self.message(receipt).state for receipt in receipts]


@tagged("post_install", "-at_install")
class TestBatches(DrainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(batch_size=10)

    def test_what_is_left_of_a_rush_is_shared(self):
        """A second worker finds something to do while the first one is at its last batch."""
        self.flow.batch_size = 50
        for number in range(48):
            self.receive(self.flow, {"id": f"d{number}"})
        self.drain()
        self.assertEqual([len(batch) for batch in self.batches], [24, 12, 10, 2])

    def test_like_messages_are_applied_together(self):
        for number in range(5):
            self.receive(self.flow, {"id": f"d{number}"})
        self.drain()
        self.assertEqual([len(batch) for batch in self.batches], [5])

    def test_a_bad_message_is_isolated_and_the_others_go_through(self):
        receipts = [
            self.receive(
                self.flow, {"id": f"d{n}", "bad": "business.rule"} if n == 3 else {"id": f"d{n}"}
            )
            for n in range(8)
        ]
        self.drain()
        states = self.states(*receipts)
        self.assertEqual(states.pop(3), "failed")
        self.assertEqual(set(states), {"done"})
        # each of the others counted once in what was kept
        self.assertEqual(self.open_cases().held_count, 1)

    def test_a_refused_letter_does_not_sink_its_batch(self):
        receipts = [
            self.receive(self.flow, {"id": "a", "bad": "refuse"}),
            self.receive(self.flow, {"id": "b"}),
        ]
        self.drain()
        self.assertEqual(self.states(*receipts), ["failed", "done"])
        self.assertEqual(len(self.batches), 1)

    def test_another_worker_that_made_the_record_first_is_no_fault(self):
        apply, calls = self.apply, []

        def lose_the_race_once(_handler, letters):
            calls.append(len(letters))
            if len(calls) == 1:
                raise UniqueViolation("made by another worker this moment")
            apply(letters)

        self.patch(self.env.registry["seam.handler.none"], "_apply", lose_the_race_once)
        message = self.send(self.flow, {"id": "a"})
        self.assertEqual(message.state, "done")
        self.assertEqual(message.tries, 1)

    def test_a_message_that_cannot_be_settled_stops_no_other(self):
        outcome = self.env.registry["seam.message"]._outcome

        def stumble(model, conf, letter):
            if letter.identity.key == "bad":
                raise ValueError("A mistake in the engine")
            return outcome(model, conf, letter)

        self.patch(self.env.registry["seam.message"], "_outcome", stumble)
        receipts = [self.receive(self.flow, {"id": name}) for name in ("a", "bad", "b")]
        with self.assertLogs("odoo.addons.seam", "ERROR"):
            self.drain()
        self.assertEqual(self.states(*receipts), ["done", "failed", "done"])
        self.assertEqual(self.open_cases().code, "bug.handler")

    def test_a_handler_that_forgets_a_letter_is_a_bug(self):
        self.patch(self.env.registry["seam.handler.none"], "_apply", lambda *_: None)
        message = self.send(self.flow, {"id": "a"})
        self.assertEqual((message.state, message.fault_code), ("failed", "bug.handler"))
        self.assertEqual(self.open_cases().kind, "bug")

    def test_effects_of_a_failed_message_are_rolled_back(self):
        def write_and_fail(handler, letters):
            handler.env["res.partner"].sudo().create({"name": "Ghost of a message"})
            raise ValueError("after the write")

        self.patch(self.env.registry["seam.handler.none"], "_apply", write_and_fail)
        with self.assertLogs("odoo.addons.seam", "ERROR"):
            self.send(self.flow, {"id": "a"})
        ghosts = self.env["res.partner"].search([("name", "=", "Ghost of a message")])
        self.assertFalse(ghosts)

    def test_other_flows_go_on_when_one_has_a_lot(self):
        other = self.make_flow(code="other", name="Other")
        for number in range(25):
            self.receive(self.flow, {"id": f"d{number}"})
        self.receive(other, {"id": "x"})
        self.drain()
        self.assertLess([len(b) for b in self.batches].index(1), 2)

    def test_a_paused_flow_keeps_and_applies_nothing(self):
        self.flow.action_pause()
        receipt = self.receive(self.flow, {"id": "a"})
        self.drain()
        self.assertEqual(self.states(receipt), ["pending"])
        self.flow.action_activate()
        self.drain()
        self.assertEqual(self.states(receipt), ["done"])

    def test_a_message_of_many_documents_becomes_one_message_each(self):
        parent = self.send(self.flow, [{"id": "a"}, {"id": "b", "bad": "refuse"}])
        self.drain()
        self.assertEqual(parent.state, "done")
        parts = parent.child_ids.sorted("position")
        self.assertEqual(parts.mapped("ordering_key"), ["a", "b"])
        self.assertEqual(parts.mapped("state"), ["done", "failed"])


@tagged("post_install", "-at_install")
class TestRetry(DrainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(retry_schedule="5, 60")

    def lapse(self, message):
        """Let the waiting time of a message be over."""
        past = fields.Datetime.now() - timedelta(seconds=1)
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = %s WHERE id = %s", [past, message.id]
        )
        self.env.invalidate_all()

    def test_a_passing_fault_waits_with_a_reason_and_a_time(self):
        message = self.send(self.flow, {"id": "a", "bad": "transport.timeout"})
        self.assertEqual(message.state, "waiting")
        self.assertIn("Fault transport.timeout", message.state_reason)
        seconds = (message.next_try_at - fields.Datetime.now()).total_seconds()
        self.assertTrue(0 < seconds < 10, seconds)
        jobs = self.env["queue.job"].search(
            [("model_name", "=", "seam.lane"), ("eta", "!=", False)]
        )
        self.assertTrue(jobs, "nobody comes when the time is up")

    def test_a_passing_fault_is_no_case_for_a_person(self):
        self.send(self.flow, {"id": "a", "bad": "transport.timeout"})
        self.assertFalse(self.open_cases())

    def test_the_next_try_does_not_come_too_early(self):
        message = self.send(self.flow, {"id": "a", "bad": "transport.timeout"})
        job = self.env["queue.job"].search([("eta", "!=", False)], order="id desc", limit=1)
        self.assertGreaterEqual(job.eta, message.next_try_at)

    def test_tries_end_and_then_a_person_is_asked(self):
        message = self.send(self.flow, {"id": "a", "bad": "transport.timeout"})
        for _try in range(2):
            self.assertEqual(message.state, "waiting")
            self.lapse(message)
            self.drain()
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.tries, 3)
        self.assertTrue(self.open_cases())

    def test_conflict_after_conflict_ends_in_waiting_by_the_schedule(self):
        def conflict(_handler, _letters):
            raise SerializationFailure("could not serialize access")

        self.patch(self.env.registry["seam.handler.none"], "_apply", conflict)
        message = self.send(self.flow, {"id": "a"})
        self.assertEqual((message.state, message.fault_code), ("waiting", "db.conflict"))
        self.assertTrue(message.next_try_at)
        self.assertEqual(message.ordering_key, "a")

    def test_a_message_that_is_too_old_is_not_tried_again(self):
        receipt = self.receive(self.flow, {"id": "a", "bad": "transport.timeout"})
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = received_at - interval '3 days' WHERE id = %s",
            [receipt.id],
        )
        self.drain()
        self.assertEqual(self.states(receipt), ["failed"])


@tagged("post_install", "-at_install")
class TestOrderOfStates(DrainCase):
    """Flows that carry states: the newest counts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(carries="state")

    def test_of_waiting_states_only_the_newest_is_applied(self):
        receipts = [self.receive(self.flow, {"id": "a", "v": version}) for version in (1, 3, 2)]
        self.drain()
        self.assertEqual(self.states(*receipts), ["superseded", "done", "superseded"])
        self.assertEqual(self.applied, [("a", 3)])

    def test_a_newer_state_ends_an_older_that_failed(self):
        old = self.send(self.flow, {"id": "a", "v": 1, "bad": "refuse"})
        self.assertTrue(self.open_cases())
        self.send(self.flow, {"id": "a", "v": 2})
        self.assertEqual(old.state, "superseded")
        self.assertFalse(self.open_cases(), "the case has nothing left to hold up")

    def test_the_same_document_failing_again_for_the_same_cause_is_held_once(self):
        old = self.send(self.flow, {"id": "a", "v": 1, "n": 1, "bad": "refuse"})
        again = self.send(self.flow, {"id": "a", "v": 1, "n": 2, "bad": "refuse"})
        self.assertEqual((old.state, again.state), ("superseded", "failed"))
        self.assertEqual(self.open_cases().held_count, 1)

    def test_a_newer_state_that_fails_for_another_cause_ends_no_older(self):
        old = self.send(self.flow, {"id": "a", "v": 1, "bad": "refuse"})
        self.send(self.flow, {"id": "a", "v": 2, "bad": "total.mismatch"})
        self.assertEqual(old.state, "failed")

    def test_an_older_failed_state_does_not_hold_up_a_newer(self):
        self.send(self.flow, {"id": "a", "v": 1, "bad": "transport.timeout"})
        newer = self.send(self.flow, {"id": "a", "v": 2})
        self.assertEqual(newer.state, "done")

    def test_without_versions_the_later_one_is_newer(self):
        old = self.send(self.flow, {"id": "a", "bad": "refuse"})
        self.send(self.flow, {"id": "a"})
        self.assertEqual(old.state, "superseded")

    def test_of_one_version_the_later_one_is_newer(self):
        receipts = [self.receive(self.flow, {"id": "a", "v": 1, "n": n}) for n in (1, 2)]
        self.drain()
        self.assertEqual(self.states(*receipts), ["superseded", "done"])


@tagged("post_install", "-at_install")
class TestOrderOfEvents(DrainCase):
    """Flows that carry events: each one counts, in order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(carries="event")

    def test_events_of_one_document_keep_their_order(self):
        receipts = [self.receive(self.flow, {"id": "a", "v": v}) for v in range(5)]
        self.drain()
        self.assertEqual(self.applied, [("a", v) for v in range(5)])
        self.assertEqual(set(self.states(*receipts)), {"done"})

    def test_an_event_waits_behind_one_that_failed_and_says_so(self):
        first = self.receive(self.flow, {"id": "a", "v": 1, "bad": "refuse"})
        self.drain()
        second = self.receive(self.flow, {"id": "a", "v": 2})
        other = self.receive(self.flow, {"id": "b", "v": 1})
        self.drain()
        self.assertEqual(self.states(first, second, other), ["failed", "waiting", "done"])
        self.assertEqual(self.message(second).predecessor_id.id, first.id)
        self.assertTrue(self.message(second).state_reason)

    def test_many_that_wait_for_one_document_hold_up_no_other(self):
        self.flow.batch_size = 1
        self.receive(self.flow, {"id": "a", "bad": "refuse"})
        self.drain()
        for number in range(10):
            self.receive(self.flow, {"id": "a", "v": number})
        other = self.receive(self.flow, {"id": "b"})
        self.drain()
        self.assertEqual(self.states(other), ["done"])

    def test_two_events_never_wait_for_each_other(self):
        """The earlier one became visible when the later one was at work already."""
        later = self.receive(self.flow, {"id": "a", "v": 2, "bad": "refuse"})
        conf = self._conf(self.flow)
        claim, ids, _loose = self.env["seam.message"]._claim_batch(conf)
        earlier = self.receive(self.flow, {"id": "a", "v": 1})
        self.env.cr.execute("UPDATE seam_message SET position = 0 WHERE id = %s", [earlier.id])
        self.drain()
        self.assertEqual(self.states(later, earlier), ["working", "pending"])
        self.env["seam.message"]._work(conf, claim)
        self.drain()
        self.assertEqual(self.states(later, earlier), ["failed", "done"])

    def test_of_two_workers_one_gets_a_document(self):
        self.receive(self.flow, {"id": "a", "v": 1})
        conf = self._conf(self.flow)
        self.env["seam.message"]._claim_batch(conf)
        other = self.receive(self.flow, {"id": "a", "v": 2})
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            with self.env.cr.savepoint():
                self.env.cr.execute(
                    "UPDATE seam_message SET state = 'working' WHERE id = %s", [other.id]
                )

    def test_discarding_the_first_lets_the_second_go(self):
        first = self.receive(self.flow, {"id": "a", "v": 1, "bad": "refuse"})
        second = self.receive(self.flow, {"id": "a", "v": 2})
        self.drain()
        self.message(first).with_user(self.operator)._discard("Was a test")
        self.commit()
        self.drain()
        self.assertEqual(self.states(first, second), ["discarded", "done"])

    def test_an_edited_event_keeps_its_place(self):
        first = self.receive(self.flow, {"id": "a", "v": 1, "bad": "refuse"})
        second = self.receive(self.flow, {"id": "a", "v": 2})
        self.drain()
        edited = (
            self.message(first)
            .with_user(self.operator)
            ._edit('{"id": "a", "v": 1}', "The partner said so")
        )
        self.commit()
        self.drain()
        self.assertEqual(self.states(first, second), ["replaced", "done"])
        self.assertEqual(edited.state, "done")
        self.assertEqual(self.applied, [("a", 1), ("a", 2)])

    def test_a_follower_cannot_be_retried_past_its_predecessor(self):
        self.receive(self.flow, {"id": "a", "v": 1, "bad": "refuse"})
        second = self.receive(self.flow, {"id": "a", "v": 2})
        self.drain()
        with self.assertRaisesRegex(UserError, "Resolve that one first"):
            self.message(second).with_user(self.operator).action_retry()


@tagged("post_install", "-at_install")
class TestDeadWorkers(DrainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()

    def die_with(self, flow):
        """A worker claims a batch and is gone; its lease runs out."""
        conf = self._conf(flow)
        _claim, ids, _loose = self.env["seam.message"]._claim_batch(conf)
        self.env.cr.execute(
            "UPDATE seam_message SET lease_until = lease_until - interval '1 hour'"
            " WHERE id = ANY(%s)",
            [ids],
        )
        self.env.invalidate_all()
        return ids

    def test_what_a_dead_worker_held_is_processed_by_another(self):
        receipt = self.receive(self.flow, {"id": "a"})
        self.die_with(self.flow)
        self.assertEqual(self.states(receipt), ["working"])
        self.drain()
        self.assertEqual(self.states(receipt), ["done"])
        self.assertIn("worker.killed", self.message(receipt).event_ids.mapped("code"))

    def test_a_lease_that_runs_is_left_alone(self):
        receipt = self.receive(self.flow, {"id": "a"})
        self.env["seam.message"]._claim_batch(self._conf(self.flow))
        self.env["seam.message"]._rescue()
        self.env.invalidate_all()
        self.assertEqual(self.states(receipt), ["working"])

    def test_after_a_crash_each_message_is_tried_alone(self):
        for name in "abc":
            self.receive(self.flow, {"id": name})
        self.die_with(self.flow)
        self.receive(self.flow, {"id": "d"})
        self.drain()
        self.assertEqual([len(batch) for batch in self.batches], [1, 1, 1, 1])

    def test_a_message_that_kills_its_worker_is_put_aside(self):
        killer = self.receive(self.flow, {"id": "killer"})
        for _crash in range(CRASHES_ALLOWED):
            self.assertEqual(self.states(killer), ["pending"])
            self.die_with(self.flow)
            self.env["seam.message"]._rescue()
            self.env.invalidate_all()
        self.assertEqual(self.states(killer), ["failed"])
        self.assertEqual(self.open_cases().code, "worker.killed")

    def test_somebody_comes_when_the_lease_of_a_dead_worker_is_over(self):
        receipt = self.receive(self.flow, {"id": "a"})
        self.env["seam.message"]._claim_batch(self._conf(self.flow))
        for _drain in range(2):
            self.drain()
        lease_until = self.message(receipt).lease_until
        jobs = self.env["queue.job"].search([("eta", ">=", lease_until)])
        self.assertEqual(len(jobs), 1)

    def test_a_rescue_wakes_the_lane_of_what_it_rescued(self):
        bulk = self.make_flow(code="bulk", name="Bulk", lane="bulk")
        self.receive(bulk, {"id": "a"})
        self.env["seam.lane"].search([("code", "=", "bulk")])._clear_wake()
        self.die_with(bulk)
        self.drain("normal")
        self.assertTrue(self.env["seam.lane"].search([("code", "=", "bulk")]).woken)

    def test_a_message_put_aside_leaves_its_earlier_case(self):
        message = self.message(self.receive(self.flow, {"id": "a", "bad": "refuse"}))
        self.drain()
        message.with_user(self.operator).action_retry()
        self.commit()
        for _crash in range(CRASHES_ALLOWED):
            self.die_with(self.flow)
            self.env["seam.message"]._rescue()
        self.env.invalidate_all()
        self.assertEqual(self.open_cases().code, "worker.killed")

    def test_a_case_that_was_left_open_is_closed_by_the_sweep(self):
        message = self.message(self.receive(self.flow, {"id": "a", "bad": "refuse"}))
        self.drain()
        message.with_user(self.operator)._discard("Its process dies before the case closes")
        self.env["seam.lane"]._cron_sweep()
        self.assertFalse(self.open_cases())

    def test_a_worker_that_lost_its_claim_writes_nothing(self):
        receipt = self.receive(self.flow, {"id": "a"})
        conf = self._conf(self.flow)
        claim, ids, _loose = self.env["seam.message"]._claim_batch(conf)
        self.env.cr.execute("UPDATE seam_message SET claim = claim + 1 WHERE id = ANY(%s)", [ids])
        with self.assertLogs("odoo.addons.seam", "WARNING"):
            self.env["seam.message"]._work(conf, claim)
        self.env.invalidate_all()
        self.assertEqual(self.states(receipt), ["working"])
        self.assertFalse(self.batches)

    def test_a_wake_up_that_was_lost_is_noticed(self):
        self.receive(self.flow, {"id": "a"})
        self.env["queue.job"].search([]).unlink()
        self.env.cr.execute("UPDATE seam_lane SET woken_at = woken_at - interval '5 minutes'")
        self.env["seam.lane"]._cron_sweep()
        jobs = self.env["queue.job"].search([("model_name", "=", "seam.lane")])
        self.assertEqual(len(jobs), 1)


@tagged("post_install", "-at_install")
class TestActs(DrainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()

    def failed(self, name="a"):
        return self.send(self.flow, {"id": name, "bad": "refuse"})

    def test_discarding_needs_a_reason_and_keeps_it(self):
        message = self.failed().with_user(self.operator)
        with self.assertRaises(UserError):
            message._discard("  ")
        message._discard("Ordered by phone instead")
        self.assertEqual(message.state, "discarded")
        event = message.event_ids[-1]
        self.assertEqual((event.user_id, event.reason), (self.operator, "Ordered by phone instead"))
        self.commit()
        self.assertFalse(self.open_cases())

    def test_of_two_people_one_gets_the_message(self):
        message = self.failed()
        message.with_user(self.operator)._edit('{"id": "a"}', "mended")
        with self.assertRaisesRegex(UserError, "in the meantime"):
            message.with_user(self.operator)._discard("not needed")
        with self.assertRaisesRegex(UserError, "in the meantime"):
            message.with_user(self.operator).action_retry()

    def test_an_edit_keeps_the_difference(self):
        message = self.failed().with_user(self.operator)
        edited = message._edit('{"id": "a"}', "mended")
        self.assertEqual(message.replaced_by_id, edited)
        self.assertEqual(edited.replaces_id, message)
        self.assertIn('-  "bad": "refuse"', edited.sudo().event_ids[0].data["difference"])

    def test_retrying_all_that_a_case_holds_up(self):
        messages = self.failed("a") | self.failed("b")
        self.patch(
            self.env.registry["seam.handler.none"],
            "_apply",
            lambda _self, letters: [letter.done() for letter in letters],
        )
        case = self.open_cases()
        self.assertEqual(case.held_count, 2)
        case.with_user(self.operator).action_retry()
        self.commit()
        self.drain()
        self.assertEqual(messages.mapped("state"), ["done", "done"])
        self.assertEqual((case.state, case.held_count), ("resolved", 0))
        self.assertEqual(messages.exception_id, case, "it still tells what it held up")

    def test_saying_what_a_code_means_releases_what_waited_for_it(self):
        partner = self.env["res.partner"].create({"name": "The one that is meant"})

        def apply(handler, letters):
            for letter in letters:
                found = handler.env["seam.binding"]._find(self.system.id, "res.partner", ["C7"])
                if found:
                    letter.done(found["C7"])
                else:
                    letter.refuse(
                        Fault(
                            "master.unknown",
                            "Customer C7 is not known.",
                            subject="customer:C7",
                            extra={
                                "missing": {
                                    "model": "res.partner",
                                    "code": "C7",
                                    "via": "binding",
                                }
                            },
                        )
                    )

        self.patch(self.env.registry["seam.handler.none"], "_apply", apply)
        messages = self.send(self.flow, {"id": "a"}) | self.send(self.flow, {"id": "b"})
        case = self.open_cases()
        self.assertEqual(len(case), 1, "one cause, one case")
        wizard = (
            self.env["seam.fix.wizard"]
            .with_user(self.operator)
            .create({"exception_id": case.id, "res_id": partner.id})
        )
        wizard.action_fix()
        self.commit()
        self.drain()
        self.assertEqual(messages.mapped("state"), ["done", "done"])
        self.assertEqual(messages[0]._record(), partner)
        self.assertEqual(case.state, "resolved")


@tagged("post_install", "-at_install")
class TestDrift(DrainCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()

    def need(self, needs, creates=()):
        handler = self.env.registry["seam.handler.none"]
        self.patch(handler, "_needs", lambda _self: needs)
        self.patch(handler, "_creates", creates)
        # what happens when the registry is loaded
        self.env["seam.flow"]._register_hook()

    def test_a_missing_or_retyped_field_blocks_the_flow_once(self):
        self.need({"res.partner": {"shoe_size": "integer", "name": "integer"}})
        self.assertEqual(self.flow.state, "blocked")
        case = self.open_cases()
        self.assertEqual(case.code, "drift.erp")
        self.assertIn("shoe_size", case.name)
        receipt = self.receive(self.flow, {"id": "a"})
        self.drain()
        self.assertEqual(self.states(receipt), ["pending"])

    def test_a_newly_mandatory_field_blocks_the_flow(self):
        field = self.env["res.partner.category"]._fields["color"]
        with patch.object(field, "required", True), patch.object(field, "default", None):
            self.need({"res.partner.category": {"name": "char"}}, ["res.partner.category"])
        self.assertEqual(self.flow.state, "blocked")
        self.assertIn("color", self.flow.state_reason)

    def test_a_flow_goes_on_when_the_fields_are_back(self):
        self.need({"res.partner": {"shoe_size": "integer"}})
        receipt = self.receive(self.flow, {"id": "a"})
        self.need({})
        self.commit()
        self.drain()
        self.assertEqual(self.flow.state, "active")
        self.assertFalse(self.open_cases())
        self.assertEqual(self.states(receipt), ["done"])
