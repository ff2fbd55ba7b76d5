from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError


class SeamConflictWizard(models.TransientModel):
    """Odoo and the partner say different things: a person decides."""

    _name = "seam.conflict.wizard"
    _description = "Decide a conflict"

    exception_id = fields.Many2one("seam.exception", required=True, ondelete="cascade")
    what = fields.Char(related="exception_id.name")
    count = fields.Integer(compute="_compute_choices")
    differences = fields.Html(compute="_compute_differences", sanitize=False)
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

    @api.depends("exception_id")
    def _compute_differences(self):
        for wizard in self:
            message = wizard._messages()[:1]
            found = message and wizard._handler()._conflict_differences(message)
            wizard.differences = wizard._compared(found) if found else False

    def _compared(self, differences):
        """:return: Markup; one line for each difference"""
        cell = Markup('<td>%s<div class="text-muted small">%s</div></td>')
        lines = [
            Markup('<tr><th scope="row">%s</th>%s%s</tr>')
            % (
                each.label,
                cell % (each.ours or "–", each.ours_about),
                cell % (each.theirs or "–", each.theirs_about),
            )
            for each in differences
        ]
        return Markup(
            '<div class="table-responsive"><table class="table table-sm mb-0"><thead><tr>'
            '<th></th><th scope="col">%s</th><th scope="col">%s</th></tr></thead>'
            "<tbody>%s</tbody></table></div>"
        ) % (
            self.env._("In Odoo"),
            self.env._("At %s", self.exception_id.system_id.sudo().name),
            Markup("").join(lines),
        )

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
