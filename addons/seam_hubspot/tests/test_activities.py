from datetime import date, timedelta

from odoo.tests import new_test_user, tagged

from . import hubspot_case


@tagged("post_install", "-at_install")
class TestActivities(hubspot_case.HubspotCase):
    """Tasks, calls and meetings of HubSpot, and activities of Odoo."""

    def setUp(self):
        super().setUp()
        self.number = self.hubspot.make("contacts", firstname="Ada", email="ada@example.com")
        self.settled()
        self.ada = self.record("contacts", self.number)
        # far ahead, and not when clocks change
        self.day = date(2031, 5, 5)

    def task(self, about=True, **values):
        """Somebody plans a task at HubSpot. :return: its number"""
        values = {
            "hs_timestamp": f"{self.day}T10:00:00Z",
            "hs_task_subject": "Call about the engine",
            "hs_task_status": "NOT_STARTED",
            "hs_task_type": "CALL",
            **values,
        }
        number = self.hubspot.make("tasks", **values)
        if about:
            self.hubspot.link("tasks", number, "contacts", self.number, 204)
        return number

    def known(self, **values):
        """:return: (number, activity) of a task that both have"""
        number = self.task(**values)
        self.listen()
        self.hubspot.calls.clear()
        return number, self.record("tasks", number)

    def meeting(self):
        """:return: (number, activity) of a meeting of an hour and a half that both have"""
        number = self.hubspot.make(
            "meetings",
            hs_meeting_title="Show the engine",
            hs_timestamp=f"{self.day}T13:00:00Z",
            hs_meeting_start_time=f"{self.day}T13:00:00Z",
            hs_meeting_end_time=f"{self.day}T14:30:00Z",
            hs_meeting_outcome="SCHEDULED",
        )
        self.hubspot.link("meetings", number, "contacts", self.number, 200)
        self.listen()
        return number, self.record("meetings", number)

    def plan(self, kind, summary, day=None):
        """A user plans an activity."""
        return self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.ada.id,
                "activity_type_id": self.env.ref(f"mail.mail_activity_data_{kind}").id,
                "summary": summary,
                "date_deadline": day or self.day,
                "user_id": False,
            }
        )

    # -- into Odoo ---------------------------------------------------------------------

    def test_a_task_comes_by_webhook_and_is_not_echoed(self):
        carla = new_test_user(self.env, "carla@example.com", groups="sales_team.group_sale_manager")
        _number, activity = self.known(hubspot_owner_id="41", hs_task_body="<p>Bring cards</p>")
        self.assertEqual((activity.res_model, activity.res_id), ("res.partner", self.ada.id))
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_call"))
        self.assertEqual(activity.summary, "Call about the engine")
        self.assertEqual(activity.date_deadline, self.day)
        self.assertEqual(activity.user_id, carla)
        self.assertIn("Bring cards", activity.note)
        self.assertEqual(self.told(), [])

    def test_the_first_load_and_a_pull(self):
        numbers = [self.task(hs_task_subject=f"Task {n}") for n in range(3)]
        self.hubspot.events.clear()
        self.load("tasks")
        self.assertEqual(len(self.bound("mail.activity")), 3, self.reasons())
        self.hubspot.edit("tasks", numbers[1], hs_task_subject="Another")
        self.hubspot.events.clear()
        self.pull("tasks")
        self.assertEqual(self.record("tasks", numbers[1]).summary, "Another")
        self.assertEqual(self.told(), [])

    def test_done_and_open_again_there(self):
        number, activity = self.known()
        self.hubspot.edit("tasks", number, hs_task_status="COMPLETED")
        self.listen()
        self.assertFalse(activity.active, self.reasons())
        self.assertTrue(activity.date_done)
        self.hubspot.edit("tasks", number, hs_task_status="IN_PROGRESS")
        self.listen()
        self.assertTrue(activity.active)
        self.assertEqual(self.told(), [])

    def test_deleted_there(self):
        number, activity = self.known()
        self.hubspot.archive("tasks", number)
        self.listen()
        self.assertFalse(activity.exists(), self.reasons())
        self.assertIn("cancelled here", "".join(self.ada.message_ids.mapped("body")))
        self.assertEqual(self.told(), [])

    def test_a_deal_is_nearer_than_its_people(self):
        stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.env["seam.value.map"].create(
            {
                "system_id": self.system.id,
                "res_model": "crm.stage",
                "external_code": "appointmentscheduled",
                "res_id": stage.id,
            }
        )
        deal = self.hubspot.make("deals", dealname="Ten", dealstage="appointmentscheduled")
        self.hubspot.link("deals", deal, "contacts", self.number, 3)
        number = self.task()
        self.hubspot.link("tasks", number, "deals", deal, 216)
        self.listen()
        self.let_time_pass()
        self.drain()
        activity = self.record("tasks", number)
        self.assertEqual(activity.res_model, "crm.lead", self.reasons())
        self.assertEqual(activity.res_id, self.record("deals", deal).id)

    def test_of_what_is_not_read_nothing_is_told(self):
        self.flows["deals"].state = "draft"
        self.commit()
        deal = self.hubspot.make("deals", dealname="Ten", dealstage="appointmentscheduled")
        number = self.task()
        self.hubspot.link("tasks", number, "deals", deal, 216)
        self.listen()
        self.assertEqual(self.record("tasks", number).res_id, self.ada.id, self.reasons())

    def test_a_flow_that_is_not_activated_collects_nothing(self):
        self.flows["tasks"].state = "draft"
        self.commit()
        self.task()
        (message,) = self.listen()
        self.assertEqual(message.state, "done")
        self.assertFalse(self.env["seam.hubspot.wanted"].search([]))

    def test_a_task_of_ones_own_is_nobodys_in_odoo(self):
        self.task(about=False)
        self.listen()
        self.assertEqual(self.states("tasks"), ["done"])
        self.assertFalse(self.open_cases().mapped("name"))
        number, activity = self.known()
        self.hubspot.links.clear()
        self.hubspot.edit("tasks", number, hs_task_subject="Still hers")
        self.listen()
        self.assertEqual(activity.summary, "Still hers", "what Odoo has is kept in step")

    def test_a_meeting_keeps_its_hour(self):
        number, activity = self.meeting()
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_meeting"))
        self.assertEqual(activity.date_deadline, self.day)
        self.assertEqual((activity.seam_start.hour, activity.seam_end.minute), (13, 30))
        activity.date_deadline = self.day + timedelta(days=1)
        self.told()
        moved = self.hubspot.values("meetings", number)["hs_meeting_start_time"]
        self.assertEqual(moved, f"{self.day + timedelta(days=1)}T13:00:00Z", self.reasons())
        self.listen()
        self.assertEqual(self.told(), [])
        activity.action_feedback(feedback="She signs")
        self.told()
        told = self.hubspot.values("meetings", number)
        self.assertEqual(told["hs_meeting_outcome"], "COMPLETED", self.reasons())
        self.assertEqual(told["hs_internal_meeting_notes"], "<p>She signs</p>")
        self.assertEqual(told["hs_meeting_start_time"], moved)

    def in_calendar(self, activity, **values):
        """:return: the meeting of Odoo's calendar that an activity is about"""
        values = values or {
            "start": f"{self.day} 13:00:00",
            "stop": f"{self.day} 14:30:00",
            "duration": 1.5,
        }
        values |= {"name": activity.summary, "user_id": False}
        return self.env["calendar.event"].create({**values, "activity_ids": [(6, 0, activity.ids)]})

    def test_a_meeting_that_is_deleted_there_leaves_our_calendar(self):
        number, activity = self.meeting()
        event = self.in_calendar(activity)
        self.assertEqual(self.told(), [])
        self.hubspot.archive("meetings", number)
        self.listen()
        self.assertFalse(activity.exists() or event.exists(), self.reasons())
        self.assertEqual(self.told(), [])

    def test_hours_of_which_hubspot_is_not_told_do_not_become_a_whole_day(self):
        number, activity = self.meeting()
        fields = self.env["seam.crm.field"].search(
            [
                ("system_id", "=", self.system.id),
                ("document", "=", "crm-activity"),
                ("document_field", "in", ("start", "end")),
            ]
        )
        for count, values in enumerate(({"direction": "in"}, {"owner": "theirs"}), 1):
            with self.subTest(**values):
                fields.write({"direction": "both", "owner": "agreed", **values})
                self.commit()
                activity.date_deadline = self.day + timedelta(days=count)
                self.assertEqual(self.told(), [])
                # what HubSpot owns is set back first
                self.drain()
                self.let_time_pass()
                self.assertEqual(self.told(), [])
                (message,) = self.open_cases().message_ids_held
                self.assertEqual(message.fault_code, "config.invalid")
                self.assertIn("have hours", message.fault_message)
                message._discard("Tried")
                self.commit()
        there = self.hubspot.values("meetings", number)
        self.assertEqual(there["hs_meeting_start_time"], f"{self.day}T13:00:00Z")

    def test_what_is_over_or_made_is_nothing_to_do(self):
        for type_, values in (
            ("meetings", {"hs_meeting_title": "Old", "hs_meeting_outcome": "SCHEDULED"}),
            ("calls", {"hs_call_title": "Logged", "hs_call_status": "COMPLETED"}),
            ("calls", {"hs_call_title": "Logged by hand"}),
        ):
            number = self.hubspot.make(type_, hs_timestamp="2026-01-05T10:00:00Z", **values)
            self.hubspot.link(type_, number, "contacts", self.number, 200)
        self.listen()
        self.assertFalse(self.bound("mail.activity"))
        self.assertEqual(set(self.states("meetings") + self.states("calls")), {"done"})

    # -- out of Odoo -------------------------------------------------------------------

    def test_a_change_here_is_told_alone(self):
        number, activity = self.known()
        activity.date_deadline = self.day + timedelta(days=7)
        ((method, path, body),) = self.told()
        self.assertEqual((method, path), ("PATCH", f"tasks/{number}"))
        self.assertEqual(list(body["properties"]), ["hs_timestamp"])
        self.listen()
        self.pull("tasks")
        self.assertEqual(activity.date_deadline, self.day + timedelta(days=7))
        self.assertEqual(self.told(), [], "no echo")

    def test_done_here(self):
        number, activity = self.known()
        activity.action_feedback(feedback="Sold")
        self.told()
        self.assertEqual(self.hubspot.values("tasks", number)["hs_task_status"], "COMPLETED")
        self.listen()
        self.pull("tasks")
        self.assertEqual(activity.feedback, "Sold")
        self.assertEqual(self.told(), [])

    def test_what_came_of_a_task_goes_to_a_property_of_ones_own(self):
        self.hubspot.add_property("tasks", "what_came_of_it")
        line = self.env["seam.crm.field"].search(
            [
                ("system_id", "=", self.system.id),
                ("document", "=", "crm-activity"),
                ("document_field", "=", "feedback"),
            ]
        )
        line.vendor_field = "hs_internal_meeting_notes what_came_of_it"
        self.commit()
        number, activity = self.known()
        activity.action_feedback(feedback="Sold & paid")
        self.told()
        told = self.hubspot.values("tasks", number)
        self.assertEqual(told["what_came_of_it"], "<p>Sold &amp; paid</p>", self.reasons())
        self.listen()
        self.pull("tasks")
        self.assertEqual(activity.feedback, "Sold & paid")
        self.assertEqual(self.told(), [])

    def test_cancelled_here(self):
        number, activity = self.known()
        activity.unlink()
        self.assertEqual(self.told(), [("DELETE", f"tasks/{number}", None)])

    def test_a_new_one_is_made_once_though_the_answer_is_lost(self):
        self.flows["activities-out"].crm_new = True
        for mishap in ("lost", "dead"):
            with self.subTest(mishap=mishap):
                activity = self.plan("todo", f"Send the cards {mishap}")
                self.hubspot.mishaps = [mishap]
                self.told()
                self.let_time_pass()
                self.told()
                made = [
                    record["id"]
                    for record in self.hubspot.objects["tasks"].values()
                    if record["properties"].get("hs_task_subject") == activity.summary
                ]
                self.assertEqual(len(made), 1, self.reasons())
                self.assertEqual(self.record("tasks", made[0]), activity)
                self.assertEqual(
                    list(self.hubspot.links["tasks", made[0], "contacts"]), [self.number]
                )
        self.listen()
        self.pull("tasks")
        self.assertEqual(self.told(), [], "what was made does not come back")
        self.assertEqual(len(self.bound("mail.activity")), 2)

    def test_a_new_meeting_without_an_hour_is_the_whole_day(self):
        self.flows["activities-out"].crm_new = True
        activity = self.plan("meeting", "Show the engine")
        self.told()
        (number,) = self.hubspot.objects["meetings"]
        self.assertEqual(self.record("meetings", number), activity, self.reasons())
        self.listen()
        self.pull("meetings")
        self.assertEqual((activity.date_deadline, activity.seam_start), (self.day, False))
        self.assertEqual(self.told(), [])
        activity.date_deadline = self.day + timedelta(days=1)
        self.assertEqual(len(self.told()), 1)
        start = self.hubspot.values("meetings", number)["hs_meeting_start_time"]
        self.assertTrue(start.endswith(("T22:00:00Z", "T23:00:00Z")), "midnight in Berlin")

    def test_several_whole_days_are_several_on_both_sides(self):
        self.flows["activities-out"].crm_new = True
        activity = self.plan("meeting", "Fair")
        days = {"start_date": self.day, "stop_date": self.day + timedelta(days=2)}
        hours = {"start": days["start_date"], "stop": days["stop_date"]}
        event = self.in_calendar(activity, allday=True, **days, **hours)
        self.told()
        (number,) = self.hubspot.objects["meetings"]
        there = self.hubspot.values("meetings", number)
        self.assertEqual(
            there["hs_meeting_start_time"], f"{self.day - timedelta(days=1)}T22:00:00Z"
        )
        self.assertEqual(there["hs_meeting_end_time"], f"{self.day + timedelta(days=2)}T22:00:00Z")
        self.listen()
        self.pull("meetings")
        self.assertEqual(activity.seam_last_day, days["stop_date"], self.reasons())
        self.assertEqual(self.told(), [])
        self.hubspot.edit(
            "meetings",
            number,
            hs_meeting_start_time=f"{self.day + timedelta(days=6)}T22:00:00Z",
            hs_timestamp=f"{self.day + timedelta(days=6)}T22:00:00Z",
            hs_meeting_end_time=f"{self.day + timedelta(days=8)}T22:00:00Z",
        )
        self.listen()
        self.pull("meetings")
        self.assertEqual(event.start_date, self.day + timedelta(days=7), self.reasons())
        self.assertEqual(event.stop_date, self.day + timedelta(days=8))
        self.assertEqual(self.told(), [])

    def test_both_changed_it(self):
        number, activity = self.known()
        activity.summary = "Call about the loom"
        self.hubspot.edit("tasks", number, hs_task_subject="Call about the mill")
        self.listen()
        (case,) = self.open_cases()
        self.assertEqual(case.code, "owner.conflict")
        self.assertEqual(self.told(), [])

    def test_what_hubspot_refuses_is_told_with_its_place(self):
        number, activity = self.known()
        kind = self.env["mail.activity.type"].create({"name": "Lunch"})
        self.env["seam.value.map"].create(
            {
                "system_id": self.system.id,
                "res_model": "mail.activity.type",
                "external_code": "LUNCH",
                "res_id": kind.id,
            }
        )
        activity.activity_type_id = kind
        self.told()
        (case,) = self.open_cases()
        self.assertIn("LUNCH", case.name)
        (message,) = case.message_ids_held
        self.assertEqual(message.errors[0]["pointer"], "/fields/kind")
        self.assertEqual(self.hubspot.values("tasks", number)["hs_task_type"], "CALL")
