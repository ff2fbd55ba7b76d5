"""Bytes to text: UTF-8 or a sentence that names what it is instead (RFC 8259
section 8.1)."""

import codecs
from email.message import Message
from typing import NoReturn

from .fault import Fault

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


def decode(body: bytes, content_type: str) -> str:
    """The text of a body. Faults: ``schema.encoding``; ``schema.malformed`` if it
    is empty."""
    refuse_others(body, content_type)
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


def refuse_others(body: bytes, content_type: str) -> None:
    """Fault ``schema.encoding`` if the body is, or is announced as, anything but
    UTF-8 without a byte order mark."""
    charset = _charset(content_type)
    if charset not in ("", "utf-8", "us-ascii"):
        _raise_encoding(f"The Content-Type announces the charset {charset}")
    if body.startswith(codecs.BOM_UTF8):
        _raise_encoding("The document begins with a byte order mark")
    name = wide(body)
    if name:
        _raise_encoding(f"The document is in {name}")


def wide(body: bytes) -> str:
    """``UTF-16`` or ``UTF-32`` if the first bytes look like it, else ''."""
    for bom, name in _BOMS:
        if body.startswith(bom):
            return name
    return _ZEROS.get(tuple(byte == 0 for byte in body[:4]), "")


def media_type(content_type: str) -> str:
    """A Content-Type without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def _charset(content_type: str) -> str:
    if "charset" not in content_type.lower():
        return ""
    message = Message()
    message["Content-Type"] = content_type
    name = message.get_content_charset() or ""
    try:
        name = codecs.lookup(name).name
    except (LookupError, ValueError):
        return name[:40]
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


def readable(body: bytes) -> str:
    """Any bytes as text for display, with what cannot be shown replaced."""
    name = wide(body) or "utf-8-sig"
    if name == "UTF-16" and not body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16-le" if body[1:2] == b"\x00" else "utf-16-be"
    if name == "UTF-32" and not body.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        name = "utf-32-le" if body[1:2] == b"\x00" else "utf-32-be"
    return body.decode(name, "replace").replace("\x00", "\u2400")
