import time
from datetime import timedelta

from odoo import api, fields, models

from ..const import DRAIN_SECONDS, QUEUES, SEND_QUEUE
from .own_cursor import own_env, persist
from .sender import Sender


class SeamLane(models.Model):
    """A lane wakes one ``queue_job`` that drains many messages.

    ``woken`` says that a job is on its way that has not begun to look for
    messages. Whoever stores a message and then finds ``woken`` set may rely on
    that job: it clears the flag before it looks, so it will see the message.
    """

    _name = "seam.lane"
    _description = "Lane"
    _log_access = False
    _rec_name = "code"

    code = fields.Selection(QUEUES, required=True, readonly=True)
    woken = fields.Boolean(required=True, default=False, readonly=True)
    woken_at = fields.Datetime(readonly=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "A lane exists once.")

    @api.model
    def _wake(self, codes, transaction=own_env):
        """Make sure that a job comes for each of the lanes named.

        Call it after the messages are committed: see the class docstring.

        :param transaction: where to look; it must begin after that commit
        """
        with transaction(self.env) as env:
            env.cr.execute(
                "SELECT id FROM seam_lane WHERE code = ANY(%s) AND NOT woken",
                [list(codes)],
            )
            asleep = [row[0] for row in env.cr.fetchall()]
        if asleep:
            with own_env(self.env, user=api.SUPERUSER_ID, read_committed=True) as env:
                for lane in env["seam.lane"].browse(asleep):
                    lane._enqueue()

    def _enqueue(self):
        """Enqueue one drain unless one is on its way already."""
        self.ensure_one()
        self.env.cr.execute(
            """
            UPDATE seam_lane SET woken = true, woken_at = now() AT TIME ZONE 'UTC'
             WHERE id = %s AND NOT woken
            """,
            [self.id],
        )
        if self.env.cr.rowcount:
            self._delay()

    def _delay(self, eta=None):
        self.with_delay(
            channel=f"root.seam_{self.code}",
            description=self.env._("Drain lane %s", self.code),
            max_retries=1,
            eta=eta,
            identity_key=eta and f"seam_lane:{self.code}:{eta}",
        )._drain(clear=not eta)

    def _delay_until(self, moment):
        """Look at the lane again at ``moment`` (naive UTC), at most in 20 days.

        The runner of queue_job cannot sleep longer than 24 days.
        """
        latest = fields.Datetime.now() + timedelta(days=20)
        # Jobs come at whole seconds, and must not come before the moment.
        self._delay(eta=min(moment + timedelta(seconds=1), latest).replace(microsecond=0))

    def _drain(self, clear=True):
        """Job: work off the lane until it is empty or the time is up.

        Everything happens in transactions of its own, so that the job's
        transaction stays empty and a lost job loses nothing.
        """
        self.ensure_one()
        if clear:
            self._clear_wake()
        self.env["seam.message"]._rescue()
        self._return_for_the_dead()
        self.env["seam.message"]._promote(self.code)
        if self.code == SEND_QUEUE:
            self._send()
        else:
            self._work_off()

    def _send(self):
        sender = Sender(self)
        moment = sender.run()
        if sender.more:
            self._wake([self.code])
        elif moment:
            with own_env(self.env, user=api.SUPERUSER_ID, read_committed=True) as env:
                env["seam.lane"].browse(self.id)._delay_until(moment)

    def _work_off(self):
        deadline = time.monotonic() + DRAIN_SECONDS
        helped = False
        while self._serve_each_flow():
            if not helped:
                # More may be waiting: let a second worker join, if one is free.
                helped = True
                if self._flows_with_work():
                    self._wake([self.code])
            if time.monotonic() > deadline:
                self._wake([self.code])
                return

    def _return_for_the_dead(self):
        """Come back when the lease of a claim is over that nobody seems to work on.

        The minute's sweep would find it too, if its worker is alive and free.
        """
        moment = self.env["seam.message"]._lease_of_the_dead(self.code)
        if moment:
            with own_env(self.env, user=api.SUPERUSER_ID, read_committed=True) as env:
                env["seam.lane"].browse(self.id)._delay_until(moment)

    def _serve_each_flow(self):
        """One batch of each flow in turn. :return: how many messages that was"""
        Message = self.env["seam.message"]
        return sum(Message._process_next(flow) for flow in self._flows_with_work())

    def _clear_wake(self):
        with own_env(self.env, read_committed=True) as env:
            env.cr.execute("UPDATE seam_lane SET woken = false WHERE id = %s", [self.id])

    def _flows_with_work(self):
        """Flows of this lane with a message to process, the longest unserved first."""
        with own_env(self.env) as env:
            env.cr.execute(
                """
                SELECT f.id
                  FROM seam_flow f
                 WHERE f.queue = %s AND f.state = 'active'
                   AND EXISTS (SELECT 1 FROM seam_message m
                                WHERE m.flow_id = f.id AND m.state = 'pending')
                 ORDER BY array_position(ARRAY['critical', 'normal', 'bulk'], f.lane::text), f.id
                """,
                [self.code],
            )
            return [row[0] for row in env.cr.fetchall()]

    @api.model
    def _cron_sweep(self):
        """Safety net: rescue, promote what is due, and wake lanes left asleep.

        A lane may be left asleep with work when a process died between storing
        a message and waking the lane, or when somebody deleted its job.
        """
        Message = self.env["seam.message"]
        Message._rescue()
        while self._open_overdue():
            pass
        self.env["seam.exception"]._close_left_open()
        self._forget_lost_wakes()
        for lane in self.search([]):
            Message._promote(lane.code)
            if lane._flows_with_work():
                self._wake([lane.code])

    def _open_overdue(self):
        return persist(
            self.env, lambda env: env["seam.message"]._open_overdue(), read_committed=True
        )

    @api.model
    def _forget_lost_wakes(self):
        """Clear flags of lanes whose job is not there any more."""
        with own_env(self.env) as env:
            env.cr.execute(
                """
                UPDATE seam_lane l SET woken = false
                 WHERE woken AND woken_at < now() AT TIME ZONE 'UTC' - interval '50 seconds'
                   AND NOT EXISTS (
                       SELECT 1 FROM queue_job j
                        WHERE j.model_name = 'seam.lane'
                          AND j.method_name = '_drain'
                          AND j.state IN ('pending', 'enqueued')
                          AND j.channel = 'root.seam_' || l.code
                          AND j.eta IS NULL)
                """
            )
