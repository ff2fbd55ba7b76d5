from odoo import api, models


class SeamCached(models.AbstractModel):
    """Settings that each worker keeps by ``ormcache``: whatever changes them empties it, everywhere."""

    _name = "seam.cached"
    _description = "Settings that are kept in memory"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        self.env.registry.clear_cache()
        return records

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result
