from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .tracking_case import TrackingCase


@tagged("-at_install", "post_install")
class TestSilence(TrackingCase):
    def days_ago(self, days):
        return fields.Datetime.now() - timedelta(days=days)

    def on_its_way(self, days):
        """The last scan of the parcel is so many days old."""
        self.scan("in_transit", self.days_ago(days).isoformat() + "Z", place="Metz")

    def look(self):
        self.env.flush_all()
        self.env.ref("seam_delivery.cron_silent").method_direct_trigger()
        self.env.invalidate_all()
        return self.open_cases(self.scans)

    def test_a_parcel_that_is_not_scanned_any_more_is_one_exception(self):
        self.on_its_way(4)
        self.assertFalse(self.look())
        self.on_its_way(3)
        self.carrier.seam_silent_days = 2
        case = self.look()
        self.assertEqual(case.code, "expected.missing")
        self.assertIn("On its way, Metz", case.name)
        self.assertIn("Ada Lovelace", case.name)
        self.assertIn("Ask the carrier", case.fix)
        self.assertEqual(self.look(), case, "one, however often it is looked for")
        self.env["seam.exception"]._close_left_open()
        self.assertEqual(case.state, "open")

    def test_the_next_scan_closes_it_and_the_next_silence_opens_it_again(self):
        self.on_its_way(6)
        case = self.look()
        self.scan("in_transit", self.days_ago(0).isoformat() + "Z")
        self.assertEqual(case.state, "resolved")
        self.assertFalse(self.look())
        self.parcel.sudo().status_at = self.days_ago(9)
        self.assertTrue(self.look())

    def test_a_late_scan_does_not_close_it(self):
        self.on_its_way(6)
        case = self.look()
        self.scan("accepted", self.days_ago(8).isoformat() + "Z")
        self.assertEqual(case.state, "open")

    def test_one_that_a_person_has_closed_stays_closed(self):
        self.on_its_way(6)
        self.look()._resolve("The carrier looks for it")
        self.assertFalse(self.look())

    def test_a_parcel_that_was_never_handed_over(self):
        self.shipment.sudo().bought_at = self.days_ago(4)
        case = self.look()
        self.assertIn("has not scanned", case.name)
        self.assertIn("warehouse", case.fix)

    def test_a_return_label_that_nobody_uses_is_not_silent(self):
        self.shipment.sudo().write({"bought_at": self.days_ago(9), "purpose": "return"})
        self.assertFalse(self.look())

    def test_what_arrived_or_is_void_is_not_silent(self):
        self.scan("delivered", self.days_ago(30).isoformat() + "Z")
        self.assertFalse(self.look())

    def test_the_case_of_a_label_that_is_void_is_over(self):
        self.shipment.sudo().bought_at = self.days_ago(4)
        case = self.look()
        self.shipment.sudo().state = "void"
        self.assertFalse(self.look())
        self.assertEqual(case.state, "resolved")

    def test_it_can_be_switched_off_by_delivery_method(self):
        self.carrier.write({"seam_silent_days": 0, "seam_unaccepted_days": 0})
        self.shipment.sudo().bought_at = self.days_ago(99)
        self.assertFalse(self.look())

    def test_while_the_carrier_cannot_be_asked_nothing_is_silent(self):
        self.shipment.sudo().bought_at = self.days_ago(9)
        self.env["seam.pull"].create({"flow_id": self.scans.id, "state": "failed"})
        self.assertFalse(self.look(), "there is an exception for that already")

    def test_where_nobody_listens_nothing_is_silent(self):
        self.shipment.sudo().bought_at = self.days_ago(9)
        self.scans.action_pause()
        self.assertFalse(self.look())
