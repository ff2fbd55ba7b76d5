"""JSON looked at without building a document of it."""

import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import NoReturn

from .fault import Fault

_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_SPACE = re.compile(r"[ \t\n\r]*")
# Looks at no number at all, so that none can be too large for it.
_LENIENT = json.JSONDecoder(parse_float=bool, parse_int=bool, parse_constant=bool)
_FIXES = {
    "Expecting value": "a value is missing there",
    "Expecting property name enclosed in double quotes": (
        "a field name in double quotes is expected there"
    ),
    "Expecting ',' delimiter": "a comma or a closing bracket is missing there",
    "Expecting ':' delimiter": "a colon is missing there",
    "Extra data": "there is something after the end of the document",
    "Unterminated string starting at": "a text begins there and never ends",
    "Invalid control character at": (
        "a raw control character stands inside a text; write it as an escape"
    ),
    "Illegal trailing comma before end of object": "remove the comma there",
    "Illegal trailing comma before end of array": "remove the comma there",
}


def check_depth(body: bytes, limit: int) -> None:
    """Refuse deep nesting before the decoder recurses into it.

    Exact and free of recursion: without escaped backslashes and quotes, what
    follows an even number of quotes is outside of strings. Two quotes in a row
    may go, they change no parity; then only strings with brackets are left.
    """
    if body.count(b"[") + body.count(b"{") <= limit:
        return
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = body.translate(None, _NO_MARK).replace(b'""', b"")
    outside = b"".join(marks.split(b'"')[::2])
    if max(accumulate(map(_STEPS.__getitem__, outside)), default=0) > limit:
        raise Fault(
            "schema.too_deep",
            f"The document nests more than {limit} lists and objects.",
            fix="Send a flatter document.",
        )


def check_syntax(text: str) -> None:
    """Fault ``schema.malformed`` if the tokens are not JSON's; numbers of any
    size and names that stand twice pass."""
    try:
        _LENIENT.decode(text)
    except json.JSONDecodeError as error:
        raise_syntax(error)


def array_items(text: str) -> Iterator[str]:
    """The exact text of each item of the array that ``text`` is."""
    position = _SPACE.match(text).end()
    if text[position] != "[":
        raise Fault(
            "schema.malformed",
            "A batch must be a JSON array, or one document a line (application/x-ndjson).",
            fix="Send [document, document, ...].",
        )
    position = _SPACE.match(text, position + 1).end()
    more = text[position : position + 1] != "]"
    while more:
        start = position
        position = _item_end(text, start)
        yield text[start:position]
        position = _SPACE.match(text, position).end()
        more = text[position : position + 1] == ","
        if more:
            position = _SPACE.match(text, position + 1).end()
    _check_end(text, position)


def _item_end(text: str, start: int) -> int:
    try:
        return _LENIENT.raw_decode(text, start)[1]
    except json.JSONDecodeError as error:
        raise_syntax(error)


def _check_end(text: str, position: int) -> None:
    if text[position : position + 1] != "]":
        raise_syntax(json.JSONDecodeError("Expecting ',' delimiter", text, position))
    end = _SPACE.match(text, position + 1).end()
    if end != len(text):
        raise_syntax(json.JSONDecodeError("Extra data", text, end))


def raise_syntax(error: json.JSONDecodeError) -> NoReturn:
    """The decoder's error as Fault ``schema.malformed``, in plain words."""
    reason = _FIXES.get(error.msg, "")
    if not reason and "escape" in error.msg:
        reason = "an escape after the backslash is not one that JSON knows"
    raise Fault(
        "schema.malformed",
        f"The document is not valid JSON: line {error.lineno}, column {error.colno}:"
        f" {reason or error.msg}.",
        fix="Send a complete JSON document, made by a JSON library.",
    )
