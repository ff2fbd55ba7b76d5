from odoo.tests import tagged

from .common import DealCase


@tagged("post_install", "-at_install")
class TestBehind(DealCase):
    """A company that is held up may have a thousand people who wait for it."""

    def setUp(self):
        super().setUp()
        self.env["res.partner"].create(
            {"name": "Other Ltd", "is_company": True, "vat": "DE123456788"}
        )
        told = self.contact("A-2", name="Other Ltd", vat="DE123456788")
        self.held, _none = self.take(told, "companies")
        self.assertEqual((self.held.state, self.held.fault_code), ("failed", "master.ambiguous"))
        self.case = self.held.exception_id

    def person(self, key):
        company = {"id": "A-2", "name": "Other Ltd"}
        message, _none = self.take(self.contact(key, name=f"P {key}", company=company), "contacts")
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        return message

    def count(self):
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()
        return self.case.waiting_behind_count

    def fail(self, message):
        """It was tried as often as the flow says."""
        self.env.cr.execute(
            "UPDATE seam_message SET state = 'pending', tries = 99 WHERE id = %s", [message.id]
        )
        self.env.invalidate_all()
        self.drain()
        self.assertEqual(message.state, "failed")

    def test_its_people_and_their_deals_wait_for_it(self):
        people = [self.person(key) for key in ("C-1", "C-2", "C-3")]
        deal, _none = self.take(self.deal(told={"company": None, "contact": {"id": "C-1"}}))
        self.assertEqual(deal.state, "waiting")
        self.assertEqual(self.count(), 4)
        found = self.env["seam.message"].search(self.case.action_open_behind()["domain"])
        self.assertEqual(sorted(found.ids), sorted([*(p.id for p in people), deal.id]))
        self.assertEqual(people[0].behind_id, self.case)

    def test_also_when_a_person_was_asked_about_them(self):
        message = self.person("C-1")
        self.fail(message)
        self.assertEqual(self.count(), 1)
        self.assertEqual(message.behind_id, self.case)
        self.assertEqual(message.exception_id.behind_id, self.case)

    def test_also_while_they_are_just_tried_again(self):
        message = self.person("C-1")
        self.env.cr.execute("UPDATE seam_message SET state = 'pending' WHERE id = %s", [message.id])
        self.env.invalidate_all()
        self.assertEqual(self.count(), 1)

    def test_a_person_is_asked_which_one_it_is(self):
        self.assertEqual(self.case.fix_label, "Choose which one “Other Ltd” is")

    def test_nobody_waits_when_it_came(self):
        message = self.person("C-1")
        self.assertEqual(self.count(), 1)
        self.case.action_crm_new()
        self.commit()
        self.drain()
        self.assertEqual((self.held.state, message.state), ("done", "done"))
        self.assertEqual(self.count(), 0)

    def test_what_waits_for_another_of_that_id_is_not_counted(self):
        """A deal and a company may have the same id."""
        other, _none = self.take(
            self.contact("C-9", company={"id": "A-9", "name": "Ninth"}), "contacts"
        )
        self.assertEqual(other.state, "waiting")
        deal, _none = self.take(self.deal("A-9", told={"stage": "Unheard of"}))
        self.assertEqual(deal.state, "failed")
        self.count()
        self.assertEqual(deal.exception_id.waiting_behind_count, 0)
