from odoo import models

from .mail_activity import HANDLER


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def unlink(self):
        """The database takes a meeting's activities away with it: CRMs are told before."""
        if self.env["seam.flow"]._crm_tells("mail.activity"):
            self.env[HANDLER]._emit_deleted(self.activity_ids)
        return super().unlink()

    def _sync_activities(self, fields):
        """The hour of a meeting is its activity's, too."""
        result = super()._sync_activities(fields)
        if {"start", "stop", "duration", "allday", "start_date", "stop_date"} & set(fields):
            self.activity_ids._seam_crm_take_times()
        return result
