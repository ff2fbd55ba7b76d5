"""The CRM's books: companies, contacts and deals, and what each call of the customer's ERP did to them."""

import collections
import datetime
import hashlib
import threading
import time

from simulators.local import Refused
from simulators.office import words

ODOO = "Odoo"
LETTERS = {"company": "A", "contact": "P", "deal": "D"}
STATUSES = ("open", "won", "lost")


class Books:
    """Records by kind and id, and the effect of every call.

    store    store.Store
    tell     function record → None: it was changed

    forgetful  whether a call under a known key is done once more: such a CRM must be asked before
    """

    forgetful = False

    def __init__(self, store, tell=lambda record: None):
        self.store, self.tell, self.lock = store, tell, threading.RLock()
        self.records = {kind: store.load(kind) for kind in words.PATHS}
        self.keys = store.load("key")
        kept = store.load("book")
        self.counts = kept.get("counts") or {"series": f"{int(time.time()) % 10**7:x}"}
        # how often the ERP wrote a record, and how often it told nothing new
        self.writes, self.idle = collections.Counter(), collections.Counter()
        self.repeats, self._last = 0, datetime.datetime.now(datetime.timezone.utc)

    def begin(self, records):
        """Fill books that are empty. `records` are as `new` takes them."""
        if not any(self.records.values()):
            for record in records:
                self.new(**record)

    # -- calls -------------------------------------------------------------------------

    def take(self, kind, key, content, document):
        """Do what a call asks for, once for each key → (whether it was new, answer).

        content   the call's body, as bytes
        Raises Refused.
        """
        digest = hashlib.sha256(kind.encode() + b"\n" + content).hexdigest()
        with self.lock:
            known = self.keys.get(key)
            if known and not self.forgetful:
                if known["digest"] != digest:
                    raise Refused(409, "This Idempotency-Key came before, with another body.")
                self.repeats += 1
                return False, known["answer"]
            record, made = self._write(kind, document)
            answer = {"id": record["id"], "modified": record["modified"]}
            self._note(key, digest, kind, record["id"], made, answer)
            return True, answer

    def _note(self, key, digest, kind, id_, made, answer):
        """The one place where an effect is counted."""
        effects = self.keys.get(key, {}).get("effects", 0) + 1
        self.keys[key] = {
            "digest": digest,
            "kind": kind,
            "id": id_,
            "made": made,
            "answer": answer,
            "effects": effects,
        }
        self.store.keep("key", key, self.keys[key])

    def look_up(self, kind, key):
        """The answer that a call with this key was given, or None."""
        with self.lock:
            known = self.keys.get(key)
            return known["answer"] if known and known["kind"] == kind else None

    def _write(self, kind, document):
        """(record, whether it was made)"""
        self._check(kind, document)
        record = self._known(kind, document) if "id" in document else None
        if record is None and document.get("deleted"):
            raise Refused(404, "What is to be deleted is not there.")
        made = record is None
        if made:
            record = self._blank(kind, odoo_id=document["odoo_id"])
        before = words.document(record), list(record["orders"])
        self._fill(record, document)
        self.writes[record["id"]] += 1
        if (words.document(record), record["orders"]) == before:
            self.idle[record["id"]] += 1
        else:
            self._changed(record, ODOO)
        for id_ in document.get("merged", ()):
            self._absorb(record, id_, ODOO)
        return record, made

    def _known(self, kind, document):
        record = self.records[kind].get(document["id"])
        if not record:
            raise Refused(404, f"There is no {kind} {document['id']}.")
        if record["merged_into"]:
            raise Refused(410, f"{record['id']} was merged into {record['merged_into']}.")
        if record["deleted"] and not document.get("deleted"):
            raise Refused(410, f"{record['id']} was deleted here.")
        return record

    def _check(self, kind, document):
        unknown = set(document.get("fields", ())) - set(words.FIELDS[kind])
        if unknown:
            raise Refused(422, f"A {kind} has no {', '.join(sorted(unknown))}.")
        for name, other in words.REFERENCES.items():
            value = document.get("fields", {}).get(name)
            if value and value["id"] not in self.records[other]:
                raise Refused(422, f"There is no {other} {value['id']}.")

    def _fill(self, record, document):
        """What a document tells, of whichever side; others are called what they are called here."""
        for name, value in document.get("fields", {}).items():
            other = words.REFERENCES.get(name)
            known = value and self.records[other].get(value["id"]) if other else None
            record["fields"][name] = self.reference(known) if known else value
        record["custom"].update(document.get("custom", {}))
        for name in ("archived", "deleted", "status", "lost_reason", "lines", "orders"):
            if name in document:
                record[name] = document[name]

    def _absorb(self, record, id_, by):
        other = self.records[record["kind"]].get(id_)
        if other and not other["merged_into"] and other is not record:
            self._merge(other, record, by)

    # -- what the CRM's own people do ------------------------------------------------------

    def new(self, kind, by="Somebody", id=None, **values):
        """Make a record → the record. Raises Refused.

        values   fields; status, lines, custom where they have such names
        """
        with self.lock:
            told = self._sorted(kind, values)
            if not told["fields"].get("name"):
                raise Refused(400, "It needs a name.")
            record = self._blank(kind, id_=id)
            self._fill(record, told)
            self._changed(record, by)
            return record

    def edit(self, id_, by="Somebody", **values):
        """Change fields of a record → the record. Raises Refused."""
        with self.lock:
            record = self.find(id_)
            self._fill(record, self._sorted(record["kind"], values))
            self._changed(record, by)
            return record

    def _sorted(self, kind, values):
        own = {name: value for name, value in values.items() if name in words.FIELDS[kind]}
        rest = {name: value for name, value in values.items() if name not in own}
        unknown = set(rest) - {"status", "lost_reason", "lines", "custom", "archived", "deleted"}
        if unknown:
            raise Refused(400, f"A {kind} has no {', '.join(sorted(unknown))}.")
        if rest.get("status", "open") not in STATUSES:
            raise Refused(400, f"A deal is {', '.join(STATUSES)}.")
        return {"fields": own, **rest}

    def merge(self, id_, into, by="Somebody"):
        """One becomes a part of another of its kind → the survivor. Raises Refused."""
        with self.lock:
            record, survivor = self.find(id_), self.find(into)
            if record["kind"] != survivor["kind"] or record is survivor:
                raise Refused(400, "Two records of one kind are merged.")
            return self._merge(record, survivor, by)

    def _merge(self, record, survivor, by):
        record.update(merged_into=survivor["id"], deleted=True)
        survivor["absorbed"] += [record["id"], *record["absorbed"]]
        self._changed(record, by, told=False)
        self._changed(survivor, by)
        for other, name in self._naming(record["id"]):
            other["fields"][name] = self.reference(survivor)
            self._changed(other, by)
        return survivor

    def _naming(self, id_):
        return [
            (record, name)
            for records in self.records.values()
            for record in records.values()
            for name in words.REFERENCES
            if not record["deleted"] and (record["fields"].get(name) or {}).get("id") == id_
        ]

    def tell_again(self, id_):
        """Tell of a record as it is."""
        with self.lock:
            self.tell(self.find(id_, gone=True))

    # -- records -------------------------------------------------------------------------

    def find(self, id_, gone=False):
        """The record, of whichever kind. Raises Refused."""
        for records in self.records.values():
            if id_ in records and (gone or not records[id_]["deleted"]):
                return records[id_]
        raise Refused(404, f"There is no {id_} here.")

    def living(self, kind):
        with self.lock:
            return [record for record in self.records[kind].values() if not record["deleted"]]

    @staticmethod
    def reference(record):
        return {"id": record["id"], "name": record["fields"]["name"]}

    def _blank(self, kind, id_=None, odoo_id=None):
        record = {
            "id": id_ or self._number(LETTERS[kind]),
            "kind": kind,
            "odoo_id": odoo_id,
            "modified": "",
            "modified_by": "",
            "archived": False,
            "deleted": False,
            "merged_into": None,
            "absorbed": [],
            "fields": {},
            "custom": {},
            "status": "open",
            "lost_reason": None,
            "lines": [],
            "orders": [],
        }
        self.records[kind][record["id"]] = record
        return record

    def _changed(self, record, by, told=True):
        record["modified"], record["modified_by"] = self._now(), by
        self.store.keep(record["kind"], record["id"], record)
        if told:
            self.tell(record)

    def _number(self, letter):
        """The next number of a kind, unlike those of any other CRM that ever began."""
        self.counts[letter] = self.counts.get(letter, 0) + 1
        self.store.keep("book", "counts", self.counts)
        return f"{letter}{self.counts['series']}-{self.counts[letter]:05d}"

    def _now(self):
        """RFC 3339 in UTC; every call a later one."""
        now = datetime.datetime.now(datetime.timezone.utc)
        self._last = max(now, self._last + datetime.timedelta(microseconds=1))
        return self._last.isoformat(timespec="microseconds").replace("+00:00", "Z")
