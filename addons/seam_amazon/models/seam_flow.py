from odoo import models

OPTIONS = (
    "amazon_marketplace",
    "amazon_prefix",
    "amazon_speed",
    "amazon_speed_urgent",
    "amazon_comment",
    "amazon_hold",
    "amazon_notify",
    "amazon_blank_box",
    "amazon_block_amzl",
)


class SeamFlow(models.Model):
    _inherit = "seam.flow"

    def _options(self):
        options = super()._options()
        if self.system_id.connector == "amazon":
            options.update({name: self.system_id[name] for name in OPTIONS})
            options["amazon_speeds"] = self.env["delivery.carrier"]._amazon_speeds()
        return options
