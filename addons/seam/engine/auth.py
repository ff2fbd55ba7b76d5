"""How our calls prove who we are: headers from a secret and the bytes that are sent.

Sources: RFC 7617 (Basic), RFC 6750 (Bearer), RFC 2104 (HMAC), Standard Webhooks 1.0,
RFC 6749 sections 2.3.1, 4.4, 5 and 6 (OAuth2 token requests), RFC 7523 (JWT bearer).
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import quote_plus

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from .exchange import require_success
from .fault import Fault
from .http import Response
from .signature import BadSignature, sign_hmac, sign_standard_webhook

OAUTH = ("oauth2_client", "oauth2_refresh", "oauth2_jwt")
# With which secret each kind proves it; OAuth2 does with a token that it is given.
PURPOSES = {
    "api_key": "api_key",
    "basic": "password",
    "hmac": "signing",
    "webhook": "webhook",
}
DEFAULT_HEADERS = {"api_key": "X-API-Key", "hmac": "X-Signature"}
# A token whose time the server does not tell is asked for anew after this (seconds).
UNTOLD_LIFE = 600
LONGEST_LIFE = 30 * 86400

JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
# Partners take assertions of a few minutes at most.
JWT_LIFE = 180

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_ERROR = re.compile(r"[a-z_]{1,40}")


class Login(NamedTuple):
    """How a system wants us to log in.

    :ivar kind: none, api_key, basic, oauth2_client, oauth2_refresh, oauth2_jwt, hmac or
        webhook
    :ivar header: that carries the key, token or signature; "": the usual one
    :ivar prefix: before it, within the header
    :ivar user: of basic
    :ivar algorithm: of hmac: sha256 or sha512
    :ivar encoding: of hmac: hex or base64
    :ivar signs: of hmac: ``body``, or ``timestamp.body``
    :ivar stamp_header: of hmac: that carries the timestamp
    """

    kind: str = "none"
    header: str = ""
    prefix: str = ""
    user: str = ""
    algorithm: str = "sha256"
    encoding: str = "hex"
    signs: str = "body"
    stamp_header: str = "X-Timestamp"

    def secret_headers(self) -> set[str]:
        """Headers that prove who we are, in lower case: nobody is to read them."""
        return {"authorization", (self.header or DEFAULT_HEADERS.get(self.kind, "")).lower()} - {""}


class Grant(NamedTuple):
    """What a token address gave.

    :ivar seconds: how long the token is valid
    :ivar refresh_token: in place of the one it was asked with, or ""
    """

    token: str
    seconds: float
    refresh_token: str = ""


def is_header_name(text: str) -> bool:
    return bool(_TOKEN.fullmatch(text))


def headers(login: Login, secret: str, body: bytes, now: float, key: str) -> dict[str, str]:
    """The headers that prove a request.

    :param secret: the secret of the kind's purpose, or an OAuth2 access token
    :param body: exactly the bytes that are sent
    :param now: seconds since 1970
    :param key: the request's idempotency key: the id under which a webhook is sent
    :raise Fault: ``config.invalid``; the secret cannot be used so
    """
    made = _made(login, secret, body, int(now), key)
    for value in made.values():
        if not (value.isascii() and value.isprintable()):
            raise Fault(
                "config.invalid",
                "A credential of the system has characters that no header may have.",
                fix="Enter it anew on the system, without line breaks.",
                subject=PURPOSES.get(login.kind, "token"),
            )
    return made


def _made(login, secret, body, now, key):
    if login.kind == "basic":
        pair = base64.b64encode(f"{login.user}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    if login.kind == "api_key":
        return {login.header or DEFAULT_HEADERS["api_key"]: login.prefix + secret}
    if login.kind in OAUTH:
        if login.header:
            return {login.header: login.prefix + secret}
        return {"Authorization": f"Bearer {secret}"}
    if login.kind == "hmac":
        return _hmac(login, secret, body, now)
    if login.kind == "webhook":
        return _webhook(secret, body, now, key)
    return {}


def _hmac(login, secret, body, now):
    stamped = login.signs == "timestamp.body"
    signed = f"{now}.".encode() + body if stamped else body
    made = sign_hmac(signed, secret, login.algorithm, login.encoding)
    result = {login.header or DEFAULT_HEADERS["hmac"]: login.prefix + made}
    if stamped:
        result[login.stamp_header] = str(now)
    return result


def _webhook(secret, body, now, key):
    try:
        return sign_standard_webhook(key, now, body, secret)
    except BadSignature as error:
        raise Fault(
            "config.invalid",
            error.reason,
            fix="Enter the webhook secret anew on the system, under Credentials.",
            subject="webhook",
        ) from None


# -- tokens --------------------------------------------------------------------------


def token_form(kind: str, refresh_token: str, scope: str, audience: str) -> dict[str, str]:
    """What is asked of a token address, without the client's own proof."""
    form = {"grant_type": "client_credentials"}
    if kind == "oauth2_refresh":
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return {**form, **({"scope": scope} if scope else {}), **_audience(audience)}


