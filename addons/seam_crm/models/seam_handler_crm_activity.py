from markupsafe import Markup

from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault

from . import judge
from .lookup import not_come
from .values import comparable

# what an activity is about: the document's word, and the model
SUBJECTS = {"contact": "res.partner", "company": "res.partner", "deal": "crm.lead"}


class SeamHandlerCrmActivity(models.AbstractModel):
    """Tasks, calls and meetings of a CRM become activities of contacts and opportunities."""

    _name = "seam.handler.crm.activity"
    _inherit = "seam.handler.crm"
    _description = "Activities of a CRM"

    _contract = ("crm-activity", "1.0.0")
    _document = "crm-activity"
    _bound_model = "mail.activity"
    _creates = ("mail.activity",)

    def _needs(self):
        return {
            "mail.activity": {
                "active": "boolean",
                "activity_type_id": "many2one",
                "date_deadline": "date",
                "date_done": "date",
                "feedback": "text",
                "note": "html",
                "res_id": "many2one_reference",
                "res_model": "char",
                "summary": "char",
                "user_id": "many2one",
            }
        }

    def _identify(self, document):
        identity = super()._identify(document)
        summary = (document.get("fields") or {}).get("summary")
        return identity._replace(label=summary[:200]) if summary else identity

    def _impact(self, document):
        about = (document.get("fields") or {}).get("about") or {}
        return {"customer": about.get("name")}

    def _is_alike(self, flow, activity, document):
        """Many activities are called the same; those of one record seldom are."""
        about = (document.get("fields") or {}).get("about")
        subject = activity._seam_crm_subject()
        if not super()._is_alike(flow, activity, document):
            return False
        return not about or (
            subject is not None
            and subject._name == SUBJECTS[about["type"]]
            and self._is_about(flow, about, subject)
        )

    def _apply(self, letters):
        # who gets many from a CRM is not written to for each, nor are guests of a meeting
        handler = self.with_context(
            mail_activity_quick_update=True, skip_attendee_notification=True, dont_notify=True
        )
        return super(SeamHandlerCrmActivity, handler)._apply(letters)

    # -- understand --------------------------------------------------------------------

    def _records(self, letters):
        """Who cancels an activity here has the CRM told: what it says after that is over."""
        bound = {letter: letter.binding.res_id for letter in letters if letter.binding}
        alive = set(self.env[self._bound_model].browse(set(bound.values())).exists().ids)
        for letter, res_id in bound.items():
            if res_id not in alive:
                letter.done(note=self.env._("It was cancelled or removed in Odoo."))
        return super()._records([letter for letter in letters if letter.open])

    def _plans(self, flow, letters, records):
        """What the documents of the batch are about is looked up once."""
        handler = self.with_context(seam_crm_subjects=self._subjects(flow, letters))
        return super(SeamHandlerCrmActivity, handler)._plans(flow, letters, records)

    def _subjects(self, flow, letters):
        """:return: dict (model, id of the CRM) → record"""
        wanted = {}
        for letter in letters:
            about = (letter.document.get("fields") or {}).get("about")
            if about:
                wanted.setdefault(SUBJECTS[about["type"]], set()).add(about["id"])
        bindings = self.env["seam.binding"]
        return {
            (model, key): record
            for model, keys in wanted.items()
            for key, record in bindings._find(flow.system_id.id, model, keys).items()
        }

    def _plan(self, lookup, letter, record):
        plan = super()._plan(lookup, letter, record)
        subject = self._subject(letter)
        if subject is not None:
            self._check_subject(lookup.flow, letter, subject)
        plan.extra["subject"] = subject
        # Odoo's activities have a day and a kind; without one Odoo's own usual one counts
        unsaid = [x for x in plan.told if x.name in ("due", "kind") and not plan.told[x]]
        for line in unsaid:
            plan.told.pop(line)
        plan.extra["unsaid"] = unsaid
        return plan

    def _skipped(self, plan):
        """At the same hour it may be another day where the CRM is: Odoo's own day stays."""
        told = {line.odoo: value for line, value in plan.told.items()}
        start = told.get("seam_start")
        if not start or start != plan.record.seam_start:
            return super()._skipped(plan)
        return [line for line in plan.told if line.name == "due"]

    def _check_company(self, flow, letter, record):
        subject = record._seam_crm_subject()
        if subject is not None:
            self._check_subject(flow, letter, subject)

    def _check_subject(self, flow, letter, subject):
        """An activity is of the company of its record."""
        self.env["seam.handler.crm.deal"]._check_company(flow, letter, subject)

    def _subject(self, letter):
        """:return: the record that the document is about, or None where it does not say
        :raise Fault: it did not come to Odoo yet
        """
        about = (letter.document.get("fields") or {}).get("about")
        if not about or letter.document.get("deleted"):
            return None
        model = SUBJECTS[about["type"]]
        known = self.env.context["seam_crm_subjects"].get((model, about["id"]))
        if known:
            return known
        raise not_come(
            self.env._(
                "%s, which it is about, did not come to Odoo yet.", about.get("name") or about["id"]
            ),
            "/fields/about",
            self.env._("It is tried again. Look whether that record is held up itself."),
            f"{model}:{about['id']}",
        )

    def _find_new(self, flow, plans):
        for plan in plans:
            if not plan.letter.open:
                continue
            document = plan.letter.document
            if document.get("deleted") or (document.get("fields") or {}).get("done"):
                plan.letter.done(note=self.env._("Not made: it is done or deleted there."))
            elif plan.extra["subject"] is None and "about" in (document.get("fields") or {}):
                plan.letter.done(
                    note=self.env._("Not made: it is about nothing that comes to Odoo.")
                )
            elif plan.extra["subject"] is None:
                plan.letter.refuse(self._about_nothing(plan))

    def _about_nothing(self, plan):
        return Fault(
            "business.rule",
            self.env._("%s is new and about nothing.", plan.letter.identity.label),
            pointer="/fields/about",
            fix=self.env._("Have it sent with the contact, company or deal that it is about."),
            subject=f"mail.activity:{plan.letter.identity.key}",
        )

    # -- carry out ---------------------------------------------------------------------

    def _carry_out(self, flow, plans):
        deleted = [plan for plan in plans if plan.letter.document.get("deleted")]
        for plan in deleted:
            self._cancel(flow, plan)
        super()._carry_out(flow, [plan for plan in plans if plan not in deleted])

    def _cancel(self, flow, plan):
        """What is done stays in the history; what is open is taken away, and noted."""
        activity = plan.record
        if not activity.active:
            plan.letter.done(activity, note=self.env._("It is deleted there, and done here."))
            return
        note = self.env._("“%s” was deleted there, and is cancelled here.", activity.display_name)
        event = self._meeting(activity)
        others = event.activity_ids - activity.sudo()
        if others:
            note += " " + self.env._("Its meeting stays in the calendar: more is planned for it.")
        if subject := activity._seam_crm_subject():
            subject._message_log(body=Markup("<br/>").join([flow.system_id.name, note]))
        activity.unlink()
        if not others:
            event.unlink()
        plan.letter.done(note=note)

    def _meeting(self, activity):
        """:return: the meeting of Odoo's calendar that an activity is about, with all that is
        planned for it. Its owner may keep it private: what the CRM says of it counts all the same
        """
        return activity.sudo().with_context(active_test=False).calendar_event_id

    def _new_values(self, plan):
        subject = plan.extra["subject"]
        return {
            "res_model_id": self.env["ir.model"]._get_id(subject._name),
            "res_id": subject.id,
            "user_id": False,
            "activity_type_id": self.env.ref("mail.mail_activity_data_todo").id,
        }

    def _write_record(self, plan):
        """Done and open again come about by acts of their own."""
        subject, activity = plan.extra["subject"], plan.record
        if subject is not None and subject != activity._seam_crm_subject():
            model_id = self.env["ir.model"]._get_id(subject._name)
            activity.write({"res_model_id": model_id, "res_id": subject.id})
        done = next((line for line in plan.told if line.odoo == "active"), None)
        if done is not None and plan.verdicts[done] != judge.TAKE:
            done = None
        if done:
            plan.verdicts[done] = judge.SAME
        plan.record = self._at_its_hour(plan)
        super()._write_record(plan)
        plan.record = activity
        self._move_meeting(plan)
        if done:
            plan.verdicts[done] = judge.TAKE
            self._close_or_open(plan, plan.told[done])

    def _agreed(self, plan, version):
        """What the CRM leaves empty and Odoo fills in is no change of Odoo's."""
        entries = super()._agreed(plan, version)
        empty = judge.checksum(None)
        for line in plan.extra["unsaid"]:
            if line.name not in plan.entries:
                ours = judge.checksum(comparable(line.kind, plan.record[line.odoo]))
                entries[line.name] = judge.agree(None, ours, empty, version)
        return entries

    def _close_or_open(self, plan, is_open):
        if is_open and not plan.record.active:
            plan.record.action_unarchive()
        elif plan.record.active and not is_open:
            self._close(plan)

    def _at_its_hour(self, plan):
        """Where the hour is told, a day moves no meeting: it may be another day elsewhere."""
        if not any(line.odoo == "seam_start" for line in plan.told):
            return plan.record
        return plan.record.with_context(seam_crm_hours=True, calendar_event_meeting_update=True)

    def _move_meeting(self, plan):
        """A meeting of Odoo's calendar is at the hour, or on the days, that the CRM told."""
        told = {line.odoo for line in plan.told}
        taken = {line.odoo for line, verdict in plan.verdicts.items() if verdict == judge.TAKE}
        activity = plan.record
        event, start, end = self._meeting(activity), activity.seam_start, activity.seam_end
        moves = {"seam_start", "seam_end"} if start else {"seam_start", "seam_end", "date_deadline"}
        if not event or "seam_start" not in told or not taken & moves:
            return
        if start:
            end = end or start + (event.stop - event.start)
            values = {"allday": False, "start": start, "stop": end}
        else:
            first = activity.date_deadline
            last = max(first, activity.seam_last_day or first)
            values = {"allday": True, "start_date": first, "stop_date": last}
        event.with_context(mail_activity_meeting_update=True).write(values)

    def _close(self, plan):
        told = plan.letter.document.get("fields") or {}
        plan.record._action_done(feedback=told.get("feedback") or plan.record.feedback or False)
        if told.get("done_at"):
            plan.record.date_done = fields.Date.to_date(told["done_at"])

    def _tell(self, records, answer=False):
        self.env["seam.handler.crm.activity.out"]._emit(records, "changed", answer=answer)
