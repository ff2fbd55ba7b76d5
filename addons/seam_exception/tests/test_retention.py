from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.models.own_cursor import own_env

from .common import WorkplaceCase


@tagged("post_install", "-at_install")
class TestWorkplaceRetention(WorkplaceCase):
    """Old alerts and items of bulk operations go; what is still needed stays."""

    def purge(self):
        self.commit()
        with own_env(self.env) as env:
            env["seam.message"]._cron_purge()
        self.env.invalidate_all()

    def told(self, key, days):
        """An open case of which somebody was told so many days ago."""
        if not self.plan.step_ids:
            step = {"after_minutes": 0, "until": "ack", "by": "email", "to": "owner"}
            self.plan.step_ids = [(0, 0, step)]
        self.bad(key, f"product:{key}")
        case = self.case().filtered(lambda case: f"product:{key}" in case.name)
        self.env["seam.exception.alert"]._send_due()
        alert = case.alert_ids
        self.assertEqual(alert.state, "sent")
        alert.due_at = fields.Datetime.now() - timedelta(days=days)
        return case

    def operation(self, days, start=True):
        self.bad("m", "product:M")
        operation = (
            self.env["seam.operation"]
            .with_user(self.lead)
            ._look("acknowledge", self.case().with_user(self.lead), "Seen")
        )
        if start:
            with trap_jobs():
                operation.action_start()
                operation._run()
        moment = fields.Datetime.now() - timedelta(days=days)
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE seam_operation SET create_date = %(at)s,
                   ended_at = CASE WHEN ended_at IS NOT NULL THEN %(at)s::timestamp END
             WHERE id = %(id)s
            """,
            {"at": moment, "id": operation.id},
        )
        self.env.invalidate_all()
        return operation

    def test_old_alerts_of_closed_cases_go(self):
        old, young = self.told("OLD", 91), self.told("YOUNG", 89)
        self.mend("product:OLD")
        self.mend("product:YOUNG")
        self.assertEqual((old | young).mapped("state"), ["resolved", "resolved"])
        self.purge()
        self.assertFalse(old.alert_ids)
        self.assertEqual(young.alert_ids.state, "sent")

    def test_alerts_of_an_open_case_stay_so_that_nobody_is_told_twice(self):
        case = self.told("OPEN", 400)
        self.purge()
        self.assertEqual(case.alert_ids.state, "sent")
        case.severity = "2"
        self.env.flush_all()
        self.assertEqual(case.alert_ids.state, "sent")

    def test_the_age_of_alerts_is_a_system_parameter(self):
        self.env["ir.config_parameter"].set_param("seam_exception.alert_days", "10")
        case = self.told("OLD", 11)
        self.mend("product:OLD")
        self.purge()
        self.assertFalse(case.alert_ids)

    def test_items_of_an_old_operation_go_and_its_numbers_stay(self):
        operation = self.operation(366)
        self.assertEqual(operation.state, "done")
        self.purge()
        self.assertFalse(operation.line_ids)
        self.assertEqual((operation.total, operation.done_count), (1, 1))

    def test_items_of_a_young_operation_stay(self):
        operation = self.operation(364)
        self.purge()
        self.assertEqual(len(operation.line_ids), 1)

    def test_an_operation_that_runs_keeps_its_items(self):
        operation = self.operation(400, start=False)
        operation.sudo().state = "paused"
        self.purge()
        self.assertEqual(len(operation.line_ids), 1)

    def test_what_was_never_started_cannot_be_started_without_its_items(self):
        operation = self.operation(400, start=False)
        self.purge()
        self.assertFalse(operation.line_ids)
        self.assertEqual(operation.state, "cancelled")
        with self.assertRaises(UserError):
            operation.action_start()
