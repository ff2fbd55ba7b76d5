import json
import os
import random

from odoo.tests import tagged

from odoo.addons.seam.engine import backoff
from odoo.addons.seam.tests.engine.scripted import answer

from ..models import judge, seam_handler_crm_out
from ..models.seam_exception import CANDIDATES
from ..models.values import comparable
from .common import CrmCase
from .fake_crm import FakeCrm

# The whole proof: SEAM_RANDOM_EDITS=2000, with any SEAM_RANDOM_SEED
EDITS = int(os.environ.get("SEAM_RANDOM_EDITS") or 0)
SEED = int(os.environ.get("SEAM_RANDOM_SEED") or 6)
FAULT = 0.05
START = 30
# document's field → Odoo's, what people write there
FIELDS = {
    "title": ("function", ("Boss", "Chief", "Clerk", None)),
    "city": ("city", ("Bonn", "Ulm", "תל אביב", None)),
    "phone": ("phone", ("+49 30 1234567", "030 7654321", "ask Bob", None)),
    "street": ("street", ("Ring 5", "Allee 7", None)),
    # the CRM's own, and Odoo's own
    "zip": ("zip", ("10115", "53111", None)),
    "street2": ("street2", ("left", "right", None)),
}
HELD = ("failed", "waiting", "pending", "working", "sent")
HOUR = 3600


def next_delay(*args, _original=backoff.next_delay, **kwargs):
    """:return: an hour instead of some seconds, which a slow machine may take for a step"""
    delay = _original(*args, **kwargs)
    return delay if delay is None else HOUR + delay


