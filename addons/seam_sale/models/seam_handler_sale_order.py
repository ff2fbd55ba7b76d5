from datetime import datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from odoo import models
from odoo.fields import Command

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from . import money
from .customers import Customers
from .lookup import Lookup

# Nobody is notified by e-mail, and lines of tracking are not written.
QUIET = {
    "mail_notrack": True,
    "mail_create_nosubscribe": True,
    "mail_auto_subscribe_no_notify": True,
    "seam_keep_date": True,
}
RELEASED = ("confirmed", "completed")
ENDED = ("cancelled", "refunded", "deleted")


def moment(text):
    """:return: naive datetime in UTC of an RFC 3339 text"""
    parsed = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return parsed.astimezone(timezone.utc).replace(tzinfo=None)


class Plan(NamedTuple):
    """What an order is to become, before anything is written.

    :ivar lines: list of values of ``sale.order.line``
    """

    letter: Any
    document: dict
    currency: Any
    pricelist: Any
    lines: list


class SeamHandlerSaleOrder(models.AbstractModel):
    """Sales orders: a document is a state of an order, and the newest counts.

    All that may be wrong is found before anything is written (``_plan``), so that a
    batch is seldom halved. ``_create_orders`` makes and confirms the new orders of a
    batch together; ``seam_handler_sale_change.py`` tells what becomes of known ones.
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
        )

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
        handler = self.with_context(**QUIET)
        flow = self._flow(letters)
        known = handler._known_orders(letters)
        handler._drop_ended(letters, known)
        full = [x for x in letters if x.open and x.document["status"] not in ENDED]
        documents = [x.document for x in full]
        lookup = Lookup(handler.env, flow, documents)
        customers = Customers(
            handler.env, lookup, [x.document for x in full if x not in known]
        )
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
            stale = letter.identity.version <= version if version else (
                received_at and moment(letter.document["modified"]) <= received_at
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

    # -- plan --------------------------------------------------------------------------

    def _plans(self, letters, known, lookup, customers):
        """Understand each document; one that cannot be is refused."""
        plans = []
        for letter in letters:
            if not letter.open:
                continue
            try:
                plan = self._plan(letter, lookup)
                if letter not in known:
                    customers.check(letter.document)
                plans.append(plan)
            except Fault as fault:
                letter.refuse(fault)
        return plans

    def _plan(self, letter, lookup):
        document = letter.document
        currency = lookup.currency(document)
        plan = Plan(
            letter,
            document,
            currency,
            lookup.pricelist(currency),
            self._plan_lines(document, lookup),
        )
        lookup.country(document["billing"], "/billing")
        if document.get("shipping"):
            lookup.country(document["shipping"], "/shipping")
        self._check_total(plan, lookup.company)
        return plan

    def _plan_lines(self, document, lookup):
        seen, lines = set(), []
        for number, line in enumerate(document["lines"]):
            if line["id"] in seen:
                raise Fault(
                    "mapping.failed",
                    self.env._("Two lines have the id %s.", line["id"]),
                    pointer=f"/lines/{number}/id",
                    subject=f"order:{document['id']}",
                )
            seen.add(line["id"])
            values = self._prepare_line(document, line, f"/lines/{number}", lookup)
            lines.append({**values, "sequence": 10 + number})
        return lines + self._note_lines(document)

    def _prepare_line(self, document, line, pointer, lookup):
        """:return: values of ``sale.order.line``; ``tax_ids`` is a recordset still"""
        product = lookup.product(line, f"{pointer}/product")
        taxes = {
            tax["code"]: lookup.tax(document, tax["code"], f"{pointer}/taxes/{number}")
            for number, tax in enumerate(line.get("taxes", ()))
        }
        included = {code for code, tax in taxes.items() if tax.price_include}
        subtotal, total = money.line_amounts(line, included)
        quantity = self._quantity(line, pointer)
        price, discount = money.unit_price(subtotal, total, quantity, self._digits("Discount"))
        name = line["name"]
        if subtotal > total and not discount:
            name += "\n" + self.env._("A discount of %s is in the price.", f"{subtotal - total:f}")
        return {
            "seam_line_key": line["id"],
            "product_id": product.id,
            "name": name,
            "product_uom_qty": float(quantity),
            "product_uom_id": lookup.unit(line, product, pointer).id,
            "price_unit": float(price),
            # other than the price: Odoo then takes it for one that is not to be
            # computed anew when the quantity changes
            "technical_price_unit": 0.0 if price else -1.0,
            "discount": float(discount),
            "tax_ids": self.env["account.tax"].concat(*taxes.values()),
        }

    def _digits(self, usage):
        return self.env["decimal.precision"].precision_get(usage)

    def _quantity(self, line, pointer):
        """:raise Fault: Odoo would round it"""
        quantity = Decimal(str(line["quantity"]))
        digits = self._digits("Product Unit")
        if quantity != quantity.quantize(Decimal(1).scaleb(-digits)):
            raise Fault(
                "business.rule",
                self.env._(
                    "Odoo counts with %(digits)s decimals; %(quantity)s of %(name)s has more.",
                    digits=digits,
                    quantity=quantity,
                    name=line["name"],
                ),
                pointer=f"{pointer}/quantity",
                fix=self.env._("Raise the decimal accuracy of “Product Unit”, then retry."),
                subject="quantity digits",
            )
        return quantity

    def _note_lines(self, document):
        """What the shop says besides, as notes below the lines."""
        notes = [
            (
                f"coupon:{coupon['code']}",
                self.env._("Coupon %s", coupon["code"])
                + (f": {coupon['amount']}" if coupon.get("amount") else ""),
            )
            for coupon in document.get("coupons", ())
        ]
        if document.get("note"):
            notes.append(("note", self.env._("Customer's note: %s", document["note"])))
        return [
            {
                "seam_line_key": key,
                "display_type": "line_note",
                "name": text,
                "sequence": 10 + len(document["lines"]) + number,
            }
            for number, (key, text) in enumerate(dict(notes).items())
        ]

    # -- total -------------------------------------------------------------------------

    def _check_total(self, plan, company):
        """Compute the order as Odoo will, before it is written.

        :raise Fault: ``total.mismatch``; nothing is ever adjusted to make it fit
        """
        Tax = self.env["account.tax"]
        lines = self._base_lines(plan)
        Tax._add_tax_details_in_base_lines(lines, company)
        Tax._round_base_lines_tax_details(lines, company)
        computed = Tax._get_tax_totals_summary(
            base_lines=lines, currency=plan.currency, company=company
        )
        difference = self._difference(plan, computed["total_amount_currency"])
        if difference:
            raise self._mismatch(plan, company, difference, computed)

    def _base_lines(self, plan):
        return [
            self.env["account.tax"]._prepare_base_line_for_taxes_computation(
                {},
                tax_ids=line["tax_ids"],
                quantity=line["product_uom_qty"],
                price_unit=line["price_unit"],
                discount=line["discount"],
                currency_id=plan.currency,
                product_id=self.env["product.product"].browse(line["product_id"]),
            )
            for line in plan.lines
            if not line.get("display_type")
        ]

    def _difference(self, plan, total):
        """:return: Odoo's total less the shop's, as an exact Decimal"""
        cent = Decimal(1).scaleb(-plan.currency.decimal_places)
        return Decimal(str(total)).quantize(cent) - money.amount(plan.document["totals"]["total"])

    def _mismatch(self, plan, company, difference, computed):
        document = plan.document
        total = money.amount(document["totals"]["total"])
        return Fault(
            "total.mismatch",
            self.env._(
                "%(order)s costs %(shop)s %(currency)s in the shop and %(odoo)s here: "
                "%(difference)s. %(where)s",
                order=plan.letter.identity.label,
                shop=f"{total:f}",
                odoo=f"{total + difference:f}",
                currency=plan.currency.name,
                difference=f"{difference:+f}",
                where=self._where(plan, company, computed),
            ),
            pointer="/totals/total",
            fix=self._mismatch_fix(plan, company),
            subject=f"order:{document['id']}",
        )

    def _where(self, plan, company, computed):
        """Say which lines differ, or else the taxes, or that the shop's own sum does."""
        places = []
        for number, (line, base) in enumerate(
            zip(plan.document["lines"], self._base_lines(plan), strict=True), 1
        ):
            shop = money.amount(line["total"]) + sum(
                money.amount(tax["total"]) for tax in line.get("taxes", ())
            )
            here = self._alone(base, company)
            if here != shop:
                places.append(
                    self.env._(
                        "line %(number)s (%(name)s): %(shop)s there, %(here)s here",
                        number=number,
                        name=line["name"][:60],
                        shop=f"{shop:f}",
                        here=f"{here:f}",
                    )
                )
        if places:
            return self.env._("Look at %s.", "; ".join(places[:5]))
        summed = money.document_sum(plan.document)
        if summed != money.amount(plan.document["totals"]["total"]):
            return self.env._("The shop's own lines add up to %s.", f"{summed:f}")
        return self.env._(
            "Each line agrees; the tax on all of them is %s here.",
            f"{computed['tax_amount_currency']:.2f}",
        )

    def _alone(self, base_line, company):
        """:return: a line's amount with tax when it is rounded by itself, Decimal"""
        Tax = self.env["account.tax"]
        Tax._add_tax_details_in_base_line(base_line, company)
        Tax._round_base_lines_tax_details([base_line], company)
        digits = base_line["currency_id"].decimal_places
        total = base_line["tax_details"]["total_included_currency"]
        return Decimal(str(total)).quantize(Decimal(1).scaleb(-digits))

    def _mismatch_fix(self, plan, company):
        alone = sum(self._alone(base, company) for base in self._base_lines(plan))
        if (
            company.tax_calculation_rounding_method == "round_globally"
            and alone == money.amount(plan.document["totals"]["total"])
        ):
            return self.env._(
                "The shop rounds the tax of each line, Odoo the sum of it. Set Round per "
                "Line in the accounting settings, or round at subtotal in the shop."
            )
        return self.env._(
            "Compare tax rates and prices of shop and Odoo; correct the order in the "
            "shop, or the mapping of its taxes, and retry."
        )

    # -- new orders ----------------------------------------------------------------------

    def _apply_new(self, plans, customers, flow):
        """Make the new orders of a batch in one create, and confirm them in one go."""
        if not plans:
            return
        customers.create_missing([plan.document for plan in plans])
        orders = self.env["sale.order"].create(
            [self._prepare_order(plan, customers, flow) for plan in plans]
        )
        for plan, order in zip(plans, orders, strict=True):
            self._check_written(plan, order)
        self._confirm(
            orders.browse(
                order.id
                for plan, order in zip(plans, orders, strict=True)
                if self._is_released(plan.document, flow)
            ),
            flow,
        )
        for plan, order in zip(plans, orders, strict=True):
            plan.letter.done(order, memory=self._memory(plan.document))

    def _prepare_order(self, plan, customers, flow):
        """:return: values of ``sale.order``"""
        document = plan.document
        partner, invoice, delivery = customers.of(document)
        payment = document.get("payment") or {}
        values = {
            "company_id": flow.company_id.id,
            "partner_id": partner.id,
            "partner_invoice_id": invoice.id,
            "partner_shipping_id": delivery.id,
            "pricelist_id": plan.pricelist.id,
            "client_order_ref": document["number"],
            "origin": f"{flow.system_id.name} {document['number']}",
            "reference": payment.get("transaction") or False,
            "date_order": moment(document["date"]),
            "user_id": self._salesperson(partner, flow),
            "order_line": [Command.create(self._writable(line)) for line in plan.lines],
            **self._payment_values(document),
        }
        if flow.sale_team_id:
            values["team_id"] = flow.sale_team_id.id
        if flow.sale_warehouse_id:
            values["warehouse_id"] = flow.sale_warehouse_id.id
        return values

    def _salesperson(self, partner, flow):
        return (
            flow.sale_user_id.id
            or partner.user_id.id
            or partner.commercial_partner_id.user_id.id
            or False
        )

    def _payment_values(self, document):
        payment = document.get("payment") or {}
        return {
            "seam_payment_state": payment.get("state") or False,
            "seam_payment_method": payment.get("name") or payment.get("method") or False,
        }

    def _writable(self, line):
        if "tax_ids" not in line:
            return line
        return {**line, "tax_ids": [Command.set(line["tax_ids"].ids)]}

    def _check_written(self, plan, order):
        """What was computed beforehand must be what was written, in amount and currency."""
        difference = self._difference(plan, order.amount_total)
        if difference or order.currency_id != plan.currency:
            raise self._mismatch(
                plan, order.company_id, difference, {"tax_amount_currency": order.amount_tax}
            )

    def _is_released(self, document, flow):
        if document["status"] in ENDED or flow.sale_confirm == "never":
            return False
        return flow.sale_confirm == "always" or document["status"] in RELEASED

    def _confirm(self, orders, flow):
        if not orders:
            return
        later = flow.sale_reservation == "deferred"
        orders.with_context(seam_reserve_later=later).action_confirm()
        if later:
            orders._seam_reserve_later()
