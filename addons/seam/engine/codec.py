"""Bytes to documents: JSON read strictly, so that no two readers of the same
bytes can see different documents.

Sources: RFC 8259 (JSON), RFC 7493 (I-JSON: no duplicate names, no lone
surrogates), https://github.com/ndjson/ndjson-spec (batches by line). Numbers
with a fraction or exponent become ``Decimal``: a price must not pass through
binary floats. NUL is refused because a PostgreSQL ``text`` cannot hold it.
"""

import json
import re
import secrets
from collections.abc import Iterator
from decimal import Decimal, DecimalException
from typing import Any, NoReturn

from . import encoding, pointer, scan
from .display import pretty
from .fault import Fault

__all__ = ["dump", "parse", "pretty", "split_batch"]

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

_SURROGATE = re.compile("[\ud800-\udfff]")
# Escapes of NUL, and of half a surrogate pair without the other half.
_ODD_ESCAPE = re.compile(
    rb"\\u(?:0000"
    rb"|[dD][89abAB]..(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB]..\\u)[dD][c-fC-F])",
    re.DOTALL,
)


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
    text = encoding.decode(body, content_type)
    scan.check_depth(body, max_depth)
    try:
        document = _STRICT.decode(text)
    except json.JSONDecodeError as error:
        scan.raise_syntax(error)
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
    if encoding.media_type(content_type) in NDJSON_TYPES:
        encoding.refuse_others(body, content_type)
        lines = (line.strip(b" \t\r") for line in body.split(b"\n"))
        return [line for line in lines if line]
    text = encoding.decode(body, content_type)
    scan.check_depth(body, MAX_BATCH_DEPTH)
    return [item.encode() for item in scan.array_items(text)]


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
        scan.raise_syntax(error)
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
