from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .tracking_case import TrackingCase


@tagged("-at_install", "post_install")
class TestTracking(TrackingCase):
    def test_the_newest_scan_shows_whatever_comes_late_or_again(self):
        self.scan("accepted", 8)
        self.scan("out_for_delivery", 12, place="Lyon, FR")
        self.scan("in_transit", 10)
        self.scan("out_for_delivery", 12, "superseded", "again", place="Lyon, FR")
        self.assertEqual(self.parcel.status, "out_for_delivery")
        self.assertEqual(self.parcel.status_place, "Lyon, FR")
        self.assertEqual(str(self.parcel.status_at), "2026-05-04 10:00:00")

    def test_a_late_scan_is_put_in_its_place(self):
        self.scan("accepted", 8)
        self.scan("delivered", 12)
        message = self.scan("in_transit", 10, place="Metz, FR")
        self.assertIn("in their place", message.state_reason)
        self.assertEqual(
            self.parcel.scan_ids.mapped("status"), ["delivered", "in_transit", "accepted"]
        )
        self.assertEqual(self.parcel.status, "delivered")

    def test_scans_that_wait_together_are_all_kept(self):
        for hour, status in ((12, "delivered"), (8, "accepted"), (10, "in_transit")):
            self.hear(status, hour)
        self.drain()
        self.assertEqual(len(self.parcel.scan_ids), 3)
        self.assertEqual(self.parcel.status, "delivered")

    def test_one_document_may_bring_the_whole_way(self):
        earlier = [
            {"status": "accepted", "at": "2026-05-04T08:00:00+02:00", "text": "Drop-off"},
            {"status": "in_transit", "at": "2026-05-04T09:00:00+02:00", "place": "Metz"},
        ]
        self.scan("out_for_delivery", 12, earlier=earlier, latitude=45.76, longitude=4.83)
        self.scan(
            "delivered", 13, earlier=[*earlier, {"status": "held", "at": "2026-05-04T08:30:00Z"}]
        )
        self.assertEqual(
            self.parcel.scan_ids.mapped("status"),
            ["delivered", "out_for_delivery", "held", "in_transit", "accepted"],
        )
        self.assertAlmostEqual(self.parcel.scan_ids[1].latitude, 45.76)

    def test_a_scan_that_is_told_by_push_and_in_a_history_is_one(self):
        self.scan("accepted", 8, place="Berlin,  DE", text="Drop-off")
        self.scan(
            "in_transit",
            9,
            earlier=[
                {
                    "status": "accepted",
                    "at": "2026-05-04T06:00:00.000Z",
                    "place": "berlin, DE",
                    "text": "drop-off",
                }
            ],
        )
        self.assertEqual(len(self.parcel.scan_ids), 2)

    def test_of_one_minute_the_scan_further_on_the_way_counts(self):
        self.scan("delivered", 12)
        self.scan("out_for_delivery", 12)
        self.assertEqual(self.parcel.status, "delivered")

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

    def test_trouble_that_comes_after_the_good_news_opens_nothing(self):
        self.scan("delivered", 12)
        self.scan("failed", 9)
        self.assertFalse(self.open_cases())

    def test_trouble_that_is_told_again_is_one_message_that_holds(self):
        self.scan("failed", 9, "failed")
        self.scan("failed", 9, "superseded", "again")
        self.open_cases().action_retry()
        self.commit()
        self.drain()
        self.assertEqual(len(self.open_cases()), 1, "it is no better than it was")

    def test_the_transfer_is_what_the_exception_is_about(self):
        message = self.scan("failed", 9, "failed")
        self.assertEqual(message._record(), self.picking)
        self.assertIn("Ada Lovelace", self.open_cases().name)

    def test_a_scan_before_its_label_is_known_waits_for_it(self):
        early = self.scan("accepted", 9, "failed", tracking="S-2-1")
        self.answers = [self.sold("S-2")]
        self.ship()
        self.send_out()
        self.commit()
        self.drain()
        self.assertEqual(early.state, "done")
        self.assertFalse(self.open_cases())

    def test_a_scan_while_its_label_is_written_down_needs_nobody(self):
        """The carrier tells faster than the label's transaction is over: it does not see this one."""
        self.answers = [self.sold("S-2")]
        self.ship()
        early = self.scan("announced", 9, "waiting", tracking="S-2-1")
        self.assertEqual(early.fault_code, "order.predecessor")
        self.send_out()
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
        )
        self.drain()
        self.assertEqual(early.state, "done", early.fault_message)
        self.assertFalse(self.open_cases())

    def test_scans_are_never_changed_and_are_removed_in_time(self):
        self.scan("accepted", 9)
        with self.assertRaises(AccessError):
            self.parcel.scan_ids.text = "Else"
        with freeze_time("2027-12-01"):
            self.env["seam.parcel.scan"]._gc_old()
        self.assertFalse(self.parcel.scan_ids)
        self.assertEqual(self.parcel.status, "accepted")
        self.scan("announced", 8)
        self.assertEqual(self.parcel.status, "accepted", "what went is not forgotten")

    def test_many_scans_cost_as_many_queries_as_few(self):
        """Apart from what each message costs by itself."""
        handler = self.env["seam.handler.delivery.tracking"]
        counts = []
        for number in (2, 20):
            hours = range(number)
            letters = [
                self.letter("in_transit", f"2026-05-{5 + number // 20:02}T{hour:02}:00:00Z")
                for hour in hours
            ]
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            handler._apply(letters)
            self.env.flush_all()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual({letter.outcome for letter in letters}, {"done"})
        self.assertLessEqual(counts[1], counts[0])

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
