"""What the CRM's own sales people do: they edit, win and lose, enter somebody twice, merge and delete."""

import random
import time

from simulators.local import Refused

# How often each happens at a turn; the first that does is the turn's deed.
CHANCES = {
    "edit": 0.3,  # a contact's title or telephone, a deal's amount
    "advance": 0.3,  # a deal goes to the next stage
    "win": 0.1,
    "lose": 0.05,
    "hand_over": 0.03,  # an open deal is for another customer
    "duplicate": 0.02,  # somebody enters a contact that is there
    "merge": 0.02,  # two that are one are merged
    "archive": 0.01,
    "delete": 0.01,
}
STAGES = ("new", "qualified", "proposal")
STAFF = (
    {"id": "U1", "name": "Nora Lind", "email": "nora.lind@example.com"},
    {"id": "U2", "name": "Tom Okafor", "email": "tom.okafor@example.com"},
)
TITLES = ("Buyer", "Head of Purchasing", "Owner", "Store Manager", None)
REASONS = ("Too dear", "Bought elsewhere", "No need any more")


class People:
    """A turn every `pace` seconds. `tell` is in books.Books.

    auto   whether they work by themselves, or wait for a person at the page
    """

    def __init__(self, books, seed=0, pace=20.0, auto=True):
        self.books, self.pace, self.auto = books, float(pace), auto
        self.chances = dict(CHANCES)
        self.deeds = 0
        self._chance = random.Random(f"{seed}/people")
        self._next = time.monotonic() + self.pace

    def turn(self):
        """Do what is due."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self.pace * self._chance.uniform(0.7, 1.3)
        if self.auto:
            self.act()

    def act(self):
        """One deed by the chances, or none → its name."""
        deeds = {
            "edit": self._edit,
            "advance": self._advance,
            "win": self._win,
            "lose": self._lose,
            "hand_over": self._hand_over,
            "duplicate": self._duplicate,
            "merge": self._merge,
            "archive": self._archive,
            "delete": self._delete,
        }
        with self.books.lock:
            for name, chance in self.chances.items():
                if self._chance.random() < chance and deeds[name]():
                    self.deeds += 1
                    return name
        return None

    def _by(self):
        return self._chance.choice(STAFF)["name"]

    def _one(self, kind, wanted=lambda record: True):
        """One of the living, or None."""
        found = [each for each in self.books.living(kind) if wanted(each)]
        return self._chance.choice(found) if found else None

    def _open_deal(self):
        return self._one("deal", lambda deal: deal["status"] == "open" and not deal["archived"])

    def _unsold(self):
        """An open deal without an order: what is ordered costs what it costs."""
        return self._one("deal", lambda deal: deal["status"] == "open" and not deal["orders"])

    # -- deeds ---------------------------------------------------------------------------

    def _edit(self):
        kind = self._chance.choice(["contact", "contact", "company", "deal"])
        record = self._unsold() if kind == "deal" else self._one(kind)
        if not record:
            return None
        return self.books.edit(record["id"], self._by(), **self._change(record))

    def _change(self, record):
        number = f"+1 555 01{self._chance.randint(0, 99):02} {self._chance.randint(1000, 9999)}"
        amount = round(self._chance.uniform(50, 5000), 2)
        return {
            "contact": self._chance.choice(
                [{"title": self._chance.choice(TITLES)}, {"phone": number}]
            ),
            "company": {"phone": number},
            "deal": {"amount": amount},
        }[record["kind"]]

    def _advance(self):
        deal = self._open_deal()
        if not deal or deal["fields"].get("stage") == STAGES[-1]:
            return None
        stage = deal["fields"].get("stage")
        following = STAGES[STAGES.index(stage) + 1] if stage in STAGES else STAGES[0]
        return self.books.edit(deal["id"], self._by(), stage=following)

    def _win(self):
        deal = self._open_deal()
        return deal and self.books.edit(deal["id"], self._by(), status="won", stage="won")

    def _lose(self):
        deal = self._open_deal()
        reason = self._chance.choice(REASONS)
        return deal and self.books.edit(deal["id"], self._by(), status="lost", lost_reason=reason)

    def _hand_over(self):
        """To another company, or to a person and the company that she works for."""
        deal = self._unsold()
        buyer = deal and self._one(self._chance.choice(["company", "contact"]))
        if not buyer:
            return None
        named = self.books.reference(buyer)
        customer = {"company": buyer["fields"].get("company"), "contact": named}
        if buyer["kind"] == "company":
            customer = {"company": named, "contact": None}
        if customer == {name: deal["fields"].get(name) for name in customer}:
            return None
        return self.books.edit(deal["id"], self._by(), **customer)

    def _duplicate(self):
        contact = self._one("contact", lambda each: each["fields"].get("email"))
        return contact and self.duplicate(contact["id"], self._by())

    def _merge(self):
        """Two with one address, where there are two."""
        seen = {}
        for record in self.books.living("contact"):
            mail = record["fields"].get("email")
            if mail and mail in seen:
                return self.books.merge(record["id"], seen[mail], self._by())
            seen[mail] = record["id"]
        return None

    def _archive(self):
        contact = self._one("contact", lambda each: not each["archived"])
        return contact and self.books.edit(contact["id"], self._by(), archived=True)

    def _delete(self):
        contact = self._one("contact")
        return contact and self.books.edit(contact["id"], self._by(), deleted=True)

    # -- by hand as well -------------------------------------------------------------------

    def duplicate(self, id_, by="Somebody"):
        """Somebody enters a record that is there: with its address and an initial for the first name."""
        with self.books.lock:
            record = self.books.find(id_)
            if record["kind"] == "deal":
                raise Refused(400, "A contact or a company is entered twice.")
            fields = {name: record["fields"].get(name) for name in ("email", "country", "company")}
            known = {name: value for name, value in fields.items() if value}
            first, _, last = record["fields"]["name"].partition(" ")
            name = f"{first[0]}. {last}" if last else first
            return self.books.new(record["kind"], by, name=name, **known)
