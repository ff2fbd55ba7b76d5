from odoo.tests import tagged

from odoo.addons.seam.tests.engine.scripted import answer

from .common import DealCase


@tagged("post_install", "-at_install")
class TestDealCustomers(DealCase):
    """Whom a deal is for: chosen there, chosen here, chosen on both sides."""

    def setUp(self):
        super().setUp()
        self.engines = self.known("A-2", "companies", name="Engines")
        self.ada = self.known("P-1", company={"id": "A-1"})
        _message, self.lead = self.take(self.deal())
        self.told()

    def customer(self, minute, **told):
        return self.deal(minute=minute, told=told)

    def test_chosen_there(self):
        message, lead = self.take(self.customer(1, company={"id": "A-2"}))
        self.assertEqual((message.state, lead.partner_id), ("done", self.engines))
        message, lead = self.take(self.customer(2, contact={"id": "P-1"}))
        self.assertEqual((message.state, lead.partner_id), ("done", self.ada))
        self.assertEqual(self.told(), [], "no echo")

    def test_chosen_here(self):
        self.edit(self.lead, partner_id=self.ada.id)
        (told,) = self.told()
        self.assertEqual(
            told["fields"],
            {
                "contact": {"id": "P-1", "name": self.ada.display_name},
                "company": {"id": "A-1", "name": "Acme"},
            },
        )
        message, lead = self.take(self.customer(40, contact={"id": "P-1"}))
        self.assertEqual((message.state, lead.partner_id), ("done", self.ada), "its own echo")
        self.edit(self.lead, partner_id=self.engines.id)
        (told,) = self.told()
        self.assertEqual(
            told["fields"], {"contact": None, "company": {"id": "A-2", "name": "Engines"}}
        )
        self.edit(self.lead, name="Chairs")
        (told,) = self.told()
        self.assertEqual(told["fields"], {"name": "Chairs"}, "once")

    def test_what_they_said_before_it_is_no_news(self):
        self.edit(self.lead, partner_id=self.engines.id)
        self.told()
        message, lead = self.take(self.customer(1, name="Chairs"))
        self.assertEqual((message.state, lead.partner_id), ("done", self.engines))
        self.assertEqual(lead.name, "Chairs")

    def test_chosen_on_both_sides(self):
        for choice, stays in (("ours", "A-2"), ("theirs", "P-1")):
            self.edit(self.lead, partner_id=self.acme.id)
            self.told()
            self.take(self.customer(31 if choice == "ours" else 34))
            self.edit(self.lead, partner_id=self.engines.id)
            minute = 32 if choice == "ours" else 35
            message, _lead = self.take(self.customer(minute, contact={"id": "P-1"}))
            self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
            self.assertEqual(self.lead.partner_id, self.engines)
            self.assertIn("“Engines”", message.fault_fix)
            self.assertIn("Lovelace", message.fault_fix)
            self.assertEqual(message.exception_id.pointer, "/fields/contact")
            self.env["seam.handler.crm.deal"]._decide(message, choice, "By hand.")
            self.commit()
            self.drain()
            self.assertEqual(message.state, "done", message.state_reason)
            told = [each["fields"] for each in self.told() if "company" in each.get("fields", {})]
            if stays == "A-2":
                self.assertEqual(self.lead.partner_id, self.engines)
                self.assertEqual([each["company"]["id"] for each in told], ["A-2"])
                self.assertEqual([each["contact"] for each in told], [None])
            else:
                self.assertEqual((self.lead.partner_id, told), (self.ada, []))

    def test_each_owner(self):
        line = self.line("customer", "crm-deal")
        self.assertEqual((line.direction, line.owner), ("both", "agreed"))
        line.owner = "ours"
        self.take(self.customer(1, company={"id": "A-2"}))
        self.assertEqual(self.lead.partner_id, self.acme, "it is Odoo's to say")
        self.assertEqual([each["fields"]["company"]["id"] for each in self.told()], ["A-1"])
        line.owner = "theirs"
        self.take(self.customer(40))
        self.edit(self.lead, partner_id=self.engines.id)
        self.drain()
        self.assertEqual((self.lead.partner_id, self.told()), (self.acme, []), "set back")
        self.assertIn("Engines", str(self.lead.message_ids.mapped("body")))
        line.write({"direction": "in", "owner": "agreed"})
        self.edit(self.lead, partner_id=self.engines.id)
        self.assertEqual(self.told(), [])
        line.active = False
        message, other = self.take(self.deal("D-7"))
        self.assertEqual((message.state, other.partner_id), ("done", self.acme), "it needs one")
        self.take(self.deal("D-7", 1, told={"company": {"id": "A-2"}}))
        self.assertEqual(other.partner_id, self.acme)

    def test_chosen_here_is_somebody_whom_the_crm_does_not_have_yet(self):
        self.flows["contacts-out"].crm_new = True
        self.answers = [
            answer("503 Service Unavailable", b"{}"),
            answer("200 OK", b'{"id": "P-9"}'),
        ]
        bob = self.env["res.partner"].create({"name": "Bob"})
        self.edit(self.lead, partner_id=bob.id)
        told = self.told()
        message = self.message_of(self.lead)
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.assertIn("Bob", message.fault_message)
        for _round in range(2):
            self.env.cr.execute(
                "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
                " WHERE state = 'waiting'"
            )
            self.env.invalidate_all()
            told += self.told()
        self.assertEqual(
            told[-1]["fields"], {"contact": {"id": "P-9", "name": "Bob"}, "company": None}
        )

    def message_of(self, lead):
        return self.env["seam.message"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id), ("direction", "=", "out")],
            order="id desc",
            limit=1,
        )

    def test_chosen_here_is_somebody_of_whom_the_crm_is_not_told(self):
        bob = self.env["res.partner"].create({"name": "Bob"})
        self.edit(self.lead, partner_id=bob.id)
        self.assertEqual(self.told(), [])
        message = self.message_of(self.lead)
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.edit(self.lead, partner_id=self.acme.id)
        self.assertEqual(self.told(), [], "as it was")
        message.invalidate_recordset()
        self.assertNotIn(message.state, ("waiting", "failed"))
        # of a company that it has, the CRM is told
        bob.parent_id = self.engines
        self.edit(self.lead, partner_id=bob.id)
        (told,) = self.told()
        self.assertEqual(told["fields"]["company"]["id"], "A-2")
        self.assertIsNone(told["fields"]["contact"])
        self.edit(self.lead, name="Chairs")
        self.assertEqual([each["fields"] for each in self.told()], [{"name": "Chairs"}])

    def test_taken_away_here(self):
        self.edit(self.lead, partner_id=False)
        (told,) = self.told()
        self.assertEqual(told["fields"], {"contact": None, "company": None})
        message, lead = self.take(self.customer(40, company=None, contact=None, name="Chairs"))
        self.assertEqual((message.state, lead.name), ("done", "Chairs"), message.state_reason)
        self.edit(self.lead, partner_id=self.engines.id)
        (told,) = self.told()
        self.assertEqual(told["fields"]["company"]["id"], "A-2")

    def test_taken_away_there(self):
        message, _lead = self.take(self.customer(40, company=None, contact=None))
        self.assertEqual((message.state, message.fault_code), ("failed", "business.rule"))
        self.assertEqual(self.lead.partner_id, self.acme)
        message, lead = self.take(self.customer(41, company={"id": "A-2"}))
        self.assertEqual((message.state, lead.partner_id), ("done", self.engines))

    def test_the_customer_is_merged_in_odoo(self):
        """Who is one with another since is no other customer."""
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.acme | self.engines).ids, self.engines
        )
        self.commit()
        self.told()
        self.lead.invalidate_recordset()
        self.assertEqual(self.lead.partner_id, self.engines)
        message, lead = self.take(self.customer(40, company={"id": "A-2"}, contact={"id": "P-1"}))
        self.assertEqual((message.state, lead.partner_id), ("done", self.ada), message.fault_fix)
        message, lead = self.take(self.customer(41, company={"id": "A-1"}, contact=None))
        self.assertEqual((message.state, lead.partner_id), ("done", self.engines))
