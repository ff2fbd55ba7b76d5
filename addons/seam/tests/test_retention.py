import json
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.seam.models.own_cursor import own_env
from odoo.addons.seam.models.seam_retention import BATCH

from .common import SeamCase

MANY = 20_000
LARGE = b'"' + b"x" * 300_000 + b'"'


@tagged("post_install", "-at_install")
class TestRetention(SeamCase):
    """Bodies go, then messages; what is unfinished, or not counted yet, stays."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(body_days=10, message_days=100)

    def purge(self):
        with own_env(self.env) as env:
            env["seam.message"]._cron_purge()
        self.env.invalidate_all()

    def age(self, message, days):
        self.env.cr.execute(
            """
            UPDATE seam_message SET received_at = received_at - %(age)s,
                   settled_at = settled_at - %(age)s WHERE id = %(id)s
            """,
            {"age": timedelta(days=days), "id": message.id},
        )
        self.env.invalidate_all()

    def finished(self, content, days, **kwargs):
        message = self.send(self.flow, content, **kwargs)
        self.age(message, days)
        return message

    def roll_up(self):
        with own_env(self.env) as env:
            env["seam.flow.hour"]._roll_up(self.flow.id)
        self.env.invalidate_all()

    def test_a_body_goes_and_the_message_stays(self):
        old, young = self.finished({"a": 1}, 11), self.finished({"a": 2}, 9)
        self.purge()
        self.assertIsNone(old._body_bytes())
        self.assertEqual(old.state, "done")
        self.assertEqual(old.event_ids.mapped("name"), ["Applied"])
        self.assertEqual(young._body_bytes(), b'{"a": 2}')

    def test_a_repetition_is_recognised_without_the_body(self):
        old = self.finished({"a": 1}, 11, key="k1")
        self.purge()
        again = self.receive(self.flow, {"a": 1}, key="k1")
        self.assertEqual((again.status, again.id), ("duplicate", old.id))
        other = self.receive(self.flow, {"a": 2}, key="k1")
        self.assertEqual(other.status, "conflict")

    def test_a_large_body_leaves_the_filestore_too(self):
        old = self.finished(LARGE, 11)
        attachment = old.sudo().body_attachment_id
        self.assertTrue(attachment)
        self.purge()
        self.assertFalse(attachment.exists())
        self.assertIsNone(old._body_bytes())

    def test_a_large_body_of_a_repetition_is_not_left_behind(self):
        message = self.finished(LARGE, 1, key="k1")
        self.receive(self.flow, LARGE, key="k1")
        self.env.cr.execute(
            "UPDATE ir_attachment SET create_date = create_date - interval '2 days' "
            "WHERE res_model = 'seam.message'"
        )
        self.purge()
        self.assertEqual(message._body_bytes(), LARGE)
        left = self.env["ir.attachment"].sudo().search([("res_model", "=", "seam.message")])
        self.assertEqual(left, message.sudo().body_attachment_id)

    def test_what_a_person_changed_goes_with_the_body(self):
        failed = self.message(self.receive(self.flow, b'{"name": "Anna"'))
        edited = failed.with_user(self.operator)._edit('{"name": "Anna"}', "A brace was missing")
        self.commit()
        self.drain()
        for message in (failed, edited):
            self.age(message, 11)
        self.purge()
        self.assertNotIn("Anna", json.dumps(edited.sudo().event_ids.mapped("data")))
        self.assertIn("A brace was missing", edited.event_ids.mapped("reason"))

    def test_a_message_goes_with_its_history_once_it_is_counted(self):
        old = self.finished({"a": 1}, 101)
        events = old.event_ids
        self.purge()
        self.assertTrue(old.exists(), "not counted yet")
        self.roll_up()
        self.purge()
        self.assertFalse(old.exists())
        self.assertFalse(events.exists())

    def test_the_books_balance_after_a_purge(self):
        self.finished({"a": 1}, 101)
        self.finished({"a": 2}, 50)
        self.finished({"a": 3}, 0)
        self.receive(self.flow, b"{")
        before = self.flow._audit()
        self.roll_up()
        self.purge()
        self.roll_up()
        self.assertEqual(self.flow._assert_audit(), {self.flow.display_name: before})
        self.assertEqual(before["received"], 4)
        self.assertEqual(self.env["seam.message"].search_count([("flow_id", "=", self.flow.id)]), 3)

    def test_what_is_unfinished_is_never_touched(self):
        failed = self.message(self.receive(self.flow, b"{"))
        self.age(failed, 1000)
        self.roll_up()
        self.purge()
        self.assertEqual(failed._body_bytes(), b"{")

    def test_an_edited_message_survives_the_one_it_replaced(self):
        failed = self.message(self.receive(self.flow, b"{"))
        edited = failed.with_user(self.operator)._edit("{}", "Nothing was in it")
        self.commit()
        self.drain()
        self.age(failed, 200)
        self.roll_up()
        self.env.cr.execute(
            "UPDATE seam_flow_total SET until = now() WHERE flow_id = %s", [self.flow.id]
        )
        self.purge()
        self.assertFalse(failed.exists())
        self.assertEqual((edited.state, edited.replaces_id.id), ("done", False))

    def test_another_flow_keeps_its_own_time(self):
        longer = self.make_flow(code="longer", body_days=1000, message_days=1000)
        message = self.send(longer, {"a": 1})
        self.age(message, 500)
        self.purge()
        self.assertEqual(message._body_bytes(), b'{"a": 1}')


@tagged("post_install", "-at_install")
class TestRetentionOfMany(SeamCase):
    """With many messages: small batches, and indexes in place of scans."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(body_days=10, message_days=100)
        cls.env.flush_all()
        cls.env.cr.execute(
            """
            INSERT INTO seam_message (uuid, flow_id, system_id, company_id, direction, state,
                key, received_at, settled_at, body, body_hash, body_size, tries, crashes)
            SELECT gen_random_uuid(), %(flow)s, %(system)s, %(company)s, 'in', 'done',
                   'k' || n, moment, moment, '{}', 'hash', 2, 1, 0
              FROM generate_series(1, %(many)s) AS n,
                   LATERAL (SELECT now() AT TIME ZONE 'UTC'
                                   - n * interval '200 days' / %(many)s AS moment) AS m;
            ANALYZE seam_message
            """,
            {
                "flow": cls.flow.id,
                "system": cls.system.id,
                "company": cls.company.id,
                "many": MANY,
            },
        )

    def assertIndexed(self, query, params, index):
        self.env.cr.execute(f"EXPLAIN {query}", params)
        plan = "\n".join(row[0] for row in self.env.cr.fetchall())
        self.assertIn(index, plan)
        self.assertNotIn("Seq Scan on seam_message", plan)

    def queries(self, act):
        """:return: the readings of messages that an act makes, with their parameters"""
        seen, execute = [], self.env.cr.execute

        def note(query, params=None, **kwargs):
            seen.append((query, params))
            return execute(query, params, **kwargs)

        with patch.object(self.env.cr, "execute", note):
            act()
        return [(q, p) for q, p in seen if isinstance(q, str) and "FROM seam_message\n" in q]

    def test_a_step_is_small(self):
        self.env["seam.flow.hour"]._roll_up(self.flow.id)
        Message = self.env["seam.message"]
        self.assertEqual(Message._purge_bodies(self.flow), BATCH)
        self.assertEqual(Message._purge_messages(self.flow), BATCH)

    def test_all_that_is_over_its_time_goes(self):
        self.env["seam.flow.hour"]._roll_up(self.flow.id)
        with own_env(self.env) as env:
            env["seam.message"]._cron_purge()
        self.env.cr.execute("SELECT count(*), count(body) FROM seam_message")
        messages, bodies = self.env.cr.fetchone()
        self.assertAlmostEqual(messages, MANY // 2, delta=2)
        self.assertAlmostEqual(bodies, MANY // 20, delta=2)
        self.assertEqual(self.flow._audit()["received"], MANY)
        self.flow._assert_audit()

    def test_each_step_finds_its_messages_by_an_index(self):
        self.env["seam.flow.hour"]._roll_up(self.flow.id)
        self.env.cr.execute("ANALYZE seam_message")
        Message = self.env["seam.message"]
        (bodies,) = self.queries(lambda: Message._purge_bodies(self.flow))
        self.assertIndexed(*bodies, "seam_message_bodied_idx")
        (rows,) = self.queries(lambda: Message._purge_messages(self.flow))
        self.assertIndexed(*rows, "seam_message_settled_idx")

    def test_counting_reads_only_the_hours_that_are_not_final(self):
        self.env["seam.flow.hour"]._roll_up(self.flow.id)
        (hours,) = self.queries(lambda: self.env["seam.flow.hour"]._roll_up(self.flow.id))
        self.assertIndexed(*hours, "seam_message_received_idx")
        self.assertIndexed(*hours, "seam_message_settled_idx")

    def test_references_to_what_goes_are_indexed(self):
        self.env.cr.execute(
            """
            SELECT c.conrelid::regclass || '.' || a.attname
              FROM pg_constraint c
              JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
             WHERE c.contype = 'f' AND c.confrelid = 'seam_message'::regclass
               AND c.conrelid::regclass::text NOT LIKE '%%wizard%%'
               AND NOT EXISTS (SELECT 1 FROM pg_index i
                                WHERE i.indrelid = c.conrelid AND i.indkey[0] = a.attnum)
            """
        )
        self.assertEqual(self.env.cr.fetchall(), [])
