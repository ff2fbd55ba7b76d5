"""The warehouse's HTTP server, on loopback: its interface, its page for people, and its control interface."""

import time
import urllib.parse
from pathlib import Path

from simulators.local import LocalHandler, LocalServer, carry_out, change_chances
from simulators.warehouse import api, audit
from simulators.warehouse.shelf import clean


class Server(LocalServer):
    """Serves one wms.RunningWms."""

    def __init__(self, port, wms):
        super().__init__(port, Handler)
        self.wms = wms


class Handler(LocalHandler):
    server_version = "SeamWms"
    server: Server
    called = "warehouse"
    page = Path(__file__).with_name("page.html")

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        return self._api("GET", path, b"") if path.startswith(api.ROOT) else self.look(path)

    def do_POST(self):
        content = self.content()
        path = urllib.parse.urlsplit(self.path).path
        if path.startswith(api.ROOT):
            return self._api("POST", path, content)
        return self.rule(path, content)

    def state(self):
        return audit.state(self.server.wms)

    def audit(self):
        wms = self.server.wms
        return audit.audit(wms.books, wms.courier, wms.faults)

    def obey(self, wishes):
        return obey(self.server.wms, wishes)

    def _api(self, method, path, content):
        wms = self.server.wms
        slow = wms.faults.take("latency")
        if slow:
            time.sleep(slow.get("seconds", 1))
        headers = {name.lower(): value for name, value in self.headers.items()}
        given = api.answer(wms.books, wms.faults, wms.secret, method, path, headers, content)
        if given.status is None:
            return self.say_nothing(self.server.over)
        if given.status == 0:
            return self.reset()
        return self.send(given.status, given.content, given.headers)

    def log_message(self, format, *words):
        if self.server.loud and self.path.startswith(api.ROOT):
            super().log_message(format, *words)


def obey(wms, wishes):
    """Do what POST /control asks for; returns what came of it. Raises ValueError where it is unclear."""
    deeds = {
        "pace": lambda wish: setattr(wms.work, "pace", max(0.01, min(float(wish), 3600.0))),
        "auto": wms.work.go_on,
        "chances": lambda wish: change_chances(wms.work, wish),
        "faults": wms.faults.change,
        "event_faults": wms.courier.faults.change,
        "ship": lambda wish: wms.work.ship(wish["id"], wish.get("how", "all")),
        "receive": lambda wish: wms.work.receive(wish["id"], wish.get("how", "exact")),
        "reject": lambda wish: wms.work.reject(wish.get("what", "delivery"), wish["id"]),
        "adjust": lambda wish: _adjust(wms.work, wish),
        "count": lambda wish: wms.work.count(wish["warehouse"], bool(wish.get("stale"))),
        "forgetful": lambda wish: setattr(wms.books, "forgetful", bool(wish)),
        "mend": lambda _wish: wms.courier.mend(),
    }
    return carry_out(wishes, deeds)


def _adjust(work, wish):
    words = {name: wish[name] for name in ("text", "lot") if name in wish}
    return work.adjust(
        wish["warehouse"], wish["sku"], clean(wish["delta"]), wish.get("code", "COUNT"), **words
    )
