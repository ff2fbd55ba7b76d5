from odoo import api, fields, models


class SeamSystemDisplay(models.Model):
    """What is still to do until a system can work, and the ways to what it does."""

    _inherit = "seam.system"

    has_credential = fields.Boolean(compute="_compute_steps", compute_sudo=True)
    active_flow_count = fields.Integer(compute="_compute_steps", compute_sudo=True)

    @api.depends("credential_ids.active", "flow_ids.state")
    def _compute_steps(self):
        for system in self:
            system.has_credential = bool(system.credential_ids)
            system.active_flow_count = len(
                system.flow_ids.filtered(lambda flow: flow.state == "active")
            )

    def action_open_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_message_action")
        action["domain"] = [("system_id", "=", self.id)]
        return action

    def action_open_flows(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_flow_action")
        action["domain"] = [("system_id", "=", self.id)]
        action["context"] = {"default_system_id": self.id}
        return action
