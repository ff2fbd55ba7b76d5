from odoo import fields, models

from odoo.addons.seam.engine.fault import Fault

from . import judge
from .const import CUSTOMER
from .seam_crm_field import Line

# what the outcome is called in documents, and in Odoo
STATUS = {"won": "won", "lost": "lost", "open": "pending"}
# Beside the agreement on the outcome: whether it was won before we heard of it.
HISTORY = "history"
# Beside the agreement on the amount, which is in our currency: what it is at the partner.
MONEY = "money"


class SeamHandlerCrmDeal(models.AbstractModel):
    """Deals of a CRM become opportunities. What is won is told in ``…_won.py``."""

    _name = "seam.handler.crm.deal"
    _inherit = "seam.handler.crm"
    _description = "Deals of a CRM"

    _contract = ("crm-deal", "1.0.0")
    _document = "crm-deal"
    _bound_model = "crm.lead"
    _creates = ("crm.lead", "sale.order", "sale.order.line")

    def _needs(self):
        return {
            "crm.lead": {
                "active": "boolean",
                "company_id": "many2one",
                "date_deadline": "date",
                "description": "html",
                "expected_revenue": "monetary",
                "name": "char",
                "order_ids": "one2many",
                "partner_id": "many2one",
                "stage_id": "many2one",
                "type": "selection",
                "user_id": "many2one",
                "won_status": "selection",
            },
            "sale.order": {"opportunity_id": "many2one", "partner_id": "many2one"},
            "sale.order.line": {
                "order_id": "many2one",
                "discount": "float",
                "price_unit": "float",
                "product_id": "many2one",
                "product_uom_qty": "float",
            },
            "product.product": {"barcode": "char", "default_code": "char"},
        }

    def _impact(self, document):
        told = document.get("fields") or {}
        customer = told.get("company") or told.get("contact") or {}
        return {
            "amount": told.get("amount") or 0,
            "currency": told.get("currency"),
            "customer": customer.get("name") or told.get("name"),
        }

    def _may_be(self, lead):
        return lead.type == "opportunity"

    def _is_alike(self, flow, lead, document):
        told = document.get("fields") or {}
        customers = lead.partner_id | lead.partner_id.commercial_partner_id
        return super()._is_alike(flow, lead, document) and all(
            self._is_about(flow, told.get(name), customers) for name in ("contact", "company")
        )

    # -- understand --------------------------------------------------------------------

    def _plans(self, flow, letters, records):
        """What all documents of the batch name besides their fields is looked up once."""
        told = [letter.document.get("fields") or {} for letter in letters]
        handler = self.with_context(seam_crm_deal=self._lookup_deals(flow, told))
        return super(SeamHandlerCrmDeal, handler)._plans(flow, letters, records)

    def _lookup_deals(self, flow, told):
        codes = {values["currency"] for values in told if values.get("currency")}
        currencies = self.env["res.currency"].search_fetch([("name", "in", list(codes))], ["name"])
        meanings = self.env["seam.value.map"]
        return {
            "currencies": {
                **{currency.name: currency for currency in currencies},
                **meanings._translate(flow.system_id.id, "res.currency", codes),
            },
        }

    def _plan(self, lookup, letter, record):
        plan = super()._plan(lookup, letter, record)
        told = letter.document.get("fields") or {}
        if "status" in letter.document:
            plan.told[self._status_line()] = STATUS[letter.document["status"]]
        plan.extra = {"currency": self._currency(lookup.flow, told)}
        self._convert(lookup.flow, plan, letter.document)
        return plan

    def _lines(self, flow):
        """Whom a new deal is for is asked for, whichever way that goes afterwards."""
        lines = super()._lines(flow)
        if any(line.name == CUSTOMER for line in lines):
            return lines
        rule = judge.Rule("out", "agreed")
        return [*lines, Line(CUSTOMER, "partner_id", "partner", rule)]

    def _status_line(self):
        """Won and lost are judged as any field, but come about by acts of their own."""
        rule = judge.Rule("both", "agreed")
        return Line("status", "won_status", "status", rule)

    def _currency(self, flow, told):
        code = told.get("currency")
        if not code:
            return flow.company_id.currency_id
        known = self.env.context["seam_crm_deal"]["currencies"].get(code)
        if known:
            return known
        raise Fault(
            "master.unknown",
            self.env._("Odoo does not know the currency “%s”, or it is not active.", code),
            pointer="/fields/currency",
            fix=self.env._("Activate it, then retry; or choose what the code means."),
            subject=f"res.currency:{code}",
            extra={
                "missing": {
                    "model": "res.currency",
                    "code": code,
                    "via": "value_map",
                    "name": code,
                }
            },
        )

    def _convert(self, flow, plan, document):
        """Odoo keeps what is expected in the company's currency."""
        currency = plan.extra["currency"]
        for line, value in list(plan.told.items()):
            if line.name == "amount":
                plan.told[line] = currency._convert(
                    value or 0.0,
                    flow.company_id.currency_id,
                    flow.company_id,
                    fields.Date.to_date(document["modified"][:10]),
                )

    def _weigh(self, flow, plans):
        """The same amount at another day's rate is no change of it."""
        ids = {plan.record.id for plan in plans}
        agreements = self.env["seam.crm.agreement"].sudo()
        known = agreements._of(flow.system_id.id, self._bound_model, ids)
        for plan in plans:
            entry = known.get(plan.record.id, ({}, {}))[0].get(MONEY)
            if entry and entry.theirs == money(plan.letter.document):
                for line in [line for line in plan.told if line.name == "amount"]:
                    # what is the CRM's own is set back by what it said before, too
                    if (line.rule.direction, line.rule.owner) != ("both", "theirs"):
                        plan.told.pop(line)
        super()._weigh(flow, plans)

    # -- carry out ---------------------------------------------------------------------

    def _find_new(self, flow, plans):
        for plan in plans:
            if not plan.letter.open:
                continue
            if plan.letter.document.get("deleted") or plan.letter.document.get("archived"):
                plan.letter.done(note=self.env._("Not made: it is archived or deleted there."))
            elif not any(line.odoo == "name" and value for line, value in plan.told.items()):
                plan.letter.refuse(
                    Fault(
                        "business.rule",
                        self.env._("The deal %s is new and has no name.", plan.letter.identity.key),
                        pointer="/fields/name",
                        fix=self.env._("Have the whole record sent, or give it a name there."),
                        subject=f"crm.lead:{plan.letter.identity.key}",
                    )
                )
            elif not self._customer(plan):
                plan.letter.refuse(self._no_customer(plan))

    def _customer(self, plan):
        """:return: the customer that the CRM names, or none"""
        told = (value for line, value in plan.told.items() if line.name == CUSTOMER)
        return next(told, self.env["res.partner"])

    def _forbid(self, flow, plans):
        """The CRM may say that it is for another one, but not for nobody any more."""
        super()._forbid(flow, plans)
        for plan in plans:
            if any(
                line.name == CUSTOMER and verdict == judge.TAKE and not plan.told[line]
                for line, verdict in plan.verdicts.items()
            ):
                plan.letter.refuse(self._no_customer(plan))

    def _no_customer(self, plan):
        return Fault(
            "business.rule",
            self.env._("The deal %s has no customer.", plan.letter.identity.label),
            pointer="/fields/company",
            fix=self.env._("Name the company or the contact in the CRM."),
            subject=f"crm.lead:{plan.letter.identity.key}",
        )

    def _new_values(self, plan):
        company = self._flow([plan.letter]).company_id
        return {"type": "opportunity", "company_id": company.id, "user_id": False}

    def _write_record(self, plan):
        super()._write_record(plan)
        self._end(plan)

    def _end(self, plan):
        """Won, lost, archived and deleted deals end here too."""
        lead, document = plan.record, plan.letter.document
        if document.get("deleted"):
            self._archive(plan, self.env._("It was deleted there, and is archived here."))
        elif document.get("archived"):
            # once: who takes it out of the archive here knows why
            if not self._was_archived(plan):
                self._archive(plan, self.env._("It was archived there."))
        elif self._comes_back(plan):
            lead.active = True
        status = next((v for line, v in plan.told.items() if line.name == "status"), None)
        if plan.verdicts.get(self._status_line()) != judge.TAKE or status == lead.won_status:
            return
        if status == "won":
            lead.action_set_won()
        elif status == "lost":
            self._leave_won(plan)
            lead.action_set_lost()
            if reason := document.get("lost_reason"):
                plan.notes.append(self.env._("Lost: %s", reason))
        else:
            self._reopen(plan)

    def _reopen(self, plan):
        if not plan.record.active:
            plan.record.action_unarchive()
        self._leave_won(plan)

    def _leave_won(self, plan):
        """In Odoo what is in a won stage is neither open nor lost."""
        lead = plan.record
        if lead.stage_id.is_won:
            lead.stage_id = lead._stage_find(domain=[("is_won", "=", False)])
            plan.extra["left"] = True

    def _comes_back(self, plan):
        """Only what the CRM had archived itself: here an archived deal may be a lost one."""
        return self._was_archived(plan) and plan.letter.document.get("archived") is False

    def _was_archived(self, plan):
        known = plan.entries.get("archived")
        return bool(known) and known.theirs == judge.checksum(True)

    def _agreed(self, plan, version):
        entries = super()._agreed(plan, version)
        if "archived" in plan.letter.document:
            mark = judge.checksum(plan.letter.document["archived"])
            entries["archived"] = judge.agree(plan.entries.get("archived"), mark, mark, version)
        if plan.extra.get("left") and "stage" in plan.entries.keys() - entries.keys():
            # nobody chose that stage: the CRM, which does not tell one, is not told of it
            mark = judge.checksum(plan.record.stage_id.id)
            entries["stage"] = plan.entries["stage"]._replace(ours=mark)
        mark, known = money(plan.letter.document), plan.entries.get(MONEY)
        if mark and (known is None or version >= known.version):
            entries[MONEY] = judge.agree(known, mark, mark, version)
        return entries

    def _archive(self, plan, note):
        if plan.record.active:
            plan.record.active = False
            plan.notes.append(note)

    def _tell(self, records, answer=False):
        self.env["seam.handler.crm.deal.out"]._emit(records, "changed", answer=answer)


def money(document):
    """:return: checksum of the amount of a deal as the partner has it; None: it is not told"""
    told = document.get("fields") or {}
    if "amount" not in told:
        return None
    return judge.checksum([float(told["amount"] or 0), told.get("currency")])
