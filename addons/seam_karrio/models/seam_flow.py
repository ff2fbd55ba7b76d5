from odoo import models

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
