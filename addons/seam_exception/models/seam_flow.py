from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..engine import mask


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    team_id = fields.Many2one(
        "seam.exception.team",
        "Team for exceptions",
        tracking=True,
        help="Where no routing rule says otherwise.",
    )

    confidential_pointers = fields.Text(
        "Confidential fields",
        tracking=True,
        help="One place a line, such as /customer/email or /lines/*/price. It is hidden from all "
        "who do not have the right to see confidential fields.",
    )
    edit_mode = fields.Selection(
        [
            ("all", "Everything"),
            ("some", "Only these fields"),
            ("none", "Nothing"),
        ],
        "May be edited",
        default="all",
        required=True,
        tracking=True,
        help="What an operator may change in a message before it is resubmitted.",
    )
    editable_pointers = fields.Text(
        "These fields",
        tracking=True,
        help="One place a line, such as /lines/*/sku. All that is below it counts.",
    )
    edit_approval = fields.Boolean(
        "A second person approves",
        tracking=True,
        help="An edit waits until an approver, who is not its author, agrees.",
    )

    @api.constrains("confidential_pointers", "editable_pointers")
    def _check_pointers(self):
        for flow in self:
            for text in (flow.confidential_pointers, flow.editable_pointers):
                try:
                    mask.places(text)
                except ValueError as error:
                    raise ValidationError(
                        self.env._("“%s” is no place: it begins with a slash.", error)
                    ) from error

    def _options(self):
        return {
            **super()._options(),
            "confidential": mask.places(self.confidential_pointers),
            "editable": mask.places(self.editable_pointers),
        }

    def action_activate(self):
        """Nothing is switched on that nobody looks after."""
        for flow in self:
            if not flow._looked_after():
                raise UserError(
                    self.env._(
                        "Nobody can look after exceptions of %(flow)s: %(owner)s is not active, may "
                        "not see exceptions, or does not see %(company)s, and no team is in charge. "
                        "Choose another owner, or a team.",
                        flow=flow.name,
                        owner=flow.owner_id.name,
                        company=flow.company_id.name,
                    )
                )
        return super().action_activate()

    def _looked_after(self):
        """Whether a case of this flow would have somebody who can see it."""
        self.ensure_one()
        rules = self.env["seam.exception.rule"].sudo().search([("team_id.active", "=", True)])
        teams = rules.filtered(
            lambda rule: (
                rule.company_id <= self.company_id
                and rule.team_id.company_id <= self.company_id
                and rule.system_id <= self.system_id
                and rule.flow_id <= self
            )
        ).team_id
        users = self.owner_id | self.team_id.sudo()._users() | teams._users()
        return any(
            user.active
            and self.company_id in user.company_ids
            and user.has_group("seam.group_seam_viewer")
            for user in users
        )
