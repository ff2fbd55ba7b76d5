"""One trace from the first system to the last: W3C Trace Context, level 1.

Source: https://www.w3.org/TR/trace-context-1/
"""

import re
import secrets
from collections.abc import Mapping
from typing import NamedTuple

MAX_STATE = 512

_PARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_SAMPLED = 1


class TraceContext(NamedTuple):
    """Where we are in a trace: ``trace_id`` 32 and ``span_id`` 16 hex digits in
    lower case, ``flags`` 0 to 255, ``state`` the vendors' own part, as received.
    """

    trace_id: str
    span_id: str
    flags: int = _SAMPLED
    state: str = ""

    def traceparent(self) -> str:
        """The header ``traceparent``, version 00."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags:02x}"

    def child(self) -> "TraceContext":
        """The next step of the same trace, under a span id of its own."""
        return self._replace(span_id=_new_id(8))

    def headers(self) -> dict[str, str]:
        """What to send along; ``tracestate`` only where there is one."""
        parent = {"traceparent": self.traceparent()}
        return {**parent, "tracestate": self.state} if self.state else parent


def new() -> TraceContext:
    """The beginning of a new, sampled trace."""
    return TraceContext(_new_id(16), _new_id(8))


def from_headers(headers: Mapping[str, str]) -> TraceContext:
    """The caller's context from headers with names in lower case.

    ``span_id`` is the caller's: use ``child()`` for a step of our own. A missing
    or invalid ``traceparent`` gives a new trace, as section 3.2.2 asks, and then
    ``tracestate`` is dropped too.
    """
    match = _PARENT.fullmatch(headers.get("traceparent", "").strip())
    if not match or not _valid(*match.groups()):
        return new()
    _version, trace_id, span_id, flags, _rest = match.groups()
    state = _bounded(headers.get("tracestate", ""))
    return TraceContext(trace_id, span_id, int(flags, 16), state)


def _valid(version: str, trace_id: str, span_id: str, _flags: str, rest: str | None) -> bool:
    """Version ff is forbidden, 00 has nothing after the flags, and no id is
    all zeros (sections 3.2.2.1 to 3.2.2.4)."""
    unknown_tail = version == "00" and rest is not None
    return (
        version != "ff"
        and not unknown_tail
        and trace_id.strip("0") != ""
        and span_id.strip("0") != ""
    )


def _bounded(state: str) -> str:
    """Whole entries only, at most ``MAX_STATE`` characters; where some must go,
    those over 128 characters first, then the last (section 3.3.1.5)."""
    entries = [entry.strip() for entry in state.split(",") if entry.strip()]
    if len(",".join(entries)) > MAX_STATE:
        entries = [entry for entry in entries if len(entry) <= 128]
    while len(",".join(entries)) > MAX_STATE:
        entries.pop()
    kept = ",".join(entries)
    return kept if kept.isascii() and kept.isprintable() else ""


def _new_id(size: int) -> str:
    """Random hex, never all zeros."""
    return secrets.token_hex(size - 1) + f"{secrets.randbelow(255) + 1:02x}"
