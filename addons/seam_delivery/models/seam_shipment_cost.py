from odoo import api, fields, models

from .sale_order import QUOTES


class SeamShipment(models.Model):
    """What a delivery cost beside what was quoted for it."""

    _inherit = "seam.shipment"

    quote_kind = fields.Selection(QUOTES, "Quoted", readonly=True)
    quoted_cost = fields.Monetary(
        "Carrier's price when quoted",
        readonly=True,
        currency_field="quoted_currency_id",
        help="Without our margin. Of an order that ships in several deliveries the first has it.",
    )
    quoted_currency_id = fields.Many2one("res.currency", readonly=True)
    quoted = fields.Monetary("Quoted price", readonly=True, help="In the currency of the cost.")
    difference = fields.Monetary(readonly=True, help="Cost less what was quoted.")
    difference_percent = fields.Float(
        "Difference (%)", compute="_compute_above", store=True, digits=(8, 1), aggregator=None
    )
    is_above = fields.Boolean(
        "Above the threshold",
        compute="_compute_above",
        store=True,
        index="btree_not_null",
        help="Dearer or cheaper by more than the delivery method tolerates.",
    )

    @api.depends(
        "difference",
        "quoted",
        "quote_kind",
        "state",
        "carrier_id.seam_tolerated_percent",
        "carrier_id.seam_tolerated_amount",
    )
    def _compute_above(self):
        for shipment in self:
            quoted, difference = shipment.quoted, shipment.difference
            known = shipment.state == "bought" and shipment.quote_kind
            shipment.difference_percent = quoted and known and 100 * difference / quoted
            shipment.is_above = bool(known) and shipment._is_above(abs(difference), quoted)

    def _is_above(self, size, quoted):
        carrier, company = self.carrier_id, self.company_id
        amount = company.currency_id._convert(
            carrier.seam_tolerated_amount,
            self.currency_id or company.currency_id,
            company,
            self.bought_at or fields.Date.today(),
        )
        share = quoted * carrier.seam_tolerated_percent / 100
        return self.currency_id.compare_amounts(size, max(amount, share)) > 0

    # -- when it begins ----------------------------------------------------------------------

    @api.model
    def _opening(self, picking, purpose):
        values = super()._opening(picking, purpose)
        if purpose == "delivery":
            values.update(self._quote_of(picking))
        return values

    @api.model
    def _quote_of(self, picking):
        """:return: dict of what was quoted: to the customer; else to the packer

        So a dearer service that a packer chose shows as a difference.
        """
        order = picking.sale_id.sudo()
        if not order.seam_quote_kind or order.carrier_id != picking.carrier_id:
            return {
                "quote_kind": picking.seam_quote_kind or None,
                "quoted_cost": picking.seam_quoted_cost,
                "quoted_currency_id": picking.seam_quoted_currency_id.id or None,
            }
        earlier = self.sudo().search_count(
            [
                ("picking_id.sale_id", "=", order.id),
                ("purpose", "=", "delivery"),
                ("state", "!=", "void"),
            ],
            limit=1,
        )
        return {
            "quote_kind": "beyond" if earlier else order.seam_quote_kind,
            "quoted_cost": 0.0 if earlier else order.seam_quoted_cost,
            "quoted_currency_id": order.currency_id.id,
        }

    # -- when it is bought -------------------------------------------------------------------

    def _compare(self):
        """Note what was quoted in the currency of the cost, and the difference."""
        for shipment in self.filtered("quote_kind"):
            quoted = shipment.quoted_currency_id._convert(
                shipment.quoted_cost,
                shipment.currency_id,
                shipment.company_id,
                shipment.bought_at.date(),
            )
            shipment.write({"quoted": quoted, "difference": shipment.cost - quoted})

    def _cost_text(self):
        """:return: a sentence for the packer's form, e.g. "9.80 €, 8.50 € quoted" """
        self.ensure_one()
        cost = self.currency_id.format(self.cost)
        if not self.quote_kind:
            return cost
        return self.env._(
            "%(cost)s, %(quoted)s quoted", cost=cost, quoted=self.currency_id.format(self.quoted)
        )


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    seam_tolerated_percent = fields.Float(
        "Tolerated difference (%)",
        default=10.0,
        help="Costs that differ more from what was quoted are listed.",
    )
    seam_tolerated_amount = fields.Float(
        "Tolerated difference (amount)",
        default=1.0,
        help="In the company's currency: smaller differences are not listed, however many percent "
        "they are.",
    )


class StockPicking(models.Model):
    _inherit = "stock.picking"

    seam_difference_text = fields.Char("Cost", compute="_compute_seam_difference_text")

    def _compute_seam_difference_text(self):
        for picking in self:
            shipment = picking.seam_shipment_ids.filtered(
                lambda s: s.state == "bought" and s.purpose == "delivery"
            )[:1]
            picking.seam_difference_text = shipment._cost_text() if shipment else False
