"""A CRM of contacts that lives in this process, with users of its own and faults."""

import json
from datetime import datetime, timedelta, timezone
from itertools import count

FIELDS = ("name", "email", "title", "city", "phone", "street", "street2", "zip")


class FakeCrm:
    """Keeps contacts, changes them, takes what Odoo sends and tells of every change.

    It answers a key twice with the same, as a partner should, and knows a contact that
    Odoo made by Odoo's number. Ids are never used again.

    :ivar records: dict id → ``{"fields", "archived", "merged", "modified"}``
    :ivar gone: dict id → id it was merged into, or None where it was deleted
    :ivar deleted: dict id → document that tells of it
    :ivar news: list of documents that Odoo did not hear of yet, as of their change
    :ivar heard: how many calls took effect here
    """

    names = FIELDS

    def __init__(self):
        self.records, self.gone, self.deleted, self.news = {}, {}, {}, []
        self.by_key, self.by_odoo_id = {}, {}
        self.calls = self.heard = self.refused = 0
        self._numbers = count(1)
        self.clock = datetime(2030, 1, 1, tzinfo=timezone.utc)

    def tick(self):
        """:return: the moment, later with every look: both sides' clocks are this one"""
        self.clock += timedelta(seconds=1)
        return self.clock

    @property
    def ids(self):
        return self.records.keys() | self.gone.keys()

    # -- its own users -----------------------------------------------------------------

    def add(self, **fields):
        key = f"C-{next(self._numbers)}"
        empty = dict.fromkeys(self.names)
        self.records[key] = {"fields": empty, "merged": [], "archived": False}
        self.change(key, **fields)
        return key

    def change(self, key, archived=None, **fields):
        record = self.records[key]
        record["fields"].update(fields)
        if archived is not None:
            record["archived"] = archived
        self.tell(key)

    def delete(self, key):
        """With it goes what was merged into it."""
        for each in (key, *self.records.pop(key)["merged"]):
            self.gone[each] = None
            self.deleted[each] = {"id": each, "modified": self.stamp(), "deleted": True}
            self.news.append(self.deleted[each])

    def merge(self, key, other):
        """``other`` becomes a part of ``key``."""
        record, lost = self.records[key], self.records.pop(other)
        self.gone[other] = key
        record["merged"] += [other, *lost["merged"]]
        for name, value in lost["fields"].items():
            if record["fields"].get(name) is None:
                record["fields"][name] = value
        self.tell(key)

    def tell(self, key):
        self.records[key]["modified"] = self.stamp()
        self.news.append(self.document(key))

    def stamp(self):
        return self.tick().strftime("%Y-%m-%dT%H:%M:%SZ")

    def document(self, key):
        record = json.loads(json.dumps(self.records[key]))
        if not record["merged"]:
            del record["merged"]
        return {"id": key, **record}

    def everything(self):
        """:return: list of documents of all that is there, and of what was deleted"""
        return [*(self.document(key) for key in self.records), *self.deleted.values()]

    # -- Odoo calls --------------------------------------------------------------------

    def hear(self, request):
        """:return: (status line, answer)"""
        key = request.headers["idempotency-key"]
        if key not in self.by_key:
            self.by_key[key] = self.obey(json.loads(request.body))
        return self.by_key[key]

    def obey(self, document):
        key = document.get("id") or self.by_odoo_id.get(document["odoo_id"])
        if key in self.gone:
            if document.get("deleted"):
                return "200 OK", {"id": key}
            self.refused += 1
            return "404 Not Found", {"title": "It was deleted."}
        self.heard += 1
        if key is None:
            key = self.add(**self.told(document))
            self.by_odoo_id[document["odoo_id"]] = key
            # whoever is told of it is told by whom it was made
            for each in (self.records[key], self.news[-1]):
                each["odoo_id"] = document["odoo_id"]
            return "200 OK", {"id": key}
        if document.get("deleted"):
            self.delete(key)
            return "200 OK", {"id": key}
        for other in document.get("merged", ()):
            if other in self.records:
                self.merge(key, other)
        self.change(key, document.get("archived"), **self.told(document))
        return "200 OK", {"id": key}

    def told(self, document):
        """:return: dict of what Odoo tells of a record"""
        return document.get("fields", {})


class FakeDeals(FakeCrm):
    """Keeps deals, which are open, won or lost besides."""

    names = ("name", "stage", "amount", "currency", "close_date", "company", "contact")

    def change(self, key, archived=None, status=None, **fields):
        record = self.records[key]
        record["status"] = status or record.get("status", "open")
        super().change(key, archived, **fields)

    def told(self, document):
        told = {"status": document["status"]} if "status" in document else {}
        return {**super().told(document), **told}


class FakePeople(FakeCrm):
    """Keeps companies besides, of each contact for which one it works, and of each company to
    which one it belongs.

    Who worked for a company that is deleted works for nobody; for one that was merged, for
    the one that stays: of both it tells. Whoever names a company that was deleted is refused,
    and so is who would belong to itself.

    :ivar kinds: dict id → ``companies`` or ``contacts``
    """

    names = (*FIELDS, "company", "parent")
    links = {"companies": "parent", "contacts": "company"}

    def __init__(self):
        super().__init__()
        self.kinds = {}

    def add(self, kind=None, **fields):
        self.kind = kind or self.heard_of
        return super().add(**fields)

    def document(self, key):
        kind = self.kinds.setdefault(key, self.kind)
        document = super().document(key)
        for name in ("title", "company") if kind == "companies" else ("parent",):
            del document["fields"][name]
        return document

    def change(self, key, archived=None, **fields):
        for name in self.links.values():
            if fields.get(name):
                fields[name] = {"id": fields[name]["id"]}
        super().change(key, archived, **fields)

    def company(self, key):
        """:return: id of the company that a record belongs to, or None"""
        fields = self.records[key]["fields"]
        company = fields[self.links[self.kinds[key]]]
        return company and company["id"]

    def join(self, key, company):
        """:param company: id or None"""
        name = self.links[self.kinds[key]]
        self.change(key, **{name: company and {"id": company}})

    def above(self, key):
        """:return: list of ids: a company, its company and so on"""
        found = []
        while key and key not in found:
            found.append(key)
            key = self.company(key)
        return found

    def staff(self, key):
        """:return: list of ids of those who belong to a company"""
        return [each for each in self.records if self.company(each) == key]

    def delete(self, key):
        super().delete(key)
        for each in self.staff(key):
            self.join(each, None)

    def merge(self, key, other):
        name = self.links[self.kinds[key]]
        for each, stays in ((key, other), (other, key)):
            # nobody belongs to itself
            if stays in self.above(self.company(each)):
                self.records[each]["fields"][name] = None
        staff = self.staff(other)
        super().merge(key, other)
        for each in staff:
            self.join(each, None if each in self.above(key) else key)

    def hear(self, request):
        self.heard_of = request.target.strip("/").removesuffix("-out")
        return super().hear(request)

    def obey(self, document):
        name = self.links[self.heard_of]
        company = (document.get("fields") or {}).get(name)
        if company:
            key = self.last(company["id"])
            if key is None or document.get("id") in self.above(key):
                self.refused += 1
                return "422 Unprocessable Content", {"title": "It cannot be its company."}
            document["fields"][name] = {"id": key}
        return super().obey(document)

    def last(self, key):
        """:return: id of what a record is by now, after all merges; None where it is deleted"""
        while key and key not in self.records:
            key = self.gone[key]
        return key
