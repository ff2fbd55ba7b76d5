import threading
import time
from urllib.parse import urlsplit

from odoo import SUPERUSER_ID, api, fields, models

from ..engine import auth
from ..engine.fault import Fault
from ..engine.http import Client
from ..engine.secret import SecretError
from .own_cursor import own_env

# A token is renewed so long before it is over.
MARGIN = 60
# Those who asked meanwhile are told what the one who was refused was told.
REFUSED_REST = 5
# A system that refuses each new token is not asked for another one each time.
STALE_REST = 60
MAX_BYTES = 64 * 1024


class Tokens:
    """OAuth2 tokens of one system, for calls that run beside each other.

    It may be used from any thread: it opens a cursor of its own when it needs one.
    """

    def __init__(self, env, system_id):
        self._registry, self._system_id = env.registry, system_id
        self._lock = threading.Lock()
        self._token, self._until = "", 0.0

    def current(self, stale=None):
        """:param stale: a token that was refused, to be replaced
        :return: a token that is valid for a while; ``stale`` itself if there is no other
        :raise Fault: none could be had
        """
        with self._lock:
            if not self._token or self._token == stale or time.monotonic() > self._until:
                self._token, seconds = self._look_up(stale)
                self._until = time.monotonic() + seconds
            return self._token

    def _look_up(self, stale):
        with self._registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            return env["seam.token"]._get(self._system_id, stale)


