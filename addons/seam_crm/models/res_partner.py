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
        staff = self.filtered("parent_id") if "parent_id" in vals else self.browse()
        result = super().write(vals)
        tell(self, set(vals))
        staff.filtered(lambda partner: not partner.parent_id)._seam_crm_left(set(vals))
        return result

    def unlink(self):
        self._seam_crm_deleted()
        self._seam_crm_staff_leaves()
        return super().unlink()

    def _fields_sync(self, values):
        """What Odoo does to a company because a CRM changed who works for it is Odoo's own
        doing: that CRM is told as well."""
        company = self.parent_id.with_context(seam_origin=None)
        if not company or not self.env.context.get("seam_origin"):
            return super()._fields_sync(values)
        names = [*self._address_fields(), *self._synced_commercial_fields()]
        before = {name: company[name] for name in names}
        result = super()._fields_sync(values)
        tell(company, {name for name in names if company[name] != before[name]})
        return result

    def _update_address(self, vals):
        """Odoo writes it past ``write``. Of who belongs to a company nobody is told it."""
        result = super()._update_address(vals)
        tell(self.filtered(lambda partner: not partner.parent_id), set(vals))
        return result

    def _seam_crm_left(self, written):
        """Who belongs to no company any more has an address of its own again. What Odoo has is
        the company's, but for what was written now: a CRM's counts, where it has one.

        :param written: set of Odoo's fields
        """
        if self and self.env["seam.flow"]._crm_tells("res.partner"):
            self.env["seam.crm.agreement"].sudo()._meet_address(self, written)

    def _seam_crm_staff_leaves(self):
        """Who worked for a company that is deleted works for nobody: the database does that
        itself, and nobody would be told."""
        if self and self.env["seam.flow"]._crm_tells("res.partner"):
            # its field of contacts has no archived ones
            partners = self.sudo().with_context(active_test=False)
            staff = partners.search([("parent_id", "in", self.ids), ("type", "=", "contact")])
            (staff - self).write({"parent_id": False})

    def _seam_crm_tell(self):
        self.env["seam.handler.crm.company.out"]._tell_partners(self)

    def _seam_crm_deleted(self):
        """CRMs that know them are told that they are gone."""
        for handler in ("seam.handler.crm.company.out", "seam.handler.crm.contact.out"):
            self.env[handler]._emit_deleted(self)
