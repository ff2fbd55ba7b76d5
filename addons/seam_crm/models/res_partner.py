from odoo import api, models

from .tell import tell


class ResPartner(models.Model):
    _inherit = "res.partner"

    # What the record that is meant is found by, whatever the number of contacts.
    _seam_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")
    _seam_phone_idx = models.Index("(phone_sanitized) WHERE phone_sanitized IS NOT NULL")
    _seam_vat_idx = models.Index(
        "(upper(regexp_replace(vat, '[^0-9A-Za-z]', '', 'g'))) WHERE vat IS NOT NULL"
    )
    _seam_name_idx = models.Index("(lower(name), lower(zip)) WHERE zip IS NOT NULL")

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        tell(partners, {"name", *(name for vals in vals_list for name in vals)})
        return partners

    def write(self, vals):
        result = super().write(vals)
        tell(self, set(vals))
        return result

    def unlink(self):
        self._seam_crm_deleted()
        return super().unlink()

    def _seam_crm_tell(self):
        self.env["seam.handler.crm.company.out"]._tell_partners(self)

    def _seam_crm_deleted(self):
        """CRMs that know them are told that they are gone."""
        for handler in ("seam.handler.crm.company.out", "seam.handler.crm.contact.out"):
            self.env[handler]._emit_deleted(self)
