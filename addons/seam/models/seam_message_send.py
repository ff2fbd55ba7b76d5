import logging

from psycopg2 import InterfaceError, OperationalError

from odoo import api, models

from .. import log
from ..engine import codec, trace
from ..engine.exchange import Sending, may_have_acted, refused
from ..engine.fault import Fault
from . import together
from .letter import Exchange, Letter
from .own_cursor import CONFLICTS, persist
from .seam_message_apply import ClaimLost

_logger = logging.getLogger(__name__)


class SeamMessageSend(models.Model):
    """Claim → prepare → send → record: the way of a message out of Odoo.

    Three transactions, and the call to the partner in none of them. ``Sender`` calls
    these steps; ``_exchange`` is the only one that runs beside others.
    """

    _inherit = "seam.message"

    @api.model
    def _claim_to_send(self, conf, count):
        """:return: (claim number, number of messages claimed)"""
        claim, ids, loose = self._claim_batch(conf._replace(batch_size=count))
        self._release(loose.blockers)
        self.env["seam.exception"]._close_settled(loose.cases)
        return claim, len(ids)

    # -- prepare -----------------------------------------------------------------------

    @api.model
    def _prepare(self, conf, claim):
        """Make the requests of a claim; what cannot be sent has its outcome.

        :return: list of Letter to send
        """
        try:
            letters, cases = persist(
                self.env,
                lambda env: env["seam.message"]._prepare_once(conf, claim),
                user=conf.user_id,
                context={"allowed_company_ids": [conf.company_id]},
            )
        except ClaimLost:
            return []
        except CONFLICTS:
            letters, cases = [], self._give_back(conf, claim)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - one must not stop the lane
            _logger.exception("Claim %s could not be prepared", claim)
            letters, cases = [], self._break_up(claim, error)
        self.env["seam.exception"]._close_settled(cases)
        return letters

    def _prepare_once(self, conf, claim):
        letters = self._letters(conf, claim)
        if conf.carries == "state":
            self._drop_overtaken(letters)
        self._build_late(conf, [letter for letter in letters if letter.open])
        self._address(conf, [letter for letter in letters if letter.open])
        settled = [letter for letter in letters if not letter.open]
        cases = self._settle(conf, [claim], settled) if settled else set()
        return [letter for letter in letters if letter.open], cases

    def _drop_overtaken(self, letters):
        """A state that was built before is over once a newer one of its record was told, may
        have been told, or had nothing to tell: it would take that back, or make the record again.

        Asked while it is in hand, as no other of its record can be. The newer one's outcome
        ends those it finds; another worker may have had this one locked at that moment.
        """
        built = {letter.message_id: letter for letter in letters if letter.body}
        if not built:
            return
        self.env.cr.execute(
            """
            SELECT older.id FROM seam_message older
             WHERE older.id = ANY(%s)
               -- what is new here may only have been committed late
               AND EXISTS (SELECT 1 FROM seam_message_event WHERE message_id = older.id)
               AND EXISTS (
                   SELECT 1 FROM seam_message newer
                    WHERE newer.ordering_key = older.ordering_key
                      AND newer.position > older.position AND newer.flow_id = older.flow_id
                      AND (newer.state IN ('done', 'sent')
                           OR (newer.unsure AND newer.state IN ('pending', 'waiting', 'failed'))
                           -- in hand, and nothing was to be told; what was told may be there
                           OR (newer.state = 'superseded' AND newer.tries > 0
                               AND NOT older.unsure)))
            """,
            [list(built)],
        )
        for (id_,) in self.env.cr.fetchall():
            built[id_].supersede(self.env._("A newer state of the same document was told."))

    def _build_late(self, conf, letters):
        """Build the documents of states, and of events that could not be built before."""
        batches = {}
        for letter in letters:
            if not letter.body:
                batches.setdefault((letter.res_model, letter.topic or ""), []).append(letter)
        for (model, topic), group in batches.items():
            records = self.env[model].browse({letter.res_id for letter in group})
            try:
                built = self._build(conf, records, topic)
            except Exception as error:  # noqa: BLE001 - becomes the letters' fault
                built = dict.fromkeys(records.ids, self._as_fault(error))
            for letter in group:
                self._complete(letter, built)

    def _complete(self, letter, built):
        """:param built: dict record id → document, Fault, or None where the handler has
        nothing to tell; records that are gone are not in it
        """
        document = built.get(letter.res_id)
        if letter.res_id not in built:
            letter.supersede(self.env._("The record is gone: there is nothing to send."))
        elif document is None:
            letter.supersede(self.env._("The partner has all of it already: nothing is sent."))
        elif isinstance(document, Fault):
            letter.refuse(document)
        else:
            letter.body = codec.dump(document)
            self._keep_body(letter)

    def _keep_body(self, letter):
        """What is sent is on disk before it is sent, and the same at every try."""
        columns = self._body_columns(letter.body)
        self.env.cr.execute(
            f"UPDATE seam_message SET {', '.join(f'{name} = %s' for name in columns)} "
            "WHERE id = %s",
            [*columns.values(), letter.message_id],
        )

    def _address(self, conf, letters):
        """Check the documents and make the requests."""
        known, seen = self._external_ids(conf, letters), self._seen(conf, letters)
        connector = self.env[conf.connector]
        for letter in letters:
            try:
                letter.document = codec.parse(letter.body)
                self._check(conf.document_validator(), letter.document, self._fix_record())
                letter.sending = self._sending(letter, known, seen)
                letter.request = connector._to_request(conf, letter.sending)
                if letter.request is None:
                    letter.supersede(self.env._("The partner does not need to be told of this."))
                    continue
                self._check_request(conf, letter.request)
                if connector._batch_most > 1 and not letter.unsure:
                    letter.together = connector._together(conf, letter.sending, letter.request)
            except Fault as fault:
                letter.refuse(fault)
            except Exception as error:  # noqa: BLE001 - kept for the support queue
                letter.refuse(self._as_fault(error))

    @api.model
    def _check_request(self, conf, request):
        """A request without a document, such as a deletion, has nothing to check.

        :raise Fault: ``schema.invalid``
        """
        if request.json is not None:
            self._check(conf.wire_validator(), request.json, self._fix_record())

    @api.model
    def _fix_record(self):
        return self.env._("Mend the record that it is made of, then retry.")

    @api.model
    def _seen(self, conf, letters):
        """Hook. :return: dict (model, record id) → see ``Sending.seen``"""
        return {}

    def _sending(self, letter, known, seen):
        context = trace.from_headers({"traceparent": letter.traceparent or ""})
        return Sending(
            key=letter.uuid,
            topic=letter.topic or "",
            document=letter.document,
            external_id=known.get((letter.res_model, letter.res_id)),
            correlation=letter.correlation,
            traceparent=context.child().traceparent(),
            seen=seen.get((letter.res_model, letter.res_id)),
        )

    def _external_ids(self, conf, letters):
        """:return: dict (model, record id) → the partner's id, the last one bound"""
        ids = [letter.res_id for letter in letters if letter.res_id]
        if not ids:
            return {}
        self.env.cr.execute(
            """
            SELECT res_model, res_id, external_id FROM seam_binding
             WHERE system_id = %s AND res_model = ANY(%s) AND res_id = ANY(%s)
             ORDER BY id
            """,
            [conf.system_id, list({letter.res_model for letter in letters}), ids],
        )
        return {(model, id_): external for model, id_, external in self.env.cr.fetchall()}

    @api.model
    def _external_id(self, conf, record):
        letter = Letter(res_model=record._name, res_id=record.id)
        return self._external_ids(conf, [letter]).get((record._name, record.id))

    # -- send --------------------------------------------------------------------------

    @staticmethod
    def _exchange(connector, client, conf, claim, letters):
        """Call the partner once. Runs beside other calls: it touches no record and no cursor.

        :return: list of Exchange, one of each letter; empty where the partner did not take
            them together, so that each is to be sent alone
        """
        client = client.recording()
        if len(letters) > 1:
            return together.exchange(connector, client, conf, claim, letters)
        letter = letters[0]
        with log.bound(trace_id=letter.trace_id, message_id=letter.uuid, flow=conf.code):
            answer, response = SeamMessageSend._talk(connector, client, conf, letter)
        return [Exchange(conf, claim, letter, answer, response, client.calls)]

    @staticmethod
    def _talk(connector, client, conf, letter):
        """:return: (Answer or None, Response or None)"""
        answer = response = None
        try:
            if letter.unsure:
                answer = SeamMessageSend._asked(connector, client, conf, letter)
            if answer is None:
                response = SeamMessageSend._sent(client, letter)
        except Fault as fault:
            answer = refused(fault)
        except Exception as error:  # noqa: BLE001 - kept for the support queue
            _logger.exception("Message %s could not be sent", letter.uuid)
            answer = refused(
                Fault(
                    "bug.handler",
                    f"Seam could not send this: {error or type(error).__name__}",
                    subject=type(error).__name__,
                )
            )
        return answer, response

    @staticmethod
    def _not_sent(conf, claim, letters, fault):
        """:return: list of Exchange of letters not sent, for the system's settings"""
        answer = refused(fault)
        return [
            Exchange(conf, claim, letter, answer, None, [], not place)
            for place, letter in enumerate(letters)
        ]

    @staticmethod
    def _asked(connector, client, conf, letter):
        """:return: Answer of the partner who was asked, or None to send it (again)"""
        try:
            return connector._look_up(client, conf, letter.sending)
        except NotImplementedError:
            return None

    @staticmethod
    def _sent(client, letter):
        return client.request(**SeamMessageSend._call_of(letter.request, letter.sending))

    @staticmethod
    def _call_of(request, sending):
        """:return: dict of the arguments of ``Client.request``"""
        headers = {
            "Idempotency-Key": sending.key,
            "traceparent": sending.traceparent,
            **({"X-Correlation-ID": sending.correlation} if sending.correlation else {}),
            **request.headers,
        }
        return {
            "method": request.method,
            "path": request.path,
            "params": request.params or None,
            "headers": headers,
            "json": request.json,
            "data": request.data,
        }

    # -- record ------------------------------------------------------------------------

    @api.model
    def _record_answers(self, conf, exchanges):
        """Write what became of letters of one flow, with the calls as evidence.

        :return: set of the exceptions that may be over now
        """
        try:
            return persist(
                self.env,
                lambda env: env["seam.message"]._record_answers_once(conf, exchanges),
                user=conf.user_id,
                context={"allowed_company_ids": [conf.company_id]},
            )
        except ClaimLost:
            if len(exchanges) == 1:
                _logger.warning("%s was taken over meanwhile", exchanges[0].letter.uuid)
                return set()
            return set().union(*(self._record_answers(conf, [exchange]) for exchange in exchanges))

    def _record_answers_once(self, conf, exchanges):
        letters = [exchange.letter for exchange in exchanges]
        for exchange in exchanges:
            self._judge_answer(conf, exchange)
        self._hand_over(conf, letters)
        self._hand_back(conf, letters)
        cases = self._settle(conf, {exchange.claim for exchange in exchanges}, letters)
        self._bind_answers(conf, letters)
        self._confirm_early([letter.message_id for letter in letters])
        self.env["seam.call"]._keep(conf, exchanges)
        return cases

    def _judge_answer(self, conf, exchange):
        letter, answer = exchange.letter, exchange.answer or self._interpreted(conf, exchange)
        letter.reset()
        if not answer.accepted:
            letter.unsure = bool(letter.unsure) or self._may_have_acted(exchange, answer.fault)
            letter.refuse(answer.fault)
            return
        letter.unsure = False
        letter.external_id, letter.content = answer.external_id, answer.content
        if conf.confirm_hours and not answer.confirmed:
            letter.sent(self._confirm_by(conf), answer.note)
        else:
            letter.done(note=answer.note)

    @staticmethod
    def _may_have_acted(exchange, fault):
        """:return: whether the partner may have done what he was asked for, all the same"""
        if fault.kind == "ambiguous":
            return True
        response = exchange.response
        return (
            fault.kind == "transient"
            and response is not None
            and may_have_acted(exchange.letter.request.method, response.status)
        )

    def _hand_over(self, conf, letters):
        """Let the handler keep what the answers brought.

        Where it cannot, the message has failed though the partner has acted: it is
        unsure, so that a retry looks up what he did before anything is sent again.
        """
        for letter in letters:
            if letter.outcome == "failed" or letter.content is None:
                continue
            try:
                with self.env.cr.savepoint():
                    self.env[conf.handler]._received(letter)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:  # noqa: BLE001 - becomes the letter's fault
                letter.unsure = True
                letter.refuse(self._as_fault(error))

    def _hand_back(self, conf, letters):
        """Let the handler note what the partner will not do, for sure."""
        for letter in letters:
            fault = letter.fault
            if not fault or fault.code != "transport.rejected" or letter.unsure:
                continue
            try:
                with self.env.cr.savepoint():
                    self.env[conf.handler]._refused(letter)
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # the message fails, and a person is told, in any case
                _logger.exception("The refusal of %s could not be noted", letter.uuid)

    def _interpreted(self, conf, exchange):
        connector, sending = self.env[conf.connector], exchange.letter.sending
        try:
            return connector._interpret(conf, sending, exchange.response)
        except Fault as fault:
            return refused(fault)
        except Exception as error:  # noqa: BLE001 - kept for the support queue
            return refused(self._as_fault(error))

    def _outcome(self, conf, letter):
        outcome = super()._outcome(conf, letter)
        if conf.direction != "out":
            return outcome
        outcome.update(
            res_model=letter.res_model,
            res_id=letter.res_id,
            unsure=bool(letter.unsure),
            confirm_by=letter.confirm,
        )
        if letter.outcome == "sent":
            outcome.update(settled_at=None, event=self.env._("Sent, not yet confirmed"))
        elif letter.outcome == "done":
            outcome["event"] = self.env._("Sent")
        return outcome

    def _bind_answers(self, conf, letters):
        """Remember what the partner calls our records."""
        by_model = {}
        for letter in letters:
            if letter.external_id and letter.res_id:
                records = by_model.setdefault(letter.res_model, {})
                records[letter.external_id] = self.env[letter.res_model].browse(letter.res_id)
        for model, records in by_model.items():
            self.env["seam.binding"]._bind(
                conf.system_id, self._not_taken(conf.system_id, model, records)
            )

    def _not_taken(self, system_id, model, records):
        """What is gone here takes no id from a record that is there: while its answer was
        awaited, the partner told of it, and it was made anew.

        :param records: dict external id → record
        :return: those of them that are to be bound
        """
        alive = self.env[model].browse(record.id for record in records.values()).exists()
        gone = {key for key, record in records.items() if record not in alive}
        if not gone:
            return records
        taken = self.env["seam.binding"]._find(system_id, model, gone)
        return {key: record for key, record in records.items() if key not in taken}

    @api.model
    def _unclaim(self, claim, ids):
        """Give back what was claimed and, for sure, not sent."""
        persist(
            self.env,
            lambda env: env.cr.execute(
                """
                UPDATE seam_message
                   SET state = 'pending', tries = tries - 1, claim = NULL, lease_until = NULL
                 WHERE claim = %s AND id = ANY(%s) AND state = 'working'
                """,
                [claim, list(ids)],
            ),
            read_committed=True,
        )
