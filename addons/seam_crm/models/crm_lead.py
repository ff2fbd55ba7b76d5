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
