from odoo.tests import tagged

from odoo.addons.seam.tests.test_privacy import ANNA, PrivacyCase

from ..models.seam_evidence import EVIDENCE


@tagged("post_install", "-at_install")
class TestPrivacyOfCases(PrivacyCase):
    """What was made of an exception, and what was asked for a message, goes too."""

    def failed(self):
        return self.message(self.receive(self.flow, f'{{"mail": "{ANNA}"'.encode()))

    def test_evidence_that_was_downloaded(self):
        failed = self.failed()
        case = failed.exception_id.with_user(self.operator)
        attachment = case._evidence_attachment(())
        self.assertEqual(attachment.sudo().description, EVIDENCE)
        failed.with_user(self.operator)._discard("She asked")
        self.commit()
        request = self.request()
        self.assertEqual(self.found(request, "ir.attachment").mapped("res_id"), attachment.ids)
        self.erase(request)
        self.assertEqual(request.state, "done")
        self.assertFalse(attachment.sudo().exists())

    def test_what_people_were_told_of_it(self):
        """An alert quotes both sides of a conflict: in a room, and in a mail not sent yet."""
        failed = self.failed()
        case = failed.exception_id
        case.fix = "“4 May 1985” in Odoo"
        channel = self.env["discuss.channel"].create({"name": "Alerts"})
        plan = self.env["seam.escalation.plan"].create(
            {
                "name": "Two ways",
                "step_ids": [
                    (0, 0, {"after_minutes": 0, "by": "discuss", "channel_id": channel.id}),
                    (0, 0, {"after_minutes": 0, "by": "email", "to": "owner"}),
                ],
            }
        )
        alerts = self.env["seam.exception.alert"]
        alerts._insert([(case, f"9:{step.id}", step, self.env.cr.now()) for step in plan.step_ids])
        room, mail = alerts.search([("exception_id", "=", case.id), ("key", "like", "9:%")])
        room._send_discuss()
        mail._mail(self.operator)
        talk = channel.message_post(body="Who has lunch?")
        told = ["mail_mail.body_html", "mail_message.body"]
        self.assertLessEqual(set(told), set(self.places_of("4 May 1985")))
        failed.with_user(self.operator)._discard("She asked")
        self.commit()
        self.erase(self.request())
        self.assertEqual(self.places_of("4 May 1985"), [])
        self.assertIn("lunch", talk.body)

    def test_a_change_that_was_asked_for(self):
        failed = self.failed()
        change = self.env["seam.edit.request"].create(
            {
                "message_id": failed.id,
                "company_id": failed.company_id.id,
                "flow_id": failed.flow_id.id,
                "text": f'{{"mail": "{ANNA}", "also": "her street"}}',
                "reason": f"For {ANNA}",
                "editor_id": self.operator.id,
                "state": "refused",
            }
        )
        failed.with_user(self.operator)._discard(f"{ANNA} asked")
        self.commit()
        request = self.request()
        self.erase(request)
        self.assertEqual(request.state, "done")
        self.assertEqual(change.sudo().text, "[erased]")
        self.assertEqual(self.places_of(ANNA), [])
