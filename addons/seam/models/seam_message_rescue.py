import logging

from odoo import api, models

from ..const import CLAIM_LOCK, CRASHES_ALLOWED
from ..engine.fault import Fault
from .own_cursor import persist
from .seam_exception import fingerprint
from .seam_message_claim import MAY_HAVE_MADE

_logger = logging.getLogger(__name__)


class SeamMessageRescue(models.Model):
    """Let go on what waited, and give back what dead workers held."""

    _inherit = "seam.message"

    @api.model
    def _release(self, ids):
        """Let what waited behind these messages go on, if they are out of the way.

        In a transaction that begins after they were settled, so that it sees all
        that was sent to wait behind them until then. Who sends one to wait looks
        here too, after that is committed: one of the two sees the other.
        """
        if not ids:
            return
        persist(
            self.env,
            lambda env: env.cr.execute(
                f"""
                WITH free AS (
                    SELECT w.id FROM seam_message w
                      JOIN seam_message b ON b.id = w.predecessor_id
                      JOIN seam_flow f ON f.id = w.flow_id
                     WHERE w.state = 'waiting' AND b.id = ANY(%s)
                       AND (b.state IN ('done', 'superseded', 'replaced', 'discarded')
                            OR (f.carries = 'state' AND b.state IN ('failed', 'waiting')
                                AND NOT {MAY_HAVE_MADE}))
                     -- in order: two workers that release the same wait, and not for each other
                     ORDER BY w.id FOR NO KEY UPDATE OF w)
                UPDATE seam_message m
                   SET state = 'pending', predecessor_id = NULL, state_reason = NULL
                  FROM free WHERE m.id = free.id AND m.state = 'waiting'
                """,
                [list(ids)],
            ),
            read_committed=True,
        )

    @api.model
    def _promote(self, lane):
        """Make pending what has waited long enough, and what waits for nothing."""

        def promote(env):
            env.cr.execute(
                """
                WITH due AS (
                    SELECT m.id FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
                     WHERE f.queue = %s AND m.state = 'waiting'
                       AND m.next_try_at <= clock_timestamp() AT TIME ZONE 'UTC'
                     ORDER BY m.id FOR NO KEY UPDATE OF m)
                UPDATE seam_message m SET state = 'pending', next_try_at = NULL
                  FROM due WHERE m.id = due.id AND m.state = 'waiting'
                """,
                [lane],
            )
            env.cr.execute(
                """
                SELECT DISTINCT predecessor_id FROM seam_message
                 WHERE predecessor_id IS NOT NULL AND state = 'waiting'
                """
            )
            return [row[0] for row in env.cr.fetchall()]

        self._release(persist(self.env, promote, read_committed=True))

    @api.model
    def _rescue(self):
        """Give back what dead workers held.

        The lease is over and nobody holds the claim's lock: the worker is dead. What
        was in its hands is tried again alone; what was there too often is put aside.
        """

        def rescue(env):
            cases, lanes = set(), set()
            env.cr.execute(
                """
                SELECT DISTINCT m.claim, f.queue
                  FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
                 WHERE m.state = 'working'
                   AND m.lease_until < clock_timestamp() AT TIME ZONE 'UTC'
                """
            )
            for claim, lane in env.cr.fetchall():
                if env["seam.message"]._nobody_holds(claim):
                    cases |= env["seam.message"]._rescue_claim(claim)
                    lanes.add(lane)
            return cases, lanes

        cases, lanes = persist(self.env, rescue, read_committed=True)
        self.env["seam.exception"]._close_settled(cases)
        if lanes:
            self.env["seam.lane"]._wake(lanes)

    @api.model
    def _lease_of_the_dead(self, lane):
        """:return: when the first lease ends of a claim that nobody holds, or None"""

        def look(env):
            env.cr.execute(
                """
                SELECT m.claim, max(m.lease_until)
                  FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
                 WHERE m.state = 'working' AND f.queue = %s GROUP BY 1 ORDER BY 2
                """,
                [lane],
            )
            for claim, moment in env.cr.fetchall():
                if env["seam.message"]._nobody_holds(claim):
                    return moment
            return None

        return persist(self.env, look, read_committed=True)

    def _nobody_holds(self, claim):
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [CLAIM_LOCK, claim])
        return self.env.cr.fetchone()[0]

    def _rescue_claim(self, claim, error=None):
        """Make the messages of a claim pending, or put them aside.

        :param error: what kept a living worker from settling them, if any
        :return: set of the exceptions that may be over now
        """
        reason = (
            self.env._("Seam stumbled over it, or over one beside it.")
            if error
            else self.env._("The worker that had it died.")
        )
        self.env.cr.execute(
            """
            UPDATE seam_message
               SET state = 'pending', crashes = crashes + 1, claim = NULL,
                   unsure = unsure OR direction = 'out',
                   lease_until = NULL, state_reason = %s
             WHERE claim = %s AND state = 'working'
               AND (lease_until < clock_timestamp() AT TIME ZONE 'UTC' OR %s)
            RETURNING id, flow_id, crashes, exception_id
            """,
            [reason, claim, bool(error)],
        )
        rows = self.env.cr.fetchall()
        _logger.warning("Took back %s messages of claim %s: %s", len(rows), claim, reason)
        self._log(
            [
                {
                    "message_id": id_,
                    "name": reason,
                    "state": "pending",
                    "code": "bug.handler" if error else "worker.killed",
                    "text": repr(error)[:2000] if error else None,
                }
                for id_, *_rest in rows
            ]
        )
        for id_, flow_id, crashes, _case in rows:
            if crashes >= CRASHES_ALLOWED:
                self._put_aside(id_, flow_id, self._fault_of(error) if error else None)
        return {case for *_rest, case in rows if case}

    def _put_aside(self, message_id, flow_id, fault=None):
        conf = self.env["seam.flow"]._conf_by_id(flow_id)
        fault = fault or Fault(
            "worker.killed",
            self.env._(
                "This message ended its worker %s times. It is not tried again by itself.",
                CRASHES_ALLOWED,
            ),
            fix=self.env._(
                "If Odoo or the database was stopped or failed at that time, retry it: it may "
                "only have been in hand. If it happens again, it needs the support."
            ),
            subject=str(message_id),
        )
        exceptions = self.env["seam.exception"]._open(conf, [fault])
        self.env.cr.execute(
            """
            UPDATE seam_message SET state = 'failed', fault_code = %s,
                   fault_message = %s, state_reason = %s, exception_id = %s
             WHERE id = %s
            """,
            [
                fault.code,
                fault.message,
                fault.message,
                exceptions[fingerprint(conf, fault)],
                message_id,
            ],
        )
        self._log(
            [
                {
                    "message_id": message_id,
                    "name": self.env._("Needs attention"),
                    "state": "failed",
                    "code": fault.code,
                    "text": fault.message,
                }
            ]
        )
