from odoo import models

from .seam_handler_sale_refund import REFUND_CODE


class SeamHandlerSaleBack(models.AbstractModel):
    """The way back to a shop: what its handlers share.

    A shop is told only of orders that came from it. It is known by their binding.
    """

    _name = "seam.handler.sale.back"
    _inherit = "seam.handler"
    _description = "The way back to a shop"

    _direction = "out"

    def _orders(self, records):
        """:return: ``sale.order`` of records of ``_sources``"""
        raise NotImplementedError

    def _concerns(self, flow, records):
        records = super()._concerns(flow, records.sudo())
        known = self._shop_ids(flow.system_id, self._orders(records))
        return records.filtered(lambda record: not known.keys().isdisjoint(self._order_ids(record)))

    def _order_ids(self, record):
        return self._orders(record).ids

    def _correlation(self, records):
        """All that is told of an order belongs to the business transaction it began."""
        orders = self._orders(records)
        known = self.env["seam.message"]._known_correlations(orders) if orders else {}
        found = {}
        for record in records:
            ours = [known[id_] for id_ in self._order_ids(record) if id_ in known]
            if ours:
                found[record.id] = ours[0]
        return found

    def _flow(self):
        """:return: ``seam.flow`` for which documents are built, readable"""
        return self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])

    def _shop_ids(self, system, orders):
        """:return: dict order's id → the shop's id of it"""
        if not orders:
            return {}
        bindings = (
            self.env["seam.binding"]
            .sudo()
            .search_fetch(
                [
                    ("system_id", "=", system.id),
                    ("res_model", "=", "sale.order"),
                    ("res_id", "in", orders.ids),
                    ("external_id", "not =like", f"{REFUND_CODE}%"),
                ],
                ["res_id", "external_id"],
                order="id",
            )
        )
        return {binding.res_id: binding.external_id for binding in bindings}

    def _head(self, order, shop_id):
        """:return: dict by which the shop knows the order"""
        head = {"order_id": shop_id}
        if order.client_order_ref:
            head["order_number"] = order.client_order_ref
        return head
