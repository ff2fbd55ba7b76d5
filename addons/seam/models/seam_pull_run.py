import hashlib
import logging
import time
from datetime import timedelta

from psycopg2.extras import Json

from odoo import fields, models

from ..engine import backoff, trace
from ..engine.fault import Fault
from .gate import Gate, Held
from .own_cursor import CONFLICTS, own_env, persist
from .seam_message_intake import Arrival
from .seam_pull import LOST_SECONDS

_logger = logging.getLogger(__name__)

# A job hands its worker back after this many seconds; another one goes on.
PULL_SECONDS = 30


class PullTaken(Exception):
    """The pull was paused, reset, or moved by another worker meanwhile."""


class SeamPullRun(models.Model):
    """One page after the other: claim → fetch → store with the cursor."""

    _inherit = "seam.pull"

    def _run(self):
        """Job: fetch pages until there is none, or the time is up.

        Each page is a transaction of its own, and no transaction is open while the
        other side is asked, so that the job's own one stays empty.
        """
        self.ensure_one()
        deadline = time.monotonic() + PULL_SECONDS
        try:
            while self._next_page():
                if time.monotonic() > deadline:
                    with own_env(self.env) as env:
                        env["seam.pull"].browse(self.id)._enqueue()
                    return
        except PullTaken:
            _logger.info("Pull %s is not ours any more", self.id)
        except Held as held:
            self._wait_for(held.seconds, held.reason)
        except Fault as fault:
            self._fail(fault)
        except CONFLICTS as error:
            self._fail(Fault("db.conflict", self.env._("Other work was in the way: %s", error)))
        except Exception as error:
            _logger.exception("Pull %s failed", self.id)
            self._fail(self.env["seam.message"]._fault_of(error))

    def _next_page(self):
        """:return: whether there may be more"""
        step, cursor, conf = self._claim_step()
        page = self._fetch(conf, cursor)
        Message = self.env["seam.message"]
        arrivals = [self._arrival(topic, body) for topic, body in page.items]
        verdicts = [Message._judge(conf, arrival) for arrival in arrivals]
        fresh = self._store_page(conf, step, page, arrivals, verdicts)
        if fresh:
            self.env["seam.lane"]._wake([conf.queue])
        return page.more

    def _claim_step(self):
        """:return: (step, cursor, FlowConf) to fetch the next page with
        :raise PullTaken: it is to stop
        """
        with own_env(self.env) as env:
            pull = env["seam.pull"].browse(self.id).sudo().exists()
            if not pull or pull.state != "running":
                raise PullTaken
            if not pull._is_open():
                pull.state = "idle"
                conf = None
            else:
                conf = env["seam.flow"]._conf_by_id(pull.flow_id.id)
            step, cursor = pull.step, pull.cursor or {}
        if conf is None:
            raise PullTaken
        return step, cursor, conf

    def _fetch(self, conf, cursor):
        """Ask the other side, outside of any transaction of ours."""
        client = self.env["seam.system"].browse(conf.system_id)._client()
        client.gate = Gate(self.env, conf.system_id, conf.call_rate)
        try:
            return self._list(client, conf, cursor)
        finally:
            client.close()

    def _list(self, client, conf, cursor):
        """Hook: what is asked for where it is not a list of changes. :return: Page"""
        return self.env[conf.connector]._list_pages(client, conf, cursor)

    @staticmethod
    def _arrival(topic, body):
        digest = hashlib.sha256(topic.encode() + b"\n" + body).hexdigest()
        context = trace.new()
        return Arrival(
            key=f"pull:{digest}",
            topic=topic,
            body=body,
            content_type="application/json",
            headers={},
            trace_id=context.trace_id,
            traceparent=context.traceparent(),
        )

    def _store_page(self, conf, step, page, arrivals, verdicts):
        """Store the messages and the cursor in one transaction.

        :return: how many messages were new
        """

        def work(env):
            pull = env["seam.pull"].browse(self.id)
            pull._require_step(step)
            receipts = env["seam.message"]._store(conf, arrivals, verdicts) if arrivals else []
            fresh = sum(receipt.status == "stored" for receipt in receipts)
            pull._advance(page, fresh)
            return fresh

        return persist(self.env, work, read_committed=True)

    def _require_step(self, step):
        """Lock the pull while it is at ``step``.

        :raise PullTaken: it was paused, reset, or moved by another worker
        """
        self.env.cr.execute(
            """
            SELECT 1 FROM seam_pull
             WHERE id = %s AND step = %s AND state = 'running' FOR NO KEY UPDATE
            """,
            [self.id, step],
        )
        if not self.env.cr.rowcount:
            raise PullTaken

    def _advance(self, page, fresh):
        pull, now = self.sudo(), fields.Datetime.now()
        self.env.cr.execute(
            """
            UPDATE seam_pull
               SET step = step + 1, cursor = %s, done = done + %s, new = new + %s,
                   total = GREATEST(total, done + COALESCE(%s, 0)),
                   worked = COALESCE(worked, 0)
                       + GREATEST(EXTRACT(EPOCH FROM %s - touched_at), 0),
                   touched_at = %s, tries = 0, last_error = NULL,
                   loading = loading AND %s,
                   complete_at = CASE WHEN %s THEN complete_at ELSE %s END,
                   state = CASE WHEN %s THEN 'running' ELSE 'idle' END,
                   next_at = %s
             WHERE id = %s
            """,
            [
                Json(page.cursor),
                len(page.items),
                fresh,
                page.total,
                now,
                now,
                page.more,
                page.more,
                now,
                page.more,
                now + timedelta(minutes=pull.interval_minutes),
                self.id,
            ],
        )
        pull.invalidate_recordset(flush=False)
        if pull.exception_id:
            pull.exception_id._resolve(self.env._("It was pulled again."))
            pull.exception_id = False

    # -- failure -----------------------------------------------------------------------

    def _wait_for(self, seconds, reason=""):
        """The system's circuit or rate lets no call out, or what was asked for is not ready:
        another job asks again then."""
        with own_env(self.env) as env:
            pull = env["seam.pull"].browse(self.id).sudo().exists()
            if not pull or pull.state != "running":
                return
            again = fields.Datetime.now() + timedelta(seconds=min(seconds, LOST_SECONDS / 2) + 1)
            system = pull.system_id
            pull.write(
                {
                    "touched_at": fields.Datetime.now(),
                    "last_error": reason
                    or system.circuit_text
                    or env._("Waits: no call to %s may go out at the moment.", system.name),
                }
            )
            pull._enqueue(again)

    def _fail(self, fault):
        """Try again by the flow's retry schedule; when it is over, ask a person.

        What passes by itself is tried on at the pull's own pace; all else waits for
        the person.
        """
        with own_env(self.env) as env:
            pull = env["seam.pull"].browse(self.id).sudo().exists()
            if pull and pull.state == "running":
                pull._note_fault(fault)

    def _note_fault(self, fault):
        conf = self.env["seam.flow"]._conf_by_id(self.flow_id.id)
        tries, delay = self.tries + 1, None
        if fault.kind == "transient":
            delay = backoff.next_delay(conf.schedule, tries, retry_after=fault.retry_after)
        values = {"tries": tries, "last_error": fault.message}
        if delay is not None:
            seconds = timedelta(seconds=delay)
            self.write({**values, "state": "idle", "next_at": fields.Datetime.now() + seconds})
            return
        cases = self.env["seam.exception"]._open(conf, [fault])
        patience = timedelta(minutes=max(60, self.interval_minutes))
        self.write(
            {
                **values,
                "state": "failed",
                "exception_id": next(iter(cases.values())),
                "next_at": fields.Datetime.now() + patience if fault.kind == "transient" else False,
            }
        )
