from datetime import timezone
from itertools import chain

from odoo import api, models

from odoo.addons.seam.engine.fault import Fault

from . import batch, judge
from .lookup import Lookup, made_there, not_come, pointer_of
from .values import RECORDS, comparable, to_document
from .versions import version_of

# In the context of records that are merged into others: they go, and are not deleted.
MERGING = "seam_crm_merging"
COMING = ("pending", "working", "waiting")
HELD = (*COMING, "failed")
# Of these fields both sides may have something of their own.
AGREED = judge.Rule("both", "agreed")


class SeamHandlerCrmOut(models.AbstractModel):
    """Records to a CRM: only the fields that changed here since both agreed."""

    _name = "seam.handler.crm.out"
    _inherit = "seam.handler"
    _description = "Records to a CRM"

    _direction = "out"
    _document = None
    # handler of the documents that come back
    _back = None

    def _build(self, records, topic):
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        records = records.with_context(active_test=False, lang="en_US")
        lines = self.env["seam.crm.field"]._lines(flow.system_id.id, self._document)
        agreements = self.env["seam.crm.agreement"].sudo()
        agreements = agreements._of(flow.system_id.id, records._name, records.ids)
        ids = self._keys(flow, records, lines)
        merged = self._merged(flow, ids.get(records._name, {}))
        held = self._held(flow, ids.get(records._name, {}).values(), HELD)
        held |= self._held(flow, chain.from_iterable(merged.values()), COMING)
        heard = self._heard(flow, records, lines, agreements)
        handler = self.with_context(seam_crm_heard=heard)
        return [
            handler._document_or_fault(record, lines, agreements, ids, held, merged)
            for record in records
        ]

    def _document_or_fault(self, record, lines, agreements, ids, held, merged):
        key = ids[record._name].get(record.id)
        gone = merged.get(key)
        if key and not held.isdisjoint([key, *(gone or ())]):
            return self._waits(record, key)
        # what it does not have, or has no more, it is told whole
        entries, changed = agreements.get(record.id, batch.EMPTY) if key else batch.EMPTY
        if judge.is_gone(entries):
            return None
        lines = self._met(record, lines, entries, changed)
        try:
            content = self._changes(record, lines, judge.to_be_told(entries), ids)
        except Fault as fault:
            return fault
        if not content and not gone:
            return None
        return {
            "odoo_id": str(record.id),
            "modified": record.write_date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            **({"id": key} if key else {}),
            **({"merged": gone} if gone else {}),
            **content,
        }

    def _met(self, record, lines, entries, changed):
        """Of what is mapped since the CRM told of a record last, it may have something there
        that nobody here knows: it says so with its next document. What merely differs in Odoo
        is not written over it unseen; what somebody changes here is told.

        :return: the lines of which the CRM may be told now
        """
        heard = self.env.context["seam_crm_heard"].get(record.id)
        if not heard:
            return lines
        return [
            line
            for line in lines
            if line.name in entries or line.odoo in changed or not _is_newer(line, heard)
        ]

    def _heard(self, flow, records, lines, agreements):
        """When a CRM told of records last, of which not all is agreed that is mapped.

        :return: dict record id → naive datetime in UTC
        """
        names = {line.name for line in lines if line.rule == AGREED}
        ids = [id_ for id_, (entries, _changed) in agreements.items() if names - entries.keys()]
        if not ids:
            return {}
        self.env.cr.execute(
            """
            SELECT b.res_id, max(COALESCE(m.received_at, b.write_date))
              FROM seam_binding b LEFT JOIN seam_message m ON m.id = b.message_id
             WHERE b.system_id = %s AND b.res_model = %s AND b.res_id = ANY(%s)
               AND b.version IS NOT NULL
             GROUP BY b.res_id
            """,
            [flow.system_id.id, records._name, ids],
        )
        return dict(self.env.cr.fetchall())

    def _waits(self, record, key):
        return Fault(
            "order.predecessor",
            self.env._(
                "The CRM changed %s meanwhile, and that is not settled here.", record.display_name
            ),
            fix=self.env._("Settle the CRM's own message about it first."),
            subject=f"{record._name}:{key}",
        )

    def _changes(self, record, lines, entries, ids):
        """:return: dict of the parts of a document with what changed here"""
        content = {}
        code = batch.country_code(record)
        for line in self._told(record, lines):
            value = record[line.odoo]
            mine = comparable(line.kind, value, code)
            entry = entries.get(line.name)
            if entry and entry.ours == judge.checksum(mine):
                continue
            if mine is None and entry in (None, judge.MEETS):
                continue
            told = self._value(line, value, ids)
            if line.name == "archived":
                content["archived"] = told
            elif line.name.startswith("custom."):
                content.setdefault("custom", {})[line.name[7:]] = told
            else:
                content.setdefault("fields", {})[line.name] = told
        return content

    def _told(self, record, lines):
        """:return: the lines of which the CRM is told for this record"""
        return [
            line
            for line in lines
            if line.rule.direction != "in"
            and not (line.rule.direction == "both" and line.rule.owner == "theirs")
        ]

    def _value(self, line, value, ids):
        if line.kind not in RECORDS:
            return to_document(line.kind, value)
        if not value:
            return None
        if line.kind == "country":
            return value.code or value.name
        if line.kind == "state":
            return value.code
        key = ids.get(value._name, {}).get(value.id)
        if line.kind == "user":
            return self._person(value, key)
        if not key:
            raise self._not_there(line, value)
        return key if line.kind == "stage" else {"id": key, "name": value.display_name[:500]}

    def _person(self, user, key):
        user = user.sudo()
        mail = user.email_normalized or user.login
        return {**({"id": key} if key else {}), "email": mail, "name": user.name}

    def _not_there(self, line, value):
        if line.kind == "stage":
            return Fault(
                "master.unknown",
                self.env._("The CRM has no stage that means %s.", value.display_name),
                fix=self.env._("Say what it is called there; all that waits for it then goes on."),
                subject=f"crm.stage:{value.id}",
                extra={"named": {"model": value._name, "id": value.id}},
            )
        return not_come(
            self.env._("The CRM does not have %s yet.", value.display_name),
            pointer_of(line.name),
            self.env._("It goes on by itself when the CRM has it. Look whether that is held up."),
            made_there(value._name, value.id),
        )

    # -- what is asked once for a batch ------------------------------------------------

    def _keys(self, flow, records, lines):
        """What the CRM calls the records, and those that they name.

        :return: dict model → dict record id → id or code there
        """
        wanted = {records._name: set(records.ids)}
        for line in lines:
            if line.kind in RECORDS:
                wanted.setdefault(RECORDS[line.kind], set()).update(records.mapped(line.odoo).ids)
        stages = wanted.pop("crm.stage", set())
        found = {model: {} for model in wanted}
        for binding in self._bindings(flow, wanted):
            found[binding.res_model].setdefault(binding.res_id, binding.external_id)
        found["crm.stage"] = self._codes(flow, "crm.stage", stages)
        return found

    def _bindings(self, flow, wanted):
        return (
            self.env["seam.binding"]
            .sudo()
            .search_fetch(
                [
                    ("system_id", "=", flow.system_id.id),
                    ("res_model", "in", list(wanted)),
                    ("res_id", "in", list(set().union(*wanted.values()))),
                ],
                ["res_model", "res_id", "external_id"],
                order="id desc",
            )
        )

    def _codes(self, flow, model, ids):
        if not ids:
            return {}
        found = self.env["seam.value.map"].sudo()
        found = found.search(
            [
                ("system_id", "=", flow.system_id.id),
                ("res_model", "=", model),
                ("res_id", "in", list(ids)),
            ],
            order="id desc",
        )
        return {value.res_id: value.external_code for value in found}

    def _held(self, flow, keys, states):
        """Records of which something that the CRM said is not settled: what Odoo has is
        not written over it before.

        :return: set of the CRM's ids
        """
        keys = list(keys)
        if not keys:
            return set()
        self.env.cr.execute(
            """
            SELECT m.ordering_key FROM seam_message m JOIN seam_flow f ON f.id = m.flow_id
             WHERE m.system_id = %s AND m.direction = 'in' AND m.state = ANY(%s)
               AND f.handler = %s AND m.ordering_key = ANY(%s)
            """,
            [flow.system_id.id, list(states), self._back, keys],
        )
        return {row[0] for row in self.env.cr.fetchall()}

    def _merged(self, flow, ids):
        """:return: dict id of the CRM → ids that were merged into it in Odoo"""
        found = (
            self.env["seam.crm.merged"]
            .sudo()
            .search(
                [
                    ("system_id", "=", flow.system_id.id),
                    ("res_model", "=", self._sources[0]),
                    ("into_id", "in", list(ids.values())),
                    ("settled", "=", False),
                ]
            )
        )
        return {
            into: rows.sorted("external_id").mapped("external_id")
            for into, rows in found.grouped("into_id").items()
        }

    # -- deleted in Odoo ---------------------------------------------------------------

    @api.model
    def _emit_deleted(self, records):
        """Tell those who know the records, with the document of now: later there is none."""
        origin = self.env.context.get("seam_origin")
        now = self.env.cr.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        for flow_id, system_id in self.env["seam.flow"]._outgoing(self._name):
            if system_id == origin:
                continue
            flow = self.env["seam.flow"].sudo().browse(flow_id)
            ids = self._keys(flow, records.sudo(), ())[records._name]
            known = self._concerns(flow, records.sudo()).filtered(lambda x, ids=ids: x.id in ids)
            # their ID may come with an answer, or with what the CRM tells: see ``own.py``
            unknown = self._begun(flow_id, records.filtered(lambda x, ids=ids: x.id not in ids))
            gone = known | unknown.sudo()
            documents = {id_: self._gone_document(id_, ids.get(id_), now) for id_ in gone.ids}
            if gone:
                self.env["seam.message"]._note_emission(flow_id, gone, "deleted", documents)

    def _gone_document(self, id_, key, now):
        head = {"id": key} if key else {}
        return {**head, "odoo_id": str(id_), "modified": now, "deleted": True}

    def _begun(self, flow_id, records):
        """:return: those of which anything was to be told. Who is merged is not gone"""
        if not records or self.env.context.get(MERGING):
            return records.browse()
        self.env.cr.execute(
            """
            SELECT DISTINCT res_id FROM seam_message
             WHERE flow_id = %s AND res_model = %s AND res_id = ANY(%s)
            """,
            [flow_id, records._name, records.ids],
        )
        return records.browse(row[0] for row in self.env.cr.fetchall())

    @api.model
    def _emit_gone(self, system_id, model, id_, key):
        """Tell a CRM, now that it says what it calls a record, that this was deleted here.

        :return: whether it is told of such records
        """
        now = self.env.cr.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        documents = {id_: self._gone_document(id_, key, now)}
        flows = [
            f for f, system in self.env["seam.flow"]._outgoing(self._name) if system == system_id
        ]
        for flow_id in flows:
            record = self.env[model].browse(id_)
            self.env["seam.message"]._note_emission(flow_id, record, "deleted", documents)
        return bool(flows)

    # -- once it is sent ---------------------------------------------------------------

    def _agree(self, conf, letters):
        """What was sent is agreed from now on, as it was sent: it may have changed since."""
        flow = self.env["seam.flow"].sudo().browse(conf.id)
        model = self._sources[0]
        records = self.env[model].with_context(active_test=False)
        records = records.browse({letter.res_id for letter in letters}).exists()
        by_id = {record.id: record for record in records}
        letters = [letter for letter in letters if letter.res_id in by_id]
        lines = self.env["seam.crm.field"]._lines(conf.system_id, self._document)
        lookup = Lookup(self.env, flow, lines, [letter.document for letter in letters])
        agreements = self.env["seam.crm.agreement"].sudo()
        known = agreements._of(conf.system_id, model, list(by_id))
        now = instant_of(self.env.cr.now())
        entries = {}
        for letter in letters:
            record, document = by_id[letter.res_id], letter.document
            sent = told_until(letter.content, now)
            before = known.get(record.id, batch.EMPTY)[0]
            told = self._sent(lookup, record, document)
            entries.setdefault(record.id, {}).update(
                (name, self._agreed(name, judge.with_doubt(before, name), mark, document, sent))
                for name, mark in told.items()
            )
            entries[record.id].update(judge.end_doubts(before, told))
        agreements._keep(conf.system_id, model, entries)
        self._settle_merges(flow, [x.document for x in letters])

    def _doubt(self, conf, res_id, document):
        """Nobody knows whether the CRM has what it was told of a record."""
        flow = self.env["seam.flow"].sudo().browse(conf.id)
        record = self.env[self._sources[0]].with_context(active_test=False)
        record = record.browse(res_id).exists()
        if not record:
            return
        lines = self.env["seam.crm.field"]._lines(conf.system_id, self._document)
        told = self._sent(Lookup(self.env, flow, lines, [document]), record, document)
        agreements = self.env["seam.crm.agreement"].sudo()
        known = agreements._of(conf.system_id, record._name, record.ids)
        known = known.get(record.id, batch.EMPTY)[0]
        entries = judge.note_doubts(known, told, instant_of(self.env.cr.now()))
        agreements._keep(conf.system_id, record._name, {record.id: entries})

    def _agreed(self, name, entry, mark, document, sent):
        """
        :param entry: Entry of what was agreed before, or None
        :param mark: checksum of what the document told of a field
        :return: Entry of what is agreed now
        """
        return judge.agree(entry, mark, mark, sent=sent)

    def _sent(self, lookup, record, document):
        """:return: dict field → checksum of the value that the document told"""
        try:
            values = lookup.values(document, batch.country_of(record))
        except Fault:
            # Somebody took away a meaning meanwhile: it is told once more.
            return {}
        code = batch.country_code(record, values)
        return {
            line.name: judge.checksum(comparable(line.kind, value, code))
            for line, value in values.items()
        }

    def _settle_merges(self, flow, documents):
        """Both sides know of merges that the CRM accepted; what it said before of those
        that are gone is over."""
        gone = [id_ for document in documents for id_ in document.get("merged") or ()]
        if not gone:
            return
        self.env["seam.crm.merged"].sudo().search(
            [
                ("system_id", "=", flow.system_id.id),
                ("res_model", "=", self._sources[0]),
                ("external_id", "in", gone),
            ]
        ).write({"settled": True, "by": "theirs"})
        self.env["seam.message"].sudo().search(
            [
                ("system_id", "=", flow.system_id.id),
                ("flow_id.handler", "=", self._back),
                ("ordering_key", "in", gone),
                ("state", "=", "failed"),
                ("fault_code", "=", "master.ambiguous"),
            ]
        )._retry(self.env._("The CRM merged it, too."))


def _is_newer(line, heard):
    return line.rule == AGREED and line.since is not None and line.since > heard


# The CRM's clock may be ahead of ours by so many microseconds.
SKEW = 300 * 1_000_000


def instant_of(moment):
    """:return: microseconds since 1970 of a naive datetime in UTC"""
    return int(moment.replace(tzinfo=timezone.utc).timestamp() * 1_000_000)


def told_until(answer, now):
    """Until which version the CRM may have spoken without knowing what it was sent.

    Its answer may say which version that became. Else it is the moment of the answer, which
    may be much later: the first answer may have been lost.

    :param answer: what the connector kept of it, or None
    :param now: microseconds since 1970
    """
    try:
        return min(version_of(answer), now + SKEW)
    except (AttributeError, KeyError, TypeError, ValueError):
        return now
