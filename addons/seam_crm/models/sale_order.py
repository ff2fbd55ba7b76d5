from odoo import api, models

from .crm_lead import HANDLER

MARKS = "seam.crm.orders"
# What the CRM is told by. All of it may follow from something else: a line, a delivery, an
# invoice, a payment; so it is looked at where Odoo writes it down.
# The status of the delivery there is only where Odoo's stock is installed.
OF_ORDERS = {
    "amount_total",
    "delivery_status",
    "invoice_status",
    "name",
    "opportunity_id",
    "state",
}
OF_INVOICES = {"payment_state", "state"}


def note(records, vals_list, names):
    """Have CRMs told before the commit of those records of which one of the fields is written:
    here Odoo is in the middle of writing.
    """
    pairs = zip(records, vals_list, strict=True)
    ids = [record.id for record, vals in pairs if not names.isdisjoint(vals)]
    if not ids:
        return
    env = records.env
    noted = env.cr.precommit.data.setdefault(MARKS, {})
    if not noted:
        env.cr.precommit.add(lambda: _tell_noted(env))
    noted.setdefault(records._name, set()).update(ids)


def _tell_noted(env):
    noted = env.cr.precommit.data.pop(MARKS, {})
    for model, ids in noted.items():
        env[model].sudo().browse(sorted(ids)).exists()._seam_crm_tell_deals()


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
        note(self, vals_list, OF_ORDERS)

    def unlink(self):
        deals = self.sudo().opportunity_id
        result = super().unlink()
        deals._seam_crm_tell_answer()
        return result

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
        note(self, vals_list, OF_INVOICES)

    def _seam_crm_tell_deals(self):
        sold = self.filtered(lambda move: move.is_sale_document(include_receipts=True))
        sold.line_ids.sale_line_ids.order_id._seam_crm_tell_deals()
