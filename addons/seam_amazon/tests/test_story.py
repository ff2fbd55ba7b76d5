import json
from urllib.parse import parse_qsl

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.seam.models.seam_token import Tokens
from odoo.addons.seam.tests.connector_case import Answers
from odoo.addons.seam.tests.connector_case import answer as told
from odoo.addons.seam.tests.engine.scripted import answer
from odoo.addons.seam.tests.outgoing_case import hang_up
from odoo.addons.seam_stock.tests import common

from .. import const, pull
from .test_mapper import sample


@tagged("post_install", "-at_install")
class TestStory(common.StockCase):
    """A delivery of Odoo, from the request to the parcel, with Amazon as the warehouse."""

    connector = "amazon"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.flow_ids.unlink()
        cls.system.write(
            {"amazon_marketplace": "A1F83G8C2ARO7P", "amazon_warehouse_id": cls.warehouse.id}
        )
        cls.system.action_amazon_setup()
        cls.system.flow_ids.action_activate()
        # two calls a second would have the tests wait
        cls.system.write({"call_rate": 0, "client_id": "amzn1.application-oa2-client.seam"})
        cls.env["seam.credential"].create(
            [
                {
                    "name": purpose,
                    "system_id": cls.system.id,
                    "purpose": purpose,
                    "secret_input": text,
                }
                for purpose, text in (("client_secret", "s3cret"), ("refresh_token", "Atzr|long"))
            ]
        )
        cls.flows = {flow.code: flow for flow in cls.system.flow_ids}

    def setUp(self):
        super().setUp()
        self.patch(pull, "_pause", lambda: None)
        self.amazon = answer("200 OK", b"{}")
        self.answers = self.at_amazon
        self.system.token_url = f"{self.system.base_url}/auth/o2/token"
        self.env.flush_all()
        # What the sender's threads do on a cursor of their own, which a test has not.
        token, _seconds = self.env["seam.token"]._get(self.system.id)
        self.patch(Tokens, "current", lambda tokens, stale=None: token)
        self.stock(self.chair, 5)

    def at_amazon(self, connection, request):
        if request.target == "/auth/o2/token":
            token = {"access_token": "Atza|short", "token_type": "bearer", "expires_in": 3600}
            return answer("200 OK", json.dumps(token).encode())(connection, request)
        return self.amazon(connection, request)

    def calls(self):
        """:return: what Amazon was asked: list of (method, target, body)"""
        return [
            (request.method, request.target, json.loads(request.body or b"null"))
            for request in self.server.requests
            if request.target != "/auth/o2/token"
        ]

    def order(self, picking, status, *shipped, **values):
        """:return: getFulfillmentOrder's payload"""
        move = picking.move_ids[:1]
        item = {"sellerSku": "CHAIR", "sellerFulfillmentOrderItemId": move.seam_line}
        return {
            "fulfillmentOrder": {
                "sellerFulfillmentOrderId": picking.seam_reference,
                "fulfillmentOrderStatus": status,
                "statusUpdatedDate": "2026-05-04T08:30:00Z",
            },
            "fulfillmentOrderItems": [{**item, "quantity": int(move.product_uom_qty)}],
            "fulfillmentShipments": [
                {
                    "amazonShipmentId": f"D{number}",
                    "fulfillmentShipmentStatus": "SHIPPED",
                    "shippingDate": "2026-05-04T09:00:00Z",
                    "fulfillmentShipmentItem": [{**item, "quantity": count, "packageNumber": 7}],
                    "fulfillmentShipmentPackage": [
                        {"packageNumber": 7, "carrierCode": "DPD", "trackingNumber": f"T{number}"}
                    ],
                }
                for number, count in enumerate(shipped, 1)
            ],
            **values,
        }

    def pulled(self, code, *answers):
        """One run of a pull, and what came is applied."""
        self.commit()
        with Answers(*answers).patched():
            page = self.env["seam.connector.amazon"]._list_pages(
                self.system._client(),
                self._conf(self.flows[code]),
                {"since": "2026-05-04T08:00:00"},
            )
        messages = [
            self.send(self.flows[code], body, key=f"{code}:{number}:{len(body)}", topic=topic)
            for number, (topic, body) in enumerate(page.items)
        ]
        self.drain()
        self.commit()
        return messages

    def shipments(self, wire):
        head = {"fulfillmentOrders": [wire["fulfillmentOrder"]]}
        (message,) = self.pulled("shipments", told({"payload": head}), told({"payload": wire}))
        parts = self.env["seam.message"].search([("parent_id", "=", message.id)])
        states = set((message | parts).mapped("state"))
        self.assertLessEqual(states, {"done", "superseded"}, parts.mapped("fault_message"))

    def test_from_the_request_to_the_parcel(self):
        picking = self.delivery()
        ((method, target, body),) = self.calls()
        self.assertEqual((method, target), ("POST", f"/{const.ORDERS}"))
        self.assertEqual(body["sellerFulfillmentOrderId"], picking.seam_reference)
        self.assertEqual(body["destinationAddress"]["countryCode"], "GB")
        self.assertEqual(body["items"][0]["quantity"], 5)
        token, order = self.server.requests
        self.assertEqual(
            dict(parse_qsl(token.body.decode())),
            {
                "grant_type": "refresh_token",
                "refresh_token": "Atzr|long",
                "client_id": "amzn1.application-oa2-client.seam",
                "client_secret": "s3cret",
            },
        )
        self.assertEqual(order.headers["x-amz-access-token"], "Atza|short")
        self.assertIn("Seam/", order.headers["user-agent"])
        message = self.outgoing("deliveries")
        self.assertEqual(message.state, "sent", message.fault_message)
        head = {"fulfillmentOrders": [self.order(picking, "Received")["fulfillmentOrder"]]}
        self.pulled("statuses", told({"payload": head}))
        self.assertEqual(picking.seam_status, "accepted")
        self.assertEqual(self.outgoing("deliveries").state, "done")
        self.shipments(self.order(picking, "Complete", 5))
        self.assertEqual((picking.state, picking.carrier_tracking_ref), ("done", "T1"))
        self.assertEqual(len(self.calls()), 1, "what Amazon did is not told to Amazon")

    def test_an_answer_that_is_lost_makes_no_second_order(self):
        taken = []

        def amazon(connection, request):
            if request.method == "POST":
                taken.append(json.loads(request.body))
                return hang_up()(connection, request)
            found = self.order(picking, "Received")
            return answer("200 OK", json.dumps({"payload": found}).encode())(connection, request)

        self.amazon = amazon
        picking = self.delivery()
        message = self.outgoing("deliveries")
        self.assertTrue(message.unsure, message.fault_message)
        self.let_time_pass(message)
        self.send_out()
        self.assertEqual(self.outgoing("deliveries").state, "sent", message.fault_message)
        self.assertEqual(len(taken), 1)

    def let_time_pass(self, message):
        """Its next try is due."""
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' WHERE id = %s",
            [message.id],
        )
        self.env.invalidate_all()

    def test_in_parts_and_the_rest_is_not_there(self):
        picking = self.delivery()
        self.shipments(self.order(picking, "Processing", 2))
        self.assertEqual(picking.move_ids.quantity, 2)
        rest = self.rest(picking)
        self.shipments(self.order(picking, "CompletePartialled", 2, 1))
        self.assertEqual(rest.move_ids.quantity, 1)
        self.assertTrue(self.rest(rest).seam_hold, "a person decides about the last two")
        self.assertEqual(len(self.calls()), 1)

    def test_a_cancellation_that_comes_too_late(self):
        picking = self.delivery()
        refusal = {"errors": [{"code": "InvalidInput", "message": "It cannot be cancelled."}]}
        late = self.order(picking, "Processing")

        def amazon(connection, request):
            if request.method == "PUT":
                return answer("400 Bad Request", json.dumps(refusal).encode())(connection, request)
            return answer("200 OK", json.dumps({"payload": late}).encode())(connection, request)

        self.amazon = amazon
        picking.action_cancel()
        self.commit()
        self.send_out()
        cancel = self.outgoing("deliveries")[-1:]
        self.assertEqual((cancel.state, cancel.unsure), ("waiting", True))
        self.let_time_pass(cancel)
        self.send_out()
        cancel.invalidate_recordset()
        self.assertEqual((cancel.state, cancel.fault_code), ("failed", "order.conflict"))
        self.assertIn("too late", cancel.fault_message)

    def test_an_address_that_amazon_cannot_print(self):
        self.customer.street = "x" * 200
        picking = self.delivery()
        message = self.outgoing("deliveries")
        self.assertEqual((message.state, message.fault_code), ("failed", "mapping.failed"))
        self.assertFalse(self.calls())
        self.customer.street = "12 St James's Square"
        picking.write({"note": "Please ring twice."})
        self.commit()
        self.send_out()
        ((_method, _target, body),) = self.calls()
        self.assertEqual(body["displayableOrderComment"], "Please ring twice.")

    def test_the_stock_is_compared(self):
        wire = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": "X"},
                "inventorySummaries": [
                    {"sellerSku": "CHAIR", "inventoryDetails": {"fulfillableQuantity": 4}}
                ],
            }
        }
        (message,) = self.pulled("stock", told(wire))
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(self.open_cases().code, "reconcile.difference")

    def notified(self, picking, status, minute):
        """A notification as it comes out of Amazon's queue. :return: the message"""
        wire = sample("notifications/received.json")["body"]
        wire["NotificationMetadata"]["NotificationId"] = f"n-{minute}"
        wire["Payload"]["FulfillmentOrderStatusNotification"].update(
            SellerFulfillmentOrderId=picking.seam_reference,
            FulfillmentOrderStatus=status,
            StatusUpdatedDateTime=f"2026-05-04T08:{minute}:00Z",
        )
        self.commit()
        return self.send(self.flows["notifications"], wire)

    def test_notifications_that_come_late_or_twice(self):
        picking = self.delivery()
        first = self.notified(picking, "PROCESSING", 30)
        self.assertEqual((first.state, picking.seam_status), ("done", "picking"))
        late = self.notified(picking, "RECEIVED", 10)
        self.assertEqual((late.state, picking.seam_status), ("superseded", "picking"))
        self.assertEqual(self.notified(picking, "PROCESSING", 30), first)
        # the pull tells the same as the notification did
        head = self.order(picking, "Processing")["fulfillmentOrder"]
        (pulled,) = self.pulled("statuses", told({"payload": {"fulfillmentOrders": [head]}}))
        self.assertIn(pulled.state, ("done", "superseded"))
        self.assertEqual(picking.seam_status, "picking")

    def test_other_warehouses_are_not_told_to_amazon(self):
        self.stock(self.chair, 10, warehouse=self.other)
        self.delivery(warehouse=self.other)
        self.assertFalse(self.calls())
        self.assertEqual(self.flows["deliveries"].stock_warehouse_ids, self.warehouse)
        self.flows["deliveries"].stock_warehouse_ids = [Command.link(self.other.id)]
        self.delivery(warehouse=self.other)
        self.assertEqual(len(self.calls()), 1)
