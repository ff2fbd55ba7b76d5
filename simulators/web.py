"""The shop's HTTP server, on loopback: its REST API, its page for people, and its control interface."""

import time
import urllib.parse
from pathlib import Path

from simulators import rest
from simulators.local import LocalHandler, LocalServer


class Server(LocalServer):
    """Serves one desk.Desk; `beat` is the beat.Beat that makes orders by itself."""

    def __init__(self, port, desk, beat, faults):
        super().__init__(port, Handler)
        self.desk, self.beat, self.faults = desk, beat, faults


class Handler(LocalHandler):
    server_version = "SeamShop"
    server: Server
    called = "shop"
    page = Path(__file__).with_name("page.html")

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        if parts.path.startswith("/wp-json/"):
            return self._rest("GET", parts)
        return self.look(parts.path)

    def do_POST(self):
        content = self.content()
        parts = urllib.parse.urlsplit(self.path)
        if parts.path.startswith("/wp-json/"):
            return self._rest(self.command, parts, content)
        return self.rule(parts.path, content)

    do_PUT = do_POST
    do_DELETE = do_POST

    def state(self):
        return state(self.server)

    def audit(self):
        return audit(self.server)

    def obey(self, wishes):
        return obey(self.server, wishes)

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
    unknown = set(wishes) - {"make", "send", "rate", "mix", "faults"}
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
    if "make" in wishes:
        return {"made": server.desk.make(bool(wishes["make"].get("unknown_sku")))}
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
