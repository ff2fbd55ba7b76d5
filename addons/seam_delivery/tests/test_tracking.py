from odoo.tests import tagged

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestTracking(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.scans = self.make_flow(
            name="Tracking",
            code="tracking",
            carries="state",
            handler="seam.handler.delivery.tracking",
        )
        self.picking = self.ship()
        self.send_out()
        self.parcel = self.picking.seam_shipment_ids.parcel_ids

    def scan(self, status, hour, state="done", again="", **values):
        message = self.send(
            self.scans,
            {
                "tracking": "S-1-1",
                "status": status,
                "at": f"2026-05-04T{hour:02}:00:00+02:00",
                **values,
            },
            key=f"{status}-{hour}-{values}-{again}",
        )
        self.assertEqual(message.state, state)
        return message

    def notes(self, word):
        return self.picking.message_ids.filtered(lambda note: word in (note.body or ""))

    def test_the_newest_scan_shows_whatever_comes_late_or_again(self):
        self.scan("accepted", 8)
        self.scan("out_for_delivery", 12, place="Lyon, FR")
        self.scan("in_transit", 10, "superseded")
        self.scan("out_for_delivery", 12, "superseded", "again", place="Lyon, FR")
        self.assertEqual(self.parcel.status, "out_for_delivery")
        self.assertEqual(self.parcel.status_place, "Lyon, FR")
        self.assertEqual(str(self.parcel.status_at), "2026-05-04 10:00:00")

    def test_delivered_is_told_on_the_transfer_once(self):
        self.scan("delivered", 12, place="Lyon")
        self.scan("delivered", 13, place="Lyon")
        self.assertEqual(len(self.notes("Delivered, Lyon")), 1)
        self.assertFalse(self.open_cases())

    def test_a_failed_delivery_is_an_exception_that_a_later_scan_ends(self):
        self.scan("failed", 9, "failed", text="Nobody at home")
        self.assertEqual(self.parcel.status, "failed")
        self.assertIn("right address", self.open_cases().fix)
        self.assertEqual(len(self.notes("Nobody at home")), 1)
        self.scan("out_for_delivery", 10)
        self.assertFalse(self.open_cases())
        self.assertEqual(self.parcel.status, "out_for_delivery")

    def test_what_comes_back_or_is_lost_says_what_to_do(self):
        self.scan("returning", 9, "failed")
        self.assertIn("Prepare the return", self.open_cases().fix)
        self.scan("lost", 10, "failed")
        self.assertIn("insurance", self.open_cases().mapped("fix")[-1])

    def test_a_parcel_that_nobody_knows_is_no_silence(self):
        message = self.scan("delivered", 9, "failed", tracking="1Z-NOBODY")
        self.assertEqual(message.fault_code, "master.unknown")

    def test_an_unknown_status_breaks_the_contract_and_is_kept(self):
        message = self.scan("teleported", 9, "failed")
        self.assertEqual(message.fault_code, "schema.invalid")
        self.assertFalse(self.parcel.status)

    def test_another_companys_parcel_is_not_touched(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env.cr.execute(
            "UPDATE seam_parcel SET company_id = %s WHERE id = %s", [other.id, self.parcel.id]
        )
        self.env.invalidate_all()
        self.scan("delivered", 9, "failed")
        self.assertFalse(self.parcel.status)
