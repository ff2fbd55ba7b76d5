from datetime import timedelta

from odoo import models

from odoo.addons.seam.engine.fault import CODES

from .dashboard_look import BARS, took

CAUSE_DAYS = 30


class SeamExceptionTrend(models.Model):
    """The part of the dashboard that tells what came, what went, and how fast."""

    _inherit = "seam.exception"

    def _dashboard_trend(self, look):
        """Arrivals and resolutions for each hour or day of the period.

        What came is open still, or has ended since; so both are in the cases that are
        open and the episodes that ended in the period.
        """
        rows = look.rows(
            """
            SELECT CASE WHEN GROUPING(came) = 0 THEN 'opened' ELSE 'resolved' END AS what,
                   COALESCE(came, went) AS place, count(*) AS count
              FROM (SELECT width_bucket(first_at, %(starts)s) AS came, NULL::int AS went
                      FROM %(open)s e WHERE first_at >= %(since)s
                    UNION ALL
                    SELECT width_bucket(opened_at, %(starts)s),
                           width_bucket(resolved_at, %(starts)s)
                      FROM %(over)s o) t
             GROUP BY GROUPING SETS ((came), (went))
            """,
            starts=look.array(look.starts),
            open=look.open_cases(),
            since=look.since,
            over=look.over(look.since, "opened_at", "resolved_at"),
        )
        points = [
            {"from": start, "opened": 0, "resolved": 0, **look.links(start, end)}
            for start, end in zip(look.starts, [*look.starts[1:], look.end], strict=True)
        ]
        for row in rows:
            if row["place"]:  # none: open still; 0: opened before the period
                points[row["place"] - 1][row["what"]] += row["count"]
        return {
            "unit": look.unit,
            "points": points,
            "opened": sum(point["opened"] for point in points),
            "resolved": sum(point["resolved"] for point in points),
            **look.links(look.since, look.end),
        }

    def _dashboard_pace(self, look, totals):
        """Mean times to acknowledge and to resolve, beside those of the period before.

        :param totals: of what is open: some of it was acknowledged in the period
        :return: (pace, the last 24 hours)
        """
        (row,) = look.rows(
            """
            SELECT %(seen_now)s AS seen_now, %(seen_before)s AS seen_before,
                   %(over_now)s AS over_now, %(over_before)s AS over_before,
                   %(over_day)s AS over_day,
                   COALESCE(sum(documents) FILTER (WHERE resolved_at >= %(day)s), 0)::bigint
                       AS documents_day
              FROM %(over)s o
            """,
            over=look.over(look.before, "opened_at", "acknowledged_at", "resolved_at", "documents"),
            day=look.day,
            seen_now=took("acknowledged_at", look.since),
            seen_before=took("acknowledged_at", look.before, look.since),
            over_now=took("resolved_at", look.since),
            over_before=took("resolved_at", look.before, look.since),
            over_day=took("resolved_at", look.day),
        )
        resolved = look.episodes(
            self.env._("Resolved in the period"), ("resolved_at", ">=", look.since)
        )
        pace = {
            "acknowledge": {
                "seconds": _mean(row["seen_now"], totals["seen_now"]),
                "before": _mean(row["seen_before"], totals["seen_before"]),
            },
            "resolve": {
                "seconds": _mean(row["over_now"]),
                "before": _mean(row["over_before"]),
            },
            "resolved": {
                "count": int(row["over_now"][1]),
                "before": int(row["over_before"][1]),
            },
            "link": resolved,
        }
        day = {
            "resolved": int(row["over_day"][1]),
            "documents": row["documents_day"],
            "seconds": _mean(row["over_day"]),
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


def _mean(*parts):
    """:return: mean of parts that are (sum, count), or None of nothing"""
    count = sum(part[1] for part in parts)
    return sum(part[0] or 0 for part in parts) / count if count else None
