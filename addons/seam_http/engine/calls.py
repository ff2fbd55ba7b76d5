"""The calls of a flow as pure functions of its options: what is asked, what an answer means.

``http`` is always ``FlowConf.options["http"]``.
"""

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.exchange import Answer, Request, accepted, interpret, refused
from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import convert, expression, mapping, template

MAX_ID = 255
MAX_VERSION = 2**63 - 1
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


@lru_cache(maxsize=256)
def _compiled(rules: tuple[mapping.Rule, ...]) -> mapping.Compiled:
    return mapping.compile_rules(rules)


def compile_mapping(http: dict[str, Any]) -> mapping.Compiled | None:
    """:raise Fault: ``config.invalid``; the mapping cannot be used"""
    if not http["rules"]:
        return None
    try:
        return _compiled(tuple(http["rules"]))
    except mapping.MappingError as error:
        raise Fault("config.invalid", f"The mapping cannot be used: {error}") from None
    except TypeError:  # a default that is a list or an object cannot be cached
        return mapping.compile_rules(http["rules"])


# -- in ------------------------------------------------------------------------------------


def items(http: dict[str, Any], topic: str, wire: Any) -> list[Any]:
    """The records in a message. What was pulled is one record already."""
    text = http["push_items_at"]
    if topic == const.PULLED or not text:
        return [wire]
    found = expression.evaluate(text, wire, "Records in a message")
    if found is None:
        raise Fault("mapping.failed", f"The message has no record at {text}.", subject=text)
    return found if isinstance(found, list) else [found]


def document(http: dict[str, Any], item: Any, wire: Any) -> dict[str, Any]:
    """A record in Seam's form; without rules it is taken as it is."""
    compiled = compile_mapping(http)
    if compiled is None:
        return item
    return compiled.require(item, http["maps"], wire)


def record_document(http: dict[str, Any], item: Any, wire: Any) -> dict[str, Any]:
    """A record for the handler of any Odoo record, by its contract ``record``."""
    made: dict[str, Any] = {"id": key(http, item, wire)}
    moment = version(http, item, wire)
    if moment is not None:
        made["version"] = moment
    label = _text(http, "label_at", item, wire)
    if label:
        made["label"] = label[:200]
    if is_deleted(http, item, wire):
        return {**made, "deleted": True, "values": {}}
    return {**made, "values": document(http, item, wire)}


def key(http: dict[str, Any], item: Any, wire: Any) -> str:
    """:raise Fault: ``mapping.failed``; there is no id, or none that can be kept"""
    text = http["key_at"]
    if not text:
        raise Fault(
            "config.invalid",
            "The flow does not say where the ID of a record is.",
            fix="Enter it on the flow, under Connection.",
            subject="key_at",
        )
    found = _text(http, "key_at", item, wire)
    if not found or len(found) > MAX_ID:
        raise Fault(
            "mapping.failed",
            f"The record has no ID at {text}."
            if not found
            else f"The ID {convert.shown(found)} is longer than {MAX_ID} characters.",
            pointer=_place(text),
            subject="key_at",
        )
    return found


def version(http: dict[str, Any], item: Any, wire: Any) -> int | None:
    """:return: a number that is higher in a newer state; of times, microseconds since 1970"""
    if not http["version_at"]:
        return None
    found = expression.evaluate(http["version_at"], item, "Version", root=wire)
    if found is None or found == "":
        return None
    try:
        return _as_version(found)
    except ValueError:
        raise Fault(
            "mapping.failed",
            f"The version {convert.shown(found)} is neither a whole number nor a date and time.",
            pointer=_place(http["version_at"]),
            subject="version_at",
        ) from None


def _as_version(found: Any) -> int:
    if isinstance(found, str) and not found.strip().isdigit():
        moment = datetime.fromisoformat(convert.convert("datetime", found, "iso | UTC")[:-1])
        passed = moment.replace(tzinfo=timezone.utc) - _EPOCH
        number = passed // timedelta(microseconds=1)
    elif isinstance(found, Decimal):
        number = int(found * 1_000_000)  # seconds since 1970 with a fraction
    else:
        number = convert.convert("integer", found)
    if not 0 <= number <= MAX_VERSION:
        raise ValueError(number)
    return number


def is_deleted(http: dict[str, Any], item: Any, wire: Any) -> bool:
    text = http["deleted_at"]
    found = text and expression.evaluate(text, item, "Deleted if", root=wire)
    return bool(found) and found != "false"


def _text(http, name, item, wire):
    text = http[name]
    found = expression.evaluate(text, item, "ID or name", root=wire) if text else None
    try:
        return "" if found is None else convert.convert("text", found).strip()
    except convert.ConversionError as error:
        raise Fault(
            "mapping.failed", f"At {text}: {error}", pointer=_place(text), subject=name
        ) from None


def _place(text):
    try:
        return expression.split_root(text)[1].place
    except expression.ExpressionError:
        return ""


# -- out -----------------------------------------------------------------------------------


