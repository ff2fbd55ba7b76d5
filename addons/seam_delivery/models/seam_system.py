from urllib.parse import urlsplit

from odoo import models


class SeamSystem(models.Model):
    _inherit = "seam.system"

    def _without_manifests(self):
        """:return: a sentence for a packer whose carrier gets no end of day manifest"""
        self.ensure_one()
        return self.env._("%s gets no list from here.", self.name)

    def _by_name(self, text, name):
        """:param text: a sentence for administrators, which tells the address
        :param name: what packers call the carrier
        :return: the same with the name in place of the address
        """
        host = urlsplit(self.sudo().base_url or "").hostname
        return (text or "").replace(host, name) if host else text or ""
