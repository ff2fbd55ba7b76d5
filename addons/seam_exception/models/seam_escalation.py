from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..const import SEVERITIES

TO = [
    ("owner", "Who has it"),
    ("on_call", "Who is on call"),
    ("lead", "The team's lead"),
    ("team", "The whole team"),
    ("user", "This person"),
]
BY = [
    ("email", "E-mail"),
    ("activity", "Activity"),
    ("discuss", "Discuss channel"),
    ("webhook", "Chat webhook"),
]


class SeamEscalationPlan(models.Model):
    """Whom a case calls, and what happens when nobody answers."""

    _name = "seam.escalation.plan"
    _description = "Escalation"
    _order = "name"

    name = fields.Char(required=True, translate=True)
    step_ids = fields.One2many("seam.escalation.step", "plan_id", "Steps", copy=True)


class SeamEscalationStep(models.Model):
    _name = "seam.escalation.step"
    _description = "Escalation step"
    _order = "after_minutes, id"

    plan_id = fields.Many2one("seam.escalation.plan", required=True, ondelete="cascade", index=True)
    after_minutes = fields.Integer(
        "After (minutes)", required=True, help="0: at once, which is the alert itself."
    )
    working_time = fields.Boolean("Of working time", help="On the team's working hours.")
    until = fields.Selection(
        [("ack", "nobody acknowledged it"), ("resolve", "it is not resolved")],
        "If",
        required=True,
        default="ack",
    )
    severity = fields.Selection(
        SEVERITIES, "From", required=True, default="0", help="Only for cases at least so bad."
    )
    by = fields.Selection(BY, required=True, default="email")
    to = fields.Selection(TO, "Whom", default="owner")
    user_id = fields.Many2one("res.users", "Person", ondelete="cascade")
    channel_id = fields.Many2one("discuss.channel", ondelete="cascade")
    webhook_id = fields.Many2one("seam.alert.webhook", ondelete="cascade")

    _positive = models.Constraint("CHECK(after_minutes >= 0)", "A step comes after the case.")

    @api.constrains("by", "to", "user_id", "channel_id", "webhook_id")
    def _check_target(self):
        for step in self:
            missing = (
                (step.by == "discuss" and not step.channel_id)
                or (step.by == "webhook" and not step.webhook_id)
                or (step.by in ("email", "activity") and not step.to)
                or (step.by in ("email", "activity") and step.to == "user" and not step.user_id)
            )
            if missing:
                raise ValidationError(
                    self.env._("A step of %s does not say where to.", step.plan_id.name)
                )

    @api.depends("by", "after_minutes")
    def _compute_display_name(self):
        names = dict(self._fields["by"]._description_selection(self.env))
        for step in self:
            step.display_name = self.env._(
                "%(by)s after %(minutes)s min", by=names.get(step.by), minutes=step.after_minutes
            )

    def _due(self, team, start, severity):
        """:return: when the step is due for a case that began at ``start``, naive UTC"""
        self.ensure_one()
        moment = (
            team._after(self.after_minutes, start)
            if self.working_time
            else fields.Datetime.add(start, minutes=self.after_minutes)
        )
        return team._loud(moment, severity)

    def _users(self, case):
        """:return: res.users to tell about the case: active, and of its company"""
        self.ensure_one()
        team = case.team_id
        found = {
            "owner": lambda: case.owner_id,
            "on_call": lambda: team._on_call(fields.Datetime.now()),
            "lead": lambda: team.lead_id,
            "team": team._users,
            "user": lambda: self.user_id,
        }[self.to]()
        return found.filtered(lambda user: user.active and case.company_id in user.company_ids)
