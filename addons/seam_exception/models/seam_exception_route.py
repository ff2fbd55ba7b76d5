from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.seam.models.own_cursor import persist

ROUTED = 100
# As many are routed at once by the worker that has just opened them. More causes than
# that at a time are left to the minute's sweep: the partner's messages go first.
FEW = 10


def clock_sql(now, alias="seam_exception"):
    """:return: SQL of ``clock`` of a case that is open, as ``_compute_due`` finds it"""
    return SQL(
        """
        (SELECT CASE WHEN due IS NULL THEN 'none' WHEN due < %(now)s THEN 'late'
                     WHEN due - %(now)s < (due - %(case)s.first_at) / 4 THEN 'soon'
                     ELSE 'ok' END
           FROM (SELECT CASE WHEN %(case)s.acknowledged_at IS NULL THEN %(case)s.ack_due_at
                             ELSE %(case)s.resolve_due_at END AS due) d)
        """,
        now=now,
        case=SQL.identifier(alias),
    )


class SeamExceptionRoute(models.Model):
    """Routing: which team, whose, until when; decided right after a case is opened.

    It is not decided in the transaction of the message: a thousand new cases at once
    cost the partner's messages nothing.
    """

    _inherit = "seam.exception"

    team_id = fields.Many2one("seam.exception.team", readonly=True, index=True)
    rule_id = fields.Many2one("seam.exception.rule", readonly=True, ondelete="set null")
    routed_at = fields.Datetime(readonly=True)
    ack_due_at = fields.Datetime("Acknowledge by", readonly=True)
    resolve_due_at = fields.Datetime("Resolve by", readonly=True)
    due_at = fields.Datetime(
        "Due",
        compute="_compute_due",
        help="Until it is acknowledged, when it should be; then when it should be resolved.",
    )
    clock = fields.Selection(
        [
            ("none", "No target"),
            ("ok", "In time"),
            ("soon", "Due soon"),
            ("late", "Too late"),
        ],
        compute="_compute_due",
        search="_search_clock",
        help="Due soon: less than a quarter of the time is left, or half an hour.",
    )

    _unrouted_idx = models.Index("(id) WHERE state = 'open' AND routed_at IS NULL")
    _team_idx = models.Index("(team_id, priority DESC) WHERE state = 'open'")
    _ack_due_idx = models.Index("(ack_due_at) WHERE state = 'open' AND acknowledged_at IS NULL")
    _resolve_due_idx = models.Index("(resolve_due_at) WHERE state = 'open'")

    @api.depends("ack_due_at", "resolve_due_at", "acknowledged_at", "state", "first_at")
    def _compute_due(self):
        now = fields.Datetime.now()
        for case in self:
            due = case.resolve_due_at if case.acknowledged_at else case.ack_due_at
            case.due_at = due if case.state == "open" else False
            case.clock = case._clock(case.due_at, now)

    def _clock(self, due, now):
        if not due:
            return "none"
        if due < now:
            return "late"
        left, whole = (due - now).total_seconds(), (due - self.first_at).total_seconds()
        return "soon" if left < min(1800, whole / 4) or left < whole / 4 else "ok"

    @api.model
    def _search_clock(self, operator, value):
        """Of cases that are open: one that is over has no clock."""
        if operator != "in":
            return NotImplemented
        now, wanted = fields.Datetime.now(), tuple(value)
        found = Domain.custom(
            to_sql=lambda _model, alias, _query: SQL("%s IN %s", clock_sql(now, alias), wanted),
            predicate=lambda case: case.clock in wanted,
        )
        return Domain("state", "=", "open") & found

    # -- route -------------------------------------------------------------------------

    def _count_touched_once(self, ids):
        """A worker that has just opened a few cases routes them; of many the sweep does it."""
        number = super()._count_touched_once(ids)
        self._route_new_once(ids)
        return number

    @api.model
    def _close_left_open(self):
        super()._close_left_open()
        while self._route_new() == ROUTED:
            pass

    @api.model
    def _route_new(self):
        """Route what is open and not routed, in a transaction of its own.

        :return: how many were routed
        """
        return persist(
            self.env,
            lambda env: env["seam.exception"].sudo()._route_new_once(),
            read_committed=True,
        )

    def _route_new_once(self, ids=None):
        only = "AND id = ANY(%s)" if ids else ""
        self.env.cr.execute(
            f"""
            SELECT id FROM seam_exception WHERE state = 'open' AND routed_at IS NULL {only}
             ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
            """,
            [list(ids), FEW + 1] if ids else [ROUTED],
        )
        cases = self.browse(row[0] for row in self.env.cr.fetchall())
        if ids and len(cases) > FEW:
            return 0
        for case in cases:
            case._route(fields.Datetime.now())
        if cases:
            self.env.flush_all()
            cases._rank()
        return len(cases)

    def _route(self, now):
        """Give the case its team, owner and due times.

        An owner that a person has chosen meanwhile stays.
        """
        self.ensure_one()
        rule = self.env["seam.exception.rule"]._for_case(self)
        team = rule.team_id or self.flow_id.team_id
        values = {"rule_id": rule.id, "team_id": team.id, "routed_at": now}
        if rule.set_severity:
            values["severity"] = rule.set_severity
        if rule and (not self.owner_id or self.owner_id == self.flow_id.owner_id):
            values["owner_id"] = rule._owner(self, now).id
        case = self.with_context(tracking_disable=True, mail_auto_subscribe_no_notify=True)
        case.write(values)
        case._set_due(self.first_at)
        if self.regressed:
            self._tell_regression()

    def _set_due(self, start):
        """Due times on the team's calendar, counted from ``start``."""
        for case in self:
            ack, resolve = case.rule_id._targets(case.severity or "1")
            team = case.team_id
            case.sudo().with_context(tracking_disable=True).write(
                {
                    "ack_due_at": team._after(ack, start),
                    "resolve_due_at": team._after(resolve, start),
                }
            )

    def _tell_regression(self):
        self.message_post(
            body=Markup("<p>%s</p>")
            % self.env._(
                "It is there again, for the %(times)s. time. Last time: %(how)s",
                times=self.occurrence,
                how=self.last_resolution or self.env._("it went away by itself."),
            ),
            subtype_xmlid="mail.mt_note",
        )

    def write(self, vals):
        """A person who changes the severity changes the targets."""
        result = super().write(vals)
        if "severity" in vals and "routed_at" not in vals:
            for case in self.filtered(lambda case: case.state == "open" and case.routed_at):
                case._set_due(case.first_at)
                self.env["seam.exception.alert"].sudo()._plan(case.sudo(), case.first_at)
            self._touch(self.ids)
        return result
