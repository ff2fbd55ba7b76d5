from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from odoo.addons.seam_exception.models import seam_exception_beat as beat

from .common import WorkplaceCase


class DashboardCase(WorkplaceCase):
    """Cases made by hand, as they are after some days; nobody else's are there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["seam.exception"].search([]).unlink()
        cls.now = fields.Datetime.now()
        cls.abroad = cls.env["res.company"].create({"name": "Abroad"})
        cls.other_team = cls.env["seam.exception.team"].create(
            {"name": "Others", "lead_id": cls.env.ref("base.user_admin").id, "tz": "UTC"}
        )

    def make(self, hours, flow=None, code="master.unknown", **values):
        """A case that was opened so many hours ago. Times are given in hours from now."""
        flow = flow or self.flow
        at = {
            name: self.now + timedelta(hours=values.pop(name))
            for name in ("acknowledged_at", "ack_due_at", "resolve_due_at")
            if name in values
        }
        return self.env["seam.exception"].create(
            {
                "name": f"Case of {hours} hours",
                "code": code,
                "kind": "permanent",
                "fingerprint": f"{hours} {code} {flow.id} {values}",
                "system_id": flow.system_id.id,
                "flow_id": flow.id,
                "company_id": flow.company_id.id,
                "team_id": self.team.id,
                "first_at": self.now - timedelta(hours=hours),
                "routed_at": self.now,
                "severity": "1",
                **at,
                **values,
            }
        )

    def hold(self, case, *amounts):
        """Messages that a case holds up, each (amount, currency)."""
        for amount, currency in amounts:
            message = self.message(self.receive(case.flow_id, {"id": f"{case.id} {amount}"}))
            self.env.cr.execute(
                """
                UPDATE seam_message SET state = 'failed', exception_id = %s, amount = %s,
                       currency = %s WHERE id = %s
                """,
                [case.id, amount, currency, message.id],
            )
        self.env.invalidate_all()
        case._count()

    def end(self, case, hours_ago):
        """Resolve a case as if it had been so many hours ago."""
        case._resolve("Done")
        self.env.flush_all()
        at = self.now - timedelta(hours=hours_ago)
        for table, column in (("seam_exception", "id"), ("seam_exception_episode", "exception_id")):
            self.env.cr.execute(
                f"UPDATE {table} SET resolved_at = %s WHERE {column} = %s", [at, case.id]
            )
        self.env.invalidate_all()

    def look(self, user=None, **choice):
        case = self.env["seam.exception"].with_user(user or self.viewer)
        return case.dashboard_data(**choice)

    def listed(self, figure, user=None):
        """:return: number of records in the list that a figure opens"""
        link = figure.get("link", figure)
        return self.env[link["model"]].with_user(user or self.viewer).search_count(link["domain"])

    def bare(self, figures):
        """Figures without their links, which tell the moment of the look."""
        if isinstance(figures, dict):
            return {
                key: self.bare(value)
                for key, value in figures.items()
                if key != "now" and not key.endswith("link")
            }
        return [self.bare(one) for one in figures] if isinstance(figures, list) else figures

    def bars(self, figures):
        return {bar["label"]: bar["count"] for bar in figures if bar["count"]}


@tagged("post_install", "-at_install")
class TestDashboard(DashboardCase):
    def some(self):
        """Six open cases: of two systems, teams and owners."""
        second = self.system.copy({"name": "Second", "code": "second"})
        second.user_id = self.service_user
        second.action_activate()
        self.second_flow = self.make_flow(system_id=second.id, code="more", name="More")
        late = {"ack_due_at": -1, "resolve_due_at": 3}
        soon = {
            "acknowledged_at": -9,
            "ack_due_at": -8,
            "resolve_due_at": 1,
            "stage": "acknowledged",
        }
        self.fresh = self.make(0.5, ack_due_at=2, resolve_due_at=6)
        self.late = self.make(2, **late, owner_id=self.operator.id)
        self.soon = self.make(10, **soon, owner_id=self.operator.id)
        self.aside = self.make(30, stage="snoozed", acknowledged_at=-20)
        self.broken = self.make(100, code="schema.invalid", team_id=self.other_team.id)
        self.old = self.make(
            200, self.second_flow, acknowledged_at=-190, resolve_due_at=-5, stage="acknowledged"
        )

    def test_each_figure_is_the_number_of_its_list(self):
        self.some()
        for scope in ("all", "mine"):
            data = self.look(scope=scope, user=self.operator)
            figures = [data[name] for name in ("open", "new", "late", "soon")]
            for name in ("ages", "systems", "teams", "owners"):
                figures += data[name]
            for figure in figures:
                name = figure["link"]["name"]
                self.assertEqual(figure["count"], self.listed(figure, self.operator), name)

    def test_what_is_open(self):
        self.some()
        data = self.look()
        counts = [data[name]["count"] for name in ("open", "new", "late", "soon")]
        self.assertEqual(counts, [6, 3, 2, 1])
        self.assertEqual(data["open"]["snoozed"], 1)
        self.assertEqual(data["open"]["oldest"], self.old.first_at)
        self.assertEqual(self.bars(data["systems"]), {"Partner": 5, "Second": 1})
        self.assertEqual(self.bars(data["teams"]), {"Desk": 5, "Others": 1})
        self.assertEqual(self.bars(data["owners"]), {"Nobody": 4, self.operator.name: 2})
        self.assertEqual([bar["count"] for bar in data["ages"]], [1, 1, 1, 1, 1, 1])
        self.assertEqual([bar["late"] for bar in data["ages"]], [0, 1, 0, 0, 0, 1])

    def test_the_clock_that_is_searched_is_the_clock_that_is_shown(self):
        self.some()
        cases = self.env["seam.exception"].search([("state", "=", "open")])
        for clock in ("none", "ok", "soon", "late"):
            self.assertEqual(
                self.env["seam.exception"].search([("clock", "=", clock)]),
                cases.filtered(lambda case, clock=clock: case.clock == clock),
                clock,
            )
        found = self.env["seam.exception"].search([("clock", "in", ("soon", "late"))])
        self.assertEqual(found, self.late | self.soon | self.old)

    def test_what_breaks_next_comes_first(self):
        self.some()
        names = [item["id"] for item in self.look()["next"]]
        self.assertEqual(names, [self.soon.id, self.fresh.id])

    def test_mine_is_what_i_have_and_what_my_team_has(self):
        self.some()
        self.broken.owner_id = self.operator
        self.assertEqual(self.look(self.operator, scope="mine")["open"]["count"], 6)
        self.broken.owner_id = False
        data = self.look(self.operator, scope="mine")
        self.assertEqual((data["open"]["count"], data["in_team"]), (5, True))
        data = self.look(self.viewer, scope="mine")
        self.assertEqual((data["open"]["count"], data["in_team"]), (0, False))

    def test_many_owners_end_in_one_bar(self):
        users = [new_test_user(self.env, f"many{n}") for n in range(10)]
        for n, user in enumerate(users):
            for m in range(n + 1):
                self.make(1 + m / 100, owner_id=user.id)
        bars = self.look()["owners"]
        self.assertEqual(len(bars), 8)
        self.assertEqual([bar["count"] for bar in bars], [10, 9, 8, 7, 6, 5, 4, 6])
        for bar in bars:
            self.assertEqual(bar["count"], self.listed(bar))

    def test_money_by_currency_and_documents(self):
        self.some()
        self.hold(self.late, (100.0, "EUR"), (5.5, "EUR"), (7.0, "USD"))
        self.hold(self.old, (1000.0, "USD"))
        data = self.look()
        self.assertEqual(
            [(row["currency"], row["amount"]) for row in data["money"]],
            [("USD", 1007.0), ("EUR", 105.5)],
        )
        for row in data["money"]:
            self.assertEqual(row["count"], self.listed(row))
        self.assertEqual((data["documents"]["count"], data["documents"]["causes"]), (4, 2))
        self.assertEqual(data["documents"]["waiting"], 0)
        mine = self.look(self.operator, scope="mine")["money"]
        self.assertEqual([self.listed(row, self.operator) for row in mine], [2, 2])

    def test_another_companys_cases_count_for_nobody_here(self):
        self.some()
        before = self.look()
        self.service_user.company_ids |= self.abroad
        there = self.env["seam.system"].create(
            {
                "name": "Abroad",
                "code": "abroad",
                "connector": self.connector,
                "company_id": self.abroad.id,
                "user_id": self.service_user.id,
            }
        )
        flow = self.env["seam.flow"].create(
            {"name": "There", "code": "there", "system_id": there.id}
        )
        self.make(1, flow, team_id=False)
        ended = self.make(3, flow, team_id=False)
        self.end(ended, 1)
        after = self.look()
        self.assertEqual(self.bare(after), self.bare(before))
        both = new_test_user(
            self.env,
            "seam-both",
            groups="seam.group_seam_viewer",
            company_ids=[(6, 0, (self.company | self.abroad).ids)],
        )
        look = self.env["seam.exception"].with_user(both)
        look = look.with_context(allowed_company_ids=(self.company | self.abroad).ids)
        self.assertEqual(look.dashboard_data()["open"]["count"], 7)

    def test_who_has_no_right_gets_nothing(self):
        nobody = new_test_user(self.env, "seam-nobody4", groups="base.group_user")
        with self.assertRaises(AccessError):
            self.look(nobody)

    def test_nothing_else_is_asked_for(self):
        for choice in ({"period": "year"}, {"scope": "theirs"}):
            with self.assertRaises(ValueError):
                self.look(**choice)

    def test_its_statements_do_not_grow_with_the_cases(self):
        self.some()
        self.look()
        counts = []
        for more in (0, 30):
            for n in range(more):
                owner = new_test_user(self.env, f"more{n}") if n < 5 else self.operator
                self.make(1 + n, owner_id=owner.id, code=("master.unknown", "auth.failed")[n % 2])
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with self.assertQueryCount(32):
                self.look(self.operator, scope="mine", period="month")
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 3)


@tagged("post_install", "-at_install")
class TestTrend(DashboardCase):
    def test_what_came_and_went_by_the_day(self):
        stays = self.make(1)
        went = self.make(50)
        self.end(went, 2)
        long_ago = self.make(24 * 40)
        self.end(long_ago, 24 * 20)
        trend = self.look(period="month")["trend"]
        self.assertEqual((trend["opened"], trend["resolved"]), (2, 2))
        self.assertEqual(len(trend["points"]), 30)
        self.assertEqual(self.listed(trend["opened_link"]), 2)
        self.assertEqual(self.listed(trend["resolved_link"]), 2)
        for point in trend["points"]:
            for what in ("opened", "resolved"):
                self.assertEqual(point[what], self.listed(point[f"{what}_link"]), point["from"])
        week = self.look(period="week")["trend"]
        self.assertEqual((week["opened"], week["resolved"], week["unit"]), (2, 1, "day"))
        self.assertTrue(stays)

    def test_a_day_begins_where_the_user_is(self):
        cases = self.env["seam.exception"].with_user(self.viewer)
        points = cases.with_context(tz="Asia/Tokyo").dashboard_data("today")["trend"]["points"]
        self.assertEqual(len(points), 24)
        self.assertEqual(points[0]["from"].hour, 15)
        points = cases.with_context(tz="Europe/Berlin").dashboard_data("month")["trend"]["points"]
        for point in points:
            self.assertIn(point["from"].hour, (22, 23))

    def test_a_cause_that_came_twice_came_twice(self):
        case = self.make(60)
        self.end(case, 50)
        case.sudo().write(
            {
                "state": "open",
                "stage": "new",
                "occurrence": 2,
                "first_at": self.now - timedelta(hours=1),
                "resolved_at": False,
            }
        )
        data = self.look(period="month")
        self.assertEqual((data["trend"]["opened"], data["trend"]["resolved"]), (2, 1))
        (cause,) = data["causes"]
        self.assertEqual((cause["times"], cause["open"]), (2, 1))

    def test_mean_times_beside_those_before(self):
        for opened, seen, ended in ((30, -28, 20), (30, -29, 10), (24 * 10, -24 * 10 + 6, 24 * 9)):
            self.end(self.make(opened, acknowledged_at=seen), ended)
        self.make(5, acknowledged_at=-2)  # still open, and seen after three hours
        pace = self.look(period="week")["pace"]
        self.assertAlmostEqual(pace["acknowledge"]["seconds"], 2 * 3600)
        self.assertAlmostEqual(pace["acknowledge"]["before"], 6 * 3600)
        self.assertAlmostEqual(pace["resolve"]["seconds"], 15 * 3600)
        self.assertAlmostEqual(pace["resolve"]["before"], 24 * 3600)
        self.assertEqual(pace["resolved"], {"count": 2, "before": 1})
        self.assertEqual(self.listed(pace), 2)

    def test_all_is_through(self):
        data = self.look()
        self.assertEqual(data["open"]["count"], 0)
        self.assertEqual(data["day"]["resolved"], 0)
        self.assertIsNone(data["pace"]["resolve"]["seconds"])
        self.end(self.make(30), 20)
        day = self.look()["day"]
        self.assertEqual((day["resolved"], day["seconds"]), (1, 10 * 3600))
        self.assertEqual(self.listed(day), 1)

    def test_what_waits_for_what_is_held_up(self):
        self.bad("1")
        for number in range(3):
            self.send(self.flow, {"id": "1"}, key=f"1-{number}")
        self.sweep()
        documents = self.look()["documents"]
        self.assertEqual((documents["count"], documents["waiting"]), (1, 3))

    def test_causes_by_the_documents_they_held_up(self):
        few = self.make(3, code="auth.failed")
        self.hold(few, (10.0, "EUR"))
        many = self.make(4)
        self.hold(many, (10.0, "EUR"), (20.0, "EUR"))
        self.end(self.make(24 * 50, code="order.stale"), 24 * 40)
        causes = self.look()["causes"]
        self.assertEqual([cause["documents"] for cause in causes], [2, 1])
        self.assertEqual(causes[0]["value"], many.held_value)
        self.assertEqual([self.listed(cause) for cause in causes], [1, 1])


@tagged("post_install", "-at_install")
class TestLive(DashboardCase):
    def setUp(self):
        super().setUp()
        beat._silent_until.clear()
        self.env.cr.execute("DELETE FROM seam_exception_beat")
        self.addCleanup(beat._silent_until.clear)
        self.told = []
        groups = self.env.registry["res.groups"]
        self.patch(
            groups,
            "_bus_send",
            lambda group, kind, message, subchannel=None: self.told.append(
                (group, kind, message, subchannel)
            ),
        )

    def test_one_word_for_all_changes_of_a_transaction(self):
        first, second = self.make(1), self.make(2)
        self.commit()
        self.told.clear()
        beat._silent_until.clear()
        self.env.cr.execute("DELETE FROM seam_exception_beat")
        first.with_user(self.operator).action_acknowledge()
        second.with_user(self.operator).action_take()
        self.assertFalse(self.told, "not before the commit")
        self.commit()
        viewers = self.env.ref("seam.group_seam_viewer")
        self.assertEqual(self.told, [(viewers, beat.CHANGED, {}, beat.CHANNEL)])

    def test_at_most_once_in_some_seconds_whoever_tells(self):
        Beat = self.env["seam.exception.beat"]
        Beat._tell()
        Beat._tell()
        beat._silent_until.clear()  # another process
        Beat._tell()
        self.assertEqual(len(self.told), 1)
        self.assertTrue(beat._silent_until, "it knows that it was told")
        self.env.cr.execute("UPDATE seam_exception_beat SET at = at - interval '4 seconds'")
        beat._silent_until.clear()
        Beat._tell()
        self.assertEqual(len(self.told), 2)

    def test_a_broken_bus_breaks_nothing(self):
        def broken(*args, **kwargs):
            raise RuntimeError

        self.patch(self.env.registry["res.groups"], "_bus_send", broken)
        with self.assertLogs("odoo.addons.seam_exception.models.seam_exception_beat", "WARNING"):
            self.env["seam.exception.beat"]._tell()

    def test_what_is_rolled_back_is_not_told(self):
        case = self.make(1)
        case._announce()
        self.env.cr.postcommit.clear()
        self.commit()
        self.assertFalse(self.told)

    def test_only_viewers_get_the_channel(self):
        Websocket = self.env["ir.websocket"]
        for user, wanted in ((self.viewer, True), (new_test_user(self.env, "plain"), False)):
            asked = Websocket.with_user(user)._seam_channels([beat.CHANNEL, "x"])
            group = self.env.ref("seam.group_seam_viewer")
            self.assertEqual((group, beat.CHANNEL) in asked, wanted)
            self.assertNotIn(beat.CHANNEL, asked)
            self.assertIn("x", asked)
