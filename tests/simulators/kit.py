"""What the simulators' tests share: Odoo's place, signed calls, the wishes at /control, and patience."""

import contextlib
import http.server
import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from simulators import standard_webhook

SECRET = "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw=="
# Seconds, on a machine that has much else to do.
PATIENCE = 60


class Erp(http.server.BaseHTTPRequestHandler):
    """Stands where Odoo stands: keeps what it is sent, and answers what `server.answers` says, or 202.

    secret   with which what comes is signed
    """

    secret = SECRET

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.check(headers, content)
        status = self.server.answers.pop(0) if self.server.answers else 202
        if status == 202:
            self.server.got.append(self.kept(headers, content))
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def check(self, headers, content):
        """Raise AssertionError unless it is signed; `headers` by lower-case name."""
        wrong = standard_webhook.wrong(headers, content, self.secret)
        assert wrong is None, wrong

    def kept(self, headers, content):
        """What `server.got` keeps of a call."""
        return self.path.rpartition("/")[2], headers["webhook-id"], json.loads(content)

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def serving(handler):
    """A server of calls to `handler`, with all that was taken in `got`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.got, server.answers = [], []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(name="erp")
def _erp():
    """Odoo's place; `got` has (flow, webhook-id, document)."""
    with serving(Erp) as server:
        yield server


def call(simulator, path, document=None, key="key-1", timeout=PATIENCE, **headers):
    """POST a document, or GET what became of a key → (status, content)"""
    content = None if document is None else json.dumps(document).encode()
    path = path if document is not None else f"{path}/{key}"
    signed = standard_webhook.headers(key, content or b"", SECRET)
    headers = {**signed, "Idempotency-Key": key, **headers}
    made = urllib.request.Request(f"{simulator.url}/api/{path}", content, headers)
    try:
        with urllib.request.urlopen(made, timeout=timeout) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        content = error.read()
        return error.code, json.loads(content) if content[:1] == b"{" else content


def control(simulator, wishes=None, path="/control", **headers):
    """What the simulator answers to wishes; without them, what it tells at the path."""
    content = wishes and json.dumps(wishes).encode()
    headers = {"Content-Type": "application/json", **headers}
    made = urllib.request.Request(simulator.url + path, content, headers)
    with urllib.request.urlopen(made, timeout=PATIENCE) as answer:
        return json.load(answer)


def text(simulator, path):
    """What stands at a path, as it is."""
    with urllib.request.urlopen(simulator.url + path, timeout=PATIENCE) as answer:
        return answer.read().decode()


def until(condition, patience=PATIENCE):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
