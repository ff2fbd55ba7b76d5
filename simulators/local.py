"""What the simulators' HTTP servers share: they listen on loopback, and talk to this machine's pages alone."""

import contextlib
import http.server
import json
import re
import select
import socket
import struct

LARGEST = 4 * 1024 * 1024
LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?")


class LocalHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

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

    def send(self, status, content, headers=None):
        """Answer with text (HTML) or with anything else as JSON."""
        body, kind = encode(content)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
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


def encode(content):
    """An answer's content as (bytes, content type)."""
    if isinstance(content, str):
        return content.encode(), "text/html; charset=UTF-8"
    return json.dumps(content).encode(), "application/json; charset=UTF-8"
