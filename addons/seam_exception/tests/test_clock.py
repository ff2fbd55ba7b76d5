import json
from datetime import datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests.engine.scripted import Server, answer

from ..engine import chat
from .common import WorkplaceCase


class ClockCase(WorkplaceCase):
    def plan_steps(self, *steps):
        self.plan.step_ids = [
            (5, 0, 0),
            *[(0, 0, {"until": "ack", "by": "email", "to": "owner", **step}) for step in steps],
        ]

    def mails(self):
        return self.env["mail.mail"].search([("id", ">", self.last_mail)], order="id")

    def setUp(self):
        super().setUp()
        self.last_mail = self.env["mail.mail"].search([], order="id desc", limit=1).id or 0

    def let(self, case, **delta):
        """So much time passes for the alerts."""
        self.env.cr.execute(
            "UPDATE seam_exception_alert SET due_at = due_at - %s WHERE exception_id = ANY(%s)",
            [timedelta(**delta), case.ids],
        )
        self.env.invalidate_all()
        self.env["seam.exception.alert"]._send_due()


@tagged("post_install", "-at_install")
class TestRouting(ClockCase):
    def test_the_first_rule_that_fits_counts(self):
        support = self.team.copy({"name": "Support", "member_ids": False})
        self.env["seam.exception.rule"].create(
            {
                "name": "Bugs",
                "sequence": 1,
                "fault_class": "bug",
                "team_id": support.id,
                "who": "lead",
                "set_severity": "2",
            }
        )
        self.bad("1")
        self.bad("2", "Boom", "bug.handler")
        by_class = self.case().grouped("fault_class")
        self.assertEqual(by_class["data"].team_id, self.team)
        self.assertEqual(by_class["data"].owner_id, self.operator)
        self.assertEqual((by_class["bug"].team_id, by_class["bug"].owner_id), (support, self.lead))

    def test_of_many_causes_at_once_the_sweep_routes_most(self):
        for number in range(60):
            document = {"id": f"m{number}", "bad": "master.unknown", "subject": f"p:{number}"}
            self.receive(self.flow, document, key=f"m{number}")
        self.drain()
        cases = self.open_cases(self.flow)
        self.assertEqual(len(cases), 60)
        self.assertGreater(len(cases.filtered(lambda case: not case.routed_at)), 30)
        self.sweep()
        self.assertTrue(all(case.routed_at and case.owner_id for case in cases))

    def test_who_is_on_call_changes_by_the_week_and_by_swaps(self):
        other = new_test_user(self.env, "seam-other", groups="seam.group_seam_operator")
        self.team.member_ids = [(0, 0, {"user_id": other.id, "sequence": 20})]
        self.team.rotation_start = "2026-01-05"
        self.assertEqual(self.team._on_call(datetime(2026, 1, 7)), self.operator)
        self.assertEqual(self.team._on_call(datetime(2026, 1, 12)), other)
        self.assertEqual(self.team._on_call(datetime(2026, 1, 19)), self.operator)
        self.team.duty_ids = [
            (0, 0, {"user_id": other.id, "date_from": "2026-01-20", "date_to": "2026-01-21"})
        ]
        self.assertEqual(self.team._on_call(datetime(2026, 1, 20, 23)), other)
        self.assertEqual(self.team._on_call(datetime(2026, 1, 22)), self.operator)

    def test_what_comes_back_goes_to_whoever_is_on_call_now(self):
        self.bad("1")
        case = self.case()
        self.assertEqual(case.owner_id, self.operator)
        self.mend()
        self.team.member_ids.user_id = self.approver
        self.mended.clear()
        self.bad("2")
        self.assertEqual((self.case(), case.owner_id), (case, self.approver))

    def test_nothing_falls_between_chairs(self):
        """Whoever is on call is gone: the lead has it."""
        self.operator.active = False
        self.bad("1")
        self.assertEqual(self.case().owner_id, self.lead)

    def test_an_owner_of_another_company_gets_nothing(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        stranger = new_test_user(
            self.env,
            "seam-abroad",
            groups="seam.group_seam_operator",
            company_id=abroad.id,
            company_ids=[(6, 0, abroad.ids)],
        )
        self.rule.write({"who": "user", "user_id": stranger.id})
        self.bad("1")
        self.assertEqual(self.case().owner_id, self.lead)

    def test_targets_count_in_working_hours(self):
        self.team.calendar_id = self.env["resource.calendar"].create(
            {
                "name": "Nine to five",
                "tz": "UTC",
                "attendance_ids": [
                    (
                        0,
                        0,
                        {"name": "d", "dayofweek": str(day), "hour_from": 9, "hour_to": 17},
                    )
                    for day in range(5)
                ],
            }
        )
        self.rule.target_ids = [
            (0, 0, {"severity": "1", "ack_minutes": 60, "resolve_minutes": 480})
        ]
        self.bad("1")
        case = self.case()
        friday = datetime(2026, 1, 9, 16, 30)
        case.first_at = friday
        case._set_due(friday)
        self.assertEqual(case.ack_due_at, datetime(2026, 1, 12, 9, 30))
        self.assertEqual(case.resolve_due_at, datetime(2026, 1, 12, 16, 30))

    def test_a_flow_that_nobody_looks_after_is_not_activated(self):
        self.env["seam.exception.rule"].search([]).active = False
        nobody = new_test_user(self.env, "seam-nobody2", groups="base.group_user")
        flow = self.env["seam.flow"].create(
            {
                "name": "Alone",
                "code": "alone",
                "system_id": self.system.id,
                "owner_id": nobody.id,
            }
        )
        with self.assertRaisesRegex(UserError, "Nobody can look after"):
            flow.action_activate()
        flow.team_id = self.team
        flow.action_activate()
        self.assertEqual(flow.state, "active")


@tagged("post_install", "-at_install")
class TestAlerts(ClockCase):
    def test_one_alert_for_one_cause_however_many_messages(self):
        self.plan_steps({"after_minutes": 0})
        for number in range(5):
            self.bad(str(number))
        case = self.case()
        for _again in range(3):
            self.env["seam.exception.alert"]._send_due()
        self.assertEqual(len(self.mails()), 1)
        self.assertIn("operator@x.example", self.mails().email_to)
        self.assertEqual(case.alert_ids.mapped("state"), ["sent"])

    def test_an_alert_is_planned_once_whoever_plans(self):
        self.plan_steps({"after_minutes": 0})
        self.bad("1")
        case = self.case()
        self.env["seam.exception.alert"]._plan(case, case.first_at)
        self.assertEqual(len(case.alert_ids), 1)

    def test_nobody_answers_and_it_is_escalated(self):
        self.plan_steps({"after_minutes": 0}, {"after_minutes": 60, "to": "lead"})
        self.bad("1")
        case = self.case()
        self.env["seam.exception.alert"]._send_due()
        self.assertEqual(len(self.mails()), 1)
        self.let(case, minutes=61)
        self.assertEqual(len(self.mails()), 2)
        self.assertIn("lead@x.example", self.mails()[-1].email_to)
        self.assertIn("Nobody looks after it", self.mails()[-1].subject)

    def test_what_is_acknowledged_calls_nobody_else(self):
        self.plan_steps({"after_minutes": 60, "to": "lead"})
        self.bad("1")
        case = self.case()
        case.with_user(self.operator).action_acknowledge()
        self.assertEqual((case.stage, case.acknowledged_by_id), ("acknowledged", self.operator))
        self.let(case, minutes=61)
        self.assertFalse(self.mails())
        self.assertEqual(case.alert_ids.state, "dropped")

    def test_what_is_not_resolved_in_time_calls_the_lead_though_somebody_has_it(self):
        self.plan_steps({"after_minutes": 60, "to": "lead", "until": "resolve"})
        self.bad("1")
        case = self.case()
        case.with_user(self.operator).action_acknowledge()
        self.let(case, minutes=61)
        self.assertIn("Still not resolved", self.mails().subject)

    def test_what_comes_back_is_told_again(self):
        self.plan_steps({"after_minutes": 0})
        self.bad("1")
        self.case()
        self.env["seam.exception.alert"]._send_due()
        self.mend()
        self.mended.clear()
        self.bad("2")
        self.case()
        self.env["seam.exception.alert"]._send_due()
        self.assertEqual(len(self.mails()), 2)

    def test_a_storm_of_causes_is_one_list(self):
        self.plan_steps({"after_minutes": 0})
        for number in range(30):
            self.bad(str(number), f"order:{number}")
        self.case()
        self.env["seam.exception.alert"]._send_due()
        self.assertEqual(len(self.mails()), 1)
        self.assertIn("30 exceptions", self.mails().subject)

    def test_who_has_no_address_is_not_passed_over(self):
        self.operator.email = False
        self.plan_steps({"after_minutes": 0})
        for number in range(30):
            self.bad(str(number), f"order:{number}")
        cases = self.case()
        self.env["seam.exception.alert"]._send_due()
        self.assertEqual(set(cases.alert_ids.mapped("state")), {"sent"})
        self.assertEqual(len(cases.activity_ids), 20)
        self.assertEqual(cases.activity_ids.user_id, self.operator)

    def test_quiet_hours(self):
        self.team.write({"quiet_from": 20, "quiet_to": 7})
        night, day = datetime(2026, 1, 9, 23, 10), datetime(2026, 1, 9, 12)
        self.assertEqual(self.team._loud(night, "1"), datetime(2026, 1, 10, 7))
        self.assertEqual(self.team._loud(night, "2"), night)
        self.assertEqual(self.team._loud(day, "1"), day)
        self.assertEqual(self.team._loud(datetime(2026, 1, 10, 3), "0"), datetime(2026, 1, 10, 7))
        self.team.quiet_high = True
        self.assertEqual(self.team._loud(night, "2"), datetime(2026, 1, 10, 7))

    def test_low_ones_wait_for_the_summary(self):
        self.team.alert_from = "2"
        self.plan_steps({"after_minutes": 0})
        self.bad("1")
        self.assertFalse(self.case().alert_ids)

    @freeze_time("2026-01-09 08:00:00")
    def test_the_morning_summary_comes_once(self):
        self.bad("1", amount=100, currency="EUR")
        self.case()
        self.env["seam.exception.team"].search([("id", "!=", self.team.id)]).summary_hour = -1
        for _worker in range(2):
            self.env["seam.exception.team"]._cron_summary()
        self.assertEqual(
            sorted(self.mails().mapped("email_to")),
            sorted([self.operator.email_formatted, self.lead.email_formatted]),
        )
        self.assertIn("1 exceptions", self.mails()[0].subject)

    def test_an_activity_and_a_channel(self):
        channel = self.env["discuss.channel"].create({"name": "Alerts"})
        self.plan_steps(
            {"after_minutes": 0, "by": "activity"},
            {"after_minutes": 0, "by": "discuss", "channel_id": channel.id},
        )
        self.bad("1")
        case = self.case()
        self.env["seam.exception.alert"]._send_due()
        self.assertEqual(case.activity_ids.user_id, self.operator)
        self.assertIn("product:BAR3", channel.message_ids[0].body)


@tagged("post_install", "-at_install")
class TestWebhooks(ClockCase):
    def setUp(self):
        super().setUp()
        self.answers = [answer("200 OK", b"ok")]
        self.server = Server(
            lambda connection, request: (
                self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            )(connection, request)
        )
        self.addCleanup(self.server.close)
        self.webhook = self.env["seam.alert.webhook"].create(
            {
                "name": "Room",
                "kind": "slack",
                "url_input": f"http://127.0.0.1:{self.server.port}/hook/s3cret",
                "allowed_hosts": "127.0.0.1",
            }
        )
        self.plan_steps({"after_minutes": 0, "by": "webhook", "webhook_id": self.webhook.id})

    def alert(self):
        self.bad("1")
        case = self.case()
        with trap_jobs() as trap:
            self.env["seam.exception.alert"]._send_due()
            trap.assert_jobs_count(1)
        self.assertFalse(self.server.requests, "nobody waits for the chat in the cron")
        return case.alert_ids

    def test_the_room_is_told_once(self):
        alert = self.alert()
        alert._call_webhook()
        alert._call_webhook()  # the job is done a second time
        self.assertEqual(len(self.server.requests), 1)
        self.assertEqual(self.server.requests[0].target, "/hook/s3cret")
        document = json.loads(self.server.requests[0].body)
        self.assertIn("product:BAR3 is wrong.", document["text"])
        self.assertEqual(alert.state, "sent")

    def test_a_room_that_is_away_is_tried_again(self):
        self.answers.insert(0, answer("503 Unavailable", b""))
        alert = self.alert()
        with trap_jobs() as trap:
            alert._call_webhook()
            trap.assert_jobs_count(1)
        self.assertEqual(alert.state, "sending")
        alert._call_webhook()
        self.assertEqual((alert.state, alert.tries), ("sent", 2))

    def test_a_room_that_refuses_is_not_asked_again(self):
        self.answers.insert(0, answer("404 Not Found", b""))
        alert = self.alert()
        alert._call_webhook()
        self.assertEqual(alert.state, "failed")

    def test_what_may_have_arrived_is_not_told_twice(self):
        alert = self.alert()
        fault = Fault("transport.ambiguous", "It broke.")
        with patch.object(type(self.webhook), "_post", side_effect=fault):
            alert._call_webhook()
        self.assertEqual(alert.state, "failed")

    def test_a_copy_of_production_tells_no_room(self):
        alert = self.alert()
        self.env.flush_all()
        for query in get_neutralization_queries(["seam_exception"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.assertFalse(self.webhook.sudo().url_secret)
        self.assertEqual(alert.state, "dropped")
        alert._call_webhook()
        self.assertFalse(self.server.requests)

    def test_the_address_is_a_secret(self):
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.cr.execute("SELECT url_secret FROM seam_alert_webhook")
        self.assertNotIn("s3cret", self.env.cr.fetchone()[0])
        self.assertNotIn("s3cret", str(self.webhook.with_user(self.operator).read()))
        with self.assertRaises(AccessError):
            self.webhook.with_user(self.lead).read(["url_secret"])
        with self.assertRaises(AccessError):
            self.webhook.with_user(self.lead).write({"name": "x"})

    def test_payloads_have_the_vendors_shapes(self):
        notice = chat.Notice("T <x> @all", "Text", (("Where", "Shop"),), "https://o.example/1", "2")
        slack = chat.payload("slack", notice)
        self.assertEqual(slack["blocks"][0]["type"], "header")
        self.assertEqual(slack["text"], "T &lt;x&gt; @all")
        teams = chat.payload("teams", notice)
        card = teams["attachments"][0]["content"]
        self.assertEqual((card["type"], card["body"][0]["color"]), ("AdaptiveCard", "Attention"))
        self.assertEqual(card["actions"][0]["url"], "https://o.example/1")
        matter = chat.payload("mattermost", notice)
        self.assertNotIn("@all", matter["attachments"][0]["title"])
        google = chat.payload("google_chat", notice)
        self.assertTrue(google["text"].startswith("*T ‹x› @all*"))


@tagged("post_install", "-at_install")
class TestActs(ClockCase):
    def test_taking_it_is_having_seen_it(self):
        self.bad("1")
        case = self.case()
        case.with_user(self.lead).action_take()
        self.assertEqual((case.owner_id, case.stage), (self.lead, "acknowledged"))
        self.assertTrue(case.acknowledged_at)

    def test_snoozed_until_a_moment(self):
        self.bad("1")
        case = self.case()
        until = fields.Datetime.now() + timedelta(hours=3)
        with self.assertRaisesRegex(UserError, "Say why"):
            case.with_user(self.operator)._snooze(until, 0, " ")
        case.with_user(self.operator)._snooze(until, 0, "The shop mends it tonight")
        self.assertEqual((case.stage, case.state), ("snoozed", "open"))
        self.env["seam.exception"]._wake_due()
        self.assertEqual(case.stage, "snoozed")
        with freeze_time(until + timedelta(minutes=1)):
            woken = self.env["seam.exception"]._wake_due()
        self.assertEqual((woken, case.stage), (case, "acknowledged"))
        self.assertEqual(len(case.activity_ids), 1)

    def test_snoozed_until_so_many_more(self):
        self.bad("1")
        case = self.case()
        case.with_user(self.operator)._snooze(None, 2, "One does not matter")
        self.bad("2")
        self.sweep()
        self.assertFalse(self.env["seam.exception"]._wake_due())
        self.bad("3")
        self.sweep()
        self.assertEqual(self.env["seam.exception"]._wake_due(), case)

    def test_a_snoozed_case_is_at_the_end_and_closes_when_it_is_over(self):
        self.bad("1", "a:1")
        self.bad("2", "a:2")
        case = self.case()[0]
        case.with_user(self.operator)._snooze(None, 5, "Later")
        self.sweep()
        self.assertEqual(self.open_cases(self.flow)[-1], case)
        self.mend("a:1")
        self.mend("a:2")
        self.assertEqual((case.stage, case.state), ("resolved", "resolved"))

    def test_handed_over_it_is_new_for_the_other_team(self):
        self.plan_steps({"after_minutes": 0})
        self.bad("1")
        case = self.case()
        self.env["seam.exception.alert"]._send_due()
        case.with_user(self.operator).action_acknowledge()
        other = self.team.copy({"name": "Warehouse", "member_ids": False})
        case.with_user(self.operator)._hand_over(other, reason="It is about stock")
        self.assertEqual((case.team_id, case.owner_id, case.stage), (other, self.lead, "new"))
        self.env["seam.exception.alert"]._send_due()
        self.assertIn("lead@x.example", self.mails()[-1].email_to)

    def test_a_viewer_does_none_of_it(self):
        self.bad("1")
        case = self.case().with_user(self.viewer)
        later = fields.Datetime.now() + timedelta(hours=1)
        for act in (
            case.action_acknowledge,
            case.action_take,
            lambda: case._snooze(later, 0, "x"),
            lambda: case._hand_over(self.team, reason="x"),
            lambda: case._mark_resolved("x"),
            case.action_wake,
        ):
            with self.assertRaises(AccessError):
                act()
