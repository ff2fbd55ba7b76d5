import base64
import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from odoo.exceptions import AccessError, ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.seam.engine import http, redact
from odoo.addons.seam.engine.auth import JWT_GRANT
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.signature import sign_hmac, verify_standard_webhook
from odoo.addons.seam.models.seam_token import Tokens

from . import token_server
from .committed import CommittedSystem
from .common import SeamCase
from .engine.scripted import Server, answer, raw
from .ports import free_port

SECRET = "c2VjcmV0IG9mIG91cnM="


class Partner:
    """A partner on this machine with an address for tokens at ``/token``.

    ``valid``    the access tokens that his API takes; None takes all
    ``asked``    the forms with which tokens were asked for
    ``token``    script in place of the usual answer of the token address
    """

    def __init__(self, pause=0.0, life=3600, rotates=False):
        self.valid, self.asked, self.token = set(), [], None
        self.pause, self.life, self.rotates = pause, life, rotates
        self.lock = threading.Lock()
        self.server = Server(self._script)

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server.port}"

    @property
    def calls(self):
        return [r for r in self.server.requests if not r.target.startswith("/token")]

    def _script(self, connection, request):
        script = self._token(request) if request.target.startswith("/token") else self._api(request)
        return script(connection, request)

    def _api(self, request):
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        good = self.valid is None or token in self.valid
        return answer("200 OK" if good else "401 Unauthorized", b"{}")

    def _token(self, request):
        with self.lock:
            self.asked.append((dict(parse_qsl(request.body.decode())), request.headers))
            number = len(self.asked)
        time.sleep(self.pause)
        if self.token:
            return self.token
        self.valid = {f"token-{number}"}
        given = {"access_token": f"token-{number}", "expires_in": self.life}
        if self.rotates:
            given["refresh_token"] = f"refresh-{number}"
        return answer("200 OK", json.dumps(given).encode())


def private_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def unpacked(part):
    """:return: a part of a JWT"""
    return json.loads(from_base64url(part))


def login_values(partner, **values):
    return {
        "base_url": f"{partner.address}/api",
        "allowed_hosts": "127.0.0.1",
        "auth": "oauth2_client",
        "token_url": f"{partner.address}/token/",
        "client_id": "odoo",
        **values,
    }


class AuthCase(SeamCase):
    """A system that is called, and a partner who looks at what proves it."""

    def setUp(self):
        super().setUp()
        self.partner = Partner()
        self.addCleanup(self.partner.server.close)

    def log_in(self, secret=SECRET, purpose=None, **values):
        """Set up how we log in. :return: the credential, if there is one"""
        self.system.write(login_values(self.partner, **values))
        credential = self.env["seam.credential"]
        if purpose:
            credential = credential.create(
                {
                    "name": purpose,
                    "system_id": self.system.id,
                    "purpose": purpose,
                    "secret_input": secret,
                }
            )
        self.env.flush_all()
        return credential

    def call(self, method="POST", path="orders", **kwargs):
        """:return: (status, what arrived)"""
        client = self.system._client()
        self.addCleanup(client.close)
        response = client.request(method, path, **kwargs)
        return response.status, self.partner.calls[-1]

    def refused(self, **kwargs):
        """:return: the Fault with which a call ends"""
        try:
            self.call(**kwargs)
        except Fault as fault:
            # assertRaises would roll back what was written down of it
            return fault
        self.fail("the call was made")


