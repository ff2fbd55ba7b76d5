import copy
import functools
import time
import uuid

from odoo import fields, models

from ..engine import auth
from ..engine.exchange import require_success
from ..engine.fault import Fault
from ..engine.http import Client
from .seam_token import Tokens


class SystemClient(Client):
    """The HTTP client of one system: it adds what proves who we are.

    It may be used from several threads at once: it holds plain values, and looks for
    tokens on a cursor of its own.

    :ivar secrets: dict purpose → list of secrets in clear, the newest first
    :ivar login: auth.Login
    :ivar tokens: Tokens of the system, for OAuth2
    :ivar gate: gate.Gate that each call goes through, or None
    """

    gate = None

    def __init__(self, address, secrets, login=None, tokens=None, **limits):
        super().__init__(address, **limits)
        self.secrets = secrets
        self.login = login or auth.Login()
        self.tokens = tokens
        self.secret_headers = frozenset(self.login.secret_headers())

    @classmethod
    def of(cls, client, **values):
        """A vendor's own client, with the address, limits and login of a system's.

        :param client: SystemClient
        :param values: what the vendor's class has besides
        """
        made = copy.copy(client)
        made.__class__ = cls
        vars(made).update(values)
        return made

    def secret(self, purpose):
        """:raise Fault: ``config.invalid``; it is not entered on the system"""
        try:
            return self.secrets[purpose][0]
        except (KeyError, IndexError):
            raise Fault(
                "config.invalid",
                "A credential of the system is missing: it cannot log in.",
                fix="Enter it on the system, under Credentials.",
                subject=purpose,
            ) from None

    def get(self, path, **kwargs):
        """:return: Response with a status of 2xx; everything else is a Fault"""
        return require_success(self.request("GET", path, **kwargs), self.host)

    def request(self, method, path, *, auth=None, **kwargs):
        """As ``Client.request``, with the system's credentials.

        A connector that gives ``auth`` logs in by itself, and a header that it gives
        stays as it is. A token that is refused before its time is renewed and the call
        made once more: what is answered 401 has had no effect.

        :raise gate.Held: no call may go out now, where there is a gate
        """
        send = functools.partial(super().request, method, path, **kwargs)

        def make():
            return self._proved(send, auth, kwargs.get("headers"))

        return self.gate.call(make, self.host) if self.gate else make()

    def _proved(self, send, given, headers):
        """:param send: function of the proof that makes the request"""
        if given is not None or self.login.kind == "none":
            return send(auth=given)
        if not self._takes_token(headers):
            return send(auth=self._prove)
        token = self.tokens.current()
        response = send(auth=_Proof(self, token))
        if response.status != 401:
            return response
        renewed = self.tokens.current(stale=token)
        return response if renewed == token else send(auth=_Proof(self, renewed))

    def _takes_token(self, headers):
        wanted = (self.login.header or "authorization").lower()
        given = {name.lower() for name in headers or ()}
        return self.login.kind in auth.OAUTH and wanted not in given

    def _prove(self, prepared):
        """For ``requests``: put the headers that prove it onto a finished request."""
        if self.login.kind in auth.OAUTH:
            return prepared
        return _Proof(self, self.secret(auth.PURPOSES[self.login.kind]))(prepared)


class _Proof:
    """Puts onto a finished request what proves it; what is there already stays."""

    def __init__(self, client, secret):
        self.login, self.secret = client.login, secret

    def __call__(self, prepared):
        body = prepared.body or b""
        if isinstance(body, str):
            body = prepared.body = body.encode()
        key = prepared.headers.get("Idempotency-Key") or str(uuid.uuid4())
        made = auth.headers(self.login, self.secret, body, time.time(), key)
        for name, value in made.items():
            prepared.headers.setdefault(name, value)
        return prepared


class SeamSystem(models.Model):
    _inherit = "seam.system"

    def _client(self):
        """:return: SystemClient of this system, for use in any thread
        :raise Fault: no address is set, or it may not be called
        """
        self.ensure_one()
        system = self.sudo()
        if not system.base_url:
            raise Fault(
                "config.invalid",
                self.env._("The system %s has no address.", system.name),
                fix=self.env._("Enter it on the system."),
            )
        now, secrets = fields.Datetime.now(), {}
        for purpose, value, until in self._secrets(system.id):
            if not until or until > now:
                secrets.setdefault(purpose, []).append(value)
        return SystemClient(
            system.base_url,
            secrets,
            login=system._login(),
            tokens=Tokens(self.env, system.id),
            allowed=system._allowed_hosts(),
            timeout=(system.connect_timeout, system.read_timeout),
        )

    def _allowed_hosts(self):
        hosts = (self.allowed_hosts or "").split(",")
        return [host.strip() for host in hosts if host.strip()]
