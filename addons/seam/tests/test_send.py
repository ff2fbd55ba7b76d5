import threading
import time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..models import sender
from .outgoing_case import OutgoingCase, answer, hang_up


@tagged("-at_install", "post_install")
class TestEmit(OutgoingCase):
    def test_what_a_transaction_emits_is_sent_after_it(self):
        self.env["seam.handler.none"]._emit(self.contact, "created")
        self.assertFalse(self.asked(), "nobody is called in the business transaction")
        self.commit()
        message = self.outgoing()
        self.assertEqual((message.state, message.direction), ("pending", "out"))
        self.assertEqual(message.label, "Ada")
        self.send_out()
        self.assertEqual(
            self.asked(),
            [("POST", "/in/contacts", {"name": "Ada", "ref": "A-1", "what": "created"})],
        )
        message = self.outgoing()
        self.assertEqual(message.state, "done")
        self.assertEqual(message._record(), self.contact)

    def test_several_changes_of_one_transaction_are_one_message(self):
        for _again in range(3):
            self.env["seam.handler.none"]._emit(self.contact, "changed")
        self.commit()
        self.assertEqual(len(self.outgoing()), 1)

    def test_a_rolled_back_change_sends_nothing(self):
        with self.assertRaises(ZeroDivisionError), self.env.cr.savepoint():
            self.env["seam.handler.none"]._emit(self.contact, "changed")
            raise ZeroDivisionError
        self.commit()
        self.assertFalse(self.outgoing())

    def test_a_change_that_came_from_a_system_is_not_sent_back_to_it(self):
        handler = self.env["seam.handler.none"].with_context(seam_origin=self.system.id)
        handler._emit(self.contact, "changed")
        self.commit()
        self.assertFalse(self.outgoing())
        handler._emit(self.contact, "changed", answer=True)
        self.commit()
        self.assertEqual(len(self.outgoing()), 1)

    def test_a_flow_that_is_being_set_up_carries_nothing(self):
        self.flow.state = "draft"
        self.emit()
        self.assertFalse(self.outgoing())

    def test_a_paused_flow_keeps_what_is_to_be_sent_and_says_why(self):
        self.flow.action_pause()
        self.emit()
        self.send_out()
        self.assertEqual(self.outgoing().state, "pending")
        self.assertIn("paused", self.outgoing().why)
        self.assertFalse(self.asked())

    def test_an_event_is_as_it_was_when_it_happened(self):
        self.emit(topic="created")
        self.contact.name = "Ada Lovelace"
        self.send_out()
        self.assertEqual(self.asked()[0][2]["name"], "Ada")

    def test_what_cannot_be_built_does_not_fail_the_business_and_is_shown(self):
        self.contact.ref = "broken"
        self.emit()
        self.send_out()
        message = self.outgoing()
        self.assertEqual((message.state, message.fault_code), ("failed", "business.rule"))
        self.assertEqual(self.open_cases().held_count, 1)
        self.contact.ref = "A-2"
        self.open_cases().action_retry()
        self.commit()
        self.send_out()
        old, new = self.outgoing()
        self.assertEqual((old.state, new.state), ("replaced", "done"))
        self.assertEqual(new.replaces_id, old)
        self.assertFalse(self.open_cases())
        self.assertEqual(self.asked()[0][2]["ref"], "A-2")

    def test_all_that_cannot_be_built_is_shown_at_once(self):
        """Though no call is made of any of them, for whose answer the job would stay."""
        contacts = self.env["res.partner"].create(
            [{"name": f"Ada {number}", "ref": "broken"} for number in range(20)]
        )
        self.emit(contacts)
        self.send_out()
        self.assertEqual(set(self.outgoing().mapped("state")), {"failed"})

    def test_a_deleted_record_is_told_with_the_document_it_had(self):
        documents = {self.contact.id: {"name": "Ada", "gone": True}}
        self.env["seam.handler.none"]._emit(self.contact, "deleted", documents=documents)
        self.contact.unlink()
        self.commit()
        self.send_out()
        self.assertEqual(self.asked()[0][2], {"name": "Ada", "gone": True})

    def test_one_trace_and_correlation_run_through(self):
        self.emit(topic="one")
        self.emit(topic="two")
        one, two = self.outgoing()
        self.assertEqual(one.correlation, two.correlation)
        self.assertEqual(one.trace_id, two.trace_id)
        self.send_out()
        headers = self.server.requests[0].headers
        self.assertIn(one.trace_id, headers["traceparent"])
        self.assertEqual(headers["x-correlation-id"], one.correlation)
        self.assertEqual(headers["idempotency-key"], one.uuid)


