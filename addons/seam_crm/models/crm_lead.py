from odoo import api, models

from .tell import tell

HANDLER = "seam.handler.crm.deal.out"


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        tell(leads, {"name", *(name for vals in vals_list for name in vals)})
        return leads

    def write(self, vals):
        before = {lead.id: lead.won_status for lead in self}
        result = super().write(vals)
        tell(self, set(vals))
        self.filtered(lambda lead: lead.won_status != before[lead.id])._seam_crm_tell()
        return result

    def unlink(self):
        self.env[HANDLER]._emit_deleted(self)
        return super().unlink()

    def _seam_crm_tell(self):
        self.env[HANDLER]._emit(self, "changed")


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders.sudo().opportunity_id._seam_crm_tell_answer()
        return orders

    def write(self, vals):
        result = super().write(vals)
        if not {"state", "opportunity_id", "order_line"}.isdisjoint(vals):
            self.sudo().opportunity_id._seam_crm_tell_answer()
        return result


class CrmLeadOrders(models.Model):
    _inherit = "crm.lead"

    def _seam_crm_tell_answer(self):
        """How far orders have come is news for the CRM that won the deal, too."""
        if self:
            self.env[HANDLER]._emit(self, "changed", answer=True)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._seam_crm_tell_deals()
        return posted

    def _invoice_paid_hook(self):
        result = super()._invoice_paid_hook()
        self._seam_crm_tell_deals()
        return result

    def _seam_crm_tell_deals(self):
        orders = self.sudo().line_ids.sale_line_ids.order_id
        orders.opportunity_id._seam_crm_tell_answer()
