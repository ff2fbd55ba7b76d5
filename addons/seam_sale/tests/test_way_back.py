from odoo.tests import new_test_user, tagged

from .way_back import WayBackCase


@tagged("post_install", "-at_install")
class TestStatus(WayBackCase):
    """The shop learns how far its orders have come."""

    flows_out = {"status": ("sale.status", "state"), "shipments": ("sale.shipment", "state")}

    def test_what_the_shop_itself_says_is_not_told_back(self):
        self.take()
        self.take(self.order(minute=1, status="cancelled"))
        self.assertEqual(self.told(), [])

    def test_an_order_of_somebody_else_is_nobodys_news(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.env.user.partner_id.id,
                "order_line": [(0, 0, {"product_id": self.chair.id, "product_uom_qty": 1})],
            }
        )
        order.action_confirm()
        self.deliver(order)
        self.assertEqual(self.told(), [])

    def test_an_order_that_is_shipped(self):
        _message, order = self.take()
        self.deliver(order)
        picking = order.picking_ids
        (status,) = self.told("status")
        self.assertEqual(status["order_id"], "727")
        self.assertEqual((status["name"], status["status"]), (order.name, "shipped"))
        (shipment,) = status["shipments"]
        self.assertEqual(shipment["number"], picking.name)
        self.assertEqual(
            shipment["lines"],
            [
                {"name": "Chair", "sku": "CHAIR", "order_line_id": "1", "quantity": 2},
                {"name": "Desk", "sku": "DESK", "order_line_id": "2", "quantity": 1},
            ],
        )
        self.contract_holds("status", status)

    def test_an_order_that_is_shipped_in_part_and_then_the_rest(self):
        _message, order = self.take()
        self.deliver(order, {self.chair: 1})
        (status,) = self.told("status")
        self.assertEqual(status["status"], "partly_shipped")
        self.assertEqual(status["shipments"][0]["lines"][0]["quantity"], 1)
        self.deliver(order)
        (status,) = self.told("status")
        self.assertEqual(status["status"], "shipped")
        self.assertEqual(len(status["shipments"]), 2)

    def test_a_rest_that_is_cancelled_will_not_follow(self):
        _message, order = self.take()
        self.deliver(order, {self.chair: 1})
        order.picking_ids.filtered(lambda p: p.state != "done").action_cancel()
        self.assertEqual(self.told("status")[0]["status"], "shipped")

    def test_an_order_that_a_person_cancels(self):
        _message, order = self.take()
        order._action_cancel()
        self.assertEqual([d["status"] for d in self.told("status")], ["cancelled"])

    def test_several_changes_before_it_is_sent_are_one_status(self):
        _message, order = self.take()
        self.deliver(order, {self.chair: 1})
        self.commit()
        self.deliver(order)
        self.assertEqual([d["status"] for d in self.told("status")], ["shipped"])
        self.assertEqual(self.outgoing("status").mapped("state"), ["superseded", "done"])

    def test_a_shipment_that_another_system_causes_reaches_the_shop(self):
        _message, order = self.take()
        warehouse = self.system.copy({"code": "wms"})
        self.deliver(order.with_context(seam_origin=warehouse.id))
        self.assertEqual([d["status"] for d in self.told("status")], ["shipped"])

    def test_a_status_waits_while_the_shops_own_word_is_with_a_person(self):
        _message, order = self.take()
        self.deliver(order)
        cancelled = self.take(self.order(minute=1, status="cancelled"))[0]
        self.assertEqual(cancelled.fault_code, "order.conflict")
        self.assertEqual(self.told("status"), [])
        waiting = self.outgoing("status")
        self.assertEqual((waiting.state, waiting.fault_code), ("waiting", "order.predecessor"))
        cancelled._discard("The customer keeps it.")
        waiting._retry("now")
        self.assertEqual([d["status"] for d in self.told("status")], ["shipped"])

    def test_a_tracking_number_with_the_shipment_or_after_it(self):
        _message, order = self.take()
        picking = order.picking_ids
        carrier = self.env["delivery.carrier"].create(
            {
                "name": "Pigeon Post",
                "product_id": self.chair.id,
                "tracking_url": "https://pigeon.example/<shipmenttrackingnumber>",
            }
        )
        self.deliver(order)
        (shipment,) = self.told("shipments")
        self.assertNotIn("tracking", shipment)
        picking.write({"carrier_id": carrier.id, "carrier_tracking_ref": "P1, P2"})
        (shipment,) = self.told("shipments")
        self.assertEqual((shipment["order_id"], shipment["order_number"]), ("727", "727"))
        self.assertEqual(shipment["tracking"], ["P1", "P2"])
        self.assertEqual(shipment["carrier"], "Pigeon Post")
        self.contract_holds("shipments", shipment)

    def test_a_return_is_no_shipment(self):
        _message, order = self.take()
        self.deliver(order)
        self.told()
        wizard = self.env["stock.return.picking"].create({"picking_id": order.picking_ids.id})
        for line in wizard.product_return_moves:
            line.quantity = 1
        wizard.action_create_returns()
        self.deliver(order)
        self.assertEqual(self.told("shipments"), [])
        self.assertEqual(self.outgoing("status")[-1].state, "done")

    def test_all_of_an_order_is_one_business_transaction(self):
        message, order = self.take()
        self.deliver(order)
        self.told()
        sent = self.outgoing("status") | self.outgoing("shipments")
        self.assertEqual(set(sent.mapped("correlation")), {message.correlation})
        self.assertEqual(set(sent.mapped("trace_id")), {message.trace_id})

    def test_a_warehouse_worker_ships_without_rights_to_orders(self):
        _message, order = self.take()
        worker = new_test_user(self.env, "worker", groups="stock.group_stock_user")
        picking = order.picking_ids.with_user(worker)
        for move in picking.move_ids:
            move.quantity, move.picked = move.product_uom_qty, True
        picking.button_validate()
        picking.carrier_tracking_ref = "P9"
        self.assertEqual(self.told("shipments")[0]["tracking"], ["P9"])

    def test_without_such_flows_it_costs_no_query(self):
        _message, order = self.take()
        # those of the demo company too, where it is installed
        self.env["seam.flow"].search([("direction", "=", "out")]).state = "draft"
        self.env.flush_all()
        pickings = order.picking_ids
        self.env["seam.flow"]._outgoing("seam.handler.sale.status")
        self.env["seam.flow"]._outgoing("seam.handler.sale.shipment")
        with self.assertQueryCount(0):
            pickings._seam_tell_shipped()
            self.env["seam.handler.sale.status"]._emit(order)
