from unittest.mock import patch

from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestShipments(StockCase):
    """A warehouse confirms what left, and Odoo takes it exactly as it says."""

    def customers(self, product, lot=None):
        return self.on_hand(product, self.env.ref("stock.stock_location_customers"), lot)

    def test_a_whole_shipment_closes_the_delivery(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        message = self.take("shipment", self.shipment(picking, (self.chair, 5)))
        self.assertEqual(picking.state, "done")
        self.assertEqual(message._record(), picking)
        self.assertEqual((self.on_hand(self.chair), self.reserved(self.chair)), (5, 0))
        self.assertEqual(self.customers(self.chair), 5)
        self.assertEqual(str(picking.seam_done_at), "2026-03-22 19:28:02")
        self.send_out()
        self.assertEqual(len(self.told()), 1, "it is not told what it told us")

    def test_a_partial_shipment_leaves_a_backorder_with_the_warehouse(self):
        self.stock(self.chair, 10)
        self.stock(self.desk, 10)
        picking = self.delivery([(self.chair, 5), (self.desk, 2)])
        self.take("shipment", self.shipment(picking, (self.chair, 3), final=False))
        rest = self.rest(picking)
        self.assertEqual((picking.state, rest.state), ("done", "assigned"))
        self.assertEqual(rest.seam_reference, picking.seam_reference)
        self.assertEqual(
            {move.product_id: move.product_uom_qty for move in rest.move_ids},
            {self.chair: 2, self.desk: 2},
        )
        self.assertEqual((self.on_hand(self.chair), self.on_hand(self.desk)), (7, 10))
        self.send_out()
        self.assertEqual(len(self.told()), 1, "no new request: the rest is still there")
        # further shipments of the same delivery go to the backorder
        second = self.shipment(picking, (self.chair, 2), (self.desk, 2), key="S-2")
        self.take("shipment", second)
        self.assertEqual(rest.state, "done")
        self.assertEqual((self.on_hand(self.chair), self.on_hand(self.desk)), (5, 8))
        self.assertFalse(self.rest(rest))

    def test_a_backorder_that_a_user_changes_is_told_as_a_change(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.take("shipment", self.shipment(picking, (self.chair, 3), final=False))
        self.rest(picking).move_ids.product_uom_qty = 1
        self.commit()
        self.send_out()
        document = self.told()[-1][1]
        self.assertEqual((document["id"], document["action"]), (picking.name, "change"))
        self.assertEqual([x["quantity"] for x in document["lines"]], [1])

    def test_a_short_pick_is_held_and_a_person_is_asked(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        message = self.take(
            "shipment",
            self.shipment(
                picking, (self.chair, 3), reason={"code": "NOSTOCK", "text": "Shelf empty"}
            ),
        )
        self.assertIn("CHAIR: 3 of 5", message.state_reason)
        self.assertIn("Shelf empty", message.state_reason)
        rest = self.rest(picking)
        self.assertTrue(rest.seam_hold)
        self.assertIn("3 of 5", rest.activity_ids.note)
        self.assertEqual(rest.activity_ids.user_id, self.flows["shipment"].owner_id)
        self.send_out()
        self.assertEqual(len(self.told()), 1)
        rest.action_seam_request_again()
        self.assertFalse(rest.activity_ids)
        self.commit()
        self.send_out()
        document = self.told()[1][1]
        self.assertEqual((document["id"], document["action"]), (rest.name, "request"))
        self.assertEqual([x["quantity"] for x in document["lines"]], [2])
        self.take("shipment", self.shipment(rest, (self.chair, 2), key="S-2"))
        self.assertEqual(self.on_hand(self.chair), 5)

    def test_a_short_pick_is_asked_for_again_where_the_flow_says_so(self):
        self.flows["shipment"].stock_short = "request"
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.take("shipment", self.shipment(picking, (self.chair, 3)))
        self.send_out()
        rest = self.rest(picking)
        document = self.told()[1][1]
        self.assertEqual((document["id"], document["action"]), (rest.name, "request"))
        self.assertEqual(document["revision"], 1)

    def test_a_short_pick_is_cancelled_where_the_flow_says_so(self):
        self.flows["shipment"].stock_short = "cancel"
        self.stock(self.chair, 10)
        self.stock(self.desk, 10)
        picking = self.delivery([(self.chair, 5), (self.desk, 1)])
        self.take("shipment", self.shipment(picking, (self.chair, 3)))
        self.assertEqual(picking.state, "done")
        self.assertFalse(self.rest(picking).filtered(lambda p: p.state != "cancel"))
        self.assertEqual((self.on_hand(self.chair), self.reserved(self.chair)), (7, 0))
        self.assertEqual((self.on_hand(self.desk), self.reserved(self.desk)), (10, 0))
        self.send_out()
        self.assertEqual(len(self.told()), 1, "what it closed itself is not cancelled there")

    def test_nothing_at_all_could_be_shipped(self):
        self.stock(self.chair, 10)
        for policy, state, told in (
            ("hold", "assigned", 1),
            ("cancel", "cancel", 1),
            ("request", "assigned", 2),
        ):
            with self.subTest(policy):
                self.forget()
                self.flows["shipment"].stock_short = policy
                picking = self.delivery([(self.chair, 2)])
                self.take("shipment", self.shipment(picking, key=f"S-{policy}"))
                self.send_out()
                self.assertEqual(picking.state, state)
                self.assertEqual(picking.seam_hold, policy == "hold")
                self.assertEqual(len(self.told()), told)
        self.assertEqual(self.told()[1][1]["id"], f"{picking.name}-2")
        self.assertEqual(self.on_hand(self.chair), 10)

    def test_more_than_was_asked_for_is_an_exception_with_both_numbers(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.refused(
            "shipment", self.shipment(picking, (self.chair, 6)), "business.rule", "6", "5", "CHAIR"
        )
        self.assertEqual((picking.state, self.on_hand(self.chair)), ("assigned", 10))
        # the way out: the order is raised, and it is retried
        picking.move_ids.product_uom_qty = 6
        picking.action_assign()
        self.open_cases().action_retry()
        self.drain()
        self.assertEqual((picking.state, self.on_hand(self.chair)), ("done", 4))
        self.assertFalse(self.open_cases())

    def test_a_line_that_was_not_asked_for_is_an_exception(self):
        self.stock(self.chair, 10)
        self.stock(self.desk, 10)
        picking = self.delivery([(self.chair, 5)])
        alien = {"line": "999999", "sku": "DESK", "quantity": 1}
        self.refused("shipment", self.shipment(picking, alien), "business.rule", "DESK", "1", "0")
        self.assertEqual(self.on_hand(self.desk), 10)

    def test_a_substitute_is_refused(self):
        self.stock(self.chair, 10)
        self.stock(self.desk, 10)
        picking = self.delivery([(self.chair, 5)])
        swapped = self.line(picking, self.chair, 5) | {"sku": "DESK"}
        message = self.refused(
            "shipment", self.shipment(picking, swapped), "business.rule", "DESK", "CHAIR"
        )
        self.assertIn("Substitutes", message.fault_message)
        self.assertEqual((self.on_hand(self.chair), self.on_hand(self.desk)), (10, 10))

    def test_an_unknown_product_code_can_be_bound_and_goes_through(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        message = self.refused(
            "shipment",
            self.shipment(picking, {"sku": "C-1", "quantity": 5}),
            "master.unknown",
            "C-1",
        )
        self.open_cases()._fix(self.chair)
        self.drain()
        self.assertEqual(self.message(message).state, "done")
        self.assertEqual(picking.state, "done")

    def test_lines_without_our_number_are_found_by_their_sku(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.take("shipment", self.shipment(picking, {"sku": "CHAIR", "quantity": 5}))
        self.assertEqual(picking.state, "done")

    # -- lots and serials --------------------------------------------------------------

    def test_a_line_is_split_over_lots(self):
        self.stock(self.paint, 3, "L1")
        self.stock(self.paint, 4, "L2")
        picking = self.delivery([(self.paint, 5)])
        self.take(
            "shipment",
            self.shipment(
                picking,
                self.line(picking, self.paint, 1, lot="L1"),
                self.line(picking, self.paint, 4, lot="L2"),
            ),
        )
        self.assertEqual(
            (self.on_hand(self.paint, lot="L1"), self.on_hand(self.paint, lot="L2")), (2, 0)
        )
        self.assertEqual(self.customers(self.paint, "L2"), 4)
        self.assertEqual(self.reserved(self.paint), 0)

    def test_the_lots_that_left_count_and_not_those_that_were_reserved(self):
        self.stock(self.paint, 5, "L1")
        self.stock(self.paint, 5, "L2")
        picking = self.delivery([(self.paint, 5)])
        reserved = picking.move_line_ids.lot_id.name
        other = "L2" if reserved == "L1" else "L1"
        self.take("shipment", self.shipment(picking, self.line(picking, self.paint, 5, lot=other)))
        self.assertEqual(self.on_hand(self.paint, lot=other), 0)
        self.assertEqual(self.on_hand(self.paint, lot=reserved), 5)

    def test_serial_numbers_leave_one_by_one(self):
        for number in ("D1", "D2", "D3"):
            self.stock(self.drill, 1, number)
        picking = self.delivery([(self.drill, 2)])
        self.take(
            "shipment",
            self.shipment(
                picking,
                self.line(picking, self.drill, 1, lot="D1"),
                self.line(picking, self.drill, 1, lot="D3"),
            ),
        )
        self.assertEqual(self.on_hand(self.drill, lot="D2"), 1)
        self.assertEqual(self.on_hand(self.drill), 1)

    def test_bad_lots_are_exceptions(self):
        self.stock(self.drill, 1, "D1")
        self.stock(self.drill, 1, "D2")
        self.stock(self.drill, 1, "D9", warehouse=self.other)
        picking = self.delivery([(self.drill, 2)])
        for name, lines, words in (
            ("unknown", [{"quantity": 1, "lot": "XX"}], ("XX", "0")),
            ("not there", [{"quantity": 1, "lot": "D9"}], ("D9", "1", "0")),
            ("twice", [{"quantity": 1, "lot": "D1"}, {"quantity": 1, "lot": "D1"}], ("D1", "0")),
            ("many", [{"quantity": 2, "lot": "D1"}], ("D1", "2")),
            ("none", [{"quantity": 1}], ("Drill",)),
        ):
            with self.subTest(name):
                told = [self.line(picking, self.drill, 1) | line for line in lines]
                self.refused(
                    "shipment",
                    self.shipment(picking, *told, key=f"S-{name}"),
                    "business.rule",
                    *words,
                )
        self.assertEqual(self.on_hand(self.drill), 2)
        self.assertEqual(picking.state, "assigned")

    def test_what_odoo_does_not_have_is_an_exception_and_stock_is_not_moved(self):
        self.flows["delivery"].stock_release = "confirmed"
        self.stock(self.chair, 3)
        picking = self.delivery([(self.chair, 5)])
        message = self.refused(
            "shipment", self.shipment(picking, (self.chair, 5)), "business.rule", "5", "3"
        )
        self.assertEqual(self.on_hand(self.chair), 3)
        # the receipt that was late comes through, and it is retried
        self.stock(self.chair, 2)
        self.open_cases().action_retry()
        self.drain()
        self.assertEqual(self.message(message).state, "done")
        self.assertEqual(self.on_hand(self.chair), 0)

    def test_goods_that_are_reserved_for_others_left_all_the_same(self):
        self.stock(self.chair, 5)
        first = self.delivery([(self.chair, 5)])
        self.flows["delivery"].stock_release = "confirmed"
        second = self.delivery([(self.chair, 2)])
        self.assertEqual(second.state, "confirmed")
        self.take("shipment", self.shipment(second, (self.chair, 2)))
        self.assertEqual((second.state, self.on_hand(self.chair)), ("done", 3))
        self.assertEqual(self.reserved(self.chair), 3)
        self.assertEqual(sum(first.move_ids.mapped("quantity")), 3)

    # -- packages and carriers ---------------------------------------------------------

    def test_packages_and_their_tracking_numbers(self):
        self.stock(self.chair, 10)
        self.stock(self.desk, 10)
        picking = self.delivery([(self.chair, 5), (self.desk, 1)])
        self.take(
            "shipment",
            self.shipment(
                picking,
                self.line(picking, self.chair, 3, package="P1"),
                self.line(picking, self.chair, 2, package="P2"),
                self.line(picking, self.desk, 1, package="P2"),
                packages=[
                    {"id": "P1", "tracking": "1Z001", "weight": 12.5},
                    {"id": "P2", "tracking": "1Z002"},
                ],
                carrier={"code": "UPS", "name": "UPS Standard"},
                wms_id="W-77",
            ),
        )
        packages = picking.move_line_ids.result_package_id.sorted("name")
        self.assertEqual(packages.mapped("name"), ["P1", "P2"])
        self.assertEqual(packages.mapped("seam_tracking"), ["1Z001", "1Z002"])
        self.assertEqual(packages[0].shipping_weight, 12.5)
        self.assertEqual(picking.carrier_tracking_ref, "1Z001,1Z002")
        self.assertEqual(picking.seam_wms_number, "W-77")
        self.assertEqual(
            sorted((x.product_id.default_code, x.quantity) for x in packages[1].quant_ids),
            [("CHAIR", 2), ("DESK", 1)],
        )

    def test_a_carrier_of_the_value_map_is_set_and_its_label_service_not_called(self):
        product = self.make_product("Freight", "F", type="service", is_storable=False)
        carrier = self.env["delivery.carrier"].create({"name": "Van", "product_id": product.id})
        self.env["seam.value.map"]._learn(self.system.id, "delivery.carrier", "V", carrier)
        self.warehouse.out_type_id.print_label = True
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.patch(
            self.env.registry["delivery.carrier"],
            "send_shipping",
            lambda *_args: self.fail("a label is ordered for goods that left"),
        )
        document = self.shipment(picking, (self.chair, 5), carrier={"code": "V"})
        self.take("shipment", document)
        self.assertEqual(picking.carrier_id, carrier)

    # -- units -------------------------------------------------------------------------

    def test_seven_pieces_of_a_dozen_are_exactly_seven(self):
        self.stock(self.chair, 40)
        picking = self.delivery([(self.chair, 1, self.dozen)])
        line = self.line(picking, self.chair, 7, unit="Units")
        self.take("shipment", self.shipment(picking, line, final=False))
        self.assertEqual(self.on_hand(self.chair), 33)
        rest = self.rest(picking)
        self.assertEqual((rest.move_ids.product_qty, rest.move_ids.product_uom_qty), (5, 5))
        line = self.line(picking, self.chair, 5, unit="Units")
        self.take("shipment", self.shipment(picking, line, key="S-2"))
        self.assertEqual(self.on_hand(self.chair), 28)

    def test_units_of_the_value_map(self):
        self.stock(self.chair, 40)
        picking = self.delivery([(self.chair, 2, self.dozen)])
        line = self.line(picking, self.chair, 2, unit="DZN")
        message = self.refused("shipment", self.shipment(picking, line), "master.unknown", "DZN")
        self.open_cases()._fix(self.dozen)
        self.drain()
        self.assertEqual(self.message(message).state, "done")
        self.assertEqual(self.on_hand(self.chair), 16)

    def test_a_quantity_that_would_be_rounded_is_an_exception(self):
        self.stock(self.chair, 40)
        picking = self.delivery([(self.chair, 5)])
        line = self.line(picking, self.chair, 0.1234)
        self.refused("shipment", self.shipment(picking, line), "business.rule", "0.1234", "0.12")
        unit = self.line(picking, self.chair, 1, unit="kg")
        self.refused(
            "shipment", self.shipment(picking, unit, key="S-2"), "business.rule", "kg", "Units"
        )
        self.assertEqual(self.on_hand(self.chair), 40)

    # -- late, doubled, out of order ---------------------------------------------------

    def test_the_same_shipment_again_has_no_effect(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        document = self.shipment(picking, (self.chair, 3), final=False)
        self.take("shipment", document)
        self.take("shipment", document, "superseded", key="another delivery of it")
        self.assertEqual(self.on_hand(self.chair), 7)

    def test_the_same_number_with_other_content_is_an_exception(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.take("shipment", self.shipment(picking, (self.chair, 3), final=False))
        self.refused("shipment", self.shipment(picking, (self.chair, 2)), "order.conflict", "S-1")
        self.assertEqual(self.on_hand(self.chair), 7)

    def test_shipments_out_of_order_stand_for_themselves(self):
        self.stock(self.chair, 10)
        self.stock(self.desk, 10)
        picking = self.delivery([(self.chair, 5), (self.desk, 2)])
        last = self.shipment(picking, (self.desk, 2), key="S-2")
        first = self.shipment(picking, (self.chair, 5), key="S-1", final=False)
        self.take("shipment", last)
        self.assertTrue(self.rest(picking).seam_hold)
        self.take("shipment", first)
        self.assertEqual(self.rest(picking).state, "done")
        self.assertEqual((self.on_hand(self.chair), self.on_hand(self.desk)), (5, 8))

    def test_a_shipment_that_comes_after_its_rest_was_asked_for_anew(self):
        self.flows["shipment"].stock_short = "request"
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        late = self.shipment(picking, (self.chair, 2), key="S-0", final=False)
        self.take("shipment", self.shipment(picking, (self.chair, 3)))
        self.refused("shipment", late, "order.conflict", "2 CHAIR", "3 CHAIR")
        self.assertEqual(self.on_hand(self.chair), 7)

    def test_two_shipments_of_one_delivery_in_one_batch(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        flow = self.flows["shipment"]
        one = self.receive(flow, self.shipment(picking, (self.chair, 2), final=False))
        two = self.receive(flow, self.shipment(picking, (self.chair, 3), key="S-2"))
        self.drain()
        states = [self.message(receipt).state for receipt in (one, two)]
        self.assertEqual(states, ["done", "done"])
        self.assertEqual(self.on_hand(self.chair), 5)

    def test_a_delivery_that_was_done_by_hand(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.by_hand(picking)
        message = self.refused(
            "shipment",
            self.shipment(picking, (self.chair, 4)),
            "order.conflict",
            "4 CHAIR",
            "5 CHAIR",
            picking.name,
        )
        self.assertEqual(self.on_hand(self.chair), 5)
        self.message(message)._discard("Entered by hand")
        self.commit()
        self.assertFalse(self.open_cases())

    def test_a_part_that_was_done_by_hand_is_told_to_the_warehouse(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.by_hand(picking, {self.chair: 2})
        self.send_out()
        document = self.told()[1][1]
        self.assertEqual((document["id"], document["action"]), (picking.name, "change"))
        self.assertEqual([x["quantity"] for x in document["lines"]], [3])

    def test_a_cancellation_that_crossed_a_shipment(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        picking.action_cancel()
        self.commit()
        self.send_out()
        self.assertEqual(self.told()[1][1]["action"], "cancel")
        message = self.refused(
            "shipment",
            self.shipment(picking, (self.chair, 5)),
            "order.conflict",
            "5 CHAIR",
            "cancelled",
            picking.name,
        )
        self.assertIn("returned", message.fault_fix)
        self.assertEqual(self.on_hand(self.chair), 10)

    def test_a_request_that_is_sent_late_asks_only_for_what_is_left(self):
        self.stock(self.chair, 20)
        self.flows["delivery"].action_pause()
        whole = self.delivery([(self.chair, 5)])
        part = self.delivery([(self.chair, 5)])
        self.take("shipment", self.shipment(whole, (self.chair, 5)))
        self.take("shipment", self.shipment(part, (self.chair, 3), key="S-2", final=False))
        self.flows["delivery"].action_activate()
        self.commit()
        self.send_out()
        ((_code, document),) = self.told()
        self.assertEqual(document["id"], part.seam_reference)
        self.assertEqual([x["quantity"] for x in document["lines"]], [2])
        self.assertFalse(self.open_cases())

    def test_a_cancellation_that_the_warehouse_keeps_is_confirmed(self):
        self.flows["delivery"].confirm_hours = 4
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        picking.action_cancel()
        self.commit()
        self.send_out()
        self.assertEqual(self.outgoing()[-1:].state, "sent")
        self.take("shipment", self.shipment(picking))
        self.assertEqual(self.outgoing()[-1:].state, "done")

    def test_a_shipment_confirms_the_request(self):
        self.flows["delivery"].confirm_hours = 4
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        self.assertEqual(self.outgoing().state, "sent")
        self.take("shipment", self.shipment(picking, (self.chair, 2), final=False))
        self.assertEqual(self.outgoing().state, "done")

    def test_an_unknown_delivery_is_an_exception(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        document = self.shipment(picking, (self.chair, 5)) | {"delivery": "nonsense"}
        self.refused("shipment", document, "master.unknown", "nonsense")

    def test_one_bad_shipment_of_a_batch_does_not_hold_up_the_others(self):
        self.stock(self.chair, 50)
        pickings = [self.delivery([(self.chair, 5)], told=False) for _n in range(4)]
        self.commit()
        flow = self.flows["shipment"]
        receipts = [
            self.receive(
                flow,
                self.shipment(picking, (self.chair, 6 if number == 2 else 5), key=f"S-{number}"),
            )
            for number, picking in enumerate(pickings)
        ]
        self.drain()
        states = [self.message(receipt).state for receipt in receipts]
        self.assertEqual(states, ["done", "done", "failed", "done"])
        self.assertEqual(self.on_hand(self.chair), 35)

    def test_what_is_held_up_says_who_waits(self):
        self.stock(self.chair, 10)
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    (0, 0, {"product_id": self.chair.id, "product_uom_qty": 2, "price_unit": 50})
                ],
            }
        )
        order.order_line.tax_ids = False
        order.action_confirm()
        self.commit()
        document = self.shipment(order.picking_ids, (self.chair, 3))
        message = self.refused("shipment", document, "business.rule")
        self.assertEqual(message.amount, 100)
        impact = self.env["seam.handler.stock.shipment"]._impact(document)
        self.assertEqual(impact["customer"], "Ada Lovelace")

    # -- whose -------------------------------------------------------------------------

    def test_two_warehouses_goods_leave_the_one_that_shipped(self):
        self.stock(self.chair, 10)
        self.stock(self.chair, 10, warehouse=self.other)
        self.flows["delivery"].stock_warehouse_ids = False
        theirs = self.delivery([(self.chair, 3)])
        other = self.delivery([(self.chair, 4)], warehouse=self.other)
        self.take("shipment", self.shipment(theirs, (self.chair, 3)))
        self.take("shipment", self.shipment(other, (self.chair, 4), key="S-2"))
        self.assertEqual(self.on_hand(self.chair), 7)
        self.assertEqual(self.on_hand(self.chair, self.other.view_location_id), 6)

    def test_two_companies_a_shipment_never_touches_the_others_delivery(self):
        self.stock(self.chair, 10)
        picking = self.delivery([(self.chair, 5)])
        foreign = self.foreign_delivery(seam_reference="SHARED")
        document = self.shipment(picking, (self.chair, 5)) | {"delivery": "SHARED"}
        self.refused("shipment", document, "master.unknown", "SHARED")
        self.assertEqual(foreign.state, "assigned")

    def test_goods_of_which_odoo_counts_no_stock(self):
        tape = self.make_product("Tape", "TAPE", is_storable=False)
        picking = self.delivery([(tape, 3)])
        self.take("shipment", self.shipment(picking, (tape, 3)))
        self.assertEqual(picking.state, "done")

    def test_a_text_message_to_the_customer_waits_for_odoos_queue(self):
        """No service is called while goods are booked."""
        if "sms.sms" not in self.env:
            self.skipTest("There are no text messages without the addon sms.")
        self.stock(self.chair, 10)
        self.customer.phone = "+44 20 7946 0000"
        picking = self.delivery().with_context(seam_confirmed=["OUT"])
        with patch.object(self.registry["sms.sms"], "send") as send:
            picking._message_sms_with_template(
                template_fallback="Your parcel left.", partner_ids=self.customer.ids
            )
        send.assert_not_called()
        waiting = self.env["sms.sms"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(waiting.mapped("state"), ["outgoing"])
