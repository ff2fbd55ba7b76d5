from datetime import datetime, time, timedelta

from pytz import timezone, utc

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class SeamExceptionTeam(models.Model):
    """Who looks after a kind of exceptions, and when."""

    _name = "seam.exception.team"
    _description = "Exception team"
    _inherit = ["mail.thread"]
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: for all companies.",
    )
    lead_id = fields.Many2one("res.users", "Team lead", required=True, tracking=True)
    member_ids = fields.One2many(
        "seam.exception.member", "team_id", "Members", copy=True, help="In the order of the rota."
    )
    duty_ids = fields.One2many("seam.exception.duty", "team_id", "Swapped weeks")
    rotation_start = fields.Date(
        "First week",
        default=lambda self: fields.Date.start_of(fields.Date.today(), "week"),
        help="The week of this day is the first member's.",
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        "Working hours",
        help="Targets count in these. Empty: around the clock.",
    )
    tz = fields.Selection(
        lambda self: self.env["res.partner"]._fields["tz"]._description_selection(self.env),
        "Time zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
    )
    quiet_from = fields.Float("Quiet from", default=20.0)
    quiet_to = fields.Float("Quiet until", default=7.0)
    quiet_high = fields.Boolean(
        "High ones too", help="Keep alerts of high severity until the quiet hours are over, too."
    )
    alert_from = fields.Selection(
        [("0", "Everything"), ("1", "Normal and high"), ("2", "High only")],
        "Alert at once",
        default="1",
        required=True,
        help="What is below waits for the morning's summary.",
    )
    summary_hour = fields.Float("Summary at", default=7.5, help="Each working day; -1: never.")
    plan_id = fields.Many2one("seam.escalation.plan", "Escalation")
    on_call_id = fields.Many2one("res.users", "On call now", compute="_compute_on_call")
    open_count = fields.Integer("Open", compute="_compute_open_count")

    _hours = models.Constraint(
        "CHECK(quiet_from >= 0 AND quiet_from < 24 AND quiet_to >= 0 AND quiet_to < 24"
        " AND summary_hour < 24)",
        "Hours are between 0:00 and 23:59.",
    )

    @api.constrains("member_ids", "lead_id")
    def _check_members(self):
        for team in self:
            if not team.member_ids and not team.lead_id:
                raise ValidationError(self.env._("Somebody must be in the team %s.", team.name))

    def _compute_on_call(self):
        for team in self:
            team.on_call_id = team._on_call(fields.Datetime.now())

    def _compute_open_count(self):
        counts = dict(
            self.env["seam.exception"]._read_group(
                [("team_id", "in", self.ids), ("state", "=", "open")], ["team_id"], ["__count"]
            )
        )
        for team in self:
            team.open_count = counts.get(team, 0)

    # -- who ---------------------------------------------------------------------------

    def _users(self):
        """:return: res.users of the team, the lead included"""
        return self.member_ids.user_id | self.lead_id

    def _on_call(self, moment):
        """Whose week it is: a swap counts first, then the rota, then the lead.

        :param moment: naive UTC
        :return: res.users
        """
        self.ensure_one()
        day = self._local(moment).date()
        swap = self.duty_ids.filtered(lambda duty: duty.date_from <= day <= duty.date_to)[:1]
        if swap:
            return swap.user_id
        rota = self.member_ids.filtered(lambda member: member.on_call and member.user_id.active)
        if not rota:
            return self.lead_id
        first = fields.Date.start_of(self.rotation_start or day, "week")
        week = (fields.Date.start_of(day, "week") - first).days // 7
        return rota[week % len(rota)].user_id

    # -- when --------------------------------------------------------------------------

    def _local(self, moment):
        return utc.localize(moment).astimezone(timezone(self.tz or "UTC"))

    def _after(self, minutes, moment):
        """:return: when so many minutes of the team's working time have passed, naive UTC"""
        if self.calendar_id and minutes > 0:
            planned = self.calendar_id.sudo().plan_hours(minutes / 60, moment, compute_leaves=True)
            if planned:  # a calendar without working hours in reach gives None
                return planned.replace(tzinfo=None)
        return moment + timedelta(minutes=minutes)

    def _loud(self, moment, severity):
        """:return: ``moment``, or the end of the quiet hours that it falls into"""
        self.ensure_one()
        if self.quiet_from == self.quiet_to or (severity == "2" and not self.quiet_high):
            return moment
        local = self._local(moment)
        now = local.hour + local.minute / 60
        over_night = self.quiet_from > self.quiet_to
        quiet = (
            now >= self.quiet_from or now < self.quiet_to
            if over_night
            else self.quiet_from <= now < self.quiet_to
        )
        if not quiet:
            return moment
        day = local.date()
        if over_night and now >= self.quiet_from:
            day += timedelta(days=1)
        return self._utc(day, self.quiet_to)

    def _utc(self, day, hour):
        minutes = round(hour * 60)
        naive = datetime.combine(day, time(minutes // 60, minutes % 60))
        return timezone(self.tz or "UTC").localize(naive).astimezone(utc).replace(tzinfo=None)

    def action_open_cases(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("seam.seam_exception_action")
        return {
            **action,
            "domain": [("team_id", "=", self.id)],
            "context": {"search_default_open": 1},
        }


class SeamExceptionMember(models.Model):
    _name = "seam.exception.member"
    _description = "Member of an exception team"
    _order = "sequence, id"
    _rec_name = "user_id"

    team_id = fields.Many2one("seam.exception.team", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", index=True)
    sequence = fields.Integer(default=10)
    on_call = fields.Boolean("In the rota", default=True)

    _once = models.Constraint("UNIQUE(team_id, user_id)", "This person is in the team already.")


class SeamExceptionDuty(models.Model):
    _name = "seam.exception.duty"
    _description = "Swapped on-call days"
    _order = "date_from desc"
    _rec_name = "user_id"

    team_id = fields.Many2one("seam.exception.team", required=True, ondelete="cascade", index=True)
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    date_from = fields.Date("From", required=True)
    date_to = fields.Date("Until", required=True)
    note = fields.Char()

    _order_of_days = models.Constraint(
        "CHECK(date_to >= date_from)", "A swap ends after it has begun."
    )
