from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests import test_auth as auth_kit
from odoo.addons.seam.tests import token_server

from .salesforce_case import SalesforceCase


@tagged("post_install", "-at_install")
class TestLogin(SalesforceCase):
    """Both ways to log in, against the fake, which checks what proves it."""

    def log_in(self, purpose, secret, **values):
        self.connect()
        self.system.credential_ids.unlink()
        self.system.write(values)
        self.env["seam.credential"].create(
            {
                "name": purpose,
                "system_id": self.system.id,
                "purpose": purpose,
                "secret_input": secret,
            }
        )
        self.env.flush_all()

    def probe(self):
        return self.system._test_connection()

    def test_client_credentials(self):
        self.log_in("client_secret", "secret")
        for way in ("header", "body"):
            self.system.token_login = way
            self.env.flush_all()
            self.assertIn("lets this connection in", self.probe())
        self.assertEqual({form["grant_type"] for form in self.fake.tokens}, {"client_credentials"})

    def test_a_private_key_whose_certificate_salesforce_has(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.fake.public_key = key.public_key()
        # A form's field of one line loses the line breaks of a key.
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        self.log_in(
            "private_key",
            pem.replace("\n", ""),
            auth="oauth2_jwt",
            auth_user="robot@example.com",
            token_audience="https://test.salesforce.com",
        )
        self.assertIn("lets this connection in", self.probe())
        (form,) = self.fake.tokens
        self.assertEqual(set(form), {"grant_type", "assertion"})
        stored = self.system.credential_ids
        self.assertNotIn("PRIVATE", stored.sudo().value)
        self.assertNotIn("PRIVATE", stored.secret_input)

    def test_another_key_or_audience_is_refused_in_a_sentence(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.fake.public_key = key.public_key()
        self.log_in(
            "private_key",
            auth_kit.private_pem(key),
            auth="oauth2_jwt",
            auth_user="robot@example.com",
            token_audience="https://login.salesforce.com",
        )
        with self.assertRaises(Fault) as caught:
            self.probe()
        self.assertEqual(caught.exception.code, "auth.failed")
        self.assertIn("audience", caught.exception.fix)
        self.assertEqual(self.fake.calls, [])


@tagged("post_install", "-at_install")
class TestAgainstAnotherTokenServer(SalesforceCase):
    """oauth2-mock-server, which is not of our making, gives the token. It knows client
    credentials; what is signed (JWT bearer) it refuses, and that is understood."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.port = token_server.start(cls.addClassCleanup)

    def setUp(self):
        super().setUp()
        self.connect()
        self.system.token_url = f"http://127.0.0.1:{self.port}/token"
        self.env.flush_all()

    def test_its_token_goes_with_the_call(self):
        given = []

        def take(method, parts, headers, body):
            given.append(headers["authorization"])
            self.fake.session = headers["authorization"].removeprefix("Bearer ")
            return type(self.fake)._do(self.fake, method, parts, headers, body)

        self.fake._do = take
        self.system._test_connection()
        self.assertEqual(given[0].count("."), 2, "it gives a JSON Web Token")

    def test_its_refusal_is_understood(self):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.system.write({"auth": "oauth2_jwt", "auth_user": "robot@example.com"})
        self.env["seam.credential"].create(
            {
                "name": "key",
                "system_id": self.system.id,
                "purpose": "private_key",
                "secret_input": auth_kit.private_pem(key),
            }
        )
        self.env.flush_all()
        with self.assertRaises(Fault) as caught:
            self.system._test_connection()
        self.assertIn(caught.exception.code, ("auth.failed", "transport.rejected"))
