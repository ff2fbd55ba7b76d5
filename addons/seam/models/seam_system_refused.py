from datetime import timedelta

from odoo import fields, models


class SeamSystemRefused(models.Model):
    """A system whose calls are refused at the door is told of where people look."""

    _inherit = "seam.system"

    refused_text = fields.Char("Refused calls", compute="_compute_refused_text")

    def _compute_refused_text(self):
        since = fields.Datetime.now() - timedelta(days=1)
        refusals = self.env["seam.refusal"].search(
            [("flow_id.system_id", "in", self.ids), ("last_at", ">=", since)]
        )
        by_system = refusals.grouped("system_id")
        for system in self:
            found = by_system.get(system)
            system.refused_text = found and self.env._(
                "%(count)s calls of this system were refused lately, and nothing of them is here. "
                "The last one was answered with %(status)s: %(reason)s",
                count=sum(found.mapped("count")),
                status=found[0].status,
                reason=found[0].reason,
            )

    def _compute_counts(self):
        super()._compute_counts()
        for system in self.filtered("refused_text"):
            if system.health == "ok":
                system.health = "warning"

    def action_open_refusals(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_refusal_action")
        return {**action, "domain": [("flow_id.system_id", "=", self.id)]}
