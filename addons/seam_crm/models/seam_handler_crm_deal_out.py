from odoo import models

from odoo.addons.seam.engine.fault import Fault

from . import judge
from .seam_handler_crm_deal import MONEY, STATUS, money
from .values import comparable

TOLD = {odoo: told for told, odoo in STATUS.items()}
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
        handler = self.with_context(
            seam_crm_customers=known, seam_crm_awaited=self._awaited(flow, partners)
        )
        return super(SeamHandlerCrmDealOut, handler)._build(records, topic)

    def _awaited(self, flow, partners):
        """:return: ids of the partners of whom the CRM is told by flows of their own"""
        telling = (
            self.env["seam.flow"]
            .sudo()
            .search(
                [
                    ("system_id", "=", flow.system_id.id),
                    (
                        "handler",
                        "in",
                        ("seam.handler.crm.company.out", "seam.handler.crm.contact.out"),
                    ),
                    ("state", "in", ("active", "paused", "blocked")),
                    ("crm_new", "=", True),
                ]
            )
        )
        awaited = set()
        for told in telling:
            awaited |= set(self.env[told.handler]._concerns(told, partners.sudo()).ids)
        return awaited

    def _changes(self, record, lines, entries, ids):
        content = super()._changes(record, lines, entries, ids)
        if "amount" in content.get("fields", {}):
            content["fields"]["currency"] = record.company_currency.name
        if not entries:
            content.setdefault("fields", {}).update(self._customer(record))
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
        return Fault(
            "order.predecessor",
            self.env._("The CRM does not have the customer %s yet.", partner.display_name),
            fix=self.env._(
                "It is tried again. Look whether what the CRM says of the customer, or is told of "
                "him, is held up itself."
            ),
            subject=f"res.partner:{partner.id}",
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
        if order.invoice_status != "invoiced" or "draft" in order.invoice_ids.mapped("state"):
            return "confirmed"
        posted = order.invoice_ids.filtered(lambda move: move.state == "posted")
        paid = posted and all(move.payment_state in ("paid", "in_payment") for move in posted)
        return "paid" if paid else "invoiced"

    def _sent(self, lookup, record, document):
        told = super()._sent(lookup, record, document)
        if "status" in document:
            told["status"] = judge.checksum(comparable("status", STATUS[document["status"]]))
        if mark := money(document):
            told[MONEY] = mark
        if "orders" in document:
            # as it was built: what was sent is read again with exact numbers
            orders = [{**order, "amount": float(order["amount"])} for order in document["orders"]]
            told["orders"] = judge.checksum(orders)
        return told
