from odoo import models


class SeamFlowDisplay(models.Model):
    """The ways from a flow to what it does."""

    _inherit = "seam.flow"

    def action_open_failed(self):
        self.ensure_one()
        return self._open_messages_in(["failed"])

    def action_open_pending(self):
        self.ensure_one()
        return self._open_messages_in(["pending", "working"])

    def action_open_waiting(self):
        self.ensure_one()
        return self._open_messages_in(["waiting"])

    def _open_messages_in(self, states):
        action = self.action_open_messages()
        action["domain"] = [("flow_id", "=", self.id), ("state", "in", states)]
        return action

    def action_open_exceptions(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_exception_action")
        action["domain"] = [("flow_id", "=", self.id)]
        return action
