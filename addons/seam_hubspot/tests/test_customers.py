from odoo.tests import tagged

from .. import links
from . import hubspot_case


@tagged("post_install", "-at_install")
class TestCustomers(hubspot_case.HubspotCase):
    """Whom a deal is for, chosen in Odoo and in HubSpot."""

    def setUp(self):
        super().setUp()
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.env["seam.value.map"]._learn(
            self.system.id, "crm.stage", "appointmentscheduled", stage
        )
        make = self.hubspot.make
        self.engines, self.mills = (make("companies", name=name) for name in ("Engines", "Mills"))
        self.ada = make("contacts", firstname="Ada", email="ada@example.com")
        self.bob = make("contacts", firstname="Bob", email="bob@example.com")
        self.number = make("deals", dealname="Machines", dealstage="appointmentscheduled")
        self.hubspot.link("deals", self.number, "companies", self.engines, 5)
        self.settled()
        self.lead = self.record("deals", self.number)

    def linked(self, target):
        """:return: dict number → set of the types of its links with the deal"""
        return self.hubspot.links.get(("deals", self.number, target), {})

    def choose(self, type_, number, **values):
        partner = self.record(type_, number)
        self.lead.write({"partner_id": partner.id, **values})
        return self.told()

    def test_another_company(self):
        self.assertEqual(self.lead.partner_id, self.record("companies", self.engines))
        told = self.choose("companies", self.mills)
        self.assertEqual(self.linked("companies"), {self.mills: {5}}, self.reasons())
        self.assertEqual(
            [(method, path.rpartition("/")[2]) for method, path, _body in told],
            [("PUT", self.mills), ("DELETE", self.engines)],
        )
        self.listen()
        self.assertEqual(self.lead.partner_id, self.record("companies", self.mills))
        self.assertEqual(self.told(), [], "no echo")

    def test_a_person_then_another_then_the_company(self):
        self.choose("contacts", self.ada, name="Two machines")
        self.assertEqual(list(self.linked("contacts")), [self.ada], self.reasons())
        self.assertEqual(self.linked("companies"), {}, "she works for none")
        self.assertEqual(self.hubspot.values("deals", self.number)["dealname"], "Two machines")
        self.listen()
        self.assertEqual(self.lead.partner_id, self.record("contacts", self.ada))
        for number in (self.bob, self.ada):
            self.choose("contacts", number)
            self.assertEqual(list(self.linked("contacts")), [number], self.reasons())
            self.listen()
        self.choose("companies", self.engines)
        self.assertEqual(self.linked("contacts"), {}, self.reasons())
        self.assertEqual(list(self.linked("companies")), [self.engines])
        self.listen()
        self.assertEqual(self.lead.partner_id, self.record("companies", self.engines))
        self.assertEqual(self.told(), [])

    def test_other_companies_of_the_deal_stay(self):
        third = self.hubspot.make("companies", name="Bank")
        self.hubspot.link("deals", self.number, "companies", third, 341)
        self.listen()
        self.choose("companies", self.mills)
        self.assertEqual(self.linked("companies"), {third: {341}, self.mills: {5}}, self.reasons())
        self.listen()
        self.assertEqual(self.lead.partner_id, self.record("companies", self.mills))

    def test_of_several_contacts_a_person_says_who_may_go(self):
        for number in (self.ada, self.bob):
            self.hubspot.link("deals", self.number, "contacts", number, 3)
        carl = self.hubspot.make("contacts", firstname="Carl", email="carl@example.com")
        self.listen()
        self.assertEqual(self.lead.partner_id, self.record("contacts", self.ada))
        self.assertEqual(self.choose("contacts", carl), [], "nothing is changed")
        (case,) = self.open_cases(self.flows["deals-out"])
        self.assertEqual(case.code, "business.rule")
        self.assertIn("several", case.name)

    def test_the_answer_is_lost(self):
        self.hubspot.mishaps = [None] * 3 + ["lost"]
        self.choose("companies", self.mills)
        self.let_time_pass()
        self.told()
        self.assertEqual(self.linked("companies")[self.mills], {5}, self.reasons())
        self.listen()
        self.assertEqual(self.lead.partner_id, self.record("companies", self.mills))
        self.assertEqual(self.told(), [])

    def test_chosen_on_both_sides(self):
        self.hubspot.link("deals", self.number, "companies", self.mills, 5)
        told = self.choose("contacts", self.ada)
        self.assertEqual(told, [], "somebody changed it there meanwhile")
        self.listen()
        (case,) = self.open_cases(self.flows["deals"])
        self.assertEqual(case.code, "owner.conflict")
        self.assertEqual(self.linked("contacts"), {})

    def test_what_comes_in_whose_place(self):
        def there(**linked):
            return [
                {"toObjectId": int(name[1:]), "associationTypes": [{"typeId": id_} for id_ in ids]}
                for name, ids in linked.items()
            ]

        self.assertEqual(links.replaced(there(), 3, "7"), (True, []))
        self.assertEqual(links.replaced(there(n7=[3]), 3, "7"), (False, []))
        self.assertEqual(links.replaced(there(n5=[3]), 3, "7"), (True, ["5"]))
        self.assertEqual(links.replaced(there(n5=[3], n7=[3]), 3, "7"), (False, ["5"]))
        self.assertEqual(links.replaced(there(n5=[3], n9=[3]), 3, "7"), (True, ["5"]))
        self.assertIsNone(links.replaced(there(n5=[3], n6=[3]), 3, "7"))
        self.assertEqual(links.replaced(there(n5=[3]), 3, ""), (False, ["5"]))
        self.assertIsNone(links.replaced(there(n5=[3], n6=[3]), 3, ""))
        self.assertEqual(links.replaced(there(n5=[5, 341]), 5, "7"), (True, ["5"]))
        self.assertEqual(links.replaced(there(n5=[341], n7=[5]), 5, "7"), (False, []))
        self.assertIsNone(links.replaced(there(n5=[5], n6=[341]), 5, ""))
