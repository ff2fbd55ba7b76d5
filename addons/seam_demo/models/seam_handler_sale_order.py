from odoo import models

# What the shop calls the way of shipping that leaves the demo's own warehouse.
EXPRESS = "Express"


class SeamHandlerSaleOrder(models.AbstractModel):
    """Express orders of the demo's shop leave its own warehouse with the demo's carrier, once he
    is there; all others the warehouse that the partner runs.
    """

    _inherit = "seam.handler.sale.order"

    def _prepare_order(self, plan, customers, flow):
        values = super()._prepare_order(plan, customers, flow)
        if flow == self.env.ref("seam_demo.flow_shop_orders", raise_if_not_found=False):
            values |= self._demo_shipping(plan.document)
        return values

    def _demo_shipping(self, document):
        """:return: values of ``sale.order``"""
        ways = {line["name"] for line in document["lines"] if line["kind"] == "shipping"}
        carrier = self.env.ref("seam_demo.delivery_carrier", raise_if_not_found=False)
        if EXPRESS not in ways or not carrier or carrier.sudo().seam_system_id.state != "active":
            return {}
        south = self.env.ref("seam_demo.warehouse_south")
        return {"carrier_id": carrier.id, "warehouse_id": south.id}
