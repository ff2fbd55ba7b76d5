"""The interface as OpenAPI 3.1, from the flows and their contracts.

Sources: https://spec.openapis.org/oas/v3.1.1, RFC 9457 (problems), RFC 8594 (Sunset),
W3C Trace Context, Standard Webhooks 1.0, CloudEvents 1.0 HTTP binding,
draft-ietf-httpapi-idempotency-key-header.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BATCH_ITEMS = 1000

# Keywords whose value is data, and those whose value maps names to schemas.
_DATA = {"const", "enum", "default", "examples", "example"}
_MAPS = {"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"}


class FlowInterface(NamedTuple):
    """What partners need to know of one incoming flow.

    :ivar contract: name and version of the contract, as a component's name; '' without
    :ivar schema: the contract, or None when any JSON is taken
    :ivar signed: whether Standard Webhooks signatures are understood
    :ivar sunset: last day of the contract as ISO date, or ''
    """

    system: str
    code: str
    title: str
    contract: str = ""
    schema: Any = None
    signed: bool = True
    sunset: str = ""
    max_bytes: int = 1024 * 1024
    rate_limit: int = 0


def document(flows: Iterable[FlowInterface], server: str) -> dict[str, Any]:
    """The OpenAPI description of ``flows``, JSON-serialisable.

    :param server: address of this Odoo without a slash at the end
    """
    flows = list(flows)
    contracts = {flow.contract: flow.schema for flow in flows if flow.contract}
    paths = {}
    for flow in flows:
        paths[f"/seam/v1/{flow.system}/{flow.code}"] = {"post": _single(flow)}
        paths[f"/seam/v1/{flow.system}/{flow.code}/batch"] = {"post": _batch(flow)}
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": {
            "title": "Seam",
            "version": "1",
            "summary": "Documents into Odoo, each with one outcome.",
            "description": "Whatever is answered with 2xx or 422 is kept under the id in the "
            "answer. Send again after 429, 503 or no answer at all, under the same "
            "Idempotency-Key: nothing happens twice.",
        },
        "servers": [{"url": server}],
        "tags": [{"name": system} for system in sorted({flow.system for flow in flows})],
        "paths": {**paths, **_common_paths()},
        "components": {
            "schemas": {
                **_SCHEMAS,
                **{
                    name: embed(schema, f"#/components/schemas/{name}")
                    for name, schema in sorted(contracts.items())
                },
            },
            "parameters": _PARAMETERS,
            "headers": _HEADERS,
            "responses": _RESPONSES,
            "securitySchemes": _SECURITY,
        },
    }


def embed(schema: Any, place: str) -> Any:
    """A contract as a part of another document: its references follow it to ``place``.

    ``$id`` goes, for it would make the part a document of its own again.
    """
    if not isinstance(schema, dict):
        return schema
    own = schema.get("$id", "").rstrip("#")
    kept = {name: value for name, value in schema.items() if name != "$id"}
    if kept.get("$schema") == DIALECT:
        del kept["$schema"]
    return _moved(kept, own, place)


def _moved(value: Any, own: str, place: str) -> Any:
    if isinstance(value, list):
        return [_moved(item, own, place) for item in value]
    if not isinstance(value, dict):
        return value
    moved = {}
    for name, part in value.items():
        if name in _DATA:
            moved[name] = part
        elif name in _MAPS and isinstance(part, dict):
            moved[name] = {key: _moved(item, own, place) for key, item in part.items()}
        elif name == "$ref" and isinstance(part, str):
            moved[name] = _moved_reference(part, own, place)
        else:
            moved[name] = _moved(part, own, place)
    return moved


def _moved_reference(reference: str, own: str, place: str) -> str:
    base, _hash, fragment = reference.partition("#")
    if base not in ("", own):
        return reference
    return place + fragment if fragment.startswith("/") or not fragment else reference


# --- operations ---


def _operation(flow: FlowInterface, summary: str, name: str) -> dict[str, Any]:
    notes = [f"A body has at most {flow.max_bytes} bytes."]
    if flow.rate_limit:
        notes.append(f"At most {flow.rate_limit} calls a minute.")
    if flow.sunset:
        notes.append(f"This contract is accepted until {flow.sunset}.")
    security = [{"apiKey": []}, *([{"webhookSignature": []}] if flow.signed else [])]
    return {
        "tags": [flow.system],
        "operationId": name,
        "summary": summary,
        "description": " ".join(notes),
        "security": security,
        "parameters": [
            {"$ref": f"#/components/parameters/{name}"}
            for name in _PARAMETERS
            if flow.signed or not name.startswith("webhook")
        ],
    }


def _single(flow: FlowInterface) -> dict[str, Any]:
    schema = _schema(flow)
    return {
        **_operation(flow, flow.title, f"send_{flow.system}_{flow.code}"),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                "application/cloudevents+json": {"schema": _event(schema)},
            },
        },
        "responses": {
            "200": _receipt("The same message came before: the first answer again.", "Receipt"),
            "202": _receipt("Stored; it will have exactly one outcome.", "Receipt"),
            **_refusals("401", "404", "409", "413", "415", "422", "429", "503"),
        },
    }


def _batch(flow: FlowInterface) -> dict[str, Any]:
    schema = _schema(flow)
    many = {"type": "array", "maxItems": BATCH_ITEMS}
    return {
        **_operation(flow, f"{flow.title}, many at once", f"send_batch_{flow.system}_{flow.code}"),
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": {**many, "items": schema}},
                "application/x-ndjson": {
                    "schema": {"type": "string", "description": "One document a line."}
                },
                "application/cloudevents-batch+json": {"schema": {**many, "items": _event(schema)}},
            },
        },
        "responses": {
            "200": _receipt("The same body, which is no batch, came before.", "Receipt"),
            "202": _receipt("All are stored, or were before; in order.", "Results"),
            "207": _receipt("One result for each item, in order.", "Results"),
            **_refusals("401", "404", "413", "415", "422", "429", "503"),
        },
    }


def _schema(flow: FlowInterface) -> dict[str, Any]:
    if not flow.contract:
        return {"description": "Any JSON document."}
    return {"$ref": f"#/components/schemas/{flow.contract}"}


def _event(schema: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string", "pattern": r"^[^\u0000-\u001f\u007f-\u009f]+$"}
    return {
        "type": "object",
        "required": ["id", "source", "type", "specversion"],
        "oneOf": [{"required": ["data"]}, {"required": ["data_base64"]}],
        "properties": {
            "id": text,
            "source": text,
            "type": text,
            "specversion": {"const": "1.0"},
            "datacontenttype": text,
            "time": {"type": "string", "format": "date-time"},
            "data": schema,
            "data_base64": {"type": "string", "contentEncoding": "base64"},
        },
        "propertyNames": {"pattern": "^([a-z0-9]+|data_base64)$"},
        "additionalProperties": text,
    }


def _common_paths() -> dict[str, Any]:
    key = {"security": [{"apiKey": []}]}
    return {
        "/seam/v1/messages/{id}": {
            "get": {
                **key,
                "operationId": "message_status",
                "summary": "What became of a message",
                "parameters": [
                    {
                        "name": "id",
                        "in": "path",
                        "required": True,
                        "description": "The id that the message was stored under.",
                        "schema": {"type": "string", "format": "uuid"},
                    }
                ],
                "responses": {
                    "200": {
                        "description": "State and history.",
                        "content": _json({"$ref": "#/components/schemas/Message"}),
                    },
                    **_refusals("401", "404", "429", "503"),
                },
            }
        },
        "/seam/v1/openapi.json": {
            "get": {
                **key,
                "operationId": "openapi",
                "summary": "This description",
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1, of the caller's flows.",
                        "content": _json({"type": "object"}),
                    },
                    **_refusals("401", "403", "429", "503"),
                },
            }
        },
    }


def _receipt(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "headers": {
            name: {"$ref": f"#/components/headers/{name}"}
            for name in ("traceparent", "tracestate", "Sunset")
        },
        "content": _json({"$ref": f"#/components/schemas/{schema}"}),
    }


def _refusals(*statuses: str) -> dict[str, Any]:
    return {status: {"$ref": f"#/components/responses/{status}"} for status in statuses}


def _json(schema: dict[str, Any], kind: str = "application/json") -> dict[str, Any]:
    return {kind: {"schema": schema}}


# --- components ---

_STATES = [
    "pending", "working", "waiting", "failed", "sent", "done", "superseded", "replaced",
    "discarded",
]  # fmt: skip
_TEXT = {"type": "string"}
_UUID = {"type": "string", "format": "uuid"}
_STATE = {"enum": _STATES}
_TRACE = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
_MAYBE = {"type": ["string", "null"]}
_MAYBE_UUID = {"type": ["string", "null"], "format": "uuid"}
_MOMENT = {"type": "string", "format": "date-time"}
_MAYBE_MOMENT = {"type": ["string", "null"], "format": "date-time"}
_VIOLATIONS = {"type": "array", "items": {"$ref": "#/components/schemas/Violation"}}

_SCHEMAS = {
    "Receipt": {
        "type": "object",
        "required": ["id", "state", "trace_id"],
        "properties": {
            "id": _UUID,
            "state": _STATE,
            "trace_id": _TRACE,
            "duplicate": {"const": True, "description": "It came before."},
        },
    },
    "Result": {
        "type": "object",
        "required": ["id", "state", "trace_id"],
        "properties": {
            "id": _UUID,
            "state": _STATE,
            "trace_id": _TRACE,
            "duplicate": {"const": True},
            "status": {"enum": [409, 422], "description": "Only where something is wrong."},
            "error": _TEXT,
            "errors": _VIOLATIONS,
        },
    },
    "Results": {"type": "array", "items": {"$ref": "#/components/schemas/Result"}},
    "Violation": {
        "type": "object",
        "required": ["pointer", "code", "message"],
        "properties": {
            "pointer": {**_TEXT, "description": "RFC 6901; empty: the whole document."},
            "code": _TEXT,
            "message": _TEXT,
        },
    },
    "Problem": {
        "type": "object",
        "description": "RFC 9457.",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string", "format": "uri-reference"},
            "title": _TEXT,
            "status": {"type": "integer"},
            "detail": {**_TEXT, "description": "What is wrong and what to do."},
            "id": {**_UUID, "description": "The message it is kept under."},
            "errors": _VIOLATIONS,
        },
    },
    "Message": {
        "type": "object",
        "required": ["id", "flow", "state", "received_at", "errors", "timeline"],
        "properties": {
            "id": _UUID,
            "flow": _TEXT,
            "state": _STATE,
            "reason": _MAYBE,
            "document": {**_MAYBE, "description": "The sender's number of the document."},
            "label": _MAYBE,
            "trace_id": _MAYBE,
            "received_at": _MOMENT,
            "settled_at": _MAYBE_MOMENT,
            "next_try_at": _MAYBE_MOMENT,
            "fault": {**_MAYBE, "description": "A stable code, such as schema.invalid."},
            "errors": _VIOLATIONS,
            "record": {**_MAYBE, "description": "The name of what it became in Odoo."},
            "replaces": _MAYBE_UUID,
            "replaced_by": _MAYBE_UUID,
            "parts": {"type": "array", "items": _UUID},
            "timeline": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["at", "what"],
                    "properties": {
                        "at": _MOMENT,
                        "what": _TEXT,
                        "state": {"enum": [*_STATES, None]},
                        "fault": _MAYBE,
                    },
                },
            },
        },
    },
}

_HEADERS = {
    "traceparent": {"description": "W3C Trace Context.", "schema": _TEXT},
    "tracestate": {"description": "W3C Trace Context, as it came.", "schema": _TEXT},
    "Sunset": {"description": "RFC 8594: when this contract ends.", "schema": _TEXT},
    "Retry-After": {
        "description": "Seconds to wait.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "WWW-Authenticate": {"required": True, "schema": _TEXT},
}


def _parameter(name: str, description: str, **schema: Any) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "description": description,
        "schema": {"type": "string", **schema},
    }


_PARAMETERS = {
    "idempotencyKey": _parameter(
        "Idempotency-Key",
        "The same key with the same bytes is the same message; with other bytes it is "
        "refused with 409. Without a key, equal bytes are the same message.",
        maxLength=255,
    ),
    "traceparent": _parameter("traceparent", "W3C Trace Context; it is carried on."),
    "tracestate": _parameter("tracestate", "W3C Trace Context; it is carried on."),
    "webhookId": _parameter("webhook-id", "Standard Webhooks; also the idempotency key."),
    "webhookTimestamp": _parameter(
        "webhook-timestamp", "Standard Webhooks: seconds since 1970, at most 300 s off."
    ),
    "ceId": _parameter("ce-id", "CloudEvents in binary mode, with its source: the key."),
    "ceSource": _parameter("ce-source", "CloudEvents in binary mode."),
    "ceType": _parameter("ce-type", "CloudEvents in binary mode."),
    "ceSpecversion": _parameter("ce-specversion", "CloudEvents in binary mode.", const="1.0"),
}

_SECURITY = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key of the system, as its administrator made it.",
    },
    "webhookSignature": {
        "type": "apiKey",
        "in": "header",
        "name": "webhook-signature",
        "description": "Standard Webhooks 1.0: v1,<base64 of HMAC-SHA256> of webhook-id, "
        "webhook-timestamp and body. During a rotation two secrets count.",
    },
}


def _response(description: str, *headers: str) -> dict[str, Any]:
    response = {
        "description": description,
        "content": _json({"$ref": "#/components/schemas/Problem"}, "application/problem+json"),
    }
    if headers:
        response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
    return response


_RESPONSES = {
    "401": _response("The sender is not proven; nothing is kept.", "WWW-Authenticate"),
    "403": _response("This user may not see it."),
    "404": _response("There is no such thing for this caller."),
    "409": _response("This key was used with another body; see id.", "traceparent"),
    "413": _response("The body, or the batch, is too large; nothing is kept."),
    "415": _response("This content type is not understood; nothing is kept."),
    "422": _response("It cannot be used; see errors. It is kept under its id.", "traceparent"),
    "429": _response("Too many calls; nothing is kept.", "Retry-After"),
    "503": _response("Closed at the moment; nothing is kept.", "Retry-After"),
}