@tagged("-at_install", "post_install")
class TestStates(OutgoingCase):
    carries = "state"

    def emit_nothing(self):
        """The record changed so that the partner has all of it already."""
        self.build = lambda records, topic: [None for _record in records]
        self.emit()
        self.send_out()

    def test_only_the_newest_state_is_sent(self):
        self.emit()
        self.contact.name = "Ada Lovelace"
        self.emit()
        self.send_out()
        self.assertEqual([a[2]["name"] for a in self.asked()], ["Ada Lovelace"])
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "done"])

    def test_a_state_whose_record_is_gone_is_not_sent(self):
        self.emit()
        self.contact.unlink()
        self.send_out()
        self.assertEqual(self.outgoing().state, "superseded")
        self.assertFalse(self.asked())

    def test_where_nothing_is_to_be_told_any_more_nothing_is_held_up(self):
        self.answers = [answer("422 No", b'{"message": "No."}')]
        self.emit()
        self.send_out()
        self.assertEqual(self.outgoing().state, "failed")
        self.emit_nothing()
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "superseded"])
        self.assertFalse(self.open_cases())
        self.assertEqual(len(self.asked()), 1)

    def test_what_may_have_arrived_is_asked_for_though_nothing_is_to_be_told_any_more(self):
        """The partner may have taken what was set back here since."""
        self.flow.can_look_up = True
        self.env["seam.binding"]._bind(self.system.id, {"X-9": self.contact})
        self.answers = [hang_up(), answer("200 OK", b'{"id": "X-9"}')]
        self.emit()
        self.send_out()
        self.emit_nothing()
        first, second = self.outgoing()
        self.assertEqual((first.unsure, second.state), (True, "superseded"))
        self.assertNotEqual(first.state, "superseded")

    def test_a_newer_state_ends_one_that_waits_for_its_next_try(self):
        self.answers = [answer("503 Gone fishing"), answer("200 OK")]
        self.emit()
        self.send_out()
        self.assertEqual(self.outgoing().state, "waiting")
        self.emit()
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "done"])

    def test_what_may_have_been_made_there_is_looked_for_before_a_newer_state(self):
        """A newer state under a key of its own would make another record."""
        self.flow.can_look_up = True
        made = answer("200 OK", b'{"id": "X-9"}')
        self.answers = [hang_up(), made, made]
        self.emit()
        self.send_out()
        self.contact.name = "Ada Lovelace"
        self.emit()
        self.send_out()
        first, second = self.outgoing()
        self.assertEqual((first.state, second.state), ("waiting", "waiting"))
        self.assertEqual(second.predecessor_id, first)
        self.let_time_pass(first)
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["done", "done"])
        asked = [(method, target) for method, target, _document in self.asked()]
        path = "/in/contacts"
        self.assertEqual(asked, [("POST", path), ("GET", f"{path}/{first.uuid}"), ("POST", path)])

    def test_what_a_newer_state_may_have_made_there_an_older_one_does_not_make_again(self):
        """The older was refused for the moment, and is due before the newer."""
        self.flow.can_look_up = True
        made = answer("200 OK", b'{"id": "X-9"}')
        self.answers = [answer("429 Too Many Requests"), hang_up(), made]
        self.emit()
        self.send_out()
        self.env["seam.rate"].search([]).unlink()
        self.emit()
        self.send_out()
        first, second = self.outgoing()
        self.assertEqual((first.unsure, second.unsure), (False, True))
        self.let_time_pass(first)
        self.send_out()
        self.assertEqual(len(self.asked()), 2, "nobody knows yet whether it is there")
        first, second = self.outgoing()
        self.assertEqual(first.predecessor_id, second)
        self.assertIn("a later message of the same document", first.state_reason)
        self.let_time_pass(second)
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "done"])
        self.assertEqual([a[0] for a in self.asked()], ["POST", "POST", "GET"])

    def while_in_hand(self, deed):
        """Do something while the next message is being prepared, once."""
        build = self.build

        def meanwhile(records, topic):
            self.build = build
            deed()
            return build(records, topic)

        self.build = meanwhile

    def make_due(self, message):
        """As the sweep of another worker does: it is pending, whatever it waited for."""
        self.env.cr.execute(
            "UPDATE seam_message SET state = 'pending', next_try_at = NULL WHERE id = %s",
            [message.id],
        )

    def test_what_a_newer_state_made_there_an_older_one_does_not_make_again(self):
        """The older is due again at the moment in which the newer is told."""
        self.answers = [answer("429 Too Many Requests"), answer("200 OK", b'{"id": "X-9"}')]
        self.emit()
        self.send_out()
        first = self.outgoing()
        self.env["seam.rate"].search([]).unlink()
        self.contact.name = "Ada Lovelace"
        self.emit()
        self.while_in_hand(lambda: self.make_due(first))
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "done"])
        self.assertEqual([a[2]["name"] for a in self.asked()], ["Ada", "Ada Lovelace"])

    def test_what_a_newer_state_may_have_changed_there_an_older_one_does_not_take_back(self):
        """The partner has the newer one, which nobody knows yet; the older was refused."""
        self.flow.can_look_up = True
        self.env["seam.binding"]._bind(self.system.id, {"X-9": self.contact})
        told = answer("200 OK", b'{"id": "X-9"}')
        self.answers = [answer("429 Too Many Requests"), hang_up(), told]
        self.emit()
        self.send_out()
        self.env["seam.rate"].search([]).unlink()
        self.contact.name = "Ada Lovelace"
        self.emit()
        self.send_out()
        first, second = self.outgoing()
        self.assertEqual((first.state, second.unsure), ("waiting", True))
        self.let_time_pass(first)
        self.send_out()
        self.let_time_pass(second)
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "done"])
        self.assertEqual([a[0] for a in self.asked()], ["POST", "POST", "GET"])

    def test_what_was_set_back_meanwhile_is_not_told_late(self):
        """The newer has nothing to tell, the older was refused and is due again just then."""
        self.answers = [answer("429 Too Many Requests"), answer("200 OK")]
        self.emit()
        self.send_out()
        first = self.outgoing()
        self.env["seam.rate"].search([]).unlink()
        self.build = lambda records, topic: [None for _record in records]
        self.while_in_hand(lambda: self.make_due(first))
        self.emit()
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "superseded"])
        self.assertEqual(len(self.asked()), 1)

    def test_both_are_due_and_the_one_that_may_have_arrived_goes_first(self):
        self.answers = [hang_up(), answer("200 OK", b'{"id": "X-9"}')]
        self.emit()
        self.send_out()
        self.emit()
        self.let_time_pass(self.outgoing())
        self.send_out()
        first, second = self.outgoing()
        self.assertEqual((first.state, second.state), ("done", "done"))
        keys = [request.headers["idempotency-key"] for request in self.server.requests]
        self.assertEqual(keys, [first.uuid, first.uuid, second.uuid])

    def test_what_is_known_there_by_an_id_is_told_the_newest_at_once(self):
        self.env["seam.binding"]._bind(self.system.id, {"X-9": self.contact})
        self.answers = [hang_up(), answer("200 OK")]
        self.emit()
        self.send_out()
        self.emit()
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["superseded", "done"])


