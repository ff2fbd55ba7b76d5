import logging

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..engine import auth
from ..engine.fault import Fault

_logger = logging.getLogger(__name__)

# A token was given for these; when one changes, it is not valid any more.
TOKEN_FIELDS = {
    "auth",
    "token_url",
    "client_id",
    "token_scope",
    "token_audience",
    "token_login",
    "auth_user",
}


TOKEN_PURPOSES = ("client_secret", "refresh_token", "private_key")


class SeamSystemAuth(models.Model):
    """How our calls to a system prove who we are; the secrets are credentials."""

    _inherit = "seam.system"

    auth = fields.Selection(
        [
            ("none", "Nothing, or as its connector does"),
            ("api_key", "API key in a header"),
            ("basic", "User name and password (Basic)"),
            ("oauth2_client", "OAuth2: client credentials"),
            ("oauth2_refresh", "OAuth2: refresh token"),
            ("oauth2_jwt", "OAuth2: signed with our private key (JWT bearer)"),
            ("hmac", "Signature of the request (HMAC)"),
            ("webhook", "Signature by Standard Webhooks"),
        ],
        "We log in with",
        required=True,
        default="none",
        tracking=True,
        help="How the partner knows that a call is ours. The secret itself is entered under "
        "Credentials.",
    )
    auth_header = fields.Char(
        "Header",
        tracking=True,
        help="Name of the header that carries it. Empty: X-API-Key for a key, X-Signature for "
        "a signature, Authorization for a token.",
    )
    auth_prefix = fields.Char(
        "Before it",
        tracking=True,
        help="Stands in the header before the key, token or signature, e.g. “sha256=”.",
    )
    auth_user = fields.Char("User name", tracking=True)
    token_url = fields.Char(
        "Token address",
        tracking=True,
        help="Where a token is asked for. The same rules hold as for the system's address: "
        "https, and private or local addresses only if they are listed.",
    )
    client_id = fields.Char("Client ID", tracking=True)
    token_scope = fields.Char("Scope", tracking=True, help="Only if the partner asks for one.")
    token_audience = fields.Char(
        "Audience",
        tracking=True,
        help="Only if the partner asks for one. With a private key: whom our word is for; "
        "empty: the token address.",
    )
    token_login = fields.Selection(
        [("header", "In the header (Basic)"), ("body", "In the body")],
        "Client secret goes",
        default="header",
        required=True,
        tracking=True,
        help="How the client ID and secret are shown to the token address. Most partners take "
        "both; some only the body.",
    )
    sign_algorithm = fields.Selection(
        [("sha256", "SHA-256"), ("sha512", "SHA-512")],
        "Algorithm",
        default="sha256",
        required=True,
        tracking=True,
    )
    sign_encoding = fields.Selection(
        [("hex", "Hexadecimal"), ("base64", "Base64")],
        "Written in",
        default="hex",
        required=True,
        tracking=True,
    )
    sign_what = fields.Selection(
        [("body", "The body"), ("timestamp.body", "Timestamp, a dot and the body")],
        "What is signed",
        default="body",
        required=True,
        tracking=True,
    )
    sign_stamp_header = fields.Char(
        "Header of the timestamp",
        default="X-Timestamp",
        tracking=True,
        help="Carries the seconds since 1970 that are signed.",
    )
    auth_hint = fields.Char(compute="_compute_auth_hint", compute_sudo=True)
    # Of the secret that is entered next.
    auth_purpose = fields.Char(compute="_compute_auth_hint", compute_sudo=True)

    @api.constrains("auth_header", "sign_stamp_header")
    def _check_headers(self):
        for system in self:
            for name in (system.auth_header, system.sign_stamp_header):
                if name and not auth.is_header_name(name):
                    raise ValidationError(self.env._("“%s” cannot be the name of a header.", name))

    @api.depends("auth", "credential_ids.purpose", "credential_ids.active")
    def _compute_auth_hint(self):
        """Which secret is still to be entered, a sentence, or False."""
        purposes = dict(
            self.env["seam.credential"]._fields["purpose"]._description_selection(self.env)
        )
        for system in self:
            there = set(system.credential_ids.mapped("purpose"))
            missing = [purpose for purpose in system._auth_purposes() if purpose not in there]
            system.auth_purpose = missing[0] if missing else False
            system.auth_hint = bool(missing) and self.env._(
                "Still to be entered under Credentials: %s.",
                ", ".join(purposes[purpose] for purpose in missing),
            )

    def _auth_purposes(self):
        """:return: purposes of the secrets that our way to log in needs"""
        self.ensure_one()
        if self.auth in auth.PURPOSES:
            return [auth.PURPOSES[self.auth]]
        return {
            "oauth2_client": ["client_secret"],
            "oauth2_refresh": ["refresh_token"],
            "oauth2_jwt": ["private_key"],
        }.get(self.auth, [])

    def _login(self):
        """:return: auth.Login"""
        self.ensure_one()
        return auth.Login(
            kind=self.auth,
            header=self.auth_header or "",
            prefix=self.auth_prefix or "",
            user=self.auth_user or "",
            algorithm=self.sign_algorithm,
            encoding=self.sign_encoding,
            signs=self.sign_what,
            stamp_header=self.sign_stamp_header or "X-Timestamp",
        )

    def write(self, vals):
        result = super().write(vals)
        if TOKEN_FIELDS & set(vals):
            self.env["seam.token"]._forget(self)
            self._try_to_log_in()
        return result

    def _try_to_log_in(self):
        """What waits to be let in goes out with the new credentials, once they are saved."""
        circuit = self.env["seam.circuit"]
        for system in self:
            system._let_in()
            self.env.cr.postcommit.add(lambda id_=system.id: circuit._close(id_))

    def _let_in(self, reason=None):
        """Calls go out again: so does what failed for our credentials only.

        :param reason: with which it failed; None: any
        """
        refused = [
            ("flow_id.system_id", "in", self.ids),
            ("direction", "=", "out"),
            ("state", "=", "failed"),
            ("fault_code", "=", "auth.failed"),
            ("predecessor_id", "=", False),
        ]
        if reason is not None:
            refused.append(("fault_message", "=", reason))
        self.env["seam.message"].sudo().search(refused)._retry(
            self.env._("What kept us from logging in may be mended.")
        )

    # -- test of the connection --------------------------------------------------------------

    def action_test_connection(self):
        """Button: call the system once, with its credentials, and say what it answered."""
        self.ensure_one()
        self.check_access("write")
        title = self.env._("Test of %s", self.name)
        try:
            sentence = self._test_connection()
        except Fault as fault:
            return self._notice(f"{fault.message} {fault.fix}".strip(), "danger", title)
        self.env["seam.circuit"]._close(self.id)
        return self._notice(sentence, "success", title)

    def _test_connection(self):
        """:return: a sentence
        :raise Fault: it was not reached, or refused us
        """
        client = self._client()
        try:
            return self._connector()._probe(client, self)
        finally:
            client.close()

    def _notice(self, sentence, kind, title=None):
        """:return: action that tells what came of a question, and shows the form anew"""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title or self.name,
                "message": sentence,
                "type": kind,
                "sticky": kind == "danger",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }


