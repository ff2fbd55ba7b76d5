"""What the simulators' HTTP servers share: they listen on loopback, and talk to this machine's pages alone.

A page is its own file and what it shares with the others: `static/page.css`, `static/page.js`, and the parts of
`static/` that it names (`<!-- told.html -->`).
"""

import contextlib
import http.server
import json
import re
import select
import socket
import struct
import threading
from pathlib import Path

LARGEST = 4 * 1024 * 1024
LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")
STATIC = Path(__file__).with_name("static")
SHARED = {"/page.css": "text/css", "/page.js": "text/javascript"}
PART = re.compile(r"<!-- (\w+\.html) -->")


class Refused(Exception):
    """A call that a simulator does not do.

    status        of HTTP
    code          the vendor's code of the error, where it has one
    retry_after   seconds, where it may be tried again
    """

    def __init__(self, status, sentence, code=None, retry_after=None):
        super().__init__(sentence)
        self.status, self.code, self.retry_after = status, code, retry_after


class LocalServer(http.server.ThreadingHTTPServer):
    """Listens on `port` of 127.0.0.1; 0 takes a free one.

    over   set when it ends: nobody is kept waiting any longer
    loud   a line for each call of its customers goes to standard error
    """

    daemon_threads = True
    request_queue_size = 128
    loud = False

    def __init__(self, port, handler):
        super().__init__(("127.0.0.1", port), handler)
        self.over = threading.Event()


class LocalHandler(http.server.BaseHTTPRequestHandler):
    """A simulator's handler sends its customers' calls elsewhere, and the others to `look` and `rule`."""

    protocol_version = "HTTP/1.1"
    # What the simulator is called, and the file of its page.
    called = None
    page = None

    def state(self):
        """What GET /control tells: the page shows it."""
        raise NotImplementedError

    def audit(self):
        """What GET /audit tells: the tests hold it against what the customer says."""
        raise NotImplementedError

    def obey(self, wishes):
        """Do what POST /control asks for → what came of it. Raises ValueError where it is unclear."""
        raise NotImplementedError

    def handle(self):
        """A caller who hangs up, or is killed, is nothing to talk about."""
        with contextlib.suppress(ConnectionError):
            super().handle()

    def content(self):
        """The request's body."""
        return self.rfile.read(min(int(self.headers.get("Content-Length") or 0), LARGEST))

    def is_local(self):
        """A name of this machine is called, by nobody else's page: no rebinding, no forged request."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        return bool(LOOPBACK.fullmatch(host)) and origin in (None, f"http://{host}")

    def may_rule(self):
        """As `is_local`; a page of somebody else's cannot send JSON without asking, and is refused."""
        kind = self.headers.get("Content-Type", "").partition(";")[0]
        return self.is_local() and kind == "application/json"

    def look(self, path):
        """Answer what somebody at this machine wants to see."""
        if not self.is_local():
            return self.send(403, {"error": f"This {self.called} talks to this machine only."})
        if path == "/":
            return self.send(200, assembled(self.page))
        if path in SHARED:
            text = (STATIC / path[1:]).read_text(encoding="utf-8")
            return self.send(200, text, {"Content-Type": f"{SHARED[path]}; charset=UTF-8"})
        if path == "/control":
            return self.send(200, self.state())
        if path == "/audit":
            return self.send(200, self.audit())
        return self.send(404, {"error": "There is nothing here. Look at /, /control or /audit."})

    def rule(self, path, content):
        """Do what somebody at this machine asks for."""
        if path != "/control" or self.command != "POST":
            return self.send(404, {"error": f"The {self.called} is ruled by POST /control."})
        if not self.may_rule():
            return self.send(403, {"error": "Send JSON, from this machine."})
        try:
            return self.send(200, self.obey(json.loads(content)))
        except Refused as refused:
            return self.send(refused.status, {"error": str(refused)})
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            return self.send(400, {"error": str(error)})

    def send(self, status, content, headers=None):
        """Answer with text (HTML) or with anything else as JSON."""
        body, kind = encode(content)
        self.send_response(status)
        given = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        for name, value in given.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def reset(self):
        """Break the connection off with a RST."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()

    def say_nothing(self, over):
        """Keep the caller waiting until he gives up, or the event `over` is set."""
        while not over.wait(0.1):
            if select.select([self.connection], [], [], 0)[0]:
                break
        self.hang_up()

    def hang_up(self):
        self.close_connection = True
        self.connection.close()
        self.rfile = self.wfile = open("/dev/null", "r+b", buffering=0)


def assembled(page):
    """The text of a page with its parts."""
    text = page.read_text(encoding="utf-8")
    return PART.sub(lambda part: (STATIC / part[1]).read_text(encoding="utf-8"), text)


def carry_out(wishes, deeds):
    """{name: what came of it} of `wishes`, by `deeds` {name: function}. Raises ValueError."""
    unknown = set(wishes) - set(deeds)
    if unknown:
        raise ValueError(f"Not understood: {', '.join(sorted(unknown))}.")
    return {name: deeds[name](wish) for name, wish in wishes.items()}


def change_chances(worker, wish):
    """Take {name: 0..1} over into `worker.chances` → all of them. Raises ValueError."""
    unknown = set(wish) - set(worker.chances)
    if unknown:
        raise ValueError(f"There is no chance of {', '.join(sorted(unknown))}.")
    worker.chances = {**worker.chances, **{name: float(value) for name, value in wish.items()}}
    return worker.chances


def encode(content):
    """An answer's content as (bytes, content type)."""
    if isinstance(content, str):
        return content.encode(), "text/html; charset=UTF-8"
    return json.dumps(content).encode(), "application/json; charset=UTF-8"
