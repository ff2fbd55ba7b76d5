from odoo.tests import tagged

from .story_case import START, StoryCase


@tagged("post_install", "-at_install")
class TestPersons(StoryCase):
    """Person accounts: one person, of whom Salesforce has an account and a contact."""

    def setUp(self):
        super().setUp()
        self.fake.take_persons()
        self.system._crm_look()
        self.commit()

    def companies(self):
        return self.env["seam.message"].search([("flow_id", "=", self.flows["companies"].id)])

    def test_it_is_known_whether_there_are_any(self):
        self.assertTrue(self.system.salesforce_person_accounts)
        self.fake.hidden |= {("Account", "IsPersonAccount"), ("Contact", "IsPersonAccount")}
        self.system._crm_look()
        self.assertFalse(self.system.salesforce_person_accounts)

    def test_the_first_pull_asks_before_it_takes_anybody(self):
        self.system.write({"crm_looked_at": False, "salesforce_person_accounts": False})
        account, contact = self.fake.make_person("Ada", "Lovelace")
        self.run_pull("companies", START)
        self.assertEqual(self.pull_of("companies").state, "running", "it goes on in a moment")
        self.assertTrue(self.system.salesforce_person_accounts)
        self.take()
        self.assertFalse(self.partner_of(account))
        self.assertTrue(self.partner_of(contact))

    def test_a_person_comes_as_a_contact_and_not_as_a_company(self):
        acme = self.fake.make("Account", Name="Acme Tools")
        account, contact = self.fake.make_person("Ada", "Lovelace", Email="ada@sf-person.example")
        self.take("companies", "contacts")
        self.assertTrue(self.partner_of(acme).is_company)
        self.assertFalse(self.partner_of(account))
        ada = self.partner_of(contact)
        self.assertEqual((ada.name, ada.is_company), ("Ada Lovelace", False))
        self.assertFalse(ada.parent_id)
        self.assertEqual(self.settled("contacts"), {"done"}, "nothing waits for a company")
        self.assertFalse(self.open_cases())
        self.assertEqual(self.tell(), [])

    def test_what_changes_in_odoo_is_told_to_the_contact(self):
        _account, contact = self.fake.make_person("Ada", "Lovelace")
        self.take("companies", "contacts")
        self.partner_of(contact).phone = "+49 30 1"
        self.tell()
        there = self.fake.records["Contact"][contact]
        self.assertEqual(there["Phone"], "+49 30 1")
        self.assertFalse(self.open_cases())

    def test_a_first_load_leaves_them_to_the_contacts_too(self):
        self.system.salesforce_bulk_days = 30
        account, contact = self.fake.make_person("Ada", "Lovelace")
        self.fake.make("Account", Name="Acme Tools")
        for code in ("companies", "contacts"):
            self.run_pull(code, "1970-01-01T00:00:00")
            self.drain()
            self.drain("bulk")
        self.assertEqual(len(self.companies()), 1)
        self.assertFalse(self.partner_of(account))
        self.assertEqual(self.partner_of(contact).name, "Ada Lovelace")

    def test_their_deals_have_the_person_as_customer(self):
        account, contact = self.fake.make_person("Ada", "Lovelace")
        deal = self.fake.make(
            "Opportunity",
            Name="An engine",
            StageName="Prospecting",
            CloseDate="2026-05-01",
            AccountId=account,
        )
        self.env["seam.value.map"]._learn(
            self.system.id, "crm.stage", "Prospecting", self.env["crm.stage"].search([], limit=1)
        )
        self.take()
        lead = self.lead_of(deal)
        self.assertEqual(lead.partner_id, self.partner_of(contact), self.settled("deals"))
        self.assertTrue(lead.partner_id)

    def test_their_activities_are_about_the_person(self):
        account, contact = self.fake.make_person("Ada", "Lovelace")
        self.fake.make("Task", Subject="Call her", WhatId=account, AccountId=account)
        self.take("companies", "contacts", "tasks")
        ada = self.partner_of(contact)
        activity = self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", ada.id)]
        )
        self.assertEqual(activity.summary, "Call her")

    def test_a_company_that_becomes_a_person_is_told(self):
        acme = self.fake.make("Account", Name="Ada Lovelace")
        self.take("companies")
        company = self.partner_of(acme)
        self.fake.tick()
        self.fake.change("Account", acme, IsPersonAccount=True)
        self.take("companies")
        case = self.open_cases()
        self.assertEqual(case.code, "business.rule")
        self.assertIn("person account", case.name)
        self.assertIn("archive", case.fix)
        case._held()._discard("Archived by hand.")
        company.active = False
        self.fake.tick()
        self.fake.change("Account", acme, Phone="1")
        self.take("companies")
        self.assertFalse(self.open_cases())

    def test_one_that_is_pushed_is_left_to_the_contacts(self):
        account, _contact = self.fake.make_person("Ada", "Lovelace")
        record = {
            "Id": account[:15],
            "SystemModstamp": "2026-03-01T08:00:00.000+0000",
            "Name": "Ada Lovelace",
            "IsPersonAccount": True,
        }
        message = self.send(self.flows["companies"], record)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(self.partner_of(account))
