from odoo import models

from odoo.addons.seam.engine.fault import Fault

from . import shipments


class SeamHandlerSaleStatus(models.AbstractModel):
    """How far an order of a shop has come: a state, built when it is sent."""

    _name = "seam.handler.sale.status"
    _inherit = "seam.handler.sale.back"
    _description = "Status of a shop's orders"

    _contract = ("sale-status", "1.0.0")
    _sources = ("sale.order",)

    def _needs(self):
        return {
            "sale.order": {
                "client_order_ref": "char",
                "picking_ids": "one2many",
                "state": "selection",
            },
            "stock.picking": {
                "carrier_tracking_ref": "char",
                "date_done": "datetime",
                "location_dest_id": "many2one",
                "move_ids": "one2many",
                "state": "selection",
            },
        }

    def _orders(self, records):
        return records

    def _build(self, records, topic):
        system = self._flow().system_id
        known = self._shop_ids(system, records)
        held = self._held(system, known)
        return [self._document_or_fault(order, known.get(order.id), held) for order in records]

    def _document_or_fault(self, order, shop_id, held):
        if not shop_id:
            return None
        if shop_id in held:
            return Fault(
                "order.predecessor",
                self.env._(
                    "The shop changed %s meanwhile, and that is not settled here.", order.name
                ),
                fix=self.env._("Settle the shop's own message about this order first."),
                subject=f"order:{shop_id}",
            )
        left = order.picking_ids.filtered(
            lambda picking: picking.state == "done" and shipments.is_shipment(picking)
        ).sorted("date_done")
        return {
            **self._head(order, shop_id),
            "name": order.name,
            "status": self._status(order, left),
            "shipments": [shipments.describe(picking) for picking in left],
        }

    def _status(self, order, left):
        """As Odoo's own delivery status counts: what was cancelled will not follow."""
        if order.state == "cancel":
            return "cancelled"
        if order.state != "sale":
            return "open"
        if not left:
            return "confirmed"
        more = order.picking_ids.filtered(
            lambda picking: (
                picking.state not in ("done", "cancel") and shipments.is_shipment(picking)
            )
        )
        return "partly_shipped" if more else "shipped"

    def _held(self, system, known):
        """Orders of which something that the shop said is not settled.

        It may be a cancellation: the shop's status is not written over before.

        :return: set of the shop's ids
        """
        self.env.cr.execute(
            """
            SELECT m.ordering_key FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.system_id = %s AND m.direction = 'in'
               AND m.state IN ('pending', 'working', 'waiting', 'failed')
               AND f.handler = 'seam.handler.sale.order' AND m.ordering_key = ANY(%s)
            """,
            [system.id, list(known.values())],
        )
        return {row[0] for row in self.env.cr.fetchall()}
