import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.models.seam_message_intake import Arrival

from .common import WorkplaceCase


@tagged("post_install", "-at_install")
class TestOperations(WorkplaceCase):
    def messages(self, number, **values):
        found = self.env["seam.message"]
        for index in range(number):
            receipt = self.receive(
                self.flow,
                {"id": f"m{index}", "bad": "master.unknown", "subject": "p:X", **values},
                key=f"m{index}",
            )
            found |= self.message(receipt)
        self.drain()
        return found

    def look(self, kind, records, reason="The catalogue was mended", user=None, **values):
        Operation = self.env["seam.operation"].with_user(user or self.lead)
        return Operation._look(kind, records.with_user(user or self.lead), reason, **values)

    def start(self, operation):
        """Start it and do what its job does, once. :return: the number of jobs it left"""
        self.env.flush_all()
        with trap_jobs() as trap:
            operation.action_start()
            trap.assert_jobs_count(1)
        return self.run_job(operation)

    def run_job(self, operation):
        with trap_jobs() as trap:
            operation._run()
            number = trap.jobs_count()
        self.env.invalidate_all()
        return number

    def test_what_is_looked_at_says_what_will_happen_and_what_cannot(self):
        messages = self.messages(3, amount=100, currency="EUR")
        done = self.send(self.flow, {"id": "ok"}, key="ok")
        operation = self.look("discard", messages | done)
        self.assertEqual((operation.total, operation.able_count), (4, 3))
        self.assertEqual(operation.money, "300.00 EUR")
        self.assertIn("1 × It is finished", operation.unable_text)
        self.assertIn("cannot be undone", operation.effect)
        self.assertEqual(set(messages.mapped("state")), {"failed"}, "nothing happened yet")

    def test_the_set_is_frozen(self):
        messages = self.messages(2)
        operation = self.look("retry", self.case())
        self.bad("later", "p:X")
        self.start(operation)
        self.assertEqual(set(messages.mapped("state")), {"pending"})
        self.assertEqual(
            self.env["seam.message"].search([("ordering_key", "=", "later")]).state, "failed"
        )
        self.assertEqual((operation.state, operation.done_count), ("done", 2))

    def test_every_item_has_a_result_and_one_bad_one_stops_no_other(self):
        messages = self.messages(4)
        operation = self.look("discard", messages)
        messages[2].with_user(self.operator)._retry("Meanwhile")
        self.drain()
        self.mended.add("p:X")
        messages[2]._retry("Again")
        self.drain()
        self.assertEqual(messages[2].state, "done")
        self.start(operation)
        self.assertEqual(
            (operation.done_count, operation.skipped_count, operation.failed_count), (3, 1, 0)
        )
        skipped = operation.line_ids.filtered(lambda line: line.state == "skipped")
        self.assertEqual(skipped.message_id, messages[2])
        self.assertIn("changed in the meantime", skipped.note)
        self.assertEqual(set((messages - messages[2]).mapped("state")), {"discarded"})
        event = messages[0].event_ids.filtered("user_id")[-1]
        self.assertEqual((event.user_id, event.reason), (self.lead, "The catalogue was mended"))

    def test_it_can_be_paused_resumed_and_ended(self):
        messages = self.messages(3)
        operation = self.look("discard", messages)
        with trap_jobs():
            operation.action_start()
        operation.action_pause()
        self.run_job(operation)
        self.assertEqual((operation.state, operation.done_count), ("paused", 0))
        with trap_jobs() as trap:
            operation.action_resume()
            trap.assert_jobs_count(1)
        operation._next_batch()
        self.assertEqual(operation.done_count, 3)
        operation.action_cancel()
        self.assertEqual(operation.state, "cancelled")
        with self.assertRaises(UserError):
            operation.action_resume()

    def test_slowly_when_the_partner_is_to_be_spared(self):
        messages = self.messages(5)
        operation = self.look("retry", messages, throttle=2)
        left = self.start(operation)
        self.assertEqual((operation.done_count, operation.state, left), (2, "running", 1))
        self.env.cr.execute(
            "UPDATE seam_operation_line SET at = at - interval '2 minutes' WHERE at IS NOT NULL"
        )
        self.run_job(operation)
        self.assertEqual(operation.done_count, 4)

    def test_a_second_job_and_a_killed_one_repeat_nothing(self):
        messages = self.messages(3)
        operation = self.look("retry", messages)
        self.start(operation)
        self.run_job(operation)
        self.assertEqual((operation.state, operation.done_count), ("done", 3))
        retried = self.env["seam.message.event"].search_count(
            [("message_id", "in", messages.ids), ("reason", "=", operation.reason)]
        )
        self.assertEqual(retried, 3)

    def test_an_operation_whose_job_was_lost_goes_on(self):
        operation = self.look("retry", self.messages(1))
        with trap_jobs():
            operation.action_start()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE seam_operation SET write_date = write_date - interval '5 minutes'"
        )
        with trap_jobs() as trap:
            self.env["seam.operation"]._cron_resume()
            trap.assert_jobs_count(1)

    def rush(self, number):
        """So many messages that fail for one cause, as batches bring them."""
        conf = self._conf(self.flow)
        for first in range(0, number, 1000):
            self.env["seam.message"]._receive(
                conf,
                [
                    Arrival(
                        key=f"r{n}",
                        topic="",
                        body=json.dumps(
                            {"id": f"r{n}", "bad": "master.unknown", "subject": "p:X", "amount": 1}
                        ).encode(),
                        content_type="application/json",
                        headers={},
                        trace_id="0" * 32,
                        traceparent="",
                    )
                    for n in range(first, min(first + 1000, number))
                ],
            )
        # PostgreSQL remembers how small the table was, and in one long transaction nobody tells it.
        self.env.cr.execute("ANALYZE seam_message")
        domain = [("flow_id", "=", self.flow.id), ("state", "=", "pending")]
        while self.env["seam.message"].search_count(domain, limit=1):
            self.drain()
        self.sweep()

    def test_ten_thousand_messages_in_one_operation(self):
        self.rush(10_000)
        case = self.case()
        operation = self.look("discard", case)
        self.assertEqual((operation.total, operation.able_count), (10_000, 10_000))
        self.assertEqual(operation.money, "10,000.00")
        before = self.env.cr.sql_log_count
        left = self.start(operation)
        while left:
            left = self.run_job(operation)
        queries = self.env.cr.sql_log_count - before
        self.assertEqual(
            (operation.state, operation.done_count, operation.progress), ("done", 10_000, 100)
        )
        self.assertFalse(operation.line_ids.filtered(lambda line: line.state != "done"))
        self.env.cr.execute(
            "SELECT state, count(*) FROM seam_message WHERE flow_id = %s GROUP BY state",
            [self.flow.id],
        )
        self.assertEqual(self.env.cr.fetchall(), [("discarded", 10_000)])
        self.env.cr.execute(
            """
            SELECT count(DISTINCT message_id) FROM seam_message_event
             WHERE state = 'discarded' AND user_id = %s AND reason = 'The catalogue was mended'
            """,
            [self.lead.id],
        )
        self.assertEqual(self.env.cr.fetchone()[0], 10_000, "each says who and why")
        self.sweep()
        self.assertEqual(case.state, "resolved")
        self.assertLess(queries, 10_000, "messages are worked off together, not one by one")

    def test_acts_on_cases(self):
        for number in range(3):
            self.bad(str(number), f"a:{number}")
        cases = self.case()
        self.start(self.look("acknowledge", cases))
        self.assertEqual(set(cases.mapped("stage")), {"acknowledged"})
        self.start(self.look("assign", cases, assign_id=self.lead.id))
        self.assertEqual(cases.owner_id, self.lead)
        until = fields.Datetime.now() + timedelta(days=1)
        self.start(self.look("snooze", cases, until=until))
        self.assertEqual(set(cases.mapped("stage")), {"snoozed"})
        operation = self.look("resolve", cases)
        self.assertEqual(operation.able_count, 0)
        self.assertIn("still holds up messages", operation.unable_text)

    def test_choosing_a_record_for_many(self):
        partner = self.env["res.partner"].create({"name": "Ada"})
        for number in range(2):
            missing = {"model": "res.partner", "code": f"C{number}", "via": "binding"}
            self.bad(str(number), f"res.partner:C{number}", extra={"missing": missing})
        cases = self.case()
        wizard = Form(
            self.env["seam.operation.wizard"]
            .with_user(self.lead)
            .with_context(default_case_ids=cases.ids)
        )
        wizard.kind = "fix"
        wizard.res_id = partner.id
        wizard.reason = "They are the same customer"
        action = wizard.save().action_look()
        operation = self.env["seam.operation"].browse(action["res_id"]).with_user(self.lead)
        self.assertIn("Ada", operation.effect)
        self.start(operation)
        self.assertEqual(operation.done_count, 2)
        found = self.env["seam.binding"]._find(self.system.id, "res.partner", ["C0", "C1"])
        self.assertEqual(set(found.values()), {partner})

    def test_rights(self):
        messages = self.messages(2)
        with self.assertRaises(AccessError):
            self.look("retry", messages, user=self.viewer)
        operation = self.look("retry", messages, user=self.operator)
        with self.assertRaises(AccessError):
            operation.with_user(self.lead).action_start()
        with self.assertRaises(AccessError):
            operation.with_user(self.viewer).action_cancel()
        with self.assertRaises(AccessError):
            operation.write({"reason": "Another"})
        operation.sudo().able_count = 101
        with self.assertRaisesRegex(AccessError, "team lead"):
            operation.action_start()

    def test_another_company_is_not_touched(self):
        abroad = self.env["res.company"].create({"name": "Abroad"})
        messages = self.messages(1)
        self.lead.write({"company_ids": [(6, 0, abroad.ids)], "company_id": abroad.id})
        with self.assertRaises(AccessError):
            self.look("retry", messages)

    def test_a_reason_is_asked_for(self):
        with self.assertRaisesRegex(UserError, "Say why"):
            self.look("retry", self.messages(1), reason=" ")