@tagged("-at_install", "post_install")
class TestAnswers(OutgoingCase):
    def send_with(self, *answers):
        self.answers = list(answers)
        self.emit()
        self.send_out()
        return self.outgoing()

    def test_the_partners_id_is_bound_to_the_record(self):
        self.send_with(answer("201 Created", b'{"id": 4711}'))
        binding = self.env["seam.binding"].search([("system_id", "=", self.system.id)])
        self.assertEqual((binding.external_id, binding._record()), ("4711", self.contact))

    def test_a_refusal_goes_to_a_person_with_the_partners_words(self):
        message = self.send_with(answer("400 Bad Request", b'{"error": "no postcode"}'))
        self.assertEqual((message.state, message.fault_code), ("failed", "transport.rejected"))
        self.assertIn("no postcode", message.call_ids.response_body)
        self.assertEqual(message.call_ids.status, 400)

    def test_what_passes_is_tried_again_later_under_the_same_key(self):
        message = self.send_with(answer("503 Busy", Retry_After="900"), answer("200 OK"))
        self.assertEqual(message.state, "waiting")
        self.assertGreater((message.next_try_at - message.received_at).total_seconds(), 890)
        self.let_time_pass(message)
        self.send_out()
        self.assertEqual(self.outgoing().state, "done")
        keys = {request.headers["idempotency-key"] for request in self.server.requests}
        self.assertEqual(keys, {message.uuid})
        bodies = {request.body for request in self.server.requests}
        self.assertEqual(len(bodies), 1)

    def test_retries_end_in_count(self):
        self.flow.retry_schedule = "1, 1"
        message = self.send_with(answer("500 Oops"))
        for _try in range(2):
            self.assertEqual(self.outgoing().state, "waiting")
            self.let_time_pass(message)
            self.send_out()
        self.assertEqual(self.outgoing().state, "failed")
        self.assertEqual(len(self.asked()), 3)

    def test_retries_end_in_age(self):
        message = self.send_with(answer("500 Oops"))
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = received_at - interval '49 hours' WHERE id = %s",
            [message.id],
        )
        self.let_time_pass(message)
        self.send_out()
        self.assertEqual(self.outgoing().state, "failed")

    def test_events_of_one_record_stay_in_order(self):
        self.answers = [answer("500 Oops"), answer("200 OK")]
        self.emit(topic="first")
        self.emit(topic="second")
        self.send_out()
        first, second = self.outgoing()
        self.assertEqual((first.state, second.state), ("waiting", "waiting"))
        self.assertEqual(second.predecessor_id, first)
        self.let_time_pass(first)
        self.send_out()
        self.send_out()
        self.assertEqual([a[2]["what"] for a in self.asked()], ["first", "first", "second"])

    def test_secrets_are_not_in_the_evidence(self):
        message = self.send_with(
            answer("200 OK", b'{"access_token": "very-secret"}', Set_Cookie="session=abc")
        )
        call = message.call_ids
        self.assertNotIn("very-secret", call.response_body)
        self.assertNotIn("abc", str(call.response_headers))

    def test_a_forbidden_address_is_not_called(self):
        self.system.allowed_hosts = False
        message = self.send_with(answer("200 OK"))
        self.assertEqual((message.state, message.fault_code), ("failed", "transport.forbidden"))
        self.assertFalse(self.asked())


