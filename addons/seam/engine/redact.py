"""Keeps secrets out of what people and machines read later: logs, stored
headers, error texts."""

import logging
import re
from collections.abc import Iterable, Mapping

MASK = "•••"

_SECRET_HEADER = re.compile(
    r"authorization|cookie|signature|secret|token|password|passwd|hmac"
    r"|api[-_]?key|access[-_]?key|auth[-_]?key|subscription[-_]?key|x-auth\b",
    re.IGNORECASE,
)
_NAME = (
    r"(?:consumer_secret|consumer_key|client_secret|api_?key|access_?token"
    r"|refresh_?token|id_?token|secret|token|password|passwd|pwd|sig|signature"
    r"|x-amz-signature|code_verifier|assertion)"
)
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), replacement)
    for pattern, replacement in (
        # A header line or a dict of headers: all up to the quote or line's end.
        (
            r"(\b(?:proxy-)?authorization['\"]?\s*[:=]\s*)"
            r"(?:(['\"])(?:(?!\2).)*\2|[^\r\n'\"]+)",
            rf"\1{MASK}",
        ),
        (r"(\b(?:set-)?cookie['\"]?\s*:\s*)[^\r\n'\"]+", rf"\1{MASK}"),
        (r"\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}", rf"\1 {MASK}"),
        # In a query string or a form.
        (rf"([?&\s]|^)({_NAME})=[^&\s'\"<>]+", rf"\1\2={MASK}"),
        # In JSON, or in Python's repr of a dict.
        (rf"(['\"]{_NAME}['\"]\s*:\s*)(['\"])(?:\\.|(?!\2).)*\2", rf"\1\2{MASK}\2"),
        (r"\bwhsec_[a-z0-9+/_=-]+", f"whsec_{MASK}"),
        (r"\bseam_[a-z0-9_-]{43}(?![a-z0-9_-])", f"seam_{MASK}"),
        # HubSpot's private apps, and Salesforce's sessions.
        (r"\bpat-[a-z0-9]{2,8}-[0-9a-f]{8}-[0-9a-f-]{20,}", f"pat-{MASK}"),
        (r"\b00D[a-z0-9]{12,15}![a-z0-9._]+", f"00D{MASK}"),
        (
            r"(-----BEGIN [a-z ]{0,20}PRIVATE KEY-----)"
            r"(?:[^-]*-----END [a-z ]{0,20}PRIVATE KEY-----|[\s\\a-z0-9+/=]{64,})",
            rf"\1{MASK}",
        ),
        (r"(\b[a-z][a-z0-9+.-]{0,20}://)[^/\s@'\"]+@", rf"\1{MASK}@"),
    )
)


def headers(given: Mapping[str, str], hidden: Iterable[str] = ()) -> dict[str, str]:
    """The same headers, with the values of those that prove something masked.

    Which headers there were stays visible, for that is what one looks for when
    a signature fails.

    :param hidden: names in lower case that are masked too, whatever they look like
    """
    hidden = set(hidden)
    return {
        name: MASK if name.lower() in hidden or _SECRET_HEADER.search(name) else known(value)
        for name, value in given.items()
    }


def text(content: str, secrets: Iterable[str] = ()) -> str:
    """``content`` without the given secrets, and without what looks like one."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        content = content.replace(secret, MASK)
    return known(content)


def known(content: str) -> str:
    """``content`` without what has the form of a secret, whoever's it is."""
    for pattern, replacement in _PATTERNS:
        content = pattern.sub(replacement, content)
    return content


class SecretFilter(logging.Filter):
    """Redacts records as they pass; never drops one.

    Put it on handlers: a filter on a logger does not see its children's records.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        try:
            message = record.getMessage()
        except Exception:
            # The logging call itself is wrong: let logging report that.
            return True
        clean = known(message)
        if clean != message:
            record.msg, record.args = clean, None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = known(record.exc_text)
        return True
