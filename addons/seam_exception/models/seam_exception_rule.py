from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from odoo.addons.seam.engine.fault import CODES

from ..const import FAULT_CLASSES, SEVERITIES

WHO = [
    ("flow", "The flow's owner"),
    ("on_call", "Who is on call in the team"),
    ("lead", "The team's lead"),
    ("user", "This person"),
]
# When no rule says otherwise: minutes to acknowledge and to resolve, by severity.
TARGETS = {"0": (480, 2400), "1": (120, 480), "2": (30, 240)}


class SeamExceptionRule(models.Model):
    """Which team a case goes to, whose it is, and how soon. The first that fits counts."""

    _name = "seam.exception.rule"
    _inherit = ["seam.cached"]
    _description = "Routing rule of exceptions"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", help="Empty: of every company.")
    system_id = fields.Many2one("seam.system", help="Empty: of every system.", ondelete="cascade")
    flow_id = fields.Many2one("seam.flow", help="Empty: of every flow.", ondelete="cascade")
    fault_class = fields.Selection(FAULT_CLASSES, "Whose matter", help="Empty: every one.")
    code = fields.Selection(
        lambda self: [(code, f"{cause.title} ({code})") for code, cause in CODES.items()],
        "Fault",
        help="Empty: every one.",
    )
    severity = fields.Selection(SEVERITIES, "How bad", help="Empty: any.")

    team_id = fields.Many2one("seam.exception.team", required=True, ondelete="restrict")
    who = fields.Selection(WHO, "Who has it", default="on_call", required=True)
    user_id = fields.Many2one("res.users", "Person")
    set_severity = fields.Selection(SEVERITIES, "Count it as", help="Empty: as it is.")
    plan_id = fields.Many2one(
        "seam.escalation.plan", "Escalation", help="Empty: the team's.", ondelete="restrict"
    )
    target_ids = fields.One2many(
        "seam.exception.target", "rule_id", "Targets", copy=True, help="Empty: those of everybody."
    )
    runbook = fields.Html(translate=True, help="What to do about such a case.")

    @api.constrains("who", "user_id")
    def _check_user(self):
        for rule in self:
            if rule.who == "user" and not rule.user_id:
                raise ValidationError(self.env._("%s: say who has it.", rule.name))

    @api.constrains("company_id", "system_id", "flow_id", "team_id")
    def _check_company(self):
        for rule in self:
            companies = rule.company_id | rule.system_id.company_id | rule.flow_id.company_id
            companies |= rule.team_id.company_id
            if len(companies) > 1:
                raise ValidationError(
                    self.env._(
                        "%s: its system, flow and team are of different companies.", rule.name
                    )
                )

    @api.model
    @tools.ormcache()
    def _matchers(self):
        """:return: list of (id, dict of what a case must have), the first first"""
        rules = self.sudo().search([("team_id.active", "=", True)])
        return [
            (
                rule.id,
                {
                    name: value
                    for name, value in (
                        ("company_id", (rule.company_id or rule.team_id.company_id).id),
                        ("system_id", rule.system_id.id),
                        ("flow_id", rule.flow_id.id),
                        ("fault_class", rule.fault_class),
                        ("code", rule.code),
                        ("severity", rule.severity),
                    )
                    if value
                },
            )
            for rule in rules
        ]

    @api.model
    def _for_case(self, case):
        """:return: the first rule that fits the case, or none"""
        known = {
            "company_id": case.company_id.id,
            "system_id": case.system_id.id,
            "flow_id": case.flow_id.id,
            "fault_class": case.fault_class,
            "code": case.code,
            "severity": case.severity,
        }
        for id_, wanted in self._matchers():
            if all(known[name] == value for name, value in wanted.items()):
                return self.sudo().browse(id_)
        return self.sudo()

    def _owner(self, case, moment):
        """:return: res.users who has the case, active and of its company, or none"""
        candidates = {
            "flow": lambda: case.flow_id.owner_id,
            "on_call": lambda: self.team_id._on_call(moment),
            "lead": lambda: self.team_id.lead_id,
            "user": lambda: self.user_id,
        }
        for user in (candidates[self.who](), self.team_id.lead_id, case.flow_id.owner_id):
            if user.active and case.company_id in user.company_ids:
                return user
        return self.env["res.users"]

    def _targets(self, severity):
        """:return: (minutes to acknowledge, minutes to resolve)"""
        own = self.target_ids.filtered(lambda target: target.severity == severity)
        return (own.ack_minutes, own.resolve_minutes) if own else TARGETS[severity]


class SeamExceptionTarget(models.Model):
    _name = "seam.exception.target"
    _description = "Target of a routing rule"
    _order = "severity desc"
    _rec_name = "severity"

    rule_id = fields.Many2one("seam.exception.rule", required=True, ondelete="cascade", index=True)
    severity = fields.Selection(SEVERITIES, "How bad", required=True, default="1")
    ack_minutes = fields.Integer("Acknowledge within (minutes)", required=True, default=120)
    resolve_minutes = fields.Integer("Resolve within (minutes)", required=True, default=480)

    _once = models.Constraint(
        "UNIQUE(rule_id, severity)", "A rule has one target for each severity."
    )
    _sane = models.Constraint(
        "CHECK(ack_minutes > 0 AND resolve_minutes >= ack_minutes)",
        "What is resolved was acknowledged before, and both take some time.",
    )


class SeamExceptionTeam(models.Model):
    _inherit = "seam.exception.team"

    def write(self, vals):
        """Rules of a team that is archived do not count any more."""
        result = super().write(vals)
        if "active" in vals or "company_id" in vals:
            self.env.registry.clear_cache()
        return result
