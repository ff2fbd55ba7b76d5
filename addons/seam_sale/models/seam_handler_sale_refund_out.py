from decimal import Decimal

from odoo import models

from odoo.addons.seam.engine.fault import Fault

from .shipments import number


class SeamHandlerSaleRefundOut(models.AbstractModel):
    """Credit notes for orders of a shop: each is told once.

    What the shop itself refunded is not told back, see ``account_move.py``.
    """

    _name = "seam.handler.sale.refund.out"
    _inherit = "seam.handler.sale.back"
    _description = "Credit notes for a shop's orders"

    _contract = ("sale-refund-out", "1.0.0")
    _sources = ("account.move",)

    def _needs(self):
        return {
            "account.move": {
                "amount_total": "monetary",
                "invoice_date": "date",
                "ref": "char",
                "state": "selection",
            },
            "account.move.line": {"quantity": "float", "sale_line_ids": "many2many"},
        }

    def _orders(self, records):
        return records.sudo().line_ids.sale_line_ids.order_id

    def _concerns(self, flow, records):
        """Not what was told before: a credit note may be reset to draft and posted again."""
        concerned = super()._concerns(flow, records)
        told = (
            self.env["seam.message"]
            .sudo()
            .search_fetch(
                [
                    ("flow_id", "=", flow.id),
                    ("res_model", "=", "account.move"),
                    ("res_id", "in", concerned.ids),
                    ("state", "!=", "discarded"),
                ],
                ["res_id"],
            )
        )
        return concerned - concerned.browse(told.mapped("res_id"))

    def _build(self, records, topic):
        system = self._flow().system_id
        return [self._document_or_fault(move, system) for move in records]

    def _document_or_fault(self, move, system):
        try:
            return self._document(move, system)
        except Fault as fault:
            return fault

    def _document(self, move, system):
        order, shop_id = self._one_order(move, system)
        document = {
            "id": move.name,
            **self._head(order, shop_id),
            "date": move.invoice_date.isoformat(),
            "currency": move.currency_id.name,
            "total": self._money(move, move.amount_total),
            "lines": self._lines(move, system),
        }
        if move.ref:
            document["reason"] = move.ref
        return document

    def _one_order(self, move, system):
        """:return: (order, the shop's id)
        :raise Fault: a person must tell the shop
        """
        orders = self._orders(move)
        known = self._shop_ids(system, orders)
        if len(known) != 1 or len(orders) != 1:
            raise self._by_hand(
                move, self.env._("%s credits more than one order.", move.display_name)
            )
        if move.currency_id != orders.currency_id:
            raise self._by_hand(
                move,
                self.env._(
                    "%(credit)s is in %(currency)s, and the order is not.",
                    credit=move.display_name,
                    currency=move.currency_id.name,
                ),
            )
        if move.sudo()._seam_is_half_the_shops():
            raise self._by_hand(
                move,
                self.env._("The shop has given back a part of what %s credits.", move.display_name),
            )
        return orders, known[orders.id]

    def _by_hand(self, move, sentence):
        return Fault(
            "business.rule",
            sentence,
            fix=self.env._(
                "Refund the rest in the shop by hand and discard this message; or make one "
                "credit note for each order and each refund."
            ),
            subject=f"account.move:{move.id}",
        )

    def _money(self, move, amount):
        digits = move.currency_id.decimal_places
        return f"{Decimal(str(abs(amount))).quantize(Decimal(1).scaleb(-digits)):f}"

    # -- lines -------------------------------------------------------------------------

    def _lines(self, move, system):
        """Lines of the shop's order; what belongs to none is in the total alone."""
        move.check_access("read")
        base_lines, _tax_lines = move.sudo()._get_rounded_base_and_tax_lines()
        codes = self._tax_codes(system, base_lines)
        return [
            self._line(move, base, codes)
            for base in base_lines
            if self._sold(base).seam_line_key and base["quantity"]
        ]

    def _sold(self, base):
        return base["record"].sale_line_ids[:1]

    def _line(self, move, base, codes):
        credit, sold = base["record"], self._sold(base)
        line = {
            "order_line_id": sold.seam_line_key,
            "name": sold.name.splitlines()[0],
            "quantity": self._quantity(credit, sold),
            "total": self._money(move, credit.price_subtotal),
        }
        taxes = [
            {"code": codes[tax["tax"].id], "total": self._money(move, tax["tax_amount_currency"])}
            for tax in base["tax_details"]["taxes_data"]
            if tax["tax_amount_currency"]
        ]
        return {**line, "taxes": taxes} if taxes else line

    def _quantity(self, credit, sold):
        """0 where the money is not the price of the quantity: goods are not given back."""
        quantity = credit.product_uom_id._compute_quantity(
            credit.quantity, sold.product_uom_id, round=False
        )
        if not sold.product_uom_qty and not sold.qty_invoiced:
            return 0
        price = sold.price_unit * (1 - sold.discount / 100) * quantity
        paid = credit.price_unit * (1 - credit.discount / 100) * credit.quantity
        return number(quantity) if credit.currency_id.compare_amounts(price, paid) == 0 else 0

    def _tax_codes(self, system, base_lines):
        """:return: dict tax's id → the shop's code
        :raise Fault: one has none
        """
        taxes = self.env["account.tax"].sudo()
        for base in base_lines:
            for tax in base["tax_details"]["taxes_data"]:
                if tax["tax_amount_currency"]:
                    taxes |= tax["tax"]
        found = (
            self.env["seam.value.map"]
            .sudo()
            .search(
                [
                    ("system_id", "=", system.id),
                    ("res_model", "=", "account.tax"),
                    ("res_id", "in", taxes.ids),
                ],
                order="id desc",
            )
        )
        codes = {value.res_id: value.external_code for value in found}
        for tax in taxes:
            if tax.id not in codes:
                raise Fault(
                    "master.unknown",
                    self.env._("The shop's code of the tax %s is not known.", tax.name),
                    pointer="/lines",
                    fix=self.env._("Enter it among the value maps of the system, then retry."),
                    subject=f"account.tax:{tax.id}",
                )
        return codes