@tagged("-at_install", "post_install")
class TestLostAnswers(OutgoingCase):
    def test_who_can_be_asked_is_asked_before_it_is_sent_again(self):
        self.flow.can_look_up = True
        self.answers = [hang_up(), answer("200 OK", b'{"id": "X-9"}')]
        self.emit()
        self.send_out()
        message = self.outgoing()
        self.assertEqual((message.state, message.unsure), ("waiting", True))
        self.let_time_pass(message)
        self.send_out()
        self.assertEqual(self.outgoing().state, "done")
        methods = [(method, target) for method, target, _document in self.asked()]
        self.assertEqual(
            methods, [("POST", "/in/contacts"), ("GET", f"/in/contacts/{message.uuid}")]
        )
        self.assertEqual(
            self.env["seam.binding"].search([("system_id", "=", self.system.id)]).external_id,
            "X-9",
        )

    def test_what_is_not_there_is_sent_again_under_the_same_key(self):
        self.flow.can_look_up = True
        self.answers = [hang_up(), answer("404 Not Found"), answer("200 OK")]
        self.emit()
        self.send_out()
        self.let_time_pass(self.outgoing())
        self.send_out()
        self.assertEqual(self.outgoing().state, "done")
        self.assertEqual([a[0] for a in self.asked()], ["POST", "GET", "POST"])

    def test_who_cannot_be_asked_gets_it_again_under_the_same_key(self):
        self.answers = [hang_up(), answer("200 OK")]
        self.emit()
        self.send_out()
        self.let_time_pass(self.outgoing())
        self.send_out()
        keys = [request.headers["idempotency-key"] for request in self.server.requests]
        self.assertEqual(keys, [self.outgoing().uuid] * 2)

    def test_a_gateway_that_gave_up_leaves_it_unclear(self):
        self.answers = [answer("504 Gateway Timeout")]
        self.emit()
        self.send_out()
        self.assertTrue(self.outgoing().unsure)

    def test_an_error_of_the_partner_may_come_after_the_effect(self):
        self.flow.can_look_up = True
        self.answers = [answer("500 Internal Server Error"), answer("200 OK", b'{"id": "X-9"}')]
        self.emit()
        self.send_out()
        message = self.outgoing()
        self.assertEqual((message.fault_code, message.unsure), ("transport.unavailable", True))
        self.let_time_pass(message)
        self.send_out()
        self.assertEqual(self.outgoing().state, "done")
        self.assertEqual([a[0] for a in self.asked()], ["POST", "GET"])

    def test_a_partner_who_is_not_there_has_not_acted(self):
        self.answers = [answer("503 Service Unavailable")]
        self.emit()
        self.send_out()
        self.assertFalse(self.outgoing().unsure)

    def test_after_a_workers_death_it_may_have_arrived(self):
        self.flow.can_look_up = True
        self.emit()
        conf = self._conf(self.flow)
        claim, count = self.env["seam.message"]._claim_to_send(conf, 4)
        self.assertEqual(count, 1)
        self.env.cr.execute(
            "UPDATE seam_message SET lease_until = now() AT TIME ZONE 'UTC' - interval '1 second'"
            " WHERE claim = %s",
            [claim],
        )
        self.answers = [answer("200 OK")]
        self.send_out()
        self.assertEqual(self.outgoing().state, "done")
        self.assertEqual([a[0] for a in self.asked()], ["GET"])

    def test_a_person_may_say_that_it_arrived(self):
        self.flow.retry_schedule = ""
        self.answers = [hang_up()]
        self.emit()
        self.send_out()
        message = self.outgoing()
        self.assertEqual((message.state, message.fault_code), ("failed", "transport.ambiguous"))
        with self.assertRaises(UserError):
            message.with_user(self.operator)._confirm_by_hand(" ")
        message.with_user(self.operator)._confirm_by_hand("They told me on the phone.")
        self.commit()
        self.assertEqual(self.outgoing().state, "done")
        self.assertEqual(self.outgoing().event_ids[-1].user_id, self.operator)
        self.assertFalse(self.open_cases())


