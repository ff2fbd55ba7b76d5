"""The carrier's books: what was bought under which reference and key, what it cost, what was voided.

Both faces, the vendor-free one and UPS's, write into them; nothing is bought anywhere else.
"""

import collections
import hashlib
import random
import threading
import time

from simulators.depot import prices
from simulators.local import Refused

ACCOUNT = "LAKE01"
# Until then a label can be given back.
VOIDABLE = ("announced",)


class Books:
    """Shipments by number, parcels by tracking number, and the effect of every call.

    store      store.Store
    road       road.Road: told of what is new, and of what was voided
    forgetful  whether a call under a known key is done once more: such a carrier must be asked before
    lenient    whether labels are taken back though their parcels travel
    surcharge  how often a parcel costs more than was said
    """

    forgetful = False
    lenient = False
    surcharge = 0.05

    def __init__(self, store, seed=0):
        self.store, self.lock, self.seed = store, threading.RLock(), seed
        self.shipments, self.keys = store.load("shipment"), store.load("key")
        self.manifests = store.load("manifest")
        self.counts = store.load("book").get("counts") or {"serial": int(time.time()) % 9_000_000}
        self.parcels = {
            parcel["tracking"]: (shipment, parcel)
            for shipment in self.shipments.values()
            for parcel in shipment["parcels"]
        }
        self.repeats, self.road = 0, None

    # -- calls under a key -----------------------------------------------------------------

    def once(self, key, content, act):
        """Do what a call asks for, once for each key → (whether it was new, answer).

        content   its body, as bytes: another under the same key is refused
        act       function () → (answer, what it was about)
        """
        digest = hashlib.sha256(content).hexdigest()
        with self.lock:
            known = self.keys.get(key)
            if known and not self.forgetful:
                if known["digest"] != digest:
                    raise Refused(409, "This Idempotency-Key came before, with another body.")
                self.repeats += 1
                return False, known["answer"]
            answer, subject = act()
            effects = (known or {}).get("effects", 0) + 1
            self.keys[key] = {
                "digest": digest, "answer": answer, "subject": subject, "effects": effects,
            }  # fmt: skip
            self.store.keep("key", key, self.keys[key])
            return True, answer

    def look_up(self, key):
        """The answer that a call with this key was given, or None."""
        with self.lock:
            known = self.keys.get(key)
            return known and known["answer"]

    # -- money -----------------------------------------------------------------------------

    def buy(self, wish):
        """Take a shipment, whatever was taken before. Raises Refused.

        wish   {"face", "reference", "number", "service", "service_name", "level", "label", "from", "to",
               "parcels": [{"reference", "weight_kg"}], "returning"}; `level` is a key of prices.SERVICES
        """
        _check(wish)
        with self.lock:
            abroad = wish["from"]["country"] != wish["to"]["country"]
            weights = [parcel["weight_kg"] for parcel in wish["parcels"]]
            numbers = [self._tracking(wish["service"]) for _ in weights]
            quoted = prices.price(wish["level"], weights, abroad)
            extra = self._chance(numbers[0]).random() < self.surcharge
            shipment = {
                **wish,
                "id": numbers[0],
                "state": "bought",
                "bought_at": round(time.time(), 3),
                "quoted": str(quoted),
                "cost": str(quoted + (prices.SURCHARGE if extra else 0)),
                "currency": prices.CURRENCY,
                "parcels": [
                    {**parcel, "number": place, "tracking": tracking, "scans": []}
                    for place, (parcel, tracking) in enumerate(
                        zip(wish["parcels"], numbers, strict=True), 1
                    )
                ],
            }
            self.shipments[shipment["id"]] = shipment
            for parcel in shipment["parcels"]:
                self.parcels[parcel["tracking"]] = (shipment, parcel)
            self.road.begin(shipment)
            self.keep(shipment)
            return shipment

    def void(self, number):
        """Take a label back, and the money with it → the shipment. Raises Refused."""
        with self.lock:
            shipment = self.shipments.get(number)
            if not shipment:
                raise Refused(404, f"There is no shipment {number}.", "190102")
            if shipment["state"] == "void":
                raise Refused(409, f"{number} was voided before.", "190117")
            moved = [p for p in shipment["parcels"] if _state(p) not in VOIDABLE]
            if moved and not self.lenient:
                raise Refused(409, f"{moved[0]['tracking']} is on its way.", "190101")
            shipment["state"] = "void"
            shipment["voids"] = shipment.get("voids", 0) + 1
            self.keep(shipment)
            return shipment

    def close(self, reference, date, numbers):
        """Hand over a list of shipments → the manifest. Raises Refused."""
        with self.lock:
            wrong = [
                number
                for number in numbers
                if self.shipments.get(number, {"state": "void"})["state"] == "void"
            ]
            if wrong:
                raise Refused(422, f"There is no shipment {wrong[0]}, or it is void.")
            self.counts["manifest"] = self.counts.get("manifest", 0) + 1
            self.store.keep("book", "counts", self.counts)
            manifest = {
                "id": f"M{self.counts['manifest']:06d}",
                "reference": reference,
                "date": date,
                "shipments": numbers,
            }
            self.manifests[manifest["id"]] = manifest
            self.store.keep("manifest", manifest["id"], manifest)
            return manifest

    def found(self, reference):
        """Shipments that were bought under a reference and not voided, the oldest first."""
        with self.lock:
            return [
                each
                for each in self.shipments.values()
                if each["reference"] == reference and each["state"] != "void"
            ]

    def by_reference(self):
        """{reference: [numbers of all shipments that were ever bought under it]}"""
        with self.lock:
            found = collections.defaultdict(list)
            for number, shipment in self.shipments.items():
                found[shipment["reference"]].append(number)
            return dict(found)

    def money(self):
        """What is owed, in cents."""
        with self.lock:
            return sum(
                round(float(each["cost"]) * 100)
                for each in self.shipments.values()
                if each["state"] != "void"
            )

    # -- parcels ------------------------------------------------------------------------------

    def parcel(self, tracking):
        """(shipment, parcel), or None."""
        with self.lock:
            return self.parcels.get(tracking)

    def keep(self, shipment):
        self.store.keep("shipment", shipment["id"], shipment)

    def _chance(self, *words):
        return random.Random("/".join(map(str, (self.seed, *words))))

    def _tracking(self, service):
        self.counts["serial"] += 1
        self.store.keep("book", "counts", self.counts)
        code = service if len(service) == 2 and service.isdigit() else "03"
        return checked(f"1Z{ACCOUNT}{code}{self.counts['serial']:07d}")


