from odoo import fields, models


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    handler = fields.Selection(
        selection_add=[
            ("seam.handler.delivery.label", "Shipping labels"),
            ("seam.handler.delivery.manifest", "End of day manifests"),
            ("seam.handler.delivery.rate", "Shipping rates"),
            ("seam.handler.delivery.subscription", "Subscriptions to scans"),
            ("seam.handler.delivery.tracking", "Tracking of parcels"),
        ],
        ondelete={
            "seam.handler.delivery.label": "set default",
            "seam.handler.delivery.manifest": "set default",
            "seam.handler.delivery.rate": "set default",
            "seam.handler.delivery.subscription": "set default",
            "seam.handler.delivery.tracking": "set default",
        },
    )