@tagged("-at_install", "post_install")
class TestConfirmation(OutgoingCase):
    def setUp(self):
        super().setUp()
        self.flow.confirm_hours = 2

    def confirm(self):
        done = self.env["seam.message"]._confirm_sent(
            self.system.id, [f"res.partner/{self.contact.id}"], "seam.handler.none"
        )
        self.commit()
        return done

    def test_what_is_accepted_waits_for_its_confirmation(self):
        self.emit()
        self.send_out()
        message = self.outgoing()
        self.assertEqual((message.state, message.settled_at), ("sent", False))
        self.assertAlmostEqual(
            (message.confirm_by - message.received_at).total_seconds(), 7200, delta=60
        )
        self.assertEqual(self.confirm(), 1)
        self.assertEqual(self.outgoing().state, "done")
        self.assertEqual(self.confirm(), 0)
        self.flow._assert_audit()

    def test_only_working_hours_count(self):
        calendar = self.env["resource.calendar"].create(
            {
                "name": "Mondays",
                "tz": "UTC",
                "attendance_ids": [
                    (5, 0, 0),
                    (0, 0, {"name": "Mo", "dayofweek": "0", "hour_from": 8, "hour_to": 9}),
                ],
            }
        )
        self.flow.confirm_calendar_id = calendar
        self.emit()
        self.send_out()
        due = self.outgoing().confirm_by
        self.assertEqual((due.weekday(), due.hour), (0, 9))
        self.assertGreater((due - self.outgoing().received_at).days, 6)

    def overdue(self):
        self.emit()
        self.send_out()
        self.env.cr.execute(
            "UPDATE seam_message SET confirm_by = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE flow_id = %s",
            [self.flow.id],
        )
        self.env["seam.lane"]._cron_sweep()
        return self.outgoing()

    def test_an_overdue_confirmation_is_an_exception_and_comes_late_all_the_same(self):
        message = self.overdue()
        self.assertEqual((message.state, message.fault_code), ("failed", "confirm.overdue"))
        self.assertEqual(self.open_cases().held_count, 1)
        self.assertEqual(self.confirm(), 1)
        self.assertEqual(self.outgoing().state, "done")
        self.assertFalse(self.open_cases())

    def test_retrying_an_overdue_one_asks_first(self):
        self.flow.can_look_up = True
        self.overdue().action_retry()
        self.commit()
        self.send_out()
        self.assertEqual([a[0] for a in self.asked()], ["POST", "GET"])

    def test_a_confirmation_may_come_before_the_answer_is_recorded(self):
        self.emit()
        claim, _count = self.env["seam.message"]._claim_to_send(self._conf(self.flow), 4)
        self.assertEqual(self.confirm(), 0)
        self.env["seam.message"]._unclaim(claim, self.outgoing().ids)
        self.send_out()
        self.assertEqual(self.outgoing().state, "done")

    def test_a_confirmation_may_come_while_it_waits_to_be_tried_again(self):
        """The partner acted, answered 500, and told what he did before we asked again."""
        self.answers = [answer("500 Oops")]
        self.emit()
        self.send_out()
        self.assertEqual(self.outgoing().state, "waiting")
        self.assertEqual(self.confirm(), 1)
        self.assertEqual(self.outgoing().state, "done")
        self.assertEqual([a[0] for a in self.asked()], ["POST"])

    def test_a_confirmation_may_be_of_an_earlier_message(self):
        """The second one never arrived: what confirms the first does not settle it."""
        for lost in (answer("500 Oops"), answer("503 Busy"), hang_up()):
            with self.subTest():
                self.server.requests.clear()
                self.answers = [answer("200 OK"), lost, answer("200 OK")]
                self.emit()
                self.send_out()
                self.emit()
                self.send_out()
                first, second = self.outgoing()[-2:]
                self.assertEqual((first.state, second.state), ("sent", "waiting"))
                self.assertEqual(self.confirm(), 1)
                self.assertEqual(self.outgoing()[-1].state, "waiting")
                self.let_time_pass(second)
                self.send_out()
                self.assertEqual(self.outgoing()[-1].state, "done")
                self.assertEqual([a[0] for a in self.asked()], ["POST"] * 3)


