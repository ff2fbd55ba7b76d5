"""Which operations of a description belong together, and what they may be used for."""

import re

from . import openapi_guess
from .openapi_reader import Api, Operation

_LAST = re.compile(r"^(.*)/\{[^{}/]+\}/?$")


def purpose(api: Api, operation: Operation) -> str:
    """:return: ``pull``, ``push``, ``send``, or "" where it is part of another or of no use"""
    if operation.webhook:
        return "push"
    if operation.method == "GET":
        return "pull" if openapi_guess.items(api, operation.response_schema)[0] else ""
    if operation.method == "POST" and operation.request_schema is not None:
        return "send"
    if operation.method in ("PUT", "PATCH") and operation.request_schema is not None:
        return "" if _sibling(api, operation, "POST") else "send"
    return ""


def _sibling(api, operation, method):
    match = _LAST.match(operation.path)
    base = match and match.group(1)
    return next(
        (each for each in api.operations if each.method == method and each.path == base), None
    )


def change_of(api: Api, operation: Operation) -> Operation | None:
    """:return: the operation that changes what this one creates"""
    return _below(api, operation, ("PUT", "PATCH"))


def deletion_of(api: Api, operation: Operation) -> Operation | None:
    return _below(api, operation, ("DELETE",))


def _below(api, operation, methods):
    for method in methods:
        for each in api.operations:
            match = _LAST.match(each.path)
            if each.method == method and match and match.group(1) == operation.path.rstrip("/"):
                return each
    return None


def with_external_id(path: str) -> str:
    """``/plants/{plantId}`` → ``/plants/{external_id}``"""
    match = _LAST.match(path)
    return f"{match.group(1)}/{{external_id}}" if match else path


def slug(path: str) -> str:
    """A code of the last fixed part of a path: ``/v1/sales-orders/{id}`` → ``sales-orders``"""
    parts = [part for part in path.split("/") if part and "{" not in part]
    text = re.sub(r"[^a-z0-9_-]+", "-", (parts[-1] if parts else path).lower()).strip("-_")
    return text[:40] or "records"


def name(path: str) -> str:
    text = slug(path).replace("-", " ").replace("_", " ").strip()
    return text[:1].upper() + text[1:]
