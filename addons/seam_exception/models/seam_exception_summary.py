from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models

from odoo.addons.seam.models.own_cursor import persist

SHOWN = 10


class SeamExceptionSummary(models.Model):
    """That a team was told in the morning of a day. The key is unique: it is told once."""

    _name = "seam.exception.summary"
    _description = "Morning summary"
    _log_access = False

    team_id = fields.Many2one("seam.exception.team", required=True, ondelete="cascade")
    day = fields.Date(required=True)

    _once = models.UniqueIndex("(team_id, day)")


class SeamExceptionTeam(models.Model):
    _inherit = "seam.exception.team"

    @api.model
    def _cron_summary(self):
        """Tell each team what waits for it, when its morning has come."""
        now = fields.Datetime.now()
        for team in self.sudo().search([("summary_hour", ">=", 0)]):
            if team._is_morning(now):
                team._summarise(now)

    def _is_morning(self, now):
        """Whether the hour is over on a working day, and not by more than six hours."""
        local = self._local(now)
        hours = local.hour + local.minute / 60
        if not self.summary_hour <= hours < self.summary_hour + 6:
            return False
        if not self.calendar_id:
            return True
        start = local.replace(hour=0, minute=0, second=0, microsecond=0)
        return bool(
            self.calendar_id.get_work_hours_count(
                start, start + timedelta(days=1), compute_leaves=True
            )
        )

    def _summarise(self, now):
        """Send the summary of this day, unless another worker did."""
        day = self._local(now).date()

        def once(env):
            env.cr.execute(
                """
                INSERT INTO seam_exception_summary (team_id, day) VALUES (%s, %s)
                ON CONFLICT (team_id, day) DO NOTHING RETURNING id
                """,
                [self.id, day],
            )
            if env.cr.rowcount:
                env["seam.exception.team"].sudo().browse(self.id)._send_summary(now)

        persist(self.env, once, read_committed=True)

    def _send_summary(self, now):
        cases = self.env["seam.exception"].search(
            [("team_id", "=", self.id), ("state", "=", "open"), ("stage", "!=", "snoozed")]
        )
        if not cases:
            return
        for user in self._users().filtered(lambda user: user.active and user.email):
            team = self.with_context(lang=user.lang)
            mine = cases.filtered(lambda case, user=user: case.owner_id == user)
            self.env["mail.mail"].create(
                {
                    "subject": team.env._(
                        "%(team)s: %(open)s exceptions, %(mine)s of them yours",
                        team=team.name,
                        open=len(cases),
                        mine=len(mine),
                    ),
                    "body_html": team._summary_html(cases.with_env(team.env), mine, now),
                    "email_to": user.email_formatted,
                    "auto_delete": True,
                }
            )

    def _summary_html(self, cases, mine, now):
        late = cases.filtered(lambda case: case.clock == "late")
        shown = (mine.with_env(self.env) | cases)[:SHOWN]
        rows = Markup("").join(
            Markup('<tr><td><a href="%s">%s</a></td><td>%s</td><td>%s</td></tr>')
            % (case._url(), case.name, case._cost(), case.owner_id.name or "")
            for case in shown
        )
        return Markup("<p>%s</p><table>%s</table>") % (
            self.env._(
                "Open: %(open)s. Yours: %(mine)s. Past their target: %(late)s. Nobody looks "
                "after: %(new)s.",
                open=len(cases),
                mine=len(mine),
                late=len(late),
                new=len(cases.filtered(lambda case: case.stage == "new")),
            ),
            rows,
        )
