from odoo import fields, models


class SeamCredential(models.Model):
    _inherit = "seam.credential"

    purpose = fields.Selection(
        selection_add=[
            ("woocommerce_key", "WooCommerce: consumer key"),
            ("woocommerce_secret", "WooCommerce: consumer secret"),
        ],
        ondelete={
            "woocommerce_key": "cascade",
            "woocommerce_secret": "cascade",
        },
    )
