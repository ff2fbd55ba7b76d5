import logging
import random
import time
from datetime import timedelta
from typing import NamedTuple

from psycopg2.errors import IntegrityError, UniqueViolation
from psycopg2.extras import Json

from odoo import api, fields, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ..const import (
    CONFLICT_SECONDS,
    CONFLICT_TRIES,
    CRASHES_ALLOWED,
    LEASE_SECONDS,
)
from ..engine import backoff, codec
from ..engine.fault import Fault
from .letter import Identity, Letter
from .own_cursor import own_env
from .seam_exception import fingerprint
from .seam_message_intake import Arrival, Verdict

_logger = logging.getLogger(__name__)

# First number of the advisory locks that show that a claim is being worked on.
CLAIM_LOCK = 0x5EA3


class ClaimLost(Exception):
    """Somebody else took the messages over because we seemed dead."""


class Candidate(NamedTuple):
    id: int
    position: int
    ordering_key: str | None
    version: int | None
    crashes: int


class SeamMessageDrain(models.Model):
    """Claim → order → apply → settle, one batch of one flow at a time.

    Three transactions: the claim with its lease is committed first, so that a
    crash is known; the effects and the outcomes are committed together, so that a
    crash leaves both or neither; what waited behind is released last, seeing all
    that was committed before.
    """

    _inherit = "seam.message"

    @api.model
    def _process_next(self, flow_id):
        """Process the next batch of a flow.

        :return: number of messages claimed; 0 when there is nothing to do now
        """
        conf = self.env["seam.flow"]._conf_by_id(flow_id)
        claim, ids = self._claim_batch(conf)
        if ids:
            self._work(conf, claim)
            self._release(ids)
        return len(ids)

    # -- claim and order -----------------------------------------------------------

    @api.model
    def _claim_batch(self, conf):
        """Take the next messages that may run, and commit that.

        :return: (claim number, list of ids)
        """
        for attempt in range(CONFLICT_TRIES):
            try:
                with own_env(self.env) as env:
                    return env["seam.message"]._claim_once(conf)
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                time.sleep(random.uniform(0, 0.01 * 2**attempt))
        return 0, []

    def _claim_once(self, conf):
        window = self._window(conf)
        if not window:
            return 0, []
        chosen = self._in_order(conf, window)[: conf.batch_size]
        if any(candidate.crashes for candidate in chosen):
            # One of them may kill its worker: it must stand alone to be known.
            chosen = (
                chosen[:1]
                if chosen[0].crashes
                else [candidate for candidate in chosen if not candidate.crashes]
            )
        if not chosen:
            return 0, []
        ids = [candidate.id for candidate in chosen]
        self.env.cr.execute(
            """
            WITH claim AS (SELECT nextval('seam_claim_seq')::int AS number)
            UPDATE seam_message m
               SET state = 'working', claim = claim.number, tries = tries + 1,
                   state_reason = NULL, next_try_at = NULL,
                   lease_until = (now() + %s * interval '1 second') AT TIME ZONE 'UTC'
              FROM claim WHERE m.id = ANY(%s)
            RETURNING m.claim
            """,
            [LEASE_SECONDS, ids],
        )
        return self.env.cr.fetchone()[0], ids

    def _window(self, conf):
        """The oldest pending messages, locked; others look at others meanwhile."""
        self.env.cr.execute(
            """
            SELECT id, position, ordering_key, version, crashes
              FROM seam_message
             WHERE flow_id = %s AND state = 'pending'
             ORDER BY position LIMIT %s
               FOR UPDATE SKIP LOCKED
            """,
            [conf.id, conf.batch_size * 4],
            log_exceptions=False,
        )
        return [Candidate(*row) for row in self.env.cr.fetchall()]

    def _in_order(self, conf, window):
        """Keep what may run now; send the rest to wait, or supersede it.

        :return: list of Candidate, at most one per ordering key
        """
        blockers = self._blockers(conf, window)
        chosen, by_key = [], {}
        for candidate in window:
            key = candidate.ordering_key
            if key is None:
                chosen.append(candidate)
            elif key in blockers:
                self._wait_behind(candidate, blockers[key])
            else:
                by_key.setdefault(key, []).append(candidate)
        for candidates in by_key.values():
            chosen.append(self._choose(conf, candidates))
        return sorted(chosen, key=lambda candidate: candidate.position)

    def _choose(self, conf, candidates):
        """Of several messages of one key: the newest state, or the first event."""
        if conf.carries == "state":
            newest = max(candidates, key=lambda c: (c.version or 0, c.position))
            self._supersede(
                [c.id for c in candidates if c is not newest],
                newest.id,
                self.env._("A newer state of the same document came in."),
            )
            return newest
        first, *others = candidates
        previous = first
        for candidate in others:
            self._wait_behind(candidate, previous.id)
            previous = candidate
        return first

    def _blockers(self, conf, window):
        """Unresolved messages outside the window that ours must wait for.

        A state waits only while another state of its document is at work; an event
        waits for every earlier event. The blockers are locked, so that they cannot
        be settled before our waiting is committed; those that cannot be locked are
        being settled now, and their followers stay pending for the next round.

        :return: dict ordering key → id of the blocker
        """
        keys = list({c.ordering_key for c in window if c.ordering_key is not None})
        if not keys:
            return {}
        states = (
            ("working", "pending")
            if conf.carries == "state"
            else ("pending", "working", "waiting", "failed")
        )
        self.env.cr.execute(
            """
            SELECT ordering_key, id, position, state FROM seam_message
             WHERE flow_id = %s AND ordering_key = ANY(%s)
               AND state IN %s AND NOT id = ANY(%s)
             ORDER BY position
            """,
            [conf.id, keys, states, [c.id for c in window]],
        )
        first = {}
        for candidate in window:
            first.setdefault(candidate.ordering_key, candidate.position)
        found = {
            key: id_
            for key, id_, position, state in self.env.cr.fetchall()
            if position < first[key] or state == "working"
        }
        if found:
            self.env.cr.execute(
                "SELECT id FROM seam_message WHERE id = ANY(%s) FOR SHARE SKIP LOCKED",
                [list(found.values())],
                log_exceptions=False,
            )
            locked = {row[0] for row in self.env.cr.fetchall()}
            found = {key: id_ if id_ in locked else None for key, id_ in found.items()}
        return found

    def _wait_behind(self, candidate, blocker_id):
        """:param blocker_id: None to stay pending: the blocker is just being settled"""
        if blocker_id is None:
            return
        self.env.cr.execute(
            """
            UPDATE seam_message w
               SET state = 'waiting', predecessor_id = b.id, next_try_at = NULL,
                   state_reason = %s
              FROM seam_message b WHERE b.id = %s AND w.id = %s
            """,
            [
                self.env._("Waits for an earlier message of the same document."),
                blocker_id,
                candidate.id,
            ],
        )

    def _supersede(self, ids, newer_id, reason):
        if not ids:
            return
        self.env.cr.execute(
            """
            UPDATE seam_message SET state = 'superseded', settled_at = %s,
                   state_reason = %s, predecessor_id = NULL, next_try_at = NULL
             WHERE id = ANY(%s) RETURNING exception_id
            """,
            [self.env.cr.now(), reason, ids],
        )
        exceptions = {row[0] for row in self.env.cr.fetchall() if row[0]}
        self._log(
            [
                {
                    "message_id": id_,
                    "name": self.env._("Superseded"),
                    "state": "superseded",
                    "code": "order.stale",
                    "text": reason,
                    "data": Json({"newer": newer_id}),
                }
                for id_ in ids
            ]
        )
        self.env["seam.exception"].sudo().browse(exceptions)._close_if_settled()

    # -- apply -------------------------------------------------------------------

    @api.model
    def _work(self, conf, claim):
        """Apply the messages of a claim and settle them, in one transaction."""
        for attempt in range(CONFLICT_TRIES):
            try:
                with own_env(
                    self.env,
                    user=conf.user_id,
                    context={"allowed_company_ids": [conf.company_id]},
                ) as env:
                    env["seam.message"]._work_once(conf, claim)
                return
            except ClaimLost:
                _logger.warning("Claim %s was taken over by another worker", claim)
                return
            except (*PG_CONCURRENCY_EXCEPTIONS_TO_RETRY, UniqueViolation) as error:
                # A unique violation that a handler did not cause: two workers bind
                # the same document or open the same exception at once.
                _logger.info("Claim %s meets a conflict: %s", claim, error)
                time.sleep(random.uniform(0, 0.05 * 2**attempt))
        with own_env(self.env) as env:
            env["seam.message"]._give_back(claim)

    def _work_once(self, conf, claim):
        self._hold(claim)
        letters = self._letters(conf, claim)
        self._understand(conf, letters)
        self._drop_stale(conf, letters)
        self._apply_halving(self.env[conf.handler], [x for x in letters if x.open])
        self._settle(conf, claim, letters)

    def _hold(self, claim):
        """Show that this claim is being worked on, for as long as we live."""
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s, %s)", [CLAIM_LOCK, claim])

    def _letters(self, conf, claim):
        self.env.cr.execute(
            """
            SELECT m.id, m.uuid, m.topic, m.content_type, m.body,
                   m.body_attachment_id, m.tries, m.received_at, m.parent_id,
                   m.correlation, m.position, m.trace_id, m.traceparent
              FROM seam_message m
             WHERE m.claim = %s AND m.state = 'working'
             ORDER BY m.position FOR NO KEY UPDATE
            """,
            [claim],
            log_exceptions=False,
        )
        letters = []
        for row in self.env.cr.dictfetchall():
            attachment = row.pop("body_attachment_id")
            body = (
                self.env["ir.attachment"].sudo().browse(attachment).raw
                if attachment
                else bytes(row.pop("body") or b"")
            )
            row.pop("body", None)
            letters.append(Letter(message_id=row.pop("id"), body=body, identity=Identity(), **row))
        if not letters:
            raise ClaimLost()
        return letters

    def _understand(self, conf, letters):
        """Parse, check and translate; a letter that fails has its outcome."""
        handler = self.env[conf.handler]
        for letter in letters:
            try:
                documents = self._translate(conf, letter)
                if len(documents) == 1:
                    letter.document = documents[0]
                    letter.identity = handler._identify(letter.document)
                else:
                    self._split(conf, letter, documents)
            except Fault as fault:
                letter.refuse(fault)
            except Exception as error:  # noqa: BLE001 - kept for the support queue
                letter.refuse(self._fault_of(error))

    def _translate(self, conf, letter):
        """:return: list of valid documents; a part of a message is one already"""
        wire = codec.parse(letter.body, letter.content_type)
        if letter.parent_id:
            documents = [wire]
        else:
            self._check(conf.wire_validator(), wire)
            documents = self.env[conf.connector]._to_documents(letter.topic or "", wire)
        for document in documents:
            self._check(conf.document_validator(), document)
        return documents

    def _drop_stale(self, conf, letters):
        """Attach bindings; a state that is not newer than what is applied is dropped."""
        handler = self.env[conf.handler]
        if not handler._bound_model:
            return
        open_letters = [x for x in letters if x.open and x.identity.key]
        bindings = self.env["seam.binding"]._by_key(
            conf.system_id,
            handler._bound_model,
            [letter.identity.key for letter in open_letters],
        )
        for letter in open_letters:
            letter.binding = bindings.get(letter.identity.key, self.env["seam.binding"])
            if conf.carries == "state" and letter.binding:
                self._compare(letter)

    def _compare(self, letter):
        applied, version = letter.binding.version, letter.identity.version
        if version and applied and version < applied:
            letter.supersede(self.env._("A newer state is already applied."))
        elif letter.binding.checksum == self._checksum(letter.document):
            letter.supersede(self.env._("The same state is already applied."))

    @api.model
    def _checksum(self, document):
        return self.env["seam.binding"]._checksum(document)

    def _apply_halving(self, handler, letters):
        """Apply together; when that fails, halve until the bad one stands alone."""
        if not letters:
            return
        try:
            with self.env.cr.savepoint():
                handler._apply(letters)
                self._require_outcomes(letters)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:  # noqa: BLE001 - becomes the letter's fault
            for letter in letters:
                letter.reset()
            if len(letters) == 1:
                letters[0].refuse(self._as_fault(error))
                return
            middle = len(letters) // 2
            self._apply_halving(handler, letters[:middle])
            self._apply_halving(handler, letters[middle:])

    def _require_outcomes(self, letters):
        missing = [letter.uuid for letter in letters if letter.open]
        if missing:
            raise Fault(
                "bug.handler",
                self.env._("The handler gave no outcome to %s.", ", ".join(missing[:5])),
                subject="no outcome",
            )

    def _as_fault(self, error):
        """:return: Fault that a person can act on, whatever was raised"""
        if isinstance(error, Fault):
            return error
        if isinstance(error, AccessError):
            return Fault(
                "access.denied",
                str(error.args[0]),
                fix=self.env._("Give the system's service user this right."),
                subject=str(error.args[0])[:120],
            )
        if isinstance(error, MissingError):
            return Fault("master.unknown", str(error.args[0]), subject="missing record")
        if isinstance(error, UserError):
            return Fault("business.rule", str(error.args[0]), subject=str(error.args[0])[:120])
        if isinstance(error, IntegrityError):
            return Fault(
                "business.rule",
                self.env._("The database refused this: %s", error.diag.message_primary),
                subject=error.diag.constraint_name or "integrity",
            )
        _logger.error("A handler failed", exc_info=error)
        return self._fault_of(error)

    def _split(self, conf, letter, documents):
        """One message with several documents becomes one message for each.

        The parts go through the same spine, in the order in which they stand. The
        parent is done when all of them are stored; they point to it.
        """
        if not documents:
            letter.done(note=self.env._("It carries no document."))
            return
        receipts = self._store(
            conf,
            [
                Arrival(
                    key=f"{letter.uuid}/{number}",
                    topic=letter.topic or "",
                    body=codec.dump(document),
                    content_type="application/json",
                    headers={},
                    trace_id=letter.trace_id,
                    traceparent=letter.traceparent,
                )
                for number, document in enumerate(documents, 1)
            ],
            [self._identified(conf, document) for document in documents],
            parent_id=letter.message_id,
        )
        letter.done(note=self.env._("Split into %s parts.", len(receipts)))

    def _identified(self, conf, document):
        return Verdict(None, self.env[conf.handler]._identify(document))

    # -- settle ------------------------------------------------------------------

    def _settle(self, conf, claim, letters):
        """Write every outcome, with its binding and event line."""
        outcomes = [self._outcome(conf, letter) for letter in letters]
        faults = [x.fault for x in letters if x.fault]
        exceptions = self.env["seam.exception"]._open(conf, faults) if faults else {}
        for letter, outcome in zip(letters, outcomes, strict=True):
            outcome["exception_id"] = (
                exceptions[fingerprint(conf, letter.fault)]
                if outcome["state"] == "failed"
                else None
            )
        self._bind(conf, letters)
        closed = self._write_outcomes(claim, outcomes)
        self._log(
            [
                {
                    "message_id": outcome["id"],
                    "name": outcome["event"],
                    "state": outcome["state"],
                    "code": outcome["fault_code"],
                    "text": outcome["fault_message"] or outcome["state_reason"],
                    "data": Json(letter.fault.extra)
                    if letter.fault and letter.fault.extra
                    else None,
                }
                for letter, outcome in zip(letters, outcomes, strict=True)
            ]
        )
        if conf.carries == "state":
            self._supersede_older(conf, letters)
        self.env["seam.exception"].sudo().browse(closed)._close_if_settled()
        self._plan_retries(conf, outcomes)

    def _outcome(self, conf, letter):
        """:return: dict of the columns that this letter's outcome sets"""
        now = self.env.cr.now()
        outcome = {
            "id": letter.message_id,
            "state": letter.outcome,
            "settled_at": now,
            "state_reason": letter.note or None,
            "next_try_at": None,
            "fault_code": None,
            "fault_message": None,
            "fault_fix": None,
            "errors": None,
            "res_model": letter.record._name if letter.record else None,
            "res_id": letter.record.id if letter.record else None,
            "ordering_key": letter.identity.key,
            "version": letter.identity.version,
            "correlation": letter.identity.correlation or letter.correlation,
            "label": letter.identity.label,
            "amount": None,
            "currency": None,
            "event": self.env._("Applied")
            if letter.outcome == "done"
            else self.env._("Superseded"),
        }
        if letter.fault:
            outcome.update(self._fault_outcome(conf, letter, now))
            if letter.document is not None:
                impact = self.env[conf.handler]._impact(letter.document)
                outcome["amount"] = impact.get("amount")
                outcome["currency"] = impact.get("currency")
        return outcome

    def _fault_outcome(self, conf, letter, now):
        """A passing fault waits for its next try; all others need a person."""
        fault = letter.fault
        columns = {
            "settled_at": None,
            "fault_code": fault.code,
            "fault_message": fault.message,
            "fault_fix": fault.fix or None,
            "errors": Json(list(fault.errors)) if fault.errors else None,
        }
        delay = None
        if fault.kind == "transient":
            age = (now - letter.received_at).total_seconds() / 3600
            if age < conf.max_age_hours:
                delay = backoff.next_delay(
                    conf.schedule, letter.tries, retry_after=fault.retry_after
                )
        if delay is None:
            return {
                **columns,
                "state": "failed",
                "state_reason": fault.message[:250],
                "event": self.env._("Needs attention"),
            }
        return {
            **columns,
            "state": "waiting",
            "state_reason": self.env._("Next try after: %s", fault.message)[:250],
            "next_try_at": now + timedelta(seconds=delay),
            "event": self.env._("Waits for its next try"),
        }

    def _bind(self, conf, letters):
        """Remember what the partner's documents are in Odoo, and how new."""
        model = self.env[conf.handler]._bound_model
        rows = [
            letter
            for letter in letters
            if letter.outcome == "done"
            and letter.record
            and letter.identity.key
            and letter.record._name == model
        ]
        if rows:
            self.env["seam.binding"]._remember(conf, rows)

    def _write_outcomes(self, claim, outcomes):
        """:return: set of the exceptions that may be over now
        :raise ClaimLost: not all of them are ours any more; nothing is kept
        """
        columns = [name for name in outcomes[0] if name not in ("id", "event")]
        casts = {
            "settled_at": "::timestamp",
            "next_try_at": "::timestamp",
            "res_id": "::int",
            "exception_id": "::int",
            "version": "::bigint",
            "errors": "::jsonb",
            "amount": "::float",
        }
        settings = ", ".join(f"{name} = v.{name}{casts.get(name, '')}" for name in columns)
        rows = self.env.cr.execute_values(
            f"""
            UPDATE seam_message m SET {settings}, claim = NULL, lease_until = NULL
              FROM (VALUES %s) AS v (id, {", ".join(columns)}),
                   (SELECT id, exception_id FROM seam_message WHERE claim = {int(claim)}
                       AND state = 'working') AS old
             WHERE m.id = v.id AND old.id = m.id
            RETURNING m.id, old.exception_id
            """,
            [[o["id"], *(o[name] for name in columns)] for o in outcomes],
            page_size=1000,
            fetch=True,
        )
        if len(rows) != len(outcomes):
            raise ClaimLost()
        return {row[1] for row in rows if row[1]}

    def _supersede_older(self, conf, letters):
        """A state that is applied ends the older ones that failed or wait."""
        done = {
            x.identity.key: x
            for x in letters
            if x.outcome == "done" and x.identity.key and x.identity.version
        }
        if not done:
            return
        self.env.cr.execute(
            """
            SELECT id, ordering_key, version FROM seam_message
             WHERE flow_id = %s AND ordering_key = ANY(%s)
               AND state IN ('failed', 'waiting')
               FOR UPDATE SKIP LOCKED
            """,
            [conf.id, list(done)],
            log_exceptions=False,
        )
        for id_, key, version in self.env.cr.fetchall():
            newer = done[key]
            if version is not None and version <= newer.identity.version:
                self._supersede(
                    [id_],
                    newer.message_id,
                    self.env._("A newer state of the same document is applied."),
                )

    def _plan_retries(self, conf, outcomes):
        moments = [o["next_try_at"] for o in outcomes if o["next_try_at"]]
        if moments:
            lane = self.env["seam.lane"].sudo().search([("code", "=", conf.lane)])
            lane._delay_until(min(moments))

    def _give_back(self, claim):
        """Conflict after conflict: let the messages wait a little and go on."""
        self.env.cr.execute(
            """
            UPDATE seam_message SET state = 'waiting', claim = NULL, lease_until = NULL,
                   next_try_at = %s, fault_code = 'db.conflict', state_reason = %s
             WHERE claim = %s AND state = 'working'
            """,
            [
                fields.Datetime.now() + timedelta(seconds=CONFLICT_SECONDS),
                self.env._("Other work on the same records was in the way."),
                claim,
            ],
        )

    @api.model
    def _log(self, rows):
        """Add event lines. ``rows``: dicts of seam.message.event columns."""
        if not rows:
            return
        columns = ("message_id", "name", "state", "code", "text", "user_id", "reason", "data")
        now = self.env.cr.now()
        self.env.cr.execute_values(
            f"INSERT INTO seam_message_event (at, {', '.join(columns)}) VALUES %s",
            [(now, *(row.get(name) for name in columns)) for row in rows],
            page_size=1000,
        )

    # -- release and rescue --------------------------------------------------------

    @api.model
    def _release(self, ids):
        """Let what waited behind these messages go on, if they are out of the way.

        In a transaction that begins after they were settled, so that it sees all
        that was sent to wait behind them until then.
        """
        with own_env(self.env) as env:
            env.cr.execute(
                """
                UPDATE seam_message w
                   SET state = 'pending', predecessor_id = NULL, state_reason = NULL
                  FROM seam_message b, seam_flow f
                 WHERE w.predecessor_id = b.id AND f.id = w.flow_id
                   AND w.state = 'waiting' AND b.id = ANY(%s)
                   AND (b.state IN ('done', 'superseded', 'replaced', 'discarded')
                        OR (f.carries = 'state' AND b.state IN ('failed', 'waiting')))
                """,
                [ids],
            )

    @api.model
    def _promote(self, lane):
        """Make pending what has waited long enough, and what waits for nothing."""
        with own_env(self.env) as env:
            env.cr.execute(
                """
                UPDATE seam_message m SET state = 'pending', next_try_at = NULL
                  FROM seam_flow f
                 WHERE f.id = m.flow_id AND f.lane = %s
                   AND m.state = 'waiting' AND m.next_try_at <= %s
                """,
                [lane, fields.Datetime.now()],
            )
            env.cr.execute(
                """
                SELECT DISTINCT predecessor_id FROM seam_message
                 WHERE predecessor_id IS NOT NULL AND state = 'waiting'
                """
            )
            behind = [row[0] for row in env.cr.fetchall()]
        if behind:
            self._release(behind)

    @api.model
    def _rescue(self):
        """Give back what dead workers held.

        The lease is over and nobody holds the claim's lock: the worker is dead. What
        was in its hands is tried again alone; what was there too often is put aside.
        """
        with own_env(self.env) as env:
            env.cr.execute(
                """
                SELECT DISTINCT claim FROM seam_message
                 WHERE state = 'working' AND lease_until < %s
                """,
                [fields.Datetime.now()],
            )
            for (claim,) in env.cr.fetchall():
                env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [CLAIM_LOCK, claim])
                if env.cr.fetchone()[0]:
                    env["seam.message"]._rescue_claim(claim)

    def _rescue_claim(self, claim):
        self.env.cr.execute(
            """
            UPDATE seam_message
               SET state = 'pending', crashes = crashes + 1, claim = NULL,
                   lease_until = NULL, state_reason = %s
             WHERE claim = %s AND state = 'working'
            RETURNING id, flow_id, crashes
            """,
            [self.env._("The worker that had it died."), claim],
        )
        rows = self.env.cr.fetchall()
        _logger.warning("Rescued %s messages of claim %s", len(rows), claim)
        self._log(
            [
                {
                    "message_id": id_,
                    "name": self.env._("Rescued from a worker that died"),
                    "state": "pending",
                    "code": "worker.killed",
                }
                for id_, _flow, _crashes in rows
            ]
        )
        for id_, flow_id, crashes in rows:
            if crashes >= CRASHES_ALLOWED:
                self._put_aside(id_, flow_id)

    def _put_aside(self, message_id, flow_id):
        conf = self.env["seam.flow"]._conf_by_id(flow_id)
        fault = Fault(
            "worker.killed",
            self.env._(
                "This message ended its worker %s times. It is not tried again by itself.",
                CRASHES_ALLOWED,
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
