from odoo import models
from odoo.fields import Command

from .notes_together import NOTES, NotesTogether
from .seam_handler_sale_order import ENDED, RELEASED, moment


class SeamHandlerSaleNew(models.AbstractModel):
    """Make the orders of a batch together, and confirm those that are released."""

    _inherit = "seam.handler.sale.order"

    def _apply_new(self, plans, customers, flow):
        """Make the new orders of a batch in one create, and confirm them in one go."""
        if not plans:
            return
        customers.create_missing([plan.document for plan in plans])
        shared = self._shared_defaults()
        orders = self.env["sale.order"].create(
            [{**shared, **self._prepare_order(plan, customers, flow)} for plan in plans]
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

    def _shared_defaults(self):
        """Defaults that Odoo searches for each order anew, though all get the same.

        :return: values of ``sale.order``
        """
        return self.env["sale.order"].default_get(["quotation_document_ids"])

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
        if plan.payment_method:
            values["preferred_payment_method_line_id"] = plan.payment_method.id
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
        notes = NotesTogether()
        orders.with_context(seam_reserve_later=later, **{NOTES: notes}).action_confirm()
        notes.post(self.env)
        if later:
            orders._seam_reserve_later()
