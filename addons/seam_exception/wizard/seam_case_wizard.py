from odoo import api, fields, models
from odoo.exceptions import UserError


class SeamCaseWizard(models.TransientModel):
    """Put cases aside, give them to others, or close what holds up nothing."""

    _name = "seam.case.wizard"
    _description = "Act on exceptions"

    case_ids = fields.Many2many("seam.exception", string="Exceptions", required=True)
    kind = fields.Selection(
        [("snooze", "Snooze"), ("hand_over", "Hand over"), ("resolve", "Mark as resolved")],
        required=True,
    )
    count = fields.Integer(compute="_compute_count")
    until = fields.Datetime(default=lambda self: fields.Datetime.add(fields.Datetime.now(), days=1))
    more = fields.Integer("Or until so many more", help="0: by time alone.")
    team_id = fields.Many2one("seam.exception.team")
    user_id = fields.Many2one("res.users", "Person", help="Empty: who is on call there.")
    reason = fields.Char("Why")

    @api.depends("case_ids")
    def _compute_count(self):
        for wizard in self:
            wizard.count = len(wizard.case_ids)

    def action_done(self):
        self.ensure_one()
        if self.kind == "snooze":
            self.case_ids._snooze(self.until, self.more, self.reason)
        elif self.kind == "hand_over":
            if not self.team_id:
                raise UserError(self.env._("Choose the team."))
            self.case_ids._hand_over(self.team_id, self.user_id or None, self.reason)
        else:
            self.case_ids._mark_resolved(self.reason)
        return {"type": "ir.actions.act_window_close"}
