"""What a form shows as read-only is read-only for programs too."""

from odoo import api, models
from odoo.exceptions import AccessError


class SeamMessageEventGuard(models.Model):
    _inherit = "seam.message.event"

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        """Lines are written by the acts they tell of; nobody makes one up."""
        raise AccessError(self.env._("The history of a message is written by Seam alone."))


class SeamExceptionGuard(models.Model):
    _inherit = "seam.exception"

    def write(self, vals):
        """:raise AccessError: a user writes what Seam alone knows, such as the state"""
        locked = [name for name in vals if self._fields[name].readonly]
        if locked and not self.env.su:
            raise AccessError(
                self.env._("Seam itself keeps these of an exception: %s.", ", ".join(locked))
            )
        return super().write(vals)

    def _resolve(self, resolution):
        return super(SeamExceptionGuard, self.sudo())._resolve(resolution)
