from odoo import api, models

from .tell import tell

HANDLER = "seam.handler.crm.activity.out"


class MailActivity(models.Model):
    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        tell(activities, {"summary", *(name for vals in vals_list for name in vals)})
        return activities

    def write(self, vals):
        result = super().write(vals)
        tell(self, set(vals))
        return result

    def unlink(self):
        if self.env["seam.flow"]._crm_tells(self._name):
            self.env[HANDLER]._emit_deleted(self)
        return super().unlink()

    def _seam_crm_tell(self):
        self.env[HANDLER]._emit(self, "changed")

    def _seam_crm_subject(self):
        """:return: the record it is about, or None"""
        self.ensure_one()
        if not self.res_model or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def _message_log_batch(self, bodies):
        """An activity has no history of its own: what is noted of it stands on its record.

        :param bodies: dict activity id → Markup
        """
        for activity in self:
            if subject := activity._seam_crm_subject():
                subject._message_log(body=bodies[activity.id])
