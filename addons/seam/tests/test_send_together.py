import json
import threading

from odoo.tests import tagged

from odoo.addons.seam.engine import exchange
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam.models import sender
from odoo.addons.seam.models.seam_system_client import SystemClient

from .outgoing_case import OutgoingCase, answer, hang_up


def _to_batch(_self, flow, parts):
    return exchange.Request("POST", "/batch", json=[request.json for _sending, request in parts])


def _from_batch(_self, flow, parts, response):
    """One answer for each, in the partner's own order."""
    told = {row["ref"]: row for row in response.json()}
    return [
        Response(row["status"], {}, json.dumps(row).encode(), response.elapsed) if row else None
        for row in (told.get(sending.document["ref"]) for sending, _request in parts)
    ]


@tagged("-at_install", "post_install")
class TestTogether(OutgoingCase):
    """A partner who takes up to four in one call; who is called ``apart`` goes alone."""

    def setUp(self):
        super().setUp()
        connector = self.env.registry["seam.connector.api"]
        self.patch(connector, "_batch_most", 4)
        self.patch(connector, "_to_batch", _to_batch)
        self.patch(connector, "_from_batch", _from_batch)
        self.patch(
            connector,
            "_together",
            lambda _self, flow, sending, request: (
                None if sending.document["ref"] == "apart" else request.method
            ),
        )
        self.system.parallel = 1
        self.said = {}
        self.answers = [self.partner]

    def partner(self, connection, request):
        """Say of each what ``self.said`` has of it: a status, or None for nothing."""
        document = json.loads(request.body or b"null")
        if not isinstance(document, list):
            status = self.said.get((document or {}).get("ref"), 200)
            return answer(f"{status} So", b'{"id": "X-alone"}')(connection, request)
        rows = [
            {"ref": one["ref"], "status": self.said.get(one["ref"], 200), "id": f"X-{one['ref']}"}
            for one in document
        ]
        rows = [row for row in reversed(rows) if row["status"]]
        return answer("207 Multi-Status", json.dumps(rows).encode())(connection, request)

    def tell(self, count, **first):
        """Have `count` contacts sent. :return: their messages"""
        values = [{"name": f"P{place}", "ref": f"R{place}"} for place in range(count)]
        values[0].update(first)
        self.emit(self.env["res.partner"].create(values))
        self.send_out()
        return self.outgoing()

    def again(self):
        self.let_time_pass(self.outgoing().filtered(lambda message: message.state == "waiting"))
        self.send_out()
        return self.outgoing()

    def calls(self):
        """:return: list of how many documents each call carried; 0 for a question"""
        return [
            len(document) if isinstance(document, list) else int(document is not None)
            for _method, _target, document in self.asked()
        ]

    def test_many_go_in_few_calls_and_each_has_its_own_answer(self):
        messages = self.tell(9)
        self.assertEqual(messages.mapped("state"), ["done"] * 9)
        self.assertEqual(self.calls(), [4, 4, 1])
        bound = self.env["seam.binding"].search([("system_id", "=", self.system.id)])
        names = {binding.external_id: binding.res_id for binding in bound}
        by_ref = {
            record.ref: record.id for record in self.env["res.partner"].browse(names.values())
        }
        self.assertEqual(
            {ref: names[f"X-{ref}"] for ref in list(by_ref)[:8]},
            {ref: by_ref[ref] for ref in list(by_ref)[:8]},
        )

    def test_the_evidence_of_one_says_nothing_of_the_others(self):
        messages = self.tell(3)
        for place, message in enumerate(messages):
            call = message.call_ids
            self.assertEqual(len(call), 1)
            self.assertEqual(call.note, "One of 3 messages in one call.")
            told = f"{call.request_body} {call.response_body}"
            self.assertFalse(
                [f"R{other}" for other in range(3) if other != place and f"R{other}" in told]
            )
            self.assertIn(f"R{place}", call.response_body)

    def test_one_that_is_refused_harms_no_other(self):
        self.said = {"R1": 422}
        messages = self.tell(4)
        self.assertEqual(messages.mapped("state"), ["done", "failed", "done", "done"])
        self.assertEqual(messages[1].fault_code, "transport.rejected")
        self.assertEqual(self.calls(), [4])

    def test_what_goes_alone_does_so_beside_the_others(self):
        messages = self.tell(4, ref="apart")
        self.assertEqual(messages.mapped("state"), ["done"] * 4)
        self.assertEqual(sum(self.calls()), 4)
        self.assertEqual((self.calls()[0], max(self.calls()) > 1), (1, True))

    def test_after_some_that_go_alone_the_others_go_together_again(self):
        records = self.env["res.partner"].create(
            [{"name": f"A{place}", "ref": "apart"} for place in range(3)]
            + [{"name": f"P{place}", "ref": f"R{place}"} for place in range(12)]
        )
        self.emit(records)
        self.send_out()
        self.assertEqual(set(self.outgoing().mapped("state")), {"done"})
        self.assertEqual(sum(self.calls()), 15)
        self.assertEqual(max(self.calls()), 4)
        self.assertLessEqual(len(self.calls()), 9)

    def test_a_lost_answer_is_asked_for_message_by_message_and_nothing_goes_twice(self):
        self.flow.can_look_up = True
        self.answers = [hang_up(), self.partner]
        messages = self.tell(3)
        self.assertEqual(messages.mapped("state"), ["waiting"] * 3)
        self.assertEqual(messages.mapped("unsure"), [True] * 3)
        messages = self.again()
        self.assertEqual(messages.mapped("state"), ["done"] * 3)
        methods = [method for method, _target, _document in self.asked()]
        self.assertEqual(methods, ["POST", "GET", "GET", "GET"])

    def test_one_of_which_nothing_is_said_is_unclear_and_asked_for(self):
        self.flow.can_look_up = True
        self.said = {"R1": None}
        messages = self.tell(3)
        self.assertEqual(messages.mapped("state"), ["done", "waiting", "done"])
        self.assertTrue(messages[1].unsure)
        messages = self.again()
        self.assertEqual(messages[1].state, "done")
        self.assertEqual(self.calls(), [3, 0])

    def test_an_answer_that_cannot_be_read_leaves_all_unclear(self):
        self.answers = [answer("200 OK", b"<html>"), self.partner]
        with self.assertLogs("odoo.addons.seam.models.together", "ERROR"):
            messages = self.tell(2)
        self.assertEqual(messages.mapped("unsure"), [True, True])

    def test_what_is_refused_as_a_whole_goes_alone_and_only_the_bad_one_fails(self):
        self.said = {"R2": 422}
        refusal = answer("400 Bad Request", b'{"message": "one of them is bad"}')
        self.answers = [refusal, self.partner]
        with self.assertLogs("odoo.addons.seam.models.together", "WARNING"):
            messages = self.tell(4)
        self.assertEqual(messages.mapped("state"), ["done", "done", "failed", "done"])
        self.assertEqual(self.calls(), [4, 1, 1, 1, 1])
        self.assertEqual(messages.mapped("tries"), [1] * 4, "the first call was no try of theirs")

    def test_a_partner_who_is_away_is_one_failed_call_not_many(self):
        """Four messages of two calls must not open the circuit, as ten calls may."""
        self.answers = [answer("503 Service Unavailable")]
        noted = []
        circuit = self.env.registry["seam.circuit"]
        real = circuit._note
        self.patch(
            circuit,
            "_note",
            lambda circuits, system, good, bad, *more: (
                noted.append((good, bad)),
                real(circuits, system, good, bad, *more),
            )[1],
        )
        messages = self.tell(4)
        self.assertEqual(messages.mapped("state"), ["waiting"] * 4)
        self.assertEqual(messages.mapped("unsure"), [False] * 4)
        self.assertEqual(sum(bad for _good, bad in noted), 1)

    def test_a_part_that_failed_says_nothing_of_the_partners_health(self):
        self.said = {"R0": 503}
        noted = []
        circuit = self.env.registry["seam.circuit"]
        self.patch(circuit, "_note", lambda *values: noted.append(values[3]))
        self.assertEqual(self.tell(3).mapped("state"), ["waiting", "done", "done"])
        self.assertEqual(sum(noted), 0)

    def test_one_part_that_is_too_many_holds_the_next_call(self):
        self.said = {"R2": 429}
        held = []
        rate = self.env.registry["seam.rate"]
        self.patch(rate, "_hold", lambda _rates, _system, seconds: held.append(seconds))
        self.tell(3)
        self.assertTrue(held)

    def test_an_error_of_ours_after_the_call_leaves_all_unclear_and_others_alone(self):
        self.flow.can_look_up = True
        real = SystemClient.request

        def broken(client, method, path, **options):
            answered = real(client, method, path, **options)
            if path == "/batch":
                raise AttributeError("a bug of a vendor's client")
            return answered

        self.patch(SystemClient, "request", broken)
        with self.assertLogs("odoo.addons.seam.models.together", "ERROR"):
            messages = self.tell(3, ref="apart")
        self.assertEqual(messages.mapped("state"), ["done", "waiting", "waiting"])
        self.assertEqual(messages.mapped("unsure"), [False, True, True])

    def test_an_error_of_ours_before_the_call_lets_each_say_what_is_wrong(self):
        real = SystemClient.request

        def broken(client, method, path, **options):
            if path == "/batch":
                raise Fault("mapping.failed", "It cannot be read.")
            return real(client, method, path, **options)

        self.patch(SystemClient, "request", broken)
        with self.assertLogs("odoo.addons.seam.models.together", "ERROR"):
            messages = self.tell(3)
        self.assertEqual(messages.mapped("state"), ["done"] * 3)
        self.assertEqual(self.calls(), [1, 1, 1])

    def test_the_rate_counts_calls_and_more_calls_than_it_lets_out_are_not_made(self):
        self.patch(sender, "DRAIN_SECONDS", 0)
        granted = threading.Event()

        def grant(_self, _system, _rate, count):
            granted.set()
            return 1, 0

        self.patch(self.env.registry["seam.rate"], "_grant", grant)
        records = self.env["res.partner"].create(
            [{"name": f"A{place}", "ref": "apart"} for place in range(3)]
        )
        self.emit(records)
        lane = self.env["seam.lane"].search([("code", "=", "send")])
        self.patch(sender.Sender, "_may_claim", _once())
        sender.Sender(lane).run()
        self.env.invalidate_all()
        self.assertTrue(granted.is_set())
        self.assertEqual(self.calls(), [1])
        self.assertEqual(self.outgoing().mapped("state"), ["done", "pending", "pending"])
        self.assertEqual(self.outgoing().mapped("tries"), [1, 0, 0])

    def test_a_message_that_ended_its_worker_is_not_put_among_others(self):
        self.emit(
            self.env["res.partner"].create([{"name": f"P{i}", "ref": f"R{i}"} for i in (1, 2)])
        )
        self.env.cr.execute(
            "UPDATE seam_message SET crashes = 1 WHERE id = %s", [self.outgoing()[0].id]
        )
        self.send_out()
        self.assertEqual(self.outgoing().mapped("state"), ["done", "done"])
        self.assertEqual(self.calls(), [1, 1])


def _once():
    """:return: a ``_may_claim`` that says yes once"""
    left = [True]

    def may_claim(_self):
        return left.pop() if left else False

    return may_claim
