from odoo.tests import tagged

from .common import DealCase, answer


@tagged("post_install", "-at_install")
class TestPredecessors(DealCase):
    """What names a record that did not come yet goes on when it is there, however long that
    took: a company may wait for a person for days."""

    def exhaust(self, message):
        """It was tried as often as the flow says, and a person is asked."""
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.env.cr.execute(
            "UPDATE seam_message SET state = 'pending', tries = 99 WHERE id = %s", [message.id]
        )
        self.env.invalidate_all()
        self.drain()
        self.assertEqual(message.state, "failed")

    def of(self, company, key="C-1"):
        return self.contact(key, company={"id": company, "name": "Other Ltd"})

    def test_a_contact_goes_on_when_its_company_comes(self):
        message, _none = self.take(self.of("A-2"), "contacts")
        other, _none = self.take(self.of("A-3", "C-3"), "contacts")
        self.exhaust(message)
        self.exhaust(other)
        _message, company = self.take(self.contact("A-2", name="Other Ltd"), "companies")
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(message._record().parent_id.id, company.id)
        self.assertEqual(other.state, "failed", "its own company did not come")
        self.assertEqual(len(self.cases()), 1)

    def test_at_once_where_it_waits_for_its_next_try(self):
        message, _none = self.take(self.of("A-2"), "contacts")
        self.take(self.contact("A-2", name="Other Ltd"), "companies")
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)

    def test_a_deal_goes_on_when_its_customer_comes(self):
        message, _none = self.take(self.deal(told={"company": {"id": "A-2"}}))
        self.exhaust(message)
        self.take(self.contact("A-2", name="Other Ltd"), "companies")
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)

    def test_when_odoo_hears_which_one_it_made_there(self):
        self.flows["companies-out"].crm_new = True
        self.commit()
        self.env["res.partner"].create({"name": "Other Ltd", "is_company": True})
        message, _none = self.take(self.of("A-2"), "contacts")
        self.exhaust(message)
        self.answers = [answer("200 OK", b'{"id": "A-2"}')]
        self.told()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)

    def test_where_it_is_wrong_is_shown(self):
        message, _none = self.take(self.of("A-2"), "contacts")
        (shown,) = message.violations
        self.assertEqual(
            (shown["pointer"], shown["code"]), ("/fields/company", "order.predecessor")
        )
