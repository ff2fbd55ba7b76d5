import logging

from psycopg2.errors import IntegrityError, UniqueViolation

from odoo import api, models
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from .. import log
from ..engine import codec
from ..engine.fault import Fault
from .letter import Identity, Letter
from .seam_message_intake import Arrival, Verdict

_logger = logging.getLogger(__name__)


class ClaimLost(Exception):
    """Somebody else took the messages over because we seemed dead."""


class SeamMessageApply(models.Model):
    """Understand, drop what is stale, and hand the rest to the flow's handler."""

    _inherit = "seam.message"

    def _letters(self, conf, claim):
        self.env.cr.execute(
            """
            SELECT m.id, m.uuid, m.topic, m.content_type, m.body,
                   m.body_attachment_id, m.tries, m.received_at, m.parent_id,
                   m.correlation, m.position, m.trace_id, m.traceparent,
                   m.ordering_key, m.version, m.label, m.crashes, m.unsure,
                   m.res_model, m.res_id
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
            identity = Identity(
                row.pop("ordering_key"),
                row.pop("version"),
                row["correlation"],
                row.pop("label"),
            )
            letters.append(Letter(message_id=row.pop("id"), body=body, identity=identity, **row))
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
            documents = self.env[conf.connector]._to_documents(conf, letter.topic or "", wire)
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
        if self._is_stale(letter):
            letter.supersede(self.env._("A newer state is already applied."))
        elif letter.binding.checksum == self._checksum(letter.document):
            letter.supersede(self.env._("The same state is already applied."))

    def _is_stale(self, letter):
        """By version, and where that does not tell, by arrival."""
        applied, version = letter.binding.version, letter.identity.version
        if version and applied and version != applied:
            return version < applied
        return letter.position < letter.binding.message_id.position

    @api.model
    def _checksum(self, document):
        return self.env["seam.binding"]._checksum(document)

    def _apply_halving(self, handler, letters):
        """Apply together; when that fails, halve until the bad one stands alone."""
        if not letters:
            return
        alone = letters[0] if len(letters) == 1 else None
        known = {"trace_id": alone.trace_id, "message_id": alone.uuid} if alone else {}
        try:
            with log.bound(**known), self.env.cr.savepoint():
                handler._apply(letters)
                self._require_outcomes(letters)
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            raise
        except Exception as error:  # noqa: BLE001 - becomes the letter's fault
            first = self.env.context.get("seam_first_attempt")
            if first and isinstance(error, UniqueViolation):
                raise  # another worker may have made the same record this moment
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
