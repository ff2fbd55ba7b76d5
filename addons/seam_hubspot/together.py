"""Many changes, or many new records, of one kind in one call. Pure.

HubSpot takes 100 in a call, and answers 207 with an error for each that it refuses. What is
whose is told by ``objectWriteTraceId``. What is linked, merged, put away or unsubscribed by calls
of its own goes alone.

https://developers.hubspot.com/docs/api-reference/error-handling#multi-status-errors
"""

import re
from typing import NamedTuple

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.http import Response

from . import const, errors, library

MOST = 100
_RECORD = re.compile(r"crm/v3/objects/([a-z_]+)/([0-9]+)", re.ASCII)
_UPSERT = re.compile(r"crm/v3/objects/([a-z_]+)/batch/upsert", re.ASCII)
# What an error means that stands for one of many, as the status it would have alone.
STATUSES = {
    "OBJECT_NOT_FOUND": 404,
    "CONFLICT": 409,
    "MISSING_SCOPES": 403,
    "RATE_LIMITS": 429,
    "INTERNAL_ERROR": 500,
}


class Part(NamedTuple):
    """What one request asks for.

    :ivar way: ``update`` or ``upsert``
    :ivar type: of HubSpot's records
    :ivar id: by which the answer tells what is its
    :ivar properties: dict
    :ivar seen: milliseconds since 1970 after which nobody may have changed these, or None
    """

    way: str
    type: str
    id: str
    properties: dict
    seen: int | None = None


def part(request):
    """:param request: exchange.Request, see ``mapper_out.py``
    :return: Part; None: it goes alone
    """
    if request.path != const.STEPS:
        return _single(request.method, request.path, request.json)
    look, *steps = request.json["steps"]
    if look["method"] != "GET" or len(steps) != 1:
        return None
    found = _single(steps[0]["method"], steps[0]["path"], steps[0]["json"])
    return found and found._replace(seen=look["params"][const.SEEN])


def _single(method, path, body):
    if method == "PATCH" and (found := _RECORD.fullmatch(path)):
        return Part("update", found[1], found[2], body["properties"])
    if method == "POST" and (found := _UPSERT.fullmatch(path)):
        (given,) = body["inputs"]
        return Part("upsert", found[1], given["id"], given["properties"])
    return None


def key(request):
    """:return: those with the same one may go together; None: it goes alone"""
    found = part(request)
    return found and (found.way, found.type)


def request(requests):
    """:return: exchange.Request for all; the client makes its calls, see ``client.py``"""
    parts = [part(each) for each in requests]
    way, type_ = parts[0].way, parts[0].type
    seen = {each.id: [each.seen, sorted(each.properties)] for each in parts if each.seen}
    told = {
        "type": type_,
        "looks": [_look(parts, ids) for ids in _slices(list(seen), const.HISTORY_PAGE)],
        "seen": seen,
        "path": f"crm/v3/objects/{type_}/batch/{way}",
        "inputs": [_input(each) for each in parts],
    }
    return Request("POST", const.BATCH, json=told)


def _look(parts, ids):
    """HubSpot is asked when the properties changed last, as for one: see ``mapper_out.py``."""
    wanted = set(ids)
    names = {name for each in parts if each.id in wanted for name in each.properties}
    return library.body(
        "BatchReadInputSimplePublicObjectId",
        properties=[],
        properties_with_history=sorted(names),
        inputs=[{"id": id_} for id_ in ids],
    )


def _input(each):
    if each.way == "update":
        return library.body(
            "SimplePublicObjectBatchInput",
            id=each.id,
            object_write_trace_id=each.id,
            properties=each.properties,
        )
    return library.body(
        "SimplePublicObjectBatchInputUpsert",
        id_property=const.PROPERTY_KEY,
        id=each.id,
        object_write_trace_id=each.id,
        properties=each.properties,
    )


def _slices(ids, count):
    return [ids[start : start + count] for start in range(0, len(ids), count)]


# -- answers -----------------------------------------------------------------------------


def answers(requests, response):
    """:param response: http.Response of the client, to the request for all
    :return: list parallel to ``requests``: the Response that each would have had alone; None:
        nothing is said of it
    """
    told = errors.read(response)
    meanwhile = set(told.get(const.MEANWHILE) or ())
    done = {id_: each for each in listed(told, "results") for id_ in _ids_of(each)}
    refusals = listed(told, "errors")
    bad = {id_: each for each in refusals for id_ in ids_in(each, ("objectWriteTraceId",))}
    # An error without a trace may name other records besides: the one that it conflicts with.
    named = {
        id_: each
        for each in refusals
        if not ids_in(each, ("objectWriteTraceId",))
        for id_ in ids_in(each, ("id", "ids"))
    }

    def answer(id_):
        if id_ in meanwhile:
            return _response(response, const.CHANGED_MEANWHILE, {})
        if error := bad.get(id_) or (id_ not in done and named.get(id_)):
            return _response(response, STATUSES.get(error.get("category"), 400), error)
        return _response(response, 200, done[id_]) if id_ in done else None

    return [answer(part(each).id) for each in requests]


def _response(response, status, content):
    return Response(status, response.headers, codec.dump(content), response.elapsed)


def listed(told, name):
    listed = told.get(name)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _ids_of(record):
    """A record is known by its trace, its number, or the key by which Odoo made it."""
    key_ = (record.get("properties") or {}).get(const.PROPERTY_KEY)
    return {str(id_) for id_ in (record.get("objectWriteTraceId"), record.get("id"), key_) if id_}


def ids_in(error, names):
    """:return: set of the ids that an error tells under these names"""
    context = error.get("context")
    if not isinstance(context, dict):
        return set()
    found = set()
    for name in names:
        value = context.get(name)
        found |= {str(id_) for id_ in (value if isinstance(value, list) else [value]) if id_}
    return found
