from datetime import timedelta

from odoo import fields
from odoo.tests import new_test_user, tagged

from .tracking_case import TrackingCase


@tagged("-at_install", "post_install")
class TestArrival(TrackingCase):
    """Two parcels: what is delivered, and when, is known when both are."""

    def setUp(self):
        super().setUp()
        self.second = self.env["seam.parcel"].create(
            {"shipment_id": self.shipment.id, "reference": "2", "tracking": "S-1-2"}
        )
        self.env.flush_all()

    def test_the_transfer_is_delivered_when_its_last_parcel_is(self):
        self.scan("delivered", 12)
        self.assertFalse(self.picking.seam_delivered_at)
        self.scan("delivered", 9, tracking="S-1-2")
        self.assertEqual(str(self.picking.seam_delivered_at), "2026-05-04 10:00:00")

    def test_two_parcels_delivered_in_one_batch(self):
        self.hear("delivered", 12)
        self.hear("delivered", 12, tracking="S-1-2")
        self.drain()
        self.assertTrue(self.picking.seam_delivered_at)

    def test_what_was_delivered_by_mistake_is_not_delivered(self):
        self.scan("delivered", 9)
        self.scan("delivered", 9, tracking="S-1-2")
        self.scan("in_transit", 11, tracking="S-1-2", text="Delivered to the wrong address")
        self.assertFalse(self.picking.seam_delivered_at)

    def test_the_scan_belongs_to_the_business_transaction_of_its_shipment(self):
        label = self.messages()
        self.assertTrue(label.correlation)
        message = self.scan("delivered", 12)
        self.assertEqual(message.correlation, label.correlation)
        self.assertIn("Delivered", message.state_reason)

    def test_a_void_label_that_arrives_says_nothing_of_the_goods(self):
        self.shipment.sudo().state = "void"
        self.scan("delivered", 12)
        self.scan("delivered", 12, tracking="S-1-2")
        self.assertFalse(self.picking.seam_delivered_at)

    def test_many_arrivals_cost_as_many_queries_as_few(self):
        handler = self.env["seam.handler.delivery.tracking"]
        counts = []
        for count in (2, 12):
            numbers = self.other_parcels(count)
            letters = [
                self.letter("delivered", "2026-05-04T12:00:00Z", tracking=number)
                for number in numbers
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            handler._apply(letters)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual({letter.outcome for letter in letters}, {"done"})
        self.assertLessEqual(counts[1], counts[0] + 2)

    def other_parcels(self, count):
        """:return: tracking numbers of so many shipments of a parcel each"""
        pickings = self.env["stock.picking"].concat(*(self.picking.copy() for _n in range(count)))
        shipments = self.env["seam.shipment"].create(
            [
                {
                    "name": f"X-{picking.id}",
                    "picking_id": picking.id,
                    "carrier_id": self.carrier.id,
                    "state": "bought",
                    "bought_at": self.shipment.bought_at,
                    "parcel_ids": [(0, 0, {"reference": "1", "tracking": f"X-{picking.id}-1"})],
                }
                for picking in pickings
            ]
        )
        return shipments.parcel_ids.mapped("tracking")

    def test_what_comes_back_with_a_return_label_is_not_delivered_to_the_customer(self):
        self.shipment.sudo().purpose = "return"
        self.scan("delivered", 12)
        self.scan("delivered", 12, tracking="S-1-2")
        self.assertFalse(self.picking.seam_delivered_at)
        self.assertTrue(self.notes("Return parcel S-1-1"))


@tagged("-at_install", "post_install")
class TestWaysOut(TrackingCase):
    """What somebody can do about a parcel, from its exception."""

    def setUp(self):
        super().setUp()
        self.clerk = new_test_user(
            self.env, "clerk", groups="stock.group_stock_user,seam.group_seam_operator"
        )

    def test_of_a_parcel_in_trouble(self):
        self.scan("returned", 9, "failed")
        case = self.open_cases().with_user(self.clerk)
        self.assertEqual(case.action_open_picking()["res_id"], self.picking.id)
        context = case.action_take_back()["context"]
        wizard = self.env["stock.return.picking"].with_user(self.clerk).with_context(**context)
        self.assertEqual(wizard.create({}).picking_id, self.picking)

    def test_of_a_silent_parcel_the_carrier_is_asked(self):
        self.carrier.seam_contact_id = self.env["res.partner"].create(
            {"name": "Fast's desk", "email": "desk@fast.example"}
        )
        self.shipment.sudo().bought_at = fields.Datetime.now() - timedelta(days=9)
        self.env["seam.parcel"]._open_silent()
        context = self.open_cases().with_user(self.clerk).action_ask_carrier()["context"]
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.clerk)
            .with_context(**context)
            .create({})
        )
        self.assertIn("S-1-1", composer.body)
        self.assertEqual(composer.partner_ids.email, "desk@fast.example")
