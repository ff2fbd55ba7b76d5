import json

from odoo.tests import tagged

from odoo.addons.seam.tests.engine.scripted import Server, answer

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestTwoCrms(CrmCase):
    """Two CRMs have the same contacts: what one says is told to the other, once."""

    def setUp(self):
        super().setUp()
        self.second = Server(lambda connection, _r: answer("200 OK", b"{}")(connection, _r))
        self.addCleanup(self.second.close)
        self.other = self.env["seam.system"].create(
            {
                "name": "Other CRM",
                "code": "other",
                "connector": "api",
                "user_id": self.service_user.id,
                "rate_limit": 0,
                "base_url": f"http://127.0.0.1:{self.second.port}",
                "allowed_hosts": "127.0.0.1",
            }
        )
        self.other.action_activate()
        for code, handler, direction in (
            ("other", "contact", "in"),
            ("other-out", "contact.out", "out"),
        ):
            self.flows[code] = self.make_flow(
                name=code,
                code=code,
                system_id=self.other.id,
                handler=f"seam.handler.crm.{handler}",
                carries="state",
                direction=direction,
            )
        self.ada = self.known(email="ada@x.example", title="Engineer")
        _message, found = self.take(self.theirs(0), "other")
        self.assertEqual(found, self.ada, "found by the address")
        self.assertEqual(self.both(), ([], []))

    def theirs(self, minute, **fields):
        """What the other CRM says, of all that both had."""
        told = {"email": "ada@x.example", "title": "Engineer", **fields}
        return self.contact("X-9", minute, **told)

    def both(self):
        """:return: what the first, and what the other one was told since the last time"""
        first = [(d["id"], d.get("fields")) for d in self.told()]
        asked, self.second.requests[:] = list(self.second.requests), []
        told = [json.loads(request.body) for request in asked]
        return first, [(d["id"], d.get("fields")) for d in told]

    def test_a_change_of_one_is_told_to_the_other_and_ends_there(self):
        self.take(self.contact(minute=40, email="ada@x.example", title="Boss"))
        self.assertEqual(self.both(), ([], [("X-9", {"title": "Boss"})]))
        self.take(self.theirs(41, title="Boss"), "other")
        self.assertEqual(self.both(), ([], []), "the echo of the other one")
        self.take(self.contact(minute=42, email="ada@x.example", title="Boss", city="Ulm"))
        self.assertEqual(self.both(), ([], [("X-9", {"city": "Ulm"})]))
        self.assertFalse(self.cases())

    def test_a_change_here_is_told_to_both(self):
        self.edit(self.ada, function="Boss")
        first, other = self.both()
        self.assertEqual(
            (first, other), ([("C-1", {"title": "Boss"})], [("X-9", {"title": "Boss"})])
        )
        self.take(self.theirs(41, title="Boss"), "other")
        self.take(self.contact(minute=41, email="ada@x.example", title="Boss"))
        self.assertEqual(self.both(), ([], []))

    def test_both_change_it_and_a_person_decides_once(self):
        """The second one to speak did not know of the first."""
        self.take(self.contact(minute=40, email="ada@x.example", title="Boss"))
        message, _ada = self.take(self.theirs(41, title="Chief"), "other")
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        self.assertEqual(self.both(), ([], []), "nothing is written over it")
        self.env["seam.handler.crm.contact"]._decide(message, "theirs", "Asked her.")
        self.commit()
        self.drain()
        self.assertEqual(self.ada.function, "Chief")
        self.assertEqual(self.both(), ([("C-1", {"title": "Chief"})], []))

    def test_what_each_writes_in_its_own_way_goes_round_no_more_than_once(self):
        """One has capitals only, the other none."""
        self.edit(self.ada, function="Boss")
        self.both()
        for minute in range(40, 48, 2):
            self.take(self.contact(minute=minute, email="ada@x.example", title="BOSS"))
            self.take(self.theirs(minute + 1, title="boss"), "other")
            first, other = self.both()
            if not (first or other):
                break
        self.assertFalse(first or other, "it goes round and round")

    def test_deleted_at_one_stays_at_the_other(self):
        self.take(self.contact(minute=40, deleted=True))
        self.assertFalse(self.ada.active)
        first, other = self.both()
        self.assertEqual(first, [])
        self.assertEqual([key for key, _fields in other], ["X-9"])
