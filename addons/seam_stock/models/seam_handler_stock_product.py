from odoo import models

from odoo.addons.seam.engine.fault import Fault

from .seam_handler_stock import number, without_empty, written


class SeamHandlerStockProduct(models.AbstractModel):
    """Item master: what a warehouse must know to receive, count, pick and ship goods."""

    _name = "seam.handler.stock.product"
    _inherit = "seam.handler.stock"
    _description = "Products for a warehouse"

    _contract = ("stock-product", "1.0.0")
    _direction = "out"
    _sources = ("product.product",)

    def _needs(self):
        return {
            "product.product": {
                "active": "boolean",
                "barcode": "char",
                "categ_id": "many2one",
                "country_of_origin": "many2one",
                "default_code": "char",
                "description_pickingout": "text",
                "hs_code": "char",
                "product_uom_ids": "one2many",
                "tracking": "selection",
                "type": "selection",
                "uom_id": "many2one",
                "uom_ids": "many2many",
                "volume": "float",
                "weight": "float",
            }
        }

    def _concerns(self, flow, records):
        """Goods of the flow's categories that a warehouse could name."""
        goods = (
            super()
            ._concerns(flow, records)
            .filtered(lambda product: product.type == "consu" and product.default_code)
        )
        if not flow.stock_category_ids:
            return goods
        below = self.env["product.category"].sudo()
        below = below.search([("id", "child_of", flow.stock_category_ids.ids)])
        return goods.filtered(lambda product: product.categ_id in below)

    def _build(self, records, topic):
        to_kg = self._weight_factor(records)
        units = self._codes("uom.uom")
        # the names that are told do not depend on who changed what
        records = records.with_context(lang="en_US")
        return [self._document(product, to_kg, units) for product in records]

    def _weight_factor(self, records):
        """Odoo weighs in the unit of a system parameter: kilograms or pounds."""
        unit = records.env["product.template"]._get_weight_uom_id_from_ir_config_parameter()
        kilogram = records.env.ref("uom.product_uom_kgm")
        return unit._compute_quantity(1, kilogram, round=False)

    def _document(self, product, to_kg, units):
        if not product.default_code:
            return Fault(
                "master.unknown",
                self.env._("%s has no internal reference.", product.display_name),
                fix=self.env._("Give it one: it is what the warehouse calls it by."),
                subject=f"product.product:{product.id}",
            )
        return without_empty(
            {
                "id": str(product.id),
                "sku": product.default_code,
                "name": product.name,
                "active": product.active,
                "modified": written(max(product.write_date, product.product_tmpl_id.write_date)),
                "category": product.categ_id.complete_name,
                "unit": units.get(product.uom_id.id) or product.uom_id.name,
                "units": self._units(product, units),
                "barcode": product.barcode,
                "tracking": product.tracking,
                "expiry": self._expires(product),
                "weight": number(product.weight * to_kg),
                "volume": number(product.volume),
                "hs_code": product.hs_code,
                "country_of_origin": product.country_of_origin.code,
                "description": product.description_pickingout,
            },
            answers=("active", "expiry"),
        )

    def _units(self, product, codes):
        barcodes = {line.uom_id: line.barcode for line in product.product_uom_ids}
        units = product.uom_ids | product.product_uom_ids.uom_id
        return [
            without_empty(
                {
                    "unit": codes.get(unit.id) or unit.name,
                    "factor": number(unit._compute_quantity(1, product.uom_id, round=False)),
                    "barcode": barcodes.get(unit),
                }
            )
            for unit in units - product.uom_id
        ]

    def _expires(self, product):
        """Known where the app that keeps expiry dates is installed."""
        known = "use_expiration_date" in product._fields
        return bool(known and product.use_expiration_date)
