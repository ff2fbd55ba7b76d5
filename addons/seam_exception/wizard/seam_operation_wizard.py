from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.seam_operation import KINDS, ON_MESSAGES


class SeamOperationWizard(models.TransientModel):
    """Say what is to be done with many. Nothing happens before it was looked at."""

    _name = "seam.operation.wizard"
    _description = "Prepare a bulk operation"

    case_ids = fields.Many2many("seam.exception", string="Exceptions")
    message_ids = fields.Many2many("seam.message", string="Messages")
    count = fields.Integer(compute="_compute_count")
    kind = fields.Selection(KINDS, "What", required=True, default="retry")
    reason = fields.Char("Why")
    throttle = fields.Integer("At most per minute", help="0: as fast as it goes.")
    team_id = fields.Many2one("seam.exception.team")
    assign_id = fields.Many2one("res.users", "To whom")
    until = fields.Datetime(default=lambda self: fields.Datetime.add(fields.Datetime.now(), days=1))
    res_model = fields.Char(compute="_compute_res_model")
    res_id = fields.Many2oneReference("Means", model_field="res_model")

    @api.depends("case_ids", "message_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.case_ids) or len(wizard.message_ids)

    @api.depends("case_ids")
    def _compute_res_model(self):
        """The type of record that all of these miss, if it is one."""
        for wizard in self:
            models_ = set(wizard.case_ids.mapped("missing_model")) - {False}
            wizard.res_model = models_.pop() if len(models_) == 1 else False

    def action_look(self):
        self.ensure_one()
        records = self.case_ids or self.message_ids
        if self.message_ids and self.kind not in ON_MESSAGES:
            raise UserError(self.env._("This is done with exceptions, not with messages."))
        operation = self.env["seam.operation"]._look(
            self.kind, records, self.reason, throttle=max(0, self.throttle), **self._values()
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "seam.operation",
            "res_id": operation.id,
            "view_mode": "form",
            "target": "current",
        }

    def _values(self):
        """What the kind needs to know besides.

        :raise UserError: it is missing
        """
        if self.kind == "fix":
            if not self.res_model:
                raise UserError(self.env._("These exceptions do not miss one type of record."))
            if not self.res_id:
                raise UserError(self.env._("Choose the record that is meant."))
            return {"res_model": self.res_model, "res_id": self.res_id}
        needed = {"hand_over": "team_id", "assign": "assign_id", "snooze": "until"}.get(self.kind)
        if not needed:
            return {}
        if not self[needed]:
            raise UserError(self.env._("Say who, or until when."))
        return {needed: self[needed].id if needed != "until" else self.until}