def _state(parcel):
    return parcel["scans"][-1]["status"] if parcel["scans"] else "announced"


def _check(wish):
    """What the carrier refuses before it costs anything. Raises Refused."""
    if wish["level"] not in prices.SERVICES:
        raise Refused(422, f"There is no service {wish['service']}.", "111210")
    if not 1 <= len(wish["parcels"]) <= prices.MOST_PARCELS:
        raise Refused(422, f"A shipment has 1 to {prices.MOST_PARCELS} parcels.", "120602")
    for parcel in wish["parcels"]:
        if not 0 < parcel["weight_kg"] <= prices.HEAVIEST_KG:
            raise Refused(422, f"A parcel weighs up to {prices.HEAVIEST_KG} kg.", "120500")
    for whose in ("from", "to"):
        address = wish[whose]
        missing = [name for name in ("name", "street", "city", "country") if not address.get(name)]
        if missing:
            raise Refused(422, f"The address lacks {', '.join(missing)}.", "120200")


def checked(digits):
    """A number that begins with 1Z and has 17 signs, with the check digit that UPS's numbers end in."""
    values = [int(c) if c.isdigit() else (ord(c) - 63) % 10 for c in digits[2:]]
    total = sum(values[0::2]) + 2 * sum(values[1::2])
    return f"{digits}{-total % 10}"
