from odoo import api, models


class SeamPrivacyPlace(models.AbstractModel):
    _inherit = "seam.privacy.place"

    @api.model
    def _set_up(self):
        return {**super()._set_up(), "seam.crm.field": ()}

    @api.model
    def _about_persons(self):
        """Deals and activities are called as people call them: “Call Anna”."""
        return super()._about_persons() | {"crm.lead", "mail.activity"}


class SeamPrivacyRequest(models.Model):
    _inherit = "seam.privacy.request"

    def _forget_bindings(self):
        """What both sides agreed on is kept in checksums, but a short value can be guessed.
        With a contact that stays, those of what Odoo has stay: nothing else tells what is news.
        """
        partners, agreements = self._partners(), self.env["seam.crm.agreement"].sudo()
        systems = self.env["seam.system"].search([("company_id", "=", self.company_id.id)])
        for system in systems:
            if self.drop_bindings:
                agreements._forget(system.id, "res.partner", partners.ids)
        agreements._forget_before("res.partner", partners.ids)
        agreements._forget_gone("res.partner")
        super()._forget_bindings()
