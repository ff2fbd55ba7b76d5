from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.seam.tests.engine.scripted import answer, raw

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestVoid(DeliveryCase):
    """The carrier does not take every label back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.packer = new_test_user(cls.env, "packer", groups="stock.group_stock_user")

    def refused(self, words="S-1 was picked up."):
        return answer("409 Conflict", b'{"error": "%s"}' % words.encode())

    def voided(self):
        return answer("204 No Content", b"")

    def cancelled(self, *answers):
        """:return: a delivery whose label a packer wants to be void"""
        picking = self.ship()
        self.send_out()
        self.answers = list(answers)
        self.cancel(picking)
        return picking

    def cancel(self, picking):
        picking.with_user(self.packer).cancel_shipment()
        self.commit()
        self.send_out()

    def asked_to_void(self):
        return sum(d["action"] == "void" for _method, d in self.asked() if d)

    def again(self):
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE state = 'waiting'"
        )
        self.send_out()

    def test_a_label_that_is_not_taken_back_is_what_it_was(self):
        picking = self.cancelled(self.refused())
        shipment = picking.seam_shipment_ids
        self.assertEqual(shipment.state, "bought")
        self.assertEqual(picking.carrier_tracking_ref, "S-1-1")
        self.assertIn("S-1 was picked up.", picking.seam_label_text)
        self.assertIn("is charged", picking.seam_label_text)
        self.assertIn("Fast refused", picking.seam_label_text)
        self.assertTrue(picking.seam_label_stuck)
        self.assertIn("S-1 was picked up.", picking.message_ids[0].body)
        case = self.open_cases()
        self.assertIn("S-1 was picked up", case.name)
        self.assertIn("stays valid", case.fix)

    def test_it_travels_and_arrives(self):
        """A parcel whose label is to be void is in trouble and arrives as any other."""
        picking = self.cancelled(self.refused())
        shipment = picking.seam_shipment_ids
        self.assertTrue(shipment._goes_to_customer())
        shipment.sudo().parcel_ids.status = "failed"
        self.assertTrue(shipment.parcel_ids._is_in_trouble())

    def test_cancel_asks_once_more(self):
        picking = self.cancelled(self.refused(), self.voided())
        case = self.open_cases()
        self.cancel(picking)
        self.assertEqual(picking.seam_shipment_ids.state, "void")
        self.assertEqual(self.asked_to_void(), 2)
        self.assertFalse(picking.seam_label_text)
        self.assertEqual(case.state, "resolved")

    def test_a_retry_asks_once_more(self):
        picking = self.cancelled(self.refused(), self.refused(), self.voided())
        for state in ("bought", "void"):
            self.open_cases().action_retry()
            self.commit()
            self.send_out()
            self.assertEqual(picking.seam_shipment_ids.state, state)
        self.assertEqual(self.asked_to_void(), 3)

    def test_a_second_cancel_while_the_first_is_under_way_asks_nobody(self):
        picking = self.ship()
        self.send_out()
        self.answers = [answer("503 Service Unavailable", b""), self.voided()]
        self.cancel(picking)
        self.assertEqual(picking.seam_shipment_ids.state, "voiding", "he did not refuse")
        self.cancel(picking)
        self.assertEqual(self.asked_to_void(), 1)
        self.assertIn("going to be voided", picking.message_ids[0].body)
        self.again()
        self.assertEqual(picking.seam_shipment_ids.state, "void")

    def test_who_lets_it_be_discards_the_exception(self):
        picking = self.cancelled(self.refused(), self.voided())
        self.messages()[-1]._discard("The parcel travels.")
        self.commit()
        self.assertFalse(picking.seam_label_text)
        self.assertEqual(picking.seam_shipment_ids.state, "bought")
        self.cancel(picking)
        self.assertEqual(picking.seam_shipment_ids.state, "void", "it can be asked for anew")

    def test_or_says_so_on_the_shipment(self):
        picking = self.cancelled(self.refused())
        case, shipment = self.open_cases(), picking.seam_shipment_ids
        with self.assertRaises(AccessError):
            shipment.with_user(self.packer).action_keep_label()
        shipment.action_keep_label()
        self.commit()
        self.assertEqual((shipment.state, case.state), ("bought", "resolved"))
        self.assertFalse(picking.seam_label_text)
        self.assertIn("The label is kept", picking.message_ids[0].body)
        with self.assertRaises(UserError):
            shipment.action_keep_label()

    def test_what_is_void_at_the_carrier_is_void_here(self):
        picking = self.cancelled(self.refused("Ask our desk"))
        picking.seam_shipment_ids.action_is_void()
        self.commit()
        self.assertEqual(picking.seam_shipment_ids.state, "void")
        self.assertFalse(picking.carrier_tracking_ref)
        self.answers = [self.sold("S-2")]
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.assertEqual(picking.carrier_tracking_ref, "S-2-1")

    def test_a_refusal_after_a_lost_answer_proves_nothing(self):
        """The first call may have voided it: nobody says that the label is valid."""
        self.flow.can_look_up = False
        picking = self.cancelled(raw(b""), self.refused("It is void already."))
        self.again()
        shipment = picking.seam_shipment_ids
        self.assertEqual(shipment.state, "voiding")
        self.assertIn("It is void already", picking.seam_label_text)
        shipment.action_is_void()
        self.assertEqual(shipment.state, "void")

    def test_credentials_that_are_refused_say_nothing_of_the_label(self):
        picking = self.cancelled(answer("401 Unauthorized", b""), self.voided())
        self.assertEqual(picking.seam_shipment_ids.state, "voiding")
        self.open_cases().action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(picking.seam_shipment_ids.state, "void")

    def test_without_a_connection_the_label_stays(self):
        picking = self.ship()
        self.send_out()
        self.flow.action_pause()
        self.flow.state = "draft"
        picking.cancel_shipment()
        self.assertEqual(picking.seam_shipment_ids.state, "bought")
        self.assertIn("cannot be voided", picking.message_ids[0].body)
