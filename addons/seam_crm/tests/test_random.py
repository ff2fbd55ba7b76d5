import json
import random
from datetime import datetime, timedelta, timezone

from odoo.tests import tagged

from odoo.addons.seam.tests.engine.scripted import answer

from .common import CrmCase

WORDS = ("Boss", "Chief", "Clerk", None)
FIELDS = {"title": "function", "city": "city"}


class FakeCrm:
    """Keeps contacts, changes them, and takes what Odoo sends. It counts the calls."""

    def __init__(self):
        self.records = {}
        self.news = set()
        self.calls = 0
        self.clock = datetime.now(timezone.utc) + timedelta(days=1)

    def change(self, key, **values):
        self.clock += timedelta(seconds=1)
        record = self.records.setdefault(key, {"fields": {"name": f"Contact {key}"}})
        record["fields"].update(values)
        record["modified"] = self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.news.add(key)

    def hear(self, body):
        self.calls += 1
        document = json.loads(body)
        self.change(document["id"], **document.get("fields", {}))

    def document(self, key):
        return {"id": key, **json.loads(json.dumps(self.records[key]))}


@tagged("post_install", "-at_install")
class TestRandom(CrmCase):
    """Edits at random on both sides, and calls that fail: in the end both agree on every
    field, or a conflict about it is open."""

    def _script(self, connection, request):
        if self.dice.random() < 0.05:
            return answer("503 Service Unavailable", b"{}")(connection, request)
        self.crm.hear(request.body)
        return answer("200 OK", b"{}")(connection, request)

    def setUp(self):
        super().setUp()
        self.dice, self.crm = random.Random(6), FakeCrm()

    def hear_all(self):
        """Odoo hears all that is new at the CRM."""
        self.commit()
        for key in sorted(self.crm.news):
            self.receive(self.flows["contacts"], self.crm.document(key))
        self.crm.news.clear()
        self.drain()

    def send_all(self):
        self.commit()
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
            " WHERE state = 'waiting' AND direction = 'out'"
        )
        self.env.invalidate_all()
        self.drain("send")

    def partners(self):
        return {key: self.env["res.partner"].browse(id_) for key, id_ in self.bound().items()}

    def test_the_dust_settles(self):
        keys = [f"C-{number}" for number in range(5)]
        for key in keys:
            self.crm.change(key, title="Boss", city="Bonn")
        self.hear_all()
        for _round in range(60):
            for _edit in range(3):
                key, (name, odoo) = self.dice.choice(keys), self.dice.choice([*FIELDS.items()])
                value = self.dice.choice(WORDS)
                if self.dice.random() < 0.5:
                    self.crm.change(key, **{name: value})
                else:
                    self.partners()[key].write({odoo: value or False})
            for step in self.dice.sample([self.hear_all, self.send_all, self.commit], 2):
                step()
        for _settle in range(4):
            self.hear_all()
            self.send_all()
        calls = self.crm.calls
        self.hear_all()
        self.send_all()
        self.assertEqual(self.crm.calls, calls, "no echo")
        self.assertEqual(len(set(self.bound().values())), len(keys), "one to one")
        held = self.held()
        self.assertTrue(held, "some crossed")
        self.assertEqual(self.apart(set(held.mapped("ordering_key"))), [])
        for message in held:
            choice = self.dice.choice(["ours", "theirs", "merge"])
            self.env["seam.handler.crm.contact"]._decide(message, choice, "By the dice.")
        for _settle in range(4):
            self.hear_all()
            self.send_all()
        self.assertFalse(self.held())
        self.assertEqual(self.apart(set()), [])

    def held(self):
        self.env.invalidate_all()
        return self.env["seam.message"].search([("direction", "=", "in"), ("state", "=", "failed")])

    def apart(self, besides):
        """:return: list of what the sides do not agree on, but for some records"""
        return [
            (key, name, self.crm.records[key]["fields"][name], partner[odoo])
            for key, partner in self.partners().items()
            for name, odoo in FIELDS.items()
            if (self.crm.records[key]["fields"][name] or False) != partner[odoo]
            and key not in besides
        ]
