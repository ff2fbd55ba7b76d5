from datetime import timedelta

from odoo import models
from odoo.tools import SQL

from odoo.addons.seam.engine.fault import CODES

from .dashboard_look import BARS

CAUSE_DAYS = 30


class SeamExceptionTrend(models.Model):
    """The part of the dashboard that tells what came, what went, and how fast."""

    _inherit = "seam.exception"

    def _dashboard_trend(self, look):
        """Arrivals and resolutions for each hour or day of the period.

        What came is open still, or has ended since; so both are in the cases that are
        open and the episodes that ended in the period.
        """
        starts = look.array(look.starts)
        rows = look.rows(
            """
            SELECT 'opened' AS what, width_bucket(first_at, %(starts)s) AS place, count(*) AS count
              FROM seam_exception WHERE id IN %(open)s AND first_at >= %(since)s GROUP BY 2
            UNION ALL
            SELECT 'opened', width_bucket(opened_at, %(starts)s), count(*)
              FROM %(over)s o WHERE opened_at >= %(since)s GROUP BY 2
            UNION ALL
            SELECT 'resolved', width_bucket(resolved_at, %(starts)s), count(*)
              FROM %(over)s o WHERE resolved_at >= %(since)s GROUP BY 2
            """,
            starts=starts,
            open=look.open.subselect(),
            since=look.since,
            over=look.over(look.since, "opened_at", "resolved_at"),
        )
        points = [
            {"from": start, "opened": 0, "resolved": 0, **look.links(start, end)}
            for start, end in zip(look.starts, [*look.starts[1:], look.end], strict=True)
        ]
        for row in rows:
            place = min(row["place"], len(points)) - 1
            points[place][row["what"]] += row["count"]
        return {
            "unit": look.unit,
            "points": points,
            "opened": sum(point["opened"] for point in points),
            "resolved": sum(point["resolved"] for point in points),
            **look.links(look.since, look.end),
        }

    def _dashboard_pace(self, look):
        """Mean times to acknowledge and to resolve, beside those of the period before.

        :return: (pace, the last 24 hours)
        """
        (row,) = look.rows(
            """
            WITH over AS (
                SELECT opened_at, acknowledged_at, resolved_at, documents FROM %(over)s o),
            seen AS (
                SELECT opened_at, acknowledged_at FROM over
                 WHERE acknowledged_at >= %(before)s
                UNION ALL
                SELECT first_at, acknowledged_at FROM seam_exception
                 WHERE id IN %(open)s AND acknowledged_at >= %(before)s)
            SELECT s.*, r.* FROM (
                SELECT %(seen_now)s AS seen_now, %(seen_before)s AS seen_before FROM seen) s,
               (SELECT %(over_now)s AS over_now, %(over_before)s AS over_before,
                       %(over_day)s AS over_day,
                       count(*) FILTER (WHERE resolved_at >= %(since)s) AS resolved_now,
                       count(*) FILTER (WHERE resolved_at < %(since)s) AS resolved_before,
                       count(*) FILTER (WHERE resolved_at >= %(day)s) AS resolved_day,
                       COALESCE(sum(documents) FILTER (WHERE resolved_at >= %(day)s), 0)::bigint
                           AS documents_day
                  FROM over) r
            """,
            over=look.over(look.before, "opened_at", "acknowledged_at", "resolved_at", "documents"),
            open=look.open.subselect(),
            before=look.before,
            since=look.since,
            day=look.day,
            seen_now=_mean("acknowledged_at", look.since),
            seen_before=_mean("acknowledged_at", look.before, look.since),
            over_now=_mean("resolved_at", look.since),
            over_before=_mean("resolved_at", look.before, look.since),
            over_day=_mean("resolved_at", look.day),
        )
        resolved = look.episodes(
            self.env._("Resolved in the period"), ("resolved_at", ">=", look.since)
        )
        pace = {
            "acknowledge": {"seconds": row["seen_now"], "before": row["seen_before"]},
            "resolve": {"seconds": row["over_now"], "before": row["over_before"]},
            "resolved": {"count": row["resolved_now"], "before": row["resolved_before"]},
            "link": resolved,
        }
        day = {
            "resolved": row["resolved_day"],
            "documents": row["documents_day"],
            "seconds": row["over_day"],
            "link": look.episodes(
                self.env._("Resolved in the last 24 hours"), ("resolved_at", ">=", look.day)
            ),
        }
        return pace, day

    def _dashboard_causes(self, look, rows):
        """What costs most: causes that are open, or ended within a month, by documents."""
        month = look.now - timedelta(days=CAUSE_DAYS)
        ended = look.rows(
            """
            SELECT code, flow_id, count(*) AS count, sum(documents)::bigint AS documents
              FROM %s o GROUP BY 1, 2
            """,
            look.over(month, "code", "flow_id", "documents"),
        )
        causes = {}
        for part, is_open in ((rows, True), (ended, False)):
            for row in part:
                cause = causes.setdefault(
                    (row["code"], row["flow_id"]), {"times": 0, "documents": 0, "open": 0}
                )
                cause["times"] += row["count"]
                cause["documents"] += row["documents"] or 0
                if is_open:
                    cause.update(open=row["count"], value=row["value"], company=row["company_id"])
        worst = sorted(
            causes.items(), key=lambda pair: (-pair[1]["documents"], -pair[1]["times"], pair[0])
        )[: BARS + 1]
        flows = self.env["seam.flow"].sudo().browse({flow for (_code, flow), _cause in worst})
        names = {flow.id: flow.display_name for flow in flows}
        return [self._dashboard_cause(look, key, cause, names, month) for key, cause in worst]

    def _dashboard_cause(self, look, key, cause, names, month):
        code, flow = key
        label = CODES[code].title if code in CODES else code
        company = self.env["res.company"].sudo().browse(cause.pop("company", False))
        return {
            "label": label,
            "flow": names[flow],
            "currency": company.currency_id.name or "",
            "value": 0,
            **cause,
            "link": {
                "model": "seam.exception",
                "name": f"{label}: {names[flow]}",
                "domain": [
                    *look.scope,
                    ("code", "=", code),
                    ("flow_id", "=", flow),
                    "|",
                    ("state", "=", "open"),
                    ("episode_ids", "any", [("resolved_at", ">=", month)]),
                ],
            },
        }


def _mean(name, since, until=None):
    """:return: SQL of the mean seconds from opening to ``name`` where it lies in the span"""
    until = SQL(" AND %s < %s", SQL.identifier(name), until) if until else SQL()
    return SQL(
        "avg(EXTRACT(epoch FROM %(name)s - opened_at)) FILTER (WHERE %(name)s >= %(since)s%(until)s)"
        "::float",
        name=SQL.identifier(name),
        since=since,
        until=until,
    )
