from odoo.tests import tagged

from ..engine.fault import Fault
from ..models.seam_token import Tokens
from .outgoing_case import OutgoingCase, answer

SECRET = "c2VjcmV0IG9mIG91cnM="


@tagged("post_install", "-at_install")
class TestLockedOut(OutgoingCase):
    """Where no token is given nothing is sent; once there is one, all goes by itself."""

    def setUp(self):
        super().setUp()
        self.token, self.tokens = None, 0
        # a token is asked for on a cursor of its own, of which a test has one only
        self.patch(Tokens, "current", lambda _tokens, stale=None: self.ask_for_token())
        self.system.write(
            {"auth": "oauth2_client", "client_id": "odoo", "token_url": "https://login.example"}
        )
        self.secret = self.env["seam.credential"].create(
            {
                "name": "Secret",
                "system_id": self.system.id,
                "purpose": "client_secret",
                "secret_input": SECRET,
            }
        )
        people = [{"name": f"Person {number}"} for number in range(30)]
        self.emit(self.env["res.partner"].create(people))
        self.send_out()

    def ask_for_token(self):
        self.tokens += 1
        if self.token:
            return self.token
        raise Fault(
            "auth.failed",
            "login.example refused to give a token (401: invalid_client).",
            fix="Enter the client secret anew.",
            subject="system:partner",
        )

    def states(self):
        found = self.outgoing().mapped("state")
        return {state: found.count(state) for state in set(found)}

    def time_is_up(self):
        self.env.cr.execute("UPDATE seam_circuit SET until = 1, probe_until = 0")
        self.env.invalidate_all()

    def assert_all_went(self):
        self.assertEqual(self.states(), {"done": 30})
        self.assertEqual(len(self.server.requests), 30)
        self.assertFalse(self.open_cases())
        self.assertFalse(self.system.circuit_open)

    def test_one_message_tells_of_it_and_the_others_wait(self):
        self.assertEqual(self.states(), {"failed": 1, "pending": 29})
        case = self.open_cases()
        self.assertEqual((case.code, len(case.message_ids_held)), ("auth.failed", 1))
        self.assertIn("client secret", case.fix)
        self.assertFalse(self.server.requests)
        self.assertIn("refused to give a token", self.system.circuit_text)
        waits = self.outgoing().filtered(lambda message: message.state == "pending")[0]
        self.assertIn("refused to give a token", waits.why)

    def test_each_further_try_fails_no_further_message(self):
        self.time_is_up()
        asked = self.tokens
        self.send_out()
        self.assertEqual(self.tokens - asked, 1)
        self.assertEqual(self.states(), {"failed": 1, "pending": 29})
        self.assertTrue(self.system.circuit_open)

    def test_so_it_is_where_one_call_goes_after_the_other(self):
        self.system.parallel = 1
        self.env.flush_all()
        for _try in range(2):
            self.time_is_up()
            self.send_out()
        self.assertEqual(self.states(), {"failed": 1, "pending": 29})

    def test_the_next_token_lets_all_go(self):
        self.time_is_up()
        self.token = "token-1"
        self.send_out()
        self.send_out()
        self.assert_all_went()

    def test_a_new_secret_lets_all_go_at_once(self):
        self.token = "token-1"
        self.secret.secret_input = "bmV3IHNlY3JldA=="
        self.env.flush_all()
        self.commit()
        self.send_out()
        self.assert_all_went()

    def test_a_new_client_id_lets_all_go_at_once(self):
        self.token = "token-1"
        self.system.client_id = "another"
        self.commit()
        self.send_out()
        self.assert_all_went()

    def test_a_secret_that_is_as_wrong_fails_the_same_message_again(self):
        self.secret.secret_input = "bmV3IHNlY3JldA=="
        self.env.flush_all()
        self.commit()
        self.send_out()
        self.assertEqual(self.states(), {"failed": 1, "pending": 29})
        self.assertEqual(len(self.open_cases()), 1)


@tagged("post_install", "-at_install")
class TestRefusedKey(OutgoingCase):
    """An API key that the system refuses: not all that is due fails, and all goes with a new one."""

    def test_calls_stop_and_go_on_with_a_new_key(self):
        self.answers = [answer("401 Unauthorized")]
        self.system.parallel = 2
        people = [{"name": f"Person {number}"} for number in range(60)]
        self.emit(self.env["res.partner"].create(people))
        self.send_out()
        failed = self.outgoing().filtered(lambda message: message.state == "failed")
        self.assertTrue(10 <= len(failed) < 40, len(failed))
        self.assertTrue(self.system.circuit_open)
        self.assertEqual(len(self.open_cases()), 1)
        self.answers = [answer("200 OK", b"{}")]
        self.system.write({"auth": "api_key"})
        self.env["seam.credential"].create(
            {
                "name": "Key",
                "system_id": self.system.id,
                "purpose": "api_key",
                "secret_input": SECRET,
            }
        )
        self.env.flush_all()
        self.commit()
        self.send_out()
        self.assertEqual(set(self.outgoing().mapped("state")), {"done"})
        self.assertFalse(self.open_cases())
