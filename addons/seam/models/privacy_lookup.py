from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def action_seam_privacy(self):
        """Open a request about these contacts."""
        self.check_access("read")
        return self.env["privacy.lookup.wizard"]._seam_request(partners=self)


class PrivacyLookupWizard(models.TransientModel):
    """Odoo looks through its own records; what crossed the seam is one button away."""

    _inherit = "privacy.lookup.wizard"

    def action_seam_privacy(self):
        self.ensure_one()
        return self._seam_request(email=self.email, words=self.name)

    def _seam_request(self, partners=None, email=None, words=None):
        Request = self.env["seam.privacy.request"]
        request = Request.new({"email": email, "words": words})
        if partners:
            request.partner_ids = partners
            request._onchange_partner_ids()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Personal data in messages"),
            "res_model": Request._name,
            "view_mode": "form",
            "context": {
                "default_partner_ids": partners.ids if partners else [],
                "default_email": request.email or False,
                "default_phone": request.phone or False,
                "default_words": request.words or False,
            },
        }
