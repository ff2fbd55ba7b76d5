"""What the carrier's tests share: a running one, its customer, and Odoo's place."""

import base64
import json
import time
import urllib.error
import urllib.request

import pytest

from simulators.carrier import RunningCarrier
from tests.simulators import kit

SECRETS = {
    "carrier_id": "lakeside",
    "carrier_secret": "s3cret",
    "carrier_webhook": kit.SECRET,
}
SENDER = {"name": "Lakeside", "street": "Pier 1", "city": "Erie", "state": "PA", "zip": "16501",
          "country": "US"}  # fmt: skip
RECEIVER = {"name": "Ada Lovelace", "street": "2 Elm St", "city": "Austin", "state": "TX",
            "zip": "73301", "country": "US"}  # fmt: skip


class Erp(kit.Erp):
    """Takes alerts of UPS's face too, which are not signed; `got` has (path, headers, document)."""

    def check(self, headers, content):
        if "webhook-id" in headers:
            super().check(headers, content)

    def kept(self, headers, content):
        return self.path, headers, json.loads(content)


@pytest.fixture(name="erp")
def _erp():
    with kit.serving(Erp) as server:
        yield server


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


def call(carrier, method, path, document=None, key=None, timeout=kit.PATIENCE, **headers):
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


def send(carrier, method, path, content, headers, timeout=kit.PATIENCE):
    made = urllib.request.Request(carrier.url + path, content, headers, method=method)
    try:
        with urllib.request.urlopen(made, timeout=timeout) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read() or b"null")
