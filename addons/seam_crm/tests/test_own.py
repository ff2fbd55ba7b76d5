from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import CrmCase, DealCase, answer


def _hang_up(connection, request):
    """The CRM did it, and the answer is lost."""


@tagged("post_install", "-at_install")
class TestOwn(CrmCase):
    """What Odoo made there and the CRM tells as new is the record of Odoo."""

    def setUp(self):
        super().setUp()
        self.flows["contacts-out"].write({"crm_new": True, "can_look_up": True})
        self.roux = self.env["res.partner"].create(
            {
                "name": "Camille Rousseau",
                "email": "orders@alpes.example",
                "phone": "+1 212 555 0199",
            }
        )

    def news(self, minute=40, **values):
        """The CRM's people changed the phone number since."""
        told = {
            "name": "Camille Rousseau",
            "email": "orders@alpes.example",
            "phone": "+33 1 23456789",
        }
        return {**self.document("C-9", minute, **told), **values}

    def people(self):
        return self.env["res.partner"].search([("name", "=", "Camille Rousseau")])

    def waiting(self):
        return self.env["seam.message"].search(
            [("state", "=", "waiting"), ("system_id", "=", self.system.id)]
        )

    def go_on(self):
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE id = ANY(%s)",
            [self.waiting().ids],
        )
        self.env.invalidate_all()

    def lose_the_answer(self):
        self.answers = [_hang_up]
        self.assertEqual(len(self.told()), 1)
        self.answers = [answer("200 OK", b'{"id": "C-9"}')]

    def test_news_of_what_is_being_made_waits_until_its_id_is_known(self):
        self.lose_the_answer()
        message, _none = self.take(self.news())
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.go_on()
        self.drain("send")
        self.drain()
        self.assertEqual(self.bound(), {"C-9": self.roux.id})
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.people(), self.roux)
        self.assertEqual(self.roux.phone, "+33 1 23456789")
        self.assertFalse(self.cases())

    def test_it_goes_on_at_once_when_the_id_is_known(self):
        self.lose_the_answer()
        message, _none = self.take(self.news())
        self.go_on()
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() + interval '1 day' WHERE id = %s",
            [message.id],
        )
        self.drain("send")
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)

    def test_an_answer_about_what_is_gone_takes_no_id_from_another(self):
        """It was deleted here before its id was known, so what the CRM tells is new."""
        self.lose_the_answer()
        self.roux.unlink()
        _message, partner = self.take(self.news())
        self.assertEqual(self.bound(), {"C-9": partner.id})
        self.go_on()
        self.drain("send")
        self.assertFalse(self.waiting())
        self.assertEqual(self.bound(), {"C-9": partner.id})

    def test_who_became_known_meanwhile_is_not_made_somebody_else(self):
        other = self.env["res.partner"].create({"name": "C. Rousseau", "zip": "75001"})
        named = {"name": "C. Rousseau", "zip": "75001", "email": "c@x.example"}
        message, _none = self.take(self.document("C-9", 40, **named))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        case = self.cases()
        self.env["seam.binding"]._bind(self.system.id, {"C-9": self.roux})
        with self.assertRaisesRegex(UserError, "known as Camille Rousseau"):
            case._fix(other)
        case._fix(self.roux)
        self.assertEqual(self.bound(), {"C-9": self.roux.id})

    def test_a_company_with_the_address_of_a_person_does_not_wait(self):
        self.lose_the_answer()
        told = self.document("A-9", 40, name="Alpes SARL", email=self.roux.email)
        message, company = self.take(told, "companies")
        self.assertEqual((message.state, company.is_company), ("done", True))

    def test_news_of_somebody_else_does_not_wait(self):
        self.lose_the_answer()
        message, other = self.take(self.contact("C-7", email="ada@x.example"))
        self.assertEqual((message.state, bool(other)), ("done", True))

    def test_a_number_says_more_than_a_name(self):
        self.lose_the_answer()
        message, other = self.take({**self.news(), "odoo_id": "999999999"})
        self.assertEqual((message.state, other == self.roux), ("done", False))
        message, _none = self.take(
            {**self.contact("C-8", email="new@x.example"), "odoo_id": str(self.roux.id)}
        )
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))

    def test_odoos_number_says_which_record_it_is(self):
        message, partner = self.take(
            self.news(
                odoo_id=str(self.roux.id), fields={"name": "Camille Rousseau", "title": "Guide"}
            )
        )
        self.assertEqual((message.state, partner), ("done", self.roux))
        self.assertEqual(self.roux.function, "Guide")
        self.assertEqual(self.people(), self.roux)

    def test_a_number_of_something_else_is_no_help(self):
        acme = self.known("A-1", "companies", name="Acme")
        known = self.known("C-1", email="ada@x.example")
        numbers = (str(acme.id), str(known.id), "12 Oak Street", "９")
        for place, told in enumerate(numbers):
            document = self.contact(f"X-{place}", name=f"Someone {place}")
            message, partner = self.take({**document, "odoo_id": told})
            self.assertEqual(message.state, "done", message.state_reason)
            self.assertEqual(partner.name, f"Someone {place}")
        self.assertNotIn(acme, self.people())
        self.assertEqual(self.bound()["C-1"], known.id)

    def test_a_number_of_another_database_is_no_help(self):
        stranger = self.env["res.partner"].create({"name": "Somebody Odoo never told of"})
        document = self.contact("C-5", 40, email="c5@x.example")
        message, partner = self.take({**document, "odoo_id": str(stranger.id)})
        self.assertEqual((message.state, partner == stranger), ("done", False))

    def test_a_number_of_what_is_over_there_ends_nothing_here(self):
        document = self.news(archived=True, odoo_id=str(self.roux.id))
        message, _none = self.take(document)
        self.assertEqual((message.state, self.roux.active), ("done", True))
        self.assertFalse(self.bound())

    def test_a_number_of_another_company_of_ours_is_told(self):
        other = self.env["res.company"].create({"name": "Another"})
        self.roux.company_id = other
        message, _none = self.take(self.news(odoo_id=str(self.roux.id)))
        self.assertEqual((message.state, message.fault_code), ("failed", "company.mismatch"))

    def test_a_number_belongs_to_one_of_two(self):
        number = str(self.roux.id)
        for key, name in (("C-9", "Camille Rousseau"), ("C-10", "Somebody Else")):
            document = self.document(key, 40, name=name, email=f"{key}@x.example")
            self.receive(self.flows["contacts"], {**document, "odoo_id": number})
        self.drain()
        bound = self.bound()
        self.assertEqual(len(set(bound.values())), 2)
        self.assertIn(self.roux.id, bound.values())


@tagged("post_install", "-at_install")
class TestOwnDeals(DealCase):
    """Many deals are called the same."""

    def setUp(self):
        super().setUp()
        self.flows["deals-out"].write({"crm_new": True, "can_look_up": True})
        self.known("A-2", "companies", name="Bolt")
        self.lead = self.env["crm.lead"].create(
            {
                "name": "Website inquiry",
                "type": "opportunity",
                "partner_id": self.acme.id,
                "stage_id": self.new.id,
                "company_id": self.company.id,
            }
        )
        self.answers = [_hang_up]
        self.told()

    def inquiry(self, key, company):
        told = {"name": "Website inquiry", "company": {"id": company, "name": "Its name"}}
        return self.take(self.deal(key, 40, told=told))[0]

    def test_one_of_the_same_customer_waits_and_one_of_another_does_not(self):
        self.assertEqual(self.inquiry("D-8", "A-1").fault_code, "order.predecessor")
        self.assertEqual(self.inquiry("D-9", "A-2").state, "done")
