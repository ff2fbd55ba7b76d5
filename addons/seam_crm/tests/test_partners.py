from odoo.tests import tagged

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestPartners(CrmCase):
    """What a CRM says of companies and contacts becomes of them in Odoo."""

    def test_a_company_and_who_works_there(self):
        message, acme = self.take(
            self.contact(
                "A-1",
                name="Acme",
                vat="DE 811 907 980",
                website="www.acme.example",
                street="Ring 5",
                zip="10115",
                city="Berlin",
                country="DE",
            ),
            "companies",
        )
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertTrue(acme.is_company)
        self.assertEqual((acme.zip, acme.country_id.code), ("10115", "DE"))
        message, ada = self.take(
            self.contact(email="ada@acme.example", title="Engineer", company={"id": "A-1"})
        )
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((ada.parent_id, ada.function), (acme, "Engineer"))
        self.assertEqual(self.bound(), {"A-1": acme.id, "C-1": ada.id})
        self.assertEqual(self.told(), [], "nothing of it is told back")

    def test_the_same_and_older_states_change_nothing(self):
        ada = self.known(phone="+49 30 1234567")
        self.take(self.contact(minute=5, phone="+49 30 7654321"))
        message, _partner = self.take(self.contact(minute=3, phone="+49 30 1111111"))
        self.assertEqual(message.state, "superseded")
        self.assertEqual(ada.phone, "+49 30 7654321")

    def test_what_is_not_told_stays_and_what_is_null_is_emptied(self):
        ada = self.known(phone="+49 30 1234567", title="Engineer")
        self.take(self.document(minute=1, title=None))
        self.assertEqual(
            (ada.name, ada.phone, ada.function), ("Ada Lovelace", "+49 30 1234567", False)
        )

    def test_a_company_that_did_not_come_yet_is_waited_for(self):
        message, _none = self.take(self.contact(company={"id": "A-1", "name": "Acme"}))
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        _message, acme = self.take(self.contact("A-1", name="Acme"), "companies")
        self.drain()
        self.assertEqual(message.state, "done", "it goes on by itself")
        self.assertEqual(message._record().parent_id, acme)

    def test_a_contact_changes_the_company(self):
        acme = self.known("A-1", "companies", name="Acme", street="Ring 5", city="Berlin")
        other = self.known("A-2", "companies", name="Other", street="Allee 7", city="Bonn")
        ada = self.known(company={"id": "A-1"})
        self.take(self.contact(minute=1, company={"id": "A-2"}))
        self.assertEqual(ada.parent_id, other)
        self.assertEqual(ada.city, "Bonn", "the address is that of the company")
        self.assertEqual((acme.city, other.city), ("Berlin", "Bonn"))

    def test_a_contacts_own_address_does_not_overwrite_the_companys(self):
        acme = self.known("A-1", "companies", name="Acme", street="Ring 5", city="Berlin")
        ada = self.known(company={"id": "A-1"}, street="Home 1", city="Potsdam")
        self.assertEqual((acme.city, ada.city), ("Berlin", "Berlin"))
        self.assertEqual(self.told(), [])

    def test_owners_are_users_by_their_mail_or_binding(self):
        self.operator.email = "op@acme.example"
        ada = self.known(owner={"id": "U-1", "email": "OP@acme.example"})
        self.assertEqual(ada.user_id, self.operator)
        message, _partner = self.take(self.contact("C-2", name="Bob", owner={"id": "U-2"}))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.cases()._fix(self.viewer)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done")
        self.assertEqual(message._record().user_id, self.viewer)

    def test_an_unknown_owner_may_be_left_out(self):
        self.flows["contacts"].crm_unknown_owner = "none"
        ada = self.known(owner={"id": "U-9", "name": "Nobody"})
        self.assertFalse(ada.user_id)

    def test_custom_fields(self):
        self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "document_field": "custom.Loyalty__c",
                "field_id": self.env["ir.model.fields"]._get("res.partner", "ref").id,
            }
        )
        document = self.contact()
        document["custom"] = {"Loyalty__c": "GOLD", "Other__c": 3}
        _message, ada = self.take(document)
        self.assertEqual(ada.ref, "GOLD")
        self.edit(ada, ref="SILVER")
        self.assertEqual(self.told()[0]["custom"], {"Loyalty__c": "SILVER"})

    def test_a_contact_of_another_company_of_ours(self):
        ada = self.known()
        ada.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.commit()
        message, _partner = self.take(self.contact(minute=1, title="Boss"))
        self.assertEqual((message.state, message.fault_code), ("failed", "company.mismatch"))

    def test_deleted_in_odoo(self):
        ada = self.known()
        ada.unlink()
        self.assertEqual([(d["id"], d["deleted"]) for d in self.told()], [("C-1", True)])
        message, _partner = self.take(self.contact(minute=1, title="Boss"))
        self.assertEqual((message.state, message.fault_code), ("failed", "order.conflict"))
        message, _partner = self.take(self.document(minute=2, deleted=True))
        self.assertEqual(message.state, "done")

    def test_what_looks_alike_is_not_taken_by_two_workers(self):
        def touches(handler="company", **fields):
            return set(
                self.env[f"seam.handler.crm.{handler}"]._identify(self.contact(**fields))[-1]
            )

        alike = [
            ({"email": "a@x.example"}, {"email": "Sales <A@x.example>"}),
            ({"vat": "DE 811.907.980"}, {"vat": "de811907980"}),
            ({"phone": "+49 30 1234567"}, {"phone": "(030) 123 45 67"}),
            ({"zip": "SW1A 1AA"}, {"name": " ada  LOVELACE", "zip": "sw1a 1aa"}),
        ]
        for one, other in alike:
            self.assertTrue(touches(**one) & touches(**other), one)
        self.assertFalse(touches(zip="10115") & touches(name="Countess", zip="10115"))
        self.assertFalse(touches(phone="ask Bob") & touches(phone="ask Bob"))
        # a switchboard's number says nothing about a person
        self.assertFalse(touches("contact", phone="+49 30 1234567"))
        self.assertFalse(touches(name="Countess"))

    # -- what people type --------------------------------------------------------------

    def test_long_names_and_scripts(self):
        name = "Ω" * 400
        ada = self.known(name=name)
        self.assertEqual(ada.name, name)
        hebrew = "‏עדה לאבלייס, חברת אקמה"
        self.take(self.contact(minute=1, name=hebrew))
        self.assertEqual(ada.name, hebrew)
        self.edit(ada, function="מהנדסת")
        self.assertEqual(self.told()[0]["fields"], {"title": "מהנדסת"})
        message, _partner = self.take(self.contact("C-2", name="x" * 501))
        self.assertEqual((message.state, message.fault_code), ("failed", "schema.invalid"))

    def test_several_addresses_in_one_field(self):
        ada = self.known(email="Ada@acme.example; a.lovelace@acme.example")
        self.assertEqual(ada.email, "ada@acme.example, a.lovelace@acme.example")
        self.assertEqual(ada.email_normalized, "ada@acme.example")
        self.take(self.contact(minute=1, email="ada@acme.example,a.lovelace@acme.example"))
        self.assertEqual(self.told(), [], "the same list, written differently")

    def test_phones_in_any_shape(self):
        ada = self.known(phone="(030) 123 45 67", country="DE")
        self.assertEqual(ada.phone_sanitized, "+49301234567")
        self.edit(ada, phone="+49 30 1234567")
        self.assertEqual(self.told(), [], "the same number, written differently")
        self.take(self.contact(minute=1, phone="ask Bob, ext. 12", country="DE"))
        self.assertEqual(ada.phone, "ask Bob, ext. 12", "no number: kept as it was told")

    def test_unknown_countries_are_asked_for(self):
        message, _none = self.take(self.contact(country="Deutschland"))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        case = self.cases()
        self.assertEqual((case.missing_model, case.missing_code), ("res.country", "Deutschland"))
        case._fix(self.env.ref("base.de"))
        self.commit()
        self.drain()
        self.assertEqual(message._record().country_id.code, "DE")
        _message, bob = self.take(self.contact("C-2", name="Bob", country="Germany"))
        self.assertEqual(bob.country_id.code, "DE")

    def test_an_unknown_province_is_noted(self):
        message, ada = self.take(self.contact(country="US", state="Nowhere"))
        self.assertEqual(message.state, "done")
        self.assertIn("Nowhere", message.state_reason)
        self.assertIn("Nowhere", str(ada.message_ids.mapped("body")))

    def test_a_document_without_id_or_name(self):
        message, _none = self.take({"odoo_id": "5", "modified": "2026-03-22T19:00:08Z"})
        self.assertEqual((message.state, message.fault_code), ("failed", "schema.invalid"))
        message, _none = self.take(self.document("C-9", title="Boss"))
        self.assertEqual((message.state, message.fault_code), ("failed", "business.rule"))
