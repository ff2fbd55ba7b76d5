from odoo.tests import tagged

from .fake_salesforce import Refusal
from .story_case import StoryCase


@tagged("post_install", "-at_install")
class TestPartners(StoryCase):
    def acme(self):
        acme = self.fake.make(
            "Account", Name="Acme Tools", BillingCountry="Germany", Phone="+49 30 1234567"
        )
        grace = self.fake.make(
            "Contact",
            FirstName="Grace",
            LastName="Hopper",
            Email="grace@sf-story.example",
            AccountId=acme,
        )
        self.take("companies", "contacts")
        return acme, grace

    def test_what_is_there_comes_here_and_is_not_told_back(self):
        acme, grace = self.acme()
        company, person = self.partner_of(acme), self.partner_of(grace)
        self.assertEqual((company.name, company.is_company), ("Acme Tools", True))
        self.assertEqual(company.country_id.code, "DE")
        self.assertEqual((person.name, person.parent_id), ("Grace Hopper", company))
        self.assertEqual(self.tell(), [], "no echo")

    def test_a_change_here_goes_there_field_by_field_and_its_echo_does_nothing(self):
        acme, grace = self.acme()
        self.partner_of(grace).function = "Admiral"
        self.assertEqual(self.tell(), [("PATCH", f"/services/data/v62.0/sobjects/Contact/{grace}")])
        self.assertEqual(self.settled("contacts-out"), {"done"})
        there = self.fake.records["Contact"][grace]
        self.assertEqual((there["Title"], there["Email"]), ("Admiral", "grace@sf-story.example"))
        self.take("contacts")
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_a_change_there_that_odoo_does_not_know_of_is_not_written_over(self):
        _acme, grace = self.acme()
        person = self.partner_of(grace)
        self.fake.tick()
        self.fake.change("Contact", grace, Phone="+49 30 7654321")
        person.function = "Admiral"
        self.tell()
        message = self.messages("contacts-out")[-1]
        self.assertEqual(message.state, "waiting")
        self.assertIn("taken first", message.state_reason)
        self.assertFalse(self.fake.records["Contact"][grace]["Title"])
        self.take("contacts")
        self.assertEqual(person.phone, "+49 30 7654321")
        self.at_once(message)
        self.tell()
        self.assertEqual(message.state, "done")
        there = self.fake.records["Contact"][grace]
        self.assertEqual((there["Title"], there["Phone"]), ("Admiral", "+49 30 7654321"))
        # A second change soon after: our own one is no reason to wait.
        person.function = "Captain"
        self.tell()
        self.assertEqual(there["Title"], "Captain")

    def test_a_change_there_soon_after_ours_is_not_written_over(self):
        """Salesforce did not tell of ours yet; its answer said when it came there."""
        _acme, grace = self.acme()
        person = self.partner_of(grace)
        person.function = "Admiral"
        self.tell()
        self.fake.tick()
        self.fake.change("Contact", grace, Title="Captain")
        person.function = "Commodore"
        self.tell()
        self.assertEqual(self.messages("contacts-out")[-1].state, "waiting")
        self.assertEqual(self.fake.records["Contact"][grace]["Title"], "Captain")
        self.take("contacts")
        self.assertEqual(self.open_cases(self.flows["contacts"]).code, "owner.conflict")

    def test_many_changes_soon_after_those_of_before(self):
        """Sent together, each answer is as old as the whole."""
        _acme, grace = self.acme()
        other = self.fake.make("Contact", LastName="Other", Email="other@sf-other.example")
        self.take("contacts")
        people = self.partner_of(grace), self.partner_of(other)
        for job in ("Admiral", "Captain"):
            self.fake.tick()
            for person in people:
                person.function = job
            self.tell()
            self.assertEqual(self.settled("contacts-out"), {"done"})
        self.fake.tick()
        self.fake.change("Contact", other, Title="Theirs")
        for person in people:
            person.function = "Commodore"
        self.tell()
        self.assertEqual(self.fake.records["Contact"][grace]["Title"], "Commodore")
        self.assertEqual(self.fake.records["Contact"][other]["Title"], "Theirs")

    def test_two_changes_of_one_second_between_which_odoo_asked(self):
        """Salesforce's clock has no more than seconds."""
        _acme, grace = self.acme()
        self.fake.tick()
        self.fake.change("Contact", grace, Title="Captain")
        self.take("contacts")
        self.fake.change("Contact", grace, Title="Admiral", Phone="+49 30 1111111")
        self.take("contacts")
        person = self.partner_of(grace)
        self.assertEqual((person.function, person.phone), ("Admiral", "+49 30 1111111"))
        self.assertEqual(self.tell(), [])

    def test_both_sides_change_the_same_field_and_a_person_decides(self):
        _acme, grace = self.acme()
        person = self.partner_of(grace)
        self.fake.tick()
        self.fake.change("Contact", grace, Title="Captain")
        person.function = "Admiral"
        self.tell()
        self.take("contacts")
        case = self.open_cases(self.flows["contacts"])
        self.assertEqual(case.code, "owner.conflict")
        self.at_once(self.messages("contacts-out")[-1])
        self.tell()
        self.assertEqual(self.fake.records["Contact"][grace]["Title"], "Captain")
        self.assertEqual(person.function, "Admiral")

    def test_what_is_new_here_is_made_there_once(self):
        self.take()
        company = self.env["res.partner"].create(
            {"name": "Neu GmbH", "is_company": True, "country_id": self.env.ref("base.de").id}
        )
        self.fake.next_answers = ["lose"]
        self.tell()
        message = self.messages("companies-out")[-1]
        self.assertIn(message.state, ("waiting", "pending"))
        self.at_once(message)
        self.tell()
        self.assertEqual(self.messages("companies-out")[-1].state, "done")
        (made,) = [r for r in self.fake.records["Account"].values() if r["Name"] == "Neu GmbH"]
        self.assertEqual(made["Seam_Id__c"], f"odoo-{company.id}")
        self.assertEqual(made["BillingCountry"], "Germany")
        self.assertEqual(self.partner_of(made["Id"]), company)

    def test_a_name_that_is_too_long_there_is_told_with_its_place(self):
        _acme, grace = self.acme()
        self.partner_of(grace).name = "Grace " + "H" * 400
        self.tell()
        message = self.messages("contacts-out")[-1]
        self.assertEqual(message.state, "failed")
        self.assertIn("too large", message.fault_message)
        case = self.open_cases(self.flows["contacts-out"])
        self.assertEqual(case.pointer, "/fields/name")

    def test_a_duplicate_rule_of_salesforce_is_told(self):
        self.take()
        self.fake.duplicate_rule = True
        there = self.fake.make("Contact", LastName="Plato", Email="plato@sf-other.example")
        self.env["res.partner"].create({"name": "Plato", "email": "plato@sf-other.example"})
        self.tell()
        case = self.open_cases(self.flows["contacts-out"])
        self.assertEqual(case.code, "master.ambiguous")
        self.assertIn(there, case.name)

    def test_a_locked_row_is_tried_again(self):
        _acme, grace = self.acme()
        self.partner_of(grace).function = "Admiral"
        self.fake.next_answers = [
            Refusal(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access")
        ]
        self.tell()
        message = self.messages("contacts-out")[-1]
        self.assertEqual(message.state, "waiting")
        self.assertFalse(self.open_cases())

    def test_deleted_here_and_there(self):
        _acme, grace = self.acme()
        other = self.fake.make("Contact", LastName="Other", Email="other@sf-other.example")
        self.take("contacts")
        person = self.partner_of(other)
        self.partner_of(grace).unlink()
        self.assertEqual([method for method, _path in self.tell()], ["DELETE"])
        self.assertTrue(self.fake.records["Contact"][grace]["IsDeleted"])
        self.fake.tick()
        self.fake.delete("Contact", other)
        self.take("contacts")
        self.assertFalse(person.active)

    def test_merged_there(self):
        acme, grace = self.acme()
        twin = self.fake.make(
            "Contact", LastName="Hopper", Email="other@sf-other.example", AccountId=acme
        )
        self.fake.tick()
        self.fake.merge("Contact", grace, twin)
        self.take("contacts")
        self.assertTrue(self.partner_of(grace))
        self.assertFalse(self.open_cases(self.flows["contacts"]))


@tagged("post_install", "-at_install")
class TestDeals(StoryCase):
    def setUp(self):
        super().setUp()
        self.stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for code, stage in (("Prospecting", self.stage), ("Closed Won", self.won)):
            self.env["seam.value.map"]._learn(self.system.id, "crm.stage", code, stage)
        self.product = self.env["product.product"].create(
            {"name": "Lathe", "default_code": "LATHE-SF", "list_price": 1000}
        )
        self.acme = self.fake.make("Account", Name="Acme Tools")
        self.deal = self.fake.make(
            "Opportunity",
            Name="40 lathes",
            StageName="Prospecting",
            Amount=48000,
            CloseDate="2027-01-31",
            AccountId=self.acme,
        )

    def test_won_there_becomes_a_quotation_and_how_far_it_is_goes_back(self):
        self.system.salesforce_orders_field = "Odoo_Orders__c"
        self.take()
        lead = self.lead_of(self.deal)
        self.assertEqual((lead.name, lead.expected_revenue), ("40 lathes", 48000))
        self.assertEqual(lead.partner_id, self.partner_of(self.acme))
        self.fake.tick()
        self.fake.sell(self.deal, ProductCode="LATHE-SF", Quantity=40, UnitPrice=1200)
        self.fake.change("Opportunity", self.deal, StageName="Closed Won")
        self.take()
        self.assertEqual((lead.won_status, lead.stage_id), ("won", self.won))
        order = lead.order_ids
        self.assertEqual(len(order), 1)
        self.assertEqual(order.order_line.price_unit, 1200)
        order.action_confirm()
        self.tell()
        told = self.fake.records["Opportunity"][self.deal]["Odoo_Orders__c"] or ""
        self.assertIn(f"{order.name}: confirmed", told)
        self.assertFalse(self.open_cases())

    def test_lost_here_is_lost_there(self):
        self.take()
        self.lead_of(self.deal).action_set_lost()
        self.tell()
        self.assertEqual(self.fake.records["Opportunity"][self.deal]["StageName"], "Closed Lost")
        self.take()
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_a_stage_without_a_meaning_and_a_deal_without_customer(self):
        self.fake.change("Opportunity", self.deal, StageName="Proposal/Price Quote")
        self.fake.make("Opportunity", Name="Nobody's", StageName="Prospecting")
        self.take()
        codes = set(self.open_cases().mapped("code"))
        self.assertEqual(codes, {"master.unknown", "business.rule"})
