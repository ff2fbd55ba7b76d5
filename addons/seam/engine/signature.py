"""Who sent these bytes: signatures over the raw body.

Sources: Standard Webhooks 1.0
(https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md),
RFC 2104 (HMAC). The ``standardwebhooks`` library is the counterpart in the
tests; it is not called here because it takes only bodies that are UTF-8, its own
clock and a fixed tolerance, and lets parsing errors of the header escape.
"""

import base64
import binascii
import hashlib
import hmac
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

SECRET_PREFIX = "whsec_"
TOLERANCE = 300

Encoding = Literal["base64", "hex"]


class BadSignature(Exception):
    """The sender could not be proven. ``reason`` is a plain sentence for the
    administrator; the caller is told no more than 401."""

    def __init__(self, reason: str):
        super().__init__(reason)
        self.reason = reason


def verify_standard_webhook(
    headers: Mapping[str, str],
    body: bytes,
    secrets: Sequence[str],
    now: float | None = None,
    tolerance: float = TOLERANCE,
) -> None:
    """Return if one of ``secrets`` signed these bytes lately, else raise.

    :param headers: with names in lower case; ``webhook-id``,
        ``webhook-timestamp`` (seconds since 1970) and ``webhook-signature``
        (any number of ``v1,<base64>``, separated by spaces) are read
    :param body: the raw body
    :param secrets: base64, with or without ``whsec_``; all are valid, so that
        one can replace another without a gap
    :param now: seconds since 1970; the clock's when None
    :param tolerance: seconds the timestamp may be off, either way
    :raise BadSignature: in every other case, malformed ones included
    """
    keys = [_webhook_key(secret) for secret in _given(secrets)]
    message_id, stamp, given = (
        _header(headers, name) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")
    )
    _check_time(stamp, time.time() if now is None else now, tolerance)
    candidates = _v1_signatures(given)
    signed = _signed(message_id, stamp, body)
    expected = [_digest(key, signed, "sha256") for key in keys]
    if not _any_equal(expected, candidates):
        raise BadSignature("No signature was made with a secret of this system.")


def sign_standard_webhook(
    message_id: str, timestamp: int, body: bytes, secret: str
) -> dict[str, str]:
    """The three headers with which a partner would send ``body``."""
    signed = _signed(message_id, str(timestamp), body)
    made = _digest(_webhook_key(secret), signed, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(made).decode()}",
    }


def verify_hmac(
    body: bytes,
    given: str,
    secrets: Sequence[str],
    digest: str = "sha256",
    encoding: Encoding = "base64",
) -> None:
    """Return if ``given`` is the HMAC of ``body`` under one of ``secrets``.

    :param given: the signature as the vendor's header has it, without any
        prefix such as ``sha256=``
    :param secrets: the shared secrets as texts, used as UTF-8
    :param digest: a name that hashlib knows
    :raise BadSignature: in every other case, malformed ones included
    """
    keys = [secret.encode() for secret in _given(secrets)]
    if not given:
        raise BadSignature("The request carries no signature.")
    candidate = _decoded(given, encoding)
    expected = [_digest(key, body, digest) for key in keys]
    if not _any_equal(expected, [candidate]):
        raise BadSignature("The signature was not made with a secret of this system.")


def sign_hmac(
    body: bytes, secret: str, digest: str = "sha256", encoding: Encoding = "base64"
) -> str:
    """The HMAC of ``body`` as ``verify_hmac`` wants it."""
    made = _digest(secret.encode(), body, digest)
    return made.hex() if encoding == "hex" else base64.b64encode(made).decode()


def _given(secrets: Iterable[str]) -> list[str]:
    kept = [secret.strip() for secret in secrets if secret and secret.strip()]
    if not kept:
        raise BadSignature("No secret is set for this system, so nothing is accepted.")
    return kept


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise BadSignature(f"The header {name} is missing.")
    return value


def _check_time(stamp: str, now: float, tolerance: float) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature("The header webhook-timestamp is not in whole seconds.")
    late = now - int(stamp)
    if abs(late) > tolerance:
        side = "behind" if late > 0 else "ahead of"
        raise BadSignature(
            f"The message's time is {abs(late):.0f} s {side} ours, more than"
            f" {tolerance:.0f} s: clock skew, or an old message sent again."
        )


def _v1_signatures(header: str) -> list[bytes]:
    """The v1 signatures in a header; other versions are the sender's affair."""
    parts = [part.partition(",") for part in header.split()]
    found = [_decoded(value, "base64") for version, _, value in parts if version == "v1"]
    if not found:
        raise BadSignature("The header webhook-signature has no signature of version v1.")
    return found


def _decoded(given: str, encoding: Encoding) -> bytes:
    try:
        if encoding == "hex":
            return bytes.fromhex(given.strip())
        return base64.b64decode(given.strip(), validate=True)
    except (ValueError, binascii.Error):
        raise BadSignature(f"The signature is not in {encoding}.") from None


def _webhook_key(secret: str) -> bytes:
    text = secret.strip().removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if not key:
        raise BadSignature("A secret of this system is not in base64: enter it again.")
    return key


def _signed(message_id: str, stamp: str, body: bytes) -> bytes:
    return f"{message_id}.{stamp}.".encode() + body


def _digest(key: bytes, body: bytes, digest: str) -> bytes:
    if digest not in hashlib.algorithms_guaranteed:
        raise ValueError(f"{digest!r} is not a digest that hashlib knows.")
    return hmac.new(key, body, digest).digest()


def _any_equal(expected: list[bytes], candidates: list[bytes]) -> bool:
    """Compares every pair, so that time does not tell which one fitted."""
    found = [hmac.compare_digest(e, c) for e in expected for c in candidates]
    return any(found)
