from odoo import api, models

from .seam_handler_crm_out import MERGING

MODEL = "res.partner"


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, *args, **kwargs):
        merging = self.with_context(**{MERGING: True})
        return super(BasePartnerMergeAutomaticWizard, merging)._merge(*args, **kwargs)

    @api.model
    def _update_reference_fields(self, src_partners, dst_partner):
        """Bindings follow the partner that stays, and remain one to one."""
        result = super()._update_reference_fields(src_partners, dst_partner)
        self.env["seam.binding"].sudo()._crm_follow(src_partners, dst_partner)
        self.env["seam.crm.agreement"].sudo()._renamed(src_partners, dst_partner)
        return result

    def _log_merge_operation(self, src_partners, dst_partner):
        """CRMs are told, and what waited for this merge goes on."""
        result = super()._log_merge_operation(src_partners, dst_partner)
        dst_partner._seam_crm_tell()
        cases = self.env["seam.exception"].sudo()
        cases._crm_go_on(src_partners | dst_partner, dst_partner.display_name)
        return result


class SeamBinding(models.Model):
    _inherit = "seam.binding"

    @api.model
    def _crm_follow(self, gone, stays):
        """Records are merged into one that stays: of each system one id is bound to it.

        The ids of the others are remembered, and the CRM is asked to merge them too.
        Systems that are no CRM keep all ids: two of a shop's customers may be one here.
        """
        systems = self.env["seam.crm.field"].sudo().search([]).system_id
        survivors = self._crm_survivors(gone | stays)
        found = self.search(
            [
                ("system_id", "in", systems.ids),
                ("res_model", "=", stays._name),
                ("res_id", "in", (gone | stays).ids),
            ],
            order="id",
        )
        for system, bindings in found.grouped("system_id").items():
            named = self._crm_last(system, stays._name, survivors)
            theirs = bindings.filtered(lambda b, ids=named: b.external_id in ids)
            ours = bindings.filtered(lambda b: b.res_id == stays.id)
            kept = theirs[:1] or ours[:1] or bindings[:1]
            self._crm_move(system, kept, stays)
            self.env["seam.crm.merged"]._note(
                system.id,
                stays._name,
                (bindings - kept).mapped("external_id"),
                kept.external_id,
                "ours",
            )
        self._crm_other_systems(systems, gone, stays)

    def _crm_survivors(self, records):
        """:return: set of ids that CRMs named to be the ones that stay, and wait for this"""
        held = self.env["seam.exception"].sudo()._crm_about(records)._held()
        return set(held.mapped("ordering_key"))

    def _crm_last(self, system, model, ids):
        """:return: the ids, and those into which a CRM merged them since"""
        rows = self.env["seam.crm.merged"]._of(system.id, model, ids)
        return ids | {row.into_id for row in rows.values() if row.by == "theirs"}

    def _crm_move(self, system, kept, stays):
        """The agreement goes with the binding: what the other one said is over."""
        if kept.res_id == stays.id:
            return
        agreements = self.env["seam.crm.agreement"].sudo()
        put_away = agreements._put_away(system.id, stays._name, stays.ids)
        agreements._forget(system.id, stays._name, stays.ids)
        agreements._move(system.id, stays._name, kept.res_id, stays.id)
        agreements._keep(system.id, stays._name, put_away)
        kept.res_id = stays.id

    def _crm_other_systems(self, systems, gone, stays):
        self.search(
            [
                ("system_id", "not in", systems.ids),
                ("res_model", "=", stays._name),
                ("res_id", "in", gone.ids),
            ]
        ).res_id = stays.id
        self.env["seam.crm.agreement"].sudo()._forget(None, stays._name, gone.ids)
