"""The shop's HTTP server, on loopback: its REST API, its page for people, and its control interface."""

import http.server
import json
import threading
import time
import urllib.parse
from pathlib import Path

from simulators import rest
from simulators.local import LocalHandler

PAGE = Path(__file__).with_name("page.html")


class Server(http.server.ThreadingHTTPServer):
    """Serves one desk.Desk; `beat` is the beat.Beat that makes orders by itself.

    `loud`: a line for each call of the REST API goes to standard error.
    """

    daemon_threads = True
    request_queue_size = 128
    loud = False

    def __init__(self, port, desk, beat, faults):
        super().__init__(("127.0.0.1", port), Handler)
        self.desk, self.beat, self.faults = desk, beat, faults
        self.over = threading.Event()


class Handler(LocalHandler):
    server_version = "SeamShop"
    server: Server

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        if parts.path.startswith("/wp-json/"):
            return self._rest("GET", parts)
        if not self.is_local():
            return self.send(403, {"error": "This shop talks to this machine only."})
        if parts.path == "/":
            return self.send(200, PAGE.read_text(encoding="utf-8"))
        if parts.path == "/control":
            return self.send(200, state(self.server))
        if parts.path == "/audit":
            return self.send(200, audit(self.server))
        return self.send(404, {"error": "There is nothing here. Look at /, /control or /audit."})

    def do_POST(self):
        content = self.content()
        parts = urllib.parse.urlsplit(self.path)
        if parts.path.startswith("/wp-json/"):
            return self._rest(self.command, parts, content)
        if parts.path != "/control":
            return self.send(404, {"error": "Orders are sent by POST /control."})
        if not self.may_rule():
            return self.send(403, {"error": "Send JSON, from this machine."})
        try:
            return self.send(200, obey(self.server, json.loads(content)))
        except (ValueError, TypeError, AttributeError) as error:
            return self.send(400, {"error": str(error)})

    do_PUT = do_POST
    do_DELETE = do_POST

    def _rest(self, method, parts, content=b""):
        slow = self.server.faults.take("latency")
        if slow:
            time.sleep(slow.get("seconds", 1))
        answer = rest.answer(
            self.server.desk,
            self.server.faults,
            method,
            parts.path,
            dict(urllib.parse.parse_qsl(parts.query)),
            self.headers.get("Authorization", ""),
            content,
        )
        if answer.status is None:
            return self.say_nothing(self.server.over)
        if not answer.status:
            return self.reset()
        return self.send(answer.status, answer.content, answer.headers)

    def log_message(self, format, *words):
        if self.server.loud and self.path.startswith("/wp-json/"):
            super().log_message(format, *words)


def obey(server, wishes):
    """Do what POST /control asks for; returns what came of it. Raises ValueError where it is unclear."""
    unknown = set(wishes) - {"send", "rate", "mix", "faults"}
    if unknown:
        raise ValueError(f"Not understood: {', '.join(sorted(unknown))}.")
    if "mix" in wishes:
        for kind in wishes["mix"]:
            _check_kind(server.desk, kind)
        server.desk.mix = {kind: float(weight) for kind, weight in wishes["mix"].items()}
    if "rate" in wishes:
        server.beat.rate = max(0.0, min(float(wishes["rate"]), 6000.0))
    if "faults" in wishes:
        server.faults.change(wishes["faults"])
    sent = []
    if "send" in wishes:
        kind, count = wishes["send"].get("kind", "good"), int(wishes["send"].get("count", 1))
        _check_kind(server.desk, kind)
        if not 1 <= count <= 1000:
            raise ValueError("The count is 1 to 1000.")
        sent = server.desk.send(kind, count)
    return {"sent": sent, "rate": server.beat.rate, "faults": server.faults.set}


def _check_kind(desk, kind):
    if kind not in desk.kinds:
        raise ValueError(f"There is no kind {kind}; there are {', '.join(desk.kinds)}.")


def state(server):
    """What GET /control tells."""
    desk = server.desk
    return {
        "target": desk.target,
        "rate": server.beat.rate,
        "mix": desk.mix,
        "kinds": list(desk.kinds),
        "faults": server.faults.set,
        **{f"{name}_count": count for name, count in desk.store.counts().items()},
        "deliveries": desk.store.deliveries(),
    }


def audit(server):
    """What GET /audit tells: what was changed from outside, and how often.

    effects   {"status/<order>/<status>", "note/<order>/<text>", "refund/<order>/<reason>": how often}, since
              the shop was started
    statuses  {order: status}
    levels    {product or variation: pieces}
    faults    {name: how often it happened}
    """
    store = server.desk.store
    return {
        "effects": dict(server.desk.effects),
        "statuses": store.statuses(),
        "levels": store.levels(),
        "faults": dict(server.faults.taken),
    }
