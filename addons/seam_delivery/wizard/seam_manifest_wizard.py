from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

# Labels of carriers who get no list are told of so long after they were bought.
LATELY = timedelta(hours=24)


class SeamManifestWizard(models.TransientModel):
    """Close the day: what the drivers take, and which day they come."""

    _name = "seam.manifest.wizard"
    _description = "Close the day with carriers"

    date = fields.Date("Pick-up", required=True, default=fields.Date.context_today)
    shipment_ids = fields.Many2many(
        "seam.shipment", string="Shipments", default=lambda self: self._default_shipments()
    )
    left_out = fields.Char(compute="_compute_left_out")
    without = fields.Text(compute="_compute_without")

    def _default_shipments(self):
        Shipment = self.env["seam.shipment"]
        if self.env.context.get("active_model") != "seam.shipment":
            return Shipment._open_for_manifest()
        chosen = Shipment.browse(self.env.context.get("active_ids", ()))
        return chosen.filtered(lambda shipment: shipment._is_for_manifest())

    @api.depends("shipment_ids")
    def _compute_left_out(self):
        """Say of those that were selected how many are not handed in."""
        chosen = self.env.context.get("active_ids", ())
        if self.env.context.get("active_model") != "seam.shipment":
            chosen = ()
        for wizard in self:
            count = len(set(chosen) - set(wizard.shipment_ids.ids))
            text = self.env._(
                "%s of those that were selected are left out: they have no label, are in a "
                "manifest, or their carrier wants none.",
                count,
            )
            wizard.left_out = text if count else False

    @api.depends("date")
    def _compute_without(self):
        """Say of carriers whose labels wait for a driver too why they are not in the list."""
        since = fields.Datetime.now() - LATELY
        Shipment = self.env["seam.shipment"]
        lately = Shipment._open_for_manifest(since, lambda shipment: shipment._gets_no_manifest())
        counts = {}
        for shipment in lately:
            system = shipment.carrier_id.sudo().seam_system_id
            counts[system] = counts.get(system, 0) + 1
        sentences = [
            self.env._(
                "%(carrier)s, labels bought lately: %(count)s. %(why)s",
                carrier=system.name,
                count=count,
                why=system._without_manifests(),
            )
            for system, count in counts.items()
            if system
        ]
        for wizard in self:
            wizard.without = "\n".join(sentences)

    def action_close(self):
        self.ensure_one()
        manifests = self.env["seam.manifest"]._make(self.shipment_ids, self.date)
        if not manifests:
            raise UserError(
                self.env._(
                    "There is nothing to hand in: no label without a manifest, of a carrier with "
                    "an active flow of end of day manifests."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id("seam_delivery.seam_manifest_action")
        action["domain"] = [("id", "in", manifests.ids)]
        action["context"] = {}
        return action
