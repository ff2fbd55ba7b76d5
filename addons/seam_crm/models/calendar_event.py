from datetime import datetime, time

from odoo import models

from .mail_activity import HANDLER


class CalendarEvent(models.Model):
    _inherit = "calendar.event"

    def unlink(self):
        """The database takes a meeting's activities away with it, also those that are done and
        those that the user may not read: CRMs are told before.
        """
        if self.env["seam.flow"]._crm_tells("mail.activity"):
            # not by the meeting's field: it may hold what this user sees
            activities = self.env["mail.activity"].sudo().with_context(active_test=False)
            about = [("calendar_event_id", "in", self.ids)]
            self.env[HANDLER]._emit_deleted(activities.search(about))
        return super().unlink()

    def _sync_activities(self, fields):
        """The hour of a meeting is its activity's, too."""
        result = super()._sync_activities(fields)
        if {"start", "stop", "duration", "allday", "start_date", "stop_date"} & set(fields):
            self.activity_ids._seam_crm_take_times()
        return result

    def _seam_crm_times(self):
        """:return: (begin, end) as its activity has them: of several whole days (none, last day)"""
        self.ensure_one()
        if not self.allday:
            return self.start, self.stop
        if self.stop_date <= self.start_date:
            return False, False
        return False, datetime.combine(self.stop_date, time())
