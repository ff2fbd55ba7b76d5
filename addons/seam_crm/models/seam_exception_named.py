from odoo import api, fields, models
from odoo.exceptions import UserError


class SeamException(models.Model):
    """What Odoo has and the CRM has no word for, as a stage: a person says the word."""

    _inherit = "seam.exception"

    crm_named_model = fields.Char(readonly=True)
    crm_named_id = fields.Many2oneReference(
        "Without a word there", model_field="crm_named_model", readonly=True
    )

    def _case_values(self, conf, key, fault):
        named = fault.extra.get("named") or {}
        return {
            **super()._case_values(conf, key, fault),
            "crm_named_model": named.get("model"),
            "crm_named_id": named.get("id"),
        }

    def action_crm_name(self):
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("What is it called there?"),
            "res_model": "seam.crm.name.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_exception_id": self.id},
        }

    def _crm_named(self):
        """:return: the record that the CRM has no word for; empty where it is gone"""
        self.ensure_one()
        return self.env[self.crm_named_model].sudo().browse(self.crm_named_id).exists()


class SeamCrmNameWizard(models.TransientModel):
    """Say by which code a CRM means a record of Odoo."""

    _name = "seam.crm.name.wizard"
    _description = "Say what a record is called in a CRM"

    exception_id = fields.Many2one("seam.exception", required=True, ondelete="cascade")
    record_name = fields.Char(compute="_compute_record_name")
    known = fields.Text("It has these", compute="_compute_record_name")
    code = fields.Char("Called there")

    @api.model_create_multi
    def create(self, vals_list):
        wizards = super().create(vals_list)
        wizards.exception_id.check_access("read")
        return wizards

    @api.depends("exception_id")
    def _compute_record_name(self):
        for wizard in self:
            case = wizard.exception_id
            case.check_access("read")
            wizard.record_name = case._crm_named().display_name if case.crm_named_model else False
            values = self.env["seam.value.map"].search(
                [
                    ("system_id", "=", case.system_id.id),
                    ("res_model", "=", case.crm_named_model),
                ]
            )
            wizard.known = "\n".join(
                f"{value.external_code}: {value.record_name}" for value in values
            )

    def action_name(self):
        """Remember it, and try again what is held up."""
        self.ensure_one()
        case, code = self.exception_id, (self.code or "").strip()
        case.check_access("write")
        record = case.crm_named_model and case._crm_named()
        if case.state != "open" or not record:
            raise UserError(self.env._("There is nothing to be named any more."))
        if not code:
            raise UserError(self.env._("Enter what it is called there."))
        values, system = self.env["seam.value.map"].sudo(), case.system_id.id
        means = values._translate(system, record._name, [code]).get(code)
        if means and means != record:
            raise UserError(
                self.env._(
                    "“%(code)s” means %(record)s already. An administrator can change that in the "
                    "value map.",
                    code=code,
                    record=means.display_name,
                )
            )
        values._learn(system, record._name, code, record)
        reason = self.env._("“%(code)s” means %(record)s.", code=code, record=record.display_name)
        case.message_post(body=reason)
        case._held()._retry(reason)
        return {"type": "ir.actions.act_window_close"}
