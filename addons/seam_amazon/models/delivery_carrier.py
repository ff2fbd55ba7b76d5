from odoo import api, fields, models

from .. import const

READ = {"amazon_speed", "name", "active"}


class DeliveryCarrier(models.Model):
    _inherit = "delivery.carrier"

    amazon_speed = fields.Selection(
        [(speed, speed) for speed in const.SPEEDS],
        "Speed at Amazon",
        help="How fast Amazon's fulfilment ships deliveries of this method.",
    )

    @api.model
    def _amazon_speeds(self):
        """:return: dict name of a delivery method → speed; not of names with two speeds"""
        speeds = {}
        carriers = self.sudo().with_context(active_test=False, lang="en_US")
        for carrier in carriers.search([("amazon_speed", "!=", False)]):
            speeds.setdefault(carrier.name, set()).add(carrier.amazon_speed)
        return {name: chosen.pop() for name, chosen in speeds.items() if len(chosen) == 1}

    @api.model_create_multi
    def create(self, vals_list):
        carriers = super().create(vals_list)
        self.env.registry.clear_cache()
        return carriers

    def write(self, vals):
        result = super().write(vals)
        if not READ.isdisjoint(vals):
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
