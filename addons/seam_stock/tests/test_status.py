from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.seam.tests.engine.scripted import answer

from .common import StockCase


@tagged("post_install", "-at_install")
class TestStatus(StockCase):
    """How far a warehouse is: shown on the transfer, and it moves no goods."""

    def setUp(self):
        super().setUp()
        self.stock(self.chair, 20)

    def test_the_newest_status_shows_on_the_transfer(self):
        picking = self.delivery()
        self.take("status", self.status(picking, "accepted", wms_id="W-1"))
        self.take("status", self.status(picking, "packed", minute=9))
        self.take("status", self.status(picking, "picking", minute=5), "superseded")
        self.assertEqual((picking.seam_status, picking.seam_wms_number), ("packed", "W-1"))
        self.assertEqual(str(picking.seam_status_at), "2026-03-22 19:09:08")
        self.assertEqual(picking.state, "assigned")
        self.send_out()
        self.assertEqual(len(self.told()), 1, "a status is no change of ours")

    def test_a_status_is_a_part_of_the_deliverys_story(self):
        picking = self.delivery()
        message = self.take("status", self.status(picking, "accepted"))
        self.assertEqual(message.correlation, self.outgoing().correlation)

    def test_acceptance_confirms_the_request(self):
        self.flows["delivery"].confirm_hours = 4
        picking = self.delivery()
        self.assertEqual(self.outgoing().state, "sent")
        self.take("status", self.status(picking, "accepted"))
        self.assertEqual(self.outgoing().state, "done")

    def test_only_an_answer_to_it_confirms_a_cancellation(self):
        self.flows["delivery"].confirm_hours = 4
        picking = self.delivery()
        self.take("status", self.status(picking, "accepted"))
        picking.action_cancel()
        self.commit()
        self.send_out()
        self.take("status", self.status(picking, "picking", minute=2))
        self.assertEqual(self.outgoing()[-1:].state, "sent")
        self.take("status", self.status(picking, "cancelled", minute=3))
        self.assertEqual(self.outgoing()[-1:].state, "done")
        self.assertFalse(self.open_cases())

    def test_a_rejection_is_an_exception_until_it_is_mended(self):
        picking = self.delivery()
        reason = {"code": "ADDR", "text": "No house number"}
        message = self.refused(
            "status", self.status(picking, "rejected", reason=reason), "business.rule", "No house"
        )
        self.assertEqual(
            (picking.seam_status, picking.seam_status_text), ("rejected", reason["text"])
        )
        self.customer.street = "12a St James's Square"
        picking.priority = "1"
        self.commit()
        self.send_out()
        document = self.told()[-1][1]
        self.assertEqual(document["action"], "request", "it does not have the earlier one")
        self.take("status", self.status(picking, "accepted", minute=5))
        self.assertEqual(self.message(message).state, "superseded")
        self.assertFalse(self.open_cases())

    def test_a_warehouse_that_cancels_by_itself(self):
        picking = self.delivery()
        self.refused("status", self.status(picking, "cancelled"), "order.conflict", picking.name)
        self.assertEqual(picking.state, "assigned")
        picking.action_cancel()
        self.commit()
        self.send_out()
        self.assertEqual(len(self.told()), 1, "it is cancelled there already")
        self.open_cases().action_retry()
        self.drain()
        self.assertFalse(self.open_cases())

    def test_a_cancellation_that_came_too_late(self):
        picking = self.delivery()
        picking.action_cancel()
        self.commit()
        self.send_out()
        self.refused("status", self.status(picking, "cancel_refused"), "order.conflict", "too late")

    def test_a_status_of_a_receipt(self):
        picking = self.expected([(self.chair, 5)])
        self.take("status", self.status(picking, "arrived", document="receipt"))
        self.assertEqual((picking.seam_status, picking.state), ("arrived", "assigned"))

    def test_an_unknown_reference(self):
        picking = self.delivery()
        document = self.status(picking, "accepted") | {"reference": "nonsense"}
        self.refused("status", document, "master.unknown", "nonsense")

    def test_the_banner_of_the_transfer(self):
        picking = self.delivery()
        self.take("status", self.status(picking, "picking"))
        self.assertEqual(picking.seam_message_count, 2)
        action = picking.action_open_seam_messages()
        self.assertEqual(
            self.env["seam.message"].search_count(action["domain"]), picking.seam_message_count
        )
        arch = self.env["stock.picking"].get_view(view_type="form")["arch"]
        for name in ("seam_state_text", "seam_status", "seam_hold"):
            self.assertIn(f'name="{name}"', arch)
        self.assertIn("Sent to the warehouse", picking.seam_state_text)
        self.assertIn("There: Picking since", picking.seam_state_text)

    def test_the_banner_says_why_it_is_not_sent(self):
        self.answers = answer("400 Bad Request", b"{}")
        picking = self.delivery()
        self.assertIn("Not sent to the warehouse", picking.seam_state_text)
        self.flows["delivery"].action_pause()
        picking = self.delivery()
        self.assertIn("going to be sent", picking.seam_state_text)

    def test_a_backorder_shows_the_messages_of_its_family(self):
        picking = self.delivery()
        self.take("shipment", self.shipment(picking, (self.chair, 3), final=False))
        rest = self.rest(picking)
        self.assertEqual(rest.seam_message_count, picking.seam_message_count)
        self.assertIn("Sent to the warehouse", rest.seam_state_text)

    def test_parts_that_come_after_the_last_one(self):
        """The rest stays closed with the warehouse, and is asked about as long as it lacks."""
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 6)])
        early = [
            self.shipment(picking, (self.chair, count), key=f"S-{count}", final=False)
            for count in (2, 3)
        ]
        self.take("shipment", self.shipment(picking, (self.chair, 1), key="S-last"))
        held = self.rest(picking)
        self.assertTrue(held.seam_hold and held.activity_ids)
        self.take("shipment", early[0])
        rest = self.rest(held)
        self.assertFalse(held.activity_ids, "what is done is not asked about")
        self.assertTrue(rest.seam_hold and rest.activity_ids)
        self.assertEqual(rest.move_ids.product_uom_qty, 3)
        self.take("shipment", early[1])
        self.assertEqual(rest.state, "done")
        self.assertFalse(rest.activity_ids or rest.seam_hold)

    def test_what_is_given_up_is_not_asked_about(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 6)])
        self.take("shipment", self.shipment(picking, (self.chair, 1)))
        rest = self.rest(picking)
        rest.action_cancel()
        self.assertFalse(rest.activity_ids)
        self.commit()
        self.send_out()
        self.assertEqual(len(self.told()), 1, "what it closed itself is not cancelled there")

    def test_the_rest_is_not_asked_for_while_a_shipment_is_held_up(self):
        """It may be what is missing, and would leave a second time."""
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 6)])
        broken = self.shipment(picking, (self.chair, 2), key="S-1") | {"final": "not yet"}
        held_up = self.take("shipment", broken, "failed")
        self.take("shipment", self.shipment(picking, (self.chair, 4), key="S-2"))
        rest = self.rest(picking)
        with self.assertRaisesRegex(UserError, "Shipment S-1"):
            rest.action_seam_request_again()
        held_up._discard("It never left.")
        rest.action_seam_request_again()
        self.assertFalse(rest.seam_hold)
