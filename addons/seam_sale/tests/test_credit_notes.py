from odoo import fields
from odoo.tests import tagged

from .way_back import WayBackCase


@tagged("post_install", "-at_install")
class TestCreditNotes(WayBackCase):
    """The shop refunds what was credited in Odoo, once, and never what it refunded itself."""

    flows_out = {"credit-notes": ("sale.refund.out", "event")}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.refunds = cls.make_flow(
            name="Refunds", code="refunds", carries="event", handler="seam.handler.sale.refund"
        )

    def sold(self):
        """:return: (order, posted invoice) of an order that is shipped"""
        _message, order = self.take()
        self.deliver(order)
        invoice = order._create_invoices()
        invoice.action_post()
        return order, invoice

    def credit(self, invoice, quantities=None, post=True):
        """:param quantities: dict product → how many; None: all"""
        credit = invoice._reverse_moves([{"invoice_date": fields.Date.today(), "ref": "Broken"}])
        if quantities is not None:
            for line in credit.invoice_line_ids.filtered(lambda line: line.product_id):
                if line.product_id in quantities:
                    line.quantity = quantities[line.product_id]
                else:
                    line.unlink()
        if post:
            credit.action_post()
        return credit

    def from_the_shop(self, key="9", line="2", quantity=1, total="12.00", tax="0.90", **values):
        return self.send(
            self.refunds,
            {
                "id": key,
                "order_id": "727",
                "date": "2026-03-23T10:00:00Z",
                "total": f"{float(total) + float(tax):.2f}",
                "lines": [
                    {"order_line_id": line, "quantity": quantity, "total": total, "tax": tax}
                ],
                **values,
            },
        )

    def test_a_credit_note_is_told_to_the_cent(self):
        order, invoice = self.sold()
        credit = self.credit(invoice, {self.chair: 1})
        (document,) = self.told("credit-notes")
        self.assertEqual(
            document,
            {
                "id": credit.name,
                "order_id": "727",
                "order_number": "727",
                "date": credit.invoice_date.isoformat(),
                "reason": "Broken",
                "currency": "USD",
                "total": f"{credit.amount_total:.2f}",
                "lines": [
                    {
                        "order_line_id": "1",
                        "name": "Chair",
                        "quantity": 1,
                        "total": "3.00",
                        "taxes": [{"code": "75", "total": f"{credit.amount_tax:.2f}"}],
                    }
                ],
            },
        )
        self.contract_holds("credit-notes", document)
        ordered = self.env["seam.message"].search(
            [("res_model", "=", "sale.order"), ("res_id", "=", order.id)], limit=1
        )
        self.assertEqual(self.outgoing("credit-notes").correlation, ordered.correlation)

    def test_all_of_an_order_with_its_shipping(self):
        _order, invoice = self.sold()
        self.credit(invoice)
        (document,) = self.told("credit-notes")
        self.assertEqual(document["total"], "29.35")
        self.assertEqual([line["order_line_id"] for line in document["lines"]], ["1", "2", "3"])

    def test_money_without_goods(self):
        _order, invoice = self.sold()
        credit = self.credit(invoice, {self.desk: 1}, post=False)
        credit.invoice_line_ids.filtered("product_id").price_unit = 5
        credit.action_post()
        (line,) = self.told("credit-notes")[0]["lines"]
        self.assertEqual((line["quantity"], line["total"]), (0, "5.00"))

    def test_what_the_shop_refunded_is_credited_and_not_told_back(self):
        order, invoice = self.sold()
        self.from_the_shop()
        self.assertEqual(order.seam_refunded_amount, 12.9)
        credit = self.credit(invoice, {self.desk: 1})
        self.assertTrue(credit.seam_shop_refunded)
        self.assertEqual(self.told(), [])
        # what is credited beyond that is our own
        more = self.credit(invoice, {self.chair: 1})
        self.assertFalse(more.seam_shop_refunded)
        self.assertEqual(len(self.told("credit-notes")), 1)

    def test_half_of_it_was_refunded_by_the_shop(self):
        _order, invoice = self.sold()
        self.from_the_shop()
        self.credit(invoice)
        self.assertEqual(self.told(), [])
        message = self.outgoing("credit-notes")
        self.assertEqual((message.state, message.fault_code), ("failed", "business.rule"))

    def test_our_refund_that_comes_back_from_the_shop_is_no_news(self):
        order, invoice = self.sold()
        self.credit(invoice, {self.desk: 1})
        self.told()
        sent = self.outgoing("credit-notes")
        message = self.from_the_shop(extensions={"seam_key": sent.uuid})
        self.assertEqual(message.state, "superseded")
        self.assertFalse(order.activity_ids)
        self.assertFalse(order.seam_refunded_amount)
        other = self.from_the_shop(key="10", extensions={"seam_key": "somebody's"})
        self.assertEqual(other.state, "done", other.fault_message)

    def test_a_credit_note_that_is_posted_again_is_told_once(self):
        _order, invoice = self.sold()
        credit = self.credit(invoice, {self.desk: 1})
        self.assertEqual(len(self.told("credit-notes")), 1)
        credit.button_draft()
        credit.action_post()
        self.assertEqual(self.told(), [])

    def test_a_tax_without_a_code_of_the_shop(self):
        _order, invoice = self.sold()
        self.env["seam.value.map"].search([("system_id", "=", self.system.id)]).unlink()
        self.credit(invoice, {self.desk: 1})
        self.assertEqual(self.told(), [])
        self.assertEqual(self.outgoing("credit-notes").fault_code, "master.unknown")
        self.map_tax("75", self.tax)
        self.outgoing("credit-notes")._retry("entered")
        self.assertEqual(len(self.told("credit-notes")), 1)

    def test_all_that_odoo_gave_back_is_the_end_of_the_order_in_the_shop(self):
        order, invoice = self.sold()
        self.credit(invoice)
        self.told()
        message = self.take(self.order(minute=5, status="refunded", payment={"state": "refunded"}))[
            0
        ]
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual((order.state, order.seam_payment_state), ("sale", "refunded"))
