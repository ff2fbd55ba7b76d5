from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .tracking_case import TrackingCase


@tagged("-at_install", "post_install")
class TestNotices(TrackingCase):
    """What the customer is written, and how often."""

    def setUp(self):
        super().setUp()
        self.customer.email = "ada@example.com"
        self.carrier.write(
            {
                "seam_out_template_id": self.env.ref("seam_delivery.mail_template_out").id,
                "seam_failed_template_id": self.env.ref("seam_delivery.mail_template_failed").id,
                "seam_delivered_template_id": self.env.ref(
                    "seam_delivery.mail_template_delivered"
                ).id,
            }
        )
        self.count = 0

    def now(self, status, state="done", hours=0, **values):
        """A scan of a moment ago."""
        self.count += 1
        at = fields.Datetime.now() - timedelta(hours=hours, minutes=30 - self.count)
        return self.scan(status, f"{at.isoformat()}Z", state, **values)

    def write_them(self):
        self.env.flush_all()
        self.env.ref("seam_delivery.cron_notices").method_direct_trigger()
        self.env.invalidate_all()

    def written(self):
        return self.picking.message_ids.filtered(
            lambda note: self.customer in note.partner_ids
        ).sorted("id")

    def test_out_for_delivery_and_delivered_are_written_once(self):
        self.now("out_for_delivery")
        self.assertFalse(self.written(), "no scan waits for a mail")
        self.write_them()
        self.now("held")
        self.now("out_for_delivery")
        self.write_them()
        self.assertEqual(len(self.written()), 1)
        self.now("delivered", place="Paris")
        self.now("delivered", place="Paris, FR")
        self.write_them()
        subjects = self.written().mapped("subject")
        self.assertEqual(len(subjects), 2)
        self.assertIn("comes today", subjects[0])
        self.assertIn("has arrived", subjects[1])

    def test_the_message_has_the_way_to_the_page_and_is_queued(self):
        self.now("delivered")
        self.write_them()
        message = self.written()
        self.assertIn(f"/my/shipments/{self.shipment.id}?access_token=", message.body)
        mail = self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.state, "outgoing")

    def test_it_is_written_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.carrier.seam_delivered_template_id
        template.with_context(lang="fr_FR").subject = "Votre colis est arrivé"
        self.customer.lang = "fr_FR"
        self.now("delivered")
        self.write_them()
        self.assertEqual(self.written().subject, "Votre colis est arrivé")

    def test_a_failed_delivery_is_written(self):
        self.now("failed", "failed")
        self.write_them()
        self.assertIn("could not be handed over", self.written().subject)

    def test_each_attempt_is_written_and_each_once(self):
        """Of one attempt the carrier may scan several things; the next day is another one."""
        self.now("out_for_delivery", hours=30)
        self.now("failed", "failed", hours=30, text="Nobody there")
        self.now("failed", "failed", hours=30, text="Will be tried again")
        self.write_them()
        self.now("in_transit", hours=20)
        self.now("out_for_delivery", hours=6)
        self.now("failed", "failed", hours=5)
        self.write_them()
        failed = self.written().filtered(lambda note: "handed over" in note.subject)
        self.assertEqual(len(failed), 2)
        self.assertNotIn("has tried", failed[0].body)
        self.assertIn("has tried 2 times", " ".join(failed[1].body.split()))
        self.assertEqual(self.parcel.attempts, 2)

    def test_attempts_that_nobody_wrote_of_yet_are_one_message(self):
        self.now("failed", "failed", hours=20)
        self.now("failed", "failed", hours=2)
        self.write_them()
        self.assertEqual(len(self.written()), 1)
        self.assertEqual(self.shipment.notice_ids.mapped("state"), ["skipped", "written"])

    def test_a_carrier_who_fails_for_ever_is_told_of_three_times(self):
        for _day in range(5):
            self.now("out_for_delivery")
            self.now("failed", "failed")
            self.write_them()
        failed = self.written().filtered(lambda note: "handed over" in note.subject)
        self.assertEqual(len(failed), 3)

    def test_what_has_gone_on_meanwhile_is_not_written(self):
        self.now("out_for_delivery")
        self.now("delivered")
        self.write_them()
        self.assertIn("has arrived", self.written().subject)
        self.assertEqual(self.shipment.notice_ids.mapped("state"), ["skipped", "written"])

    def test_old_news_is_not_written(self):
        self.now("delivered", hours=80)
        self.write_them()
        self.assertFalse(self.shipment.notice_ids)

    def test_nothing_is_written_where_the_method_has_no_message(self):
        self.carrier.seam_delivered_template_id = False
        self.now("delivered")
        self.assertFalse(self.shipment.notice_ids)

    def test_a_customer_without_address_is_no_silence(self):
        self.customer.email = False
        self.now("delivered")
        self.write_them()
        notice = self.shipment.notice_ids
        self.assertEqual(notice.state, "skipped")
        self.assertIn("no e-mail address", notice.reason)

    def test_a_broken_template_stops_no_other_and_is_told(self):
        # saving such a template by hand is refused; an upgrade may leave one
        self.env.cr.execute(
            "UPDATE mail_template SET body_html = jsonb_build_object('en_US', %s) WHERE id = %s",
            ['<t t-out="object.no_such_field"/>', self.carrier.seam_out_template_id.id],
        )
        self.env.invalidate_all()
        self.now("out_for_delivery")
        with self.assertLogs("odoo.addons.seam_delivery", "ERROR"):
            self.write_them()
        self.assertEqual(self.shipment.notice_ids.state, "failed")
        self.assertTrue(self.notes("could not be written"))
        self.now("delivered")
        self.write_them()
        self.assertIn("has arrived", self.written().subject)
