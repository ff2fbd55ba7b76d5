from datetime import timedelta

from odoo import api, models

from odoo.addons.seam.const import UNRESOLVED

from .dashboard_look import BARS, Look, took
from .seam_exception_route import clock_sql

NEXT = 5
AGE_HOURS = (168, 72, 24, 4, 1)


class SeamExceptionDashboard(models.Model):
    """What a manager looks at first, in a bounded number of statements.

    Each figure comes with the list it counts, so that both are said in one place.
    What is open is read in one pass over the partial indexes of open cases; what is
    over, over the index of ``resolved_at`` of ``seam.exception.episode``; money over
    the partial index of messages that have a case. All of it is what the rules let
    the caller see.
    """

    _inherit = "seam.exception"

    @api.model
    @api.readonly
    def dashboard_data(self, period="week", scope="all"):
        """All figures of the dashboard.

        :param period: ``today`` (by the hour), ``week`` or ``month`` (by the day)
        :param scope: ``all``, or ``mine``: the user's and the user's teams'
        :return: dict of figures. A figure is ``{"count", "link"}`` with further numbers; a
            link is ``{"model", "name", "domain"}``. Times are naive UTC, durations seconds,
            amounts whole units of the currency they name.
        :raise AccessError: the user may not read cases
        """
        self.env.flush_all()
        look = Look(self, period, scope)
        totals, groups = self._dashboard_open(look)
        pace, day = self._dashboard_pace(look, totals)
        return {
            "period": period,
            "scope": scope,
            "now": look.now,
            "in_team": bool(look.teams),
            **self._dashboard_tiles(look, totals),
            "money": self._dashboard_money(look),
            "trend": self._dashboard_trend(look),
            "ages": self._dashboard_ages(look, groups["age"]),
            "systems": self._dashboard_bars(look, "system_id", groups["system_id"]),
            "teams": self._dashboard_bars(look, "team_id", groups["team_id"]),
            "owners": self._dashboard_bars(look, "owner_id", groups["owner_id"]),
            "causes": self._dashboard_causes(look, groups["code"]),
            "next": self._dashboard_next(look),
            "pace": pace,
            "day": day,
        }

    # -- what is open --------------------------------------------------------------------

    def _dashboard_open(self, look):
        """:return: (totals, dict what → rows by it), each row a dict, in one pass"""
        names = ("age", "system_id", "team_id", "owner_id", "code")
        rows = look.rows(
            """
            SELECT GROUPING(age, system_id, team_id, owner_id, code) AS which,
                   age, system_id, team_id, owner_id, code, flow_id,
                   min(company_id) AS company_id, count(*) AS count,
                   count(*) FILTER (WHERE clock = 'late') AS late,
                   count(*) FILTER (WHERE clock = 'soon') AS soon,
                   count(*) FILTER (WHERE stage = 'new') AS new,
                   count(*) FILTER (WHERE stage = 'snoozed') AS snoozed,
                   count(*) FILTER (WHERE stage = 'partner') AS partner,
                   count(*) FILTER (WHERE held_docs > 0) AS holding,
                   COALESCE(sum(held_docs), 0)::bigint AS documents,
                   COALESCE(sum(waiting_behind_count), 0)::bigint AS waiting,
                   COALESCE(sum(held_value), 0)::float AS value,
                   min(first_at) AS oldest, %s AS seen_now, %s AS seen_before
              FROM (SELECT *, first_at AS opened_at, %s AS clock, width_bucket(first_at, %s) AS age
                      FROM %s e) e
             GROUP BY GROUPING SETS
                   ((), (age), (system_id), (team_id), (owner_id), (code, flow_id))
            """,
            took("acknowledged_at", look.since),
            took("acknowledged_at", look.before, look.since),
            clock_sql(look.now, "e"),
            look.array(look.now - timedelta(hours=hours) for hours in AGE_HOURS),
            look.open_cases(),
        )
        kinds = {0b11111: None, **{0b11111 ^ (16 >> i): name for i, name in enumerate(names)}}
        groups = {name: [] for name in (None, *names)}
        for row in rows:
            groups[kinds[row["which"]]].append(row)
        return groups.pop(None)[0], groups

    def _dashboard_tiles(self, look, totals):
        def tile(count, name, *domain, **more):
            return {"count": totals[count], "link": look.cases(name, *domain), **more}

        return {
            "open": tile(
                "count",
                self.env._("Open exceptions"),
                snoozed=totals["snoozed"],
                partner=totals["partner"],
                oldest=totals["oldest"],
            ),
            "new": tile("new", self.env._("Nobody looks after these yet"), ("stage", "=", "new")),
            "late": tile("late", self.env._("Past their target"), ("clock", "=", "late")),
            "soon": tile("soon", self.env._("Due soon"), ("clock", "=", "soon")),
            "documents": tile(
                "documents",
                self.env._("Exceptions that hold up documents"),
                ("held_docs", ">", 0),
                causes=totals["holding"],
                waiting=totals["waiting"],
            ),
        }

    def _dashboard_money(self, look):
        """What is held up by currency of the documents, the most first."""
        held = [("state", "in", UNRESOLVED), ("amount", "!=", 0)]
        Message = self.env["seam.message"]
        rows = Message._read_group(
            [("exception_id", "in", look.open), *held], ["currency"], ["amount:sum", "__count"]
        )
        rows = sorted(rows, key=lambda row: -abs(row[1] or 0))
        return [
            {
                "currency": currency or "",
                "amount": amount,
                "count": count,
                "link": {
                    "model": "seam.message",
                    "name": self.env._("Held up: %s", currency or self.env._("no currency")),
                    "domain": [
                        ("exception_id", "any", look.domain),
                        *held,
                        ("currency", "=", currency),
                    ],
                },
            }
            for currency, amount, count in rows
        ]

    def _dashboard_ages(self, look, rows):
        labels = (
            self.env._("Over 7 days"),
            self.env._("3 to 7 days"),
            self.env._("1 to 3 days"),
            self.env._("4 to 24 hours"),
            self.env._("1 to 4 hours"),
            self.env._("Under 1 hour"),
        )
        limits = [look.now - timedelta(hours=hours) for hours in AGE_HOURS]
        found = {row["age"]: row for row in rows}
        bars = []
        for age, label in enumerate(labels):
            row = found.get(age, {"count": 0, "late": 0})
            domain = [("first_at", ">=", limits[age - 1])] if age else []
            domain += [("first_at", "<", limits[age])] if age < len(limits) else []
            name = self.env._("Open since: %s", label)
            bars.append(
                {
                    "label": label,
                    "count": row["count"],
                    "late": row["late"],
                    "link": look.cases(name, *domain),
                }
            )
        return bars[::-1]

    def _dashboard_bars(self, look, field, rows):
        """Bars of a many2one field, the most first; what is beyond the ceiling is one bar."""
        rows = sorted(rows, key=lambda row: (-row["count"], row[field] or 0))
        shown, rest = (rows, []) if len(rows) <= BARS + 1 else (rows[:BARS], rows[BARS:])
        Model = self.env[self._fields[field].comodel_name].sudo()
        names = {
            record.id: record.display_name
            for record in Model.browse(row[field] for row in shown if row[field])
        }
        bars = []
        for row in shown:
            label = names.get(row[field]) or self.env._("Nobody")
            name = self.env._("Open exceptions: %s", label)
            bars.append(
                {
                    "label": label,
                    "count": row["count"],
                    "late": row["late"],
                    "link": look.cases(name, (field, "=", row[field] or False)),
                }
            )
        if rest:
            others = [row[field] or False for row in shown]
            bars.append(
                {
                    "label": self.env._("%s others", len(rest)),
                    "count": sum(row["count"] for row in rest),
                    "late": sum(row["late"] for row in rest),
                    "link": look.cases(
                        self.env._("Open exceptions: others"), (field, "not in", others)
                    ),
                }
            )
        return bars

    def _dashboard_next(self, look):
        """The cases whose target is the next to break."""
        rows = look.rows(
            """
            SELECT id, name, due, owner_id, clock FROM (
                   SELECT *, %s AS clock,
                          CASE WHEN acknowledged_at IS NULL THEN ack_due_at
                               ELSE resolve_due_at END AS due
                     FROM %s e) e
             WHERE clock IN ('soon', 'ok') ORDER BY due, id LIMIT %s
            """,
            clock_sql(look.now, "e"),
            look.open_cases(),
            NEXT,
        )
        for row in rows:
            row["owner"] = self.env["res.users"].sudo().browse(row["owner_id"]).name or False
        return rows
