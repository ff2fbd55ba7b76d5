from decimal import Decimal

from odoo import models

from odoo.addons.seam.engine.fault import Fault

from . import money
from .seam_handler_sale_order import Plan


class SeamHandlerSalePlan(models.AbstractModel):
    """Understand documents: what each line means here, before anything is written."""

    _inherit = "seam.handler.sale.order"

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
            lookup.payment_method(document),
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
