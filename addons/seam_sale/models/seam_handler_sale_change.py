import hashlib
import json
from typing import Any, NamedTuple

from odoo import models
from odoo.fields import Command

from odoo.addons.seam.engine.fault import Fault

from .seam_handler_sale_order import ENDED, moment

# What a line is compared by: names differ by translation and are left alone.
COMPARED = ("product_uom_qty", "price_unit", "discount")


class Change(NamedTuple):
    """What a newer state changes of a known order, before anything is written.

    :ivar lines: commands for ``order_line``
    :ivar moved: whether customer or addresses are others than in the last state
    """

    plan: Any
    order: Any
    lines: list
    moved: bool


class SeamHandlerSaleChange(models.AbstractModel):
    """What a newer state of an order does to the order that is here.

    The rules are told in docs/flows/orders.md. What may not be done is found before
    anything is written, and becomes an exception with the choices that a person has.
    """

    _inherit = "seam.handler.sale.order"

    def _apply_known(self, letters, plans, known, customers, flow):
        self._end(letters, known)
        changes = [
            change
            for plan in plans
            if plan.letter.open and plan.letter in known
            for change in self._change(plan, known[plan.letter])
        ]
        if not changes:
            return
        moved = [change for change in changes if change.moved]
        customers.create_missing(
            [change.plan.document for change in moved],
            given={change.plan.document["id"]: change.order.partner_id for change in moved},
        )
        for change in changes:
            self._write_change(change, customers, flow)
        orders = self.env["sale.order"].concat(
            *(
                change.order
                for change in changes
                if change.order.state in ("draft", "sent")
                and self._is_released(change.plan.document, flow)
            )
        )
        self._confirm(orders, flow)
        for change in changes:
            change.plan.letter.done(change.order, memory=self._memory(change.plan.document))

    # -- find out what changes -------------------------------------------------------------

    def _change(self, plan, order):
        """:return: list with the Change, empty when the letter has its outcome"""
        letter = plan.letter
        memory = (letter.binding.data or {}) if letter.binding else {}
        deleted = memory.get("deleted_at")
        if deleted and moment(plan.document["modified"]).isoformat() <= deleted:
            letter.supersede(self.env._("The order was deleted in the shop after this."))
            return []
        try:
            self._require_alive(plan, order, memory)
            lines = self._line_changes(plan, order)
            if lines:
                self._require_unlocked(order, letter)
        except Fault as fault:
            letter.refuse(fault)
            return []
        moved = memory.get("place") != self._place(plan.document)
        return [Change(plan, order, lines, moved)]

    def _require_alive(self, plan, order, memory):
        """An order that a person cancelled here is not revived by the shop."""
        if order.state == "cancel" and memory.get("status") not in ENDED:
            raise self._conflict(
                plan.letter,
                self.env._(
                    "%(label)s goes on in the shop, but %(order)s was cancelled in Odoo.",
                    label=plan.letter.identity.label,
                    order=order.name,
                ),
                self.env._(
                    "Choose one: set the order to quotation and retry; or cancel it in "
                    "the shop and discard this message."
                ),
            )
        if order.state == "sale" and order.currency_id != plan.currency:
            raise self._conflict(
                plan.letter,
                self.env._(
                    "%(order)s is confirmed in %(old)s; the shop has it in %(new)s now.",
                    order=order.name,
                    old=order.currency_id.name,
                    new=plan.currency.name,
                ),
                self.env._("Cancel it here and in the shop, and have it ordered anew."),
            )

    def _line_changes(self, plan, order):
        """:return: commands that make the order's lines what the shop says

        Lines that people added here have no key of the shop and are left alone.
        """
        here = {line.seam_line_key: line for line in order.order_line if line.seam_line_key}
        commands = []
        for values in plan.lines:
            line = here.pop(values["seam_line_key"], None)
            if line is None:
                commands.append(Command.create(self._writable(values)))
            elif values.get("display_type"):
                if line.name != values["name"]:
                    commands.append(Command.update(line.id, {"name": values["name"]}))
            else:
                commands += self._one_line(plan, line, values)
        for line in here.values():
            commands += self._vanished(plan, line)
        return commands

    def _one_line(self, plan, line, values):
        quantity = max(values["product_uom_qty"] - line.seam_refunded_qty, 0.0)
        wanted = {**values, "product_uom_qty": quantity}
        if line.product_id.id != values["product_id"]:
            return self._other_product(plan, line, values)
        changed = {name: wanted[name] for name in COMPARED if self._differs(line, name, wanted)}
        if line.tax_ids != values["tax_ids"]:
            changed["tax_ids"] = [Command.set(values["tax_ids"].ids)]
        if line.product_uom_id.id != values["product_uom_id"]:
            changed["product_uom_id"] = values["product_uom_id"]
        if not changed:
            return []
        self._require_changeable(plan, line, changed)
        # Odoo computes these anew with the quantity, unless they are given with it
        changed |= {name: wanted[name] for name in COMPARED}
        return [Command.update(line.id, changed)]

    def _differs(self, line, name, wanted):
        digits = self._digits("Discount") if name == "discount" else 6
        return round(line[name] - wanted[name], digits) != 0

    def _require_changeable(self, plan, line, changed):
        quantity = changed.get("product_uom_qty", line.product_uom_qty)
        if quantity < line.qty_delivered:
            raise self._late(plan, line, quantity, line.qty_delivered, shipped=True)
        if quantity < line.qty_invoiced:
            raise self._late(plan, line, quantity, line.qty_invoiced, shipped=False)
        if line.qty_invoiced and set(changed) - {"product_uom_qty"}:
            raise self._conflict(
                plan.letter,
                self.env._(
                    "The price of %(line)s changed in the shop, but it is invoiced.",
                    line=line.name,
                ),
                self.env._(
                    "Choose one: credit the invoice and retry; or correct the order in "
                    "the shop; or discard this message."
                ),
            )

    def _late(self, plan, line, quantity, done, shipped):
        return self._conflict(
            plan.letter,
            self.env._(
                "The shop has %(quantity)g of %(line)s now, but %(done)g are shipped.",
                quantity=quantity,
                line=line.name,
                done=done,
            )
            if shipped
            else self.env._(
                "The shop has %(quantity)g of %(line)s now, but %(done)g are invoiced.",
                quantity=quantity,
                line=line.name,
                done=done,
            ),
            self.env._(
                "Choose one: have the goods returned or the invoice credited, then retry; "
                "or correct the order in the shop; or discard this message, if it stays "
                "as it is."
            ),
        )

    def _other_product(self, plan, line, values):
        """The line is another product's now: the old one goes, a new one comes."""
        create = Command.create(self._writable(values))
        return [*self._vanished(plan, line), create]

    def _vanished(self, plan, line):
        """A confirmed order keeps its lines; one that is gone is set to nothing."""
        if line.display_type or line.order_id.state != "sale":
            return [Command.delete(line.id)]
        if not line.product_uom_qty:
            return []
        self._require_changeable(plan, line, {"product_uom_qty": 0.0})
        return [Command.update(line.id, {"product_uom_qty": 0.0, "seam_line_key": False})]

    # -- write ---------------------------------------------------------------------------

    def _write_change(self, change, customers, flow):
        order, document = change.order, change.plan.document
        if order.state == "cancel":
            order.action_draft()
        values = self._changed_values(change, document)
        if change.moved:
            values |= self._changed_places(order, document, customers, flow)
        if change.lines:
            values["order_line"] = change.lines
        if values:
            order.with_context(**self._moving(order)).write(values)
        own = order.order_line.filtered(
            lambda line: not line.seam_line_key and line.product_uom_qty
        )
        if not own and not any(order.order_line.mapped("seam_refunded_qty")):
            self._check_written(change.plan, order)
        self._tell_held(change, flow)

    def _moving(self, order):
        """With nothing shipped, transfers follow the delivery address of the order."""
        return {"update_delivery_shipping_partner": True}

    def _changed_values(self, change, document):
        order, plan = change.order, change.plan
        payment = document.get("payment") or {}
        wanted = {
            **self._payment_values(document),
            "reference": payment.get("transaction") or False,
            "client_order_ref": document["number"],
        }
        if order.state in ("draft", "sent", "cancel"):
            wanted["pricelist_id"] = plan.pricelist.id
        return {
            name: value
            for name, value in wanted.items()
            if (order[name].id if name == "pricelist_id" else order[name]) != value
        }

    def _changed_places(self, order, document, customers, flow):
        """:return: the addresses to write; the customer only while it is a quotation"""
        partner, invoice, delivery = customers.of(document)
        values = {}
        if order.partner_invoice_id != invoice:
            values["partner_invoice_id"] = invoice.id
        if order.partner_shipping_id != delivery:
            shipped = order.picking_ids.filtered(lambda picking: picking.state == "done")
            if not shipped:
                values["partner_shipping_id"] = delivery.id
            else:
                self._readdress_rest(order, delivery, flow)
        return values

    def _readdress_rest(self, order, delivery, flow):
        """Part of it is shipped: what is shipped keeps its address, the rest moves."""
        rest = order.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        rest.sudo().partner_id = delivery
        self._ask(
            order,
            flow,
            self.env._(
                "The delivery address was changed in the shop after goods were shipped. "
                "The new one is: %s",
                delivery._display_address(without_company=False).replace("\n", ", "),
            ),
        )

    def _tell_held(self, change, flow):
        """The shop put a confirmed order on hold: nothing is undone, people are told."""
        before = (change.plan.letter.binding.data or {}).get("status")
        if (
            change.plan.document["status"] == "open"
            and before != "open"
            and change.order.state == "sale"
        ):
            self._ask(
                change.order,
                flow,
                self.env._(
                    "The shop put this order on hold (%s). It is still confirmed here.",
                    change.plan.document.get("external_status") or "open",
                ),
            )

    def _ask(self, order, flow, text):
        """A task on the order for its salesperson, or else the flow's owner."""
        order.with_context(mail_activity_quick_update=True).activity_schedule(
            "mail.mail_activity_data_warning",
            note=text,
            user_id=(order.user_id or flow.owner_id).id,
        )

    def _place(self, document):
        """:return: what tells whether customer and addresses are as before"""
        places = [document.get(name) for name in ("customer", "billing", "shipping")]
        text = json.dumps(places, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _memory(self, document):
        memory = {"status": document["status"]}
        if document["status"] != "deleted":
            memory["place"] = self._place(document)
        return memory
