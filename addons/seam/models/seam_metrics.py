from odoo import api, fields, models

from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID

from ..const import IN_FLIGHT
from .seam_flow_hour import COUNTS, OUTCOMES

# A drain that was asked for and has not begun for so long: nobody works this lane.
STUCK_SECONDS = 300

_TOTALS = ", ".join(
    f"(coalesce(total.{name}, 0) + coalesce(hours.{name}, 0))::{kind} AS {name}"
    for name, kind in (*((name, "bigint") for name in COUNTS), ("seconds", "float"))
)
_SUMS = ", ".join(f"sum({name}) AS {name}" for name in (*COUNTS, "seconds"))
_OUTCOME_COUNTS = ", ".join(
    f"count(*) FILTER (WHERE state = '{name}') AS {name}" for name in OUTCOMES
)


class SeamMetrics(models.AbstractModel):
    """The numbers that probes and monitoring ask for, at a cost that does not grow.

    Each runs on roll-ups, on indexes of what is unfinished, or on the few minutes
    since the last roll-up. Rows come back as dicts.
    """

    _name = "seam.metrics"
    _description = "Metrics"

    @api.model
    def _rows(self, query, params=None):
        self.env.cr.execute(query, params)
        return self.env.cr.dictfetchall()

    @api.model
    def _limit_time(self, seconds):
        """No probe may become a burden itself."""
        self.env.cr.execute("SET LOCAL statement_timeout = %s", [f"{seconds}s"])

    @api.model
    def _runner_alive(self):
        """Whether some host has the jobs of this database in hand.

        The runner of queue_job holds an advisory lock for as long as it lives.
        """
        (row,) = self._rows(
            """
            SELECT count(*) AS held FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND objsubid = 1
               AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND classid::bigint = %s AND objid::bigint = %s
            """,
            [PG_ADVISORY_LOCK_ID >> 32, PG_ADVISORY_LOCK_ID & 0xFFFFFFFF],
        )
        return bool(row["held"])

    @api.model
    def _lanes(self):
        """:return: lane, ``oldest`` and ``asked`` in seconds: how long the oldest message
        that could be processed waits, and how long ago a drain was asked for that has
        not begun; None when there is none. What a partner's failure or the rate agreed
        with him holds back is no fault of ours.
        """
        return self._rows(
            """
            SELECT l.code AS lane,
                   extract(epoch FROM %(now)s - min(first.received_at))::float AS oldest,
                   CASE WHEN l.woken THEN extract(epoch FROM %(now)s - l.woken_at)::float END
                   AS asked
              FROM seam_lane l
              LEFT JOIN (SELECT f.id, f.queue FROM seam_flow f
                           JOIN seam_system s ON s.id = f.system_id
                           LEFT JOIN seam_circuit c ON c.system_id = s.id
                           LEFT JOIN seam_rate r ON r.system_id = s.id AND r.way = 'out'
                          WHERE f.state = 'active' AND (f.direction = 'in' OR (
                                s.active AND s.state = 'active' AND s.call_rate = 0
                                AND coalesce(c.opened, 0) = 0
                                AND coalesce(r.held_until, 0)
                                    < extract(epoch FROM %(now)s AT TIME ZONE 'UTC')))
                        ) AS f ON f.queue = l.code
              LEFT JOIN LATERAL (
                   SELECT received_at FROM seam_message m
                    WHERE m.flow_id = f.id AND m.state = 'pending'
                    ORDER BY position LIMIT 1) AS first ON true
             GROUP BY l.id ORDER BY l.code
            """,
            {"now": fields.Datetime.now()},
        )

    @api.model
    def _in_flight(self):
        """:return: system, flow, lane, state, ``count`` and ``oldest`` in seconds"""
        return self._rows(
            """
            SELECT s.code AS system, f.code AS flow, f.lane, m.state, m.count,
                   greatest(0, extract(epoch FROM %s - m.first_at))::float AS oldest
              FROM (SELECT flow_id, state, count(*) AS count, min(received_at) AS first_at
                      FROM seam_message WHERE state IN %s GROUP BY flow_id, state) AS m
              JOIN seam_flow f ON f.id = m.flow_id
              JOIN seam_system s ON s.id = f.system_id
             ORDER BY 1, 2, 4
            """,
            [fields.Datetime.now(), IN_FLIGHT],
        )

    @api.model
    def _totals(self):
        """:return: system, flow, lane, state of the flow, the counts since its beginning,
        and ``seconds`` until done
        """
        rows = self._rows(
            f"""
            SELECT s.code AS system, f.code AS flow, f.lane, f.state, f.id, total.as_of, {_TOTALS}
              FROM seam_flow f
              JOIN seam_system s ON s.id = f.system_id
              LEFT JOIN seam_flow_total total ON total.flow_id = f.id
              LEFT JOIN LATERAL (
                   SELECT {_SUMS} FROM seam_flow_hour
                    WHERE flow_id = f.id AND hour >= total.until) AS hours ON true
             ORDER BY 1, 2
            """
        )
        for row in rows:
            for name, more in self._since(row.pop("id"), row.pop("as_of")).items():
                row[name] += more
        return rows

    @api.model
    def _since(self, flow_id, as_of):
        """What the last roll-up does not know yet. One flow at a time: PostgreSQL must
        see the moment to know that it is near, and take the index.
        """
        (counts,) = self._rows(
            f"""
            SELECT came.received, went.* FROM (
                   SELECT count(*) AS received FROM seam_message
                    WHERE flow_id = %(flow)s AND received_at > %(as_of)s) AS came,
                 ( SELECT {_OUTCOME_COUNTS},
                          coalesce(sum(extract(epoch FROM settled_at - received_at))
                                   FILTER (WHERE state = 'done'), 0)::float AS seconds
                     FROM seam_message
                    WHERE flow_id = %(flow)s AND settled_at > %(as_of)s) AS went
            """,
            {"flow": flow_id, "as_of": as_of or "-infinity"},
        )
        return counts

    @api.model
    def _open_exceptions(self):
        """:return: system, kind, code and ``count``"""
        return self._rows(
            """
            SELECT s.code AS system, e.kind, e.code, count(*) AS count
              FROM seam_exception e JOIN seam_system s ON s.id = e.system_id
             WHERE e.state = 'open' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        )