@tagged("post_install", "-at_install")
class TestRandom(CrmCase):
    """Edits, new contacts, archives, deletes and merges at random on both sides, and faults
    of every kind: in the end both agree on every field, or a case about it is open; and
    when people have settled the cases, both agree on everything."""

    usual = 300
    fewest = START / 2
    code, model, handler = "contacts", "res.partner", "seam.handler.crm.contact"
    fake = FakeCrm

    def setUp(self):
        super().setUp()
        # one call after the other, or the dice would fall otherwise each time
        self.system.parallel = 1
        self.flows[f"{self.code}-out"].crm_new = True
        self.give_owners()
        self.patch(seam_handler_crm_out, "instant_of", lambda _moment: self.crm_instant())
        # it opens by the clock, and the dice are to fall as they did before
        self.patch(self.env.registry["seam.circuit"], "_admit", lambda _c, _id, wanted: (wanted, 0))
        # so do the pause that a 429 asks for, and the next try, which comes with ``hurry``
        self.patch(self.env.registry["seam.rate"], "_hold", lambda _rate, _id, _seconds: None)
        self.patch(backoff, "next_delay", next_delay)

    def give_owners(self):
        self.line("zip").owner = "theirs"
        self.line("street2").owner = "ours"

    def crm_instant(self):
        return int(self.crm.tick().timestamp() * 1_000_000)

    def begin(self, seed):
        self.dice, self.crm = random.Random(seed), self.fake()
        self.faulty, self.late = True, []
        self.edits = self.faults = self.here = self.there = 0
        known = self.env[self.model].with_context(active_test=False)
        self.first = known.search([], order="id desc", limit=1).id or 0
        for _number in range(START):
            self.add_there()
        self.hear_all()

    # -- what goes wrong on the way ----------------------------------------------------

    def falls(self):
        if self.faulty and self.dice.random() < FAULT:
            self.faults += 1
            return True
        return False

    def _script(self, connection, request):
        """Odoo's call: refused for now, failed before or after its effect, or answered."""
        self.crm.calls += 1
        if self.falls():
            return answer("429 Too Many Requests", b"{}", Retry_After="1")(connection, request)
        if self.falls():
            return answer("500 Internal Server Error", b"{}")(connection, request)
        status, content = self.crm.hear(request)
        if self.falls():
            return answer("500 Internal Server Error", b"{}")(connection, request)
        if self.falls():
            return False
        return answer(status, json.dumps(content).encode())(connection, request)

    def deliveries(self):
        """The CRM's news: some twice, some late, some lost."""
        news, self.crm.news, self.late = self.late + self.crm.news, [], []
        for document in news:
            if self.falls():
                self.late.append(document)
                continue
            if self.falls():
                continue
            yield document
            if self.falls():
                yield document

    # -- both sides --------------------------------------------------------------------

    def hear_all(self):
        self.commit()
        for document in self.deliveries():
            self.receive(self.flow_of(document), document, key=f"hook-{self.dice.random()}")
        self.hurry("in")
        self.drain()

    def send_all(self):
        self.commit()
        self.hurry("out")
        for _job in range(50):
            # a job gives its worker back after a moment
            self.drain("send")
            if "pending" not in self.unsent().mapped("state"):
                break

    def hurry(self, direction):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
            " WHERE state = 'waiting' AND direction = %s AND predecessor_id IS NULL",
            [direction],
        )
        self.env.invalidate_all()

    def catch_up(self):
        """What a pull does at night: all that is there comes again."""
        self.crm.news.clear()
        for document in self.crm.everything():
            self.receive(self.flow_of(document), document, key=f"pull-{document['id']}")

    def flow_of(self, document):
        return self.flows[self.code]

    def settle(self):
        """Go on without faults until nobody has anything to say."""
        self.faulty = False
        for _round in range(40):
            before = self.crm.calls, len(self.crm.news)
            self.hear_all()
            self.send_all()
            if before == (self.crm.calls, 0) and not self.crm.news and not self.unsent():
                return
        last = [json.loads(request.body) for request in self.server.requests[-6:]]
        ids = [int(document["odoo_id"]) for document in last[-2:]]
        keys = [document.get("id", "") for document in last[-2:]]
        waiting = [self.line_of(message) for message in self.unsent()[-5:]]
        held = [flow._hold_reason() for flow in self.flows.values()]
        self.fail("\n".join([f"They talk on: {held}", *waiting, *self.lines_of(keys, ids)]))

    def unsent(self):
        """:return: what goes out as soon as somebody looks"""
        held = self.held().filtered(lambda message: message.direction == "out")
        return held.filtered(
            lambda message: message.state != "failed" and message.fault_code != "order.predecessor"
        )

    # -- edits -------------------------------------------------------------------------

    def partners(self):
        """:return: partners of Odoo that take part, archived ones too"""
        partners = self.env["res.partner"].with_context(active_test=False)
        return partners.search(
            [("id", ">", self.first), ("is_company", "=", False), ("user_ids", "=", False)]
        )

    def values(self):
        number = self.dice.randrange(10**9)
        return {"name": f"Person {number}", "email": f"p{number}@x.example"}

    def add_there(self):
        self.crm.add(**self.values(), city="Bonn")

    def edit(self):
        self.edits += 1
        kinds = {"write": 80, "archive": 6, "add": 6, "delete": 4, "merge": 4}
        (kind,) = self.dice.choices([*kinds], [*kinds.values()])
        side = self.dice.choice([self.edit_here, self.edit_there])
        side(kind)

    def edit_there(self, kind):
        self.there += 1
        keys = self.keys()
        if kind == "add" or len(keys) < self.fewest:
            return self.add_there()
        key, other = self.dice.sample(keys, 2)
        if kind == "delete":
            return self.crm.delete(key)
        if kind == "merge":
            return self.crm.merge(key, other)
        if kind == "archive":
            return self.crm.change(key, archived=not self.crm.records[key]["archived"])
        return self.write_there(key)

    def keys(self):
        """:return: list of ids of the CRM, of records of which one is edited there"""
        return sorted(self.crm.records)

    def write_there(self, key):
        name = self.dice.choice([*FIELDS])
        return self.crm.change(key, **{name: self.dice.choice(FIELDS[name][1])})

    def edit_here(self, kind):
        self.here += 1
        partners = self.some_of(self.partners())
        if kind == "add" or len(partners) < self.fewest:
            return self.add_here()
        one, other = (partners.browse(id_) for id_ in self.dice.sample(partners.ids, 2))
        if kind == "delete":
            return one.unlink()
        if kind == "merge":
            return self.merge_here(one | other, one)
        if kind == "archive":
            return one.write({"active": not one.active})
        return self.write_here(one)

    def add_here(self):
        return self.partners().create(self.values())

    def some_of(self, partners):
        """:return: those of which one is edited in Odoo"""
        return partners

    def write_here(self, one):
        odoo, words = FIELDS[self.dice.choice([*FIELDS])]
        return one.write({odoo: self.dice.choice(words) or False})

    def merge_here(self, partners, stays):
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(partners.ids, stays)

    # -- what is to be true ------------------------------------------------------------

    def held(self):
        self.env.invalidate_all()
        return self.env["seam.message"].search(
            [("system_id", "=", self.system.id), ("state", "in", HELD)], order="id"
        )

    def disputed(self):
        """:return: (ids of the CRM, ids of partners) about which a person is asked"""
        held = self.held()
        keys = set(held.filtered(lambda m: m.direction == "in").mapped("ordering_key"))
        keys |= {self.crm.gone.get(key) for key in keys}
        candidates = self.candidates(held.exception_id)
        records = held.filtered(lambda m: m.direction == "out").mapped("res_id")
        return keys, set(records) | set(candidates.ids)

    def candidates(self, cases):
        return cases[CANDIDATES[self.model]].exists()

    def apart(self):
        """:return: list of what both sides do not agree on, and no person is asked about"""
        keys, ids = self.disputed()
        bound = self.bound(self.model)
        wrong = [("two ids", id_) for id_ in bound.values() if [*bound.values()].count(id_) > 1]
        partners = self.partners()
        for partner in partners:
            known = [key for key, id_ in bound.items() if id_ == partner.id]
            if partner.id not in ids and keys.isdisjoint(known):
                wrong += self.differences(partner, known)
        for key in self.crm.records.keys() - keys:
            # what was put away there before Odoo knew of it is not made
            if bound.get(key) not in {*partners.ids, *ids} and not (
                key not in bound and self.crm.records[key]["archived"]
            ):
                wrong.append(("not in Odoo", key))
        return wrong

    def differences(self, partner, known):
        if not known:
            # archived before it was ever told: nobody's new contact
            return [("not there", partner)] if partner.active else []
        record = self.crm.records.get(known[0])
        if record is None:
            # who knows that may use it on
            return [] if partner.id in self.buried() else [("deleted there", known[0], partner)]
        found = [
            (known[0], name, record["fields"].get(name), partner[odoo])
            for name, (odoo, _words) in self.fields_of(partner).items()
            if self.mean(name, record["fields"].get(name)) != self.mean(name, partner[odoo])
        ]
        if record["archived"] == partner.active:
            found.append((known[0], "archived", record["archived"], partner))
        return found

    def fields_of(self, partner):
        """:return: dict as ``FIELDS`` of what both sides are to agree on"""
        return FIELDS

    def buried(self):
        """:return: set of ids of partners of which Odoo knows that the CRM has them no more"""
        agreements = self.env["seam.crm.agreement"]
        ids = self.partners().ids
        return {
            id_
            for id_, (entries, _changed) in agreements._of(self.system.id, self.model, ids).items()
            if judge.is_gone(entries)
        }

    @staticmethod
    def mean(name, value):
        return comparable("phone" if name == "phone" else "text", value, "DE")

    # -- people settle what is open ----------------------------------------------------

    def decide(self):
        """:return: whether there was something to decide"""
        held = self.held().filtered(lambda message: message.state == "failed")
        for message in held:
            if message.exists() and message.state == "failed":
                self.decide_one(message)
                self.commit()
        return bool(held)

    def decide_some(self):
        """People decide some of what is open, while all others go on."""
        held = self.held().filtered(lambda message: message.state == "failed")
        for id_ in self.dice.sample(held.ids, min(3, len(held))):
            message = held.browse(id_)
            if message.exists() and message.state == "failed":
                self.decide_one(message)
        self.commit()

    def decide_one(self, message):
        key, code = message.ordering_key, message.fault_code
        if code == "order.predecessor":
            # tried for days, while somebody else thought about it
            self.decide_waiting(message)
        elif message.direction == "out":
            self.decide_refused(message)
        elif code == "owner.conflict":
            choice = self.dice.choice(["ours", "theirs", "merge"])
            self.env[message.flow_id.handler]._decide(message, choice, "By the dice.")
        elif code == "order.conflict":
            if key in self.crm.records:
                self.crm.delete(key)
            message._discard("Deleted there, too.")
        else:
            self.assertEqual(code, "master.ambiguous", self.line_of(message))
            self.decide_ambiguous(message, key)

    def decide_waiting(self, message):
        message._retry("Once more.")

    def decide_refused(self, message):
        self.assertEqual(message.fault_code, "transport.rejected", message.state_reason)
        message._discard("It is gone there.")

    def decide_ambiguous(self, message, key):
        candidates = self.candidates(message.exception_id)
        merged = self.env["seam.crm.merged"]._of(self.system.id, self.model, [key]).get(key)
        if merged:
            if key in self.crm.records and merged.into_id in self.crm.records:
                self.crm.merge(merged.into_id, key)
            elif key in self.crm.records:
                self.crm.delete(key)
            message._discard("Merged there, too.")
        elif len(candidates) < 2:
            # its other one is gone, or it only has the same phone number
            case = message.exception_id
            case.action_crm_new() if case.missing_code else message._retry("Again.")
        else:
            self.merge_here(candidates, candidates[self.dice.randrange(len(candidates))])

    def story(self):
        """:return: text of what happened to records that are apart"""
        bound = self.bound(self.model)
        lines = []
        for about in self.apart()[:3]:
            known = [word for word in about if isinstance(word, str) and word in self.crm.ids]
            ids = [word.id for word in about if hasattr(word, "_name")]
            ids += [bound[key] for key in known if key in bound]
            lines += [f"{about}", *self.lines_of(known, ids)]
        return "\n".join(lines)

    def lines_of(self, keys, ids):
        about = ["|", ("ordering_key", "in", keys), ("res_id", "in", ids)]
        domain = [("system_id", "=", self.system.id), *about]
        found = self.env["seam.message"].search(domain, order="id")
        return [self.line_of(message) for message in found[-25:]]

    @staticmethod
    def line_of(message):
        body = (message._body_bytes() or b"").decode()[:300]
        why = message.state_reason or ""
        return f"{message.id} {message.direction} {message.state} {message.res_id} {why} {body}"

    # -- the proof ---------------------------------------------------------------------

    def test_the_dust_settles(self):
        self.begin(SEED)
        self.run_wild()
        self.check_calls()
        self.settle_all()

    def run_wild(self):
        while self.edits < (EDITS or self.usual):
            for _edit in range(self.dice.randint(1, 12)):
                self.edit()
                if self.dice.random() < 0.3:
                    self.commit()
            for step in self.dice.sample([self.hear_all, self.send_all, self.decide_some], 2):
                step()
        self.settle()
        self.catch_up()
        self.settle()
        self.assertEqual(self.apart(), [], self.story())

    def check_calls(self):
        """No echo: when all is quiet nothing is said, and before no more than there was."""
        calls = self.crm.calls
        self.hear_all()
        self.send_all()
        again = [json.loads(r.body) for r in self.server.requests[calls:]]
        keys = [document.get("id") for document in again]
        self.assertFalse(again, "\n".join(self.lines_of(keys, [])))
        # a change here is a call; so is what is set back of what is changed there
        self.assertLess(calls, self.here + self.there + self.faults)

    def settle_all(self):
        for _round in range(10):
            if not self.decide():
                break
            self.settle()
            self.assertEqual(self.apart(), [])
        self.assertFalse(self.held().mapped("fault_message"))
        self.assertEqual(self.apart(), [])
