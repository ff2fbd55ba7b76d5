from odoo import fields
from odoo.tests import new_test_user, tagged

from .common import DealCase


@tagged("post_install", "-at_install")
class TestActivities(DealCase):
    """Tasks, calls and meetings agree on both sides, about the same contact or deal."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code, handler, direction in (
            ("activities", "activity", "in"),
            ("activities-out", "activity.out", "out"),
        ):
            cls.flows[code] = cls.make_flow(
                name=code,
                code=code,
                handler=f"seam.handler.crm.{handler}",
                carries=cls.carries,
                direction=direction,
            )

    def setUp(self):
        super().setUp()
        self.ada = self.known("C-1", email="ada@lovelace.example")
        self.told()

    def activity(self, minute=0, key="A-1", about=("contact", "C-1"), deleted=None, **told):
        told = {"kind": "call", "summary": "Call about the engine", "due": "2026-04-01", **told}
        if about:
            told["about"] = {"type": about[0], "id": about[1]}
        return self.document(key, minute, deleted=deleted, **told)

    def apply(self, minute=0, **told):
        message, _partner = self.take(self.activity(minute, **told), "activities")
        record = message._record()
        return message, record if record is not None else self.env["mail.activity"]

    def agreed(self, **told):
        """:return: an activity on which both sides agree"""
        message, activity = self.apply(**told)
        self.assertEqual(message.state, "done", message.state_reason)
        self.told()
        return activity

    def here(self):
        return (
            self.env["mail.activity"]
            .with_context(active_test=False)
            .search([("res_model", "=", "res.partner"), ("res_id", "=", self.ada.id)])
        )

    # -- into Odoo ---------------------------------------------------------------------

    def test_a_call_there_is_a_call_here_and_is_not_echoed(self):
        message, activity = self.apply(note="Bring cards", owner=None)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.assertEqual(activity.summary, "Call about the engine")
        self.assertEqual(activity.date_deadline, fields.Date.to_date("2026-04-01"))
        self.assertEqual((activity.res_model, activity.res_id), ("res.partner", self.ada.id))
        self.assertFalse(activity.user_id, "not the service user's")
        self.assertIn("Bring cards", activity.note)
        self.assertEqual(self.told(), [])

    def test_twice_is_once(self):
        self.apply()
        self.apply(minute=1)
        self.assertEqual(len(self.here()), 1)

    def test_done_there_is_done_here(self):
        activity = self.agreed()
        self.apply(minute=40, done=True, done_at="2026-03-30", feedback="She agrees")
        self.assertFalse(activity.active)
        self.assertEqual(activity.feedback, "She agrees")
        self.assertEqual(activity.date_done, fields.Date.to_date("2026-03-30"))
        self.assertIn("She agrees", "".join(self.ada.message_ids.mapped("body")))
        self.assertEqual(self.told(), [])

    def test_open_again_there(self):
        activity = self.agreed()
        self.apply(minute=40, done=True)
        self.assertFalse(activity.active)
        self.apply(minute=41, done=False)
        self.assertTrue(activity.active)

    def test_a_record_that_did_not_come_yet(self):
        message, _activity = self.apply(about=("contact", "C-9"))
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))

    def test_an_unknown_owner_is_asked_for(self):
        message, _activity = self.apply(owner={"id": "U-9", "name": "Grace"})
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.assertEqual(message.exception_id.missing_model, "res.users")

    def test_an_unknown_kind_is_asked_for(self):
        message, _activity = self.apply(kind="Lunch")
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        meeting = self.env.ref("mail.mail_activity_data_meeting")
        message.exception_id.with_user(self.operator)._fix(meeting.with_user(self.operator))
        self.commit()
        self.drain()
        self.assertEqual(self.here().activity_type_id, meeting)

    def test_about_nothing(self):
        message, _activity = self.apply(about=None)
        self.assertEqual((message.state, message.fault_code), ("failed", "business.rule"))

    def test_about_what_does_not_come_to_odoo(self):
        document = self.activity(about=None)
        document["fields"]["about"] = None
        message, _partner = self.take(document, "activities")
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertIn("Not made", message.state_reason)
        self.assertFalse(self.here() or self.bound("mail.activity"))
        activity = self.agreed(minute=1)
        document = self.activity(40, about=None, summary="Call her assistant")
        document["fields"]["about"] = None
        self.take(document, "activities")
        self.assertEqual((activity.summary, activity.res_id), ("Call her assistant", self.ada.id))

    def test_what_is_done_before_it_came_is_not_made(self):
        message, activity = self.apply(done=True)
        self.assertEqual(message.state, "done")
        self.assertFalse(activity or self.here())

    def test_deleted_there(self):
        activity = self.agreed()
        message, _activity = self.apply(minute=40, deleted=True)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(activity.exists())
        self.assertIn("cancelled here", "".join(self.ada.message_ids.mapped("body")))
        self.assertEqual(self.told(), [])

    def test_it_moves_to_another_contact(self):
        activity = self.agreed()
        other = self.take(self.document("C-2", 0, name="Grace Hopper"), "contacts")[1]
        self.apply(minute=40, about=("contact", "C-2"))
        self.assertEqual(activity.res_id, other.id)

    def test_without_a_day(self):
        message, activity = self.apply(due=None)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertTrue(activity.date_deadline)

    def test_both_changed_it(self):
        activity = self.agreed()
        self.edit(activity, summary="Call about the loom")
        message, _activity = self.apply(minute=40, summary="Call about the mill")
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        self.assertEqual(activity.summary, "Call about the loom")

    def plan(self, record, kind, summary):
        """A user plans an activity."""
        return self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "activity_type_id": self.env.ref(f"mail.mail_activity_data_{kind}").id,
                "summary": summary,
            }
        )

    # -- out of Odoo -------------------------------------------------------------------

    def test_a_change_here_is_told_alone(self):
        activity = self.agreed()
        self.edit(activity, date_deadline="2026-05-01")
        (document,) = self.told()
        self.assertEqual((document["id"], document["fields"]), ("A-1", {"due": "2026-05-01"}))
        self.assertEqual(self.told(), [])

    def test_what_the_crm_leaves_empty_is_told_once_it_changes_here(self):
        activity = self.agreed(kind=None, due=None)
        self.edit(activity, summary="Call back")
        (document,) = self.told()
        self.assertEqual(document["fields"], {"summary": "Call back"})
        call = self.env.ref("mail.mail_activity_data_call")
        self.edit(activity, activity_type_id=call.id, date_deadline="2026-05-01")
        (document,) = self.told()
        self.assertEqual(document["fields"], {"kind": "call", "due": "2026-05-01"})
        self.apply(minute=50, summary="Call back", kind="email", due="2026-05-02")
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_email"))
        self.assertEqual(str(activity.date_deadline), "2026-05-02")
        self.assertFalse(self.cases())

    def test_a_kind_of_which_both_never_spoke_is_no_change(self):
        activity = self.agreed()
        agreement = self.env["seam.crm.agreement"].sudo().search([("res_id", "=", activity.id)])
        agreement.agreed = {n: mark for n, mark in agreement.agreed.items() if n != "kind"}
        self.commit()
        self.edit(activity, summary="Call back")
        (document,) = self.told()
        self.assertEqual(document["fields"], {"summary": "Call back"})

    def test_done_here_is_told_with_what_came_of_it(self):
        activity = self.agreed()
        activity.action_feedback(feedback="Sold")
        (document,) = self.told()
        told = document["fields"]
        self.assertEqual((told["done"], told["feedback"]), (True, "Sold"))
        self.assertEqual(told["done_at"], activity.date_done.isoformat())

    def test_open_again_here_is_told(self):
        activity = self.agreed()
        activity.action_feedback(feedback="Sold")
        self.told()
        activity.action_unarchive()
        (document,) = self.told()
        self.assertIs(document["fields"]["done"], False)

    def test_cancelled_here_is_told(self):
        activity = self.agreed()
        activity.unlink()
        (document,) = self.told()
        self.assertEqual((document["id"], document["deleted"]), ("A-1", True))
        message, _activity = self.apply(minute=41, summary="Call again")
        self.assertEqual(message.state, "done")
        self.assertFalse(self.here())

    def test_it_goes_with_its_record_and_stays_with_an_archived_one(self):
        activity = self.agreed()
        self.edit(self.ada, active=False)
        self.assertEqual([(d["id"], d.get("deleted")) for d in self.told()], [("C-1", None)])
        self.assertTrue(activity.exists())
        self.ada.unlink()
        told = {document["id"]: document.get("deleted") for document in self.told()}
        self.assertEqual(told, {"A-1": True, "C-1": True})

    def test_a_new_one_here_is_told_where_that_is_wanted(self):
        self.plan(self.ada, "todo", "Send the cards")
        self.assertEqual(self.told(), [])
        self.flows["activities-out"].crm_new = True
        self.ada.activity_schedule("mail.mail_activity_data_todo", summary="A program's")
        self.plan(self.ada, "meeting", "Show the engine")
        (document,) = self.told()
        self.assertNotIn("id", document)
        self.assertEqual(document["fields"]["kind"], "meeting")
        self.assertEqual(document["fields"]["summary"], "Show the engine")
        self.assertEqual(
            document["fields"]["about"], {"type": "contact", "id": "C-1", "name": "Ada Lovelace"}
        )

    def test_nobody_elses_activities_are_told(self):
        self.flows["activities-out"].crm_new = True
        stranger = self.env["res.partner"].create({"name": "Stranger"})
        self.told()
        self.plan(stranger, "todo", "Not the CRM's")
        self.plan(self.flows["activities"], "todo", "Of a flow")
        self.assertEqual(self.told(), [])

    def test_a_kind_that_the_crm_does_not_have(self):
        activity = self.agreed()
        kind = self.env["mail.activity.type"].create({"name": "Lunch"})
        self.edit(activity, activity_type_id=kind.id)
        self.told()
        self.assertEqual(self.cases().mapped("code"), ["master.unknown"])

    # -- meetings at an hour -----------------------------------------------------------

    def meeting(self, **told):
        told = {"start": "2026-04-01T08:00:00Z", "end": "2026-04-01T09:30:00Z", **told}
        return self.agreed(kind="meeting", **told)

    def test_a_meeting_there_keeps_its_hour_here(self):
        activity = self.meeting()
        self.assertEqual(str(activity.seam_start), "2026-04-01 08:00:00")
        self.apply(minute=40, kind="meeting", start="2026-04-01T08:15:00Z")
        self.assertEqual(str(activity.seam_start), "2026-04-01 08:15:00")
        self.assertEqual(self.told(), [])

    def test_a_meeting_on_another_day_is_at_the_same_hour(self):
        activity = self.meeting()
        activity.user_id = self.env.user
        self.env.user.tz = "Europe/Berlin"
        self.told()
        self.edit(activity, date_deadline="2026-11-02")
        (document,) = self.told()
        told = {name: document["fields"][name] for name in ("due", "start", "end")}
        # In winter ten o'clock in Berlin is another hour of UTC.
        self.assertEqual(
            told,
            {"due": "2026-11-02", "start": "2026-11-02T09:00:00Z", "end": "2026-11-02T10:30:00Z"},
        )

    def in_calendar(self, activity, **values):
        """:return: the meeting of Odoo's calendar that an activity is about"""
        hours = {"start": "2026-04-01 08:00:00", "stop": "2026-04-01 09:30:00", "duration": 1.5}
        values = values or hours
        return self.env["calendar.event"].create(
            {
                "name": activity.summary,
                "user_id": activity.user_id.id,
                "activity_ids": [(6, 0, activity.ids)],
                **values,
            }
        )

    def test_a_new_meeting_of_the_calendar_is_told_with_its_hour(self):
        self.flows["activities-out"].crm_new = True
        self.in_calendar(self.plan(self.ada, "meeting", "Show the engine"))
        (document,) = self.told()
        told = document["fields"]
        hours = ("2026-04-01T08:00:00Z", "2026-04-01T09:30:00Z")
        self.assertEqual((told["start"], told["end"]), hours)

    def test_a_meeting_and_the_calendar_move_together(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        self.assertEqual(self.told(), [])
        self.edit(event, start="2026-04-01 10:00:00")
        (document,) = self.told()
        told = {"start": "2026-04-01T10:00:00Z", "end": "2026-04-01T11:30:00Z"}
        self.assertEqual(document["fields"], {"due": "2026-04-01", **told})
        hours = {"start": "2026-04-03T07:00:00Z", "end": "2026-04-03T08:00:00Z"}
        message, _activity = self.apply(minute=50, kind="meeting", due="2026-04-03", **hours)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(
            (str(event.start), str(event.stop)), ("2026-04-03 07:00:00", "2026-04-03 08:00:00")
        )
        self.assertEqual(str(activity.date_deadline), "2026-04-03")
        self.assertEqual(self.told(), [])

    def test_a_private_meeting_moves_too(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        owner = new_test_user(self.env, "ada-seller", groups="base.group_user")
        event.write({"privacy": "private", "user_id": owner.id, "partner_ids": [(5,)]})
        self.told()
        hours = {"start": "2026-04-03T07:00:00Z", "end": "2026-04-03T08:00:00Z"}
        message, _activity = self.apply(minute=50, kind="meeting", due="2026-04-03", **hours)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(str(event.start), "2026-04-03 07:00:00")

    def test_where_the_hour_is_told_another_day_moves_no_meeting(self):
        """Where the CRM is it may be the day before."""
        activity = self.meeting()
        event = self.in_calendar(activity)
        self.told()
        hours = {"start": "2026-04-01T08:00:00Z", "end": "2026-04-01T09:30:00Z"}
        self.apply(minute=50, kind="meeting", due="2026-03-31", **hours)
        self.assertEqual(str(activity.date_deadline), "2026-04-01", "as it is here")
        self.assertEqual(
            (str(event.start), activity.seam_start), ("2026-04-01 08:00:00", event.start)
        )
        self.assertEqual(self.told(), [])

    def test_the_echo_of_an_hour_is_no_conflict_where_it_is_another_day_there(self):
        activity = self.meeting()
        self.edit(activity, date_deadline="2026-04-02")
        self.told()
        hours = {"start": "2026-04-02T08:00:00Z", "end": "2026-04-02T09:30:00Z"}
        message, _activity = self.apply(minute=50, kind="meeting", due="2026-04-03", **hours)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(str(activity.date_deadline), "2026-04-02")
        self.assertEqual(self.told(), [])
        hours = {"start": "2026-04-05T08:00:00Z", "end": "2026-04-05T09:30:00Z"}
        self.apply(minute=55, kind="meeting", due="2026-04-06", **hours)
        self.assertEqual(str(activity.date_deadline), "2026-04-06")
        self.assertEqual(self.told(), [])

    def test_a_meeting_becomes_one_of_the_whole_day(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        self.told()
        message, _activity = self.apply(minute=50, kind="meeting", start=None, end=None)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((event.allday, activity.seam_start), (True, False))
        self.assertEqual(self.told(), [])

    def fair(self, **told):
        """:return: a meeting of three whole days on which both sides agree"""
        return self.meeting(**{"start": None, "end": "2026-04-03T00:00:00Z", **told})

    def fair_in_calendar(self, activity, last="2026-04-03"):
        days = {"allday": True, "start_date": "2026-04-01", "stop_date": last}
        event = self.in_calendar(activity, **days, start="2026-04-01", stop=last)
        self.assertEqual(self.told(), [])
        return event

    def days(self, event):
        return event.allday, str(event.start_date), str(event.stop_date)

    def test_a_meeting_of_several_whole_days_stays_one(self):
        activity = self.fair()
        self.assertEqual(str(activity.date_deadline), "2026-04-01")
        self.assertEqual((activity.seam_start, str(activity.seam_last_day)), (False, "2026-04-03"))
        self.edit(activity, date_deadline="2026-04-08")
        (document,) = self.told()
        told = {"due": "2026-04-08", "start": None, "end": "2026-04-10T00:00:00Z"}
        self.assertEqual(document["fields"], told)

    def test_several_whole_days_move_in_the_calendar(self):
        activity = self.fair()
        event = self.fair_in_calendar(activity)
        days = {"due": "2026-04-06", "start": None, "end": "2026-04-07T00:00:00Z"}
        message, _activity = self.apply(minute=50, kind="meeting", **days)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.days(event), (True, "2026-04-06", "2026-04-07"))
        self.assertEqual(str(activity.seam_last_day), "2026-04-07")
        self.apply(minute=51, kind="meeting", due="2026-04-06", start=None, end=None)
        self.assertEqual(self.days(event), (True, "2026-04-06", "2026-04-06"))
        self.assertFalse(activity.seam_last_day)
        self.assertEqual(self.told(), [])

    def test_several_whole_days_of_the_calendar_are_told(self):
        activity = self.fair()
        event = self.fair_in_calendar(activity)
        self.edit(event, start_date="2026-04-02", stop_date="2026-04-06")
        (document,) = self.told()
        told = {"due": "2026-04-02", "start": None, "end": "2026-04-06T00:00:00Z"}
        self.assertEqual(document["fields"], told)
        self.edit(event, stop_date="2026-04-02")
        (document,) = self.told()
        self.assertEqual(document["fields"], {"due": "2026-04-02", "start": None, "end": None})
        self.edit(activity, date_deadline="2026-04-07")
        self.assertEqual(self.days(event), (True, "2026-04-07", "2026-04-07"))
        (document,) = self.told()
        self.assertEqual(document["fields"], {"due": "2026-04-07"})

    def test_several_whole_days_go_to_another_day_with_their_calendar(self):
        activity = self.fair()
        event = self.fair_in_calendar(activity)
        self.edit(activity, date_deadline="2026-04-07")
        self.assertEqual(self.days(event), (True, "2026-04-07", "2026-04-09"))
        (document,) = self.told()
        told = {"due": "2026-04-07", "start": None, "end": "2026-04-09T00:00:00Z"}
        self.assertEqual(document["fields"], told)

    def test_a_meeting_of_one_whole_day_moves_in_the_calendar(self):
        activity = self.meeting(start=None, end=None)
        event = self.fair_in_calendar(activity, last="2026-04-01")
        self.apply(minute=50, kind="meeting", due="2026-04-06", start=None, end=None)
        self.assertEqual(self.days(event), (True, "2026-04-06", "2026-04-06"))
        self.assertEqual(self.told(), [])

    def test_what_was_changed_here_of_a_meeting_stays_when_it_is_moved_there(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        self.edit(event, stop="2026-04-01 12:00:00")
        hours = {"start": "2026-04-01T07:00:00Z", "end": "2026-04-01T09:30:00Z"}
        self.apply(minute=50, kind="meeting", **hours)
        self.assertEqual(
            (str(event.start), str(event.stop)), ("2026-04-01 07:00:00", "2026-04-01 12:00:00")
        )

    def test_a_meeting_that_is_taken_out_of_the_calendar_is_told(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        self.told()
        event.unlink()
        self.assertFalse(activity.exists())
        (document,) = self.told()
        self.assertEqual((document["id"], document["deleted"]), ("A-1", True))

    def test_a_meeting_that_is_deleted_there_leaves_the_calendar(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        owner = new_test_user(self.env, "ada-seller", groups="base.group_user")
        event.write({"privacy": "private", "user_id": owner.id, "partner_ids": [(5,)]})
        self.told()
        message, _activity = self.apply(minute=50, deleted=True)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(event.exists() or activity.exists())
        self.assertIn("cancelled here", "".join(self.ada.message_ids.mapped("body")))
        self.assertEqual(self.told(), [])

    def test_of_a_series_only_the_meeting_that_is_deleted_there_goes(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        event.write({"recurrency": True, "rrule_type": "daily", "count": 3})
        series = event.recurrence_id
        self.told()
        self.apply(minute=50, deleted=True)
        self.assertFalse(event.exists())
        self.assertEqual(len(series.calendar_event_ids), 2)

    def test_a_meeting_that_something_else_is_planned_for_stays_in_the_calendar(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        other = self.plan(self.ada, "meeting", "Show the loom")
        other.calendar_event_id = event
        self.told()
        self.apply(minute=50, deleted=True)
        self.assertFalse(activity.exists())
        self.assertTrue(event.exists() and other.exists())
        self.assertIn("stays in the calendar", "".join(self.ada.message_ids.mapped("body")))

    def test_a_meeting_that_was_held_is_told_when_it_leaves_the_calendar(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        self.apply(minute=40, kind="meeting", done=True)
        self.assertFalse(activity.active)
        self.told()
        event.unlink()
        self.assertFalse(activity.exists())
        (document,) = self.told()
        self.assertEqual((document["id"], document["deleted"]), ("A-1", True))

    def test_it_is_told_of_what_the_user_may_not_read(self):
        activity = self.meeting()
        event = self.in_calendar(activity)
        user = new_test_user(self.env, "ada-clerk", groups="base.group_user")
        self.ada.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        self.told()
        self.env.invalidate_all()
        self.assertFalse(event.with_user(user).activity_ids)
        event.with_user(user).unlink()
        self.assertFalse(activity.exists())
        (document,) = self.told()
        self.assertEqual((document["id"], document["deleted"]), ("A-1", True))
