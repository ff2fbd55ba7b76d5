from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.seam.tests.engine.scripted import answer

from .common import DealCase


@tagged("post_install", "-at_install")
class TestDeals(DealCase):
    """Deals, from the first call to the paid invoice."""

    def test_a_deal_and_its_customer(self):
        message, lead = self.take(
            self.deal(told={"amount": 100, "currency": self.company.currency_id.name})
        )
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((lead.partner_id, lead.stage_id), (self.acme, self.new))
        self.assertEqual((lead.type, lead.expected_revenue), ("opportunity", 100))
        self.assertFalse(lead.user_id)
        self.assertEqual(self.told(), [])

    def test_the_expected_closing_comes_and_goes(self):
        message, lead = self.take(self.deal(told={"close_date": "2026-04-30"}))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(str(lead.date_deadline), "2026-04-30")
        self.edit(lead, date_deadline="2026-05-31")
        (told,) = self.told()
        self.assertEqual(told["fields"], {"close_date": "2026-05-31"})

    def test_a_deal_without_customer(self):
        message, _none = self.take(self.deal(told={"company": None}))
        self.assertEqual((message.state, message.fault_code), ("failed", "business.rule"))
        message, _none = self.take(self.deal("D-2", told={"company": {"id": "A-9"}}))
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))

    def test_unknown_stage_and_currency_are_asked_for(self):
        message, _none = self.take(self.deal(told={"stage": "Negotiation"}))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.cases()._fix(self.new)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done")
        message, _none = self.take(self.deal("D-2", told={"amount": 5, "currency": "Taler"}))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.assertEqual(message.exception_id.missing_model, "res.currency")

    def test_a_stage_that_was_removed_in_odoo(self):
        stage = self.env["crm.stage"].create({"name": "Gone"})
        self.env["seam.value.map"]._learn(self.system.id, "crm.stage", "Gone", stage)
        stage.unlink()
        self.commit()
        message, _none = self.take(self.deal(told={"stage": "Gone"}))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.assertIn("what “Gone” meant was removed", message.fault_message)
        known = self.env["seam.value.map"].search(
            [("system_id", "=", self.system.id), ("external_code", "=", "Gone")]
        )
        self.assertEqual(known.record_name, "Removed in Odoo")
        self.cases()._fix(self.new)
        self.commit()
        self.drain()
        self.assertEqual(message._record().stage_id, self.new)

    def without_a_word(self):
        """:return: a stage that the CRM has no word for, in which its deal is"""
        _message, lead = self.take(self.deal())
        stage = self.env["crm.stage"].create({"name": "Haggling"})
        self.edit(lead, stage_id=stage.id)
        self.told()
        return stage

    def name_it(self, code, case=None):
        case = (case or self.cases()).with_user(self.operator)
        action = case.action_crm_name()
        wizard = self.env[action["res_model"]].with_user(self.operator)
        wizard = wizard.with_context(**action["context"]).create({"code": code})
        self.assertEqual(wizard.record_name, "Haggling")
        self.assertIn("Prospecting: ", wizard.known)
        return wizard.action_name()

    def test_a_stage_that_the_crm_has_no_word_for_is_named(self):
        self.without_a_word()
        case = self.cases()
        self.assertIn("Haggling", case.name)
        with self.assertRaisesRegex(UserError, "Enter"):
            self.name_it(" ")
        with self.assertRaisesRegex(UserError, "already"):
            self.name_it("Closed Won")
        self.name_it("Negotiation/Review")
        (told,) = self.told()
        self.assertEqual(told["fields"], {"stage": "Negotiation/Review"})
        self.assertEqual(case.state, "resolved")
        with self.assertRaisesRegex(UserError, "any more"):
            self.name_it("Again", case)

    def test_the_word_of_a_stage_that_was_removed_can_be_taken(self):
        stage = self.without_a_word()
        gone = self.env["crm.stage"].create({"name": "Gone"})
        values = self.env["seam.value.map"]
        values._learn(self.system.id, "crm.stage", "Old", gone)
        gone.unlink()
        self.name_it("Old")
        self.assertEqual(values._translate(self.system.id, "crm.stage", ["Old"])["Old"], stage)

    def test_who_only_looks_names_nothing(self):
        self.without_a_word()
        with self.assertRaises(AccessError):
            self.cases().with_user(self.viewer).action_crm_name()

    def test_what_changes_here_is_told(self):
        _message, lead = self.take(self.deal())
        self.edit(lead, stage_id=self.won.id, name="Chairs")
        (told,) = self.told()
        self.assertEqual(told["fields"], {"name": "Chairs", "stage": "Closed Won"})
        self.assertEqual(told["status"], "won")
        self.assertEqual(self.told(), [])

    def test_lost_there_and_here(self):
        _message, lead = self.take(self.deal())
        message, _lead = self.take(self.deal(minute=1, status="lost", lost_reason="Too dear"))
        self.assertEqual((message.state, lead.won_status), ("done", "lost"))
        self.assertIn("Too dear", message.state_reason)
        self.take(self.deal(minute=2, status="open"))
        self.assertEqual((lead.active, lead.won_status), (True, "pending"))
        self.assertEqual(self.told(), [])
        lead.action_set_lost()
        self.commit()
        self.assertEqual([d["status"] for d in self.told()], ["lost"])

    def test_what_was_won_is_lost_there_after_all(self):
        _message, lead = self.take(self.won_deal())
        self.assertEqual((lead.won_status, lead.stage_id), ("won", self.won))
        lost = self.document("D-1", 2, company={"id": "A-1"})
        message, _lead = self.take({**lost, "status": "lost"})
        self.assertEqual((message.state, lead.won_status), ("done", "lost"), message.state_reason)
        self.assertFalse(lead.stage_id.is_won)
        told = self.told()
        self.edit(lead, name="Chairs after all")
        told += self.told()
        self.assertEqual([d.get("fields") for d in told], [None, {"name": "Chairs after all"}])

    def test_won_here_and_lost_there(self):
        _message, lead = self.take(self.deal(status="open"))
        self.edit(lead, stage_id=self.won.id)
        message, _lead = self.take(self.deal(minute=1, status="open"))
        self.assertEqual((message.state, lead.won_status), ("done", "won"), "no news")
        message, _lead = self.take(self.deal(minute=2, status="lost"))
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        self.assertEqual(lead.won_status, "won")
        case = self.cases()
        self.assertEqual(case.pointer, "/status")
        self.assertIn("“Won”", case.fix)
        self.assertIn("“Lost”", case.fix)
        self.assertIn("Outcome", case.name)

    def test_won_becomes_a_quotation_once_and_its_way_is_told(self):
        _message, lead = self.take(self.deal())
        message, _lead = self.take(self.won_deal())
        self.assertEqual(message.state, "done", message.state_reason)
        order = lead.order_ids
        self.assertEqual((len(order), order.state, order.amount_total), (1, "draft", 37.5))
        self.assertEqual(order.partner_id, self.acme)
        (told,) = self.told()
        self.assertEqual(
            told["orders"],
            [
                {
                    "number": order.name,
                    "state": "quotation",
                    "amount": 37.5,
                    "currency": order.currency_id.name,
                }
            ],
        )
        self.assertNotIn("status", told)
        self.take(self.won_deal(minute=40, name="again"))
        self.assertEqual(len(lead.order_ids), 1)
        order.action_confirm()
        self.assertEqual([d["orders"][0]["state"] for d in self.told()], ["confirmed"])
        order._create_invoices().action_post()
        self.assertEqual([d["orders"][0]["state"] for d in self.told()], ["invoiced"])

    def test_a_paid_invoice_is_told_on_the_deal_once(self):
        _message, lead = self.take(self.won_deal())
        lead.order_ids.action_confirm()
        invoice = lead.order_ids._create_invoices()
        invoice.action_post()
        self.told()
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        half = payment.create({"amount": 7.5, "payment_difference_handling": "open"})
        half._create_payments()
        self.assertEqual(invoice.payment_state, "partial")
        self.assertEqual(self.told(), [], "a part is not all of it")
        payment.create({})._create_payments()
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        (told,) = self.told()
        self.assertEqual((told["id"], told["orders"][0]["state"]), ("D-1", "paid"))
        self.assertEqual(told["orders"][0]["amount"], 37.5)
        self.assertEqual(self.told(), [])

    def test_an_unknown_product(self):
        self.take(self.deal())
        message, lead = self.take(self.won_deal(sku="SOFA"))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        case = self.cases()
        self.assertEqual((case.missing_model, case.missing_code), ("product.product", "SOFA"))
        case._fix(self.chair)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(message._record().order_ids.order_line.product_id, self.chair)

    def test_archived_and_deleted(self):
        _message, lead = self.take(self.deal())
        self.take(self.deal(minute=1, archived=True))
        self.assertFalse(lead.active)
        self.take(self.deal(minute=2, archived=False))
        self.assertTrue(lead.active)
        message, _lead = self.take(self.deal(minute=3, deleted=True))
        self.assertEqual((message.state, lead.active), ("done", False))
        _message, other = self.take(self.deal("D-2"))
        other.unlink()
        self.assertEqual([(d["id"], d["deleted"]) for d in self.told()], [("D-2", True)])

    def test_what_is_taken_out_of_the_archive_here_stays(self):
        _message, lead = self.take(self.deal())
        self.take(self.deal(minute=1, archived=True))
        self.edit(lead, active=True)
        message, _lead = self.take(self.deal(minute=2, archived=True, told={"name": "Chairs"}))
        self.assertEqual((lead.name, lead.active), ("Chairs", True), message.state_reason)
        self.take(self.deal(minute=3, archived=False))
        self.take(self.deal(minute=4, archived=True))
        self.assertFalse(lead.active)

    def test_what_was_put_away_there_before_it_came_is_not_made(self):
        for key, document in (
            ("D-8", {**self.deal("D-8"), "archived": True}),
            # as of a recycle bin, which tells no more
            ("D-9", {**self.document("D-9"), "archived": True, "fields": {}}),
        ):
            message, lead = self.take(document)
            self.assertEqual((message.state, lead.exists()), ("done", lead), message.state_reason)
            self.assertFalse(lead, key)
            self.assertIn("Not made", message.state_reason)

    def test_a_deal_whose_customer_was_taken_away_here_is_archived_all_the_same(self):
        _message, lead = self.take(self.deal())
        self.edit(lead, partner_id=False)
        message, _lead = self.take({**self.document("D-1", 1), "archived": True, "fields": {}})
        self.assertEqual((message.state, lead.active), ("done", False), message.state_reason)

    def test_new_deals_are_told_where_the_flow_says_so(self):
        self.flows["deals-out"].crm_new = True
        self.env["crm.lead"].create(
            {
                "name": "Desks",
                "type": "opportunity",
                "partner_id": self.acme.id,
                "stage_id": self.new.id,
                "user_id": False,
            }
        )
        (told,) = self.told()
        self.assertEqual(told["fields"]["company"], {"id": "A-1", "name": "Acme"})
        self.assertEqual(
            (told["fields"]["name"], told["fields"]["stage"]), ("Desks", "Prospecting")
        )

    def test_a_new_deal_waits_for_its_customer(self):
        for code in ("contacts-out", "deals-out"):
            self.flows[code].crm_new = True
        self.answers = [
            answer("503 Service Unavailable", b"{}"),
            answer("200 OK", b'{"id": "P-9"}'),
        ]
        ada = self.env["res.partner"].create({"name": "Ada Lovelace"})
        lead = self.env["crm.lead"].create(
            {"name": "Desks", "type": "opportunity", "partner_id": ada.id, "user_id": False}
        )
        lead.stage_id = self.new
        self.told()
        message = self.env["seam.message"].search(
            [("res_model", "=", "crm.lead"), ("res_id", "=", lead.id)]
        )
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.assertIn("Ada Lovelace", message.fault_message)
        told = []
        for _round in range(2):
            self.env.cr.execute(
                "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
                " WHERE state = 'waiting'"
            )
            self.env.invalidate_all()
            told += self.told()
        self.assertEqual(told[-1]["fields"]["contact"], {"id": "P-9", "name": "Ada Lovelace"})
