import json
import threading
import time

from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_token import Tokens

from .outgoing_case import OutgoingCase, answer, hang_up

# Seconds that nobody waits here, on a machine of whatever speed.
LONG = 60
SCHEMA = json.dumps(
    {
        "type": "object",
        "required": ["price"],
        "properties": {"price": {"type": "number", "minimum": 0}},
    }
)


@tagged("post_install", "-at_install")
class TestAsk(OutgoingCase):
    """A question to a partner while somebody waits: bounded, and never in the outbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["seam.contract"].create({"name": "price-answer"})
        contract.version_ids = [(0, 0, {"version": "1.0.0", "text": SCHEMA, "sha256": "x"})]

    def setUp(self):
        super().setUp()
        self.answers = [answer("200 OK", b'{"price": 7}')]

    def ask(self, question=None, **options):
        self.env.flush_all()
        document = {"what": "box", **(question or {})}
        return self.flow._ask(document, "price-answer", "price", **options)

    def fault(self, code, **options):
        fault = self.try_to_ask(**options)
        self.assertEqual(fault and fault.code, code)
        return fault

    def try_to_ask(self, **options):
        """:return: Fault, or None. ``assertRaises`` would take back what is kept of it."""
        try:
            self.ask(**options)
        except Fault as fault:
            return fault

    def questions(self):
        self.env.invalidate_all()
        return self.env["seam.question"].search([("flow_id", "=", self.flow.id)])

    def test_the_answer_comes_at_once_and_is_kept_as_evidence(self):
        told = self.ask()
        self.assertEqual(told.content, {"price": 7})
        self.assertEqual([what for *_rest, what in self.asked()], [{"what": "box"}])
        question = self.questions()
        self.assertEqual((question.status, question.content), (200, {"price": 7}))
        self.assertIn("box", question.document)
        self.assertIn("price", question.response_body)
        self.assertFalse(self.outgoing(), "it is no message")

    def test_the_same_is_asked_once_in_a_while(self):
        self.ask()
        self.assertEqual(self.ask().content, {"price": 7})
        self.assertEqual(len(self.asked()), 1)
        self.ask({"what": "bag"})
        self.ask(fresh=0)
        self.assertEqual(len(self.asked()), 3)

    def hang(self, *_args, **_options):
        """Say nothing, until the test is over."""
        over = threading.Event()
        self.addCleanup(over.set)
        over.wait(LONG)

    def test_a_partner_who_hangs_costs_no_more_than_the_time_there_is(self):
        self.answers = [self.hang]
        begun = time.monotonic()
        fault = self.fault("transport.timeout", seconds=2)
        self.assertLess(time.monotonic() - begun, LONG / 2)
        self.assertIn("in time", fault.message)
        self.fault("transport.timeout", seconds=2)
        self.assertEqual(len(self.asked()), 1, "nobody waits twice for what just failed")

    def test_a_token_that_hangs_costs_no_more_either(self):
        self.system.write({"auth": "oauth2_client", "client_id": "me", "token_url": "https://x"})
        self.patch(Tokens, "current", self.hang)
        begun = time.monotonic()
        self.fault("transport.timeout", seconds=0.5)
        self.assertLess(time.monotonic() - begun, LONG / 2)

    def test_a_broken_connection_is_no_doubt(self):
        self.answers = [hang_up()]
        self.assertEqual(self.fault("transport.timeout").kind, "transient")
        self.assertEqual(self.questions().fault_code, "transport.timeout")

    def test_what_was_told_earlier_is_found_again(self):
        self.ask(alike="DE>FR")
        self.answers = [answer("503 Service Unavailable", b"")]
        self.fault("transport.unavailable", question={"what": "bag"}, alike="DE>FR")
        (told,) = self.flow._told_earlier("DE>FR")
        self.assertEqual(told.content, {"price": 7})
        self.assertFalse(self.flow._told_earlier("DE>UK"))

    def test_an_open_circuit_lets_no_question_out(self):
        self.env["seam.circuit"]._note(self.system.id, 0, 12, "It hangs.")
        self.fault("transport.unavailable")
        self.assertFalse(self.asked())

    def test_failed_questions_open_the_circuit_for_all(self):
        self.answers = [answer("503 Service Unavailable", b"")]
        for number in range(12):
            self.try_to_ask(question={"what": str(number)})
        self.assertLess(len(self.asked()), 12)

    def test_the_agreed_rate_counts_questions_too(self):
        self.system.call_rate = 60
        begun = time.monotonic()
        self.env["seam.rate"]._grant(self.system.id, 60, 5)
        self.ask(seconds=20)
        self.assertGreater(time.monotonic() - begun, 0.9)
        self.system.call_rate = 1
        self.fault("transport.unavailable", question={"what": "bag"}, seconds=1)

    def test_refused_credentials_are_an_exception_until_it_answers_again(self):
        self.answers = [answer("401 Unauthorized", b"")]
        self.fault("auth.failed")
        case = self.open_cases(self.flow)
        self.assertIn("cannot be asked", case.name)
        self.assertEqual(case.code, "flow.failing")
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()
        self.assertEqual(case.state, "open")
        self.answers = [answer("200 OK", b'{"price": 7}')]
        self.ask()
        self.env.invalidate_all()
        self.assertEqual(case.state, "resolved")

    def test_an_answer_that_breaks_its_contract_is_none(self):
        self.answers = [answer("200 OK", b'{"price": -1}')]
        self.fault("schema.invalid")
        self.assertFalse(self.questions().content)
        self.assertTrue(self.open_cases(self.flow))

    def test_a_flow_that_is_paused_asks_nothing(self):
        self.flow.action_pause()
        self.fault("config.invalid")
        self.assertFalse(self.asked())

    def test_what_looks_like_a_secret_is_not_kept(self):
        secret = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
        self.answers = [answer("200 OK", f'{{"price": 7, "note": "{secret}"}}'.encode())]
        self.ask()
        self.assertNotIn(secret, self.questions().response_body)

    def test_evidence_goes_with_its_time(self):
        self.ask()
        self.env.cr.execute("UPDATE seam_question SET at = at - interval '91 days'")
        self.env["seam.question"]._gc_questions()
        self.assertFalse(self.questions())
