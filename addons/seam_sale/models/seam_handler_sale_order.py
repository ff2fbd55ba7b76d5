from datetime import datetime, timezone
from typing import Any, NamedTuple

from odoo import models

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from .customers import Customers
from .lookup import Lookup
from .lookup_products import product_codes
from .once import ONCE, QUIET, Once

RELEASED = ("confirmed", "completed")
ENDED = ("cancelled", "refunded", "deleted")


def moment(text):
    """:return: naive datetime in UTC of an RFC 3339 text"""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed.astimezone(timezone.utc).replace(tzinfo=None)


class Plan(NamedTuple):
    """What an order is to become, before anything is written.

    :ivar payment_method: ``account.payment.method.line`` or None
    :ivar lines: list of values of ``sale.order.line``
    """

    letter: Any
    document: dict
    currency: Any
    pricelist: Any
    payment_method: Any
    lines: list


class SeamHandlerSaleOrder(models.AbstractModel):
    """Sales orders: a document is a state of an order, and the newest counts.

    All that may be wrong is found before anything is written, so that a batch is
    seldom halved. This file reads as the way of a batch; its steps are told in
    ``seam_handler_sale_plan.py`` (understand), ``…_total.py`` (prove the total),
    ``…_new.py`` (make and confirm) and ``…_change.py`` (what becomes of known orders).
    """

    _name = "seam.handler.sale.order"
    _inherit = "seam.handler"
    _description = "Sales orders"

    _contract = ("sale-order", "1.0.0")
    _bound_model = "sale.order"
    _creates = ("sale.order", "sale.order.line", "res.partner")

    def _identify(self, document):
        version = None
        if document.get("modified"):
            changed = moment(document["modified"]).replace(tzinfo=timezone.utc)
            version = int(changed.timestamp()) * 1_000_000 + changed.microsecond
        number = document.get("number") or document["id"]
        return Identity(
            key=document["id"],
            version=version,
            correlation=f"sale-order/{document['id']}",
            label=self.env._("Order %s", number),
            touches=self._codes(document),
        )

    def _codes(self, document):
        """Codes of the products whose stock the order reserves."""
        lines = (line for line in document.get("lines", ()) if line["kind"] == "product")
        return tuple(sorted({codes[0] for line in lines if (codes := product_codes(line))}))

    def _contended(self, flow_id, codes):
        """Goods that are reserved with the confirmation: services have no stock."""
        if self.env["seam.flow"].sudo().browse(flow_id).sale_reservation == "deferred":
            return set()
        Product = self.env["product.product"].sudo()
        free = Product.search_fetch(
            [("default_code", "in", list(codes)), ("is_storable", "=", False)],
            ["default_code"],
        )
        return codes - set(free.mapped("default_code"))

    def _needs(self):
        return {
            "sale.order": {
                "amount_total": "monetary",
                "client_order_ref": "char",
                "company_id": "many2one",
                "currency_id": "many2one",
                "date_order": "datetime",
                "locked": "boolean",
                "order_line": "one2many",
                "origin": "char",
                "partner_id": "many2one",
                "partner_invoice_id": "many2one",
                "partner_shipping_id": "many2one",
                "picking_ids": "one2many",
                "preferred_payment_method_line_id": "many2one",
                "pricelist_id": "many2one",
                "reference": "char",
                "state": "selection",
                "team_id": "many2one",
                "user_id": "many2one",
                "warehouse_id": "many2one",
            },
            "sale.order.line": {
                "discount": "float",
                "display_type": "selection",
                "name": "text",
                "order_id": "many2one",
                "price_total": "monetary",
                "price_unit": "float",
                "product_id": "many2one",
                "product_uom_id": "many2one",
                "product_uom_qty": "float",
                "qty_delivered": "float",
                "qty_invoiced": "float",
                "sequence": "integer",
                "tax_ids": "many2many",
                "technical_price_unit": "float",
            },
            "res.partner": {
                "city": "char",
                "company_id": "many2one",
                "country_id": "many2one",
                "email": "char",
                "email_normalized": "char",
                "is_company": "boolean",
                "name": "char",
                "parent_id": "many2one",
                "phone": "char",
                "state_id": "many2one",
                "street": "char",
                "street2": "char",
                "type": "selection",
                "vat": "char",
                "zip": "char",
            },
            "product.product": {
                "barcode": "char",
                "default_code": "char",
                "type": "selection",
                "uom_id": "many2one",
            },
            "account.tax": {
                "amount": "float",
                "amount_type": "selection",
                "price_include": "boolean",
                "type_tax_use": "selection",
            },
        }

    def _impact(self, document):
        customer = document.get("customer") or {}
        billing = document.get("billing") or {}
        return {
            "amount": float((document.get("totals") or {}).get("total") or 0),
            "currency": document.get("currency"),
            "customer": billing.get("company") or billing.get("name") or customer.get("email"),
        }

    # -- apply -------------------------------------------------------------------------

    def _apply(self, letters):
        handler = self.with_context(**QUIET, **{ONCE: Once()})
        flow = self._flow(letters)
        known = handler._known_orders(letters)
        handler._drop_ended(letters, known)
        full = [x for x in letters if x.open and x.document["status"] not in ENDED]
        documents = [x.document for x in full]
        lookup = Lookup(handler.env, flow, documents)
        customers = Customers(handler.env, lookup, [x.document for x in full if x not in known])
        plans = handler._plans(full, known, lookup, customers)
        handler._apply_known(letters, plans, known, customers, flow)
        handler._apply_new([p for p in plans if p.letter.open], customers, flow)

    def _flow(self, letters):
        message = self.env["seam.message"].sudo().browse(letters[0].message_id)
        return message.flow_id

    def _known_orders(self, letters):
        """:return: dict letter → order that exists in Odoo"""
        bound = {x: x.binding.res_id for x in letters if x.binding}
        alive = self.env["sale.order"].browse(bound.values()).exists()
        orders = {}
        for letter, res_id in bound.items():
            order = self.env["sale.order"].browse(res_id)
            if order in alive:
                orders[letter] = order
            else:
                letter.refuse(self._gone(letter))
        return orders

    def _drop_ended(self, letters, known):
        """An order that was over before it came here is not made, then or later."""
        new = [x for x in letters if x.open and x not in known]
        ended = self._ended_before(new)
        for letter in new:
            if letter.document["status"] in ENDED:
                letter.done(note=self.env._("Not made: it was over before it came here."))
                continue
            version, received_at = ended.get(letter.identity.key, (None, None))
            stale = (
                letter.identity.version <= version
                if version
                else (received_at and moment(letter.document["modified"]) <= received_at)
            )
            if stale:
                letter.supersede(self.env._("This order was over before it came here."))

    def _ended_before(self, letters):
        """Messages that ended an order of which nothing had come yet.

        :return: dict key → (version or None, received at)
        """
        keys = [letter.identity.key for letter in letters]
        if not keys:
            return {}
        self.env.cr.execute(
            """
            SELECT m.ordering_key, m.version, m.received_at
              FROM seam_message m
              JOIN seam_message me ON me.id = %s AND me.flow_id = m.flow_id
             WHERE m.ordering_key = ANY(%s) AND m.state = 'done' AND m.res_id IS NULL
             ORDER BY m.id
            """,
            [letters[0].message_id, keys],
        )
        return {key: (version, at) for key, version, at in self.env.cr.fetchall()}

    def _gone(self, letter):
        return Fault(
            "order.conflict",
            self.env._("%s was deleted in Odoo.", letter.identity.label),
            fix=self.env._(
                "Discard the message; or have an administrator remove the order's "
                "binding, then retry: the order is made anew."
            ),
            subject=f"order:{letter.identity.key}",
        )
