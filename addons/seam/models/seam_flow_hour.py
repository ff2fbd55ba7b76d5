from odoo import api, fields, models

from ..const import IN_FLIGHT
from ..fields import BigInteger

# An hour is final this long after its end: whatever began in it is committed by then.
FINAL_AFTER_HOURS = 2

COUNTS = ("received", "done", "superseded", "replaced", "discarded")
OUTCOMES = COUNTS[1:]

_OUTCOME_COUNTS = ", ".join(
    f"count(*) FILTER (WHERE state = '{name}') AS {name}" for name in OUTCOMES
)
# Both halves run on indexes of (flow, moment) and read only the hours asked for.
_HOURS = f"""
    WITH received AS (
        SELECT date_trunc('hour', received_at) AS hour, count(*) AS received
          FROM seam_message
         WHERE flow_id = %(flow)s AND received_at >= %(since)s AND received_at <= %(as_of)s
         GROUP BY 1
    ), settled AS (
        SELECT date_trunc('hour', settled_at) AS hour,
               {_OUTCOME_COUNTS},
               sum(extract(epoch FROM settled_at - received_at))
                   FILTER (WHERE state = 'done') AS seconds,
               max(extract(epoch FROM settled_at - received_at))
                   FILTER (WHERE state = 'done') AS seconds_max
          FROM seam_message
         WHERE flow_id = %(flow)s AND settled_at >= %(since)s AND settled_at <= %(as_of)s
         GROUP BY 1
    )
    SELECT hour, coalesce(received, 0) AS received, coalesce(done, 0) AS done,
           coalesce(superseded, 0) AS superseded, coalesce(replaced, 0) AS replaced,
           coalesce(discarded, 0) AS discarded, coalesce(seconds, 0) AS seconds,
           coalesce(seconds_max, 0) AS seconds_max
      FROM received FULL JOIN settled USING (hour)
"""


class SeamFlowHour(models.Model):
    """What one flow did in one hour (UTC): what lists, dashboards and metrics read.

    ``received`` counts by the moment of receipt, outcomes by the moment they were
    reached. A row is recomputed as a whole until its hour is final; then it stays,
    also when its messages are removed after their time.
    """

    _name = "seam.flow.hour"
    _description = "Flow per hour"
    _log_access = False
    _order = "hour desc, flow_id"
    _rec_name = "hour"

    flow_id = fields.Many2one("seam.flow", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="flow_id.company_id")
    hour = fields.Datetime(required=True, readonly=True)
    received = fields.Integer(readonly=True)
    done = fields.Integer(readonly=True)
    superseded = fields.Integer(readonly=True)
    replaced = fields.Integer(readonly=True)
    discarded = fields.Integer(readonly=True)
    seconds = fields.Float(
        "Seconds until done",
        readonly=True,
        help="Sum over the messages done in this hour, from receipt.",
    )
    seconds_max = fields.Float("Longest until done (seconds)", readonly=True, aggregator="max")

    _hour_uniq = models.UniqueIndex("(flow_id, hour)")
    _hour_idx = models.Index("(hour)")

    @api.model
    def _cron_roll_up(self):
        """Recompute the hours that are not final, and add final ones to the totals."""
        flows = self.env["seam.flow"].sudo().search([])
        for number, flow in enumerate(flows, 1):
            self._roll_up(flow.id)
            self.env["ir.cron"]._commit_progress(1, remaining=len(flows) - number)

    @api.model
    def _roll_up(self, flow_id):
        """Idempotent: whatever is computed again comes out the same, or more complete."""
        total = self.env["seam.flow.total"]._of(flow_id)
        values = {"flow": flow_id, "since": total.until, "as_of": self.env.cr.now()}
        self.env.cr.execute(
            f"""
            INSERT INTO seam_flow_hour AS h (flow_id, hour, received, done, superseded,
                                             replaced, discarded, seconds, seconds_max)
            SELECT %(flow)s, live.* FROM ({_HOURS}) AS live
            ON CONFLICT (flow_id, hour) DO UPDATE
               SET (received, done, superseded, replaced, discarded, seconds, seconds_max)
                 = (excluded.received, excluded.done, excluded.superseded,
                    excluded.replaced, excluded.discarded, excluded.seconds,
                    excluded.seconds_max)
            """,
            values,
        )
        total._advance(values["as_of"])
        self.invalidate_model()


