from markupsafe import Markup

from odoo import models
from odoo.fields import Command

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.letter import Identity

from . import money
from .seam_handler_sale_order import QUIET

# A binding of an order that begins so stands for a refund that is applied to it.
REFUND_CODE = "refund:"


class SeamHandlerSaleRefund(models.AbstractModel):
    """Refunds of sales orders: each one counts, in the order of the shop.

    What is neither shipped nor invoiced is taken off the order. All else is for a
    person: goods have to come back, or an invoice has to be credited. Seam moves no
    money.
    """

    _name = "seam.handler.sale.refund"
    _inherit = "seam.handler"
    _description = "Refunds of sales orders"

    _contract = ("sale-refund", "1.0.0")

    def _identify(self, document):
        return Identity(
            key=document["order_id"],
            correlation=f"sale-order/{document['order_id']}",
            label=self.env._("Refund %(refund)s", refund=document["id"]),
        )

    def _needs(self):
        return {
            "sale.order": {
                "locked": "boolean",
                "order_line": "one2many",
                "state": "selection",
                "user_id": "many2one",
            },
            "sale.order.line": {
                "discount": "float",
                "price_unit": "float",
                "product_uom_qty": "float",
                "qty_delivered": "float",
                "qty_invoiced": "float",
            },
        }

    def _impact(self, document):
        return {"amount": float(document["total"]), "currency": document.get("currency")}

    def _apply(self, letters):
        handler = self.with_context(**QUIET)
        message = self.env["seam.message"].sudo().browse(letters[0].message_id)
        flow = message.flow_id
        known = self.env["seam.binding"]._find(
            flow.system_id.id,
            "sale.order",
            {key for x in letters for key in (x.document["order_id"], self._code(x))},
        )
        self._drop_own(letters, flow)
        for letter in [letter for letter in letters if letter.open]:
            try:
                handler._apply_one(letter, known, flow)
            except Fault as fault:
                letter.refuse(fault)

    def _code(self, letter):
        """The binding that says that this refund is applied, however often it comes."""
        return f"{REFUND_CODE}{letter.document['id']}"

    def _drop_own(self, letters, flow):
        """A refund that the shop made because we said so is not news.

        It bears the key of our message, which is stored before the shop is called: it
        is known again also when its answer was lost, or comes later than this.
        """
        keys = {x: (x.document.get("extensions") or {}).get("seam_key") for x in letters}
        self.env.cr.execute(
            "SELECT uuid::text FROM seam_message"
            " WHERE system_id = %s AND direction = 'out' AND uuid::text = ANY(%s)",
            [flow.system_id.id, [key for key in keys.values() if key]],
        )
        ours = {row[0] for row in self.env.cr.fetchall()}
        for letter, key in keys.items():
            if key in ours:
                letter.supersede(self.env._("This refund was decided in Odoo."))

    def _apply_one(self, letter, known, flow):
        """:raise Fault: before anything is written"""
        order = known.get(letter.document["order_id"])
        if self._code(letter) in known:
            letter.supersede(self.env._("This refund is applied already."))
            return
        if not order:
            raise self._order_missing(letter)
        lines = self._lines(letter, order)
        open_lines = [pair for pair in lines if self._is_open(*pair)]
        rest = [pair for pair in lines if pair not in open_lines]
        self._take_off(order, open_lines, money.amount(letter.document["total"]))
        self._tell(letter, order, flow, open_lines, rest)
        self.env.flush_all()
        self.env["seam.binding"]._bind(flow.system_id.id, {self._code(letter): order})
        letter.done(order)

    def _order_missing(self, letter):
        return Fault(
            "order.predecessor",
            self.env._("Order %s has not come yet.", letter.document["order_id"]),
            pointer="/order_id",
            fix=self.env._("Look for the order among the exceptions, or pull the shop's orders."),
            subject=f"order:{letter.document['order_id']}",
        )

    def _lines(self, letter, order):
        """:return: list of (line of the document, sale.order.line)"""
        by_key = {line.seam_line_key: line for line in order.order_line if line.seam_line_key}
        pairs = []
        for number, given in enumerate(letter.document["lines"]):
            line = by_key.get(given["order_line_id"])
            if line is None:
                raise Fault(
                    "order.conflict",
                    self.env._(
                        "%(order)s has no line %(line)s of the shop.",
                        order=order.name,
                        line=given["order_line_id"],
                    ),
                    pointer=f"/lines/{number}/order_line_id",
                    fix=self.env._(
                        "Credit it by hand, and discard this message; or retry after the "
                        "order's latest state has come."
                    ),
                    subject=f"order:{letter.identity.key}",
                )
            pairs.append((given, line))
        return pairs

    def _is_open(self, given, line):
        """Whether what is refunded can simply be taken off the order."""
        order, quantity = line.order_id, self._quantity(given, line)
        done = max(line.qty_delivered, line.qty_invoiced)
        return (
            quantity > 0
            and order.state != "cancel"
            and not order.locked
            and quantity <= line.product_uom_qty - done
            and self._is_whole(given, line)
        )

    def _quantity(self, given, line):
        """Shipping and fees have no quantity: all of it is meant when the money is all.

        Of goods, money without a quantity is a price cut: they are delivered still.
        """
        if given["quantity"] or line.product_id.type != "service":
            return float(given["quantity"])
        return line.product_uom_qty if self._pays(given, line, line.product_uom_qty) else 0.0

    def _is_whole(self, given, line):
        """The money given back is the price of the quantity, to the cent."""
        return self._pays(given, line, self._quantity(given, line))

    def _pays(self, given, line, quantity):
        if not line.product_uom_qty:
            return False
        paid = money.amount(given["total"]) + money.amount(given.get("tax"))
        price = line.price_total / line.product_uom_qty * quantity
        return line.order_id.currency_id.compare_amounts(float(paid), price) == 0

    def _take_off(self, order, pairs, total):
        """:param total: what the shop gave back, with what is not taken off here"""
        commands = [
            Command.update(
                line.id,
                {
                    "product_uom_qty": line.product_uom_qty - self._quantity(given, line),
                    "seam_refunded_qty": line.seam_refunded_qty + self._quantity(given, line),
                    "price_unit": line.price_unit,
                    "discount": line.discount,
                },
            )
            for given, line in pairs
        ]
        values = {"order_line": commands} if commands else {}
        left = total - sum(
            money.amount(given["total"]) + money.amount(given.get("tax")) for given, _line in pairs
        )
        if left > 0:
            values["seam_refunded_amount"] = order.seam_refunded_amount + float(left)
        if order.seam_payment_state != "refunded":
            values["seam_payment_state"] = "partially_refunded"
        order.write(values)

    def _tell(self, letter, order, flow, open_lines, rest):
        """Note the refund on the order; what is left to do becomes a task."""
        document = letter.document
        text = self.env._(
            "The shop refunded %(total)s %(currency)s. %(reason)s",
            total=document["total"],
            currency=document.get("currency") or order.currency_id.name,
            reason=document.get("reason") or "",
        )
        order.message_post(
            body=Markup("<p>%s</p><ul>%s</ul>")
            % (
                text,
                Markup("").join(
                    Markup("<li>%s</li>") % self._line_text(given, line, taken=True)
                    for given, line in open_lines
                )
                + Markup("").join(
                    Markup("<li>%s</li>") % self._line_text(given, line, taken=False)
                    for given, line in rest
                ),
            ),
            subtype_xmlid="mail.mt_note",
        )
        if order.state != "cancel" and (rest or not document["lines"]):
            self._ask(order, flow, text, rest)

    def _line_text(self, given, line, taken):
        values = {
            "quantity": given["quantity"],
            "line": line.name,
            "total": given["total"],
            "tax": given.get("tax") or "0",
        }
        if taken:
            return self.env._(
                "%(quantity)s × %(line)s: taken off this order (%(total)s, tax %(tax)s)", **values
            )
        return self.env._(
            "%(quantity)s × %(line)s: left as it is (%(total)s, tax %(tax)s)", **values
        )

    def _ask(self, order, flow, text, rest):
        order.activity_schedule(
            "mail.mail_activity_data_warning",
            summary=self.env._("Refunded in the shop"),
            note=Markup("<p>%s</p><p>%s</p><ul>%s</ul>")
            % (
                text,
                self.env._(
                    "Have the goods returned if they are to come back, and credit the invoice."
                ),
                Markup("").join(
                    Markup("<li>%s</li>") % self._line_text(given, line, taken=False)
                    for given, line in rest
                ),
            ),
            user_id=(order.user_id or flow.owner_id).id,
        )
