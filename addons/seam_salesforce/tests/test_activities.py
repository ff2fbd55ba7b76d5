from datetime import datetime, timedelta, timezone

from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault

from .. import mapper
from .story_case import StoryCase


class ActivityCase(StoryCase):
    """Grace is known on both sides."""

    def setUp(self):
        super().setUp()
        self.grace = self.fake.make("Contact", LastName="Hopper", Email="g@sf-story.example")
        self.take("contacts")
        self.person = self.partner_of(self.grace)

    def plan(self, kind, summary, **values):
        """A user plans an activity about Grace."""
        return self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.person.id,
                "activity_type_id": self.env.ref(f"mail.mail_activity_data_{kind}").id,
                "summary": summary,
                "user_id": False,
                **values,
            }
        )

    def later(self):
        """What is changed there now is newer than what Odoo sent: its clock is the real one."""
        self.fake.at = datetime.now(timezone.utc) + timedelta(hours=1)

    def there(self, name):
        """:return: the only record that Salesforce has of an object"""
        (record,) = self.fake.records[name].values()
        return record

    def activity_of(self, key):
        found = self.env["seam.binding"]._find(self.system.id, "mail.activity", [key])
        return found.get(key, self.env["mail.activity"])


@tagged("post_install", "-at_install")
class TestTasks(ActivityCase):
    def test_a_task_comes_is_done_and_what_is_nobody_s_stays_there(self):
        task = self.fake.make(
            "Task",
            Subject="Call back",
            TaskSubtype="Call",
            WhoId=self.grace,
            ActivityDate="2027-01-15",
        )
        self.fake.make("Task", Subject="Of a lead", TaskSubtype="Task", WhoId="00Q5g0000000001AAA")
        self.take("tasks")
        (message,) = self.messages("tasks")
        self.assertEqual(message.state, "done", message.state_reason)
        activity = self.person.activity_ids
        self.assertEqual(
            (activity.summary, str(activity.date_deadline)), ("Call back", "2027-01-15")
        )
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.fake.tick()
        self.fake.change("Task", task, Status="Completed")
        self.take("tasks")
        self.assertFalse(activity.active)
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_done_here_and_open_again(self):
        task = self.fake.make("Task", Subject="Call back", TaskSubtype="Call", WhoId=self.grace)
        self.take("tasks")
        activity = self.person.activity_ids
        activity.action_feedback(feedback="She is on leave")
        self.tell()
        self.assertEqual(self.fake.records["Task"][task]["Status"], "Completed")
        activity.action_unarchive()
        self.tell()
        self.assertEqual(self.fake.records["Task"][task]["Status"], "Not Started")
        self.assertFalse(self.open_cases())

    def test_what_odoo_has_is_followed_though_it_is_about_nobody_of_ours_any_more(self):
        task = self.fake.make("Task", Subject="Call", TaskSubtype="Call", WhoId=self.grace)
        self.take("tasks")
        activity = self.activity_of(task)
        self.fake.tick()
        self.fake.change("Task", task, WhoId=None, Subject="Call her assistant")
        self.take("tasks")
        self.assertEqual(activity.summary, "Call her assistant")
        self.assertEqual(activity.res_id, self.person.id)
        activity.summary = "Call back"
        self.tell()
        self.assertEqual(self.there("Task")["Subject"], "Call back")
        self.later()
        self.fake.change("Task", task, WhoId="00Q5g0000000001AAA", Status="Completed")
        self.take("tasks")
        self.assertFalse(activity.active)
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_a_job_follows_what_odoo_has_too(self):
        task = self.fake.make("Task", Subject="Call", TaskSubtype="Call", WhoId=self.grace)
        self.take("tasks")
        self.fake.tick()
        self.fake.change("Task", task, WhoId=None, Subject="Call her assistant")
        self.fake.make("Task", Subject="Nobody's")
        self.system.salesforce_bulk_days = 30
        self.run_pull("tasks", "1970-01-01T00:00:00")
        for _step in range(5):
            self.pull_of("tasks").state = "running"
            self.go_on("tasks")
        self.assertEqual(self.documents("tasks")[-1]["fields"]["summary"], "Call her assistant")
        self.assertEqual(len(self.documents("tasks")), 2)

    def test_nothing_waits_for_a_record_whose_flow_was_never_activated(self):
        self.flows["deals"].state = "draft"
        self.commit()
        deal = self.fake.make(
            "Opportunity", Name="Ten", StageName="Prospecting", CloseDate="2027-01-31"
        )
        both = self.fake.make("Task", Subject="Hers too", WhoId=self.grace, WhatId=deal)
        self.fake.make("Task", Subject="The deal's only", WhatId=deal)
        self.take("tasks")
        self.assertEqual(self.settled("tasks"), {"done"})
        self.assertEqual(self.activity_of(both).res_id, self.person.id)
        self.assertEqual(len(self.messages("tasks")), 1)
        self.flows["deals"].state = "paused"
        self.commit()
        self.fake.tick()
        self.fake.change("Task", both, Subject="The deal's")
        self.take("tasks")
        self.assertEqual(self.messages("tasks")[-1].fault_code, "order.predecessor")

    def test_what_is_pushed_about_a_record_that_stays_there_is_no_failure(self):
        self.flows["deals"].state = "draft"
        self.commit()
        deal = self.fake.make(
            "Opportunity", Name="Ten", StageName="Prospecting", CloseDate="2027-01-31"
        )
        for values in ({"WhatId": deal}, {"WhoId": "00Q5g0000000001AAA"}, {}):
            task = self.fake.make("Task", Subject="Another's", **values)
            message = self.send(self.flows["tasks"], self.fake.records["Task"][task])
            self.assertEqual(message.state, "done", message.state_reason)
            self.assertIn("Not made", message.state_reason)
            self.assertFalse(self.activity_of(task))
        day = {"IsAllDayEvent": True, "ActivityDate": "2027-01-15"}
        event = self.fake.make("Event", Subject="A guest's", WhoId=self.grace, IsChild=True, **day)
        message = self.send(self.flows["events"], self.fake.records["Event"][event])
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(self.activity_of(event) or self.open_cases())

    def test_a_task_without_a_kind_is_one_to_do_and_changes_in_both_directions(self):
        task = self.fake.make("Task", Subject="Call", WhoId=self.grace)
        self.take("tasks")
        activity = self.activity_of(task)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))
        activity.summary = "Call back"
        self.assertEqual(len(self.tell()), 1)
        self.assertEqual(self.there("Task")["Subject"], "Call back")
        self.assertFalse(self.open_cases())

    def test_it_is_done_on_the_day_at_our_place(self):
        self.system.salesforce_timezone = "Asia/Tokyo"
        task = self.fake.make("Task", Subject="Call", WhoId=self.grace)
        self.take("tasks")
        self.fake.at = datetime(2026, 3, 1, 16, 0, 0, tzinfo=timezone.utc)
        self.fake.change("Task", task, Status="Completed")
        self.take("tasks")
        self.assertEqual(str(self.activity_of(task).date_done), "2026-03-02")

    def test_a_call_planned_here_is_made_there_once_and_done_there(self):
        activity = self.plan("call", "Call back", date_deadline="2027-01-15")
        self.fake.next_answers = ["lose"]
        self.tell()
        message = self.messages("activities-out")
        self.assertIn(message.state, ("waiting", "pending"))
        self.at_once(message)
        self.tell()
        self.assertEqual(message.state, "done", message.state_reason)
        task = self.there("Task")
        self.assertEqual(task["Seam_Id__c"], f"odoo-{activity.id}")
        told = (task["Subject"], task["TaskSubtype"], task["ActivityDate"], task["WhoId"])
        self.assertEqual(told, ("Call back", "Call", "2027-01-15", self.grace))
        self.take("tasks")
        self.assertEqual(self.tell(), [], "no echo")
        activity.action_feedback(feedback="She agrees")
        self.assertEqual(len(self.tell()), 1)
        self.assertEqual((task["Status"], task["IsClosed"]), ("Completed", True))
        self.later()
        self.fake.change("Task", task["Id"], Status="In Progress")
        self.take("tasks")
        self.assertTrue(activity.active)
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_what_comes_back_before_its_answer_is_known_is_not_made_here_too(self):
        """The answer is lost, somebody there changes the task, and the pull is the first to tell."""
        activity = self.plan("call", "Call back")
        self.fake.next_answers = ["lose"]
        self.tell()
        self.later()
        self.fake.change("Task", self.there("Task")["Id"], Subject="Call her assistant")
        self.take("tasks")
        self.let_time_pass()
        self.assertEqual(self.tell(), [], "it is found there, and not written over")
        self.let_time_pass()
        self.drain()
        self.assertEqual(self.person.activity_ids, activity)
        self.assertEqual(activity.summary, "Call her assistant")
        self.assertEqual(self.activity_of(self.there("Task")["Id"]), activity)
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_a_task_of_another_database_is_not_ours(self):
        activity = self.plan("call", "Call back")
        self.tell()
        for seam_id in (f"test-{activity.id}", f"odoo-{activity.id}x", "odoo-"):
            task = self.fake.make("Task", Subject=seam_id, WhoId=self.grace, Seam_Id__c=seam_id)
            self.take("tasks")
            self.assertNotIn(self.activity_of(task), (activity, self.env["mail.activity"]))
        self.assertNotIn("odoo_id", self.documents("tasks")[-1])

    def test_deleted_here_and_there(self):
        ours, theirs = self.plan("todo", "Ours"), self.plan("todo", "Theirs")
        self.tell()
        by_subject = {task["Subject"]: task for task in self.fake.records["Task"].values()}
        ours.unlink()
        self.assertEqual([method for method, _path in self.tell()], ["DELETE"])
        self.assertTrue(by_subject["Ours"]["IsDeleted"])
        self.later()
        self.fake.delete("Task", by_subject["Theirs"]["Id"])
        self.take("tasks")
        self.assertFalse(theirs.exists())
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_what_they_changed_meanwhile_is_not_written_over(self):
        task = self.fake.make("Task", Subject="Call", TaskSubtype="Call", WhoId=self.grace)
        self.take("tasks")
        activity = self.activity_of(task)
        self.fake.tick()
        self.fake.change("Task", task, Subject="Call her assistant")
        activity.date_deadline = "2027-02-01"
        self.tell()
        self.assertEqual(self.messages("activities-out").state, "waiting")
        self.take("tasks")
        self.assertEqual(activity.summary, "Call her assistant")
        self.at_once(self.messages("activities-out"))
        self.tell()
        self.assertEqual(self.there("Task")["ActivityDate"], "2027-02-01")
        self.assertFalse(self.open_cases())

    def test_the_kind_of_one_that_is_there_cannot_be_changed(self):
        activity = self.plan("call", "Call back")
        self.tell()
        activity.activity_type_id = self.env.ref("mail.mail_activity_data_todo")
        self.assertEqual(self.tell(), [])
        case = self.open_cases(self.flows["activities-out"])
        self.assertEqual((case.code, case.pointer), ("business.rule", "/fields/kind"))
        activity.activity_type_id = self.env.ref("mail.mail_activity_data_call")
        activity.summary = "Call her back"
        self.tell()
        self.assertEqual(self.there("Task")["Subject"], "Call her back")
        self.assertFalse(self.open_cases())

    def test_a_kind_of_one_s_own(self):
        kind = self.env["mail.activity.type"].create({"name": "LinkedIn"})
        self.env["seam.value.map"]._learn(self.system.id, "mail.activity.type", "LinkedIn", kind)
        self.plan("todo", "Write to her", activity_type_id=kind.id)
        self.tell()
        self.assertEqual(self.there("Task")["TaskSubtype"], "LinkedIn")
        task = self.fake.make("Task", Subject="Write", TaskSubtype="LinkedIn", WhoId=self.grace)
        self.take("tasks")
        self.assertEqual(self.activity_of(task).activity_type_id, kind)

    def test_what_salesforce_refuses_is_told_with_its_place(self):
        self.plan("todo", "A" * 300)
        self.tell()
        case = self.open_cases(self.flows["activities-out"])
        self.assertEqual(case.pointer, "/fields/summary")
        self.assertIn("too large", self.messages("activities-out").fault_message)


