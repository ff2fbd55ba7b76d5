from odoo import api, fields, models

OUT = [
    ("seam.handler.stock.product", "Products for a warehouse"),
    ("seam.handler.stock.delivery", "Delivery requests"),
    ("seam.handler.stock.receipt.notice", "Receipt notices (ASN)"),
]
IN = [
    ("seam.handler.stock.status", "Status at the warehouse"),
    ("seam.handler.stock.shipment", "Shipment confirmations"),
    ("seam.handler.stock.receipt", "Receipt confirmations"),
    ("seam.handler.stock.adjustment", "Stock adjustments"),
    ("seam.handler.stock.snapshot", "Stock snapshots"),
]


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=OUT + IN,
        ondelete=dict.fromkeys([name for name, _label in OUT + IN], "set default"),
    )
    stock_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        string="Warehouses",
        check_company=True,
        help="Which warehouses the partner runs. Empty: all of the company.",
    )
    stock_picking_type_ids = fields.Many2many(
        "stock.picking.type",
        string="Operation types",
        check_company=True,
        help="Whose transfers are told. Empty: the delivery orders, or the receipts, of the "
        "warehouses. A partner who picks, packs and ships needs a warehouse that delivers in "
        "one step; with more steps choose the one that he does.",
    )
    stock_release = fields.Selection(
        [
            ("assigned", "When its goods are reserved"),
            ("confirmed", "When it is confirmed"),
        ],
        "Request a delivery",
        required=True,
        default="assigned",
    )
    stock_category_ids = fields.Many2many(
        "product.category",
        string="Product categories",
        help="Only goods of these categories, and of those below, are told. Empty: all goods "
        "with an internal reference.",
    )
    stock_short = fields.Selection(
        [
            ("hold", "Keep it open, and have a person decide"),
            ("request", "Ask for it again by itself"),
            ("cancel", "Cancel it"),
        ],
        "What is missing at the end",
        required=True,
        default="hold",
        help="What becomes of the rest when the warehouse says that nothing more will come.",
    )
    stock_over_percent = fields.Float(
        "More than announced (%)",
        help="How much more than announced may be received. Above it is an exception.",
    )
    stock_damage_location_id = fields.Many2one(
        "stock.location",
        "Damaged goods go to",
        check_company=True,
        domain="[('usage', 'in', ('internal', 'inventory'))]",
        help="A location for quarantine or scrap. Empty: damaged goods are an exception.",
    )
    stock_adjust_limit = fields.Float(
        "Largest adjustment",
        help="In the product's unit. A larger one is an exception. 0: no limit.",
    )
    stock_tolerance = fields.Float(
        "Tolerated difference",
        help="In the product's unit. Larger differences between Odoo and the warehouse open "
        "an exception for each product.",
    )

    @api.model
    def _tells_transfers(self):
        """:return: whether any flow tells a warehouse of deliveries or receipts (cached)"""
        return bool(
            self._outgoing("seam.handler.stock.delivery")
            or self._outgoing("seam.handler.stock.receipt.notice")
        )

    def action_stock_tell_all(self):
        """Tell the partner of every product: he is new, or lost what he had."""
        self.ensure_one()
        self.check_access("write")
        handler = self.env["seam.handler.stock.product"]
        products = self.env["product.product"].sudo().search([("type", "=", "consu")])
        told = handler._concerns(self.sudo(), products)
        self.env["seam.message"].sudo()._note_emission(self.id, told, "changed", None)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s products are going to be sent.", len(told)),
            },
        }

    def _serves(self, warehouse):
        """:return: whether this flow is for a warehouse"""
        self.ensure_one()
        if warehouse.company_id != self.company_id:
            return False
        return not self.stock_warehouse_ids or warehouse in self.stock_warehouse_ids

    def _served_warehouses(self):
        """:return: the warehouses that this flow is for"""
        self.ensure_one()
        return self.stock_warehouse_ids or self.env["stock.warehouse"].search(
            [("company_id", "=", self.company_id.id)]
        )

    def _tells(self, pickings, field):
        """The transfers that this flow tells its partner of.

        :param field: ``out_type_id`` or ``in_type_id``: which type of operation of a
            warehouse is meant where the flow names none
        """
        self.ensure_one()
        chosen = self.stock_picking_type_ids

        def told(picking):
            kind = picking.picking_type_id
            if picking.company_id != self.company_id or not self._serves(kind.warehouse_id):
                return False
            return kind in chosen if chosen else kind == kind.warehouse_id[field]

        return pickings.filtered(told)
