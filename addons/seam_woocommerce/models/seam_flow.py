from odoo import api, fields, models


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    woocommerce_customer_note = fields.Boolean(
        "Customers read the note",
        default=True,
        help="The shop sends them the note with the tracking number by e-mail. Else only the "
        "shop's people see it.",
    )

    woocommerce_tracking = fields.Boolean(compute="_compute_woocommerce_tracking")

    @api.depends("handler", "system_id.connector")
    def _compute_woocommerce_tracking(self):
        for flow in self:
            flow.woocommerce_tracking = (
                flow.system_id.connector == "woocommerce"
                and flow.handler == "seam.handler.sale.shipment"
            )

    def _options(self):
        return {
            **super()._options(),
            "woocommerce_customer_note": self.woocommerce_customer_note,
        }
