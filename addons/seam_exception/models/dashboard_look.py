from datetime import datetime, time, timedelta

from pytz import utc

from odoo import fields
from odoo.tools import SQL

# Days that a period shows, today included.
PERIODS = {"today": 1, "week": 7, "month": 30}
# As many bars as are read at a glance; what is beyond is one bar.
BARS = 7


# What figures are made of.
OPEN_COLUMNS = """
    id name code flow_id system_id company_id team_id owner_id stage first_at acknowledged_at
    ack_due_at resolve_due_at held_docs held_value waiting_behind_count
""".split()


def took(name, since, until=None):
    """:return: SQL of seconds from opening to ``name`` where it lies in the span, and how many"""
    until = SQL(" AND %s < %s", SQL.identifier(name), until) if until else SQL()
    return SQL(
        """
        ARRAY[sum(EXTRACT(epoch FROM %(name)s - opened_at)) FILTER (WHERE %(when)s),
              count(*) FILTER (WHERE %(when)s)]::float[]
        """,
        name=SQL.identifier(name),
        when=SQL("%s >= %s%s", SQL.identifier(name), since, until),
    )


class Look:
    """What one look asks for: which cases, which spans of time; and the links of figures."""

    def __init__(self, Case, period, scope):
        if period not in PERIODS or scope not in ("all", "mine"):
            raise ValueError(f"{period}, {scope}")
        Case.check_access("read")
        self.env, self.now = Case.env, fields.Datetime.now()
        self.teams = Case._my_teams().ids
        self.mine = scope == "mine"
        self.scope = [("mine_or_team", "=", True)] if self.mine else []
        self.domain = [("state", "=", "open"), *self.scope]
        self.open = Case._search(self.domain)
        self._spans(PERIODS[period])

    def _spans(self, days):
        today = utc.localize(self.now).astimezone(self.env.tz).date()
        first = today - timedelta(days=days - 1)
        self.since, self.end = self._midnight(first), self._midnight(today + timedelta(days=1))
        self.before = self._midnight(first - timedelta(days=days))
        self.day = self.now - timedelta(days=1)
        self.unit = "hour" if days == 1 else "day"
        if days == 1:
            hours = int((self.end - self.since).total_seconds() // 3600)
            self.starts = [self.since + timedelta(hours=hour) for hour in range(hours)]
        else:
            self.starts = [self._midnight(first + timedelta(days=day)) for day in range(days)]

    def _midnight(self, day):
        local = self.env.tz.localize(datetime.combine(day, time()))
        return local.astimezone(utc).replace(tzinfo=None)

    # -- statements ----------------------------------------------------------------------

    def open_cases(self):
        """:return: SQL of a subquery: cases that are open, and that the user sees"""
        return self._columns(self.open, OPEN_COLUMNS)

    @staticmethod
    def _columns(query, names):
        return query.subselect(*(SQL.identifier(query.table, name) for name in names))

    def over(self, since, *columns):
        """:return: SQL of a subquery: episodes that ended since then, and that the user sees"""
        domain = [("resolved_at", ">=", since), *self._episode_scope()]
        return self._columns(self.env["seam.exception.episode"]._search(domain), columns)

    def _episode_scope(self):
        owned = ("exception_id.owner_id", "=", self.env.uid)
        return ["|", ("team_id", "in", self.teams), owned] if self.mine else []

    def rows(self, code, *args, **kwargs):
        cr = self.env.cr
        cr.execute(SQL(code, *args, **kwargs))
        return cr.dictfetchall()

    @staticmethod
    def array(moments):
        return SQL("ARRAY[%s]::timestamp[]", SQL(", ").join(SQL("%s", at) for at in moments))

    # -- links ---------------------------------------------------------------------------

    def cases(self, name, *domain):
        return {"model": "seam.exception", "name": name, "domain": [*self.domain, *domain]}

    def episodes(self, name, *domain):
        domain = [*self._episode_scope(), *domain]
        return {"model": "seam.exception.episode", "name": name, "domain": domain}

    def links(self, start, end):
        """:return: what was opened and what was resolved in a span"""
        opened = [("opened_at", ">=", start), ("opened_at", "<", end)]
        span = [("first_at", ">=", start), ("first_at", "<", end)]
        return {
            "opened_link": {
                "model": "seam.exception",
                "name": self.env._("Opened in the period"),
                "domain": [*self.scope, "|", "&", *span, ("episode_ids", "any", opened)],
            },
            "resolved_link": self.episodes(
                self.env._("Resolved in the period"),
                ("resolved_at", ">=", start),
                ("resolved_at", "<", end),
            ),
        }
