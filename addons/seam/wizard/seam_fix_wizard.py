from odoo import api, fields, models
from odoo.exceptions import UserError


class SeamFixWizard(models.TransientModel):
    """Choose the record that an unknown code means."""

    _name = "seam.fix.wizard"
    _description = "Say what an unknown code means"

    exception_id = fields.Many2one("seam.exception", required=True, ondelete="cascade")
    model = fields.Char(related="exception_id.missing_model")
    code = fields.Char(related="exception_id.missing_code")
    called = fields.Char(related="exception_id.missing_name")
    system_id = fields.Many2one(related="exception_id.system_id")
    held_count = fields.Integer(related="exception_id.held_count")
    record = fields.Reference(selection="_selection_record", string="Means", required=True)

    @api.model
    def _selection_record(self):
        """All models: which one it is follows from the exception."""
        models_ = self.env["ir.model"].sudo().search([("transient", "=", False)])
        return [(model.model, model.name) for model in models_]

    @api.model
    def default_get(self, fields_list):
        values = super().default_get(fields_list)
        case = self.env["seam.exception"].browse(values.get("exception_id"))
        if case.missing_model and "record" in fields_list:
            first = self._candidates(case)[:1]
            if first:
                values["record"] = f"{first._name},{first.id}"
        return values

    @api.model
    def _candidates(self, case):
        """:return: records that the code or the partner's name may mean"""
        model = self.env[case.missing_model]
        for text in filter(None, (case.missing_code, case.missing_name)):
            found = model.name_search(text, limit=5)
            if found:
                return model.browse(id_ for id_, _name in found)
        return model

    def action_fix(self):
        if not self.record:
            raise UserError(self.env._("Choose the record that is meant."))
        self.exception_id._fix(self.record)
        return {"type": "ir.actions.act_window_close"}
