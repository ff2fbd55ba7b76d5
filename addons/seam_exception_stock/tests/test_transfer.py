from odoo.tests import tagged

from odoo.addons.seam_exception.tests.concerned_case import ConcernedCase


@tagged("post_install", "-at_install")
class TestTransfer(ConcernedCase):
    groups = ("stock.group_stock_user",)

    def test_a_transfer_shows_what_concerns_it(self):
        warehouse = self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)], limit=1
        )
        kind = warehouse.out_type_id
        transfer = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "location_id": kind.default_location_src_id.id,
                "location_dest_id": self.env.ref("stock.stock_location_customers").id,
            }
        )
        self.assert_shown_and_mended(transfer)
