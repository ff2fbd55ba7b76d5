from odoo.tests import new_test_user, tagged

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestPrivacyOfShipments(DeliveryCase):
    def test_the_label_of_a_customer_is_found_by_the_delivery(self):
        """Her address is in what was sent to the carrier, and no e-mail address is."""
        picking = self.ship()
        self.send_out()
        message = self.messages()
        self.assertIn(b"75001", message._body_bytes())
        officer = new_test_user(self.env, "officer", groups="seam.group_seam_privacy")
        requests = self.env["seam.privacy.request"].with_user(officer)
        request = requests.create(
            {
                "partner_ids": [(6, 0, self.customer.ids)],
                "words": "Ada Lovelace\nRue 2",
                "reason": "She asked",
            }
        )
        request.action_search()
        self.env.flush_all()
        request.sudo()._run()
        self.env.invalidate_all()
        self.assertIn(message, request.sudo().finding_ids.message_id)
        self.assertFalse(request.open_text)
        request.action_erase()
        self.env.flush_all()
        request.sudo()._run()
        self.env.invalidate_all()
        self.assertEqual(request.state, "done")
        self.assertIsNone(message._body_bytes())
        calls = message.sudo().call_ids
        self.assertFalse(calls.filtered(lambda call: call.request_body or call.response_body))
        self.assertEqual(picking.carrier_tracking_ref, "S-1-1", "the delivery is Odoo's own")
