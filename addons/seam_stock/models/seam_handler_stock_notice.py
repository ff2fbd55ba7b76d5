from odoo import models

from .seam_handler_stock import without_empty, written


class SeamHandlerStockNotice(models.AbstractModel):
    """Receipt notices (ASN): which goods are on their way to a warehouse."""

    _name = "seam.handler.stock.receipt.notice"
    _inherit = "seam.handler.stock.transfer"
    _description = "Receipt notices"

    _contract = ("stock-receipt-notice", "1.0.0")
    _type_field = "in_type_id"

    def _give_correlation(self, pickings):
        for picking in pickings:
            picking.seam_correlation = f"receipt/{picking.seam_reference}"

    def _content(self, picking, codes):
        return {
            **super()._content(picking, codes),
            "kind": self._kind(picking),
            "expected": written(picking.scheduled_date),
            "supplier": self._supplier(picking),
            "tracking": (picking.carrier_tracking_ref or "").split(",")[0].strip(),
        }

    def _kind(self, picking):
        if picking.return_id:
            return "return"
        kinds = {"supplier": "purchase", "customer": "return", "transit": "transfer"}
        return kinds.get(picking.location_id.usage, "other")

    def _supplier(self, picking):
        partner = picking.partner_id
        if not partner:
            return None
        return without_empty(
            {
                "name": partner.display_name.replace("\n", ", "),
                "reference": partner.ref or partner.commercial_partner_id.vat,
            }
        )

    def _lots(self, moves, unit):
        """What the sender announced, if somebody entered it."""
        return self._sum_lots(moves.move_line_ids, unit)
