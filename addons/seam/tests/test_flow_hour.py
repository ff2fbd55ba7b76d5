from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.seam.models.own_cursor import own_env

from .common import SeamCase


@tagged("post_install", "-at_install")
class TestFlowHour(SeamCase):
    """Hours are counted once and for all, and the books balance at any moment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()

    def setUp(self):
        super().setUp()
        self.now = self.env.cr.now()

    def age(self, messages, hours):
        """Let messages have happened earlier."""
        self.env.cr.execute(
            """
            UPDATE seam_message SET received_at = received_at - %(age)s,
                   settled_at = settled_at - %(age)s WHERE id = ANY(%(ids)s)
            """,
            {"age": timedelta(hours=hours), "ids": messages.ids},
        )
        self.env.invalidate_all()

    def roll_up(self):
        with own_env(self.env) as env:
            env["seam.flow.hour"]._roll_up(self.flow.id)
        self.env.invalidate_all()

    def total(self):
        return self.env["seam.flow.total"].search([("flow_id", "=", self.flow.id)])

    def numbers(self):
        audit = self.flow._audit()
        self.assertEqual(audit.pop("missing"), 0)
        return {name: count for name, count in audit.items() if count}

    def test_an_hour_counts_receipts_and_outcomes(self):
        self.send(self.flow, {"a": 1})
        self.receive(self.flow, b"{")
        self.roll_up()
        hour = self.flow.hour_ids
        self.assertEqual((hour.received, hour.done, hour.discarded), (2, 1, 0))
        self.assertEqual(hour.hour, self.now.replace(minute=0, second=0, microsecond=0))

    def test_counting_again_changes_nothing(self):
        self.send(self.flow, {"a": 1})
        for _time in range(3):
            self.roll_up()
        self.assertEqual(self.flow.hour_ids.received, 1)
        self.assertEqual(self.numbers(), {"received": 1, "done": 1})

    def test_hours_become_final_and_stay(self):
        old = self.send(self.flow, {"a": 1})
        self.age(old, 5)
        young = self.send(self.flow, {"a": 2})
        self.age(young, 1)
        self.send(self.flow, {"a": 3})
        self.roll_up()
        self.assertEqual((self.total().received, self.total().done), (1, 1))
        self.assertEqual(sum(self.flow.hour_ids.mapped("received")), 3)
        self.roll_up()
        self.assertEqual(self.total().received, 1)
        self.assertEqual(self.numbers(), {"received": 3, "done": 3})

    def test_what_settles_later_is_counted_where_it_settles(self):
        message = self.message(self.receive(self.flow, b"{"))
        self.age(message, 30)
        self.roll_up()
        self.assertEqual(self.numbers(), {"received": 1, "in_flight": 1})
        message.with_user(self.operator)._discard("A test of theirs")
        self.commit()
        self.roll_up()
        self.assertEqual(self.numbers(), {"received": 1, "discarded": 1})
        self.assertEqual(len(self.flow.hour_ids), 2)

    def test_time_until_done(self):
        message = self.send(self.flow, {"a": 1})
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = settled_at - interval '90 s' WHERE id = %s",
            [message.id],
        )
        self.roll_up()
        self.assertEqual(sum(self.flow.hour_ids.mapped("seconds")), 90)
        self.assertEqual(max(self.flow.hour_ids.mapped("seconds_max")), 90)

    def test_every_outcome_keeps_the_balance(self):
        failed = [self.message(self.receive(self.flow, b"{", key=str(n))) for n in range(3)]
        failed[0].with_user(self.operator)._discard("Not ours")
        failed[1].with_user(self.operator)._edit('{"a": 1}', "A brace was missing")
        self.commit()
        self.drain()
        self.assertEqual(
            self.numbers(),
            {"received": 4, "discarded": 1, "replaced": 1, "done": 1, "in_flight": 1},
        )

    def test_a_message_without_its_outcome_is_noticed(self):
        message = self.send(self.flow, {"a": 1})
        self.env.cr.execute("UPDATE seam_message SET settled_at = NULL WHERE id = %s", [message.id])
        self.assertEqual(self.flow._audit()["missing"], 1)
        with self.assertRaisesRegex(AssertionError, "do not add up"):
            self.flow._assert_audit()

    def test_a_message_that_vanished_is_noticed(self):
        message = self.send(self.flow, {"a": 1})
        self.age(message, 5)
        self.roll_up()
        lost = self.message(self.receive(self.flow, {"a": 2}))
        self.age(lost, 5)
        self.env.cr.execute(
            "UPDATE seam_message SET state = 'done', settled_at = now() WHERE id = %s", [lost.id]
        )
        self.assertEqual(self.flow._audit()["missing"], -1)

    def test_the_cron_counts_every_flow(self):
        other = self.make_flow(code="others")
        self.send(self.flow, {"a": 1})
        self.send(other, {"a": 1})
        with own_env(self.env) as env:
            env["seam.flow.hour"]._cron_roll_up()
        self.env.invalidate_all()
        self.assertEqual(self.flow.hour_ids.done, 1)
        self.assertEqual(other.hour_ids.done, 1)
