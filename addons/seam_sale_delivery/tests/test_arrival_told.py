from odoo.tests import tagged

from odoo.addons.seam_sale.tests.way_back import WayBackCase


@tagged("post_install", "-at_install")
class TestArrivalTold(WayBackCase):
    """A shop's order, shipped with one label and tracked by the carrier's scans."""

    flows_out = {"status": ("sale.status", "state"), "shipments": ("sale.shipment", "state")}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.scans = cls._tracking_flow()
        cls.method = cls.env["delivery.carrier"].create(
            {
                "name": "Fast",
                "delivery_type": "seam",
                "product_id": cls.env["product.product"]
                .create({"name": "Fast", "type": "service"})
                .id,
                "seam_system_id": cls.scans.system_id.id,
            }
        )

    @classmethod
    def _tracking_flow(cls):
        carrier = cls.env["seam.system"].create(
            {"name": "Carrier", "code": "arriving", "user_id": cls.service_user.id}
        )
        carrier.action_activate()
        flow = cls.env["seam.flow"].create(
            {
                "name": "Tracking",
                "code": "tracking",
                "system_id": carrier.id,
                "handler": "seam.handler.delivery.tracking",
            }
        )
        flow.action_activate()
        return flow

    def shipped(self):
        """:return: the delivery of a shop's order, with a label, of which the shop knows"""
        _message, order = self.take()
        self.deliver(order)
        picking = order.picking_ids
        self.env["seam.shipment"].create(
            {
                "name": "S-1",
                "picking_id": picking.id,
                "carrier_id": self.method.id,
                "state": "bought",
                "bought_at": picking.date_done,
                "parcel_ids": [(0, 0, {"reference": "1", "tracking": "P1"})],
            }
        )
        picking.write({"carrier_id": self.method.id, "carrier_tracking_ref": "P1"})
        self.told()
        return picking

    def scan(self, status, hour):
        self.send(
            self.scans,
            {"tracking": "P1", "status": status, "at": f"2026-05-04T{hour:02}:00:00Z"},
        )

    def test_the_shop_is_told_of_the_arrival_once_and_its_status_left_alone(self):
        picking = self.shipped()
        self.scan("in_transit", 9)
        self.assertEqual(self.told(), [])
        self.scan("delivered", 12)
        ((flow, shipment),) = self.told()
        self.assertEqual((flow, shipment["number"]), ("shipments", picking.name))
        self.assertEqual(shipment["delivered"], "2026-05-04T12:00:00Z")
        self.assertEqual(shipment["tracking"], ["P1"])
        self.contract_holds("shipments", shipment)
        self.scan("delivered", 12)
        self.assertEqual(self.told(), [])

    def test_the_arrival_belongs_to_the_transaction_of_the_order(self):
        shipment = self.shipped().seam_shipment_ids
        told = self.outgoing("shipments")[-1]
        self.scan("delivered", 12)
        message = self.env["seam.message"].search([("flow_id", "=", self.scans.id)], limit=1)
        self.assertTrue(message.correlation)
        self.assertEqual(message.correlation, told.correlation)
        of_label = self.env["seam.handler.delivery.label"]._correlation(shipment)
        self.assertEqual(of_label, {shipment.id: told.correlation})
