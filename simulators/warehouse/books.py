"""The warehouse's books: what it was asked for, under which key, and what that did."""

import copy
import hashlib
import threading
import time

from simulators.local import Refused
from simulators.warehouse.shelf import Shelf, clean

OPEN = ("new", "accepted", "waiting", "picking", "packed", "arrived", "receiving")
# Nobody does anything of these any more, and the customer may ask anew.
DROPPED = ("cancelled", "rejected")
WHAT = ("product", "delivery", "notice")


class Books:
    """Items, requests, and the effect of every call. What is done about them is in `work.py`.

    store    store.Store
    work     work.Work: told of what is new, changed and cancelled
    stock    {warehouse: {sku: {lot or "": number}}} of a warehouse that begins
    items    [{"sku", "name", "tracking"}] that it knows from the beginning

    forgetful   whether a call under a known key is done once more: such a warehouse must be asked before
    """

    forgetful = False

    def __init__(self, store, stock=None, items=()):
        self.store, self.lock = store, threading.RLock()
        self.items = store.load("item")
        self.records = {"delivery": store.load("delivery"), "notice": store.load("notice")}
        self.keys = store.load("key")
        kept = store.load("book")
        shelf = kept.get("shelf") or {"on_hand": copy.deepcopy(stock or {})}
        self.shelf = Shelf(**shelf)
        self.counts = kept.get("counts") or {"series": f"{int(time.time()) % 10**7:x}"}
        self.repeats, self.work, self._last = 0, None, ""
        for item in items:
            self.items.setdefault(item["sku"], {"unit": "Units", "tracking": "none", **item})

    # -- calls -------------------------------------------------------------------------

    def take(self, what, key, content, document):
        """Do what a call asks for, once for each key → (whether it was new, answer).

        what      one of WHAT
        key       the call's Idempotency-Key
        content   its body, as bytes
        Raises Refused.
        """
        digest = hashlib.sha256(what.encode() + b"\n" + content).hexdigest()
        with self.lock:
            known = self.keys.get(key)
            if known and not self.forgetful:
                return False, self._again(known, digest)
            act = {
                "product": self._take_product,
                "delivery": self._take_request,
                "notice": self._take_request,
            }[what]
            answer, subject = act(what, document)
            self._note(key, digest, what, subject, answer)
            return True, answer

    def _again(self, known, digest):
        if known["digest"] != digest:
            raise Refused(409, "This Idempotency-Key came before, with another body.")
        self.repeats += 1
        return known["answer"]

    def _note(self, key, digest, what, subject, answer):
        """The one place where an effect is counted."""
        effects = self.keys.get(key, {}).get("effects", 0) + 1
        self.keys[key] = {
            "digest": digest,
            "what": what,
            "subject": subject,
            "answer": answer,
            "effects": effects,
        }
        self.store.keep("key", key, self.keys[key])

    def look_up(self, what, key):
        """The answer that a call with this key was given, or None."""
        with self.lock:
            known = self.keys.get(key)
            return known["answer"] if known and known["what"] == what else None

    # -- items -------------------------------------------------------------------------

    def _take_product(self, _what, document):
        sku, known = document["sku"], self.items.get(document["sku"], {})
        if known.get("modified", "") <= document["modified"]:
            self.items[sku] = document
            self.store.keep("item", sku, document)
        return {"id": f"ITEM-{sku}", "state": "known"}, f"{sku}/{document['modified']}"

    def pieces(self, line):
        """How many of the item's own unit a line asks for. Raises Refused."""
        item = self.items.get(line["sku"])
        if not item:
            raise Refused(422, f"There is no item {line['sku']} in this warehouse.")
        unit = line.get("unit", item["unit"])
        if unit == item["unit"]:
            return clean(line["quantity"])
        factors = {each["unit"]: each["factor"] for each in item.get("units", ())}
        if unit not in factors:
            raise Refused(422, f"Item {line['sku']} is not kept in {unit}.")
        return clean(line["quantity"] * factors[unit])

    # -- deliveries and notices ----------------------------------------------------------

    def _take_request(self, what, document):
        known = self.records[what].get(document["id"])
        subject = f"{document['id']}/{document['revision']}"
        if known and document["revision"] <= known["revision"]:
            return self._answer(known), subject
        if document["action"] == "cancel":
            record = self._cancel(what, known, document)
        elif known and known["state"] not in DROPPED:
            record = self._change(what, known, document)
        else:
            record = self._open(what, document)
        return self._answer(record), subject

    @staticmethod
    def _answer(record):
        return {"id": record["wms_id"], "state": record["state"]}

    def _open(self, what, document):
        before = self.records[what].get(document["id"], {})
        letter = {"delivery": "D", "notice": "N"}[what]
        record = {
            "id": document["id"],
            "what": what,
            "wms_id": before.get("wms_id") or self.number(letter),
            "state": "new",
            "papers": before.get("papers", []),
            **self._wish(document),
        }
        self.records[what][record["id"]] = record
        self.work.begin(record)
        return record

    def _wish(self, document):
        """What a request or a change says, in our own words. `moved` is what left or came since."""
        return {
            "revision": document["revision"],
            "number": document["number"],
            "warehouse": document["warehouse"],
            "origin": document.get("origin"),
            "carrier": document.get("carrier"),
            "partial": document.get("partial", True),
            "urgent": document.get("priority") == "urgent",
            "to": document.get("address", {}).get("name"),
            "lines": {
                line["id"]: {
                    "sku": line["sku"],
                    "asked": self.pieces(line),
                    "moved": 0,
                    "lots": {each["lot"]: each["quantity"] for each in line.get("lots", ())},
                    "set_aside": [],
                }
                for line in document["lines"]
            },
        }

    def _change(self, what, record, document):
        if record["state"] not in OPEN:
            raise Refused(409, f"{record['number']} is {record['state']} already.")
        if self.work.is_being_told(record):
            raise Refused(503, f"{record['number']} is on its way out.", retry_after=2)
        wish = self._wish(document)
        self.work.put_back(record)
        record.update(wish, state="new")
        self.work.begin(record)
        return record

    def _cancel(self, what, record, document):
        if not record:
            raise Refused(404, f"There is no {document['id']} here.")
        record["revision"] = document["revision"]
        self.work.cancel(record)
        return record

    # -- what the parts of the warehouse share -----------------------------------------------

    def keep(self, record):
        self.store.keep(record["what"], record["id"], record)

    def keep_shelf(self):
        self.store.keep("book", "shelf", self.shelf.as_dict())

    def number(self, letter):
        """The next number of a kind, unlike those of any other warehouse that ever began."""
        self.counts[letter] = self.counts.get(letter, 0) + 1
        self.store.keep("book", "counts", self.counts)
        return f"{letter}{self.counts['series']}-{self.counts[letter]:06d}"
