from odoo import api, fields, models
from odoo.exceptions import UserError


class SeamConflictWizard(models.TransientModel):
    """Odoo and the partner say different things: a person decides."""

    _name = "seam.conflict.wizard"
    _description = "Decide a conflict"

    exception_id = fields.Many2one("seam.exception", required=True, ondelete="cascade")
    what = fields.Char(related="exception_id.name")
    count = fields.Integer(compute="_compute_choices")
    choice = fields.Selection(
        [
            ("ours", "Keep what is in Odoo"),
            ("theirs", "Take what the partner says"),
            ("merge", "Bring both together"),
        ],
        "Which one counts",
    )
    ours = fields.Text(compute="_compute_choices")
    theirs = fields.Text(compute="_compute_choices")
    merge = fields.Text(compute="_compute_choices")
    reason = fields.Char("Why")

    @api.depends("exception_id")
    def _compute_choices(self):
        for wizard in self:
            messages = wizard._messages()
            found = wizard._effects(messages)
            wizard.count = len(messages)
            wizard.ours = found.get("ours")
            wizard.theirs = found.get("theirs")
            wizard.merge = found.get("merge")

    def _messages(self):
        return self.exception_id._held().filtered(lambda message: message.state == "failed")

    def _handler(self):
        return self.env[self.exception_id.flow_id.sudo().handler]

    def _effects(self, messages):
        """:return: dict choice → effect, of what can be done with all of the messages"""
        common = None
        for message in messages[:50]:
            offered = {c.key: c.effect for c in self._handler()._conflict_choices(message)}
            common = offered if common is None else {k: common[k] for k in common if k in offered}
        return common or {}

    def action_decide(self):
        self.ensure_one()
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why: the reason is kept."))
        messages = self._messages()
        if self.choice not in self._effects(messages):
            raise UserError(self.env._("Choose one of what can be done here."))
        labels = dict(self._fields["choice"]._description_selection(self.env))
        reason = f"{labels[self.choice]}: {self.reason.strip()}"
        for message in messages:
            self._handler()._conflict_decide(message, self.choice, reason)
        self.env["seam.exception.override"]._note_cases("kept", self.exception_id, reason)
        return {"type": "ir.actions.act_window_close"}
