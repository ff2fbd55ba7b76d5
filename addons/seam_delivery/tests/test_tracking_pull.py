import json
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.tests.engine.scripted import answer

from .tracking_case import TrackingCase


@tagged("-at_install", "post_install")
class TestTrackingPull(TrackingCase):
    """A carrier who is asked. ``self.way`` is what he knows: number → document."""

    def setUp(self):
        super().setUp()
        self.scans.call_path = "track"
        self.pull = self.env["seam.pull"].create({"flow_id": self.scans.id})
        self.way, self.bad = {}, ()
        self.server.requests.clear()
        self.answers = [self._tell]
        self.due()

    def _tell(self, connection, request):
        numbers = self._numbers(request)
        if set(numbers) & set(self.bad):
            return answer("400 Bad Request", b"{}")(connection, request)
        found = [self.way[number] for number in numbers if number in self.way]
        return answer("200 OK", json.dumps(found).encode())(connection, request)

    @staticmethod
    def _numbers(request):
        return parse_qs(urlsplit(request.target).query)["tracking"][0].split(",")

    def questions(self):
        return [self._numbers(request) for request in self.server.requests]

    def due(self, parcels=None):
        (parcels or self.parcel).sudo().write({"ask_at": fields.Datetime.now()})

    def knows(self, status, at="2026-05-04T10:00:00Z", number="S-1-1", **values):
        self.way[number] = {"tracking": number, "status": status, "at": at, **values}

    def run_pull(self):
        with trap_jobs():
            self.pull.action_pull_now()
        self.env.flush_all()
        self.pull._run()
        self.env.invalidate_all()
        self.drain()

    def more_parcels(self, count):
        return self.env["seam.parcel"].create(
            [
                {"shipment_id": self.shipment.id, "reference": f"B{n}", "tracking": f"B-{n:03}"}
                for n in range(count)
            ]
        )

    def messages_of_scans(self):
        return self.env["seam.message"].search([("flow_id", "=", self.scans.id)])

    def test_who_is_due_is_asked_for_and_what_comes_is_applied(self):
        self.knows("in_transit", place="Metz")
        self.run_pull()
        self.assertEqual(self.questions(), [["S-1-1"]])
        self.assertEqual((self.parcel.status, self.parcel.status_place), ("in_transit", "Metz"))
        self.assertEqual(self.pull.state, "idle")

    def test_who_is_not_due_is_not_asked_for(self):
        self.run_pull()
        self.run_pull()
        self.assertEqual(len(self.questions()), 1)
        self.assertGreater(self.parcel.ask_at, fields.Datetime.now() + timedelta(minutes=50))

    def test_young_parcels_are_asked_for_often_and_old_ones_rarely(self):
        pauses = []
        for days in (0, 3, 10, 40):
            self.shipment.sudo().bought_at = fields.Datetime.now() - timedelta(days=days)
            self.due()
            self.run_pull()
            pauses.append(
                round((self.parcel.ask_at - fields.Datetime.now()).total_seconds() / 3600)
            )
        self.assertEqual(pauses, [1, 3, 12, 72])
        self.shipment.sudo().bought_at = fields.Datetime.now() - timedelta(days=61)
        self.due()
        self.run_pull()
        self.assertFalse(self.parcel.ask_at, "nobody asks for ever")

    def test_what_has_arrived_is_not_asked_for_any_more(self):
        for status in ("delivered", "returned", "lost"):
            self.knows(status, f"2026-05-0{len(self.questions()) + 4}T10:00:00Z")
            self.due()
            self.run_pull()
            self.assertEqual(self.parcel.status, status)
            self.assertFalse(self.parcel.ask_at)

    def test_the_same_answer_again_is_recognised(self):
        self.knows("in_transit")
        self.run_pull()
        self.due()
        self.run_pull()
        self.assertEqual(len(self.messages_of_scans()), 1)

    def test_many_are_asked_for_in_a_few_calls(self):
        parcels = self.more_parcels(120)
        self.due(parcels)
        self.run_pull()
        self.assertEqual([len(numbers) for numbers in self.questions()], [50, 50, 21])

    def test_a_call_that_fails_loses_nothing_of_the_others(self):
        parcels = self.more_parcels(60)
        self.due(parcels)
        for parcel in parcels:
            self.knows("accepted", number=parcel.tracking)
        down = answer("503 Service Unavailable", b"")
        self.answers = [self._tell, down]
        self.run_pull()
        self.assertEqual(len(parcels.filtered("status")), 49)
        self.assertEqual(self.pull.tries, 1)
        self.assertIn("unavailable", self.pull.last_error)
        self.answers = [self._tell]
        self.assertEqual(len(self.questions()), 3)
        # those of the call that failed are let alone for a while
        self.run_pull()
        self.assertEqual(len(self.questions()), 3)
        self.due(parcels.filtered(lambda parcel: not parcel.status))
        self.run_pull()
        self.assertEqual(len(parcels.filtered("status")), 60)

    def test_a_number_that_he_cannot_read_does_not_stop_the_others(self):
        parcels = self.more_parcels(9)
        self.due(parcels)
        for parcel in parcels:
            self.knows("accepted", number=parcel.tracking)
        self.bad = ["B-003"]
        self.run_pull()
        self.assertEqual(len(parcels.filtered("status")), 8)
        wrong = parcels.filtered("ask_error")
        self.assertEqual(wrong.tracking, "B-003")
        self.assertGreater(wrong.ask_at, fields.Datetime.now() + timedelta(minutes=50))
        self.assertEqual(self.pull.state, "idle")

    def test_a_carrier_who_refuses_everything_is_an_exception(self):
        parcels = self.more_parcels(60)
        self.due(parcels)
        self.bad = [*parcels.mapped("tracking"), "S-1-1"]
        self.run_pull()
        self.assertEqual(self.pull.state, "failed")
        self.assertTrue(self.open_cases(self.scans))
        self.assertLess(len(self.questions()), 20, "it is given up soon")

    def test_what_is_being_asked_for_is_not_asked_for_by_another(self):
        conf = self._conf(self.scans)
        first = self.env["seam.parcel"]._claim_due(conf)
        self.assertEqual([number for _id, number in first], ["S-1-1"])
        self.assertFalse(self.env["seam.parcel"]._claim_due(conf))

    def test_a_void_label_and_another_systems_parcel_are_not_asked_for(self):
        other = self.env["seam.system"].create(
            {"name": "Other", "code": "other", "connector": "api", "user_id": self.service_user.id}
        )
        self.carrier.seam_system_id = other
        self.run_pull()
        self.carrier.seam_system_id = self.system
        self.shipment.sudo().state = "void"
        self.run_pull()
        self.assertFalse(self.questions())
