from typing import NamedTuple

from psycopg2.extras import Json

from odoo import SUPERUSER_ID, api, fields, models

from ..engine import circuit
from .own_cursor import own_env


class Locked(NamedTuple):
    """A system's circuit as it is while its row is locked.

    :ivar now: seconds since 1970 by PostgreSQL's clock; those of several hosts differ
    """

    id: int
    state: circuit.Circuit
    now: float


class SeamCircuit(models.Model):
    """Whether our calls to a system go out, shared by all workers and hosts.

    One row a system: locked, judged by ``engine.circuit`` and committed, in a
    transaction of its own that touches no business record.
    """

    _name = "seam.circuit"
    _description = "Circuit"
    _log_access = False

    system_id = fields.Many2one("seam.system", required=True, ondelete="cascade")
    slots = fields.Json(readonly=True)
    opened = fields.Integer(required=True, default=0, readonly=True)
    until = fields.Float(required=True, default=0, readonly=True)
    probe_until = fields.Float(required=True, default=0, readonly=True)
    since = fields.Float(required=True, default=0, readonly=True)
    calls = fields.Integer(required=True, default=0, readonly=True)
    failed = fields.Integer(required=True, default=0, readonly=True)
    reason = fields.Char(readonly=True)

    _system_uniq = models.UniqueIndex("(system_id)")

    @api.model
    def _admit(self, system_id, wanted):
        """:return: (how many of ``wanted`` calls may go out now, and when none: in how
        many seconds to ask again)"""
        with self._own() as env:
            if not env["seam.circuit"]._is_open(system_id):
                return wanted, 0
            row = env["seam.circuit"]._lock(system_id)
            state, count, seconds = circuit.admit(row.state, wanted, row.now)
            env["seam.circuit"]._save(row, state)
            return count, seconds

    @api.model
    def _note(self, system_id, good, bad, reason="", at_once=False):
        """Count the outcomes of calls.

        No outcome at all says that a call which was let through was not made.

        :param reason: one sentence, why the last one failed
        :param at_once: calls stop, however few failed: nobody is let in
        """
        with self._own() as env:
            if not (good or bad) and not env["seam.circuit"]._is_open(system_id):
                return
            row = env["seam.circuit"]._lock(system_id)
            if bad and at_once:
                state = circuit.trip(row.state, row.now)
            elif good or bad:
                state = circuit.note(row.state, good, bad, row.now)
            else:
                state = circuit.give_back(row.state)
            closed = env["seam.circuit"]._change(system_id, row, state, reason)
        if closed:
            self._let_in(system_id)

    @api.model
    def _close(self, system_id):
        """Let calls out again: an administrator said so, or a test got through."""
        with self._own() as env:
            if not env["seam.circuit"]._is_open(system_id):
                return
            row = env["seam.circuit"]._lock(system_id)
            env["seam.circuit"]._change(system_id, row, circuit.Circuit())
        self._let_in(system_id)

    def _let_in(self, system_id):
        """What told that nobody is let in goes out, too: it failed for nothing of its own."""
        with self._own() as env:
            found = env["seam.circuit"].search([("system_id", "=", system_id)])
            env["seam.system"].browse(system_id)._let_in(found.reason)

    def _is_stopped(self, system_id):
        """:return: whether calls stop, or one is let through to try it"""
        with self._own() as env:
            return env["seam.circuit"]._is_open(system_id)

    def _own(self):
        return own_env(self.env, user=SUPERUSER_ID, read_committed=True)

    def _is_open(self, system_id):
        self.env.cr.execute(
            "SELECT 1 FROM seam_circuit WHERE system_id = %s AND opened > 0", [system_id]
        )
        return bool(self.env.cr.rowcount)

    def _lock(self, system_id):
        """:return: Locked; the row is made when there is none"""
        self.env.cr.execute(
            """
            INSERT INTO seam_circuit (system_id, opened, until, probe_until, since, calls, failed)
            SELECT %s, 0, 0, 0, 0, 0, 0
             WHERE NOT EXISTS (SELECT 1 FROM seam_circuit WHERE system_id = %s)
            ON CONFLICT DO NOTHING
            """,
            [system_id, system_id],
        )
        # The clock is read when the lock is held, not when it is asked for.
        self.env.cr.execute(
            """
            SELECT id, slots, opened, until, probe_until, since, calls, failed
              FROM seam_circuit WHERE system_id = %s FOR NO KEY UPDATE
            """,
            [system_id],
        )
        row_id, slots, *rest = self.env.cr.fetchone()
        self.env.cr.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        (now,) = self.env.cr.fetchone()
        state = circuit.Circuit(tuple(tuple(slot) for slot in slots or ()), *rest)
        return Locked(row_id, state, now)

    def _save(self, row, state):
        if state == row.state:
            return
        self.env.cr.execute(
            """
            UPDATE seam_circuit
               SET slots = %s, opened = %s, until = %s, probe_until = %s, since = %s,
                   calls = %s, failed = %s
             WHERE id = %s
            """,
            [Json(state.slots), *state[1:], row.id],
        )

    def _change(self, system_id, row, state, reason=""):
        """Save what follows from outcomes, and say on the system if it opened or closed.

        :return: whether it closed
        """
        self._save(row, state)
        if reason:
            self.env.cr.execute(
                "UPDATE seam_circuit SET reason = %s WHERE id = %s", [reason[:500], row.id]
            )
        if bool(state.opened) != bool(row.state.opened):
            self.env.invalidate_all(flush=False)
            self.env["seam.system"].browse(system_id)._tell_circuit()
        return bool(row.state.opened) and not state.opened
