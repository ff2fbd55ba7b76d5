"""CloudEvents 1.0 over HTTP: an envelope around a document.

Sources: https://github.com/cloudevents/spec, cloudevents/spec.md (attributes),
bindings/http-protocol-binding.md section 3 (modes, percent-encoding) and
formats/json-format.md section 3.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn
from urllib.parse import unquote_to_bytes

from . import codec, pointer
from .fault import Fault

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
REQUIRED = ("id", "source", "type", "specversion")

_PREFIX = "ce-"
_ATTRIBUTES = {
    *REQUIRED, "subject", "time", "datacontenttype", "dataschema",
    "data", "data_base64",
}  # fmt: skip
_NAME = re.compile(r"[a-z0-9]+")
# What a String of section 3.1 of the specification must not contain.
_ODD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class CloudEvent(NamedTuple):
    """An event and the document it carries.

    ``data`` is exact in binary mode. In structured mode it is the JSON value
    written anew (compact, numbers as parsed), because the document has no bytes
    of its own inside its envelope; ``data_base64`` is decoded. ``time`` is
    RFC 3339 as received, '' where absent, like ``subject``.
    """

    id: str
    source: str
    type: str
    subject: str
    time: str
    data: bytes
    content_type: str
    extensions: dict[str, str]


def is_batch(content_type: str) -> bool:
    """Whether the body is a batch of structured events: split it with
    ``codec.split_batch`` and ``unwrap`` each item as ``STRUCTURED``."""
    return _media_type(content_type) == BATCH


def unwrap(headers: Mapping[str, str], body: bytes, content_type: str) -> CloudEvent | None:
    """The event in a request, or None if it is no CloudEvent.

    :param headers: with names in lower case
    :raise Fault: ``schema.malformed`` naming what is missing or wrong; a batch
        is refused here too (see ``is_batch``); ``codec.parse``'s faults
    """
    if is_batch(content_type):
        _refuse("it is a batch", "Send a batch to the address for batches.")
    if _media_type(content_type) == STRUCTURED:
        return _structured(body, content_type)
    if any(name.startswith(_PREFIX) for name in headers):
        return _binary(headers, body, content_type)
    return None


def _binary(headers: Mapping[str, str], body: bytes, content_type: str) -> CloudEvent:
    attributes = {
        name.removeprefix(_PREFIX): _decoded(name, value)
        for name, value in headers.items()
        if name.startswith(_PREFIX)
    }
    return _event(attributes, body, content_type)


def _structured(body: bytes, content_type: str) -> CloudEvent:
    envelope = codec.parse(body, content_type)
    if not isinstance(envelope, dict):
        _refuse("the envelope is not a JSON object")
    members = {name: value for name, value in envelope.items() if value is not None}
    if "data" in members and "data_base64" in members:
        _refuse("it has both data and data_base64")
    attributes = {
        name: _text(name, value)
        for name, value in members.items()
        if name not in ("data", "data_base64")
    }
    inner = attributes.get("datacontenttype", "application/json")
    return _event(attributes, _data(envelope, members, inner), inner)


def _data(envelope: dict[str, Any], members: dict[str, Any], inner: str) -> bytes:
    if "data_base64" in members:
        return _base64(members["data_base64"])
    if "data" not in envelope:
        return b""
    data = envelope["data"]
    media = _media_type(inner)
    if isinstance(data, str) and not (media.endswith(("/json", "+json"))):
        return data.encode()
    return codec.dump(data)


def _event(attributes: dict[str, str], data: bytes, content_type: str) -> CloudEvent:
    missing = [name for name in REQUIRED if not attributes.get(name)]
    if missing:
        _refuse(f"it lacks {', '.join(missing)}", pointer=f"/{missing[0]}")
    if attributes["specversion"] != "1.0":
        _refuse(
            f"its specversion is {attributes['specversion'][:20]}, not 1.0",
            pointer="/specversion",
        )
    odd = [name for name, value in attributes.items() if _ODD.search(value)]
    if odd:
        _refuse(
            f"its attribute {odd[0][:40]} has a control character", pointer=pointer.join(odd[:1])
        )
    extensions = {name: value for name, value in attributes.items() if name not in _ATTRIBUTES}
    wrong = [name for name in extensions if not _NAME.fullmatch(name)]
    if wrong:
        _refuse(f"the attribute name '{wrong[0][:40]}' has other than a-z and 0-9")
    return CloudEvent(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        subject=attributes.get("subject", ""),
        time=attributes.get("time", ""),
        data=data,
        content_type=content_type,
        extensions=extensions,
    )


def _decoded(name: str, value: str) -> str:
    """Percent-decoded as section 3.1.3.2 of the HTTP binding has it."""
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    try:
        return unquote_to_bytes(value[1:-1] if quoted else value).decode()
    except UnicodeDecodeError:
        _refuse(f"the header {name} is not percent-encoded UTF-8")


def _text(name: str, value: Any) -> str:
    """An attribute as its canonical string: booleans and integers are allowed."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, int)):
        return json.dumps(value)
    _refuse(f"the attribute {name} is not a text", pointer=pointer.join([name]))


def _base64(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (ValueError, TypeError, binascii.Error):
        _refuse("data_base64 is not base64", pointer="/data_base64")


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _refuse(what: str, fix: str = "", pointer: str = "") -> NoReturn:
    raise Fault(
        "schema.malformed",
        f"The CloudEvent cannot be read: {what}.",
        pointer=pointer,
        fix=fix or "Send id, source, type and specversion 1.0 as CloudEvents 1.0 asks.",
    )
