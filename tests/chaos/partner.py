"""Partners as they are: many connections, retries after errors, the same message twice or more."""

import hashlib
import itertools
import json
import queue
import random
import threading
import time
from typing import NamedTuple

import requests

TIMEOUT = 30


class Delivery(NamedTuple):
    """One message to be delivered `copies` times over under one key.

    :ivar headers: in place of an API key and an idempotency key
    :ivar after: the delivery that must be acknowledged before this one is sent
    :ivar swapped: body of a copy that uses the same key wrongly, or None
    """

    key: str
    body: bytes
    copies: int = 1
    swapped: bytes | None = None
    after: "Delivery | None" = None
    headers: dict | None = None


class Answer(NamedTuple):
    key: str
    status: int
    id: str | None
    digest: str
    seconds: float


class Partner:
    """Sends deliveries over `connections` threads until each of them is acknowledged.

    `answers` holds every answer but those to be tried again, `retries` counts these.
    """

    def __init__(self, url, token, seed, connections=8, patience=300):
        self.url, self.token = url, token
        self.random = random.Random(seed)
        self.connections, self.patience = connections, patience
        self.queue, self.answers, self.errors = queue.Queue(), [], []
        self.retries = 0
        self.acknowledged = set()
        self.lock = threading.Lock()

    def send(self, deliveries, per_second=None):
        """Deliver all, at most so many a second; returns when the last is acknowledged or given up."""
        threads = [
            threading.Thread(target=self._work, daemon=True) for _ in range(self.connections)
        ]
        for thread in threads:
            thread.start()
        started = time.monotonic()
        for number, call in enumerate(self._calls(deliveries)):
            if per_second:
                time.sleep(max(0, started + number / per_second - time.monotonic()))
            self.queue.put(call)
        for _ in threads:
            self.queue.put(None)
        for thread in threads:
            thread.join()

    def _calls(self, deliveries):
        """Yield (delivery, body, delivery that must be acknowledged before)."""
        for delivery in deliveries:
            yield from [(delivery, delivery.body, delivery.after)] * delivery.copies
            if delivery.swapped:
                yield delivery, delivery.swapped, delivery

    def _work(self):
        session = requests.Session()
        while True:
            call = self.queue.get()
            if call is None:
                return
            delivery, body, after = call
            if after:
                self._wait_for(after)
            self._deliver(session, delivery, body)

    def _wait_for(self, delivery):
        deadline = time.monotonic() + self.patience
        while delivery.key not in self.acknowledged and time.monotonic() < deadline:
            time.sleep(0.05)

    def _deliver(self, session, delivery, body):
        started = time.monotonic()
        last = None
        for attempt in itertools.count():
            if time.monotonic() - started > self.patience:
                self.errors.append((delivery.key, f"given up: {last}"))
                return
            try:
                response = session.post(
                    self.url,
                    data=body,
                    headers=delivery.headers or self._headers(delivery),
                    timeout=TIMEOUT,
                )
            except requests.RequestException as error:
                last = error
            else:
                final = response.status_code < 500 and response.status_code != 429
                if final and _id(response):
                    return self._record(delivery, body, response, started)
                # A worker that dies may leave half an answer, which requests takes for whole.
                last = response.status_code
            with self.lock:
                self.retries += 1
            time.sleep(min(2, 0.1 * 2**attempt) * self.random.uniform(0.5, 1))

    def _headers(self, delivery):
        return {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.key,
        }

    def _record(self, delivery, body, response, started):
        answer = Answer(
            delivery.key,
            response.status_code,
            _id(response),
            hashlib.sha256(body).hexdigest(),
            time.monotonic() - started,
        )
        with self.lock:
            self.answers.append(answer)
            if response.status_code < 300:
                self.acknowledged.add(delivery.key)


def _id(response):
    try:
        return response.json().get("id")
    except requests.JSONDecodeError:
        return None


def deliveries(chance, count, doubled=0.1):
    """`count` orders: some sent twice or more, some with their key used again, some with a later event."""
    made = []
    for number in range(count):
        order = {
            "id": f"order-{number}",
            "v": 1,
            "n": number,
            "amount": round(chance.uniform(1, 999), 2),
        }
        first = _delivery(chance, order, doubled)
        made.append(first)
        if chance.random() < 0.2:
            later = {**order, "v": 2, "n": count + number, "amount": round(order["amount"] + 1, 2)}
            made.append(_delivery(chance, later, doubled)._replace(after=first))
    return made


def _delivery(chance, order, doubled):
    body = json.dumps(order).encode()
    key = f"{order['id']}/{order['v']}"
    if chance.random() >= doubled:
        return Delivery(key, body)
    swapped = json.dumps({**order, "amount": 0}).encode() if chance.random() < 0.2 else None
    return Delivery(key, body, copies=chance.choice([2, 2, 3, 5]), swapped=swapped)
