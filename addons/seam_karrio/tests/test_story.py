"""From validation to the label and on, against the carrier of ``simulators/``: its face that
speaks UPS's interface, over HTTP, logged in to by OAuth2.
"""

import unittest

from odoo.tests import tagged

from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.models.seam_token import Tokens
from odoo.addons.seam_delivery.tests.common import DeliveryCase

from ..engine import library
from .karrio_case import LYON, rate

try:
    from simulators.carrier import RunningCarrier
except ImportError:  # installed without the repository around it
    RunningCarrier = None

ACCOUNT = "LAKE01"
LOGIN = {"carrier_id": "lakeside", "carrier_secret": "s3cret", "carrier_webhook": "whsec_c2VjcmV0"}


@tagged("post_install", "-at_install")
class TestStory(DeliveryCase):
    connector = "ups"

    @classmethod
    def setUpClass(cls):
        missing = library.missing("ups") or not RunningCarrier and "There are no simulators here."
        if missing:
            raise unittest.SkipTest(missing)
        super().setUpClass()
        cls.carrier.seam_service = "ups_standard"

    def setUp(self):
        super().setUp()
        target = "http://127.0.0.1:9/seam/v1/partner"
        self.there = RunningCarrier(0, target, LOGIN, pace=3600.0, pushes=False)
        self.there.start()
        self.addCleanup(self.there.stop)
        self.system.write(
            {
                "karrio_account": ACCOUNT,
                "base_url": f"{self.there.url}/api",
                "token_url": f"{self.there.url}/security/v1/oauth/token",
                "client_id": LOGIN["carrier_id"],
                "read_timeout": 5,
            }
        )
        self.env["seam.credential"].create(
            {
                "name": "Secret",
                "system_id": self.system.id,
                "purpose": "client_secret",
                "secret_input": LOGIN["carrier_secret"],
            }
        )
        self.system.action_karrio_setup()
        self.system.flow_ids.filtered(lambda flow: flow.state == "draft").action_activate()

        # The test's one cursor serves one thread at a time: the token is fetched beforehand.
        self.commit()
        token = self.system._client().tokens.current()
        self.patch(Tokens, "current", lambda _tokens, stale=None: token)

    def bought(self):
        """:return: shipments that the carrier wants to be paid for"""
        shipments = self.there.books.shipments
        return [each for each in shipments.values() if each["state"] != "void"]

    def test_a_label_comes_and_goes(self):
        picking = self.ship(boxes=(1, 1))
        self.send_out()
        shipment = picking.seam_shipment_ids
        self.assertEqual(shipment.state, "bought", self.messages().mapped("fault_message"))
        self.assertEqual(len(shipment.parcel_ids), 2)
        self.assertTrue(shipment.cost)
        labels = self.labels(picking)
        self.assertEqual([label.raw[:4] for label in labels], [b"%PDF", b"%PDF"])
        self.assertEqual(len(self.bought()), 1)
        picking.cancel_shipment()
        self.commit()
        self.send_out()
        self.assertEqual(shipment.state, "void", self.messages().mapped("fault_message"))
        self.assertEqual(self.bought(), [])

    def test_a_lost_answer_buys_nothing_twice(self):
        self.there.faults.change({"reset_after": {"times": 1}})
        picking = self.ship()
        self.send_out()
        messages = self.messages()
        self.assertTrue(messages.unsure)
        self.assertEqual(len(self.bought()), 1)
        messages.action_retry()
        self.commit()
        self.send_out()
        shipment = picking.seam_shipment_ids
        self.assertEqual(shipment.state, "bought", messages.mapped("fault_message"))
        self.assertEqual(len(self.bought()), 1)
        self.assertEqual(self.labels(picking).raw[:4], b"%PDF")

    def test_a_request_that_never_arrived_is_sent_once_more(self):
        self.there.faults.change({"reset": {"times": 2}})
        picking = self.ship()
        for _try in range(3):
            self.send_out()
            waiting = self.messages().filtered(lambda m: m.state in ("waiting", "failed"))
            waiting.action_retry()
            self.commit()
        self.send_out()
        self.assertEqual(picking.seam_shipment_ids.state, "bought")
        self.assertEqual(len(self.bought()), 1)

    def test_ups_is_asked_to_tell_of_the_parcel(self):
        picking = self.ship()
        self.send_out()
        self.send_out()
        parcel = picking.seam_shipment_ids.parcel_ids
        self.assertEqual(parcel.push_state, "subscribed")
        self.assertIn(parcel.tracking, self.there.messenger.subscribers)

    def test_a_parcel_that_is_on_its_way_is_not_voided(self):
        picking = self.ship()
        self.send_out()
        self.there.road.scan(picking.carrier_tracking_ref, "accepted", "Berlin, DE")
        picking.cancel_shipment()
        self.commit()
        self.send_out()
        self.assertEqual(picking.seam_shipment_ids.state, "bought")
        self.assertIn("is on its way", picking.seam_label_text)

    def test_prices_and_scans(self):
        client, conf = self.system._client(), self._conf(self.flow)
        rates = conf._replace(handler="seam.handler.delivery.rate")
        code = self.env["seam.connector.ups"]
        asked = code._to_request(rates, Sending("1", "rate", rate(from_=LYON, to=LYON)))
        response = client.request(
            asked.method, asked.path, params=asked.params, headers=asked.headers, json=asked.json
        )
        told = code._interpret(rates, Sending("1", "rate", rate()), response).content
        self.assertIn("ups_standard", [offer["service"] for offer in told["offers"]])
        picking = self.ship()
        self.send_out()
        number = picking.carrier_tracking_ref
        self.there.road.scan(number, "out_for_delivery", "Paris, FR")
        tracking = conf._replace(handler="seam.handler.delivery.tracking")
        (wire,) = code._track(client, tracking, [number])
        (document,) = code._to_documents(tracking, "track", wire)
        self.assertEqual(document["status"], "out_for_delivery")
        self.assertEqual(document["place"], "Paris, FR")
        self.assertEqual(code._track(client, tracking, ["1ZLAKE01NOBODY0000"]), [])
