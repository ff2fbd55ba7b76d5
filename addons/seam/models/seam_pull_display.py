from odoo import fields, models


class SeamPullDisplay(models.Model):
    """What became of what was fetched, and the ways there."""

    _inherit = "seam.pull"

    pending_count = fields.Integer(related="flow_id.pending_count")
    waiting_count = fields.Integer(related="flow_id.waiting_count")
    failed_count = fields.Integer(related="flow_id.failed_count")

    def action_open_pending(self):
        self.ensure_one()
        return self.flow_id.action_open_pending()

    def action_open_waiting(self):
        self.ensure_one()
        return self.flow_id.action_open_waiting()

    def action_open_failed(self):
        self.ensure_one()
        return self.flow_id.action_open_failed()
