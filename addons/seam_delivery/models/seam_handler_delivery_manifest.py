from odoo import models

from odoo.addons.seam.engine.fault import Fault

from . import address


class SeamHandlerDeliveryManifest(models.AbstractModel):
    """End of day manifests, for carriers who want one."""

    _name = "seam.handler.delivery.manifest"
    _inherit = "seam.handler"
    _description = "End of day manifests"

    _contract = ("shipping-manifest", "1.0.0")
    _direction = "out"
    _sources = ("seam.manifest",)

    def _concerns(self, flow, records):
        return records.filtered(lambda manifest: manifest.system_id == flow.system_id)

    def _build(self, records, topic):
        return [self._built(manifest) for manifest in records]

    def _built(self, manifest):
        try:
            return self._document(manifest)
        except Fault as fault:
            return fault

    def _document(self, manifest):
        partner = manifest.warehouse_id.partner_id
        sender = address.written(partner) if partner else {}
        whose = self.env._("The warehouse's address")
        address.check(self.env, whose, partner, sender, "from", False)
        shipments = manifest.shipment_ids.filtered(lambda shipment: shipment.state != "void")
        if not shipments:
            raise Fault(
                "business.rule",
                self.env._("Every label of %s is void by now.", manifest.name),
                pointer="/shipments",
                fix=self.env._("Give it up."),
                subject=f"seam.manifest:{manifest.id}",
            )
        return {
            "reference": manifest.name,
            "date": str(manifest.date),
            "from": sender,
            "shipments": [
                {
                    "reference": shipment.name,
                    "carrier_number": shipment.carrier_number,
                    "tracking": shipment.parcel_ids.mapped("tracking"),
                }
                for shipment in shipments.sorted("id")
            ],
        }

    def _refused(self, letter):
        self.env["seam.manifest"].sudo().browse(letter.res_id)._keep_refusal(letter.fault)

    def _received(self, letter):
        self.env["seam.manifest"].sudo().browse(letter.res_id)._keep(letter.content)