def values(sending) -> dict[str, Any]:
    """What expressions of a path, query or header look at."""
    members = sending.document if isinstance(sending.document, dict) else {}
    return {
        **members,
        "document": sending.document,
        "external_id": sending.external_id,
        "topic": sending.topic,
        "idempotency_key": sending.key,
        "correlation": sending.correlation,
    }


def request(http: dict[str, Any], sending) -> Request:
    """:raise Fault: ``mapping.failed`` or ``config.invalid``"""
    method, path = _method_and_path(http, sending)
    known = values(sending)
    body = None
    if method != "DELETE":
        compiled = compile_mapping(http)
        body = sending.document
        if compiled is not None:
            body = compiled.require({**known, **_members(sending)}, http["maps"])
    return Request(
        method,
        template.path(path, known),
        params=template.query(http["query"], known),
        headers={"Accept": "application/json", **template.headers(http["headers"], known)},
        json=body,
    )


def _members(sending):
    return sending.document if isinstance(sending.document, dict) else {}


def _method_and_path(http, sending):
    if sending.topic == const.DELETED:
        if not sending.external_id:
            raise Fault(
                "business.rule",
                "The partner has no ID for this record: there is nothing to delete.",
                fix="Discard the message.",
                subject="no external id",
            )
        return "DELETE", http["delete_path"]
    if sending.external_id and http["update_path"]:
        return http["update_method"], http["update_path"]
    if not http["path"]:
        raise Fault(
            "config.invalid",
            "The flow has no path to send to.",
            fix="Enter it on the flow, under Connection.",
            subject="path",
        )
    return http["method"], http["path"]


def answer(http: dict[str, Any], sending, response, host: str) -> Answer:
    """What an answer means for what was sent."""
    body = _body(response)
    if not any(first <= response.status <= last for first, last in http["statuses"]):
        found = interpret(response, host)
        return _with_text(http, found if found.fault else _rejected(host, response), body)
    if http["success_when"] and not _true(http, body):
        return _with_text(http, _rejected(host, response), body)
    given = external_id(http, response, body)
    creates = sending.topic != const.DELETED and not sending.external_id
    if creates and not given and http["update_path"]:
        return refused(
            Fault(
                "config.invalid",
                f"{host} accepted it ({response.status}), but no ID is found at "
                f"{http['external_id_at'] or '(nothing)'} of its answer.",
                fix="Mend “ID in the answer is at” on the flow, enter the ID under Bindings, and "
                "discard this message: sent again, it would be created twice.",
                subject="external_id_at",
            )
        )
    return accepted(given)


def external_id(http: dict[str, Any], response, body: Any) -> str | None:
    """:return: what the partner calls the record, or None"""
    text = http["external_id_at"].strip()
    if not text:
        return None
    if text.lower().startswith("header:"):
        address = response.headers.get(text.partition(":")[2].strip().lower(), "")
        found: Any = unquote(urlsplit(address).path.rstrip("/").rpartition("/")[2])
    else:
        found = _quietly(text, body)
    if isinstance(found, bool) or not isinstance(found, (str, int)) or found == "":
        return None
    return str(found) if len(str(found)) <= MAX_ID else None


def looked_up(http: dict[str, Any], response) -> Answer | None:
    """:return: Answer that the lost one would have been, or None: he has it not"""
    text = http["look_up_at"] or http["external_id_at"]
    found = expression.evaluate(text, response.json(), "ID there") if text else None
    if found is None or found in ("", []):
        return None
    if isinstance(found, list):
        if len(found) > 1:
            raise Fault(
                "master.ambiguous",
                "The partner has more than one record that could be this one.",
                subject="look_up",
            )
        found = found[0]
    return accepted(convert.convert("text", found))


def _true(http, body):
    found = _quietly(http["success_when"], body)
    return bool(found) and found != "false"


def _quietly(text, body):
    """An answer that does not fit says nothing; it is kept as evidence in any case."""
    try:
        return expression.evaluate(text, body, "Answer")
    except Fault:
        return None


def _rejected(host, response):
    return refused(
        Fault(
            "transport.rejected",
            f"{host} refused the document ({response.status}).",
            fix="Read what it answered below, mend the record, and send it again.",
            subject=f"{host}:{response.status}",
        )
    )


def _with_text(http, found: Answer, body: Any) -> Answer:
    """The same answer, with what the partner says is wrong."""
    text = http["error_at"] and _quietly(http["error_at"], body)
    if text in (None, "", [], {}) or not found.fault:
        return found
    said = text if isinstance(text, str) else codec.dump(text).decode()
    fault = found.fault
    return refused(
        Fault(
            fault.code,
            f"{fault.message} It says: {said[:500]}",
            pointer=fault.pointer,
            fix=fault.fix,
            subject=fault.subject,
            retry_after=fault.retry_after,
        )
    )


def _body(response) -> Any:
    try:
        return response.json() if response.body else None
    except Fault:
        return None
