from odoo import models

# So many numbers stand in one document.
MOST = 100


class SeamHandlerDeliverySubscription(models.AbstractModel):
    """Has carriers tell of parcels by themselves, where they want to be asked to."""

    _name = "seam.handler.delivery.subscription"
    _inherit = "seam.handler"
    _description = "Subscriptions to scans"

    _contract = ("shipping-subscription", "1.0.0")
    _direction = "out"
    _sources = ("seam.shipment",)

    def _concerns(self, flow, records):
        return records.filtered(
            lambda s: s.parcel_ids and s.carrier_id.sudo().seam_system_id == flow.system_id
        )

    def _correlation(self, records):
        """A subscription belongs to the business transaction of its label."""
        return self.env["seam.handler.delivery.label"]._correlation(records)

    def _build(self, records, topic):
        return [
            {
                "reference": shipment.name,
                "tracking": (shipment._unsubscribed() or shipment.parcel_ids)[:MOST].mapped(
                    "tracking"
                ),
            }
            for shipment in records
        ]

    def _received(self, letter):
        shipment = self.env["seam.shipment"].sudo().browse(letter.res_id)
        shipment._keep_subscription(letter.content, letter.document["tracking"])
