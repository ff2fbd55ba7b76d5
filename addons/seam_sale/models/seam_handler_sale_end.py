from odoo import models

from odoo.addons.seam.engine.fault import Fault

from .seam_handler_sale_order import ENDED


class SeamHandlerSaleEnd(models.AbstractModel):
    """The end of an order: cancelled, refunded in full, or deleted in the shop."""

    _inherit = "seam.handler.sale.order"

    def _end(self, letters, known):
        """Cancel the orders that the shop cancelled, refunded in full, or deleted."""
        for letter in letters:
            if letter.open and letter in known and letter.document["status"] in ENDED:
                order = known[letter]
                if self._is_credited(order, letter):
                    order.write(self._payment_values(letter.document))
                    letter.done(
                        order,
                        note=self.env._("Credited in Odoo already."),
                        memory=self._memory(letter.document),
                    )
                    continue
                try:
                    self._require_cancellable(order, letter)
                except Fault as fault:
                    letter.refuse(fault)
                    continue
                self._cancel(order, letter)

    def _is_credited(self, order, letter):
        """Whether the shop says of an order that all is given back, and so do the books.

        So it is after a credit note of ours: the shop ends the order by itself.
        """
        if letter.document["status"] != "refunded":
            return False
        posted = order.sudo().invoice_ids.filtered(lambda move: move.state == "posted")
        credits = posted.filtered(lambda move: move.move_type == "out_refund")
        if not credits or order.state != "sale":
            return False
        invoices = posted.filtered(lambda move: move.move_type == "out_invoice")
        return not order.currency_id.compare_amounts(
            sum(invoices.mapped("amount_total")), sum(credits.mapped("amount_total"))
        )

    def _require_cancellable(self, order, letter):
        if order.state == "cancel":
            return
        if any(order.order_line.mapped("qty_delivered")):
            raise self._conflict(
                letter,
                self.env._(
                    "%(label)s (%(order)s) was cancelled in the shop, but goods of it are shipped.",
                    label=letter.identity.label,
                    order=order.name,
                ),
                self.env._(
                    "Choose one: have the goods returned (Return on the delivery), then "
                    "retry, and the order is cancelled; or discard this message, if the "
                    "customer keeps and pays them."
                ),
            )
        if order.sudo().invoice_ids.filtered(lambda move: move.state != "cancel"):
            raise self._conflict(
                letter,
                self.env._(
                    "%(label)s (%(order)s) was cancelled in the shop, but there is an "
                    "invoice for it.",
                    label=letter.identity.label,
                    order=order.name,
                ),
                self.env._(
                    "Choose one: cancel the draft invoice, or credit the posted one in "
                    "full and set it to cancelled, then retry; or cancel the order by "
                    "hand and discard this message."
                ),
            )
        self._require_unlocked(order, letter)

    def _require_unlocked(self, order, letter):
        if order.locked:
            raise self._conflict(
                letter,
                self.env._(
                    "%(label)s changed in the shop, but %(order)s is locked.",
                    label=letter.identity.label,
                    order=order.name,
                ),
                self.env._("Unlock the order and retry, or discard this message."),
            )

    def _conflict(self, letter, message, fix):
        return Fault(
            "order.conflict",
            message,
            pointer="/status",
            fix=fix,
            subject=f"order:{letter.identity.key}",
        )

    def _cancel(self, order, letter):
        document = letter.document
        if document["status"] != "deleted":
            order.write(self._payment_values(document))
        if order.state == "cancel":
            letter.done(order, note=self.env._("It is cancelled already."))
        else:
            order.action_cancel()
            letter.done(order, note=self.env._("Cancelled."))
        letter.memory = self._memory(document)
        if document["status"] == "deleted":
            letter.memory["deleted_at"] = letter.received_at.isoformat()
