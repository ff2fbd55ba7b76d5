import logging
import time
from datetime import timedelta

from psycopg2 import InterfaceError, OperationalError

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError

from odoo.addons.seam.models.own_cursor import CONFLICTS, own_env, persist

from .seam_operation import ON_MESSAGES

_logger = logging.getLogger(__name__)

BATCH = {"retry": 200, "discard": 200}
# A job hands its worker back after this many seconds; another one goes on.
SECONDS = 20


class SeamOperationRun(models.Model):
    """The work of an operation: batch by batch, each in a transaction of its own.

    A batch does its items and writes their results together, as the user who began it,
    with his rights. The operation's row is locked meanwhile: two jobs take turns, and a
    pause or an end waits for the batch.
    """

    _inherit = "seam.operation"

    def _enqueue(self, eta=None):
        for operation in self:
            operation.with_delay(
                channel="root.seam_bulk",
                description=self.env._("Bulk operation %s", operation.id),
                max_retries=1,
                eta=eta,
            )._run()

    def _run(self):
        """Job: go on until it is over, paused, slowed down, or the time is up."""
        self.ensure_one()
        deadline = time.monotonic() + SECONDS
        wait = self._done_lately()
        while not wait:
            if not self._next_batch():
                return
            wait = self._done_lately()
            if time.monotonic() > deadline:
                break
        eta = fields.Datetime.now() + timedelta(seconds=wait) if wait else None
        with own_env(self.env) as env:
            env["seam.operation"].browse(self.id)._enqueue(eta=eta)

    def _done_lately(self):
        """:return: seconds to wait so that the partner is spared; 0: go on"""
        with own_env(self.env, read_committed=True) as env:
            operation = env["seam.operation"].browse(self.id).sudo()
            if not operation.throttle or operation.state != "running":
                return 0
            env.cr.execute(
                """
                SELECT count(*), min(at) FROM seam_operation_line
                 WHERE operation_id = %s AND at > %s
                """,
                [self.id, fields.Datetime.now() - timedelta(minutes=1)],
            )
            number, first = env.cr.fetchone()
            if number < operation.throttle:
                return 0
            return max(1, 61 - (fields.Datetime.now() - first).total_seconds())

    def _next_batch(self):
        """:return: whether there may be more to do"""
        user = self.sudo().user_id
        self.env.flush_all()
        try:
            return persist(
                self.env,
                lambda env: env["seam.operation"].browse(self.id)._next_batch_once(),
                user=user.id,
                context={
                    "allowed_company_ids": self.sudo().company_ids.ids,
                    "lang": user.lang,
                    "tracking_disable": True,
                },
            )
        except CONFLICTS:
            _logger.info("Operation %s meets conflicts, and goes on later", self.id)
            time.sleep(0.5)
            return True
        finally:
            self.invalidate_model()
            self.env["seam.operation.line"].invalidate_model()

    def _next_batch_once(self):
        lines = self._take_lines()
        if lines is None:
            return False
        if not lines:
            self.env.cr.execute(
                """
                UPDATE seam_operation SET state = 'done', ended_at = %s
                 WHERE id = %s AND state = 'running'
                """,
                [fields.Datetime.now(), self.id],
            )
            return False
        results = self._do(lines)
        self._write_results(results)
        return True

    def _take_lines(self):
        """:return: the next lines, locked with the operation; None: it is not running"""
        self.env.cr.execute(
            """
            SELECT kind, throttle FROM seam_operation WHERE id = %s AND state = 'running'
               FOR NO KEY UPDATE
            """,
            [self.id],
        )
        row = self.env.cr.fetchone()
        if not row:
            return None
        kind, throttle = row
        self.env.cr.execute(
            """
            SELECT id FROM seam_operation_line WHERE operation_id = %s AND state = 'todo'
             ORDER BY position, id LIMIT %s
            """,
            [self.id, min(BATCH.get(kind, 50), throttle or 1000)],
        )
        return (
            self.env["seam.operation.line"].sudo().browse(row[0] for row in self.env.cr.fetchall())
        )

    # -- do ----------------------------------------------------------------------------

    def _do(self, lines):
        """Do a batch together; when that fails, one by one.

        :return: dict line → (state, note)
        """
        gone = lines.filtered(lambda line: not self._target(line))
        results = dict.fromkeys(gone, ("skipped", self.env._("It is not there any more.")))
        left = lines - gone
        try:
            with self.env.cr.savepoint():
                self._do_together(left)
                self.env.flush_all()
            results.update(dict.fromkeys(left, ("done", False)))
        except CONFLICTS:
            raise
        except (OperationalError, InterfaceError):
            raise  # PostgreSQL is gone: another job goes on
        except Exception:  # noqa: BLE001 - one of them; each is tried alone
            for line in left:
                results[line] = self._do_one(line)
        return results

    def _do_one(self, line):
        try:
            with self.env.cr.savepoint():
                self._do_together(line)
                self.env.flush_all()
            return "done", False
        except CONFLICTS:
            raise
        except (OperationalError, InterfaceError):
            raise
        except (AccessError, MissingError) as error:
            return "failed", str(error.args[0])[:250]
        except UserError as error:
            return "skipped", str(error.args[0])[:250]
        except Exception as error:
            _logger.exception("Line %s of a bulk operation failed", line.id)
            return "failed", self.env._("An error in the program: %s", error)[:250]

    def _target(self, line):
        record = line.message_id if self.sudo().kind in ON_MESSAGES else line.exception_id
        return record.with_env(self.env)

    def _do_together(self, lines):
        """:raise UserError: one of them cannot be done; nothing is kept"""
        if not lines:
            return
        operation = self.sudo()
        records = lines.message_id if operation.kind in ON_MESSAGES else lines.exception_id
        records = records.with_env(self.env)
        {
            "retry": lambda: records._retry(operation.reason),
            "discard": lambda: records._discard(operation.reason),
            "fix": lambda: self._fix_each(records),
            "acknowledge": lambda: records.action_acknowledge(),
            "assign": lambda: records._assign(operation.assign_id, operation.reason),
            "hand_over": lambda: records._hand_over(
                operation.team_id.with_env(self.env), None, operation.reason
            ),
            "snooze": lambda: records._snooze(operation.until, 0, operation.reason),
            "resolve": lambda: records._mark_resolved(operation.reason),
        }[operation.kind]()

    def _fix_each(self, cases):
        record = self.env[self.sudo().res_model].browse(self.sudo().res_id).exists()
        if not record:
            raise UserError(self.env._("The record that was chosen is not there any more."))
        for case in cases:
            case._fix(record)

    def _write_results(self, results):
        self.env.cr.execute_values(
            """
            UPDATE seam_operation_line l SET state = v.state, note = v.note, at = v.at::timestamp
              FROM (VALUES %s) AS v (id, state, note, at) WHERE l.id = v.id
            """,
            [
                (line.id, state, note or None, fields.Datetime.now())
                for line, (state, note) in results.items()
            ],
        )
        states = [state for state, _note in results.values()]
        self.env.cr.execute(
            """
            UPDATE seam_operation
               SET done_count = COALESCE(done_count, 0) + %s,
                   skipped_count = COALESCE(skipped_count, 0) + %s,
                   failed_count = COALESCE(failed_count, 0) + %s
             WHERE id = %s
            """,
            [*(states.count(state) for state in ("done", "skipped", "failed")), self.id],
        )

    @api.model
    def _cron_resume(self):
        """Go on with what runs and has no job: it was deleted, or lost with a restart."""
        self.env.cr.execute(
            """
            SELECT o.id FROM seam_operation o
             WHERE o.state = 'running' AND o.write_date < now() AT TIME ZONE 'UTC'
                   - interval '2 minutes'
               AND NOT EXISTS (
                   SELECT 1 FROM queue_job j
                    WHERE j.model_name = 'seam.operation' AND j.method_name = '_run'
                      AND j.state IN ('wait_dependencies', 'pending', 'enqueued', 'started')
                      AND j.records::jsonb -> 'ids' @> to_jsonb(ARRAY[o.id]))
            """
        )
        self.browse(row[0] for row in self.env.cr.fetchall())._enqueue()
