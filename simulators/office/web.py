"""The CRM's HTTP server, on loopback: its interface, its page for people, and its control interface."""

from pathlib import Path

from simulators.documents import DocumentHandler
from simulators.local import Refused, carry_out, change_chances
from simulators.office import audit, words


class Handler(DocumentHandler):
    """<what> of its interface is companies, contacts or deals.

    A document with an id changes that record: 404 where there is none, 410 where it was deleted or merged into
    another. One without makes a new one.
    """

    server_version = "SeamCrm"
    called = "CRM"
    page = Path(__file__).with_name("page.html")
    kinds = words.KINDS

    def check(self, _kind, document):
        if not isinstance(document, dict) or not (document.get("id") or document.get("odoo_id")):
            raise Refused(422, "A document needs an id, or one of Odoo.")
        if "id" not in document and not document.get("fields", {}).get("name"):
            raise Refused(422, "What is new needs a name.")

    def state(self):
        return audit.state(self.server.simulator)

    def audit(self):
        return audit.audit(self.server.simulator)

    def obey(self, wishes):
        return obey(self.server.simulator, wishes)


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
