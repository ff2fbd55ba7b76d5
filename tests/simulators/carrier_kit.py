"""What the carrier's tests share: a running one, its customer, and Odoo's place."""

import base64
import http.server
import json
import threading
import time
import urllib.error
import urllib.request

import pytest

from simulators import standard_webhook
from simulators.carrier import RunningCarrier

SECRETS = {
    "carrier_id": "lakeside",
    "carrier_secret": "s3cret",
    "carrier_webhook": "whsec_c2VjcmV0IG9mIHRoZSB0ZXN0cw==",
}
SENDER = {"name": "Lakeside", "street": "Pier 1", "city": "Erie", "state": "PA", "zip": "16501",
          "country": "US"}  # fmt: skip
RECEIVER = {"name": "Ada Lovelace", "street": "2 Elm St", "city": "Austin", "state": "TX",
            "zip": "73301", "country": "US"}  # fmt: skip


class Erp(http.server.BaseHTTPRequestHandler):
    """Stands where Odoo stands: keeps what it is sent, and answers what `server.answers` says."""

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        given = {name.lower(): value for name, value in self.headers.items()}
        if "webhook-id" in given:
            wrong = standard_webhook.wrong(given, content, SECRETS["carrier_webhook"])
            assert wrong is None, wrong
        status = self.server.answers.pop(0) if self.server.answers else 202
        if status == 202:
            self.server.got.append((self.path, given, json.loads(content)))
        self.send_response(status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


@pytest.fixture(name="erp")
def _erp():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Erp)
    server.got, server.answers = [], []
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(name="carrier")
def _carrier(erp):
    target = f"http://127.0.0.1:{erp.server_port}/seam/v1/carrier"
    with RunningCarrier(
        0, target, SECRETS, pace=0.03, seed=3, reordered=0.4, delayed=0.8
    ) as carrier:
        carrier.road.chances = dict.fromkeys(carrier.road.chances, 0)
        carrier.books.surcharge = 0
        yield carrier


def token(carrier, secret=SECRETS["carrier_secret"]):
    """(status, answer) of the token address"""
    pair = base64.b64encode(f"{SECRETS['carrier_id']}:{secret}".encode()).decode()
    headers = {"Authorization": f"Basic {pair}"}
    form = b"grant_type=client_credentials"
    return send(carrier, "POST", "/security/v1/oauth/token", form, headers)


def call(carrier, method, path, document=None, key=None, timeout=10, **headers):
    """(status, answer) of a call with a valid token"""
    headers.setdefault("Authorization", f"Bearer {_some_token(carrier)}")
    if key:
        headers["Idempotency-Key"] = key
    content = None if document is None else json.dumps(document).encode()
    return send(carrier, method, path, content, headers, timeout)


def _some_token(carrier):
    if not carrier.door.tokens:
        carrier.door.tokens["test"] = time.time() + 60
    return next(iter(carrier.door.tokens))


def send(carrier, method, path, content, headers, timeout=10):
    made = urllib.request.Request(carrier.url + path, content, headers, method=method)
    try:
        with urllib.request.urlopen(made, timeout=timeout) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")


def control(carrier, wishes=None, path="/control"):
    content = wishes and json.dumps(wishes).encode()
    made = urllib.request.Request(carrier.url + path, content, {"Content-Type": "application/json"})
    with urllib.request.urlopen(made, timeout=10) as answer:
        return json.load(answer)


def until(condition, patience=10):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)
