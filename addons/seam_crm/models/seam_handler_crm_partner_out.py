from odoo import api, models

from odoo.addons.seam.engine.fault import Fault

from . import judge
from .seam_crm_field import ADDRESS


class SeamHandlerCrmPartnerOut(models.AbstractModel):
    """What companies and contacts to a CRM share."""

    _name = "seam.handler.crm.partner.out"
    _inherit = "seam.handler.crm.out"
    _description = "Companies and contacts to a CRM"

    _sources = ("res.partner",)
    _is_company = False

    def _needs(self):
        return self.env["seam.handler.crm.partner"]._needs()

    def _concerns(self, flow, records):
        """Those that the CRM knows; new ones where the flow tells of them."""
        records = (
            super()
            ._concerns(flow, records)
            .filtered(lambda partner: partner.is_company == self._is_company)
        )
        bound = self._bindings(flow, {"res.partner": set(records.ids)})
        known = set(bound.mapped("res_id"))
        return records.filtered(
            lambda partner: partner.id in known or (flow.crm_new and self._is_new(partner))
        )

    def _is_new(self, partner):
        """Addresses, our own people and what is archived are nobody's new contact."""
        return (
            partner.active
            and partner.type == "contact"
            and not partner.ref_company_ids
            and not any(not user.share for user in partner.user_ids)
        )

    def _build(self, records, topic):
        handler = self.with_context(
            seam_crm_undecided=self._undecided(records), seam_crm_gone=self._gone(records.parent_id)
        )
        return super(SeamHandlerCrmPartnerOut, handler)._build(records, topic)

    def _gone(self, companies):
        """:return: set of ids of those that the CRM deleted"""
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        agreements = self.env["seam.crm.agreement"].sudo()
        known = agreements._of(flow.system_id.id, companies._name, companies.ids)
        return {id_ for id_, (entries, _changed) in known.items() if judge.is_gone(entries)}

    def _value(self, line, value, ids):
        if line.odoo == "parent_id" and value.id in self.env.context["seam_crm_gone"]:
            raise self._company_gone(value)
        return super()._value(line, value, ids)

    def _company_gone(self, company):
        return Fault(
            "business.rule",
            self.env._("%s was deleted in the CRM, and is still the company here.", company.name),
            pointer="/fields/company",
            fix=self.env._("Choose another company in Odoo, or none: then it goes on by itself."),
            subject=f"res.partner:{company.id}",
        )

    def _undecided(self, records):
        """:return: dict partner id → open case in which he may be one of the CRM's records"""
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        cases = self.env["seam.exception"].sudo()._crm_about(records)
        return {
            partner.id: case
            for case in cases.filtered(lambda case: case.system_id == flow.system_id)
            for partner in case.crm_candidate_ids
        }

    def _document_or_fault(self, record, lines, agreements, ids, held, merged):
        case = self.env.context["seam_crm_undecided"].get(record.id)
        if case and record.id not in ids[record._name]:
            return self._may_be_there(record, case)
        return super()._document_or_fault(record, lines, agreements, ids, held, merged)

    def _told(self, record, lines):
        """The address of who belongs to a company is the company's."""
        lines = super()._told(record, lines)
        if not record.parent_id:
            return lines
        return [line for line in lines if line.name not in ADDRESS]

    def _may_be_there(self, partner, case):
        """Told as new, he would be there twice."""
        return Fault(
            "order.predecessor",
            self.env._(
                "The CRM has a record that may be %s, and that is not decided yet.",
                partner.display_name,
            ),
            fix=self.env._("Decide it first: %s", case.display_name),
            subject=f"res.partner:{partner.id}",
        )

    @api.model
    def _tell_partners(self, partners, answer=False):
        for handler in ("seam.handler.crm.company.out", "seam.handler.crm.contact.out"):
            self.env[handler]._emit(partners, "changed", answer=answer)


class SeamHandlerCrmCompanyOut(models.AbstractModel):
    _name = "seam.handler.crm.company.out"
    _inherit = "seam.handler.crm.partner.out"
    _description = "Companies to a CRM"

    _contract = ("crm-company", "1.0.0")
    _document = "crm-company"
    _back = "seam.handler.crm.company"
    _is_company = True


class SeamHandlerCrmContactOut(models.AbstractModel):
    _name = "seam.handler.crm.contact.out"
    _inherit = "seam.handler.crm.partner.out"
    _description = "Contacts to a CRM"

    _contract = ("crm-contact", "1.0.0")
    _document = "crm-contact"
    _back = "seam.handler.crm.contact"
