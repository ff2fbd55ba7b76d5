"""The warehouse's HTTP server, on loopback: its interface, its page for people, and its control interface."""

import http.server
import json
import threading
import time
import urllib.parse
from pathlib import Path

from simulators.local import LocalHandler
from simulators.warehouse import api, audit
from simulators.warehouse.books import Refused
from simulators.warehouse.shelf import clean

PAGE = Path(__file__).with_name("page.html")


class Server(http.server.ThreadingHTTPServer):
    """Serves one wms.RunningWms; `loud`: a line for each call goes to standard error."""

    daemon_threads = True
    request_queue_size = 128
    loud = False

    def __init__(self, port, wms):
        super().__init__(("127.0.0.1", port), Handler)
        self.wms, self.over = wms, threading.Event()


class Handler(LocalHandler):
    server_version = "SeamWms"
    server: Server

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path.startswith(api.ROOT):
            return self._api("GET", path, b"")
        if not self.is_local():
            return self.send(403, {"error": "This warehouse talks to this machine only."})
        if path == "/":
            return self.send(200, PAGE.read_text(encoding="utf-8"))
        if path == "/control":
            return self.send(200, audit.state(self.server.wms))
        if path == "/audit":
            wms = self.server.wms
            return self.send(200, audit.audit(wms.books, wms.courier, wms.faults))
        return self.send(404, {"error": "There is nothing here. Look at /, /control or /audit."})

    def do_POST(self):
        content = self.content()
        path = urllib.parse.urlsplit(self.path).path
        if path.startswith(api.ROOT):
            return self._api("POST", path, content)
        if path != "/control":
            return self.send(404, {"error": "The warehouse is ruled by POST /control."})
        if not self.may_rule():
            return self.send(403, {"error": "Send JSON, from this machine."})
        try:
            return self.send(200, obey(self.server.wms, json.loads(content)))
        except Refused as refused:
            return self.send(refused.status, {"error": str(refused)})
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            return self.send(400, {"error": str(error)})

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
        "chances": lambda wish: _change_chances(wms.work, wish),
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
    unknown = set(wishes) - set(deeds)
    if unknown:
        raise ValueError(f"Not understood: {', '.join(sorted(unknown))}.")
    return {name: deeds[name](wish) for name, wish in wishes.items()}


def _change_chances(work, wish):
    unknown = set(wish) - set(work.chances)
    if unknown:
        raise ValueError(f"There is no chance of {', '.join(sorted(unknown))}.")
    work.chances = {**work.chances, **{name: float(value) for name, value in wish.items()}}
    return work.chances


def _adjust(work, wish):
    words = {name: wish[name] for name in ("text", "lot") if name in wish}
    return work.adjust(
        wish["warehouse"], wish["sku"], clean(wish["delta"]), wish.get("code", "COUNT"), **words
    )
