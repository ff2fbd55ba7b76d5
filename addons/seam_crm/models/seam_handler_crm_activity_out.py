from odoo import models

from odoo.addons.seam.engine.fault import Fault

from .values import ACTIVITIES, to_document

MODELS = ("res.partner", "crm.lead")
# Of a meeting they are told together: one of them alone says too little.
HOURS = {"due", "start", "end"}


class SeamHandlerCrmActivityOut(models.AbstractModel):
    """Activities of contacts and opportunities to a CRM."""

    _name = "seam.handler.crm.activity.out"
    _inherit = "seam.handler.crm.out"
    _description = "Activities to a CRM"

    _contract = ("crm-activity", "1.0.0")
    _document = "crm-activity"
    _back = "seam.handler.crm.activity"
    _sources = ("mail.activity",)

    def _needs(self):
        return self.env["seam.handler.crm.activity"]._needs()

    def _concerns(self, flow, records):
        """Those that the CRM knows; new ones of people, where the flow tells of them, about
        records that the CRM knows or is told of."""
        records = records.filtered(lambda activity: activity.res_model in MODELS)
        bound = self._bindings(flow, {"mail.activity": set(records.ids)})
        known = records.browse(bound.mapped("res_id")) & records
        new = records - known
        if not flow.crm_new:
            return known
        new = new.filtered(lambda activity: activity.active and not activity.automated)
        return known | new.filtered(lambda activity: self._is_about_known(flow, activity))

    def _is_about_known(self, flow, activity):
        subject = activity._seam_crm_subject()
        if subject is None or subject.company_id not in (flow.company_id.browse(), flow.company_id):
            return False
        return bool(self._bindings(flow, {subject._name: {subject.id}})) or self._is_told(
            flow, subject
        )

    def _is_told(self, flow, subject):
        """:return: whether another flow tells this CRM of the record"""
        handlers = [
            code
            for code, _name in self.env["seam.flow"]._fields["handler"].selection
            if self.env[code]._sources == (subject._name,) and code.startswith("seam.handler.crm.")
        ]
        flows = self.env["seam.flow"].sudo()
        flows = flows.search(
            [
                ("system_id", "=", flow.system_id.id),
                ("handler", "in", handlers),
                ("state", "in", ("active", "paused", "blocked")),
            ]
        )
        return any(self.env[told.handler]._concerns(told, subject.sudo()) for told in flows)

    def _changes(self, record, lines, entries, ids):
        content = super()._changes(record, lines, entries, ids)
        told = content.get("fields", {})
        if self._is_unspoken(lines, entries) and told.pop("kind", None) and not told:
            del content["fields"]
        if told.get("done") and record.date_done:
            told["done_at"] = record.date_done.isoformat()
        timed = record.seam_start or record.seam_end or {"start", "end"} & told.keys()
        if timed and HOURS & told.keys():
            hours = [line for line in self._told(record, lines) if line.name in HOURS]
            told.update((line.name, to_document(line.kind, record[line.odoo])) for line in hours)
        if not entries:
            content.setdefault("fields", {})["about"] = self._about(record)
        return content

    def _is_unspoken(self, lines, entries):
        """:return: whether nobody knows the kind there: where the CRM will tell it, it is not
        told as a change, which not every CRM takes"""
        both = any(line.name == "kind" and line.rule.direction == "both" for line in lines)
        return both and bool(entries) and "kind" not in entries

    def _about(self, activity):
        """:raise Fault: the CRM is to be told of its record first"""
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        subject = activity._seam_crm_subject()
        found = subject is not None and self._bindings(flow, {subject._name: {subject.id}})
        if not found:
            raise Fault(
                "order.predecessor",
                self.env._("The CRM does not have %s yet.", activity.res_name or activity.id),
                fix=self.env._("It is told first; this is tried again."),
                subject=f"{activity.res_model}:{activity.res_id}",
            )
        kind = "deal"
        if subject._name == "res.partner":
            kind = "company" if subject.is_company else "contact"
        return {"type": kind, "id": found[0].external_id, "name": subject.display_name[:500]}

    def _value(self, line, value, ids):
        if line.kind != "activity" or not value:
            return super()._value(line, value, ids)
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        code = self._codes(flow, value._name, [value.id]).get(value.id)
        if code:
            return code
        for word, xml_id in ACTIVITIES.items():
            if value == self.env.ref(xml_id, raise_if_not_found=False):
                return word
        raise Fault(
            "master.unknown",
            self.env._("The CRM has no kind of activity that means %s.", value.display_name),
            fix=self.env._("Say what it is called there; all that waits for it then goes on."),
            subject=f"{value._name}:{value.id}",
            extra={"named": {"model": value._name, "id": value.id}},
        )
