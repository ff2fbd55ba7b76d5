from odoo.tests import tagged

from odoo.addons.seam_exception.tests.concerned_case import ConcernedCase


@tagged("post_install", "-at_install")
class TestOrder(ConcernedCase):
    groups = ("sales_team.group_sale_salesman_all_leads",)

    def test_an_order_shows_what_concerns_it(self):
        partner = self.env["res.partner"].create({"name": "Ada"})
        self.assert_shown_and_mended(self.env["sale.order"].create({"partner_id": partner.id}))