class SeamToken(models.Model):
    """The OAuth2 access token of a system, encrypted, shared by all workers.

    Whoever finds it over locks the row, looks again, and asks for a new one: the
    others wait for him and take what he got. The transaction holds no other row but
    that of the refresh token, which some partners replace each time.
    """

    _name = "seam.token"
    _description = "Token"
    _log_access = False

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    value = fields.Char(groups=fields.NO_ACCESS, copy=False)
    use_until = fields.Float(default=0, readonly=True, help="A while before it is over.")
    renewed_at = fields.Float(
        default=0, readonly=True, help="When one was refused before its time."
    )
    refused_at = fields.Float(default=0, readonly=True)
    refusal = fields.Json(groups=fields.NO_ACCESS)

    _system_uniq = models.UniqueIndex("(system_id)")

    @api.model
    def _get(self, system_id, stale=None):
        """:return: (token, seconds for which it can be used)
        :raise Fault: none could be had
        """
        with own_env(self.env, user=SUPERUSER_ID, read_committed=True) as env:
            found = env["seam.token"]._valid(env["seam.token"]._row(system_id), stale)
            if not found:
                # By itself: a new row holds on to its system's row until it is committed.
                env["seam.token"]._ensure(system_id)
        if found:
            return found
        with own_env(self.env, user=SUPERUSER_ID, read_committed=True) as env:
            found, fault = env["seam.token"]._get_locked(system_id, stale)
        # What was refused is committed before it is told.
        if fault:
            raise fault
        return found

    def _get_locked(self, system_id, stale):
        """:return: ((token, seconds) or None, Fault or None)"""
        row = self._row(system_id, lock=True)
        if not row:
            # It was dropped just now, with settings or secrets that changed.
            self._ensure(system_id)
            row = self._row(system_id, lock=True)
        found = self._valid(row, stale)
        if found:
            return found, None
        if row["refusal"] and row["now"] - row["refused_at"] < REFUSED_REST:
            return None, Fault(**row["refusal"])
        try:
            grant = self._ask(self.env["seam.system"].browse(system_id))
        except Fault as fault:
            self._write_down(system_id, refused_at=row["now"], refusal=_refusal(fault))
            return None, fault
        use = grant.seconds - min(MARGIN, grant.seconds / 2)
        renewed = {"renewed_at": row["now"]} if stale else {}
        self._write_down(
            system_id,
            value=self.env["seam.credential"]._keyring().encrypt(grant.token),
            use_until=row["now"] + use,
            refusal=None,
            **renewed,
        )
        return (grant.token, use), None

    def _valid(self, row, stale):
        """:return: (token, seconds), or None when another one is to be asked for"""
        if not row or not row["value"]:
            return None
        left = row["use_until"] - row["now"]
        if left <= 0:
            return None
        try:
            token = self.env["seam.credential"]._keyring().decrypt(row["value"])
        except SecretError:
            return None
        if token == stale and row["now"] - row["renewed_at"] > STALE_REST:
            return None
        return token, left

    # -- the partner's token address -------------------------------------------------------

    def _ask(self, system):
        """:return: auth.Grant
        :raise Fault: it was refused, or cannot be asked for
        """
        credential = self.env["seam.credential"]
        wants_refresh = system.auth == "oauth2_refresh"
        refresh = credential._newest(system, "refresh_token") if wants_refresh else credential
        proof, headers = auth.client_proof(
            system.client_id or "",
            self._secret(credential._newest(system, "client_secret")),
            system.token_login == "body",
        )
        self._require(system, refresh)
        if system.auth == "oauth2_jwt":
            form, proof, headers = self._jwt_form(system), {}, {}
        else:
            form = auth.token_form(
                system.auth,
                self._secret(refresh),
                system.token_scope or "",
                system.token_audience or "",
            )
        response = self._post(system, {**form, **proof}, headers)
        grant = auth.read_grant(
            response, urlsplit(system.token_url).hostname, self._fix(system), _subject(system)
        )
        if refresh and grant.refresh_token:
            refresh._replace_secret(grant.refresh_token)
        return grant

    def _jwt_form(self, system):
        """What is signed is our proof: no secret goes over the line."""
        key = self.env["seam.credential"]._newest(system, "private_key")
        assertion = auth.jwt_assertion(
            self._secret(key),
            system.client_id,
            system.auth_user or system.client_id,
            system.token_audience or system.token_url,
            self._now(),
        )
        return auth.jwt_form(assertion, system.token_scope or "")

    def _now(self):
        """:return: seconds since 1970 by PostgreSQL's clock, as of all that is about tokens"""
        self.env.cr.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        return self.env.cr.fetchone()[0]

    @staticmethod
    def _secret(credential):
        return credential._plain() if credential else ""

    def _require(self, system, refresh):
        missing = (
            self.env._("the token address")
            if not system.token_url
            else self.env._("the client id")
            if not system.client_id
            else self.env._("the refresh token, under Credentials")
            if system.auth == "oauth2_refresh" and not refresh
            else self.env._("the private key, under Credentials")
            if system.auth == "oauth2_jwt"
            and not self.env["seam.credential"]._newest(system, "private_key")
            else ""
        )
        if missing:
            raise Fault(
                "config.invalid",
                self.env._("%(system)s cannot log in: something is missing.", system=system.name),
                fix=self.env._("Enter on the system: %s.", missing),
                subject=_subject(system),
            )

    def _fix(self, system):
        if system.auth == "oauth2_refresh":
            return self.env._(
                "Authorise Seam at the partner anew, and enter the new refresh token on the "
                "system, under Credentials. Look at the client id and secret too."
            )
        if system.auth == "oauth2_jwt":
            return self.env._(
                "Look whether the partner has the certificate of our private key, whether the "
                "user name and the audience are right, and whether the user may use the client."
            )
        return self.env._(
            "Enter the client id and the client secret of the system anew, and look at the "
            "rights that the partner gives them."
        )

    def _post(self, system, form, headers):
        """Ask the token address, by the rules for every address that Seam calls.

        Nothing was sent to the partner yet, so a lost answer is no doubt about a document.
        """
        client = Client(
            system.token_url,
            allowed=system._allowed_hosts(),
            timeout=(system.connect_timeout, system.read_timeout),
            max_bytes=MAX_BYTES,
        )
        try:
            return client.request(
                "POST",
                system.token_url,
                data=form,
                headers={"Accept": "application/json", **headers},
            )
        except Fault as fault:
            if fault.kind != "ambiguous":
                raise
            raise Fault(
                "transport.unavailable",
                f"{client.host} did not answer when it was asked for a token.",
                subject=client.host,
            ) from None
        finally:
            client.close()

    # -- rows ------------------------------------------------------------------------------

    @api.model
    def _forget(self, systems):
        """Drop what was given for settings or secrets that changed."""
        self.sudo().search([("system_id", "in", systems.ids)]).unlink()

    def _ensure(self, system_id):
        self.env.cr.execute(
            "INSERT INTO seam_token (system_id) VALUES (%s) ON CONFLICT DO NOTHING", [system_id]
        )

    def _row(self, system_id, lock=False):
        """:return: dict of the row with PostgreSQL's time, or None"""
        if lock:
            # A statement of its own: the clock is read when the lock is held.
            self.env.cr.execute(
                "SELECT 1 FROM seam_token WHERE system_id = %s FOR NO KEY UPDATE", [system_id]
            )
        self.env.cr.execute(
            """
            SELECT value, refusal, coalesce(use_until, 0) AS use_until,
                   coalesce(renewed_at, 0) AS renewed_at, coalesce(refused_at, 0) AS refused_at,
                   extract(epoch FROM clock_timestamp())::float8 AS now
              FROM seam_token WHERE system_id = %s
            """,
            [system_id],
        )
        return (self.env.cr.dictfetchall() or [None])[0]

    def _write_down(self, system_id, **values):
        record = self.search([("system_id", "=", system_id)])
        record.write(values)
        record.flush_recordset()


def _refusal(fault):
    return {
        "code": fault.code,
        "message": fault.message,
        "fix": fault.fix,
        "subject": fault.subject,
        "retry_after": fault.retry_after,
    }


def _subject(system):
    return f"system:{system.code}"
