from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.models.seam_exception import fingerprint

DUPLICATE = "master.ambiguous"


class SeamException(models.Model):
    """Cases of contacts that may be one: who they are, and what can be done."""

    _inherit = "seam.exception"

    crm_candidate_ids = fields.Many2many(
        "res.partner",
        "seam_exception_crm_candidate_rel",
        "exception_id",
        "partner_id",
        "May be one",
        readonly=True,
        context={"active_test": False},
    )

    def _create_case(self, conf, key, fault):
        case = super()._create_case(conf, key, fault)
        case._crm_keep_candidates(fault)
        return case

    @api.model
    def _open(self, conf, faults):
        """A case that goes on, or comes back, shows the candidates of now."""
        cases = super()._open(conf, faults)
        for fault in faults:
            if fault.extra.get("candidates"):
                self.sudo().browse(cases[fingerprint(conf, fault)])._crm_keep_candidates(fault)
        return cases

    def _crm_keep_candidates(self, fault):
        ids = fault.extra.get("candidates")
        if ids and set(ids) != set(self.crm_candidate_ids.ids):
            self.crm_candidate_ids = [fields.Command.set(ids)]

    @api.model
    def _crm_about(self, partners):
        """:return: open cases in which one of the partners may be another"""
        return self.search(
            [
                ("state", "=", "open"),
                ("code", "=", DUPLICATE),
                ("crm_candidate_ids", "in", partners.ids),
            ]
        )

    # -- ways out ------------------------------------------------------------------------

    def action_crm_side_by_side(self):
        """What Odoo has, one below the other; Odoo's own merge is in its menu."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("May be one"),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "views": [
                (self.env.ref("seam_crm.res_partner_view_list_duplicate").id, "list"),
                (False, "form"),
            ],
            "domain": [("id", "in", self.crm_candidate_ids.ids)],
            "context": {"active_test": False},
        }

    def action_crm_merge(self):
        """Odoo's merge, with these chosen."""
        self.ensure_one()
        if len(self.crm_candidate_ids) < 2:
            raise UserError(
                self.env._("There is one in Odoo only. Choose it, or make a new contact.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge contacts"),
            "res_model": "base.partner.merge.automatic.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {
                "active_model": "res.partner",
                "active_ids": self.crm_candidate_ids.ids,
            },
        }

    def action_crm_new(self):
        """They are not one: the CRM's record becomes one of its own."""
        self.ensure_one()
        self.check_access("write")
        held = self._held().filtered(lambda message: message.state == "failed")
        handler = self.env[self.flow_id.sudo().handler]
        if not self.missing_code or not hasattr(handler, "_make_apart"):
            raise UserError(self.env._("Nothing new is to be made here."))
        handler._make_apart(self, held)
        held._retry(self.env._("It is one of its own."))
