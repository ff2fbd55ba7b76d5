from odoo import models

from . import shipments


class SeamHandlerSaleShipment(models.AbstractModel):
    """Goods that left for a shop's customer, and how they are tracked."""

    _name = "seam.handler.sale.shipment"
    _inherit = "seam.handler.sale.back"
    _description = "Shipments of a shop's orders"

    _contract = ("sale-shipment", "1.1.0")
    _sources = ("stock.picking",)

    def _needs(self):
        return {
            "stock.picking": {
                "carrier_id": "many2one",
                "carrier_tracking_ref": "char",
                "carrier_tracking_url": "char",
                "date_done": "datetime",
                "location_dest_id": "many2one",
                "move_ids": "one2many",
                "sale_id": "many2one",
                "state": "selection",
            },
            "stock.move": {"quantity": "float", "sale_line_id": "many2one"},
        }

    def _orders(self, records):
        return records.sale_id

    def _concerns(self, flow, records):
        left = records.sudo().filtered(
            lambda picking: picking.state == "done" and shipments.is_shipment(picking)
        )
        return super()._concerns(flow, left)

    def _build(self, records, topic):
        known = self._shop_ids(self._flow().system_id, records.sale_id)
        told = self._told_last(records)
        documents = [
            {
                **self._head(picking.sale_id, known[picking.sale_id.id]),
                **self._describe(picking),
            }
            if picking.sale_id.id in known
            else None
            for picking in records
        ]
        return [
            None if document == told.get(picking.id) else document
            for picking, document in zip(records, documents, strict=True)
        ]

    def _told_last(self, records):
        """What the shop was told of these last: customers read it, and not twice.

        :return: dict record id → document, of those that were told
        """
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (res_id) res_id, id FROM seam_message
             WHERE flow_id = %s AND res_model = %s AND res_id = ANY(%s) AND state = 'done'
             ORDER BY res_id, position DESC
            """,
            [self._flow().id, records._name, records.ids],
        )
        ids = dict(self.env.cr.fetchall())
        messages = self.env["seam.message"].sudo()
        return {
            res_id: document
            for res_id, id_ in ids.items()
            for document in messages.browse(id_)._documents()
        }

    def _describe(self, picking):
        """Hook: what is told of a shipment. :return: dict"""
        return shipments.describe(picking)
