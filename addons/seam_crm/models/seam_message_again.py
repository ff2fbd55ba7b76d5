from odoo import api, models

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault

from .lookup import made_there
from .seam_flow import IN, OUT


class SeamMessageAgain(models.Model):
    """What a CRM was told, or to be told, while it changed the same record."""

    _inherit = "seam.message"

    # What waits for a record, by the record: whatever the number of messages.
    _crm_waits_idx = models.Index(
        "((errors -> 0 ->> 'waits_for')) WHERE fault_code = 'order.predecessor'"
        " AND state IN ('pending', 'working', 'waiting', 'failed')"
    )

    def _build_late(self, conf, letters):
        """What was built before is looked at again: the CRM may have changed the record
        meanwhile, and what a person decided since counts."""
        built = [letter for letter in letters if letter.body] if conf.handler in OUT else []
        self._crm_name_gone(conf, [letter for letter in built if letter.topic == "deleted"])
        super()._build_late(conf, letters)
        batches = {}
        for letter in built:
            if letter.open and letter.topic != "deleted":
                batches.setdefault((letter.res_model, letter.topic or ""), []).append(letter)
        for (model, topic), group in batches.items():
            records = self.env[model].browse({letter.res_id for letter in group})
            now = self._build(conf, records, topic)
            for letter in group:
                if letter.res_id in now:
                    self._crm_look_again(conf, letter, now[letter.res_id])

    def _crm_name_gone(self, conf, letters):
        """What was deleted here before its ID there was known is told once that is known."""
        known = self._external_ids(conf, letters)
        for letter in letters:
            told, key = codec.parse(letter.body), known.get((letter.res_model, letter.res_id))
            if "id" in told:
                continue
            if not key:
                letter.supersede(self.env._("It is not known there: nothing is sent."))
                continue
            letter.body = codec.dump({"id": key, **told})
            self._keep_body(letter)

    def _crm_look_again(self, conf, letter, document):
        """
        :param document: what would be told now: a dict, a Fault, or None for nothing
        """
        told = codec.parse(letter.body)
        if isinstance(document, Fault):
            if letter.tries > 1 or document.code == "order.predecessor":
                letter.refuse(document)
        elif letter.tries > 1 and "id" in told and _content(document) != _content(told):
            # under another key: the CRM may have seen this one
            letter.supersede(self.env._("Something newer is told in its place."))
            if letter.unsure:
                self.env[conf.handler]._doubt(conf, letter.res_id, told)
            if document or letter.unsure:
                record = self.env[letter.res_model].browse(letter.res_id)
                self._note_emission(conf.id, record, letter.topic or "", None)

    # -- what it may have taken --------------------------------------------------------

    def _judge_answer(self, conf, exchange):
        """What nobody knows of whether a CRM took it is told by whatever goes there next, as it
        counts then: it may have been taken back here."""
        super()._judge_answer(conf, exchange)
        letter = exchange.letter
        if conf.handler in OUT and letter.unsure and "id" in (letter.document or {}):
            self.env[conf.handler]._doubt(conf, letter.res_id, letter.document)

    def _supersede(self, ids, newer_id, reason):
        """The newer one tells only what changed since both agreed, and what is in doubt."""
        cases = super()._supersede(ids, newer_id, reason)
        for message in self.sudo().browse(ids).filtered("unsure"):
            told = codec.parse(message.body) if message.body else {}
            if message.flow_id.handler in OUT and "id" in told and not told.get("deleted"):
                conf = self.env["seam.flow"]._conf_by_id(message.flow_id.id)
                self.env[conf.handler]._doubt(conf, message.res_id, told)
        return cases

    # -- what waited for it ------------------------------------------------------------

    def _bind_answers(self, conf, letters):
        """What a CRM told of a record that Odoo was making there is about that record."""
        super()._bind_answers(conf, letters)
        made = [x.external_id for x in letters if x.external_id and "id" not in x.document]
        if not made or conf.handler not in OUT:
            return
        self.env.cr.execute(
            """
            SELECT m.id FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.system_id = %s AND m.direction = 'in' AND m.ordering_key = ANY(%s)
               AND m.state IN ('waiting', 'failed') AND m.predecessor_id IS NULL
               AND m.fault_code IN ('order.predecessor', 'master.ambiguous') AND f.handler = %s
               FOR NO KEY UPDATE OF m SKIP LOCKED
            """,
            [conf.system_id, made, self.env[conf.handler]._back],
        )
        waiting = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        waiting._retry(self.env._("Odoo made it there: which record it is, is known now."))
        model = self.env[self.env[conf.handler]._back]._bound_model
        self._crm_come(conf.system_id, model, made)
        ids = [x.res_id for x in letters if x.external_id in made]
        self._crm_there(conf.system_id, model, ids)

    @api.model
    def _crm_come(self, system_id, model, keys):
        """What a CRM said of others that name these records goes on now: they are there.

        :param keys: ids of the CRM, of records that are known only now
        """
        waiting = self._crm_waiting(system_id, IN, [f"{model}:{key}" for key in keys])
        waiting._retry(self.env._("What it names is in Odoo now."))

    @api.model
    def _crm_there(self, system_id, model, ids):
        """What is to be told to a CRM of others that name these records goes on now: it has
        them."""
        waiting = self._crm_waiting(system_id, OUT, [made_there(model, id_) for id_ in ids])
        waiting._retry(self.env._("What it names is in the CRM now."))

    def _crm_waiting(self, system_id, handlers, records):
        """:return: messages that wait for one of these, see ``lookup.not_come``"""
        if not records:
            return self.browse()
        self.env.cr.execute(
            """
            SELECT m.id FROM seam_message m
             WHERE m.flow_id IN (SELECT id FROM seam_flow
                                  WHERE system_id = %s AND handler = ANY(%s))
               AND m.state IN ('waiting', 'failed') AND m.fault_code = 'order.predecessor'
               AND m.predecessor_id IS NULL AND m.errors -> 0 ->> 'waits_for' = ANY(%s)
               FOR NO KEY UPDATE OF m SKIP LOCKED
            """,
            [system_id, list(handlers), records],
        )
        return self.sudo().browse(row[0] for row in self.env.cr.fetchall())

    def _move(self, sources, target, name, reason, **columns):
        """What a person puts away holds up nothing any more."""
        cases = super()._move(sources, target, name, reason, **columns)
        if target == "discarded":
            for flow, messages in self.sudo().grouped("flow_id").items():
                if flow.handler in IN:
                    model = self.env[flow.handler]._bound_model
                    bound = self.env["seam.binding"]._by_key(
                        flow.system_id.id, model, messages.mapped("ordering_key")
                    )
                    ids = [binding.res_id for binding in bound.values()]
                    self._crm_go_on(flow.system_id.id, model, ids)
        return cases

    @api.model
    def _crm_go_on(self, system_id, model, ids, code="order.predecessor"):
        """Tell a CRM now what waited until its own change of the records was settled.

        :param code: of the fault that held it up
        """
        if not ids:
            return
        self.env.cr.execute(
            """
            SELECT id FROM seam_message
             WHERE system_id = %s AND res_model = %s AND res_id = ANY(%s)
               AND direction = 'out' AND state IN ('waiting', 'failed')
               AND fault_code = %s AND predecessor_id IS NULL
               FOR NO KEY UPDATE SKIP LOCKED
            """,
            [system_id, model, list(ids), code],
        )
        waiting = self.sudo().browse(row[0] for row in self.env.cr.fetchall())
        waiting._retry(self.env._("The CRM's own change is settled."))


def _content(document):
    """:return: what a document tells, whenever it was built"""
    return {name: value for name, value in (document or {}).items() if name != "modified"}
