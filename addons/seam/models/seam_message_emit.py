import logging
from typing import NamedTuple

from odoo import api, fields, models

from ..engine import codec, trace
from .letter import Identity
from .seam_message_intake import Arrival, Verdict

_logger = logging.getLogger(__name__)

PENDING = "seam.emissions"


class Emission(NamedTuple):
    """One document to be sent, as it was noted in the business transaction."""

    flow_id: int
    res_model: str
    res_id: int
    topic: str


class SeamMessageEmit(models.Model):
    """The outbox: messages are written with the business change that causes them.

    What a transaction emits is noted and written when it is about to be committed, so
    that ten changes of a record make one message. Events are built there and then;
    states when they are sent, because only the newest counts.
    """

    _inherit = "seam.message"

    unsure = fields.Boolean(
        "May have arrived",
        readonly=True,
        help="An earlier try may have taken effect: the partner is asked before it is sent again.",
    )

    @api.model
    def _note_emission(self, flow_id, records, topic, documents):
        """Have messages of these records written with this transaction."""
        noted = self.env.cr.precommit.data.setdefault(PENDING, {})
        if not noted:
            self.env.cr.precommit.add(self._write_emissions)
        for record in records:
            emission = Emission(flow_id, record._name, record.id, topic)
            noted.setdefault(emission, (documents or {}).get(record.id))

    def _write_emissions(self):
        noted = self.env.cr.precommit.data.pop(PENDING, {})
        batches = {}
        for emission, document in noted.items():
            key = emission.flow_id, emission.res_model, emission.topic
            batches.setdefault(key, {})[emission.res_id] = document
        for (flow_id, model, topic), documents in batches.items():
            self._write_batch(flow_id, model, topic, documents)

    def _write_batch(self, flow_id, model, topic, documents):
        conf = self.env["seam.flow"]._conf_by_id(flow_id)
        records = self.env[model].browse(documents)
        bodies = self._bodies(conf, records, topic, documents)
        messages = self._write_outbox(conf, records, topic, bodies)
        if conf.state == "active":
            lane = self.env["seam.lane"]
            self.env.cr.postcommit.add(lambda: lane._wake([conf.queue]))
        return messages

    def _bodies(self, conf, records, topic, documents):
        """:return: dict record id → bytes, empty where it is built when it is sent"""
        bodies = {
            id_: codec.dump(document) for id_, document in documents.items() if document is not None
        }
        if conf.carries == "event":
            missing = records.filtered(lambda record: record.id not in bodies)
            built = self._build_quietly(conf, missing, topic)
            bodies.update({id_: codec.dump(document) for id_, document in built.items()})
        return bodies

    def _build_quietly(self, conf, records, topic):
        """Nobody's order fails because a document of it cannot be built.

        The sender tries it again, and what is wrong then becomes an exception.

        :return: dict record id → document, of those that could be built
        """
        try:
            with self.env.cr.savepoint(flush=False):
                built = self._build(conf, records, topic)
        except Exception:
            _logger.info("Documents of %s are built when they are sent", records, exc_info=True)
            return {}
        return {id_: document for id_, document in built.items() if isinstance(document, dict)}

    @api.model
    def _build(self, conf, records, topic):
        """Build with the rights of the system's service user.

        :return: dict record id → document, Fault, or None where there is nothing to tell;
            records that are gone are not in it
        """
        user = self.env["res.users"].sudo().browse(conf.user_id)
        records = (
            records.with_user(user)
            .with_context(
                clean_context(self.env.context),
                allowed_company_ids=[conf.company_id],
                seam_flow=conf.id,
            )
            .exists()
        )
        if not records:
            return {}
        handler = self.env[conf.handler].with_env(records.env)
        return dict(zip(records.ids, handler._build(records, topic), strict=True))

    def _write_outbox(self, conf, records, topic, bodies):
        handler = self.env[conf.handler].sudo()
        records = records.sudo()
        threads = self._threads(handler, records)
        names = {record.id: record.display_name for record in records.exists()}
        rows = []
        for record in records:
            correlation, context = threads[record.id]
            arrival = Arrival(
                key="",
                topic=topic,
                body=bodies.get(record.id, b""),
                content_type="application/json",
                headers={},
                trace_id=context.trace_id,
                traceparent=context.traceparent(),
            )
            identity = Identity(
                handler._ordering_key(record), None, correlation, names.get(record.id)
            )
            origin = {"res_model": record._name, "res_id": record.id}
            row = self._row(conf, arrival, Verdict(None, identity), {}, origin)
            rows.append({**row, "key": row["uuid"]})
        return self.browse(id_ for id_, _uuid in self._insert(rows))

    def _threads(self, handler, records):
        """The business transactions that records belong to, and their traces.

        :return: dict record id → (correlation id, trace context)
        """
        correlations = {**self._known_correlations(records), **handler._correlation(records)}
        for record in records:
            correlations.setdefault(record.id, f"{record._name}/{record.id}")
        traces = self._known_traces(set(correlations.values()))
        contexts = {}
        for record in records:
            correlation = correlations[record.id]
            parent = trace.from_headers({"traceparent": traces.get(correlation) or ""})
            contexts[record.id] = correlation, parent.child()
        return contexts

    @api.model
    def _known_correlations(self, records):
        """:return: dict record id → correlation of the last message about the record"""
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (res_id) res_id, correlation FROM seam_message
             WHERE res_model = %s AND res_id = ANY(%s) AND correlation IS NOT NULL
             ORDER BY res_id, id DESC
            """,
            [records._name, records.ids],
        )
        return dict(self.env.cr.fetchall())

    def _known_traces(self, correlations):
        """One trace from the first system to the last: it goes on where it began."""
        self.env.cr.execute(
            """
            SELECT DISTINCT ON (correlation) correlation, traceparent FROM seam_message
             WHERE correlation = ANY(%s) ORDER BY correlation, id
            """,
            [list(correlations)],
        )
        return dict(self.env.cr.fetchall())


def clean_context(context):
    """Languages and defaults of who happens to write must not show in a document."""
    return {name: value for name, value in context.items() if name in ("tz", "seam_origin")}
