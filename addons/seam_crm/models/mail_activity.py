from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

from odoo import api, fields, models

from .tell import tell

HANDLER = "seam.handler.crm.activity.out"


class MailActivity(models.Model):
    _inherit = "mail.activity"

    seam_start = fields.Datetime(
        "Begins",
        help="When the meeting begins, by Odoo's calendar or by a CRM. Empty: only its day is "
        "known.",
    )
    seam_end = fields.Datetime(
        "Ends", help="Where it begins at no hour: its last day, of a meeting of several whole days."
    )
    seam_last_day = fields.Date(
        "Last day",
        compute="_compute_seam_last_day",
        help="Of a meeting of several whole days.",
    )

    @api.depends("seam_start", "seam_end")
    def _compute_seam_last_day(self):
        for activity in self:
            end = not activity.seam_start and activity.seam_end
            activity.seam_last_day = end and end.date()

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        activities._seam_crm_take_times()
        tell(activities, {"summary", *(name for vals in vals_list for name in vals)})
        return activities

    def write(self, vals):
        moves = "date_deadline" in vals and not {"seam_start", "seam_end"} & vals.keys()
        moves = moves and not self.env.context.get("seam_crm_hours")
        timed = self.filtered(lambda each: each.seam_start or each.seam_end) if moves else ()
        days = {each.id: each.date_deadline for each in timed}
        result = super().write(vals)
        if moves or "calendar_event_id" in vals:
            self._seam_crm_take_times(days)
        tell(self, set(vals))
        return result

    def unlink(self):
        if self.env["seam.flow"]._crm_tells(self._name):
            self.env[HANDLER]._emit_deleted(self)
        return super().unlink()

    def _seam_crm_take_times(self, days=None):
        """The time of day is that of the calendar's meeting; without one, a meeting that goes
        to another day keeps it.

        :param days: dict activity id → the day on which it was
        """
        for activity in self:
            event, start, end = activity.calendar_event_id, activity.seam_start, activity.seam_end
            if event:
                start, end = event._seam_crm_times()
            elif activity.id in (days or {}):
                start, end = activity._seam_crm_moved(activity.date_deadline - days[activity.id])
            if (start, end) != (activity.seam_start, activity.seam_end):
                activity.write({"seam_start": start, "seam_end": end})

    def _seam_crm_moved(self, delta):
        """:return: (begin, end) some days later, at the same hour by the clock on the wall; whole
        days have none"""
        if not self.seam_start:
            return False, self.seam_end + delta
        zone = ZoneInfo(self.user_tz or self.env.user.tz or "UTC")
        start = self.seam_start.replace(tzinfo=timezone.utc).astimezone(zone).replace(tzinfo=None)
        moved = (start + timedelta(days=delta.days)).replace(tzinfo=zone)
        moved = moved.astimezone(timezone.utc).replace(tzinfo=None)
        return moved, self.seam_end and moved + (self.seam_end - self.seam_start)

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
