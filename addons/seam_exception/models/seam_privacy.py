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

    def _erase_about(self, model, ids, whole=False):
        super()._erase_about(model, ids, whole)
        if model == "seam.exception":
            self._erase_alerts(ids)

    def _erase_alerts(self, case_ids):
        """What people were told of these cases: rooms of Discuss, and mails not sent yet.
        Alerts quote what is wrong, so they go as a whole.
        """
        urls = [case._url() for case in self.env["seam.exception"].sudo().browse(case_ids)]
        self.env.cr.execute(
            """
            SELECT id FROM mail_message
             WHERE model = 'discuss.channel' AND body LIKE ANY(%(links)s) AND res_id IN (
                   SELECT channel_id FROM seam_escalation_step WHERE channel_id IS NOT NULL)
             UNION
            SELECT m.id FROM mail_message m JOIN seam_exception_alert a
                ON m.model = 'seam.exception.alert' AND m.res_id = a.id
             WHERE a.exception_id = ANY(%(cases)s)
            """,
            {"links": [f'%href="{url}"%' for url in urls], "cases": list(case_ids)},
        )
        notes = [row[0] for row in self.env.cr.fetchall()]
        self.env.cr.execute("SELECT id FROM mail_mail WHERE mail_message_id = ANY(%s)", [notes])
        mails = [row[0] for row in self.env.cr.fetchall()]
        for place in self.env["seam.privacy.place"]._all():
            if place.model == "mail.message":
                self._clean(place, notes, ("body",))
            elif place.model == "mail.mail":
                self._clean(place, mails, ("body_html",))
