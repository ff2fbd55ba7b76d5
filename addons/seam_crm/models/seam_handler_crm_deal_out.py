from odoo import models

from . import judge
from .const import CUSTOMER
from .lookup import made_there, not_come
from .seam_handler_crm_deal import HISTORY, MONEY, STATUS, money
from .values import comparable

TOLD = {odoo: told for told, odoo in STATUS.items()}
# whom a deal may be for → handlers of flows by which the CRM and Odoo know them
KINDS = {
    name: {f"seam.handler.crm.{name}", f"seam.handler.crm.{name}.out"}
    for name in ("company", "contact")
}
# states of Odoo's stock of which the CRM is told
DELIVERED = ("partial", "full")


class SeamHandlerCrmDealOut(models.AbstractModel):
    """Opportunities to a CRM, and how far their orders have come."""

    _name = "seam.handler.crm.deal.out"
    _inherit = "seam.handler.crm.out"
    _description = "Deals to a CRM"

    _contract = ("crm-deal", "1.0.0")
    _document = "crm-deal"
    _back = "seam.handler.crm.deal"
    _sources = ("crm.lead",)

    def _needs(self):
        return {
            **self.env["seam.handler.crm.deal"]._needs(),
            "sale.order": {
                "amount_total": "monetary",
                "invoice_ids": "many2many",
                "invoice_status": "selection",
                "opportunity_id": "many2one",
                "partner_id": "many2one",
                "state": "selection",
            },
        }

    def _concerns(self, flow, records):
        """Those that the CRM knows; new opportunities where the flow tells of them."""
        records = super()._concerns(flow, records)
        bound = self._bindings(flow, {"crm.lead": set(records.ids)})
        known = set(bound.mapped("res_id"))
        return records.filtered(
            lambda lead: (
                lead.id in known
                or (flow.crm_new and lead.active and lead.type == "opportunity" and lead.partner_id)
            )
        )

    def _build(self, records, topic):
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        partners = records.partner_id | records.commercial_partner_id
        found = self._bindings(flow, {"res.partner": set(partners.ids)})
        known = {binding.res_id: binding.external_id for binding in found}
        running = self._running(flow)
        handler = self.with_context(
            seam_crm_customers=known,
            seam_crm_awaited=self._awaited(running, partners),
            seam_crm_kinds=[name for name in KINDS if KINDS[name] & set(running.mapped("handler"))],
        )
        return super(SeamHandlerCrmDealOut, handler)._build(records, topic)

    def _running(self, flow):
        """:return: flows of companies and contacts of the same system, in both directions"""
        return (
            self.env["seam.flow"]
            .sudo()
            .search(
                [
                    ("system_id", "=", flow.system_id.id),
                    ("handler", "in", list(set().union(*KINDS.values()))),
                    ("state", "in", ("active", "paused", "blocked")),
                ]
            )
        )

    def _awaited(self, running, partners):
        """:return: ids of the partners of whom the CRM is told by flows of their own"""
        awaited = set()
        for told in running.filtered(lambda flow: flow.direction == "out" and flow.crm_new):
            awaited |= set(self.env[told.handler]._concerns(told, partners.sudo()).ids)
        return awaited

    def _changes(self, record, lines, entries, ids):
        others = [line for line in lines if line.name != CUSTOMER]
        content = super()._changes(record, others, entries, ids)
        if "amount" in content.get("fields", {}):
            content["fields"]["currency"] = record.company_currency.name
        if told := self._customer_told(record, lines, entries):
            content.setdefault("fields", {}).update(told)
        status, orders = comparable("status", record.won_status), self._orders(record)
        if self._is_news(entries.get("status"), status, None):
            content["status"] = TOLD[status or "pending"]
        if self._is_news(entries.get("orders"), orders, []):
            content["orders"] = orders
        return content

    def _is_news(self, entry, value, nothing):
        if entry is None:
            return value != nothing
        return entry.ours != judge.checksum(value)

    def _customer_told(self, lead, lines, entries):
        """
        :return: dict of the company and the contact of which the CRM is told: of a new deal,
            and where somebody chose another customer here
        :raise Fault: it is to be told of them first
        """
        if not entries:
            return self._customer(lead)
        if not any(line.name == CUSTOMER for line in self._told(lead, lines)):
            return {}
        mine, entry = self._nearest(lead).id or None, entries.get(CUSTOMER)
        if entry.ours == judge.checksum(mine) if entry else not mine:
            return {}
        told = self._customer(lead)
        if entry and mine and not told:
            raise self._customer_not_there(lead.partner_id)
        # who was the customer before is it no more
        kinds = self.env.context["seam_crm_kinds"] if told or entry else ()
        return {**dict.fromkeys(kinds), **told}

    def _nearest(self, lead):
        """:return: the customer; his company, where the CRM never hears of himself"""
        heard_of = (
            self.env.context["seam_crm_customers"].keys() | self.env.context["seam_crm_awaited"]
        )
        each = lead.partner_id | lead.commercial_partner_id
        return each.filtered(lambda partner: partner.id in heard_of)[:1] or lead.partner_id

    def _customer(self, lead):
        """:return: dict of the company and the contact, as far as the CRM knows them
        :raise Fault: it is to be told of them first
        """
        known = self.env.context["seam_crm_customers"]
        told = {}
        for partner in lead.partner_id | lead.commercial_partner_id:
            if partner.id not in known and partner.id in self.env.context["seam_crm_awaited"]:
                raise self._customer_not_there(partner)
            if partner.id in known:
                name = "company" if partner.is_company else "contact"
                told[name] = {"id": known[partner.id], "name": partner.display_name[:500]}
        return told

    def _customer_not_there(self, partner):
        """A deal that was told without its customer would stay without."""
        return not_come(
            self.env._("The CRM does not have the customer %s yet.", partner.display_name),
            "/fields/company" if partner.is_company else "/fields/contact",
            self.env._(
                "It goes on by itself when the CRM has him. Look whether what the CRM says of the "
                "customer, or is told of him, is held up itself."
            ),
            made_there(partner._name, partner.id),
        )

    def _orders(self, lead):
        return [
            {
                "number": order.name,
                "state": self._state(order),
                "amount": order.amount_total,
                "currency": order.currency_id.name,
                **self._delivery(order),
            }
            for order in lead.order_ids.sorted("id")
        ]

    def _delivery(self, order):
        """How far the goods are out, where Odoo's stock says so."""
        status = "delivery_status" in order._fields and order.delivery_status
        return {"delivery": status} if status in DELIVERED else {}

    def _state(self, order):
        if order.state != "sale":
            return {"draft": "quotation", "cancel": "cancelled"}.get(order.state, "sent")
        if not self._is_invoiced(order):
            return "confirmed"
        posted = order.invoice_ids.filtered(lambda move: move.state == "posted")
        paid = posted and all(move.payment_state in ("paid", "in_payment") for move in posted)
        return "paid" if paid else "invoiced"

    def _is_invoiced(self, order):
        """All of it: also by a down payment of all of it, of which Odoo says that nothing is
        invoiced until the goods are delivered."""
        if order.invoice_status == "invoiced" and "draft" not in order.invoice_ids.mapped("state"):
            return True
        total = order.amount_total
        return total > 0 and order.currency_id.compare_amounts(order.amount_invoiced, total) >= 0

    def _sent(self, lookup, record, document):
        told = super()._sent(lookup, record, document)
        if "status" in document:
            told["status"] = judge.checksum(comparable("status", STATUS[document["status"]]))
            told[HISTORY] = judge.checksum(False)
        if mark := money(document):
            told[MONEY] = mark
        if "orders" in document:
            # as it was built: what was sent is read again with exact numbers
            orders = [{**order, "amount": float(order["amount"])} for order in document["orders"]]
            told["orders"] = judge.checksum(orders)
        return told