@tagged("-at_install", "post_install")
class TestSender(OutgoingCase):
    def contacts(self, count):
        return self.env["res.partner"].create([{"name": f"P{i}"} for i in range(count)])

    def test_several_calls_run_at_once_and_no_more_than_the_system_takes(self):
        now, most, lock = [0], [0], threading.Lock()
        three = threading.Event()

        def slow(connection, request):
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
                if now[0] == 3:
                    three.set()
            three.wait(15)
            time.sleep(0.1)  # for a fourth, who must not come
            with lock:
                now[0] -= 1
            return answer("200 OK")(connection, request)

        self.answers = [slow]
        self.system.parallel = 3
        self.emit(self.contacts(9))
        self.send_out()
        self.assertEqual(set(self.outgoing().mapped("state")), {"done"})
        self.assertEqual(most[0], 3)

    def test_a_partner_that_hangs_holds_up_no_other(self):
        reached, waited = threading.Event(), []
        other = self.system.copy({"code": "other", "name": "Other"})
        other.action_activate()
        quick = self.make_flow(
            system_id=other.id, code="quick", direction="out", carries="event", lane="bulk"
        )

        def note(connection, request):
            if "contacts" in request.target:
                waited.append(reached.wait(15))
            else:
                reached.set()
            return answer("200 OK")(connection, request)

        self.answers = [note]
        self.emit()
        self.send_out()
        self.assertEqual(waited, [True], "the other is called while the one hangs")
        self.assertEqual(
            self.env["seam.message"].search([("flow_id", "=", quick.id)]).state, "done"
        )

    def test_whoever_writes_later_does_not_wait_for_a_partner_that_hangs(self):
        """However long he hangs, and though there is one job alone."""
        self.patch(sender, "DRAIN_SECONDS", 0.2)
        self.patch(sender, "SLOW_SECONDS", 0.1)
        self.patch(sender, "HELD_SECONDS", 0.4)
        other = self.system.copy({"code": "other", "name": "Other"})
        other.action_activate()
        quick = self.make_flow(system_id=other.id, code="quick", direction="out", carries="event")
        hanging, reached, waited = [], threading.Event(), []

        def note(connection, request):
            if "contacts" in request.target:
                hanging.append(time.monotonic())
                waited.append(reached.wait(15))
            else:
                reached.set()
            return answer("200 OK")(connection, request)

        # its message is not there before he has hung for a second
        lane = self.env.registry["seam.lane"]
        with_work = lane._flows_with_work

        def later(lanes):
            late = hanging and time.monotonic() - hanging[0] > 1
            return [flow for flow in with_work(lanes) if late or flow != quick.id]

        self.patch(lane, "_flows_with_work", later)
        self.answers = [note]
        self.emit(self.contacts(3))
        self.system.parallel = 1
        self.send_out()
        self.assertEqual(waited, [True], "the other is called while the one hangs")
        mine = self.env["seam.message"].search([("flow_id", "=", quick.id)])
        self.assertEqual(set(mine.mapped("state")), {"done"})
        self.assertEqual(
            self.outgoing().mapped("state"),
            ["done", "pending", "pending"],
            "the job ends, and leaves the slow partner's messages to the next one",
        )

    def test_no_transaction_is_open_while_a_partner_is_called(self):
        """None of ours holds a lock on a message or a business record."""
        seen = []

        def look(connection, request):
            with self.env.registry._db.cursor() as cr:
                cr.execute(
                    "SELECT count(*) FROM pg_locks l JOIN pg_class c ON c.oid = l.relation"
                    " WHERE c.relname = 'seam_message' AND l.mode = 'RowExclusiveLock'"
                    " AND l.database = (SELECT oid FROM pg_database WHERE datname ="
                    " current_database())"  # copies of one template share these numbers
                    " AND l.pid <> pg_backend_pid() AND l.pid <> %s",
                    [self.env.cr._cnx.get_backend_pid()],
                )
                seen.append(cr.fetchone()[0])
            return answer("200 OK")(connection, request)

        self.answers = [look]
        self.emit()
        self.send_out()
        self.assertEqual(seen, [0])

    def test_a_message_that_ends_its_worker_is_alone_in_the_air(self):
        records = self.contacts(3)
        self.emit(records)
        suspect = self.outgoing()[1]
        self.env.cr.execute("UPDATE seam_message SET crashes = 1 WHERE id = %s", [suspect.id])
        flying, most = [0], {}

        def count(connection, request):
            flying[0] += 1
            time.sleep(0.05)
            most[request.headers["idempotency-key"]] = flying[0]
            flying[0] -= 1
            return answer("200 OK")(connection, request)

        self.answers = [count]
        self.send_out()
        self.assertEqual(set(self.outgoing().mapped("state")), {"done"})
        self.assertEqual(most[suspect.uuid], 1)

    def test_what_a_partners_failure_holds_back_does_not_make_us_unready(self):
        self.emit()

        def oldest():
            lanes = self.env["seam.metrics"]._lanes()
            return {lane["lane"]: lane["oldest"] for lane in lanes}["send"]

        self.assertIsNotNone(oldest())
        self.env["seam.circuit"]._note(self.system.id, 0, 10, "He is away.")
        self.assertIsNone(oldest())
        self.assertIn("He is away", self.outgoing().why)


