from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault

QUOTES = [
    ("live", "As the carrier said"),
    ("known", "As the carrier said of such a parcel before"),
    ("fixed", "Fixed price"),
    ("beyond", "Quoted with an earlier delivery"),
]


class SaleOrder(models.Model):
    """Which service was quoted, and what the carrier wanted for it."""

    _inherit = "sale.order"

    seam_service = fields.Char("Carrier's service", readonly=True, copy=False)
    seam_quoted_cost = fields.Monetary(
        "Carrier's price", readonly=True, copy=False, help="Without our margin."
    )
    seam_quoted_at = fields.Datetime("Told", readonly=True, copy=False)
    seam_quote_kind = fields.Selection(QUOTES[:3], "Quoted", readonly=True, copy=False)

    def set_delivery_line(self, carrier, amount):
        result = super().set_delivery_line(carrier, amount)
        for order in self:
            order._seam_note_quote(carrier)
        return result

    def _seam_note_quote(self, carrier):
        """Keep what the carrier said a moment ago; nobody is asked."""
        self.ensure_one()
        values = dict.fromkeys(
            ("seam_service", "seam_quoted_cost", "seam_quoted_at", "seam_quote_kind"), False
        )
        if carrier.delivery_type == "seam":
            values.update(self._seam_quote_values(carrier))
        self.sudo().write(values)

    def _seam_quote_values(self, carrier):
        try:
            quote = carrier._seam_quote(self, ask=False)
        except Fault:
            fixed = carrier.fixed_rate_shipment(self)
            return {
                "seam_service": carrier._seam_wanted_service(self) or False,
                "seam_quoted_cost": fixed["price"],
                "seam_quoted_at": fields.Datetime.now(),
                "seam_quote_kind": "fixed" if fixed["success"] else False,
            }
        return {
            "seam_service": quote.service,
            "seam_quoted_cost": carrier._seam_in_currency(quote, self.currency_id, self),
            "seam_quoted_at": quote.at,
            "seam_quote_kind": quote.kind,
        }
