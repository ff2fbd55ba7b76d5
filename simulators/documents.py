"""The interface of simulators that take Seam's own documents: by POST, and what became of them by GET.

    POST /api/<what>          with Idempotency-Key: 201 and an answer; 200 with the same for the same again
    GET  /api/<what>/<key>    200 and that answer, or 404

Calls are signed by Standard Webhooks.
"""

import json
import time
import urllib.parse
from typing import NamedTuple

from simulators import standard_webhook
from simulators.faults import Faults
from simulators.local import LocalHandler, LocalServer, Refused

ROOT = "/api/"


class ServerFaults(Faults):
    """How such a simulator misbehaves when it is called.

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


class DocumentServer(LocalServer):
    """Serves one `simulator`: it has `books`, `faults`, and the `secret` of its calls."""

    def __init__(self, port, handler, simulator):
        super().__init__(port, handler)
        self.simulator = simulator


class DocumentHandler(LocalHandler):
    """A subclass says what it takes."""

    server: DocumentServer
    # last part of an address → what the books call it
    kinds = {}

    def check(self, what, document):
        """Raise Refused for a document that cannot be used."""
        raise NotImplementedError

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        return self._answer("GET", path, b"") if path.startswith(ROOT) else self.look(path)

    def do_POST(self):
        content = self.content()
        path = urllib.parse.urlsplit(self.path).path
        if path.startswith(ROOT):
            return self._answer("POST", path, content)
        return self.rule(path, content)

    def _answer(self, method, path, content):
        faults = self.server.simulator.faults
        slow = faults.take("latency")
        if slow:
            time.sleep(slow.get("seconds", 1))
        given = stopped(faults) or self._done(method, path, content)
        if given.status is None:
            return self.say_nothing(self.server.over)
        if given.status == 0:
            return self.reset()
        return self.send(given.status, given.content, given.headers)

    def _done(self, method, path, content):
        """The Answer of a call that is done, or refused; or what comes in its place."""
        try:
            result = self._route(method, path, content)
        except Refused as refused:
            extra = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
            return Answer(refused.status, {"error": str(refused)}, extra)
        return (method == "POST" and lost(self.server.simulator.faults)) or result

    def _route(self, method, path, content):
        simulator = self.server.simulator
        headers = {name.lower(): value for name, value in self.headers.items()}
        wrong = standard_webhook.wrong(headers, content, simulator.secret)
        if wrong:
            raise Refused(401, wrong)
        name, _, key = path.removeprefix(ROOT).partition("/")
        what = self.kinds.get(name)
        if not what:
            raise Refused(404, f"There is no {path}.")
        if method == "GET":
            found = simulator.books.look_up(what, key)
            if not found:
                raise Refused(404, f"Nothing came under {key}.")
            return Answer(200, found)
        if key:
            raise Refused(405, "Documents are sent to the address of their kind.")
        return self._take(what, headers.get("idempotency-key"), content)

    def _take(self, what, key, content):
        if not key:
            raise Refused(400, "Idempotency-Key is needed.")
        try:
            document = json.loads(content)
        except ValueError:
            raise Refused(400, "This is not JSON.") from None
        self.check(what, document)
        new, result = self.server.simulator.books.take(what, key, content, document)
        return Answer(201 if new else 200, result)

    def log_message(self, format, *words):
        if self.server.loud and self.path.startswith(ROOT):
            super().log_message(format, *words)


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
