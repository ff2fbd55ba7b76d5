from odoo import fields
from odoo.tests import tagged

from .common import DealCase


@tagged("post_install", "-at_install")
class TestDealMoney(DealCase):
    """Amounts and products of deals."""

    def setUp(self):
        super().setUp()
        self.pounds = self.env.ref("base.GBP")
        self.pounds.active = True
        self.pounds.rate_ids.unlink()
        self.rate("2020-01-01", 0.5)

    def rate(self, day, rate):
        """:param rate: pounds for one of the company's own"""
        values = {"currency_id": self.pounds.id, "name": day, "rate": rate}
        self.env["res.currency.rate"].create({**values, "company_id": self.company.id})

    def worth(self, amount, minute=0, currency="GBP", **told):
        """:return: document of a deal; those of minutes from 30 on are of years later"""
        told = {"amount": amount, "currency": currency, **told}
        return self.deal(minute=minute, told=told)

    def test_an_amount_in_another_currency(self):
        message, lead = self.take(self.worth(100))
        self.assertEqual(lead.expected_revenue, 200, message.state_reason)
        self.assertEqual(self.told(), [])
        self.edit(lead, name="Chairs")
        self.assertEqual([d["fields"] for d in self.told()], [{"name": "Chairs"}])
        self.edit(lead, expected_revenue=250)
        own = self.company.currency_id.name
        self.assertEqual([d["fields"] for d in self.told()], [{"amount": 250.0, "currency": own}])
        self.take(self.worth(100, 40, name="Chairs"))
        self.assertEqual(lead.expected_revenue, 200, "and it was set back there")

    def test_another_rate_is_no_change_of_the_amount(self):
        _message, lead = self.take(self.worth(100))
        self.rate("2030-01-01", 0.25)
        self.take(self.worth(100, 40, name="Chairs"))
        self.assertEqual((lead.name, lead.expected_revenue), ("Chairs", 200))
        self.line("amount", "crm-deal").direction = "in"
        self.edit(lead, expected_revenue=250)
        self.rate("2031-01-01", 0.2)
        self.take(self.worth(100, 41))
        self.assertEqual(lead.expected_revenue, 250, "left alone")
        self.take(self.worth(60, 42))
        self.assertEqual(lead.expected_revenue, 300, "at the rate of that day")
        self.take(self.worth(60, 43, self.company.currency_id.name))
        self.assertEqual(lead.expected_revenue, 60)

    def test_the_crms_own_amount_is_set_back_at_any_rate(self):
        self.line("amount", "crm-deal").owner = "theirs"
        _message, lead = self.take(self.worth(100))
        self.edit(lead, expected_revenue=250)
        self.drain()
        self.assertEqual(lead.expected_revenue, 200)

    def test_an_unknown_currency_is_chosen(self):
        message, _none = self.take(self.worth(100, currency="Pfund"))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.cases()._fix(self.pounds)
        self.commit()
        self.drain()
        self.assertEqual(message._record().expected_revenue, 200, message.state_reason)

    # -- products ----------------------------------------------------------------------

    def won_in_pounds(self, *skus):
        lines = [{"sku": sku, "quantity": 1, "price": 10} for sku in skus]
        told = {"stage": "Closed Won", "amount": 30, "currency": "GBP"}
        return self.deal(minute=1, told=told, status="won", lines=lines)

    def product(self, **values):
        return self.env["product.product"].create({"name": "Seat", "type": "service", **values})

    def test_the_quotation_is_in_the_currency_of_the_deal(self):
        message, _lead = self.take(self.won_in_pounds("CHAIR"))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.assertIn("pricelist", message.fault_message)
        self.env["product.pricelist"].create({"name": "UK", "currency_id": self.pounds.id})
        message._retry("There is one now.")
        self.commit()
        self.drain()
        order = message._record().order_ids
        self.assertEqual((order.currency_id, order.amount_total), (self.pounds, 10))

    def test_products_are_known_by_binding_code_or_barcode(self):
        self.env["product.pricelist"].create({"name": "UK", "currency_id": self.pounds.id})
        stool = self.product(barcode="4006381333931")
        bench = self.product(default_code="BENCH")
        self.env["seam.binding"]._bind(self.system.id, {"P-7": bench})
        message, lead = self.take(self.won_in_pounds("CHAIR", "4006381333931", "P-7"))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(lead.order_ids.order_line.product_id, self.chair | stool | bench)

    def test_a_code_of_two_products(self):
        self.product(default_code="CHAIR")
        message, _lead = self.take(self.won_deal())
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        self.cases()._fix(self.chair)
        self.commit()
        self.drain()
        self.assertEqual(message._record().order_ids.order_line.product_id, self.chair)

    def test_a_deal_that_has_an_order_gets_no_other(self):
        _message, lead = self.take(self.deal())
        line = fields.Command.create({"product_id": self.chair.id})
        order = self.env["sale.order"].create(
            {"partner_id": self.acme.id, "opportunity_id": lead.id, "order_line": [line]}
        )
        self.take(self.won_deal())
        self.assertEqual((lead.won_status, lead.order_ids), ("won", order))

    def test_its_orders_stay_when_it_is_deleted_there(self):
        _message, lead = self.take(self.won_deal())
        self.take(self.deal(minute=2, deleted=True))
        self.assertFalse(lead.active)
        self.assertEqual(lead.order_ids.state, "draft")

    def test_a_stage_that_the_crm_does_not_have(self):
        _message, lead = self.take(self.deal())
        stage = self.env["crm.stage"].create({"name": "Ours alone"})
        self.edit(lead, stage_id=stage.id)
        self.assertEqual(self.told(), [])
        case = self.cases()
        self.assertEqual(case.code, "master.unknown")
        self.assertIn("Ours alone", case.name)
        self.env["seam.value.map"]._learn(self.system.id, "crm.stage", "Qualification", stage)
        case._held()._retry("It has a code now.")
        self.assertEqual([d["fields"] for d in self.told()], [{"stage": "Qualification"}])
