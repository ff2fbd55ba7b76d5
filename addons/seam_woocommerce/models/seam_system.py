from odoo import fields, models

FLOWS = (
    {
        "code": "orders",
        "handler": "seam.handler.sale.order",
        "contract": "woocommerce-order",
        "carries": "state",
    },
    {
        "code": "refunds",
        "handler": "seam.handler.sale.refund",
        "contract": "woocommerce-refund",
        "carries": "event",
    },
)


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=[("woocommerce", "WooCommerce")],
        ondelete={"woocommerce": "set default"},
    )

    def action_woocommerce_setup(self):
        """Make the flows that a shop needs, with their contracts and pulls.

        They are still to be activated; those that are there already are left alone.
        """
        self.ensure_one()
        names = {"orders": self.env._("Orders"), "refunds": self.env._("Refunds")}
        there = set(self.flow_ids.mapped("code"))
        for values in FLOWS:
            if values["code"] in there:
                continue
            contract = self.env["seam.contract"].search([("name", "=", values["contract"])])
            flow = self.env["seam.flow"].create(
                {
                    "system_id": self.id,
                    "name": names[values["code"]],
                    "code": values["code"],
                    "handler": values["handler"],
                    "carries": values["carries"],
                    # enough for Odoo's batches to pay, few enough for two workers to share
                    "batch_size": 20,
                    "contract_version_id": contract.current_version_id.id,
                    "owner_id": self.owner_id.id,
                }
            )
            self.env["seam.pull"].create({"flow_id": flow.id})