@tagged("-at_install", "post_install")
class TestTry(OutgoingCase):
    def test_a_dry_run_shows_the_request_and_sends_nothing(self):
        form = Form(self.env["seam.try.wizard"].with_context(default_flow_id=self.flow.id))
        form.record = f"res.partner,{self.contact.id}"
        self.assertEqual(form.request_line, f"POST {self.system.base_url}/contacts")
        self.assertIn("Ada", form.request_body)
        self.assertFalse(self.asked())
        self.assertFalse(self.outgoing())
        action = form.save().action_send()
        self.commit()
        self.send_out()
        self.assertEqual(self.outgoing().id, action["res_id"])
        self.assertEqual(self.outgoing().state, "done")

    def test_a_dry_run_says_why_it_cannot_be_sent(self):
        self.contact.ref = "broken"
        form = Form(self.env["seam.try.wizard"].with_context(default_flow_id=self.flow.id))
        form.record = f"res.partner,{self.contact.id}"
        self.assertIn("no name", form.fault)
        self.assertFalse(form.request_line)


@tagged("-at_install", "post_install")
class TestPause(OutgoingCase):
    def fail_for(self, days):
        self.answers = [answer("500 Oops")]
        self.emit()
        self.send_out()
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = received_at - %s * interval '1 day'"
            " WHERE flow_id = %s",
            [days, self.flow.id],
        )
        self.env["seam.flow"]._cron_pause_hopeless()

    def test_a_flow_that_fails_for_days_pauses_itself_and_says_so_once(self):
        self.fail_for(4)
        self.assertEqual(self.flow.state, "paused")
        case = self.open_cases().filtered(lambda case: case.code == "flow.failing")
        self.assertEqual(len(case), 1)
        self.env["seam.flow"]._cron_pause_hopeless()
        self.env["seam.lane"]._cron_sweep()
        self.assertEqual(case.state, "open")
        self.flow.action_activate()
        self.assertEqual((self.flow.state, case.state), ("active", "resolved"))

    def test_a_bad_day_does_not_pause_it(self):
        self.fail_for(2)
        self.assertEqual(self.flow.state, "active")

    def test_where_something_arrives_it_goes_on(self):
        self.answers = [answer("200 OK")]
        self.emit(self.env["res.partner"].create({"name": "Bob"}))
        self.send_out()
        self.fail_for(0)
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = received_at - interval '9 days'"
            " WHERE flow_id = %s",
            [self.flow.id],
        )
        self.env["seam.flow"]._cron_pause_hopeless()
        self.assertEqual(self.flow.state, "active")


