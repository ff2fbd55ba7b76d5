from odoo import fields, models


class StockPackageType(models.Model):
    _inherit = "stock.package.type"

    package_carrier_type = fields.Selection(selection_add=[("seam", "Carrier of Integrations")])

    def _compute_length_uom_name(self):
        """Dimensions are in Odoo's unit and converted: show it, as without a carrier."""
        ours = self.filtered(lambda kind: kind.package_carrier_type == "seam")
        unit = self.env["product.template"]._get_length_uom_name_from_ir_config_parameter()
        ours.length_uom_name = unit
        return super(StockPackageType, self - ours)._compute_length_uom_name()