@tagged("post_install", "-at_install")
class TestLogin(AuthCase):
    """Each way to log in arrives as the partner wants it."""

    def setUp(self):
        super().setUp()
        self.partner.valid = None

    def test_an_api_key(self):
        self.log_in(auth="api_key", purpose="api_key", auth_header="X-Shop-Key")
        _status, request = self.call()
        self.assertEqual(request.headers["x-shop-key"], SECRET)

    def test_user_and_password(self):
        self.log_in("hunter2", auth="basic", purpose="password", auth_user="odoo")
        _status, request = self.call(method="GET")
        self.assertEqual(request.headers["authorization"], "Basic b2RvbzpodW50ZXIy")

    def test_a_signature_of_exactly_what_is_sent(self):
        self.log_in(auth="hmac", purpose="signing", sign_what="timestamp.body")
        _status, request = self.call(json={"a": "ü"})
        stamp = request.headers["x-timestamp"]
        self.assertAlmostEqual(int(stamp), time.time(), delta=10)
        self.assertEqual(
            request.headers["x-signature"],
            sign_hmac(f"{stamp}.".encode() + request.body, SECRET, "sha256", "hex"),
        )

    def test_a_standard_webhook_under_the_message_s_key(self):
        self.log_in(auth="webhook", purpose="webhook")
        _status, request = self.call(json={"a": 1}, headers={"Idempotency-Key": "key-1"})
        verify_standard_webhook(request.headers, request.body, [SECRET])
        self.assertEqual(request.headers["webhook-id"], "key-1")

    def test_a_form_with_letters_of_any_kind_is_signed_as_it_is_sent(self):
        self.log_in(auth="hmac", purpose="signing")
        _status, request = self.call(data="name=Ünal")
        self.assertEqual(request.body, "name=Ünal".encode())
        self.assertEqual(
            request.headers["x-signature"], sign_hmac(request.body, SECRET, "sha256", "hex")
        )

    def test_what_a_connector_gives_stays(self):
        self.log_in("hunter2", auth="basic", purpose="password", auth_user="odoo")
        _status, request = self.call(auth=("ck", "cs"))
        self.assertEqual(request.headers["authorization"], "Basic Y2s6Y3M=")
        _status, request = self.call(headers={"Authorization": "Own 1"})
        self.assertEqual(request.headers["authorization"], "Own 1")
        self.log_in(auth="oauth2_client", purpose="client_secret")
        _status, request = self.call(headers={"authorization": "Own 2"})
        self.assertEqual(request.headers["authorization"], "Own 2")
        self.assertEqual(self.partner.asked, [], "no token was needed")

    def test_a_missing_secret_is_told(self):
        self.log_in(auth="api_key")
        fault = self.refused()
        self.assertEqual((fault.code, fault.subject), ("config.invalid", "api_key"))
        self.assertIn("API key we call the partner with", self.system.auth_hint)

    def test_evidence_of_a_call_has_no_secret(self):
        self.log_in(auth="api_key", purpose="api_key", auth_header="X-Shop-Id")
        client = self.system._client().recording()
        client.request("POST", "orders", json={})
        (call,) = client.calls
        self.assertEqual(call.headers["X-Shop-Id"], redact.MASK)
        self.assertNotIn(SECRET, repr(call))

    def test_a_header_has_the_name_of_a_header(self):
        with self.assertRaises(ValidationError):
            self.system.auth_header = "X Key:"


