"""What can be guessed of an operation: its list, its id, its paging. All of it is a
suggestion that the administrator sees and can change."""

import re
from collections.abc import Iterator
from typing import Any

from .openapi_reader import Api, Operation

MAX_SAMPLE_DEPTH = 12

_SINCE = re.compile(
    r"(updated|modified|changed)[_-]?(at)?[_-]?(since|after|from|min|gte?)"
    r"|since|(updated|modified|changed)_at_min|(if_)?(modified|updated)_(since|after)",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(updated|modified|changed)[_-]?(at)?[_-]?(before|until|to|max|lte?)", re.IGNORECASE
)
_PAGE = re.compile(r"page([_-]?(number|no|num|index))?|pageNumber", re.IGNORECASE)
_SIZE = re.compile(
    r"(per[_-]?page|page[_-]?size|limit|size|pageSize|count|max[_-]?results|results[_-]?per[_-]?page)",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"(offset|skip|start([_-]?(at|index))?|from)", re.IGNORECASE)
_CURSOR = re.compile(
    r"(cursor|after|starting[_-]?after|page[_-]?token|next[_-]?token|continuation([_-]?token)?"
    r"|next[_-]?cursor|marker|scroll[_-]?id)",
    re.IGNORECASE,
)
_LISTS = ("data", "items", "results", "records", "values", "content", "entries", "list", "rows")
_IDS = ("id", "uuid", "guid", "code", "number", "key", "sku", "reference", "_id")
_VERSIONS = ("updated_at", "updatedAt", "modified_at", "modifiedAt", "date_modified", "modified",
             "updated", "last_modified", "lastModified", "changed_at", "changedAt", "version",
             "revision", "etag")  # fmt: skip
_LABELS = ("number", "name", "title", "display_name", "displayName", "reference", "code", "email")


def fields(api: Api, schema: Any, depth: int = 0) -> dict[str, Any]:
    """:return: dict name → schema of the members of an object, ``allOf`` included"""
    schema = api.bundler.resolve(schema)
    if not isinstance(schema, dict) or depth > 8:
        return {}
    found: dict[str, Any] = {}
    for part in schema.get("allOf") or []:
        found.update(fields(api, part, depth + 1))
    for kind in ("oneOf", "anyOf"):
        for part in (schema.get(kind) or [])[:1]:
            found.update(fields(api, part, depth + 1))
    properties = schema.get("properties")
    if isinstance(properties, dict):
        found.update(properties)
    return found


def items(api: Api, schema: Any) -> tuple[str, Any]:
    """Where the list stands in an answer.

    :return: (JMESPath, schema of one item); ``("", schema)`` where it is no list
    """
    target = api.bundler.resolve(schema)
    if _is_list(api, target):
        return "@", target.get("items") or {}
    members = fields(api, target)
    lists = [name for name, each in members.items() if _is_list(api, each)]
    preferred = [name for name in _LISTS if name in lists] or lists
    if len(lists) == 1 or preferred[:1] and preferred[0] in _LISTS:
        name = preferred[0]
        return _quoted(name), api.bundler.resolve(members[name]).get("items") or {}
    for outer in ("_embedded", "data", "payload", "result", "response"):
        if outer in members:
            path, item = items(api, members[outer])
            if path and path != "@":
                return f"{_quoted(outer)}.{path}", item
    return "", target


def _is_list(api, schema):
    target = api.bundler.resolve(schema)
    if not isinstance(target, dict):
        return False
    kind = target.get("type")
    return kind == "array" or (isinstance(kind, list) and "array" in kind)


def identity(api: Api, schema: Any) -> dict[str, str]:
    """:return: dict with ``key_at``, ``version_at``, ``label_at`` as far as they are clear"""
    names = fields(api, schema)
    singles = [name for name, each in names.items() if not _is_list(api, each)]
    found = {
        "key_at": _first(singles, _IDS)
        or next((name for name in singles if name.lower().endswith(("_id", "uuid"))), ""),
        "version_at": _first(singles, _VERSIONS),
        "label_at": _first(singles, _LABELS),
    }
    return {name: _quoted(value) for name, value in found.items() if value}


def paging(api: Api, operation: Operation) -> dict[str, Any]:
    """:return: values of the paging settings"""
    names = [p.name for p in operation.parameters if p.where == "query"]
    found: dict[str, Any] = {"kind": "none"}
    found.update(_size(operation))
    since = next((name for name in names if _SINCE.fullmatch(_plain(name))), None)
    if since:
        found["since_param"] = since
        found["since_format"] = _moment_form(operation, since)
    until = next((name for name in names if _UNTIL.fullmatch(_plain(name))), None)
    if until:
        found["until_param"] = until
    return {**found, **_kind(api, operation, names)}


def _kind(api, operation, names):
    address = _inside(api, operation.response_schema, ("next", "next_url", "nextLink", "next_page_url",
                                                       "@odata.nextLink"))  # fmt: skip
    token = _inside(
        api,
        operation.response_schema,
        ("next_cursor", "nextCursor", "next_page_token", "nextPageToken", "cursor", "after",
         "next_token", "nextToken", "end_cursor"),
    )  # fmt: skip
    cursor = next((name for name in names if _CURSOR.fullmatch(_plain(name))), None)
    if cursor and (token or address):
        return {"kind": "cursor", "cursor_param": cursor, "cursor_at": token or address}
    if "link" in operation.response_headers:
        return {"kind": "link"}
    if address:
        return {"kind": "next_url", "next_at": address}
    page = next((name for name in names if _PAGE.fullmatch(_plain(name))), None)
    if page:
        return {"kind": "page", "page_param": page, "first_page": _first_page(operation, page)}
    offset = next((name for name in names if _OFFSET.fullmatch(_plain(name))), None)
    return {"kind": "offset", "offset_param": offset} if offset else {}


