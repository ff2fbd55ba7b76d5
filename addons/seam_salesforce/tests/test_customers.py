from odoo.tests import tagged

from .. import roles
from .fake_salesforce import Refusal
from .story_case import StoryCase


@tagged("post_install", "-at_install")
class TestCustomers(StoryCase):
    """Whom a deal is for, chosen in Odoo and in Salesforce."""

    def setUp(self):
        super().setUp()
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.env["seam.value.map"]._learn(self.system.id, "crm.stage", "Prospecting", stage)
        make = self.fake.make
        self.acme, self.mills = (make("Account", Name=name) for name in ("Acme Tools", "Mills"))
        self.ada, self.bob = (
            make("Contact", LastName=name, Email=f"{name}@sf-deal.example", AccountId=account)
            for name, account in (("ada", self.acme), ("bob", self.mills))
        )
        self.deal = make(
            "Opportunity",
            Name="40 lathes",
            StageName="Prospecting",
            CloseDate="2027-01-31",
            AccountId=self.acme,
        )
        self.take()
        self.lead = self.lead_of(self.deal)

    @property
    def there(self):
        record = self.fake.records["Opportunity"][self.deal]
        return record["AccountId"], record["ContactId"]

    def choose(self, key, **values):
        self.lead.write({"partner_id": self.partner_of(key).id, **values})
        return self.tell()

    def hear(self):
        self.fake.tick()
        self.take("deals")

    def state(self):
        message = self.messages("deals-out")[-1]
        return message.state, message.fault_code or None

    def test_another_company(self):
        self.assertEqual(self.lead.partner_id, self.partner_of(self.acme))
        self.choose(self.mills)
        self.assertEqual(self.there, (self.mills, None), self.state())
        self.hear()
        self.assertEqual(self.lead.partner_id, self.partner_of(self.mills))
        self.assertEqual(self.tell(), [], "no echo")

    def test_a_person_then_another_then_the_company(self):
        self.choose(self.ada, name="50 lathes")
        self.assertEqual(self.there, (self.acme, self.ada), self.state())
        self.assertEqual(self.fake.records["Opportunity"][self.deal]["Name"], "50 lathes")
        self.hear()
        self.assertEqual(self.lead.partner_id, self.partner_of(self.ada))
        self.choose(self.bob)
        self.assertEqual(self.there, (self.mills, self.bob), self.state())
        self.hear()
        # she keeps her role, and has no second one when it is her turn again
        self.choose(self.ada)
        self.assertEqual(self.there, (self.acme, self.ada), self.state())
        self.assertEqual(
            sorted((role["ContactId"], role["IsPrimary"]) for role in self.fake.roles(self.deal)),
            sorted([(self.ada, True), (self.bob, False)]),
        )
        self.hear()
        self.choose(self.mills)
        self.assertEqual(self.there, (self.mills, None), self.state())
        self.hear()
        self.assertEqual(self.lead.partner_id, self.partner_of(self.mills))
        self.assertEqual(self.tell(), [])

    def test_the_answer_is_lost(self):
        for lost in (["hang up"], [0, "hang up"], [0, "lose"]):
            with self.subTest(lost=lost):
                self.choose(self.acme)
                self.let_time_pass()
                self.tell()
                self.fake.next_answers = lost
                self.choose(self.ada)
                self.let_time_pass()
                self.tell()
                self.assertEqual(self.there, (self.acme, self.ada), self.state())
                self.assertEqual(self.state(), ("done", None))
                self.assertEqual(len(self.fake.roles(self.deal)), 1, "nobody has it twice")
                self.hear()
                self.assertEqual(self.lead.partner_id, self.partner_of(self.ada))

    def test_a_refusal_of_the_role_takes_back_all(self):
        calls = self.fake._record

        def forbid(method, name, *rest):
            if name == "OpportunityContactRole":
                message = "No more buyers"
                raise Refusal(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", message, ["ContactId"])
            return calls(method, name, *rest)

        self.patch(self.fake, "_record", forbid)
        self.choose(self.bob)
        self.assertEqual(self.there, (self.acme, None))
        self.assertEqual(self.state(), ("failed", "business.rule"))
        case = self.open_cases(self.flows["deals-out"])
        self.assertIn("No more buyers", case.name)
        self.assertEqual(case.pointer, "/fields/contact")

    def test_chosen_on_both_sides(self):
        self.choose(self.mills)
        self.hear()
        self.fake.tick(10**9)
        self.fake.change("Opportunity", self.deal, ContactId=self.bob)
        self.choose(self.ada)
        self.assertEqual(self.there, (self.mills, self.bob), "Odoo did not know of it")
        self.assertEqual(self.state(), ("waiting", "order.predecessor"))
        self.take("deals")
        case = self.open_cases(self.flows["deals"])
        self.assertEqual(case.code, "owner.conflict")
        self.assertEqual(self.lead.partner_id, self.partner_of(self.ada))

    def test_which_roles_change(self):
        told = {"id": "006", "contact": "003a", "body": {"AccountId": None}, "headers": {}}

        def steps(*listed, **changes):
            rows = [dict(zip(("Id", "ContactId", "IsPrimary"), row, strict=True)) for row in listed]
            return [(x.method, x.json) for x in roles.steps({**told, **changes}, rows)][1:]

        off, on = ("PATCH", {"IsPrimary": False}), ("PATCH", {"IsPrimary": True})
        made = ("POST", {"OpportunityId": "006", "ContactId": "003a", "IsPrimary": True})
        self.assertEqual(steps(), [made])
        self.assertEqual(steps(("r", "003b", True)), [off, made])
        self.assertEqual(steps(("r", "003b", False)), [made])
        self.assertEqual(steps(("r", "003a", True)), [])
        self.assertEqual(steps(("r", "003a", False), ("s", "003b", True)), [off, on])
        self.assertEqual(steps(("r", "003a", True), contact=None), [off])
        self.assertEqual(steps(contact=None), [])
