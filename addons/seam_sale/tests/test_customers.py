from odoo.tests import tagged

from .common import ADDRESS, SaleCase


@tagged("post_install", "-at_install")
class TestCustomers(SaleCase):
    def test_a_new_customer_is_a_person_with_his_address(self):
        _message, order = self.take()
        partner = order.partner_id
        self.assertEqual((partner.name, partner.email), ("John Doe", "john.doe@example.com"))
        self.assertEqual((partner.city, partner.state_id.code), ("San Francisco", "CA"))
        self.assertEqual(order.partner_invoice_id, partner)
        self.assertEqual(order.partner_shipping_id, partner)

    def test_he_is_known_by_his_id_when_his_e_mail_changes(self):
        first = self.take(self.order("1", customer={"id": "25", "email": "a@example.com"}))[1]
        second = self.take(self.order("2", customer={"id": "25", "email": "b@example.com"}))[1]
        self.assertEqual(first.partner_id, second.partner_id)

    def test_a_customer_of_odoo_is_found_by_e_mail_and_not_changed(self):
        partner = self.env["res.partner"].create(
            {"name": "J. Doe", "email": "John.Doe@Example.com", "street": "Elsewhere 1"}
        )
        _message, order = self.take()
        self.assertEqual(order.partner_id, partner)
        self.assertEqual(partner.street, "Elsewhere 1")
        invoice = order.partner_invoice_id
        self.assertEqual((invoice.parent_id, invoice.type), (partner, "invoice"))
        self.assertEqual(invoice.street, ADDRESS["street"])
        again = self.take(self.order("728"))[1]
        self.assertEqual(again.partner_invoice_id, invoice, "the address is used again")
        self.assertEqual(again.partner_shipping_id, order.partner_shipping_id)

    def test_two_customers_of_one_e_mail_are_not_guessed(self):
        partners = self.env["res.partner"].create(
            [{"name": name, "email": "john.doe@example.com"} for name in ("A", "B")]
        )
        message, _order = self.take()
        self.assertEqual(message.fault_code, "master.ambiguous")
        self.open_cases().with_user(self.operator)._fix(partners[1])
        self.commit()
        self.drain()
        self.assertEqual(message._record().partner_id, partners[1])

    def test_a_company_with_its_contact(self):
        billing = {**ADDRESS, "company": "Doe & Sons"}
        _message, order = self.take(
            self.order(billing=billing, customer={"email": "j@doe.example", "vat": "US123"})
        )
        contact = order.partner_id
        company = contact.parent_id
        self.assertEqual((contact.name, company.name), ("John Doe", "Doe & Sons"))
        self.assertTrue(company.is_company)
        self.assertEqual(company.vat, "US123")
        second = self.take(
            self.order(
                "2",
                billing={**billing, "name": "Jane Doe"},
                customer={"email": "jane@doe.example", "vat": "US123"},
            )
        )[1]
        self.assertEqual(second.partner_id.parent_id, company)
        self.assertNotEqual(second.partner_id, contact)

    def test_a_delivery_address_of_its_own(self):
        shipping = {**ADDRESS, "name": "Aunt Mary", "street": "1 Elm Street"}
        _message, order = self.take(self.order(shipping=shipping))
        delivery = order.partner_shipping_id
        self.assertEqual((delivery.name, delivery.type), ("Aunt Mary", "delivery"))
        self.assertEqual(delivery.parent_id, order.partner_id)
        self.assertEqual(order.picking_ids.partner_id, delivery)

    def test_a_state_that_is_none_is_kept_with_the_city(self):
        _message, order = self.take(self.order(billing={**ADDRESS, "state": "Nirgends"}))
        self.assertEqual(order.partner_id.city, "San Francisco, Nirgends")

    def test_an_order_of_nobody_known(self):
        _message, order = self.take(self.order(customer={}, billing={}))
        self.assertEqual(order.partner_id.name, "Customer of order 727")

    def test_a_customer_with_the_same_e_mail_elsewhere_is_not_ours(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        theirs = self.env["res.partner"].create(
            {"name": "Theirs", "email": "john.doe@example.com", "company_id": other.id}
        )
        _message, order = self.take()
        self.assertNotEqual(order.partner_id, theirs)
