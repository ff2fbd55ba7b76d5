from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from odoo.addons.seam.engine import backoff

from .common import SeamCase

HOUR = 3600


@tagged("post_install", "-at_install")
class TestFlow(SeamCase):
    """What a flow does where nobody says otherwise."""

    def test_what_is_sent_is_tried_for_a_day_and_given_up_in_the_end(self):
        flow = self.make_flow(direction="out")
        waits = backoff.parse_schedule(flow.retry_schedule)
        self.assertEqual(waits, (5, 300, HOUR // 2, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR))
        self.assertLess(sum(waits) * 1.2, flow.max_age_hours * HOUR, "age does not cut it short")

    def test_the_form_proposes_the_same(self):
        with Form(self.env["seam.flow"]) as form:
            form.name, form.code, form.system_id = "Out", "out", self.system
            form.direction = "out"
            self.assertEqual(form.retry_schedule, self.make_flow(direction="out").retry_schedule)

    def test_a_schedule_that_is_none_is_refused_in_a_sentence(self):
        flow = self.make_flow()
        for schedule in ("soon", "5; 10", "-1", "999999", ", ".join(["1"] * 51)):
            with self.assertRaisesRegex(ValidationError, "retry schedule"), self.env.cr.savepoint():
                flow.retry_schedule = schedule

    def test_calls_have_a_time_limit_where_nobody_sets_one(self):
        self.assertEqual((self.system.connect_timeout, self.system.read_timeout), (5, 30))
        self.assertEqual(self.system.max_bytes, 1024 * 1024)
