from markupsafe import Markup

from odoo import models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from . import batch, judge
from .lookup import Lookup
from .own import Own, fold
from .versions import version_of
from .words import label, shown

# Nobody is notified by e-mail, and who sends the document does not follow it.
QUIET = {
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "tracking_disable": True,
}


class SeamHandlerCrm(models.AbstractModel):
    """Records of a CRM, field by field. This file reads as the way of a batch; whose
    value of a field counts is told in ``judge.py``, and which record a new one is in
    ``matching.py``.
    """

    _name = "seam.handler.crm"
    _inherit = "seam.handler"
    _description = "Records of a CRM"

    # name of the document, as ``seam.crm.field`` has it
    _document = None

    def _identify(self, document):
        if "id" not in document:
            return Identity(label=self.env._("Without an ID"))
        name = (document.get("fields") or {}).get("name")
        return Identity(
            key=document["id"],
            version=version_of(document),
            correlation=f"{self._document}/{document['id']}",
            label=(name or document["id"])[:200],
            touches=self._touches(document),
        )

    def _touches(self, document):
        """Hook. :return: tuple of what two records that may be one share: two workers do not
        take them at the same time"""
        return ()

    def _impact(self, document):
        return {"customer": (document.get("fields") or {}).get("name")}

    def _flow(self, letters):
        message = self.env["seam.message"].sudo().browse(letters[0].message_id)
        return message.flow_id

    # -- apply -------------------------------------------------------------------------

    def _apply(self, letters):
        handler = self.with_context(**QUIET)
        flow = self._flow(letters)
        self._refuse_anonymous(letters)
        handler._drop_merged(flow, [x for x in letters if x.open])
        records = handler._records([x for x in letters if x.open])
        records |= handler._recognise(flow, [x for x in letters if x.open and x not in records])
        handler._follow_merges(flow, [x for x in letters if x.open], records)
        plans = handler._plans(flow, [x for x in letters if x.open], records)
        handler._meet(flow, [plan for plan in plans if plan.conflicts])
        handler._carry_out(flow, [plan for plan in plans if plan.letter.open])

    def _refuse_anonymous(self, letters):
        for letter in letters:
            if letter.open and "id" not in letter.document:
                letter.refuse(
                    Fault(
                        "schema.invalid",
                        self.env._("The document has no ID of the CRM."),
                        pointer="/id",
                        subject="no id",
                    )
                )

    def _records(self, letters):
        """:return: dict letter → bound record"""
        bound = {letter: letter.binding.res_id for letter in letters if letter.binding}
        alive = self.env[self._bound_model].browse(set(bound.values())).exists()
        records = {}
        for letter, res_id in bound.items():
            record = alive.browse(res_id).with_prefetch(alive.ids)
            if record in alive:
                records[letter] = record
            else:
                self._end_gone(letter, res_id, is_new=not letter.binding.version)
        return records

    def _recognise(self, flow, letters):
        """What Odoo made there is not new here, though the answer that told its ID was lost.

        :return: dict letter → record
        """
        own = Own(self, flow, letters)
        own.refuse_under_way()
        for letter, res_id in own.deleted().items():
            record = self.env[self._bound_model].browse(res_id)
            self.env["seam.binding"].sudo()._bind(flow.system_id.id, {letter.identity.key: record})
            self._end_gone(letter, res_id, is_new=True)
        return own.claimed()

    def _may_be(self, record):
        """Hook. :return: whether documents of this kind may be about a record"""
        return True

    def _is_alike(self, flow, record, document):
        """Hook. :return: whether people would take a document for one of this record"""
        told = document.get("fields") or {}
        name = "summary" if "summary" in record._fields else "name"
        return bool(fold(told.get(name))) and fold(told[name]) == fold(record[name])

    def _is_about(self, flow, told, records):
        """
        :param told: what a document says of another record, or None
        :return: whether that is one of these, or is not known here
        """
        if not (told and records):
            return True
        bindings = self.env["seam.binding"].sudo()
        found = bindings._find(flow.system_id.id, records._name, [told["id"]])
        return all(record.id in records.ids for record in found.values())

    # -- understand --------------------------------------------------------------------

    def _plans(self, flow, letters, records):
        lines = self._lines(flow)
        lookup = Lookup(self.env, flow, lines, [letter.document for letter in letters])
        plans = []
        for letter in letters:
            try:
                plans.append(self._plan(lookup, letter, records.get(letter)))
            except Fault as fault:
                letter.refuse(fault)
        self._find_new(flow, [plan for plan in plans if not plan.record])
        self._weigh(flow, [plan for plan in plans if plan.letter.open and plan.record])
        for plan in plans:
            if plan.letter.open and not plan.record:
                batch.take_all(plan)
        return plans

    def _lines(self, flow):
        """:return: list of Line of the fields that the CRM may tell"""
        lines = self.env["seam.crm.field"]._lines(flow.system_id.id, self._document)
        return [line for line in lines if line.rule.direction != "out"]

    def _plan(self, lookup, letter, record):
        if record is not None:
            self._check_company(lookup.flow, letter, record)
        told = lookup.values(letter.document, batch.country_of(record))
        empty = self.env[self._bound_model]
        plan = batch.Plan(letter, record if record is not None else empty, told)
        if not plan.record:
            plan.leave_out(self._skipped(plan))
        if state := lookup.unknown_state(letter.document, told):
            plan.notes.append(self.env._("State or province “%s” is unknown here.", state))
        if company := lookup.deleted_partner(letter.document, told):
            plan.notes.append(self.env._("The company %s was deleted in Odoo.", company))
        return plan

    def _check_company(self, flow, letter, record):
        company = record.sudo().company_id
        if company and company != flow.company_id:
            raise Fault(
                "company.mismatch",
                self.env._(
                    "%(name)s belongs to %(other)s in Odoo, not to %(company)s.",
                    name=letter.identity.label,
                    other=company.name,
                    company=flow.company_id.name,
                ),
                fix=self.env._("Share the record among the companies, then retry."),
                subject=f"{record._name}:{letter.identity.key}",
            )

    def _skipped(self, plan):
        """:return: list of the lines that do not count for this record, by what is judged so far"""
        return []

    def _as_met(self, plan, agreement):
        """Hook. :return: the agreement by which a document is judged"""
        return agreement

    def _find_new(self, flow, plans):
        """Hook: find records that documents without a binding mean."""

    def _weigh(self, flow, plans):
        ids = {plan.record.id for plan in plans}
        agreements = self.env["seam.crm.agreement"].sudo()
        known = agreements._of(flow.system_id.id, self._bound_model, ids)
        for plan in plans:
            version = plan.letter.identity.version
            agreement = self._as_met(plan, known.get(plan.record.id, batch.EMPTY))
            batch.weigh(plan, agreement, version, flow.crm_first)
            plan.leave_out(self._skipped(plan))
            if plan.conflicts:
                plan.letter.refuse(self._conflict(plan))
        self._forbid(flow, [plan for plan in plans if plan.letter.open])

    def _forbid(self, flow, plans):
        """Hook: refuse what a business rule forbids."""

    # -- carry out ---------------------------------------------------------------------

    def _meet(self, flow, plans):
        """Who was found is who is meant, though a person is to decide about fields: what
        happens here meanwhile does not make another one there.
        """
        met = {p.letter.identity.key: p.record for p in plans if p.record and not p.letter.binding}
        if met:
            self.env["seam.binding"].sudo()._bind(flow.system_id.id, met)

    def _carry_out(self, flow, plans):
        self._create_records([plan for plan in plans if not plan.record])
        for plan in plans:
            self._write_record(plan)
        self.env.flush_all()
        # at once: the next document of this transaction may look like this one
        bound = {plan.letter.identity.key: plan.record for plan in plans}
        self.env["seam.binding"].sudo()._bind(flow.system_id.id, bound)
        entries = {}
        for plan in plans:
            version = plan.letter.identity.version
            entries.setdefault(plan.record.id, {}).update(self._agreed(plan, version))
        agreements = self.env["seam.crm.agreement"].sudo()
        agreements._keep(flow.system_id.id, self._bound_model, entries)
        self._finish(flow, plans)

    def _agreed(self, plan, version):
        """:return: dict field → Entry of what both agree on now"""
        gone = bool(plan.letter.document.get("deleted"))
        return {
            **batch.agreed(plan, version),
            **judge.note_gone(plan.entries, gone, version),
        }

    def _create_records(self, plans):
        if not plans:
            return
        values = [{**self._new_values(plan), **plan.values()} for plan in plans]
        created = self.env[self._bound_model].create(values)
        for plan, record in zip(plans, created, strict=True):
            plan.record = record
            plan.verdicts.update(dict.fromkeys(plan.told, judge.TAKE))

    def _new_values(self, plan):
        """Hook. :return: values of a new record besides those of its fields"""
        return {}

    def _write_record(self, plan):
        values = plan.values()
        changed = {
            line.odoo: values[line.odoo]
            for line in plan.told
            if line.odoo in values and plan.record[line.odoo] != plan.told[line]
        }
        if not changed:
            return
        self._note_set_back(plan)
        plan.record.write(changed)

    def _note_set_back(self, plan):
        """A value that was changed on the side that does not own it is not lost unseen."""
        code = batch.country_code(plan.record, plan.told)
        for line in plan.told:
            entry = plan.entries.get(line.name)
            mine = batch.comparable(line.kind, plan.record[line.odoo], code)
            if (
                plan.verdicts[line] == judge.TAKE
                and line.rule.owner == "theirs"
                and entry
                and mine is not None
                and entry.ours != judge.checksum(mine)
            ):
                plan.notes.append(
                    self.env._(
                        "%(label)s is the CRM's own field: “%(ours)s” is set back.",
                        label=label(line, plan.record),
                        ours=shown(line, plan.record[line.odoo], plan.record)[:200],
                    )
                )

    def _finish(self, flow, plans):
        notes = {}
        back = self.env[self._bound_model]
        for plan in plans:
            for line, verdict in plan.verdicts.items():
                if verdict == judge.BACK and plan.entries:
                    plan.notes.append(
                        self.env._(
                            "%s is Odoo's own field: the CRM is told again.",
                            label(line, plan.record),
                        )
                    )
            if plan.told_back:
                back |= plan.record
            if plan.notes:
                body = Markup("<br/>").join([flow.system_id.name, *plan.notes])
                notes[plan.record.id] = body
            plan.letter.done(plan.record, note=" ".join(plan.notes))
        if notes:
            self.env[self._bound_model].browse(notes)._message_log_batch(notes)
        if back:
            self._tell(back, answer=True)
        self._release(flow, plans)

    def _release(self, flow, plans):
        """What waited for these goes on; so does what was refused because the CRM had
        deleted the record, or merged it."""
        ids = {plan.record.id for plan in plans}
        messages = self.env["seam.message"]
        messages._crm_go_on(flow.system_id.id, self._bound_model, ids)
        come = {plan.letter.identity.key for plan in plans if not plan.entries}
        messages._crm_come(flow.system_id.id, self._bound_model, come)
        met = {plan.record.id for plan in plans if not plan.entries}
        messages._crm_there(flow.system_id.id, self._bound_model, met)
        ended = {
            plan.record.id
            for plan in plans
            if plan.letter.document.get("deleted") or plan.letter.document.get("merged")
        }
        messages._crm_go_on(flow.system_id.id, self._bound_model, ended, "transport.rejected")

    def _tell(self, records, answer=False):
        """Hook: have CRMs told of these records."""