def _inside(api, schema, wanted):
    """:return: JMESPath of a member with one of these names, also one level down"""
    members = fields(api, schema)
    for name in wanted:
        if name in members and not _is_list(api, members[name]):
            below = fields(api, members[name])
            if not below:
                return _quoted(name)
            if "href" in below:
                return f"{_quoted(name)}.href"
    for outer in (
        "links",
        "_links",
        "meta",
        "paging",
        "pagination",
        "page_info",
        "pageInfo",
        "payload",
        "data",
        "result",
    ):
        if outer in members:
            below = fields(api, members[outer])
            for name in wanted:
                if name in below:
                    href = ".href" if "href" in fields(api, below[name]) else ""
                    return f"{_quoted(outer)}.{_quoted(name)}{href}"
    return ""


def _size(operation):
    for each in operation.parameters:
        if each.where == "query" and _SIZE.fullmatch(_plain(each.name)):
            most = each.schema.get("maximum")
            size = min(most, 100) if isinstance(most, int) and most > 0 else 50
            return {"size_param": each.name, "size": size}
    return {}


def _first_page(operation, name):
    for each in operation.parameters:
        if each.name == name:
            least = each.schema.get("minimum", each.schema.get("default"))
            return 0 if least == 0 else 1
    return 1


def _moment_form(operation, name):
    schema = next(each.schema for each in operation.parameters if each.name == name)
    if schema.get("type") in ("integer", "number"):
        return "unix"
    return "date" if schema.get("format") == "date" else "iso"


def external_id(api: Api, schema: Any) -> str:
    """:return: JMESPath of the id in the answer to a creation, or ""."""
    members = fields(api, schema)
    found = _first(members, _IDS)
    if found:
        return _quoted(found)
    for outer in ("data", "result", *members):
        if outer in members:
            inner = _first(fields(api, members[outer]), _IDS[:3])
            if inner:
                return f"{_quoted(outer)}.{_quoted(inner)}"
    return ""


def sample(api: Api, schema: Any, depth: int = 0, seen: tuple = ()) -> Any:
    """A document by the schema's examples, defaults and types, to try a mapping on."""
    if isinstance(schema, dict) and "$ref" in schema:
        if schema["$ref"] in seen:
            return None
        seen = (*seen, schema["$ref"])
    target = api.bundler.resolve(schema)
    if not isinstance(target, dict) or depth > MAX_SAMPLE_DEPTH:
        return None
    for name in ("example", "default", "const"):
        if target.get(name) is not None:
            return target[name]
    for name in ("examples", "enum"):
        if isinstance(target.get(name), list) and target[name]:
            return target[name][0]
    kind = target.get("type")
    kind = next((k for k in kind if k != "null"), None) if isinstance(kind, list) else kind
    members = fields(api, target)
    if members:
        return {n: sample(api, each, depth + 1, seen) for n, each in list(members.items())[:100]}
    if kind == "array":
        item = sample(api, target.get("items"), depth + 1, seen)
        return [] if item is None else [item]
    return _plain_sample(kind, target.get("format"))


def _plain_sample(kind, form):
    texts = {
        "date": "2026-01-31",
        "date-time": "2026-01-31T12:00:00Z",
        "email": "ada@example.com",
        "uuid": "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "uri": "https://example.com",
    }
    known = {"string": texts.get(form, "text"), "integer": 1, "number": 1.5, "boolean": True}
    return known.get(kind, {} if kind == "object" else None)


def paths(api: Api, schema: Any, prefix: str = "", depth: int = 0) -> Iterator[tuple[str, bool]]:
    """:return: (dotted target, whether mandatory) of every single value of an object"""
    target = api.bundler.resolve(schema)
    required = set(target.get("required") or []) if isinstance(target, dict) else set()
    for name, each in fields(api, schema).items():
        resolved = api.bundler.resolve(each)
        if isinstance(resolved, dict) and resolved.get("readOnly") is True:
            continue
        path = prefix + (name if re.fullmatch(r"[\w-]+", name) else f'"{name}"')
        if _is_list(api, resolved):
            yield f"{path}[]", name in required
            if depth < 3:
                yield from paths(api, resolved.get("items"), f"{path}[].", depth + 1)
        elif fields(api, resolved) and depth < 3:
            yield from paths(api, resolved, f"{path}.", depth + 1)
        else:
            yield path, name in required


def _first(names, wanted):
    return next((name for name in wanted if name in names), "")


def _plain(name):
    """``filter[updated_at][gte]`` is ``updated_at_gte``."""
    parts = [part for part in re.split(r"[\[\]]+", name) if part]
    return "_".join(parts[1:] if len(parts) > 1 and parts[0] in ("filter", "page") else parts)


def _quoted(name):
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f'"{name}"'
