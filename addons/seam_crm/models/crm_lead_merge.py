from odoo import models

from .seam_handler_crm_out import MERGING


class CrmLeadMerge(models.Model):
    """Opportunities that are merged in Odoo: bindings follow the one that stays."""

    _inherit = "crm.lead"

    def _merge_opportunity(self, *args, **kwargs):
        """CRMs are told, and what waited for this merge goes on."""
        merging = self.with_context(**{MERGING: True})
        stays = super(CrmLeadMerge, merging)._merge_opportunity(*args, **kwargs).with_env(self.env)
        stays._seam_crm_tell()
        self.env["seam.exception"].sudo()._crm_go_on(self | stays, stays.display_name)
        return stays

    def _merge_dependences(self, opportunities):
        """Before the others are deleted, or they would be told as deleted."""
        result = super()._merge_dependences(opportunities)
        self.env["seam.binding"].sudo()._crm_follow(opportunities, self)
        return result
