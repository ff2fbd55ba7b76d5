from odoo import fields, models


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=[("seam.handler.hubspot.event", "Events of HubSpot")],
        ondelete={"seam.handler.hubspot.event": "set default"},
    )

    def _options(self):
        options = super()._options()
        if self.system_id.connector == "hubspot":
            options.update(self.system_id._hubspot_options())
        return options
