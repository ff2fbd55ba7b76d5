from odoo import api, models

from .seam_evidence import EVIDENCE


class SeamPrivacyPlace(models.AbstractModel):
    _inherit = "seam.privacy.place"

    @api.model
    def _set_up(self):
        names = ("team", "member", "duty", "rule", "target", "beat", "touch", "summary")
        return {
            **super()._set_up(),
            **{f"seam.exception.{name}": () for name in names},
            "seam.escalation.plan": (),
            "seam.escalation.step": (),
            "seam.alert.webhook": (),
            "seam.runbook": (),
        }

    @api.model
    def _contents(self):
        return {**super()._contents(), "seam.edit.request": ("text",)}

    @api.model
    def _labels(self):
        return {
            **super()._labels(),
            "seam.exception.override": ("document", "message_id"),
            "seam.operation.line": ("label", "message_id"),
        }

    @api.model
    def _quotes(self):
        quotes = super()._quotes()
        return {**quotes, "seam.exception": (*quotes["seam.exception"], "customers")}


class SeamPrivacyRequest(models.Model):
    _inherit = "seam.privacy.request"

    def _add_parts(self):
        """Files with the evidence of an exception hold what its messages hold."""
        super()._add_parts()
        self.env.cr.execute(
            """
            SELECT DISTINCT m.exception_id FROM seam_privacy_finding f
              JOIN seam_message m ON m.id = f.message_id
             WHERE f.request_id = %s AND m.exception_id IS NOT NULL
            """,
            [self.id],
        )
        names = [self._evidence_name(row[0]) for row in self.env.cr.fetchall()]
        files = (
            self.env["ir.attachment"]
            .sudo()
            .search([("description", "=", EVIDENCE), ("name", "in", names)])
        )
        self.env["seam.privacy.finding"]._note(self, "ir.attachment", files.ids, "part")

    def _evidence_name(self, case_id):
        return self.env["seam.exception"]._evidence_name(case_id)

    def _erase_rows(self, model, ids):
        if model == "ir.attachment":
            self.env[model].sudo().browse(ids).exists().unlink()
        else:
            super()._erase_rows(model, ids)
