from odoo import api, models


class ProductProduct(models.Model):
    _name = "product.product"
    _inherit = ["product.product", "seam.concerned"]

    @api.model
    def _seam_missing_models(self):
        return ["product.product", "product.template"]


class ProductTemplate(models.Model):
    _name = "product.template"
    _inherit = ["product.template", "seam.concerned"]

    def _seam_cases(self):
        """Its own, and those of its variants."""
        found = super()._seam_cases()
        variants = self.sudo().with_context(active_test=False).product_variant_ids
        for variant_id, cases in variants.with_env(self.env)._seam_cases().items():
            template = self.env["product.product"].browse(variant_id).sudo().product_tmpl_id
            own = found.setdefault(template.id, [])
            own += [case for case in cases if case not in own]
        return found