def jwt_form(assertion: str, scope: str) -> dict[str, str]:
    """What is asked of a token address with a JWT that we signed (RFC 7523 section 2.1)."""
    form = {"grant_type": JWT_GRANT, "assertion": assertion}
    return {**form, **({"scope": scope} if scope else {})}


def jwt_assertion(key: str, client_id: str, user: str, audience: str, now: float) -> str:
    """A JWT, signed with RS256, by which the partner gives a token for a user.

    :param key: RSA private key in PEM; line breaks that a form lost do not matter
    :param now: seconds since 1970
    :raise Fault: ``config.invalid``; the key cannot be used
    """
    claims = {"iss": client_id, "sub": user, "aud": audience, "exp": int(now) + JWT_LIFE}
    signed = ".".join(
        _base64url(json.dumps(part, separators=(",", ":")).encode())
        for part in ({"alg": "RS256", "typ": "JWT"}, claims)
    )
    made = _private_key(key).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_base64url(made)}"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _private_key(text: str) -> rsa.RSAPrivateKey:
    found = _PEM.search(text)
    try:
        der = base64.b64decode("".join(found[2].split()), validate=True) if found else b""
        key = serialization.load_der_private_key(der, password=None)
    except (binascii.Error, ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, rsa.RSAPrivateKey):
        return key
    raise Fault(
        "config.invalid",
        "The private key of the system cannot be used.",
        fix="Enter an RSA key without a password, from -----BEGIN PRIVATE KEY----- to the end.",
        subject="private_key",
    )


def _audience(audience):
    return {"audience": audience} if audience else {}


def client_proof(client_id: str, client_secret: str, in_body: bool):
    """:return: (fields of the form, headers) that prove the client to a token address"""
    if in_body or not client_secret:
        secret = {"client_secret": client_secret} if client_secret else {}
        return {"client_id": client_id, **secret}, {}
    # RFC 6749 2.3.1: both are form-encoded before they are put together.
    pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return {}, {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}


def read_grant(response: Response, host: str, fix: str, subject: str) -> Grant:
    """What a token address answered.

    :param host: of the token address, named in faults
    :param fix: what to do when it refuses
    :param subject: of the fault when it refuses
    :raise Fault: ``auth.failed``, ``transport.unavailable``, or ``config.invalid``
    """
    if 300 <= response.status < 400:
        raise Fault(
            "config.invalid",
            f"{host} answered the request for a token with a redirect ({response.status}):"
            " credentials are not sent on to another address.",
            fix="Enter the final token address on the system.",
            subject=subject,
        )
    if response.status in (400, 401, 403):
        raise Fault(
            "auth.failed",
            f"{host} refused to give a token ({response.status}{_error(response)}).",
            fix=fix,
            subject=subject,
        )
    return _grant(require_success(response, host), host, subject)


def is_locked_out(fault: Fault | None) -> bool:
    """Whether a system gives us no token, so that no call to it can be made."""
    return bool(fault) and fault.code == "auth.failed" and fault.subject.startswith("system:")


def _error(response: Response) -> str:
    """The error's name as RFC 6749 5.2 has it; its description may quote anything."""
    content = _content(response)
    name = content.get("error") if isinstance(content, Mapping) else None
    return f": {name}" if isinstance(name, str) and _ERROR.fullmatch(name) else ""


def _content(response: Response) -> Any:
    try:
        return response.json()
    except Fault:
        return None


def _grant(response: Response, host: str, subject: str) -> Grant:
    content = _content(response)
    content = content if isinstance(content, Mapping) else {}
    token, again = content.get("access_token"), content.get("refresh_token")
    if not isinstance(token, str) or not token:
        raise Fault(
            "config.invalid",
            f"{host} gave no token: its answer has no access_token.",
            fix="Look at the token address of the system.",
            subject=subject,
        )
    return Grant(token, _life(content.get("expires_in")), again if isinstance(again, str) else "")


def _life(given: Any) -> float:
    try:
        seconds = float(given)
    except (TypeError, ValueError):
        return UNTOLD_LIFE
    return min(seconds, LONGEST_LIFE) if seconds > 0 else UNTOLD_LIFE
