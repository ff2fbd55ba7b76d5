"""The warehouse's HTTP server, on loopback: its interface, its page for people, and its control interface."""

from pathlib import Path

from simulators.documents import DocumentHandler
from simulators.local import Refused, carry_out, change_chances
from simulators.warehouse import audit
from simulators.warehouse.shelf import clean

# last part of the address → books.WHAT
KINDS = {"products": "product", "deliveries": "delivery", "receipt-notices": "notice"}
NEEDED = {
    "product": ("id", "sku", "name", "unit", "tracking", "modified"),
    "delivery": ("id", "action", "revision", "number", "warehouse"),
    "notice": ("id", "action", "revision", "number", "warehouse"),
}


class Handler(DocumentHandler):
    server_version = "SeamWms"
    called = "warehouse"
    page = Path(__file__).with_name("page.html")
    kinds = KINDS

    def check(self, what, document):
        missing = [name for name in NEEDED[what] if name not in document]
        if missing:
            raise Refused(422, f"Missing: {', '.join(missing)}.")

    def state(self):
        return audit.state(self.server.simulator)

    def audit(self):
        wms = self.server.simulator
        return audit.audit(wms.books, wms.courier, wms.faults)

    def obey(self, wishes):
        return obey(self.server.simulator, wishes)


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
