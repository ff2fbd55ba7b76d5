import json
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from odoo.addons.seam.tests.engine.scripted import answer

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestSubscription(DeliveryCase):
    """Carriers who tell of parcels by themselves, once they are asked to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscriptions = cls.make_flow(
            name="Subscriptions",
            code="subscriptions",
            direction="out",
            carries="event",
            handler="seam.handler.delivery.subscription",
        )
        cls.today = fields.Date.today()

    def subscribed(self, **content):
        return answer("200 OK", json.dumps(content).encode())

    def until(self, days):
        return fields.Date.to_string(self.today + timedelta(days=days))

    def wanted(self):
        """:return: numbers of each question that reached the carrier"""
        return [d["tracking"] for _method, d in self.asked() if d and "action" not in d]

    def shipped(self, *answers):
        self.answers = [self.sold(), *answers]
        picking = self.ship()
        self.send_out()
        self.send_out()
        return picking

    def told(self):
        """:return: messages of subscriptions"""
        domain = [("flow_id", "=", self.subscriptions.id)]
        return self.env["seam.message"].search(domain, order="id")

    def cron(self):
        self.env.ref("seam_delivery.cron_subscribe").method_direct_trigger()
        self.commit()
        self.send_out()

    def age(self):
        """Let eleven days go by since all that was asked for."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = received_at - interval '11 days'"
        )

    def test_who_sells_a_label_is_asked_to_tell_of_its_parcel(self):
        picking = self.shipped(self.subscribed(until=self.until(14)))
        self.assertEqual(self.wanted(), [["S-1-1"]])
        parcel = picking.seam_shipment_ids.parcel_ids
        self.assertEqual(parcel.push_state, "subscribed")
        self.assertEqual(parcel.push_until, self.today + timedelta(days=14))
        self.assertFalse(picking.seam_label_text, "how the label stands is another question")

    def test_a_label_is_there_though_nobody_tells_of_it(self):
        picking = self.shipped(answer("400 Bad Request", b'{"error": "No webhook is known."}'))
        shipment = picking.seam_shipment_ids
        self.assertEqual(shipment.state, "bought")
        self.assertIn("was bought", shipment.why)
        self.assertIn("No webhook is known", self.open_cases(self.subscriptions).name)
        self.answers = [self.subscribed()]
        self.open_cases(self.subscriptions).action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(shipment.parcel_ids.push_state, "subscribed")

    def test_a_number_that_he_does_not_take_is_noted(self):
        picking = self.shipped(self.subscribed(subscribed=[], refused=["S-1-1"]))
        self.assertEqual(picking.seam_shipment_ids.parcel_ids.push_state, "refused")
        self.assertTrue(picking.seam_shipment_ids.parcel_ids.ask_at, "he is asked for it")
        self.age()
        self.cron()
        self.assertEqual(len(self.wanted()), 1)

    def test_before_it_ends_it_is_asked_for_again(self):
        picking = self.shipped(self.subscribed(until=self.until(14)))
        parcel = picking.seam_shipment_ids.parcel_ids
        self.age()
        self.cron()
        self.assertEqual(len(self.wanted()), 1)
        parcel.push_until = self.today + timedelta(days=1)
        self.cron()
        self.assertEqual(len(self.wanted()), 2)
        self.assertEqual(parcel.push_until, self.today + timedelta(days=14))
        self.cron()
        self.assertEqual(len(self.wanted()), 2)

    def test_of_what_has_arrived_or_is_void_nobody_is_asked(self):
        picking = self.shipped(self.subscribed(until=self.until(1)))
        shipment = picking.seam_shipment_ids
        self.age()
        shipment.state = "void"
        self.cron()
        shipment.state = "bought"
        shipment.parcel_ids.write({"status": "delivered", "ask_at": False})
        self.cron()
        self.assertEqual(len(self.wanted()), 1)

    def test_labels_from_before_the_flow_are_subscribed_too(self):
        self.subscriptions.action_pause()
        self.subscriptions.state = "draft"
        picking = self.shipped(self.subscribed())
        self.cron()
        self.assertEqual(self.wanted(), [])
        self.subscriptions.action_activate()
        self.cron()
        self.assertEqual(self.wanted(), [["S-1-1"]])
        self.assertEqual(picking.seam_shipment_ids.parcel_ids.push_state, "subscribed")

    def test_what_does_not_fit_one_question_comes_with_the_next(self):
        picking = self.make_delivery(quantity=3, boxes=(1, 2))
        names = picking.move_line_ids.result_package_id.mapped("name")
        first, second = (f"S-1-{name}" for name in names)
        self.answers = [
            self.sold(parcels=names),
            self.subscribed(subscribed=[first]),
            self.subscribed(subscribed=[second]),
        ]
        self.ship(picking)
        for _round in range(3):
            self.send_out()
        self.assertEqual(self.wanted(), [[first, second], [second]])
        parcels = picking.seam_shipment_ids.parcel_ids
        self.assertEqual(set(parcels.mapped("push_state")), {"subscribed"})

    def test_one_that_ends_soon_is_not_asked_for_without_end(self):
        self.shipped(self.subscribed(until=self.until(0)))
        for _round in range(3):
            self.send_out()
            self.cron()
        self.assertEqual(len(self.wanted()), 1)

    def test_a_lost_answer_is_asked_for_again(self):
        self.shipped(answer("502 Bad Gateway", b""), self.subscribed())
        self.assertEqual(self.told().state, "waiting")
        self.told().action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(self.told().state, "done")
