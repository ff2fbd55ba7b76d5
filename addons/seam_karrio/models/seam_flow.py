from odoo import api, models
from odoo.exceptions import ValidationError

from .. import const
from .seam_connector_karrio import MANIFEST

OPTIONS = {
    "account": "karrio_account",
    "service": "karrio_service",
}


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    def _options(self):
        options = super()._options()
        if self.system_id._is_karrio():
            options.update({name: self.system_id[field] for name, field in OPTIONS.items()})
        return options

    @api.constrains("handler", "system_id")
    def _check_karrio_manifest(self):
        """Said before anybody tries, and not when the driver stands there."""
        for flow in self.filtered(lambda flow: flow.handler == MANIFEST):
            connector = flow.system_id.connector
            if connector in const.WITHOUT_MANIFESTS:
                raise ValidationError(const.WITHOUT_MANIFESTS[connector])
