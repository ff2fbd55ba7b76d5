import os
from datetime import timedelta
from unittest.mock import patch

from prometheus_client.parser import text_string_to_metric_families

from odoo.tests import tagged

from odoo.addons.queue_job.jobrunner.runner import PG_ADVISORY_LOCK_ID
from odoo.addons.seam.models.own_cursor import own_env
from odoo.addons.seam.models.seam_metrics import SeamMetrics

from .http_common import SeamHttpCase


@tagged("post_install", "-at_install")
class TestProbes(SeamHttpCase):
    def setUp(self):
        super().setUp()
        self.runner = self.startPatcher(
            patch.object(SeamMetrics, "_runner_alive", return_value=True)
        )

    def ready(self, status):
        answer = self.get("/seam/ready")
        self.assertEqual(answer.status_code, status, answer.text)
        return answer.json()

    def age(self, minutes):
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = received_at - %s", [timedelta(minutes=minutes)]
        )

    def test_alive(self):
        answer = self.get("/seam/health")
        self.assertEqual((answer.status_code, answer.json()), (200, {"status": "pass"}))

    def test_ready(self):
        told = self.ready(200)
        self.assertEqual((told["status"], told["failed"]), ("pass", []))
        self.assertLessEqual({"database", "runner", "lane:normal"}, set(told["checks"]))

    def test_without_a_runner(self):
        self.runner.return_value = False
        told = self.ready(503)
        self.assertEqual(told["checks"]["runner"]["status"], "fail")
        self.assertIn("runner", told["failed"][0])

    def test_a_message_that_waits_too_long(self):
        self.receive(self.flow, {"a": 1})
        self.age(59)
        waits = self.ready(200)["checks"]["lane:normal"]["oldest_seconds"]
        # the clocks of a test's own transaction and of the probe's differ a little
        self.assertAlmostEqual(waits, 59 * 60, delta=30)
        self.age(2)
        self.assertIn("lane normal", self.ready(503)["failed"][0])
        with patch.dict(os.environ, SEAM_READY_MINUTES="120"):
            self.ready(200)

    def test_what_waits_for_people_is_no_reason(self):
        self.receive(self.flow, b"{")
        other = self.make_flow(code="paused")
        self.receive(other, {"a": 1})
        other.action_pause()
        self.env.flush_all()
        self.age(500)
        self.ready(200)

    def test_a_lane_that_nobody_serves(self):
        self.env.cr.execute(
            "UPDATE seam_lane SET woken = true, woken_at = now() AT TIME ZONE 'UTC' "
            "- interval '6 minutes' WHERE code = 'bulk'"
        )
        self.assertIn("bulk", self.ready(503)["failed"][0])


@tagged("post_install", "-at_install")
class TestRunnerAlive(SeamHttpCase):
    def test_the_lock_of_the_runner_is_seen(self):
        metrics = self.env["seam.metrics"]
        if metrics._runner_alive():
            self.skipTest("A runner works on this database.")
        self.env.cr.execute("SELECT pg_advisory_xact_lock(%s)", [PG_ADVISORY_LOCK_ID])
        self.assertTrue(metrics._runner_alive())


