"""Who may come in, and how the carrier misbehaves at the door: what both of its faces share."""

import base64
import binascii
import hmac
import secrets
import threading
import time
import urllib.parse

from simulators.faults import Faults
from simulators.local import Refused

TOKEN_PATH = "/security/v1/oauth/token"


class ServerFaults(Faults):
    """How the carrier misbehaves when it is called.

    latency         every answer takes `seconds` longer
    down            from then on, for `seconds`, all is answered 503
    error_500       nothing is done, and answered 500
    unavailable     503 with Retry-After: `retry_after` seconds
    too_many        429 with the same
    reset           the connection is reset before anything is done
    expired         the caller's token is not valid any more
    refused         no new token is given: the credentials are wrong
    reset_after     it is done; then the connection is reset
    timeout         it is done; then nothing is answered
    error_after     it is done; then answered 500
    drift           it is done, and answered in another form than was agreed
    stale           asked for scans, it tells of all but the newest ones
    """

    NAMES = (
        "latency", "down", "error_500", "unavailable", "too_many", "reset", "expired", "refused",
        "reset_after", "timeout", "error_after", "drift", "stale",
    )  # fmt: skip
    SECONDS = ("latency", "down")


class Door:
    """Client credentials against tokens, and the fault of each call.

    client_id, client_secret   the customer's
    life                       seconds that a token is valid
    """

    def __init__(self, client_id, client_secret, faults, life=14399):
        self.client_id, self.client_secret = client_id, client_secret
        self.faults, self.life = faults, life
        self.tokens, self.given = {}, 0
        self._down_until, self._lock = 0.0, threading.Lock()

    # -- before anything is done --------------------------------------------------------------

    def is_down(self):
        """Whether nobody is there; begins by the fault `down`."""
        fault = self.faults.take("down")
        if fault:
            self._down_until = time.monotonic() + fault.get("seconds", 10)
        return time.monotonic() < self._down_until

    def stop_call(self):
        """(status, Retry-After or None) of a call that ends at the door; status 0: reset. Else None."""
        if self.is_down():
            return 503, None
        if self.faults.take("reset"):
            return 0, None
        if self.faults.take("error_500"):
            return 500, None
        for name, status in (("unavailable", 503), ("too_many", 429)):
            fault = self.faults.take(name)
            if fault:
                return status, fault.get("retry_after", 1)
        return None

    def lose_answer(self):
        """How the answer to what is done is lost: 0 reset, None no answer at all, 500. Else False."""
        for name, status in (("reset_after", 0), ("timeout", None), ("error_after", 500)):
            if self.faults.take(name):
                return status
        return False

    # -- credentials ----------------------------------------------------------------------

    def give_token(self, authorization, content):
        """The answer of the token address, as UPS describes it. Raises Refused."""
        form = dict(urllib.parse.parse_qsl(content.decode(errors="replace")))
        if form.get("grant_type") != "client_credentials":
            raise Refused(400, "grant_type must be client_credentials.", "10400")
        user, password = _pair(authorization) or (form.get("client_id"), form.get("client_secret"))
        right = _same(user, self.client_id) and _same(password, self.client_secret)
        if not right or self.faults.take("refused"):
            raise Refused(401, "ClientId is Invalid", "10401")
        token, now = secrets.token_urlsafe(32), time.time()
        with self._lock:
            self.given += 1
            self.tokens = {
                **{k: v for k, v in self.tokens.items() if v > now},
                token: now + self.life,
            }
        return {
            "token_type": "Bearer",
            "issued_at": str(round(now * 1000)),
            "client_id": self.client_id,
            "access_token": token,
            "expires_in": str(self.life),
            "status": "approved",
        }

    def let_in(self, authorization):
        """Whoever shows a valid token. Raises Refused."""
        kind, _, token = (authorization or "").partition(" ")
        if kind.lower() != "bearer" or token not in self.tokens:
            raise Refused(401, "Invalid Authentication Information.", "250002")
        if self.faults.take("expired"):
            with self._lock:
                self.tokens.pop(token, None)
        if self.tokens.get(token, 0) < time.time():
            raise Refused(401, "Bearer Token expired", "251004")


def _pair(authorization):
    kind, _, encoded = (authorization or "").partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # RFC 6749 section 2.3.1: both are encoded as a form is
    return urllib.parse.unquote_plus(user), urllib.parse.unquote_plus(password)


def _same(given, right):
    return hmac.compare_digest((given or "").encode(), right.encode())
