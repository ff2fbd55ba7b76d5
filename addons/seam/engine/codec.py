"""Bytes to documents: JSON read strictly, so that no two readers of the same
bytes can see different documents.

Sources: RFC 8259 (JSON), RFC 7493 (I-JSON: no duplicate names, no lone
surrogates), https://github.com/ndjson/ndjson-spec (batches by line). Numbers
with a fraction or exponent become ``Decimal``: a price must not pass through
binary floats. NUL is refused because a PostgreSQL ``text`` cannot hold it.
"""

import codecs
import json
import re
import secrets
from collections.abc import Iterator
from decimal import Decimal, DecimalException
from email.message import Message
from itertools import accumulate
from typing import Any, NoReturn

from . import pointer
from .fault import Fault

MAX_DEPTH = 100
# Deeper than any sane document, and far from Python's own recursion limit.
MAX_BATCH_DEPTH = 500
MAX_DIGITS = 400
# The range of an IEEE 754 double, which RFC 8259 section 6 says to stay within.
MAX_EXPONENT = 308
MIN_EXPONENT = -400

NDJSON_TYPES = {
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
}

_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
# Where the zero bytes of the first four characters stand (RFC 4627 section 3).
_ZEROS = {
    (True, True, True, False): "UTF-32",
    (False, True, True, True): "UTF-32",
    (True, False, True, False): "UTF-16",
    (False, True, False, True): "UTF-16",
}
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_STRING = r'"[^"\\]*(?:\\.[^"\\]*)*"'
_TOKEN = re.compile(_STRING + r"|[\[\]{},:]|[^\s\[\]{},:\"]+", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Escapes of NUL, and of half a surrogate pair without the other half.
_ODD_ESCAPE = re.compile(
    rb"\\u(?:0000"
    rb"|[dD][89abAB]..(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB]..\\u)[dD][c-fC-F])",
    re.DOTALL,
)
_SPACE = re.compile(r"[ \t\n\r]*")

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


class _Refused(Exception):
    """A hook of the decoder met something; the slow path says where."""


def parse(
    body: bytes,
    content_type: str = "application/json",
    *,
    max_depth: int = MAX_DEPTH,
) -> Any:
    """The document in ``body``.

    :param body: the raw bytes, exactly as received
    :param content_type: the Content-Type header; only its charset is judged
    :param max_depth: how many arrays and objects may nest
    :return: dict, list, str, int, Decimal, bool or None
    :raise Fault: ``schema.encoding``, ``schema.too_deep`` or
        ``schema.malformed``, with line and column or a JSON Pointer
    """
    text = _text(body, content_type)
    _check_depth(body, max_depth)
    try:
        document = _STRICT.decode(text)
    except json.JSONDecodeError as error:
        _raise_syntax(error)
    except _Refused:
        _raise_refused(text)
    if _smuggles(body):
        _check_texts(document)
    return document


def dump(document: Any) -> bytes:
    """A document as compact JSON in UTF-8, the inverse of ``parse``: Decimals
    keep their digits, ``19.90`` stays ``19.90``.

    :param document: what ``parse`` returns, and floats
    :raise Fault: ``mapping.failed`` if it is not JSON's: NaN, a date, a record
    """
    try:
        text = json.dumps(
            document,
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
            default=_marked,
        )
        return _MARKED.sub(r"\1", text).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise Fault(
            "mapping.failed", f"The document cannot be written as JSON: {error}."
        ) from error


# json writes no Decimal. It is handed a text instead, with a mark that no document
# can contain since nobody can know it, and loses mark and quotes afterwards.
_MARK = secrets.token_hex(16)
_MARKED = re.compile(f'"{_MARK}([^"]+)"')


def _marked(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not a JSON type")
    if not value.is_finite():
        raise ValueError(f"{value} is not a number in JSON")
    return f"{_MARK}{value}"


def split_batch(body: bytes, content_type: str = "application/json") -> list[bytes]:
    """The items of a batch, each as the exact bytes it had.

    NDJSON: one item a line, blank lines skipped; broken items are kept, for
    ``parse`` to judge each alone. Otherwise one JSON array, whose brackets,
    strings and commas must be right as a whole; what else may be wrong in an
    item is again for ``parse``.

    :raise Fault: ``schema.encoding``, ``schema.too_deep`` (over
        ``MAX_BATCH_DEPTH``) or ``schema.malformed``
    """
    if _media_type(content_type) in NDJSON_TYPES:
        _refuse_other_encodings(body, content_type)
        lines = (line.strip(b" \t\r") for line in body.split(b"\n"))
        return [line for line in lines if line]
    text = _text(body, content_type)
    _check_depth(body, MAX_BATCH_DEPTH)
    return [item.encode() for item in _array_items(text)]


def pretty(body: bytes) -> str:
    """``body`` for display; never fails.

    Valid JSON is indented, every number and name as it was written. Anything
    else comes as text, with what cannot be shown replaced.
    """
    text = _readable(body)
    try:
        _check_depth(text.encode(), MAX_DEPTH)
        _LENIENT.decode(text)
    except (ValueError, Fault):
        return text
    return "".join(_indented(text)).strip()


# --- encoding ---


def _text(body: bytes, content_type: str) -> str:
    _refuse_other_encodings(body, content_type)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        _raise_undecodable(body, error)
    if not text or text.isspace():
        raise Fault(
            "schema.malformed",
            "The document is empty.",
            fix="Send the document in the body of the request.",
        )
    return text


def _refuse_other_encodings(body: bytes, content_type: str) -> None:
    charset = _charset(content_type)
    if charset not in ("", "utf-8", "us-ascii"):
        _raise_encoding(f"The Content-Type announces the charset {charset}")
    if body.startswith(codecs.BOM_UTF8):
        _raise_encoding("The document begins with a byte order mark")
    name = _wide_encoding(body)
    if name:
        _raise_encoding(f"The document is in {name}")


def _wide_encoding(body: bytes) -> str:
    for bom, name in _BOMS:
        if body.startswith(bom):
            return name
    return _ZEROS.get(tuple(byte == 0 for byte in body[:4]), "")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _charset(content_type: str) -> str:
    if "charset" not in content_type.lower():
        return ""
    message = Message()
    message["Content-Type"] = content_type
    name = message.get_content_charset() or ""
    try:
        name = codecs.lookup(name).name
    except LookupError:
        return name
    return {"ascii": "us-ascii"}.get(name, name)


def _raise_encoding(what: str) -> NoReturn:
    raise Fault(
        "schema.encoding",
        f"{what}; only UTF-8 without a byte order mark can be read.",
        fix="Send the document in UTF-8, without a byte order mark.",
    )


def _raise_undecodable(body: bytes, error: UnicodeDecodeError) -> NoReturn:
    before = body[: error.start]
    line = before.count(b"\n") + 1
    column = error.start - (before.rfind(b"\n") + 1) + 1
    raise Fault(
        "schema.encoding",
        f"The document is not in UTF-8: byte 0x{body[error.start]:02X} in line"
        f" {line}, at byte {column} of the line, belongs to no character.",
        fix="Send the document in UTF-8; it may be in Windows-1252 now.",
    )


# --- depth ---


def _check_depth(body: bytes, limit: int) -> None:
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


# --- numbers and objects, as the decoder meets them ---


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Refused
    return members


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _Refused
    return int(digits)


def _decimal(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise _Refused
    try:
        number = Decimal(digits)
    except DecimalException:
        raise _Refused from None
    if not MIN_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        raise _Refused
    return number


def _constant(_name: str) -> NoReturn:
    raise _Refused


_STRICT = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_decimal,
    parse_int=_integer,
    parse_constant=_constant,
)
# Looks at no number at all, so that none can be too large for it.
_LENIENT = json.JSONDecoder(parse_float=bool, parse_int=bool, parse_constant=bool)


# --- saying where ---


class _Object(list):
    """An object's members in order, duplicates included."""


class _Bad(str):
    """A number that was refused, with its digits."""


_TOLERANT = json.JSONDecoder(
    object_pairs_hook=_Object,
    parse_float=lambda digits: _tried(_decimal, digits),
    parse_int=lambda digits: _tried(_integer, digits),
    parse_constant=_Bad,
)


def _tried(convert: Any, digits: str) -> Any:
    try:
        return convert(digits)
    except _Refused:
        return _Bad(digits)


def _raise_refused(text: str) -> NoReturn:
    """Parse again, keeping what was refused, and name the first of it."""
    try:
        document = _TOLERANT.decode(text)
    except json.JSONDecodeError as error:
        _raise_syntax(error)
    path, found = next(_refused_parts(document))
    place = pointer.join(path)
    if isinstance(found, _Bad):
        _raise_number(place, found)
    raise Fault(
        "schema.malformed",
        f"The field {place} stands twice in the same object.",
        pointer=place,
        fix="Send each field once.",
    )


def _refused_parts(document: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Paths of refused numbers and of names that stand twice, in order."""
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while todo:
        path, value = todo.pop()
        if isinstance(value, _Bad):
            yield path, value
        elif isinstance(value, _Object):
            seen: set[str] = set()
            for key, _item in value:
                if key in seen:
                    yield (*path, key), None
                seen.add(key)
            todo.extend(((*path, key), item) for key, item in reversed(value))
        elif isinstance(value, list):
            items = list(enumerate(value))
            todo.extend(((*path, index), item) for index, item in reversed(items))


def _raise_number(place: str, digits: str) -> NoReturn:
    where = place or "The document"
    if digits in ("NaN", "Infinity", "-Infinity"):
        raise Fault(
            "schema.malformed",
            f"{where} is {digits}, which is not a number in JSON.",
            pointer=place,
            fix="Send a number, or null where there is none.",
        )
    shown = digits if len(digits) <= 40 else f"{digits[:37]}..."
    raise Fault(
        "schema.malformed",
        f"{where} is {shown}, a number too large or too precise to be meant.",
        pointer=place,
        fix=f"Send a number of at most {MAX_DIGITS} digits, below 1e{MAX_EXPONENT}.",
    )


def _raise_syntax(error: json.JSONDecodeError) -> NoReturn:
    reason = _FIXES.get(error.msg, "")
    if not reason and "escape" in error.msg:
        reason = "an escape after the backslash is not one that JSON knows"
    raise Fault(
        "schema.malformed",
        f"The document is not valid JSON: line {error.lineno}, column {error.colno}:"
        f" {reason or error.msg}.",
        fix="Send a complete JSON document, made by a JSON library.",
    )


def _smuggles(body: bytes) -> bool:
    """Whether an escape stands for what no text may contain. Looks at the bytes:
    walking every document with an escaped accent would double the time."""
    return b"\\u" in body and bool(_ODD_ESCAPE.search(body.replace(b"\\\\", b" ")))


def _check_texts(document: Any) -> None:
    """Refuse what escapes can smuggle into texts and names."""
    for path, value in pointer.walk(document):
        name = path[-1] if path and isinstance(path[-1], str) else ""
        text = name + value if isinstance(value, str) else name
        if "\x00" in text:
            _raise_text(path, "a NUL character (\\u0000)", "Remove it.")
        if _SURROGATE.search(text):
            _raise_text(
                path,
                "half a character (a lone surrogate such as \\ud800)",
                "Do not cut texts in the middle of an emoji or rare character.",
            )


def _raise_text(path: tuple[str | int, ...], what: str, fix: str) -> NoReturn:
    # The name of a member can be what is broken: show it escaped, storable.
    place = pointer.join(path).encode("ascii", "backslashreplace").decode()
    place = place.replace("\x00", "\\u0000")
    raise Fault(
        "schema.malformed",
        f"{place or 'The document'} contains {what}, which cannot be stored.",
        pointer=place,
        fix=fix,
    )


# --- batches ---


def _array_items(text: str) -> Iterator[str]:
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
        _raise_syntax(error)


def _check_end(text: str, position: int) -> None:
    if text[position : position + 1] != "]":
        _raise_syntax(json.JSONDecodeError("Expecting ',' delimiter", text, position))
    end = _SPACE.match(text, position + 1).end()
    if end != len(text):
        _raise_syntax(json.JSONDecodeError("Extra data", text, end))


# --- display ---


def _readable(body: bytes) -> str:
    name = _wide_encoding(body) or "utf-8-sig"
    if name == "UTF-16" and not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16-le" if body[1:2] == b"\x00" else "utf-16-be"
    if name == "UTF-32" and not body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        name = "utf-32-le" if body[1:2] == b"\x00" else "utf-32-be"
    return body.decode(name, "replace").replace("\x00", "\u2400")


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
