from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from odoo.addons.seam.models import seam_refusal

from .http_common import SeamHttpCase


@tagged("post_install", "-at_install")
class TestRefusal(SeamHttpCase):
    """Calls of which nothing is kept are counted where people look."""

    def setUp(self):
        super().setUp()
        self.patch(seam_refusal, "NOTE_SECONDS", 0)
        self.patch(seam_refusal, "_tally", seam_refusal.Tally())

    def lines(self):
        """:return: dict status → (calls, what the last one was told)"""
        self.env.invalidate_all()
        found = self.env["seam.refusal"].search([("flow_id", "=", self.flow.id)])
        return {line.status: (line.count, line.reason) for line in found}

    def test_each_reason_has_its_line(self):
        self.post({"a": 1})
        self.assertEqual(self.lines(), {}, "what is kept is not refused")
        for _time in range(3):
            self.post({}, headers=self.bearer("seam_wrong"))
        self.post({"a": 1}, headers={"Content-Type": "text/xml"})
        self.post(b'"' + b"x" * 2_000_000 + b'"')
        lines = self.lines()
        self.assertEqual({status: count for status, (count, _why) in lines.items()},
                         {401: 3, 415: 1, 413: 1})  # fmt: skip
        self.assertIn("text/xml", lines[415][1])
        self.assertIn("1048576", lines[413][1])

    def test_who_calls_while_it_is_switched_off_is_seen(self):
        self.flow.state = "draft"
        self.env.flush_all()
        self.post({"a": 1})
        self.assertEqual(list(self.lines()), [503])

    def test_an_address_that_is_none_makes_no_line(self):
        before = self.env["seam.refusal"].search_count([])
        self.post({"a": 1}, path="/seam/v1/partner/nowhere")
        self.assertEqual(self.env["seam.refusal"].search_count([]), before)

    def test_many_are_written_down_together(self):
        self.patch(seam_refusal, "NOTE_SECONDS", 3600)
        for _time in range(4):
            self.post({}, headers=self.bearer("seam_wrong"))
        self.assertEqual(self.lines()[401][0], 1)
        seam_refusal._tally._due.clear()
        self.post({}, headers=self.bearer("seam_wrong"))
        self.assertEqual(self.lines()[401][0], 5)

    def test_the_system_says_so_for_a_day(self):
        self.assertFalse(self.system.refused_text)
        self.assertEqual(self.system.health, "ok")
        self.post({}, headers=self.bearer("seam_wrong"))
        self.env.invalidate_all()
        self.assertIn("1 calls", self.system.refused_text)
        self.assertIn("401", self.system.refused_text)
        self.assertEqual(self.system.health, "warning")
        line = self.env["seam.refusal"].search(self.system.action_open_refusals()["domain"])
        self.assertEqual(line.system_id, self.system)
        line.last_at = fields.Datetime.now() - timedelta(hours=25)
        self.env.invalidate_all()
        self.assertFalse(self.system.refused_text)

    def test_old_lines_are_forgotten(self):
        self.post({}, headers=self.bearer("seam_wrong"))
        self.env.cr.execute(
            "UPDATE seam_refusal SET day = day - 91 WHERE flow_id = %s", [self.flow.id]
        )
        self.env["seam.refusal"]._forget()
        self.assertEqual(self.lines(), {})

    def test_a_caller_is_answered_whatever_becomes_of_the_count(self):
        refusal = self.env.registry["seam.refusal"]
        with (
            patch.object(refusal, "_note", side_effect=ValueError("full")),
            self.assertLogs("odoo.addons.seam.controllers.intake", "ERROR"),
        ):
            answer = self.post({}, headers=self.bearer("seam_wrong"))
        self.assertProblem(answer, 401)
