import hashlib
import logging
import re
import traceback
import uuid
from typing import NamedTuple

from psycopg2.extras import Json

from odoo import api, fields, models

from ..const import CONFLICT_TRIES, INLINE_BYTES
from ..engine import codec
from ..engine.fault import Fault
from .letter import Identity
from .own_cursor import CONFLICTS, own_env
from .seam_exception import fingerprint
from .seam_message_claim import Candidate

_logger = logging.getLogger(__name__)


class Arrival(NamedTuple):
    """One message as it came, before anything is judged.

    :ivar headers: redacted headers, kept for evidence
    :ivar key: idempotency key
    :ivar fault: what is wrong with the envelope around it, or None
    """

    key: str
    topic: str
    body: bytes
    content_type: str
    headers: dict
    trace_id: str
    traceparent: str
    fault: Fault | None = None


class Verdict(NamedTuple):
    fault: Fault | None
    identity: Identity


class Receipt(NamedTuple):
    """What the caller is told about one message.

    :ivar status: ``stored``, ``duplicate`` (same key, same bytes) or ``conflict``
        (same key, other bytes)
    :ivar state: state of the message
    :ivar fault: Fault for which it was, or would be, put aside; or None
    """

    id: int
    uuid: str
    status: str
    state: str
    trace_id: str
    fault: Fault | None = None