@tagged("post_install", "-at_install")
class TestTokens(AuthCase):
    """A token is asked for when it is needed, and no more often."""

    def test_a_token_serves_many_calls(self):
        self.log_in(auth="oauth2_client", purpose="client_secret", token_scope="orders")
        for _ in range(3):
            status, request = self.call()
            self.assertEqual((status, request.headers["authorization"]), (200, "Bearer token-1"))
        ((form, headers),) = self.partner.asked
        self.assertEqual(form, {"grant_type": "client_credentials", "scope": "orders"})
        self.assertTrue(headers["authorization"].startswith("Basic "))

    def test_the_client_s_secret_in_the_body(self):
        self.log_in(purpose="client_secret", token_login="body")
        self.call()
        ((form, headers),) = self.partner.asked
        self.assertEqual((form["client_id"], form["client_secret"]), ("odoo", SECRET))
        self.assertNotIn("authorization", headers)

    def test_a_token_is_renewed_before_it_is_over(self):
        self.log_in(purpose="client_secret")
        self.call()
        self.pass_time(3600 - 61)
        self.call()
        self.assertEqual(len(self.partner.asked), 1)
        self.pass_time(2)
        _status, request = self.call()
        self.assertEqual(request.headers["authorization"], "Bearer token-2")

    def pass_time(self, seconds):
        self.env.cr.execute("UPDATE seam_token SET use_until = use_until - %s", [seconds])

    def test_a_token_that_lives_short_is_used_nevertheless(self):
        self.partner.life = 20
        self.log_in(purpose="client_secret")
        self.call()
        self.call()
        self.assertEqual(len(self.partner.asked), 1)

    def test_a_token_that_is_refused_is_renewed_once_and_the_call_repeated(self):
        self.log_in(purpose="client_secret")
        self.call()
        self.partner.valid = set()
        status, request = self.call(json={"a": 1})
        self.assertEqual((status, request.headers["authorization"]), (200, "Bearer token-2"))
        self.assertEqual(len(self.partner.calls), 3)
        self.assertEqual(request.body, b'{"a":1}')

    def test_who_refuses_each_token_is_not_asked_for_one_each_time(self):
        self.log_in(purpose="client_secret")
        self.call()
        for _ in range(3):
            self.partner.valid = set()
            if len(self.partner.asked) > 1:
                self.assertEqual(self.call()[0], 401)
            else:
                self.call()
        self.assertEqual(len(self.partner.asked), 2)

    def test_a_refresh_token_is_replaced_by_the_partner(self):
        self.partner.rotates = True
        credential = self.log_in("first", auth="oauth2_refresh", purpose="refresh_token")
        self.call()
        self.env.invalidate_all()
        self.assertEqual(credential._plain(), "refresh-1")
        self.assertEqual(set(credential.secret_input), {"•"})
        self.partner.valid = set()
        self.call()
        self.env.invalidate_all()
        self.assertEqual(
            [form["refresh_token"] for form, _h in self.partner.asked], ["first", "refresh-1"]
        )
        self.assertEqual(credential._plain(), "refresh-2")

    def test_a_new_secret_forgets_the_token(self):
        credential = self.log_in(purpose="client_secret")
        self.call()
        credential.secret_input = "another"
        self.env.flush_all()
        self.call()
        self.assertEqual(len(self.partner.asked), 2)
        self.system.token_scope = "more"
        self.env.flush_all()
        self.call()
        self.assertEqual(len(self.partner.asked), 3)

    def test_no_token_no_call(self):
        self.log_in(auth="oauth2_refresh", purpose="refresh_token")
        self.partner.token = answer("400 Bad Request", b'{"error": "invalid_grant"}')
        fault = self.refused()
        self.assertEqual((fault.code, fault.subject), ("auth.failed", "system:partner"))
        self.assertIn("invalid_grant", fault.message)
        self.assertIn("refresh token", fault.fix)
        self.assertEqual(self.partner.calls, [])
        self.assertEqual(self.refused().message, fault.message)
        self.assertEqual(len(self.partner.asked), 1, "the next one is told what the first was")

    def test_a_token_for_what_our_private_key_signed(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.log_in(
            private_pem(key),
            auth="oauth2_jwt",
            purpose="private_key",
            auth_user="odoo@example.com",
            token_audience="https://login.example",
        )
        self.call()
        ((form, headers),) = self.partner.asked
        self.assertEqual(form["grant_type"], JWT_GRANT)
        head, claims, signature = form["assertion"].split(".")
        self.assertEqual(
            {name: value for name, value in unpacked(claims).items() if name != "exp"},
            {"iss": "odoo", "sub": "odoo@example.com", "aud": "https://login.example"},
        )
        self.assertAlmostEqual(unpacked(claims)["exp"], time.time() + 180, delta=60)
        key.public_key().verify(
            from_base64url(signature),
            f"{head}.{claims}".encode(),
            padding.PKCS1v15(),
            hashes.SHA256(),
        )
        self.assertNotIn("authorization", headers)
        self.assertEqual(set(form), {"grant_type", "assertion"}, "no secret goes with it")

    def test_without_a_private_key_no_token(self):
        self.log_in(auth="oauth2_jwt", auth_user="odoo@example.com")
        self.assertIn("private key", self.refused().fix)
        self.env["seam.token"].search([]).unlink()
        self.log_in("no key", auth="oauth2_jwt", purpose="private_key")
        fault = self.refused()
        self.assertEqual(fault.code, "config.invalid")
        self.assertNotIn("no key", str(fault.as_dict()))

    def test_a_lost_answer_about_a_token_is_no_doubt_about_the_document(self):
        self.log_in(purpose="client_secret")
        self.partner.token = raw(b"")
        self.assertEqual(self.refused().kind, "transient")

    def test_what_is_missing_is_named(self):
        self.log_in(auth="oauth2_refresh", token_url=False)
        self.assertIn("token address", self.refused().fix)
        self.system.token_url = f"{self.partner.address}/token"
        self.env["seam.token"].search([]).unlink()
        self.env.flush_all()
        self.assertIn("refresh token", self.refused().fix)

    # -- where tokens are asked for ----------------------------------------------------

    def test_a_token_address_inside_the_company_is_refused(self):
        for address in ("10.1.2.3", "169.254.169.254", "127.0.0.1", "::1", "::ffff:10.0.0.1"):
            self.log_in(
                base_url="https://api.example",
                allowed_hosts=False,
                token_url="https://login.example/token",
            )
            self.env["seam.token"]._forget(self.system)
            self.env.flush_all()
            self.patch(http, "system_resolver", lambda *_place, found=address: [found])
            fault = self.refused()
            self.assertEqual(fault.code, "transport.forbidden", address)
            self.assertEqual(self.partner.asked, [])

    def test_a_token_address_without_encryption_is_refused(self):
        self.log_in(token_url="http://login.example/token")
        self.assertEqual(self.refused().code, "transport.forbidden")

    def test_a_token_address_that_leads_elsewhere_is_not_followed(self):
        self.log_in(purpose="client_secret", token_login="body")
        elsewhere = Partner()
        self.addCleanup(elsewhere.server.close)
        self.partner.token = answer("307 Temporary Redirect", Location=f"{elsewhere.address}/token")
        fault = self.refused()
        self.assertEqual(fault.code, "config.invalid")
        self.assertIn("redirect", fault.message)
        self.assertEqual(elsewhere.server.requests, [])

    # -- where tokens are kept -----------------------------------------------------------

    def test_a_token_is_encrypted_and_nobody_reads_it(self):
        self.log_in(purpose="client_secret")
        self.call()
        self.env.cr.execute("SELECT row_to_json(t)::text FROM seam_token t")
        self.assertNotIn("token-1", self.env.cr.fetchone()[0])
        groups = "seam.group_seam_manager,base.group_allow_export"
        manager = new_test_user(self.env, "token-manager", groups=groups)
        token = self.env["seam.token"].with_user(manager).search([])
        self.assertTrue(token)
        self.assertNotIn("value", token.read()[0])
        with self.assertRaises(AccessError):
            token.read(["value"])
        with self.assertRaises(AccessError):
            token.export_data(["value"])
        with self.assertRaises(AccessError):
            self.env["seam.token"].with_user(self.operator).search([])

    def test_no_secret_in_any_log(self):
        self.log_in("hunter2hunter2", purpose="client_secret", token_login="body")
        with self.assertLogs(level=logging.DEBUG) as logs:
            logging.getLogger("odoo.addons.seam").debug("begin")
            self.call()
            self.partner.token = answer("400 Bad Request", b'{"error": "hunter2hunter2"}')
            self.env["seam.token"]._forget(self.system)
            fault = self.refused()
        lines = "\n".join(logs.output) + str(fault.as_dict())
        for secret in ("hunter2hunter2", "token-1"):
            # what urllib3 says of its own, and what PostgreSQL is asked, has none either
            self.assertNotIn(secret, lines)

    def test_a_copy_of_production_has_no_token(self):
        self.log_in(purpose="client_secret")
        self.call()
        for query in get_neutralization_queries(["seam"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(self.env["seam.token"].search([]))
        self.assertFalse(self.system.token_url)


@tagged("post_install", "-at_install")
class TestConnectionButton(AuthCase):
    """An administrator sees at once whether a partner is reached."""

    def test_what_was_answered_is_told(self):
        self.log_in(purpose="client_secret")
        notice = self.system.action_test_connection()["params"]
        self.assertEqual(notice["type"], "success")
        self.assertIn("answered 200", notice["message"])
        self.assertEqual(self.partner.calls[-1].method, "GET")

    def test_a_refusal_is_told_with_what_to_do(self):
        self.log_in(auth="api_key", purpose="api_key")
        notice = self.system.action_test_connection()["params"]
        self.assertEqual(notice["type"], "danger")
        self.assertIn("refused the credentials (401)", notice["message"])

    def test_who_is_not_there_is_told(self):
        self.log_in(auth="none")
        self.partner.server.close()
        self.system.base_url = f"http://127.0.0.1:{free_port()}"
        notice = self.system.action_test_connection()["params"]
        self.assertEqual(notice["type"], "danger")

    def test_success_closes_the_circuit_and_failure_does_not_count(self):
        self.log_in(purpose="client_secret")
        circuit = self.env["seam.circuit"]
        circuit._note(self.system.id, 0, 10, "It was down.")
        self.assertEqual(circuit._admit(self.system.id, 1)[0], 0)
        self.system.action_test_connection()
        self.assertEqual(circuit._admit(self.system.id, 1)[0], 1)
        self.log_in(auth="api_key")
        for _ in range(12):
            self.system.action_test_connection()
        self.assertEqual(circuit._admit(self.system.id, 1)[0], 1)

    def test_only_administrators(self):
        self.log_in(purpose="client_secret")
        with self.assertRaises(AccessError):
            self.system.with_user(self.operator).action_test_connection()


@tagged("post_install", "-at_install")
class TestOneForAll(CommittedSystem, TransactionCase):
    """Workers that need a token at the same moment ask for one together."""

    def setUp(self):
        self.partner = Partner(pause=0.3)
        self.addCleanup(self.partner.server.close)
        super().setUp()

    def system_values(self):
        return {**super().system_values(), **login_values(self.partner)}

    def tokens(self, workers=8, shared=2, stale=None):
        """Eight threads in two groups, each with what a process has in common."""
        groups = [Tokens(self.env, self.system_id) for _ in range(shared)]

        def one(number):
            try:
                return groups[number % shared].current(stale)
            except Fault as fault:
                return fault.code

        with ThreadPoolExecutor(workers) as pool:
            return list(pool.map(one, range(workers)))

    def test_one_asks_and_all_have_it(self):
        self.assertEqual(self.tokens(), ["token-1"] * 8)
        self.assertEqual(len(self.partner.asked), 1)

    def test_so_it_is_when_each_is_a_process(self):
        self.assertEqual(self.tokens(shared=8), ["token-1"] * 8)
        self.assertEqual(len(self.partner.asked), 1)

    def test_so_it_is_when_a_token_is_refused(self):
        self.tokens(workers=1)
        self.assertEqual(self.tokens(stale="token-1", shared=8), ["token-2"] * 8)
        self.assertEqual(len(self.partner.asked), 2)

    def test_a_refusal_is_told_to_all(self):
        self.partner.token = answer("401 Unauthorized", b"{}")
        self.assertEqual(self.tokens(shared=8), ["auth.failed"] * 8)
        self.assertEqual(len(self.partner.asked), 1)

    def test_no_business_row_is_held_meanwhile(self):
        self.partner.pause = 1
        thread = threading.Thread(target=self.tokens, args=(1, 1))
        thread.start()
        try:
            while not self.partner.asked and thread.is_alive():
                time.sleep(0.01)
            self.assertTrue(thread.is_alive(), "the token is waited for")
            with self.registry.cursor() as cr:
                cr.execute(
                    "SELECT 1 FROM seam_system WHERE id = %s FOR UPDATE NOWAIT", [self.system_id]
                )
        finally:
            thread.join()
        self.assertEqual(len(self.partner.asked), 1)


@tagged("post_install", "-at_install")
class TestAgainstAnotherServer(AuthCase):
    """A token server that is not of our making understands us."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = token_server.start(cls.addClassCleanup)

    def test_both_grants(self):
        self.partner.valid = None
        url = f"http://127.0.0.1:{self.port}/token"
        for auth, purpose in (
            ("oauth2_client", "client_secret"),
            ("oauth2_refresh", "refresh_token"),
        ):
            credential = self.log_in(auth=auth, purpose=purpose, token_url=url)
            status, request = self.call()
            self.assertEqual(status, 200)
            token = request.headers["authorization"].removeprefix("Bearer ")
            self.assertEqual(token.count("."), 2, "it gives a JSON Web Token")
        self.env.invalidate_all()
        self.assertNotEqual(credential._plain(), SECRET, "it gave another refresh token")

    def test_its_refusal_is_understood(self):
        url = f"http://127.0.0.1:{self.port}/nowhere"
        self.log_in(token_url=url, purpose="client_secret")
        self.assertIn(self.refused().code, ("transport.rejected", "auth.failed"))
