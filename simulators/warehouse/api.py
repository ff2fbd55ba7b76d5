"""The interface that customers call: documents by POST, and what became of them by GET.

    POST /api/<what>          with Idempotency-Key: 201 {"id", "state"}; 200 with the same for the same again
    GET  /api/<what>/<key>    200 {"id", "state"}, or 404

Calls are signed by Standard Webhooks.
"""

import json
from typing import NamedTuple

from simulators import standard_webhook
from simulators.faults import Faults
from simulators.local import Refused

ROOT = "/api/"
# last part of the address → books.WHAT
PATHS = {"products": "product", "deliveries": "delivery", "receipt-notices": "notice"}
NEEDED = {
    "product": ("id", "sku", "name", "unit", "tracking", "modified"),
    "delivery": ("id", "action", "revision", "number", "warehouse"),
    "notice": ("id", "action", "revision", "number", "warehouse"),
}


class ServerFaults(Faults):
    """How the warehouse misbehaves when it is called.

    latency         every answer takes `seconds` longer
    error_500       nothing is done, and answered 500
    unavailable     503 with Retry-After: `retry_after` seconds
    too_many        429 with the same
    reset           the connection is reset before anything is done
    reset_after     it is done; then the connection is reset
    timeout         it is done; then nothing is answered
    error_after     it is done; then answered 500
    """

    NAMES = (
        "latency", "error_500", "unavailable", "too_many", "reset",
        "reset_after", "timeout", "error_after",
    )  # fmt: skip


class Answer(NamedTuple):
    """An HTTP answer. Status 0 stands for a reset connection, None for one that is never answered."""

    status: int | None
    content: object = None
    headers: dict = {}


def answer(books, faults, secret, method, path, headers, content):
    """What the warehouse answers to a call.

    headers   by lower-case name
    """
    before = stopped(faults)
    if before:
        return before
    try:
        result = _route(books, secret, method, path, headers, content)
    except Refused as refused:
        extra = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
        return Answer(refused.status, {"error": str(refused)}, extra)
    return (method == "POST" and lost(faults)) or result


def stopped(faults):
    """The Answer of a call of which nothing is done, or None."""
    if faults.take("reset"):
        return Answer(0)
    if faults.take("error_500"):
        return Answer(500, "<h1>Internal Server Error</h1>")
    for name, status in (("unavailable", 503), ("too_many", 429)):
        fault = faults.take(name)
        if fault:
            seconds = str(fault.get("retry_after", 1))
            return Answer(status, {"error": "Later."}, {"Retry-After": seconds})
    return None


def lost(faults):
    """What comes in place of the answer to what is done, or None."""
    if faults.take("reset_after"):
        return Answer(0)
    if faults.take("timeout"):
        return Answer(None)
    if faults.take("error_after"):
        return Answer(500, "<h1>Internal Server Error</h1>")
    return None


def _route(books, secret, method, path, headers, content):
    wrong = standard_webhook.wrong(headers, content, secret)
    if wrong:
        raise Refused(401, wrong)
    name, _, key = path.removeprefix(ROOT).partition("/")
    what = PATHS.get(name) if path.startswith(ROOT) else None
    if not what:
        raise Refused(404, f"There is no {path}.")
    if method == "GET":
        found = books.look_up(what, key)
        if not found:
            raise Refused(404, f"Nothing came under {key}.")
        return Answer(200, found)
    if key:
        raise Refused(405, "Documents are sent to the address of their kind.")
    return _take(books, what, headers.get("idempotency-key"), content)


def _take(books, what, key, content):
    if not key:
        raise Refused(400, "Idempotency-Key is needed.")
    try:
        document = json.loads(content)
    except ValueError:
        raise Refused(400, "This is not JSON.") from None
    missing = [name for name in NEEDED[what] if name not in document]
    if missing:
        raise Refused(422, f"Missing: {', '.join(missing)}.")
    new, result = books.take(what, key, content, document)
    return Answer(201 if new else 200, result)