class SeamCredentialAuth(models.Model):
    """Secrets that we log in with."""

    _inherit = "seam.credential"

    purpose = fields.Selection(
        selection_add=[
            ("api_key", "API key we call the partner with"),
            ("password", "Password we log in with"),
            ("client_secret", "OAuth2 client secret"),
            ("refresh_token", "OAuth2 refresh token"),
            ("private_key", "OAuth2 private key (PEM)"),
            ("signing", "Secret we sign requests with"),
        ],
        ondelete={
            name: "cascade"
            for name in (
                "api_key",
                "password",
                "client_secret",
                "refresh_token",
                "private_key",
                "signing",
            )
        },
    )

    @api.model
    def _newest(self, system, purpose):
        """:return: the credential of this purpose to use, or none; read past any cache"""
        return self.sudo().search(
            [
                ("system_id", "=", system.id),
                ("purpose", "=", purpose),
                ("value", "!=", False),
                "|",
                ("valid_until", "=", False),
                ("valid_until", ">", fields.Datetime.now()),
            ],
            order="id desc",
            limit=1,
        )

    def _replace_secret(self, text):
        """Keep what a partner gave in place of this one. The token stays as it is."""
        self.ensure_one()
        self.env.cr.execute(
            "UPDATE seam_credential SET value = %s WHERE id = %s",
            [self._keyring().encrypt(text), self.id],
        )
        self.invalidate_recordset(flush=False)

    def _forget_tokens(self):
        used = self.filtered(lambda c: c.purpose in TOKEN_PURPOSES)
        self.env["seam.token"]._forget(used.system_id)
        self.system_id.sudo()._try_to_log_in()

    @api.model_create_multi
    def create(self, vals_list):
        credentials = super().create(vals_list)
        credentials._forget_tokens()
        return credentials

    def write(self, vals):
        result = super().write(vals)
        self._forget_tokens()
        return result

    def unlink(self):
        used = self.filtered(lambda c: c.purpose in TOKEN_PURPOSES)
        self.env["seam.token"]._forget(used.system_id)
        return super().unlink()
