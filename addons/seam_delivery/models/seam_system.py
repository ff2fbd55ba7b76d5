from odoo import models


class SeamSystem(models.Model):
    _inherit = "seam.system"

    def _without_manifests(self):
        """:return: a sentence for a packer whose carrier gets no end of day manifest"""
        self.ensure_one()
        return self.env._("%s gets no list from here.", self.name)