class SeamFlowTotal(models.Model):
    """What one flow did in all the hours that are final.

    So that a total costs a few rows however old the flow is, and so that messages
    which were removed after their time stay counted.
    """

    _name = "seam.flow.total"
    _description = "Flow in total"
    _log_access = False
    _rec_name = "flow_id"

    flow_id = fields.Many2one("seam.flow", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="flow_id.company_id")
    until = fields.Datetime(
        required=True, readonly=True, help="Hours before this are final and in these numbers."
    )
    as_of = fields.Datetime(
        required=True, readonly=True, help="The hours were computed up to this moment."
    )
    received = BigInteger(readonly=True)
    done = BigInteger(readonly=True)
    superseded = BigInteger(readonly=True)
    replaced = BigInteger(readonly=True)
    discarded = BigInteger(readonly=True)
    seconds = fields.Float(readonly=True)

    _flow_uniq = models.UniqueIndex("(flow_id)")

    @api.model
    def _of(self, flow_id):
        """:return: the flow's row; a new one begins with its first message"""
        self.env.cr.execute(
            """
            INSERT INTO seam_flow_total (flow_id, until, as_of, received, done, superseded,
                                         replaced, discarded, seconds)
            SELECT %(flow)s, start, start, 0, 0, 0, 0, 0, 0
              FROM (SELECT date_trunc('hour', coalesce(min(received_at), %(now)s)) AS start
                      FROM seam_message WHERE flow_id = %(flow)s) AS first
             WHERE NOT EXISTS (SELECT 1 FROM seam_flow_total WHERE flow_id = %(flow)s)
            ON CONFLICT (flow_id) DO NOTHING
            """,
            {"flow": flow_id, "now": self.env.cr.now()},
        )
        self.invalidate_model()
        return self.search([("flow_id", "=", flow_id)])

    def _advance(self, as_of):
        """Take in the hours that are final as of this moment."""
        self.ensure_one()
        self.env.cr.execute(
            """
            WITH final AS (
                SELECT date_trunc('hour', %(as_of)s::timestamp) - %(wait)s * interval '1 hour'
                       AS hour
            ), sums AS (
                SELECT coalesce(sum(received), 0) AS received, coalesce(sum(done), 0) AS done,
                       coalesce(sum(superseded), 0) AS superseded,
                       coalesce(sum(replaced), 0) AS replaced,
                       coalesce(sum(discarded), 0) AS discarded,
                       coalesce(sum(seconds), 0) AS seconds
                  FROM seam_flow_hour, final
                 WHERE flow_id = %(flow)s AND seam_flow_hour.hour >= %(until)s
                   AND seam_flow_hour.hour < final.hour
            )
            UPDATE seam_flow_total t
               SET as_of = %(as_of)s, until = greatest(t.until, final.hour),
                   received = t.received + sums.received, done = t.done + sums.done,
                   superseded = t.superseded + sums.superseded,
                   replaced = t.replaced + sums.replaced,
                   discarded = t.discarded + sums.discarded,
                   seconds = t.seconds + sums.seconds
              FROM final, sums
             WHERE t.id = %(id)s
            """,
            {
                "id": self.id,
                "flow": self.flow_id.id,
                "until": self.until,
                "as_of": as_of,
                "wait": FINAL_AFTER_HOURS,
            },
        )
        self.invalidate_recordset()


_PARTS = [("came.received", "received"), *((f"went.{name}", name) for name in OUTCOMES)]


class SeamFlowAudit(models.Model):
    """The books of a flow: what came in is what came out and what is still here."""

    _inherit = "seam.flow"

    hour_ids = fields.One2many("seam.flow.hour", "flow_id", "Hours")

    def _audit(self):
        """Count one flow's messages, in one snapshot.

        Receipts and outcomes are counted apart, each by its own moment, and what is
        in flight by its state: a message that lost its outcome, or has one without a
        moment, upsets the balance. Purged messages are in the totals.

        :return: dict with ``received``, ``done``, ``superseded``, ``replaced``,
            ``discarded``, ``in_flight`` and ``missing``, which is 0 when all is well
        """
        self.ensure_one()
        self.env.flush_all()
        self.env.cr.execute(
            f"""
            WITH total AS (
                SELECT * FROM seam_flow_total WHERE flow_id = %(flow)s
            ), since AS (
                SELECT coalesce((SELECT until FROM total), '-infinity') AS moment
            ), came AS (
                SELECT count(*) AS received FROM seam_message
                 WHERE flow_id = %(flow)s AND received_at >= (SELECT moment FROM since)
            ), went AS (
                SELECT {_OUTCOME_COUNTS} FROM seam_message
                 WHERE flow_id = %(flow)s AND settled_at >= (SELECT moment FROM since)
            ), flight AS (
                SELECT count(*) AS in_flight FROM seam_message
                 WHERE flow_id = %(flow)s AND state IN %(flight)s
            )
            SELECT {", ".join(f"{live} + coalesce(total.{n}, 0) AS {n}" for live, n in _PARTS)},
                   in_flight
              FROM came CROSS JOIN went CROSS JOIN flight LEFT JOIN total ON true
            """,
            {"flow": self.id, "flight": IN_FLIGHT},
        )
        (numbers,) = self.env.cr.dictfetchall()
        accounted = sum(numbers[name] for name in (*OUTCOMES, "in_flight"))
        return {**numbers, "missing": numbers["received"] - accounted}

    def _assert_audit(self):
        """:raise AssertionError: naming every flow whose numbers do not add up"""
        audits = {flow.display_name: flow._audit() for flow in self}
        wrong = {name: numbers for name, numbers in audits.items() if numbers["missing"]}
        if wrong:
            raise AssertionError(f"Messages do not add up: {wrong}")
        return audits
