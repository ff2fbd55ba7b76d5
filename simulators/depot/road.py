"""Parcels on their way: each step is a scan, `pace` seconds after the one before.

What is to become of a parcel is drawn when its label is bought: most arrive, some after trouble, a few never.
"""

import datetime
import heapq
import itertools
import random
import time

# How often it goes otherwise than smoothly.
CHANCES = {
    "held": 0.04,  # waits on its way, and goes on
    "failed": 0.06,  # is delivered at the second try
    "returning": 0.02,  # comes back
    "lost": 0.01,
    "silent": 0.02,  # nothing is heard of it any more
}
# {place: (latitude, longitude)}
HUBS = {
    "Louisville, KY, US": (38.19, -85.74),
    "Columbus, OH, US": (39.96, -83.0),
    "Dallas, TX, US": (32.78, -96.8),
    "Ontario, CA, US": (34.06, -117.65),
}
TEXTS = {
    "announced": "Shipper created a label",
    "accepted": "Origin scan",
    "in_transit": "Arrived at facility",
    "out_for_delivery": "Out for delivery",
    "delivered": "Delivered",
    "held": "The package is held for a later delivery",
    "failed": "The receiver was not available",
    "returning": "The receiver did not want it; returned to shipper",
    "returned": "Returned to shipper",
    "lost": "The package is lost; an investigation is open",
}
ENDS = ("delivered", "returned", "lost")


class Road:
    """`tell(shipment, parcel, scan)` is called for every scan.

    books   books.Books
    pace    seconds between two scans of a parcel
    auto    whether parcels travel by themselves
    """

    def __init__(self, books, tell, seed=0, pace=20.0):
        self.books, self.tell, self.seed, self.pace = books, tell, seed, float(pace)
        self.auto, self.chances = True, dict(CHANCES)
        self._due, self._order = [], itertools.count()
        books.road = self
        for shipment, parcel in books.parcels.values():
            if shipment["state"] != "void" and parcel["plan"]:
                self._later(parcel)

    # -- the clock -----------------------------------------------------------------------

    def turn(self):
        """Do every step that is due."""
        while True:
            with self.books.lock:
                if not self._due or self._due[0][0] > time.monotonic():
                    return
                _at, _order, tracking = heapq.heappop(self._due)
                shipment, parcel = self.books.parcels[tracking]
                if not self.auto:
                    self._later(parcel)
                    return
                self._step(shipment, parcel)
                if parcel["plan"] and shipment["state"] != "void":
                    self._later(parcel)

    def _later(self, parcel):
        at = time.monotonic() + self.pace * random.uniform(0.7, 1.3)
        heapq.heappush(self._due, (at, next(self._order), parcel["tracking"]))

    def _step(self, shipment, parcel):
        if shipment["state"] == "void" or not parcel["plan"]:
            return
        status, place = parcel["plan"].pop(0)
        self._scan(shipment, parcel, status, place)

    # -- called by the books ---------------------------------------------------------------

    def begin(self, shipment):
        """The parcels of a new shipment: their labels are known, and what is to come is drawn."""
        for parcel in shipment["parcels"]:
            chance = random.Random(f"{self.seed}/{shipment['reference']}/{parcel['reference']}")
            parcel["plan"] = self._plan(shipment, chance)
            parcel["promised"] = _day(3 + chance.randint(0, 2))
            self._scan(shipment, parcel, "announced", _place(shipment["from"]))
            self._later(parcel)

    def _plan(self, shipment, chance):
        """[(status, place)] of the scans that are to come."""
        start, end = _place(shipment["from"]), _place(shipment["to"])
        hubs = [("in_transit", hub) for hub in chance.sample(list(HUBS), chance.choice([1, 1, 2]))]
        way = [("accepted", start), *hubs]
        fate = self._fate(chance)
        if fate == "lost":
            return [*way, ("lost", hubs[-1][1])]
        if fate == "silent":
            return way[: chance.randint(1, len(way))]
        if fate == "held":
            way += [("held", hubs[-1][1]), ("in_transit", hubs[-1][1])]
        last = [("out_for_delivery", end), ("delivered", end)]
        if fate == "failed":
            return [*way, last[0], ("failed", end), *last]
        if fate == "returning":
            return [*way, last[0], ("failed", end), ("returning", end), ("returned", start)]
        return [*way, *last]

    def _fate(self, chance):
        for name, share in self.chances.items():
            if chance.random() < share:
                return name
        return "delivered"

    # -- by hand -------------------------------------------------------------------------

    def scan(self, tracking, status, place=""):
        """A person scans a parcel: its plan goes on from there. Raises ValueError."""
        with self.books.lock:
            if status not in TEXTS:
                raise ValueError(f"There is no status {status}; there are {', '.join(TEXTS)}.")
            found = self.books.parcel(tracking)
            if not found:
                raise ValueError(f"There is no parcel {tracking}.")
            shipment, parcel = found
            where = place or (parcel["scans"][-1]["place"] if parcel["scans"] else "")
            if status in ENDS:
                parcel["plan"] = []
            self._scan(shipment, parcel, status, where)
            return parcel["scans"][-1]

    def is_travelling(self):
        """How many parcels are still to be scanned."""
        with self.books.lock:
            return sum(
                bool(parcel["plan"])
                for shipment, parcel in self.books.parcels.values()
                if shipment["state"] != "void"
            )

    def _scan(self, shipment, parcel, status, place):
        scan = {
            "status": status,
            "at": self._now(parcel),
            "place": place,
            "text": TEXTS[status],
            "promised": parcel["promised"],
        }
        if place in HUBS:
            scan["latitude"], scan["longitude"] = HUBS[place]
        parcel["scans"].append(scan)
        self.books.keep(shipment)
        self.tell(shipment, parcel, scan)

    @staticmethod
    def _now(parcel):
        """RFC 3339 in UTC and whole seconds, each scan of a parcel later than the one before."""
        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        if parcel["scans"]:
            now = max(now, moment(parcel["scans"][-1]["at"]) + datetime.timedelta(seconds=1))
        return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def _place(address):
    return ", ".join(filter(None, (address["city"], address.get("state"), address["country"])))


def _day(days):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return (today + datetime.timedelta(days=days)).isoformat()
