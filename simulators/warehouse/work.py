"""What is done in the warehouse: deliveries are accepted, picked, packed and shipped, receipts are taken in.

Every step is an entry in a clock, `pace` seconds after the one before. Without `auto` only requests are
accepted; a person does the rest with `ship` and `receive`.
"""

import datetime
import heapq
import itertools
import random
import threading
import time

from simulators.local import Refused
from simulators.warehouse import papers
from simulators.warehouse.books import OPEN
from simulators.warehouse.shelf import clean

# How often it goes otherwise than smoothly.
CHANCES = {
    "partial": 0.3,  # a delivery leaves in two or three shipments
    "short": 0.03,  # its last shipment lacks a piece
    "receipt_short": 0.1,
    "receipt_over": 0.05,
    "receipt_damaged": 0.1,
}
RESTOCK_BELOW, RESTOCK_BY = 10, 100


class Work:
    """One crew. `tell(flow, lane, document)` sends a document to the customer.

    books    books.Books
    pace     seconds between two steps
    restock  whether goods that run out are found again
    labels   whether parcels leave with its own labels; else the customer buys them
    """

    labels = True

    def __init__(self, books, tell, seed=0, pace=5.0, restock=False):
        self.books, self.tell, self.pace, self.seed = books, tell, float(pace), seed
        self.is_telling = lambda lane: False
        self.auto, self.restock, self.chances = True, restock, dict(CHANCES)
        self.snapshots = []
        self._due, self._order, self._last = [], itertools.count(), ""
        self._steps = {
            "new": self._accept,
            "accepted": self._begin,
            "waiting": self._pick,
            "picking": self._pack,
            "packed": self._ship_next,
            "arrived": self._unload,
            "receiving": self._receive_next,
        }
        books.work = self
        for record in [*books.records["delivery"].values(), *books.records["notice"].values()]:
            if record["state"] in OPEN:
                self._later(record)

    # -- the clock ---------------------------------------------------------------------

    def turn(self):
        """Do every step that is due."""
        while True:
            with self.books.lock:
                if not self._due or self._due[0][0] > time.monotonic():
                    return
                _at, _order, turn, record = heapq.heappop(self._due)
                # A change of the request has begun it anew: this step is of the old one.
                if turn == record.get("turn") and record["state"] in OPEN:
                    self._step(record)

    def _later(self, record, times=1.0):
        record["turn"] = next(self._order)
        at = time.monotonic() + self.pace * times * random.uniform(0.7, 1.3)
        heapq.heappush(self._due, (at, record["turn"], record["turn"], record))

    def _step(self, record):
        if not self.auto and record["state"] not in ("new",):
            return
        self._steps[record["state"]](record)
        self.books.keep(record)
        if record["state"] in OPEN:
            self._later(record, 5 if record["state"] == "waiting" else 1)

    def go_on(self, auto):
        """Work by itself, or wait for a person."""
        with self.books.lock:
            self.auto = bool(auto)
            for record in self._open_records() if auto else ():
                self._later(record)

    def _open_records(self):
        every = [*self.books.records["delivery"].values(), *self.books.records["notice"].values()]
        return [record for record in every if record["state"] in OPEN]

    # -- called by the books ---------------------------------------------------------------

    def begin(self, record):
        """A new or changed request."""
        chance = random.Random(f"{self.seed}/{record['id']}/{record['revision']}")
        record["plan"] = self._plan(record, chance)
        self.books.keep(record)
        self._later(record)

    def _plan(self, record, chance):
        """How many parts are still to come, and what is going to be amiss with the last one."""
        if record["what"] == "notice":
            names = [name for name in ("short", "over", "damaged") if self._hits(chance, name)]
            return {"parts": chance.choice([1, 1, 2]), "amiss": names[0] if names else None}
        parts = chance.choice([2, 3]) if chance.random() < self.chances["partial"] else 1
        short = chance.random() < self.chances["short"]
        return {"parts": parts if record["partial"] else 1, "amiss": "short" if short else None}

    def _hits(self, chance, name):
        return chance.random() < self.chances[f"receipt_{name}"]

    def is_being_told(self, record):
        return any(self.is_telling(paper["id"]) for paper in record["papers"])

    def put_back(self, record):
        for line in record["lines"].values():
            for lot, count in line["set_aside"]:
                self.books.shelf.put_back(record["warehouse"], line["sku"], lot, count)
            line["set_aside"] = []
        self.books.keep_shelf()

    def cancel(self, record):
        """What is packed leaves; of all else nothing (more) is done."""
        if record["state"] in ("shipped", "received", "packed"):
            return self._tell_status(record, "cancel_refused", reason="It is on its way.")
        self.put_back(record)
        return self._tell_status(record, "cancelled")

    # -- deliveries ----------------------------------------------------------------------

    def _accept(self, record):
        self._tell_status(record, "accepted")

    def _begin(self, record):
        if record["what"] == "notice":
            self._tell_status(record, "arrived")
        else:
            self._pick(record)

    def _pick(self, record):
        """Set the goods aside, all of them or none."""
        chosen = {}
        for number, line in record["lines"].items():
            aside = self.books.shelf.choose(
                record["warehouse"], line["sku"], line["asked"], line["lots"]
            )
            if aside is None:
                for done, lots in chosen.items():
                    for lot, count in lots:
                        sku = record["lines"][done]["sku"]
                        self.books.shelf.put_back(record["warehouse"], sku, lot, count)
                return self._wait(record, line)
            chosen[number] = aside
        for number, aside in chosen.items():
            record["lines"][number]["set_aside"] = aside
        self.books.keep_shelf()
        return self._tell_status(record, "picking")

    def _wait(self, record, line):
        if self.restock:
            self._find_goods(record["warehouse"], line["sku"])
        if record["state"] != "waiting":
            free = self.books.shelf.free(record["warehouse"], line["sku"])
            reason = f"There are {free} of {line['sku']}; {line['asked']} are asked for."
            self._tell_status(record, "waiting", reason=reason)

    def _pack(self, record):
        self._tell_status(record, "packed")

    def _ship_next(self, record):
        plan = record["plan"]
        plan["parts"] -= 1
        taken = self._share(record, plan["parts"] + 1)
        final = plan["parts"] <= 0 or taken == self._rest(record)
        if final:
            taken = self._rest(record)
            if plan["amiss"] == "short":
                taken = self._one_less(taken)
        self._ship(record, taken, final)

    @staticmethod
    def _rest(record):
        """{line: number of pieces} that are set aside still."""
        return {
            number: clean(sum(count for _lot, count in line["set_aside"]))
            for number, line in record["lines"].items()
            if line["set_aside"]
        }

    def _share(self, record, parts):
        """One of `parts` parts of what is left, a piece at least."""
        rest = self._rest(record)
        share = {number: int(count // parts) for number, count in rest.items()}
        if rest and not any(share.values()):
            first = next(iter(rest))
            share[first] = min(1, rest[first])
        return {number: count for number, count in share.items() if count}

    @staticmethod
    def _one_less(counts):
        if not counts:
            return counts
        most = max(counts, key=lambda number: counts[number])
        return {
            number: clean(max(0, count - (number == most)))
            for number, count in counts.items()
            if count - (number == most) > 0
        }

    def _ship(self, record, counts, final):
        """`counts`, {line: pieces}, leave in one parcel; with the last one the rest is put back."""
        lines = []
        for number, count in counts.items():
            line = record["lines"][number]
            for lot, here in self._draw(line, count):
                self.books.shelf.take_out(record["warehouse"], line["sku"], lot, here)
                lines.append((number, line["sku"], lot, here))
            line["moved"] = clean(line["moved"] + count)
            if self.restock:
                self._find_goods(record["warehouse"], line["sku"])
        short = final and any(line["set_aside"] for line in record["lines"].values())
        text = "A piece was not where it should be." if short else None
        if short:
            self.put_back(record)
        document = papers.shipment(
            record, self.books.number("S"), lines, final, self._now(), text, self.labels
        )
        record["papers"].append(document)
        self.books.keep_shelf()
        self.tell("shipments", record["id"], document)
        if final:
            self._tell_status(record, "shipped")

    @staticmethod
    def _draw(line, count):
        """Take pieces of what is set aside → [(lot, number)]."""
        drawn, left = [], []
        for lot, there in line["set_aside"]:
            here = min(there, count)
            count = clean(count - here)
            drawn += [(lot, here)] if here else []
            left += [[lot, clean(there - here)]] if there > here else []
        line["set_aside"] = left
        return drawn

    # -- receipts ------------------------------------------------------------------------

    def _unload(self, record):
        self._tell_status(record, "receiving")

    def _receive_next(self, record):
        plan = record["plan"]
        plan["parts"] -= 1
        final = plan["parts"] <= 0
        counts = {
            number: clean(line["asked"] - line["moved"])
            if final
            else int((line["asked"] - line["moved"]) // 2)
            for number, line in record["lines"].items()
        }
        counts = {number: count for number, count in counts.items() if count > 0}
        if final or counts:
            self._receive(record, counts, final, plan["amiss"] if final else None)

    def _receive(self, record, counts, final, amiss=None):
        if amiss == "short":
            counts = self._one_less(counts)
        if amiss == "over" and counts:
            first = next(iter(counts))
            counts[first] = clean(counts[first] + 1)
        lines, damaged = [], amiss == "damaged"
        for number, count in counts.items():
            line = record["lines"][number]
            line["moved"] = clean(line["moved"] + count)
            for lot, here in self._lots_of(record, line, count):
                if damaged:
                    lines.append((number, line["sku"], lot, 1, "damaged"))
                    here, damaged = clean(here - 1), False
                    self._lay_down(record, line, lot, 1, blocked=True)
                if here > 0:
                    lines.append((number, line["sku"], lot, here, "good"))
                    self._lay_down(record, line, lot, here)
        document = papers.receipt(
            record, self.books.number("R"), lines, final, self._now(), reason=amiss
        )
        record["papers"].append(document)
        self.books.keep_shelf()
        self.tell("receipts", record["id"], document)
        if final:
            self._tell_status(record, "received")

    def _lay_down(self, record, line, lot, count, blocked=False):
        """Goods come in. What is broken is set aside for good."""
        self.books.shelf.add(record["warehouse"], line["sku"], lot, count)
        if blocked:
            self.books.shelf.choose(record["warehouse"], line["sku"], count, {lot: count})

    def _lots_of(self, record, line, count):
        """[(lot, number)] as the goods are labelled."""
        tracking = self.books.items[line["sku"]].get("tracking", "none")
        if tracking == "serial":
            return [(self.books.number("SN"), 1) for _ in range(int(count))]
        if tracking == "lot":
            announced = sorted(line["lots"])
            return [(announced[0] if announced else self.books.number("L"), count)]
        return [("", count)]

    # -- stock ---------------------------------------------------------------------------

    def _find_goods(self, warehouse, sku):
        """The demo's shop sells for days: what runs out is found behind a shelf."""
        tracked = self.books.items[sku].get("tracking", "none") != "none"
        if not tracked and self.books.shelf.free(warehouse, sku) < RESTOCK_BELOW:
            text = "A pallet that nobody had announced."
            self._adjust(warehouse, sku, "", RESTOCK_BY, "FOUND", text)

    def adjust(self, warehouse, sku, delta, code, text="", lot=""):
        """Something is found, lost or broken. Raises Refused."""
        with self.books.lock:
            if sku not in self.books.items:
                raise Refused(400, f"There is no item {sku}.")
            if delta < 0 and self.books.shelf.lots(warehouse, sku).get(lot, 0) < -delta:
                raise Refused(400, f"There are not {-delta} of {sku} free.")
            return self._adjust(warehouse, sku, lot, delta, code, text)

    def _adjust(self, warehouse, sku, lot, delta, code, text):
        shelf = self.books.shelf
        shelf.add(warehouse, sku, lot, delta)
        self.books.keep_shelf()
        there = clean(sum(shelf.on_hand.get(warehouse, {}).get(sku, {}).values()))
        document = papers.adjustment(
            self.books.number("A"), warehouse, sku, lot, delta, there, code, text, self._now()
        )
        self.tell("adjustments", f"stock/{sku}", document)
        return document

    def count(self, warehouse, stale=False):
        """Tell what lies in a warehouse; `stale`: again as it was when it was told first."""
        with self.books.lock:
            number = self.books.number("C")
            document = papers.snapshot(number, warehouse, self.books.shelf, self._now())
            mine = [each for each in self.snapshots if each["warehouse"] == warehouse]
            if stale and mine:
                document = {**mine[0], "id": number}
            self.snapshots = [*self.snapshots[-20:], document]
            self.tell("snapshots", f"snapshot/{warehouse}", document)
            return document

    # -- by hand -------------------------------------------------------------------------

    def ship(self, number, how="all"):
        """A person ships a delivery: `all`, `part`, `short` of a piece, or `none` of it. Raises Refused."""
        with self.books.lock:
            record = self._opened("delivery", number)
            if record["state"] not in ("picking", "packed"):
                self._pick(record)
            if record["state"] == "waiting":
                raise Refused(409, f"The goods of {record['number']} are not all there.")
            rest = self._rest(record)
            if how == "part":
                counts = self._share(record, 2)
            else:
                counts = {"all": rest, "short": self._one_less(rest), "none": {}}[how]
            self._ship(record, counts, final=how != "part" or counts == rest)
            record["plan"]["parts"] = 1
            self.books.keep(record)
            return record["papers"][-1]

    def receive(self, number, how="exact"):
        """A person takes a receipt in: `exact`, `short`, `over`, or with one piece `damaged`."""
        with self.books.lock:
            record = self._opened("notice", number)
            rest = {
                key: clean(line["asked"] - line["moved"]) for key, line in record["lines"].items()
            }
            rest = {key: count for key, count in rest.items() if count > 0}
            self._receive(record, rest, True, None if how == "exact" else how)
            self.books.keep(record)
            return record["papers"][-1]

    def reject(self, what, number, reason="We do not handle these goods."):
        with self.books.lock:
            record = self._opened(what, number)
            self.put_back(record)
            self._tell_status(record, "rejected", reason=reason)

    def _opened(self, what, number):
        record = self.books.records[what].get(number)
        if not record or record["state"] not in OPEN:
            raise Refused(404, f"{number} is not open here.")
        return record

    # -- words ---------------------------------------------------------------------------

    def _tell_status(self, record, word, reason=None):
        if word != "cancel_refused":
            record["state"] = word
        self.books.keep(record)
        kind = {"delivery": "delivery", "notice": "receipt"}[record["what"]]
        reason = reason and {"text": reason}
        self.tell("statuses", record["id"], papers.status(kind, record, word, self._now(), reason))

    def _now(self):
        """RFC 3339 in UTC; every call a later one."""
        now = datetime.datetime.now(datetime.timezone.utc)
        text = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
        while text <= self._last:
            now += datetime.timedelta(microseconds=1)
            text = now.isoformat(timespec="microseconds").replace("+00:00", "Z")
        self._last = text
        return text


class Clock(threading.Thread):
    """Turns the work, from `start` until `end`."""

    def __init__(self, work):
        super().__init__(daemon=True, name="clock")
        self.work, self._ended = work, threading.Event()

    def run(self):
        while not self._ended.wait(min(0.1, self.work.pace / 4)):
            self.work.turn()

    def end(self):
        self._ended.set()
        self.join(5)
