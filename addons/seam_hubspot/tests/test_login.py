from odoo.tests import tagged

from odoo.addons.seam.tests import token_server

from . import hubspot_case


@tagged("post_install", "-at_install")
class TestOAuth(hubspot_case.HubspotCase):
    """An app of OAuth2 in place of a private app's token."""

    def log_in(self, url, secret="secret"):
        self.hubspot.tokens = set()
        self.system.write(
            {
                "auth": "oauth2_refresh",
                "token_url": url,
                "client_id": "app",
                "token_login": "body",
            }
        )
        for purpose, text in (("client_secret", secret), ("refresh_token", "refresh-fake")):
            self.env["seam.credential"].create(
                {
                    "name": purpose,
                    "system_id": self.system.id,
                    "purpose": purpose,
                    "secret_input": text,
                }
            )
        self.env.flush_all()

    def test_a_token_is_got_and_renewed_before_its_time(self):
        self.log_in(f"{self.hubspot.url}/oauth/v1/token")
        self.assertIn("account 33", self.system._test_connection())
        (first,) = self.hubspot.tokens
        self.hubspot.tokens = set()
        self.assertIn("account 33", self.system._test_connection(), "a refused token is renewed")
        self.assertNotIn(first, self.hubspot.tokens)

    def test_a_refusal_is_understood(self):
        self.log_in(f"{self.hubspot.url}/oauth/v1/token", secret="another")
        notice = self.system.action_test_connection()
        self.assertEqual(notice["params"]["type"], "danger")

    def test_the_set_up_knows_hubspots_token_address(self):
        self.system.write({"auth": "oauth2_refresh", "token_url": False, "token_login": "header"})
        self.system.action_hubspot_setup()
        self.assertEqual(self.system.token_url, "https://api.hubapi.com/oauth/v1/token")
        self.assertEqual(self.system.token_login, "body")

    def test_with_a_token_server_that_is_not_of_our_making(self):
        self.log_in(f"http://127.0.0.1:{token_server.start(self.addCleanup)}/token")
        client = self.system._client()
        self.addCleanup(client.close)
        token = client.tokens.current()
        self.assertEqual(token.count("."), 2, "it gives a JSON Web Token")
        self.hubspot.tokens = {token}
        self.assertIn("account 33", self.system._test_connection())
