"""Payloads as people read them."""

import json
import re
from collections.abc import Iterator

from . import encoding, scan
from .fault import Fault

MAX_DEPTH = 100

_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(_STRING + r"|[\[\]{},:]|[^\s\[\]{},:\"]+", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def pretty(body: bytes) -> str:
    """``body`` for display; never fails.

    Valid JSON is indented, every number and name as it was written. Anything
    else comes as text, with what cannot be shown replaced.
    """
    text = encoding.readable(body)
    try:
        scan.check_depth(text.encode(), MAX_DEPTH)
        scan.check_syntax(text)
    except Fault:
        return text
    return "".join(_indented(text)).strip()


def _indented(text: str) -> Iterator[str]:
    depth = 0
    previous = ""
    for token in _TOKEN.findall(text):
        if token in "]}":
            depth -= 1
        if previous and _breaks(previous, token):
            yield "\n" + "  " * depth
        if token in "[{":
            depth += 1
        yield ": " if token == ":" else _unescaped(token)
        previous = token


def _breaks(previous: str, token: str) -> bool:
    """Whether a line ends between two tokens; an empty pair stays together."""
    if previous in "[{":
        return token not in "]}"
    return previous == "," or token in "]}"


def _unescaped(token: str) -> str:
    """A text as a person reads it, unless that could not be shown."""
    if "\\" not in token:
        return token
    text = json.loads(token)
    if _SURROGATE.search(text):
        return token
    return json.dumps(text, ensure_ascii=False)
