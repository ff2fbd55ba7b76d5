from odoo import models

from odoo.addons.seam.engine.fault import Fault

from .shipments import number

COUNTED = {"free": "free_qty", "forecast": "virtual_available"}


class SeamHandlerStockLevel(models.AbstractModel):
    """How many of a product a shop can sell: a state, counted when it is sent.

    Only products that the shop knows are told: they are bound, see
    ``seam.handler.sale.product``.
    """

    _name = "seam.handler.stock.level"
    _inherit = "seam.handler"
    _description = "Stock levels for a shop"

    _direction = "out"
    _contract = ("stock-level", "1.0.0")
    _sources = ("product.product",)

    def _needs(self):
        return {
            "product.product": {
                "default_code": "char",
                "free_qty": "float",
                "is_storable": "boolean",
                "virtual_available": "float",
            }
        }

    def _concerns(self, flow, records):
        records = super()._concerns(flow, records.sudo().exists())
        goods = records.filtered("is_storable")
        bound = self._bindings(flow.system_id, goods)
        return goods.filtered(lambda product: product.id in bound)

    def _bindings(self, system, products):
        """:return: dict product's id → binding; the one with the shop's own id is best"""
        if not products:
            return {}
        found = (
            self.env["seam.binding"]
            .sudo()
            .search_fetch(
                [
                    ("system_id", "=", system.id),
                    ("res_model", "=", "product.product"),
                    ("res_id", "in", products.ids),
                ],
                ["res_id", "external_id", "data"],
                order="id",
            )
        )
        bindings = {}
        for binding in found.sorted(lambda one: one.external_id.startswith("#")):
            bindings[binding.res_id] = binding
        return bindings

    def _build(self, records, topic):
        """All products of a batch are counted together."""
        flow = self.env["seam.flow"].sudo().browse(self.env.context["seam_flow"])
        warehouses = flow.sale_level_warehouse_ids
        counted = records.with_context(
            warehouse_id=warehouses.ids or self._warehouses(flow), lang="en_US"
        )
        bindings = self._bindings(flow.system_id, records)
        return [
            self._document(product, bindings[product.id], flow, warehouses)
            if product.id in bindings
            else None
            for product in counted
        ]

    def _warehouses(self, flow):
        """Those of the flow's company alone, whatever else the service user sees."""
        return (
            self.env["stock.warehouse"].sudo().search([("company_id", "=", flow.company_id.id)]).ids
        )

    def _document(self, product, binding, flow, warehouses):
        known = binding.data or {}
        sku = known.get("sku") or product.default_code
        if not sku:
            return Fault(
                "master.unknown",
                self.env._("%s has no internal reference.", product.display_name),
                fix=self.env._("Give it one, the shop's SKU, and retry."),
                subject=f"product.product:{product.id}",
            )
        quantity = product[COUNTED[flow.sale_level_counts]]
        document = {
            "sku": sku,
            "quantity": number(max(quantity, 0.0)),
            "counts": flow.sale_level_counts,
            "unit": product.uom_id.name,
        }
        document |= {
            name: known[key]
            for name, key in (("product_id", "id"), ("parent_id", "parent_id"))
            if known.get(key)
        }
        if warehouses:
            document["warehouses"] = warehouses.mapped("code")
        return document
