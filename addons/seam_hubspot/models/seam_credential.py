from odoo import fields, models


class SeamCredential(models.Model):
    _inherit = "seam.credential"

    purpose = fields.Selection(
        selection_add=[("hubspot_token", "HubSpot: access token or service key")],
        ondelete={"hubspot_token": "cascade"},
    )
