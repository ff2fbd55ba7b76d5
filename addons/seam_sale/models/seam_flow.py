from odoo import fields, models


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=[
            ("seam.handler.sale.order", "Sales orders"),
            ("seam.handler.sale.refund", "Refunds of sales orders"),
            ("seam.handler.sale.status", "Status of a shop's orders"),
            ("seam.handler.sale.shipment", "Shipments of a shop's orders"),
            ("seam.handler.sale.refund.out", "Credit notes for a shop's orders"),
            ("seam.handler.sale.product", "Products of a shop (bind only)"),
            ("seam.handler.stock.level", "Stock levels for a shop"),
        ],
        ondelete={
            "seam.handler.sale.order": "set default",
            "seam.handler.sale.refund": "set default",
            "seam.handler.sale.status": "set default",
            "seam.handler.sale.shipment": "set default",
            "seam.handler.sale.refund.out": "set default",
            "seam.handler.sale.product": "set default",
            "seam.handler.stock.level": "set default",
        },
    )
    sale_confirm = fields.Selection(
        [
            ("paid", "When it is paid, or the shop releases it for delivery"),
            ("always", "At once"),
            ("never", "By a person"),
        ],
        "Confirm orders",
        required=True,
        default="paid",
    )
    sale_reservation = fields.Selection(
        [
            ("at_once", "With the confirmation"),
            ("deferred", "Shortly after, in a batch of its own"),
        ],
        "Reserve goods",
        required=True,
        default="at_once",
        help="In a batch of its own, orders are confirmed faster, and orders of the "
        "same products do not get in each other's way.",
    )
    sale_warehouse_id = fields.Many2one(
        "stock.warehouse", "Warehouse", check_company=True, help="Empty: as Odoo chooses."
    )
    sale_team_id = fields.Many2one("crm.team", "Sales team", check_company=True)
    sale_user_id = fields.Many2one(
        "res.users", "Salesperson", help="Empty: the customer's, if there is one."
    )
    sale_pricelist_id = fields.Many2one(
        "product.pricelist",
        "Pricelist",
        check_company=True,
        help="For orders in its currency. Prices come from the shop in any case.",
    )
    sale_shipping_product_id = fields.Many2one(
        "product.product",
        "Shipping as",
        check_company=True,
        default=lambda self: self._default_product("seam_sale.product_shipping"),
        help="The product of shipping lines whose method has no product of its own.",
    )
    sale_fee_product_id = fields.Many2one(
        "product.product",
        "Fees and discounts as",
        check_company=True,
        default=lambda self: self._default_product("seam_sale.product_fee"),
    )
    sale_level_counts = fields.Selection(
        [
            ("free", "What is on hand and not reserved"),
            ("forecast", "What is forecast: with goods to come and to leave"),
        ],
        "Can be sold",
        required=True,
        default="free",
    )
    sale_level_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        "seam_flow_level_warehouse_rel",
        string="Of these warehouses",
        check_company=True,
        help="Empty: all of the company.",
    )

    def _default_product(self, xmlid):
        return self.env.ref(xmlid, raise_if_not_found=False)