@tagged("-at_install", "post_install")
class TestContent(OutgoingCase):
    """An answer brings what the handler keeps."""

    def setUp(self):
        super().setUp()
        self.kept = []
        self.patch(self.env.registry["seam.handler.none"], "_received", self.keep)

    def keep(self, letter):
        record = self.env[letter.res_model].browse(letter.res_id)
        record.comment = "half done"
        record.flush_recordset()
        self.kept.append((record, letter.topic, letter.content))
        if letter.content.get("broken"):
            raise ValueError("cannot be kept")

    def test_the_handler_keeps_what_the_answer_brought(self):
        self.answers = [answer("200 OK", b'{"id": "X-1", "label": "QUJD"}')]
        self.emit(topic="buy")
        self.send_out()
        content = {"id": "X-1", "label": "QUJD"}
        self.assertEqual(self.kept, [(self.contact, "buy", content)])
        self.assertEqual(self.outgoing().state, "done")

    def test_an_answer_without_a_document_is_empty(self):
        self.answers = [answer("200 OK", b"thanks")]
        self.emit()
        self.send_out()
        self.assertEqual(self.kept, [(self.contact, None, {})])
        self.assertEqual(self.outgoing().state, "done")

    def test_what_cannot_be_kept_is_looked_up_and_not_sent_again(self):
        self.flow.can_look_up = True
        self.answers = [
            answer("200 OK", b'{"id": "X-1", "broken": true}'),
            answer("200 OK", b'{"id": "X-1"}'),
        ]
        self.emit()
        self.send_out()
        message = self.outgoing()
        self.assertEqual((message.state, message.unsure), ("failed", True))
        self.assertFalse(self.contact.comment, "nothing is half kept")
        message.action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(self.outgoing().state, "done")
        self.assertEqual([method for method, *_rest in self.asked()], ["POST", "GET"])
        self.assertEqual(self.kept[-1][2], {"id": "X-1"})