@tagged("post_install", "-at_install")
class TestMetrics(SeamHttpCase):
    def scrape(self, **labels):
        """:return: name of the sample → sum of the values with these labels"""
        answer = self.get("/seam/metrics")
        self.assertEqual(answer.status_code, 200, answer.text)
        found = {}
        for family in text_string_to_metric_families(answer.text):
            for sample in family.samples:
                if labels.items() <= sample.labels.items():
                    found[sample.name] = found.get(sample.name, 0) + sample.value
        return found

    def roll_up(self):
        with own_env(self.env) as env:
            env["seam.flow.hour"]._roll_up(self.flow.id)
        self.env.invalidate_all()

    def test_counts(self):
        self.send(self.flow, {"a": 1})
        self.receive(self.flow, {"a": 2})
        self.receive(self.flow, b"{")
        found = self.scrape(flow="things", system="partner")
        self.assertEqual(found["seam_messages_received_total"], 3)
        self.assertEqual(found["seam_messages_settled_total"], 1)
        self.assertEqual(found["seam_message_seconds_count"], 1)
        self.assertEqual(found["seam_messages_in_flight"], 2)
        self.assertEqual(self.scrape(state="failed", lane="normal")["seam_messages_in_flight"], 1)
        cases = self.scrape(system="partner", kind="permanent", code="schema.malformed")
        self.assertEqual(cases["seam_exceptions_open"], 1)
        self.assertIn("seam_lane_delay_seconds", self.scrape(lane="normal"))
        self.assertEqual(self.scrape(flow="things", state="active")["seam_flow_state"], 1)

    def test_counters_do_not_change_with_a_roll_up(self):
        message = self.send(self.flow, {"a": 1})
        self.env.cr.execute(
            """
            UPDATE seam_message SET received_at = received_at - interval '9 hours',
                   settled_at = settled_at - interval '9 hours' WHERE id = %s
            """,
            [message.id],
        )
        self.send(self.flow, {"a": 2})
        before = self.scrape(flow="things")
        self.assertEqual(before["seam_messages_received_total"], 2)
        for _time in range(2):
            self.roll_up()
            after = self.scrape(flow="things")
            for name in ("received", "settled"):
                name = f"seam_messages_{name}_total"
                self.assertEqual(after[name], before[name])
        self.receive(self.flow, {"a": 3})
        self.env.cr.execute("UPDATE seam_flow_total SET as_of = as_of - interval '1 minute'")
        self.assertGreaterEqual(self.scrape(flow="things")["seam_messages_received_total"], 3)

    def test_every_metric_is_described(self):
        answer = self.get("/seam/metrics")
        for family in text_string_to_metric_families(answer.text):
            self.assertTrue(family.documentation, family.name)

    def test_from_elsewhere_only_with_the_key(self):
        proxied = {"X-Forwarded-For": "203.0.113.7"}
        self.assertProblem(self.get("/seam/metrics", headers=proxied), 401)
        self.assertProblem(self.get("/seam/metrics", key=self.key, headers=proxied), 401)
        with patch.dict(os.environ, SEAM_METRICS_KEY="very-secret"):
            self.assertProblem(self.get("/seam/metrics"), 401)
            self.assertProblem(self.get("/seam/metrics", key="wrong", headers=proxied), 401)
            answer = self.get("/seam/metrics", key="very-secret", headers=proxied)
            self.assertEqual(answer.status_code, 200)

    def test_a_scrape_reads_no_finished_messages(self):
        """The plan over many finished messages: indexes, whatever the table's size."""
        self.env.cr.execute(
            """
            INSERT INTO seam_message (uuid, flow_id, system_id, company_id, direction, state,
                key, received_at, settled_at, body_hash, tries, crashes, position)
            SELECT gen_random_uuid(), %(flow)s, %(system)s, %(company)s, 'in', 'done',
                   'k' || n, moment, moment, 'hash', 1, 0, n
              FROM generate_series(1, 20000) AS n,
                   LATERAL (SELECT now() AT TIME ZONE 'UTC' - n * interval '1 minute' AS moment)
                   AS m;
            """,
            {"flow": self.flow.id, "system": self.system.id, "company": self.company.id},
        )
        self.roll_up()
        self.env.cr.execute("ANALYZE seam_message; ANALYZE seam_flow_total; ANALYZE seam_flow")
        metrics = self.env["seam.metrics"]
        for act in (metrics._totals, metrics._in_flight, metrics._lanes):
            for plan in self.plans(act):
                self.assertNotIn("Seq Scan on seam_message", plan)
                self.assertNotIn("rows=20000", plan)

    def plans(self, act):
        """:return: how PostgreSQL runs each statement of an act"""
        seen, rows = [], SeamMetrics._rows

        def note(metrics, query, params=None):
            seen.append((query, params))
            return rows(metrics, query, params)

        with patch.object(SeamMetrics, "_rows", note):
            act()
        for query, params in seen:
            self.env.cr.execute(f"EXPLAIN ANALYZE {query}", params)
            yield "\n".join(row[0] for row in self.env.cr.fetchall())
