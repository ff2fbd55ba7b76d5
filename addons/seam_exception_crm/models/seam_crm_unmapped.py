from odoo import models

from odoo.addons.seam_crm.models.seam_flow import HANDLERS
from odoo.addons.seam_exception.engine import mask


class SeamCrmUnmapped(models.TransientModel):
    """Values at confidential places are hidden from who maps fields, too."""

    _inherit = "seam.crm.unmapped"

    def _shown(self, system, document, ours, samples):
        flows = system.flow_ids.filtered(
            lambda flow: flow.handler in HANDLERS and self.env[flow.handler]._document == document
        )
        path = ours.split(".", 1) if ours.startswith("custom.") else ["fields", ours]
        if self.env["seam.message"]._sees_all() or not any(
            mask.covered(path, mask.places(flow.confidential_pointers)) for flow in flows
        ):
            return super()._shown(system, document, ours, samples)
        return (mask.MASK,) if samples else ()
