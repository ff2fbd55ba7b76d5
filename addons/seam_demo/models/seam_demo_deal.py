from odoo import models
from odoo.fields import Command


class SeamHandlerSaleOrder(models.AbstractModel):
    """What the demo's shop sells is a deal of its CRM: the sales people see each order
    there, and how far it has come.
    """

    _inherit = "seam.handler.sale.order"

    def _apply_new(self, plans, customers, flow):
        result = super()._apply_new(plans, customers, flow)
        crm = self.env.ref("seam_demo.system_crm", raise_if_not_found=False)
        shop = self.env.ref("seam_demo.flow_shop_orders", raise_if_not_found=False)
        if flow == shop and crm and crm.sudo().state == "active":
            orders = self.env["sale.order"].union(*(plan.letter.record for plan in plans))
            self._demo_deals(orders)
        return result

    def _demo_deals(self, orders):
        """An opportunity for each order; those of confirmed orders are won."""
        tag = self.env.ref("seam_demo.tag_shop")
        deals = self.env["crm.lead"].create(
            [
                {
                    "name": order.origin or order.name,
                    "type": "opportunity",
                    "company_id": order.company_id.id,
                    "partner_id": order.partner_id.id,
                    "user_id": order.user_id.id,
                    "expected_revenue": order.amount_untaxed,
                    "tag_ids": [Command.link(tag.id)],
                }
                for order in orders
            ]
        )
        for order, deal in zip(orders, deals, strict=True):
            order.opportunity_id = deal
        orders._seam_demo_win()
        self.env["seam.handler.crm.partner.out"]._tell_partners(
            orders.partner_id | orders.partner_id.commercial_partner_id
        )


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_confirm(self):
        result = super().action_confirm()
        self._seam_demo_win()
        return result

    def _seam_demo_win(self):
        """A deal of the demo's shop is won once its order is confirmed."""
        tag = self.env.ref("seam_demo.tag_shop", raise_if_not_found=False)
        confirmed = self.filtered(lambda order: order.state == "sale")
        won = confirmed.sudo().opportunity_id.filtered(
            lambda deal: tag in deal.tag_ids and deal.won_status == "pending"
        )
        if won:
            won.action_set_won()
