from odoo import models


class SeamException(models.Model):
    """From the case to the lines that it is about."""

    _inherit = "seam.exception"

    def action_crm_missing(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam_crm.seam_crm_field_action")
        action["domain"] = [("system_id", "=", self.system_id.id)]
        action["context"] = {
            "default_system_id": self.system_id.id,
            "search_default_missing": 1,
        }
        return action
