from odoo.tests import tagged

from . import hubspot_case

LONG_AGO = 1_700_000_000_000


@tagged("post_install", "-at_install")
class TestHistory(hubspot_case.HubspotCase):
    """Deals that were won long before anybody thought of Odoo."""

    def setUp(self):
        super().setUp()
        self.env["product.product"].create({"name": "Machine", "default_code": "HUB-BAR3"})
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        values = {"system_id": self.system.id, "res_model": "crm.stage", "res_id": won.id}
        first = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.env["seam.value.map"]._learn(
            self.system.id, "crm.stage", "appointmentscheduled", first
        )
        self.company_there = self.hubspot.make("companies", name="Engines")
        self.env["seam.value.map"].create({**values, "external_code": "closedwon"})

    def won(self, at=None):
        company = self.company_there
        deal = self.hubspot.make("deals", dealname="Ten", dealstage="closedwon")
        line = self.hubspot.make(
            "line_items", name="Machine", hs_sku="HUB-BAR3", quantity="2", price="5"
        )
        self.hubspot.link("deals", deal, "companies", company, 5)
        self.hubspot.link("deals", deal, "line_items", line, 19)
        if at:
            self.hubspot.objects["deals"][deal]["modified"] = at
        return deal

    def test_a_first_load_makes_no_quotations_of_history(self):
        deals = [self.won(LONG_AGO + number) for number in range(3)]
        self.hubspot.events.clear()
        self.hubspot.calls.clear()
        self.load("companies", "deals")
        for deal in deals:
            lead = self.record("deals", deal)
            self.assertEqual(lead.won_status, "won", self.reasons())
            self.assertFalse(lead.order_ids)
        self.assertFalse([path for _m, path, _b in self.hubspot.calls if "line_items" in path])

    def test_what_is_only_edited_later_stays_history(self):
        deal = self.won(LONG_AGO)
        self.load("companies", "deals")
        self.hubspot.edit("deals", deal, dealname="Twelve")
        self.listen()
        lead = self.record("deals", deal)
        self.assertEqual((lead.name, lead.won_status), ("Twelve", "won"), self.reasons())
        self.assertFalse(lead.order_ids)
        self.hubspot.edit("deals", deal, dealstage="appointmentscheduled")
        self.listen()
        self.hubspot.edit("deals", deal, dealstage="closedwon")
        self.listen()
        self.assertEqual(len(lead.order_ids), 1, self.reasons())

    def test_what_is_won_from_now_on_becomes_one(self):
        self.settled()
        deal = self.won()
        self.pull("companies", "deals")
        self.assertEqual(len(self.record("deals", deal).order_ids), 1, self.reasons())
