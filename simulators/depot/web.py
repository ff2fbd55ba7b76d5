"""The carrier's HTTP server, on loopback: both of its faces, its page for people, and its control interface."""

import collections
import time
import urllib.parse
from pathlib import Path

from simulators.depot import audit, door, gateway, ups, ups_words
from simulators.local import LocalHandler, LocalServer, Refused, carry_out, change_chances

KEPT_CALLS = 2000


class Server(LocalServer):
    """Serves one carrier.RunningCarrier.

    `calls` keeps what was asked of UPS's face and what was done: (operation, request, status, answer).
    """

    def __init__(self, port, carrier):
        super().__init__(port, Handler)
        self.carrier = carrier
        self.calls = collections.deque(maxlen=KEPT_CALLS)


class Handler(LocalHandler):
    server_version = "SeamCarrier"
    server: Server
    called = "carrier"
    page = Path(__file__).with_name("page.html")

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        return self._customer("GET", path, b"") if self._is_customer(path) else self.look(path)

    def do_POST(self):
        content = self.content()
        path = urllib.parse.urlsplit(self.path).path
        if self._is_customer(path):
            return self._customer(self.command, path, content)
        return self.rule(path, content)

    do_DELETE = do_POST

    def state(self):
        return audit.state(self.server.carrier)

    def audit(self):
        return audit.audit(self.server.carrier)

    def obey(self, wishes):
        return obey(self.server.carrier, wishes)

    # -- customers -------------------------------------------------------------------------

    @staticmethod
    def _is_customer(path):
        return path.startswith((ups.ROOT, gateway.ROOT)) or path == door.TOKEN_PATH

    def _customer(self, method, path, content):
        carrier = self.server.carrier
        slow = carrier.faults.take("latency")
        if slow:
            time.sleep(slow.get("seconds", 1))
        stopped = carrier.door.stop_call()
        if stopped:
            return self._stop(path, *stopped)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            status, answered = self._act(method, path, headers, content)
        except Refused as refused:
            return self._refuse(path, refused)
        return self._tell(method, path, status, answered)

    def _act(self, method, path, headers, content):
        """(status, content) of what a call asks for. Raises Refused."""
        carrier = self.server.carrier
        if path == door.TOKEN_PATH:
            if method != "POST":
                raise Refused(405, "Method Not Allowed.", "405")
            return 200, carrier.door.give_token(headers.get("authorization"), content)
        carrier.door.let_in(headers.get("authorization"))
        if path.startswith(gateway.ROOT):
            return gateway.answer(
                carrier.books, method, self.path, headers, content, carrier.faults
            )
        operation, answered = ups.answer(carrier, method, self.path, headers, content)
        self.server.calls.append((operation, content, 200, answered))
        return 200, answered

    def _tell(self, method, path, status, answered):
        """Answer what was done, or lose the answer."""
        faults = self.server.carrier.faults
        if method != "GET" and path != door.TOKEN_PATH:
            lost = self.server.carrier.door.lose_answer()
            if lost is not False:
                return self._stop(path, lost, None)
            if faults.take("drift"):
                answered = drifted(answered)
        return self.send(status, answered)

    def _stop(self, path, status, retry_after):
        if status is None:
            return self.say_nothing(self.server.over)
        if status == 0:
            return self.reset()
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else {}
        words = {
            500: "Internal Server Error",
            503: "Service Unavailable",
            429: "Rate Limit Exceeded",
        }
        return self._error(path, status, words[status], headers=headers)

    def _refuse(self, path, refused):
        headers = {"Retry-After": str(refused.retry_after)} if refused.retry_after else {}
        status = refused.status
        if path.startswith(ups.ROOT) and status in (409, 422):
            status = 400  # UPS knows no other
        return self._error(path, status, str(refused), refused.code, headers)

    def _error(self, path, status, sentence, code=None, headers=None):
        if path.startswith(gateway.ROOT):
            return self.send(status, {"error": sentence}, headers)
        return self.send(status, ups_words.wrong(code or status, sentence), headers)

    def log_message(self, format, *words):
        if self.server.loud and self._is_customer(urllib.parse.urlsplit(self.path).path):
            super().log_message(format, *words)


def drifted(answered):
    """The answer after a careless update: numbers of shipments and parcels are called something else."""
    names = {
        "id": "shipment_id",
        "parcels": "packages",
        "offers": "rates",
        "ShipmentResults": "Results",
        "RatedShipment": "Rated",
        "SummaryResult": "Summary",
        "LabelResults": "Labels",
    }
    if isinstance(answered, list):
        return [drifted(each) for each in answered]
    if isinstance(answered, dict):
        return {names.get(name, name): drifted(value) for name, value in answered.items()}
    return answered


def obey(carrier, wishes):
    """Do what POST /control asks for; returns what came of it. Raises ValueError where it is unclear."""
    books, road = carrier.books, carrier.road
    deeds = {
        "pace": lambda wish: setattr(road, "pace", max(0.01, min(float(wish), 86400.0))),
        "auto": lambda wish: setattr(road, "auto", bool(wish)),
        "chances": lambda wish: change_chances(road, wish),
        "surcharge": lambda wish: setattr(books, "surcharge", float(wish)),
        "pushes": lambda wish: setattr(carrier.messenger, "pushes", bool(wish)),
        "faults": carrier.faults.change,
        "event_faults": carrier.messenger.faults.change,
        "forgetful": lambda wish: setattr(books, "forgetful", bool(wish)),
        "lenient": lambda wish: setattr(books, "lenient", bool(wish)),
        "scan": lambda wish: road.scan(wish["tracking"], wish["status"], wish.get("place", "")),
        "void": lambda wish: books.void(wish["id"])["state"],
        "mend": lambda _wish: carrier.messenger.mend(),
    }
    return carry_out(wishes, deeds)
