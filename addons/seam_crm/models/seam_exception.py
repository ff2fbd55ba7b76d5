from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.seam.models.seam_exception import fingerprint

DUPLICATE = "master.ambiguous"


# type of record → field with those that may be one
CANDIDATES = {"res.partner": "crm_candidate_ids", "crm.lead": "crm_candidate_lead_ids"}


class SeamException(models.Model):
    """Cases of records that may be one: which they are, and what can be done."""

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
    crm_candidate_lead_ids = fields.Many2many(
        "crm.lead",
        "seam_exception_crm_candidate_lead_rel",
        "exception_id",
        "lead_id",
        "Opportunities that may be one",
        readonly=True,
        context={"active_test": False},
    )
    # Who may not read opportunities opens the case all the same.
    crm_candidate_model = fields.Char(compute="_compute_crm_candidate_model", compute_sudo=True)

    @api.depends(*CANDIDATES.values())
    def _compute_crm_candidate_model(self):
        for case in self:
            found = (model for model, name in CANDIDATES.items() if case[name])
            case.crm_candidate_model = next(found, False)

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
        name = CANDIDATES[fault.extra.get("candidate_model", "res.partner")]
        if ids and set(ids) != set(self[name].ids):
            self[name] = [fields.Command.set(ids)]

    @api.model
    def _crm_about(self, records):
        """:return: open cases in which one of the records may be another"""
        return self.search(
            [
                ("state", "=", "open"),
                ("code", "=", DUPLICATE),
                (CANDIDATES[records._name], "in", records.ids),
            ]
        )

    @api.model
    def _crm_go_on(self, records, name):
        """These were merged in Odoo: what waited for it is tried again.

        :param name: of the one that stays
        """
        held = self._crm_about(records)._held().filtered(lambda m: m.state == "failed")
        held._retry(self.env._("Merged in Odoo: %s", name))

    # -- ways out ------------------------------------------------------------------------

    def _crm_candidates(self):
        """:return: the contacts, or the opportunities, that may be one
        :raise AccessError: the user may not see the case; which model it is, is read as superuser
        """
        self.ensure_one()
        self.check_access("read")
        return self[CANDIDATES[self.crm_candidate_model or "res.partner"]]

    def action_crm_side_by_side(self):
        """What Odoo has, one below the other; Odoo's own merge is in its menu."""
        records = self._crm_candidates()
        lists = {"res.partner": self.env.ref("seam_crm.res_partner_view_list_duplicate").id}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("May be one"),
            "res_model": records._name,
            "view_mode": "list,form",
            "views": [(lists.get(records._name, False), "list"), (False, "form")],
            "domain": [("id", "in", records.ids)],
            "context": {"active_test": False},
        }

    def action_crm_merge(self):
        """Odoo's merge, with these chosen."""
        records = self._crm_candidates()
        if len(records) < 2:
            raise UserError(
                self.env._("There is one in Odoo only. Choose it, or make a new contact.")
            )
        wizards = {
            "res.partner": ("base.partner.merge.automatic.wizard", self.env._("Merge contacts")),
            "crm.lead": ("crm.merge.opportunity", self.env._("Merge opportunities")),
        }
        model, name = wizards[records._name]
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "form",
            "target": "new",
            "context": {"active_model": records._name, "active_ids": records.ids},
        }

    def action_crm_new(self):
        """They are not one: the CRM's record becomes one of its own."""
        self.ensure_one()
        self.check_access("write")
        held = self._held().filtered(lambda message: message.state == "failed")
        handler = self.env[self.flow_id.sudo().handler]
        if not self.missing_code or not hasattr(handler, "_make_apart"):
            raise UserError(self.env._("Nothing new is to be made here."))
        if self.state != "open":
            raise UserError(self.env._("This exception is settled already."))
        if not held:
            raise UserError(self.env._("Nothing is held up here any more."))
        # whatever it is known as by now: nobody made or chose that here
        self._check_unbound(self.env[handler._bound_model])
        handler._make_apart(self, held)
        held._retry(self.env._("It is one of its own."))