@tagged("post_install", "-at_install")
class TestEvents(ActivityCase):
    def event(self, **values):
        hours = {
            "StartDateTime": "2027-01-15T22:30:00.000+0000",
            "EndDateTime": "2027-01-15T23:30:00.000+0000",
        }
        values = {"Subject": "Show the lathes", "WhoId": self.grace, **hours, **values}
        return self.fake.make("Event", **values)

    def in_calendar(self, activity, **values):
        """:return: the meeting of Odoo's calendar that an activity is about"""
        values = values or {"start": "2027-01-15 09:00:00", "stop": "2027-01-15 10:00:00"}
        values |= {"name": activity.summary, "user_id": False}
        return self.env["calendar.event"].create({**values, "activity_ids": [(6, 0, activity.ids)]})

    def test_an_event_there_is_a_meeting_here_on_its_day_at_our_place(self):
        self.system.salesforce_timezone = "Europe/Berlin"
        event = self.event()
        self.take("events")
        activity = self.activity_of(event)
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_meeting"))
        self.assertEqual(str(activity.date_deadline), "2027-01-15")
        self.assertEqual(str(activity.seam_start), "2027-01-15 22:30:00")
        self.system.salesforce_timezone = "Asia/Tokyo"
        self.env.flush_all()
        self.fake.tick()
        self.fake.change("Event", event, Subject="Show all lathes")
        self.take("events")
        self.assertEqual(str(activity.date_deadline), "2027-01-15", "its hour is the same")
        self.assertEqual(str(activity.seam_start), "2027-01-15 22:30:00")
        other = self.event()
        self.take("events")
        self.assertEqual(str(self.activity_of(other).date_deadline), "2027-01-16")
        self.assertEqual(self.tell(), [])

    def test_the_day_of_who_plans_it_is_not_that_of_the_account(self):
        self.system.salesforce_timezone = "Europe/Berlin"
        activity = self.plan("meeting", "Show the lathes", date_deadline="2027-01-15")
        hours = {"start": "2027-01-16 00:00:00", "stop": "2027-01-16 01:00:00"}
        meeting = self.env["calendar.event"].create(
            {
                "name": activity.summary,
                "user_id": False,
                "activity_ids": [(6, 0, activity.ids)],
                **hours,
            }
        )
        elsewhere = {"calendar_event_meeting_update": True, "seam_crm_hours": True}
        activity.with_context(**elsewhere).date_deadline = "2027-01-15"
        self.tell()
        self.take("events")
        self.assertEqual(self.settled("events"), {"done"})
        self.assertEqual(str(activity.date_deadline), "2027-01-15", "it is four in Los Angeles")
        self.assertEqual(str(meeting.start), hours["start"])
        self.later()
        self.fake.change("Event", self.there("Event")["Id"], Subject="Show all lathes")
        self.take("events")
        self.assertEqual(activity.summary, "Show all lathes")
        self.assertEqual(str(activity.date_deadline), "2027-01-15")
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_a_time_zone_that_is_none_is_said(self):
        options = {**self.conf("events").options, "salesforce_timezone": "Mars/Olympus"}
        wire = self.fake.records["Event"][self.event()]
        with self.assertRaises(Fault) as caught:
            mapper.documents("crm-activity", wire, options)
        self.assertEqual(caught.exception.code, "config.invalid")
        self.assertIn("time zone", caught.exception.fix)

    def test_copies_of_guests_and_patterns_of_series_stay_there(self):
        self.event(IsChild=True)
        self.event(IsRecurrence=True)
        self.event(GroupEventType="3")
        self.event(WhoId="00Q5g0000000001AAA")
        one = self.event(GroupEventType="1")
        self.take("events")
        (message,) = self.messages("events")
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertTrue(self.activity_of(one))

    def test_a_meeting_of_our_calendar_is_an_event_there_and_moves_with_it(self):
        activity = self.plan("meeting", "Show the lathes", date_deadline="2027-01-15")
        meeting = self.in_calendar(activity)
        self.tell()
        event = self.there("Event")
        hours = ("2027-01-15T09:00:00.000+0000", "2027-01-15T10:00:00.000+0000")
        self.assertEqual((event["StartDateTime"], event["EndDateTime"]), hours)
        self.assertFalse(self.fake.records["Task"])
        self.take("events")
        self.assertEqual(self.tell(), [], "no echo")
        meeting.start = "2027-01-15 11:00:00"
        self.tell()
        self.assertEqual(event["EndDateTime"], "2027-01-15T12:00:00.000+0000")
        self.later()
        self.fake.change(
            "Event",
            event["Id"],
            StartDateTime="2027-01-20T08:00:00.000+0000",
            EndDateTime="2027-01-20T08:30:00.000+0000",
        )
        self.take("events")
        self.assertEqual(
            (str(meeting.start), str(meeting.stop)), ("2027-01-20 08:00:00", "2027-01-20 08:30:00")
        )
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_an_event_that_is_deleted_there_leaves_our_calendar(self):
        activity = self.plan("meeting", "Show the lathes", date_deadline="2027-01-15")
        meeting = self.in_calendar(activity)
        self.tell()
        self.take("events")
        self.later()
        self.fake.delete("Event", self.there("Event")["Id"])
        self.take("events")
        self.assertFalse(activity.exists() or meeting.exists())
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_a_meeting_without_an_hour_lasts_all_day_and_goes_to_another_one(self):
        activity = self.plan("meeting", "Fair", date_deadline="2027-01-15")
        self.tell()
        event = self.there("Event")
        self.assertEqual((event["IsAllDayEvent"], event["ActivityDate"]), (True, "2027-01-15"))
        self.take("events")
        activity.date_deadline = "2027-01-16"
        self.tell()
        self.assertEqual((event["IsAllDayEvent"], event["ActivityDate"]), (True, "2027-01-16"))
        self.assertEqual(event["DurationInMinutes"], 1440)
        self.take("events")
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_an_event_of_several_days_is_one_here_and_goes_back_as_one(self):
        event = self.event(
            IsAllDayEvent=True,
            ActivityDate="2027-01-15",
            StartDateTime="2027-01-15T00:00:00.000+0000",
            EndDateTime=None,
            DurationInMinutes=4320,
        )
        self.take("events")
        activity = self.activity_of(event)
        days = (str(activity.date_deadline), str(activity.seam_last_day))
        self.assertEqual(days, ("2027-01-15", "2027-01-17"))
        values = {"allday": True, "start_date": "2027-01-15", "stop_date": "2027-01-17"}
        meeting = self.in_calendar(activity, **values, start="2027-01-15", stop="2027-01-17")
        self.assertEqual(self.tell(), [])
        meeting.write({"start_date": "2027-01-18", "stop_date": "2027-01-19"})
        self.tell()
        there = self.there("Event")
        self.assertEqual((there["ActivityDate"], there["DurationInMinutes"]), ("2027-01-18", 2880))
        self.later()
        self.fake.change(
            "Event",
            event,
            StartDateTime="2027-01-20T00:00:00.000+0000",
            DurationInMinutes=7200,
        )
        self.take("events")
        days = (str(meeting.start_date), str(meeting.stop_date))
        self.assertEqual(days, ("2027-01-20", "2027-01-24"))
        meeting.stop_date = "2027-01-20"
        self.tell()
        self.assertEqual(there["DurationInMinutes"], 1440)
        self.take("events")
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_several_days_of_our_calendar_are_an_event_there(self):
        activity = self.plan("meeting", "Fair", date_deadline="2027-01-15")
        values = {"allday": True, "start_date": "2027-01-15", "stop_date": "2027-01-17"}
        self.in_calendar(activity, **values, start="2027-01-15", stop="2027-01-17")
        self.tell()
        event = self.there("Event")
        self.assertEqual((event["IsAllDayEvent"], event["ActivityDate"]), (True, "2027-01-15"))
        self.assertEqual(event["DurationInMinutes"], 4320)
        self.take("events")
        self.assertEqual(self.tell(), [])
        self.assertFalse(self.open_cases())

    def test_an_event_there_that_is_moved_here_keeps_its_hour(self):
        event = self.event()
        self.take("events")
        self.activity_of(event).date_deadline = "2027-01-18"
        self.tell()
        there = self.there("Event")
        hours = ("2027-01-18T22:30:00.000+0000", "2027-01-18T23:30:00.000+0000")
        self.assertEqual((there["StartDateTime"], there["EndDateTime"]), hours)
        self.assertFalse(there["IsAllDayEvent"])

    def test_without_the_lines_of_hours_nothing_is_moved_there(self):
        event = self.event()
        self.take("events")
        lines = self.env["seam.crm.field"].search(
            [("system_id", "=", self.system.id), ("document_field", "in", ("start", "end"))]
        )
        lines.action_archive()
        self.activity_of(event).date_deadline = "2027-01-18"
        self.assertEqual(self.tell(), [])
        self.assertEqual(self.open_cases().code, "config.invalid")

    def test_a_first_load_brings_events_too(self):
        self.system.salesforce_bulk_days = 30
        self.event()
        self.event(IsAllDayEvent=True, Subject="Fair", DurationInMinutes=2880)
        self.run_pull("events", "1970-01-01T00:00:00")
        for _step in range(5):
            self.pull_of("events").state = "running"
            self.go_on("events")
        documents = self.documents("events")
        told = {each["fields"]["summary"]: each["fields"] for each in documents}
        hours = {name: (each["start"], each["end"]) for name, each in told.items()}
        self.assertEqual(
            hours,
            {
                "Show the lathes": ("2027-01-15T22:30:00Z", "2027-01-15T23:30:00Z"),
                "Fair": (None, "2027-01-16T00:00:00Z"),
            },
        )

    def test_done_here_says_nothing_there(self):
        event = self.event()
        self.take("events")
        self.activity_of(event).action_done()
        self.assertEqual(self.tell(), [])
        self.assertEqual(self.settled("activities-out"), {"superseded"})
        self.assertFalse(self.open_cases())
