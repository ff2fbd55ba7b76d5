from odoo import models

from odoo.addons.seam.engine import postal
from odoo.addons.seam.engine.fault import Fault

from .seam_handler_stock import without_empty, written


class SeamHandlerStockDelivery(models.AbstractModel):
    """Delivery requests: what a warehouse is to pick, pack and ship."""

    _name = "seam.handler.stock.delivery"
    _inherit = "seam.handler.stock.transfer"
    _description = "Delivery requests"

    _contract = ("stock-delivery", "1.0.0")
    _type_field = "out_type_id"

    def _is_released(self, flow, picking):
        if flow.stock_release == "confirmed":
            return super()._is_released(flow, picking)
        return picking.state == "assigned"

    def _give_correlation(self, pickings):
        """A delivery belongs to the business transaction of its sale."""
        sales = pickings.sale_id
        known = self.env["seam.message"]._known_correlations(sales) if sales else {}
        for picking in pickings:
            picking.seam_correlation = (
                known.get(picking.sale_id.id) or f"delivery/{picking.seam_reference}"
            )

    def _content(self, picking, codes):
        sale = picking.sale_id
        return {
            **super()._content(picking, codes),
            "origin": sale.name or picking.origin,
            "customer_reference": sale.client_order_ref,
            "priority": "urgent" if picking.priority == "1" else "normal",
            "scheduled": written(picking.scheduled_date),
            "promised": self._promised(picking),
            "partial": picking.move_type == "direct",
            "address": self._address(picking),
        }

    def _promised(self, picking):
        promised = picking.sale_id.commitment_date or picking.date_deadline
        return written(promised) if promised else None

    def _address(self, picking):
        partner = picking.partner_id
        if not partner:
            raise Fault(
                "business.rule",
                self.env._("%s has no delivery address.", picking.name),
                fix=self.env._("Enter the delivery address; then it is sent by itself."),
                subject=f"stock.picking:{picking.id}",
            )
        return without_empty(postal.written(partner))

    def _lots(self, moves, unit):
        if not moves.picking_type_id.seam_demand_lots or moves.product_id.tracking == "none":
            return []
        return self._sum_lots(moves.move_line_ids, unit)
