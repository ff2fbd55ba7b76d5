from odoo import api, models

from odoo.addons.seam.engine.fault import Fault

from . import batch, judge
from .matching import Matches, rough_keys
from .own import fold
from .seam_crm_field import ADDRESS

OPEN = [
    "|",
    ("state", "in", ("draft", "sent")),
    "&",
    ("state", "=", "sale"),
    ("invoice_status", "!=", "invoiced"),
]


class SeamHandlerCrmPartner(models.AbstractModel):
    """What companies and contacts of a CRM share."""

    _name = "seam.handler.crm.partner"
    _inherit = "seam.handler.crm"
    _description = "Companies and contacts of a CRM"

    _bound_model = "res.partner"
    _creates = ("res.partner",)
    _is_company = False

    def _needs(self):
        return {
            "res.partner": {
                "active": "boolean",
                "city": "char",
                "comment": "html",
                "company_id": "many2one",
                "country_id": "many2one",
                "email": "char",
                "email_normalized": "char",
                "function": "char",
                "is_company": "boolean",
                "name": "char",
                "parent_id": "many2one",
                "phone": "char",
                "phone_sanitized": "char",
                "state_id": "many2one",
                "street": "char",
                "street2": "char",
                "type": "selection",
                "user_id": "many2one",
                "vat": "char",
                "website": "char",
                "zip": "char",
            },
            "sale.order": {"invoice_status": "selection", "state": "selection"},
        }

    def _touches(self, document):
        told = document.get("fields") or {}
        keys = rough_keys(told, self._is_company)
        return tuple(sorted(f"{sort}:{judge.checksum(value)}" for sort, value in keys))

    def _may_be(self, partner):
        return partner.is_company == self._is_company

    def _is_alike(self, flow, partner, document):
        mail = fold((document.get("fields") or {}).get("email"))
        return super()._is_alike(flow, partner, document) or (
            bool(mail) and mail == fold(partner.email)
        )

    # -- the address of who belongs to a company ---------------------------------------

    def _skipped(self, plan):
        """Who belongs to a company has its address: what the CRM says of its own would
        overwrite the company's in Odoo."""
        return self._address(plan) if self._belongs(plan) else []

    def _address(self, plan):
        return [line for line in plan.told if line.name in ADDRESS]

    def _parent(self, plan):
        """:return: Line of the company that the document tells, or None"""
        return next((line for line in plan.told if line.odoo == "parent_id"), None)

    def _belongs(self, plan):
        """:return: whether the record belongs to a company once the plan is carried out"""
        line = self._parent(plan)
        if line and (not plan.record or plan.verdicts[line] == judge.TAKE):
            return bool(plan.told[line])
        return bool(plan.record.parent_id)

    def _as_met(self, plan, agreement):
        """Who leaves a company has an address of its own again: the CRM's counts. Where it was
        in Odoo that somebody left, and the CRM has none, the one in Odoo stays, and is told.
        """
        entries, changed = agreement
        line, address = self._parent(plan), self._address(plan)
        if entries and line and not plan.told[line] and plan.record.parent_id:
            plan.extra["left"] = self._copied(plan)
            return {**entries, **plan.extra["left"]}, changed
        names = [each.name for each in address if entries.get(each.name) == judge.MEETS]
        if any(plan.told[each] for each in address):
            copied = self._copied(plan) if names else {}
            met = {name: copied[name] for name in names}
        else:
            met = dict.fromkeys(names, judge.Entry("", judge.checksum(None)))
        return {**entries, **met}, changed

    def _copied(self, plan):
        """:return: dict field → Entry by which nobody is told the address of a company that
        somebody left, and any other of theirs is news"""
        flow = self._flow([plan.letter])
        lines = self.env["seam.crm.field"]._lines(flow.system_id.id, self._document)
        return {
            line.name: judge.Entry(
                judge.checksum(batch.comparable(line.kind, plan.record[line.odoo])), ""
            )
            for line in lines
            if line.name in ADDRESS
        }

    def _agreed(self, plan, version):
        agreed = super()._agreed(plan, version)
        left = {} if plan.record.parent_id else plan.extra.get("left", {})
        return {**left, **agreed}

    # -- new ones ----------------------------------------------------------------------

    def _find_new(self, flow, plans):
        plans = [plan for plan in plans if plan.letter.open and self._is_wanted(plan)]
        told = {plan.letter.identity.key: plan.told for plan in plans}
        matches = Matches(self.env, flow, self._is_company, told)
        for plan in plans:
            try:
                partner = matches.of(plan.letter.document)
            except Fault as fault:
                if fault.code == "order.predecessor" and len(plans) > 1:
                    raise
                plan.letter.refuse(fault)
                continue
            if partner:
                plan.record = partner
                plan.notes.append(
                    self.env._(
                        "Found by its e-mail address; it is %s there.", plan.letter.identity.key
                    )
                )
            elif not self._name_of(plan):
                plan.letter.refuse(self._nameless(plan))
        return plans

    def _is_wanted(self, plan):
        """What is gone or put away before it came here is not made."""
        document = plan.letter.document
        if document.get("deleted") or document.get("archived"):
            plan.letter.done(note=self.env._("Not made: it is archived or deleted there."))
            return False
        return True

    def _name_of(self, plan):
        return next((v for line, v in plan.told.items() if line.odoo == "name"), None)

    def _nameless(self, plan):
        return Fault(
            "business.rule",
            self.env._("%s is new and has no name.", plan.letter.identity.label),
            pointer="/fields/name",
            fix=self.env._("Have the whole record sent, or give it a name there."),
            subject=f"res.partner:{plan.letter.identity.key}",
        )

    def _new_values(self, plan):
        return {"is_company": self._is_company, "type": "contact"}

    @api.model
    def _make_apart(self, case, messages):
        """A person says that the CRM's record is none of those in Odoo: it is made, with
        the service user's rights, and bound; the message then fills it."""
        flow = case.flow_id.sudo()
        documents = [doc for message in messages[:1] for doc in message.sudo()._documents()]
        name = next((doc.get("fields", {}).get("name") for doc in documents), None)
        partners = self.env["res.partner"].with_user(flow.system_id.user_id)
        partner = partners.with_context(seam_origin=flow.system_id.id).create(
            {
                "name": name or case.missing_name or case.missing_code,
                "is_company": self._is_company,
            }
        )
        bindings = self.env["seam.binding"].sudo()
        bindings._bind(flow.system_id.id, {case.missing_code: partner})

    def _forbid(self, flow, plans):
        """Who has open orders is not archived by somebody who cannot know of them."""
        ending = [plan for plan in plans if self._ends(plan)]
        if not ending:
            return
        ids = [plan.record.id for plan in ending]
        orders = self.env["sale.order"].sudo()
        orders = orders.search_fetch([("partner_id", "in", ids), *OPEN], ["name", "partner_id"])
        found = {partner.id: group for partner, group in orders.grouped("partner_id").items()}
        for plan in ending:
            if plan.record.id in found:
                plan.letter.refuse(self._in_use(plan, found[plan.record.id]))
            elif plan.letter.document.get("deleted"):
                plan.notes.append(self.env._("It was deleted there, and is archived here."))
            else:
                plan.notes.append(self.env._("It was archived there."))

    def _ends(self, plan):
        return any(
            line.kind == "archived" and verdict == judge.TAKE and plan.told[line] is False
            for line, verdict in plan.verdicts.items()
        )

    def _in_use(self, plan, orders):
        return Fault(
            "business.rule",
            self.env._(
                "%(name)s was archived or deleted there, and has open orders here: %(orders)s.",
                name=plan.record.display_name,
                orders=", ".join(orders[:5].mapped("name")),
            ),
            pointer="/deleted" if plan.letter.document.get("deleted") else "/archived",
            fix=self.env._(
                "Finish or cancel the orders, then retry; or discard this, and the contact stays."
            ),
            subject=f"res.partner:{plan.letter.identity.key}",
        )

    def _tell(self, records, answer=False):
        self.env["seam.handler.crm.company.out"]._tell_partners(records, answer)


class SeamHandlerCrmCompany(models.AbstractModel):
    _name = "seam.handler.crm.company"
    _inherit = "seam.handler.crm.partner"
    _description = "Companies of a CRM"

    _contract = ("crm-company", "1.0.0")
    _document = "crm-company"
    _is_company = True


class SeamHandlerCrmContact(models.AbstractModel):
    _name = "seam.handler.crm.contact"
    _inherit = "seam.handler.crm.partner"
    _description = "Contacts of a CRM"

    _contract = ("crm-contact", "1.0.0")
    _document = "crm-contact"
