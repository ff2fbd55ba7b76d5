from odoo import api, models

MARKS = "seam.stock.products"
HANDLER = "seam.handler.stock.product"
# What a warehouse is told of a product.
TOLD = {
    "active",
    "barcode",
    "categ_id",
    "country_of_origin",
    "default_code",
    "description_pickingout",
    "hs_code",
    "is_storable",
    "name",
    "tracking",
    "type",
    "uom_id",
    "uom_ids",
    "product_uom_ids",
    "use_expiration_date",
    "volume",
    "weight",
}


def mark(products):
    """Have warehouses told of these products when the transaction is committed."""
    cr = products.env.cr
    if not products or not products.env["seam.flow"]._outgoing(HANDLER):
        return
    marks = cr.precommit.data.setdefault(MARKS, set())
    if not marks:
        cr.precommit.add(products.env["product.product"].sudo()._seam_tell_marked)
    marks.update(products.ids)


class ProductTemplate(models.Model):
    _inherit = "product.template"

    def write(self, vals):
        result = super().write(vals)
        if not TOLD.isdisjoint(vals):
            mark(self.with_context(active_test=False).product_variant_ids)
        return result


class ProductProduct(models.Model):
    _inherit = "product.product"

    @api.model_create_multi
    def create(self, vals_list):
        products = super().create(vals_list)
        mark(products)
        return products

    def write(self, vals):
        result = super().write(vals)
        if not TOLD.isdisjoint(vals):
            mark(self)
        return result

    @api.model
    def _seam_tell_marked(self):
        ids = self.env.cr.precommit.data.pop(MARKS, set())
        products = self.with_context(active_test=False).browse(sorted(ids)).exists()
        self.env[HANDLER]._emit(products, "changed")


class ProductUom(models.Model):
    """Packagings: further units of a product, each with a barcode."""

    _inherit = "product.uom"

    @api.model_create_multi
    def create(self, vals_list):
        units = super().create(vals_list)
        mark(units.product_id)
        return units

    def write(self, vals):
        result = super().write(vals)
        mark(self.product_id)
        return result

    def unlink(self):
        products = self.product_id
        result = super().unlink()
        mark(products)
        return result
