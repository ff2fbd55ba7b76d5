"""The CRM's HTTP server, on loopback: its interface, its page for people, and its control interface."""

import time
import urllib.parse
from pathlib import Path

from simulators.local import LocalHandler, LocalServer, carry_out, change_chances
from simulators.office import api, audit


class Server(LocalServer):
    """Serves one crm.RunningCrm."""

    def __init__(self, port, crm):
        super().__init__(port, Handler)
        self.crm = crm


class Handler(LocalHandler):
    server_version = "SeamCrm"
    server: Server
    called = "CRM"
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
        return audit.state(self.server.crm)

    def audit(self):
        return audit.audit(self.server.crm)

    def obey(self, wishes):
        return obey(self.server.crm, wishes)

    def _api(self, method, path, content):
        crm = self.server.crm
        slow = crm.faults.take("latency")
        if slow:
            time.sleep(slow.get("seconds", 1))
        headers = {name.lower(): value for name, value in self.headers.items()}
        given = api.answer(crm.books, crm.faults, crm.secret, method, path, headers, content)
        if given.status is None:
            return self.say_nothing(self.server.over)
        if given.status == 0:
            return self.reset()
        return self.send(given.status, given.content, given.headers)

    def log_message(self, format, *words):
        if self.server.loud and self.path.startswith(api.ROOT):
            super().log_message(format, *words)


def obey(crm, wishes):
    """Do what POST /control asks for; returns what came of it. Raises ValueError where it is unclear."""
    books, people = crm.books, crm.people
    deeds = {
        "pace": lambda wish: setattr(people, "pace", max(0.01, min(float(wish), 3600.0))),
        "auto": lambda wish: setattr(people, "auto", bool(wish)),
        "act": lambda _wish: people.act(),
        "chances": lambda wish: change_chances(people, wish),
        "faults": crm.faults.change,
        "event_faults": crm.teller.faults.change,
        "pushes": crm.teller.go_on,
        "new": lambda wish: books.new(**wish),
        "edit": lambda wish: _edit(books, wish),
        "win": lambda wish: _edit(books, {**wish, "status": "won", "stage": "won"}),
        "lose": lambda wish: _edit(books, {**wish, "status": "lost"}),
        "archive": lambda wish: _edit(books, {**wish, "archived": True}),
        "restore": lambda wish: _edit(books, {**wish, "archived": False}),
        "delete": lambda wish: _edit(books, {**wish, "deleted": True}),
        "duplicate": lambda wish: people.duplicate(wish["id"], **_by(wish)),
        "merge": lambda wish: books.merge(wish["id"], wish["into"], **_by(wish)),
        "tell": lambda wish: books.tell_again(wish["id"]),
        "forgetful": lambda wish: setattr(books, "forgetful", bool(wish)),
        "mend": lambda _wish: crm.teller.mend(),
    }
    return carry_out(wishes, deeds)


def _by(wish):
    return {"by": str(wish["by"])} if wish.get("by") else {}


def _edit(books, wish):
    fields = {name: value for name, value in wish.items() if name not in ("id", "by")}
    return books.edit(wish["id"], **_by(wish), **fields)
