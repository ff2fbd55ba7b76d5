"""Brings documents to the customer: signed, in order, again until they are answered.

The warehouse's, and in a subclass those of the carrier.
"""

import heapq
import itertools
import json
import threading
import time

from simulators import desk, standard_webhook
from simulators.faults import Faults
from simulators.warehouse import papers

# Answered for good: taken, known already with other content, or not understood.
FINAL = (409, 422)
FIRST_WAIT, LONGEST_WAIT = 0.3, 10
THREADS = 6


class EventFaults(Faults):
    """How what is sent goes wrong.

    doubled        twice at once, under one id
    repeated       again under another id, as after a restart of the warehouse's software
    reordered      held back for `seconds`, so that what comes later overtakes it
    delayed        the same for longer
    stale          followed by the document before it, once more
    renamed_field, missing_field, retyped_field
                   after a careless update: in a form that breaks the contract
    """

    NAMES = ("doubled", "repeated", "reordered", "delayed", "stale", *papers.DRIFTS)


class Courier:
    """Sends events to `target`/<flow>, of one lane one after the other; lanes beside each other.

    target    address of Seam's system, such as http://127.0.0.1:8069/seam/v1/warehouse
    secret    that both sides sign with
    store     store.Store: what was not answered is sent after a restart
    reordered, delayed   for how many seconds such an event is held back

    DRIFTS   {fault: function document → the document in another form}
    STATES   flows whose documents may come again as they were before
    """

    DRIFTS = papers.DRIFTS
    STATES = ("statuses", "snapshots")

    def __init__(self, target, secret, faults, store, timeout=20, reordered=3.0, delayed=20.0):
        self.target, self.secret, self.faults, self.timeout = target, secret, faults, timeout
        self.holds = {"reordered": float(reordered), "delayed": float(delayed)}
        self.store = store
        self.log, self.drifted, self.tries = [], {}, 0
        self._lanes, self._due, self._numbers = {}, [], itertools.count(1)
        self._series = f"{time.time_ns() // 1000:x}"
        self._last, self._ready = {}, threading.Condition()
        self._over = False
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(THREADS)]

    def start(self):
        for event in self.store.load("event").values():
            self._put(event)
        for thread in self._threads:
            thread.start()

    def end(self):
        with self._ready:
            self._over = True
            self._ready.notify_all()

    # -- what is to be sent --------------------------------------------------------------

    def tell(self, flow, lane, document):
        """Send a document some time soon, perhaps wrongly."""
        before = self._last.get((flow, lane))
        self._last[(flow, lane)] = document
        drift = next((name for name in self.DRIFTS if self.faults.take(name)), None)
        if drift:
            event = self._event(flow, lane, self.DRIFTS[drift](document), drift)
            with self._ready:
                self.drifted[event["id"]] = (flow, lane, document)
            return self._put(event)
        event = self._event(flow, lane, document)
        held = next((name for name in self.holds if self.faults.take(name)), None)
        if held:
            self._put({**event, "lane": event["id"], "kind": held}, self.holds[held])
        else:
            self._put(event)
        if self.faults.take("doubled"):
            self._put({**event, "lane": f"{event['id']}/2", "kind": "doubled"})
        if self.faults.take("repeated"):
            self._put(self._event(flow, lane, document, "repeated"))
        if before and flow.partition("/")[0] in self.STATES and self.faults.take("stale"):
            self._put(self._event(flow, lane, before, "stale"))
        return None

    def mend(self):
        """What went out in a form that nobody understood is sent again, rightly. Returns how many."""
        with self._ready:
            drifted, self.drifted = list(self.drifted.values()), {}
        for flow, lane, document in drifted:
            self._put(self._event(flow, lane, document, "mended"))
        return len(drifted)

    def _event(self, flow, lane, document, kind="right"):
        return {
            "id": f"evt_{self._series}_{next(self._numbers):06d}",
            "flow": flow,
            "lane": lane,
            "kind": kind,
            "document": document,
            "tries": 0,
        }

    def _put(self, event, seconds=0.0):
        event["about"] = event["document"].get("id") or event["lane"]
        self.store.keep("event", f"{event['lane']}/{event['id']}", event)
        with self._ready:
            lane = self._lanes.setdefault(event["lane"], [])
            lane.append(event)
            if len(lane) == 1:
                self._call_up(event["lane"], seconds)

    def _call_up(self, lane, seconds):
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._numbers), lane))
        self._ready.notify()

    # -- sending -------------------------------------------------------------------------

    def _work(self):
        while True:
            lane = self._next_lane()
            if lane is None:
                return
            event = self._lanes[lane][0]
            row = self._send(event)
            self._settle(lane, event, row)

    def _next_lane(self):
        with self._ready:
            while not self._over:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._due)[2]
                self._ready.wait(wait)
        return None

    def _send(self, event):
        content = json.dumps(event["document"], ensure_ascii=False).encode()
        address, headers = self._envelope(event, content)
        begun, event["tries"] = time.monotonic(), event["tries"] + 1
        status, answer, error = desk.post(address, content, headers, self.timeout)
        return {
            "at": time.strftime("%H:%M:%S", time.gmtime()),
            "id": event["id"],
            "flow": event["flow"],
            "about": event["about"],
            "kind": event["kind"],
            "status": status,
            "answer": answer,
            "error": error,
            "ms": round((time.monotonic() - begun) * 1000),
        }

    def _envelope(self, event, content):
        """(address, headers) under which an event is sent."""
        headers = standard_webhook.headers(event["id"], content, self.secret)
        return f"{self.target}/{event['flow']}", headers

    def _settle(self, lane, event, row):
        status = row["status"]
        done = status is not None and (200 <= status < 300 or status in FINAL)
        with self._ready:
            if self._over:
                # The books are closed: it is sent again after the restart.
                return
            self.tries += 1
            self.log = [*self.log[-5000:], row]
            if done:
                self._lanes[lane].pop(0)
                self.store.forget("event", f"{lane}/{event['id']}")
            if self._lanes[lane]:
                again = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(event["tries"] - 1, 10))
                self._call_up(lane, 0 if done else again)
            else:
                del self._lanes[lane]

    # -- what became of it -----------------------------------------------------------------

    def waiting(self):
        """How many events are not answered for good."""
        with self._ready:
            return sum(map(len, self._lanes.values()))

    def is_telling(self, about):
        """Whether the customer has not yet answered for this document."""
        with self._ready:
            open_events = itertools.chain.from_iterable(self._lanes.values())
            return any(event["about"] == about for event in open_events)