class SeamMessageIntake(models.Model):
    """Receive: judge, store, answer. Every message is kept, whatever the verdict."""

    _inherit = "seam.message"

    @api.model
    def _receive(self, conf, arrivals, transaction=own_env):
        """Judge and store messages of one flow, then wake its lane.

        :param conf: FlowConf
        :param arrivals: list of Arrival
        :param transaction: ``own_env`` or ``same_cursor_env``
        :return: list of Receipt, in the same order
        """
        verdicts = [self._judge(conf, arrival) for arrival in arrivals]
        receipts = self._store_now(conf, arrivals, verdicts, transaction)
        stored = any(receipt.state == "pending" for receipt in receipts)
        if stored and conf.state == "active":
            self.env["seam.lane"]._wake([conf.queue], transaction)
        return receipts

    def _store_now(self, conf, arrivals, verdicts, transaction):
        """Store in a transaction of its own: it stands before the caller is told."""
        for attempt in range(CONFLICT_TRIES):
            try:
                with transaction(self.env, read_committed=True) as env:
                    return env["seam.message"]._store(conf, arrivals, verdicts)
            except CONFLICTS:
                # Another connection opens the same exception, or brings the same
                # messages in another order.
                if attempt == CONFLICT_TRIES - 1:
                    raise

    @api.model
    def _judge(self, conf, arrival):
        """Check the contract and find out which document this is.

        :return: Verdict. Whatever goes wrong becomes its fault, so that the
            message is kept in any case.
        """
        if arrival.fault:
            return Verdict(arrival.fault, Identity())
        try:
            return self._judge_body(conf, arrival)
        except Fault as fault:
            return Verdict(fault, Identity())
        except Exception as error:  # noqa: BLE001 - kept for the support queue
            _logger.exception("Message of flow %s could not be judged", conf.code)
            return Verdict(self._fault_of(error), Identity())

    def _judge_body(self, conf, arrival):
        wire = codec.parse(arrival.body, arrival.content_type)
        if conf.direction == "out":
            return Verdict(self._violation(conf.document_validator(), wire), Identity())
        fault = self._sunset(conf) or self._violation(conf.wire_validator(), wire)
        if fault:
            return Verdict(fault, self._guess_identity(conf, arrival, wire))
        documents = self.env[conf.connector]._to_documents(conf, arrival.topic, wire)
        for document in documents:
            fault = self._violation(conf.document_validator(), document)
            if fault:
                return Verdict(fault, self._guess_identity(conf, arrival, wire))
        if len(documents) != 1:
            return Verdict(None, Identity())
        return Verdict(None, self.env[conf.handler]._identify(documents[0]))

    def _guess_identity(self, conf, arrival, wire):
        """Which document a message is that breaks its contract, if that can be told.

        It keeps its place in the order of its document, and people see its number.
        """
        try:
            (document,) = self.env[conf.connector]._to_documents(conf, arrival.topic, wire)
            return self.env[conf.handler]._identify(document)
        except Exception:  # noqa: BLE001 - it is broken, anything may be missing
            return Identity()

    def _sunset(self, conf):
        """:return: Fault when the flow's contract is not accepted any more, or None"""
        if not conf.contract_sunset or fields.Date.today() <= conf.contract_sunset:
            return None
        return Fault(
            "drift.contract",
            self.env._(
                "This version of the contract was accepted until %s.",
                conf.contract_sunset.isoformat(),
            ),
            fix=self.env._("Send by the newer version, or have the date moved."),
            subject="sunset",
        )

    @api.model
    def _violation(self, validator, data, fix=None):
        """:param fix: what to do, where it is not the partner's document
        :return: Fault ``schema.invalid`` with every violation, or None
        """
        violations = validator.violations(data) if validator else None
        if not violations:
            return None
        first = violations[0]
        return Fault(
            "schema.invalid",
            first.message,
            pointer=first.pointer,
            fix=fix
            or self.env._(
                "Ask the partner to send it again in the form that was agreed, and discard this "
                "message then; or correct it here and resubmit it."
            ),
            # the same slip in line 3 and in line 7 is one cause
            subject=f"{first.code}:{re.sub(r'/[0-9]+(?=/|$)', '/*', first.pointer)}",
            errors=[violation._asdict() for violation in violations],
        )

    @api.model
    def _check(self, validator, data, fix=None):
        """:raise Fault: ``schema.invalid`` with every violation"""
        fault = self._violation(validator, data, fix)
        if fault:
            raise fault

    @api.model
    def _fault_of(self, error):
        """:return: Fault of the kind ``bug`` with the traceback for the support."""
        return Fault(
            "bug.handler",
            self.env._("Seam could not process this: %s", error or type(error).__name__),
            subject=type(error).__name__,
            extra={"traceback": "".join(traceback.format_exception(error))[-8000:]},
        )

    @api.model
    def _store(self, conf, arrivals, verdicts, **extra):
        """INSERT … ON CONFLICT DO NOTHING, then tell new from known.

        :param extra: columns with one value for all, e.g. ``replaces_id``
        :return: list of Receipt
        """
        exceptions = self.env["seam.exception"]._open(
            conf, [verdict.fault for verdict in verdicts if verdict.fault]
        )
        rows = [
            self._row(conf, arrival, verdict, exceptions, extra)
            for arrival, verdict in zip(arrivals, verdicts, strict=True)
        ]
        ids = {uuid_: id_ for id_, uuid_ in self._insert(rows)}
        if conf.carries == "state" and exceptions:
            self._supersede_as_bad(conf, [row for row in rows if row["uuid"] in ids], ids.values())
        known = self._known(conf, [r["key"] for r in rows if r["uuid"] not in ids])
        return [
            self._receipt(row, verdict, ids, known)
            for row, verdict in zip(rows, verdicts, strict=True)
        ]

    def _supersede_as_bad(self, conf, rows, new):
        """A state that fails at once ends the older ones of its document that the same cause
        holds up, as one does that fails later: they would be retried, or mended, in vain.

        :param rows: of those that are new
        :param new: their ids
        """
        bad = [row for row in rows if row["exception_id"] and row["ordering_key"]]
        if not bad:
            return
        self.env.cr.execute(
            """
            SELECT exception_id, id, position, ordering_key, version, crashes FROM seam_message
             WHERE flow_id = %s AND state = 'failed' AND ordering_key = ANY(%s)
               AND exception_id = ANY(%s)
             ORDER BY position FOR NO KEY UPDATE SKIP LOCKED
            """,
            [conf.id, [r["ordering_key"] for r in bad], [r["exception_id"] for r in bad]],
            log_exceptions=False,
        )
        alike = {}
        for case, *row in self.env.cr.fetchall():
            alike.setdefault((case, row[2]), []).append(Candidate(*row))
        reason = self.env._("A newer state of the same document came in.")
        for states in alike.values():
            newest = self._newest_of(states)
            older = [state.id for state in states if state is not newest]
            if newest.id in new:
                self._supersede(older, newest.id, reason)

    @api.model
    def _insert(self, rows):
        """:return: list of (id, uuid) of the rows whose key is new"""
        columns = list(rows[0])
        return self.env.cr.execute_values(
            "INSERT INTO seam_message (id, position, received_at, "
            f"{', '.join(columns)}) VALUES %s "
            "ON CONFLICT (flow_id, key) DO NOTHING RETURNING id, uuid",
            [tuple(row.values()) for row in rows],
            template="(nextval('seam_message_id_seq'), currval('seam_message_id_seq'), "
            "now() AT TIME ZONE 'UTC', " + ", ".join(["%s"] * len(columns)) + ")",
            page_size=1000,
            fetch=True,
        )

    def _row(self, conf, arrival, verdict, exceptions, extra):
        fault = verdict.fault
        return {
            "uuid": str(uuid.uuid4()),
            "flow_id": conf.id,
            "system_id": conf.system_id,
            "company_id": conf.company_id,
            "direction": conf.direction,
            "state": "failed" if fault else "pending",
            "key": arrival.key,
            "topic": arrival.topic or None,
            "ordering_key": verdict.identity.key,
            "version": verdict.identity.version,
            "correlation": verdict.identity.correlation,
            "label": verdict.identity.label,
            "touches": Json(verdict.identity.touches) if verdict.identity.touches else None,
            "trace_id": arrival.trace_id,
            "traceparent": arrival.traceparent,
            "content_type": arrival.content_type,
            "headers": Json(arrival.headers),
            **self._body_columns(arrival.body),
            "tries": 0,
            "crashes": 0,
            "fault_code": fault and fault.code,
            "fault_message": fault and fault.message,
            "fault_fix": (fault and fault.fix) or None,
            "errors": Json(fault.errors) if fault and fault.errors else None,
            "exception_id": fault and exceptions[fingerprint(conf, fault)],
            **extra,
        }

    @api.model
    def _body_columns(self, body):
        """:return: dict of the columns that keep these bytes"""
        large = len(body) > INLINE_BYTES
        return {
            "body": None if large else body,
            "body_attachment_id": self._attach(body) if large else None,
            "body_hash": hashlib.sha256(body).hexdigest(),
            "body_size": len(body),
        }

    @api.model
    def _attach(self, body):
        attachment = (
            self.env["ir.attachment"]
            .sudo()
            .create({"name": "seam-message-body", "raw": body, "res_model": self._name})
        )
        return attachment.id

    @api.model
    def _known(self, conf, keys):
        if not keys:
            return {}
        self.env.cr.execute(
            """
            SELECT key, id, uuid, state, body_hash, trace_id
              FROM seam_message WHERE flow_id = %s AND key = ANY(%s)
            """,
            [conf.id, keys],
        )
        return {row["key"]: row for row in self.env.cr.dictfetchall()}

    @staticmethod
    def _receipt(row, verdict, ids, known):
        if row["uuid"] in ids:
            return Receipt(
                ids[row["uuid"]],
                row["uuid"],
                "stored",
                row["state"],
                row["trace_id"],
                verdict.fault,
            )
        first = known[row["key"]]
        same = first["body_hash"] == row["body_hash"]
        return Receipt(
            first["id"],
            first["uuid"],
            "duplicate" if same else "conflict",
            first["state"],
            first["trace_id"],
            verdict.fault,
        )
