from odoo.tests import tagged

from .common import SaleCase


@tagged("post_install", "-at_install")
class TestBadOrders(SaleCase):
    def refused(self, document, code):
        message, order = self.take(document)
        self.assertEqual((message.state, message.fault_code), ("failed", code))
        self.assertFalse(order)
        return message

    def test_negative_and_zero_quantities_break_the_contract(self):
        for number, quantity in enumerate((0, -1)):
            document = self.order(f"k{number}")
            document["lines"][0]["quantity"] = quantity
            message = self.refused(document, "schema.invalid")
            self.assertEqual(message.errors[0]["pointer"], "/lines/0/quantity")

    def test_a_quantity_that_odoo_would_round_is_not_rounded(self):
        document = self.order(
            lines=[self.line("1", "CHAIR", 0.3333, "10.00")], totals={"total": "10.00"}
        )
        self.refused(document, "business.rule")

    def test_an_unknown_country_is_chosen(self):
        document = self.order()
        document["billing"]["country"] = "XQ"
        message = self.refused(document, "master.unknown")
        case = self.open_cases()
        self.assertEqual((case.missing_model, case.missing_code), ("res.country", "XQ"))
        case.with_user(self.operator)._fix(self.env.ref("base.us"))
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(message._record().partner_id.country_id, self.env.ref("base.us"))

    def test_entering_what_a_code_means_lets_go_on_what_waits_for_it(self):
        document = self.order()
        document["billing"]["country"] = "XQ"
        message = self.refused(document, "master.unknown")
        self.env["seam.value.map"].create(
            {
                "system_id": self.system.id,
                "res_model": "res.country",
                "external_code": "XQ",
                "res_id": self.env.ref("base.us").id,
            }
        )
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertFalse(self.open_cases())

    def test_an_unknown_currency(self):
        self.refused(self.order(currency="QQQ"), "master.unknown")
        self.assertEqual(self.open_cases().missing_model, "res.currency")

    def test_a_currency_that_is_not_active(self):
        self.env.ref("base.CHF").active = False
        message = self.refused(self.order(currency="CHF"), "config.invalid")
        self.assertIn("CHF", message.fault_message)

    def test_an_unknown_tax_is_chosen(self):
        document = self.order()
        document["lines"][0]["taxes"][0]["code"] = "76"
        message = self.refused(document, "master.unknown")
        case = self.open_cases()
        self.assertEqual((case.missing_model, case.missing_via), ("account.tax", "value_map"))
        case.with_user(self.operator)._fix(self.tax)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)

    def test_a_product_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self.env["product.product"].create(
            {"name": "Theirs", "default_code": "THEIRS", "company_id": other.id}
        )
        document = self.order()
        document["lines"][0]["product"] = {"sku": "THEIRS"}
        self.refused(document, "company.mismatch")

    def test_a_customer_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        customer = self.env["res.partner"].create({"name": "Theirs", "company_id": other.id})
        self.env["seam.binding"]._bind(self.system.id, {"25": customer})
        self.refused(self.order(customer={"id": "25"}), "company.mismatch")

    def test_two_products_of_one_reference(self):
        self._make_product("Chair too", "CHAIR")
        message = self.refused(self.order(), "master.ambiguous")
        self.open_cases().with_user(self.operator)._fix(self.chair)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)

    def test_a_line_that_is_there_twice(self):
        document = self.order()
        document["lines"][1]["id"] = "1"
        self.refused(document, "mapping.failed")

    def test_money_that_is_no_decimal_text(self):
        for number, total in enumerate((29.35, "29,35", "1e3", "NaN")):
            document = self.order(f"k{number}")
            document["totals"]["total"] = total
            self.refused(document, "schema.invalid")

    def test_a_field_that_the_contract_does_not_know(self):
        self.refused(self.order(discount_code="X"), "schema.invalid")
        message, _order = self.take(self.order("2", extensions={"discount_code": "X"}))
        self.assertEqual(message.state, "done")

    def test_a_product_is_found_by_barcode(self):
        self.chair.barcode = "4006381333931"
        document = self.order()
        document["lines"][0]["product"] = {"barcode": "4006381333931"}
        _message, order = self.take(document)
        self.assertIn(self.chair, order.order_line.product_id)
