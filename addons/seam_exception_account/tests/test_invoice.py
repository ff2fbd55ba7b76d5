from odoo.tests import tagged

from odoo.addons.seam_exception.tests.concerned_case import ConcernedCase


@tagged("post_install", "-at_install")
class TestInvoice(ConcernedCase):
    groups = ("account.group_account_invoice",)

    def test_an_invoice_shows_what_concerns_it(self):
        partner = self.env["res.partner"].create({"name": "Ada"})
        journal = self.env["account.journal"].create(
            {"name": "Sales of tests", "code": "SEAMT", "type": "sale"}
        )
        invoice = self.env["account.move"].create(
            {"move_type": "out_refund", "partner_id": partner.id, "journal_id": journal.id}
        )
        self.assert_shown_and_mended(invoice)
