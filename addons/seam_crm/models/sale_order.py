from odoo import api, models

from .crm_lead import HANDLER

MARKS = "seam.crm.orders"
# What the CRM is told by. All of it may follow from something else: a line, a delivery, an
# invoice, a payment; so it is looked at where Odoo writes it down.
OF_ORDERS = {"amount_total", "invoice_status", "name", "opportunity_id", "state"}
OF_INVOICES = {"payment_state", "state"}


def changed(records, vals_list, names):
    """:return: those of the records of which one of the fields is written"""
    pairs = zip(records, vals_list, strict=True)
    return records.browse(record.id for record, vals in pairs if not names.isdisjoint(vals))


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.model_create_multi
    def create(self, vals_list):
        orders = super().create(vals_list)
        orders._seam_crm_tell_deals()
        return orders

    def write(self, vals):
        before = self.sudo().opportunity_id if "opportunity_id" in vals else None
        result = super().write(vals)
        if before:
            before._seam_crm_tell_answer()
        return result

    def _write_multi(self, vals_list):
        super()._write_multi(vals_list)
        changed(self, vals_list, OF_ORDERS)._seam_crm_note()

    def unlink(self):
        deals = self.sudo().opportunity_id
        result = super().unlink()
        deals._seam_crm_tell_answer()
        return result

    def _seam_crm_note(self):
        """Have CRMs told before the commit: here Odoo is in the middle of writing."""
        if not self:
            return
        noted = self.env.cr.precommit.data.setdefault(MARKS, set())
        if not noted:
            self.env.cr.precommit.add(self.browse()._seam_crm_tell_noted)
        noted.update(self.ids)

    def _seam_crm_tell_noted(self):
        noted = self.env.cr.precommit.data.pop(MARKS, set())
        self.browse(sorted(noted)).exists()._seam_crm_tell_deals()

    def _seam_crm_tell_deals(self):
        self.sudo().opportunity_id._seam_crm_tell_answer()


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _seam_crm_tell_answer(self):
        """How far orders have come is news for the CRM that won the deal, too."""
        if self:
            self.env[HANDLER]._emit(self, "changed", answer=True)


class AccountMove(models.Model):
    _inherit = "account.move"

    def _write_multi(self, vals_list):
        super()._write_multi(vals_list)
        moves = changed(self, vals_list, OF_INVOICES).sudo()
        sold = moves.filtered(lambda move: move.is_sale_document(include_receipts=True))
        sold.line_ids.sale_line_ids.order_id._seam_crm_note()
