from decimal import Decimal

from odoo.tests import BaseCase, tagged

from ..models import money
from .common import SaleCase


class TestMoney(BaseCase):
    def test_a_discount_is_a_percentage_only_where_that_is_exact(self):
        price = money.unit_price(Decimal("20.00"), Decimal("15.00"), Decimal(2), 2)
        self.assertEqual(price, (Decimal(10), Decimal(25)))
        price = money.unit_price(Decimal("9.00"), Decimal("6.00"), Decimal(1), 2)
        self.assertEqual(price, (Decimal(6), 0))

    def test_a_free_line_and_one_that_is_dearer_than_before(self):
        self.assertEqual(money.unit_price(Decimal(0), Decimal(0), Decimal(3), 2), (0, 0))
        self.assertEqual(money.unit_price(Decimal(5), Decimal(0), Decimal(1), 2), (5, 100))
        self.assertEqual(money.unit_price(Decimal(5), Decimal(6), Decimal(1), 2), (6, 0))


@tagged("post_install", "-at_install")
class TestAmounts(SaleCase):
    def one_line(self, total, tax, grand, **values):
        line = self.line("1", "CHAIR", values.pop("quantity", 1), total, tax)
        line.update(values.pop("line", {}))
        return self.order(lines=[line], totals={"total": grand}, **values)

    def test_a_price_that_does_not_divide_is_exact_all_the_same(self):
        message, order = self.take(self.one_line("10.00", "0.75", "10.75", quantity=3))
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual((order.amount_untaxed, order.amount_total), (10.00, 10.75))

    def test_prices_with_tax_included(self):
        self.map_tax("75", self._make_tax("VAT 19% incl.", 19, included=True))
        message, order = self.take(
            self.one_line("25.18", "4.79", "29.97", quantity=3, prices_include_tax=True)
        )
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertAlmostEqual(order.order_line.price_unit, 9.99)
        self.assertEqual((order.amount_total, order.amount_tax), (29.97, 4.79))

    def test_a_tax_is_found_by_its_exact_rate_and_way_of_pricing(self):
        included = self._make_tax("VAT 21.5% incl.", 21.5, included=True)
        excluded = self._make_tax("VAT 21.5%", 21.5)
        line = self.line("1", "CHAIR", 1, "10.00")
        line["taxes"] = [{"code": "901", "total": "2.15"}]
        document = self.order(
            lines=[line],
            taxes=[{"code": "901", "name": "VAT", "rate": "21.50"}],
            totals={"total": "12.15"},
        )
        self.assertEqual(self.take(document)[1].order_line.tax_ids, excluded)
        document = self.order("2", lines=[line], taxes=document["taxes"], totals={"total": "12.15"})
        document["prices_include_tax"] = True
        self.assertEqual(self.take(document)[1].order_line.tax_ids, included)

    def test_two_taxes_of_one_rate_are_not_guessed(self):
        self._make_tax("State 3.25%", 3.25)
        self._make_tax("City 3.25%", 3.25)
        line = self.line("1", "CHAIR", 1, "10.00")
        line["taxes"] = [{"code": "901", "total": "0.33"}]
        message, _order = self.take(
            self.order(
                lines=[line],
                taxes=[{"code": "901", "name": "State", "rate": "3.25"}],
                totals={"total": "10.33"},
            )
        )
        self.assertEqual(message.fault_code, "master.ambiguous")
        self.assertEqual(self.open_cases().missing_via, "value_map")

    def test_a_line_without_tax_has_none(self):
        self.chair.taxes_id = self.tax
        _message, order = self.take(self.one_line("10.00", None, "10.00"))
        self.assertFalse(order.order_line.tax_ids)
        self.assertEqual(order.amount_total, 10)

    def test_a_discount_is_shown_where_it_is_exact(self):
        _message, order = self.take(
            self.one_line("15.00", None, "15.00", quantity=2, line={"subtotal": "20.00"})
        )
        self.assertEqual((order.order_line.price_unit, order.order_line.discount), (10, 25))
        self.assertEqual(order.amount_total, 15)

    def test_a_discount_that_is_not_exact_is_in_the_price(self):
        _message, order = self.take(self.one_line("6.00", None, "6.00", line={"subtotal": "9.00"}))
        line = order.order_line
        self.assertEqual((line.price_unit, line.discount), (6, 0))
        self.assertIn("3.00", line.name)

    def test_coupons_and_the_customers_note_stand_below_the_lines(self):
        _message, order = self.take(
            self.order(coupons=[{"code": "SUMMER", "amount": "3.00"}], note="Ring twice")
        )
        notes = order.order_line.filtered(lambda line: line.display_type == "line_note")
        self.assertEqual(
            notes.mapped("name"), ["Coupon SUMMER: 3.00", "Customer's note: Ring twice"]
        )

    def test_fees_and_negative_fees(self):
        fees = [
            {"id": "8", "kind": "fee", "name": "Gift wrap", "quantity": 1, "total": "2.50"},
            {"id": "9", "kind": "discount", "name": "Voucher", "quantity": 1, "total": "-5.00"},
        ]
        _message, order = self.take(
            self.order(lines=[self.line("1", "CHAIR", 1, "10.00"), *fees], totals={"total": "7.50"})
        )
        self.assertEqual(order.amount_total, 7.50)
        self.assertEqual(order.order_line[1].product_id, self.flow.sale_fee_product_id)

    def test_another_currency_needs_a_pricelist_in_it(self):
        self.env.ref("base.EUR").active = True
        self.env["product.pricelist"].search([]).action_archive()
        message, _order = self.take(self.order(currency="EUR"))
        self.assertEqual(message.fault_code, "config.invalid")
        self.env["product.pricelist"].create(
            {"name": "Euro", "currency_id": self.env.ref("base.EUR").id}
        )
        self.open_cases().action_retry()
        self.commit()
        self.drain()
        order = message._record()
        self.assertEqual((order.currency_id.name, order.amount_total), ("EUR", 29.35))

    def test_a_total_that_is_a_cent_off_is_an_exception_that_says_so(self):
        message, order = self.take(self.order(totals={"total": "29.36"}))
        self.assertEqual((message.state, message.fault_code), ("failed", "total.mismatch"))
        self.assertFalse(order)
        self.assertIn("29.36", message.fault_message)
        self.assertIn("-0.01", message.fault_message)
        self.assertIn("add up to 29.35", message.fault_message)

    def test_a_line_whose_tax_differs_is_named(self):
        document = self.order()
        document["lines"][1]["taxes"][0]["total"] = "0.91"
        document["totals"]["total"] = "29.36"
        message, _order = self.take(document)
        self.assertIn("line 2 (Desk): 12.91 there, 12.90 here", message.fault_message)

    def test_rounding_by_line_is_named_as_the_cause(self):
        """Three lines of 1.10: 7.5 % is 0.0825 each, 0.24 by line, 0.25 by tax."""
        self.company.tax_calculation_rounding_method = "round_globally"
        lines = [self.line(str(n), "CHAIR", 1, "1.10", "0.08") for n in range(3)]
        document = self.order(lines=lines, totals={"total": "3.54", "tax": "0.24"})
        message, _order = self.take(document)
        self.assertEqual(message.fault_code, "total.mismatch")
        self.assertIn("Round per Line", message.fault_fix)
        self.company.tax_calculation_rounding_method = "round_per_line"
        self.open_cases().action_retry()
        self.commit()
        self.drain()
        self.assertEqual(message._record().amount_total, 3.54)

    def test_one_wrong_total_does_not_hold_up_its_batch(self):
        bad = self.receive(self.flow, self.order("1", totals={"total": "1.00"}))
        good = self.receive(self.flow, self.order("2"))
        self.drain()
        self.assertEqual(self.message(bad).state, "failed")
        self.assertEqual(self.message(good).state, "done")

    def test_a_unit_is_mapped(self):
        document = self.one_line("120.00", None, "120.00", quantity=2, line={"unit": "DZN"})
        message, _order = self.take(document)
        self.assertEqual(message.fault_code, "master.unknown")
        case = self.open_cases()
        self.assertEqual(case.missing_model, "uom.uom")
        case.with_user(self.operator)._fix(self.env.ref("uom.product_uom_dozen"))
        self.commit()
        self.drain()
        order = message._record()
        self.assertEqual(order.order_line.product_uom_id, self.env.ref("uom.product_uom_dozen"))
        self.assertEqual(order.picking_ids.move_ids.product_qty, 24)
