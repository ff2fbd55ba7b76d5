from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestReceipts(StockCase):
    """A warehouse confirms what came."""

    def damage_place(self):
        place = self.env["stock.location"].create(
            {
                "name": "Quarantine",
                "usage": "internal",
                "location_id": self.warehouse.view_location_id.id,
            }
        )
        self.flows["receipt"].stock_damage_location_id = place
        return place

    def test_a_whole_receipt_is_on_stock(self):
        picking = self.expected([(self.chair, 5), (self.desk, 2)])
        message = self.take("receipt", self.receipt(picking, (self.chair, 5), (self.desk, 2)))
        self.assertEqual((picking.state, message._record()), ("done", picking))
        self.assertEqual((self.on_hand(self.chair), self.on_hand(self.desk)), (5, 2))
        self.send_out()
        self.assertEqual(len(self.told()), 1)

    def test_goods_that_came_release_the_deliveries_that_wait_for_them(self):
        delivery = self._picking(self.warehouse.out_type_id, [(self.chair, 5)])
        delivery.action_assign()
        picking = self.expected([(self.chair, 5)])
        self.take("receipt", self.receipt(picking, (self.chair, 5)))
        self.assertEqual(delivery.state, "assigned")
        self.send_out()
        code, document = self.told()[-1]
        self.assertEqual(
            (code, document["id"], document["action"]), ("delivery", delivery.name, "request")
        )

    def test_a_part_leaves_the_rest_announced(self):
        picking = self.expected([(self.chair, 5)])
        self.take("receipt", self.receipt(picking, (self.chair, 3), final=False))
        rest = self.rest(picking)
        self.assertEqual((picking.state, rest.state), ("done", "assigned"))
        self.assertEqual(rest.move_ids.product_uom_qty, 2)
        self.assertEqual(self.on_hand(self.chair), 3)
        self.send_out()
        self.assertEqual(len(self.told()), 1)
        self.take("receipt", self.receipt(picking, (self.chair, 2), key="R-2"))
        self.assertEqual((rest.state, self.on_hand(self.chair)), ("done", 5))

    def test_under_receipt_by_the_flows_rule(self):
        for policy, alive, held, told in (
            ("hold", True, True, 1),
            ("cancel", False, False, 1),
            ("request", True, False, 2),
        ):
            with self.subTest(policy):
                self.forget()
                self.flows["receipt"].stock_short = policy
                picking = self.expected([(self.chair, 5)])
                message = self.take(
                    "receipt", self.receipt(picking, (self.chair, 3), key=f"R-{policy}")
                )
                self.assertIn("CHAIR: 3 of 5", message.state_reason)
                rest = self.rest(picking).filtered(lambda p: p.state != "cancel")
                self.assertEqual((bool(rest), rest.seam_hold), (alive, held))
                self.send_out()
                self.assertEqual(len(self.told()), told)
        self.assertEqual(self.told()[1][1]["id"], rest.name)
        self.assertEqual(self.on_hand(self.chair), 9)

    def test_over_receipt_is_an_exception_with_both_numbers(self):
        picking = self.expected([(self.chair, 5)])
        self.refused(
            "receipt", self.receipt(picking, (self.chair, 6)), "business.rule", "6", "5", "CHAIR"
        )
        self.assertEqual((picking.state, self.on_hand(self.chair)), ("assigned", 0))

    def test_over_receipt_within_the_flows_tolerance_is_received(self):
        self.flows["receipt"].stock_over_percent = 10
        picking = self.expected([(self.chair, 20)])
        self.take("receipt", self.receipt(picking, (self.chair, 22)))
        self.assertEqual((picking.state, self.on_hand(self.chair)), ("done", 22))
        picking = self.expected([(self.chair, 20)])
        self.refused(
            "receipt", self.receipt(picking, (self.chair, 23), key="R-2"), "business.rule", "23"
        )

    def test_damaged_goods_without_a_place_are_an_exception(self):
        picking = self.expected([(self.chair, 5)])
        document = self.receipt(
            picking, (self.chair, 3), self.line(picking, self.chair, 2, condition="damaged")
        )
        self.refused("receipt", document, "business.rule", "2", "damaged", "Chair")
        self.assertEqual(self.on_hand(self.chair), 0)
        place = self.damage_place()
        self.open_cases().action_retry()
        self.drain()
        self.assertEqual(picking.state, "done")
        self.assertEqual(self.on_hand(self.chair, place), 2)

    def test_damaged_goods_go_to_quarantine(self):
        place = self.damage_place()
        picking = self.expected([(self.chair, 5)])
        self.take(
            "receipt",
            self.receipt(
                picking, (self.chair, 3), self.line(picking, self.chair, 2, condition="damaged")
            ),
        )
        self.assertEqual(self.on_hand(self.chair, self.warehouse.lot_stock_id), 3)
        self.assertEqual(self.on_hand(self.chair, place), 2)

    def test_damaged_goods_go_to_scrap(self):
        scrap = self.env["stock.location"].search(
            [("usage", "=", "inventory"), ("company_id", "=", self.company.id)], limit=1
        )
        self.flows["receipt"].stock_damage_location_id = scrap
        picking = self.expected([(self.chair, 5)])
        self.take(
            "receipt",
            self.receipt(
                picking, (self.chair, 4), self.line(picking, self.chair, 1, condition="damaged")
            ),
        )
        self.assertEqual(self.on_hand(self.chair), 4)
        self.assertEqual(self.on_hand(self.chair, scrap), 1)

    def test_lots_are_made_and_a_line_is_split_over_them(self):
        self.stock(self.paint, 1, "L1")
        picking = self.expected([(self.paint, 5)])
        self.take(
            "receipt",
            self.receipt(
                picking,
                self.line(picking, self.paint, 2, lot="L1"),
                self.line(picking, self.paint, 3, lot="L2"),
            ),
        )
        self.assertEqual(self.on_hand(self.paint, lot="L1"), 3)
        self.assertEqual(self.on_hand(self.paint, lot="L2"), 3)
        lots = self.env["stock.lot"].search([("product_id", "=", self.paint.id)])
        self.assertEqual(sorted(lots.mapped("name")), ["L1", "L2"])

    def test_expiry_dates_where_odoo_keeps_them(self):
        if "use_expiration_date" not in self.paint._fields:
            self.skipTest("product_expiry is not installed")
        self.paint.use_expiration_date = True
        picking = self.expected([(self.paint, 5)])
        line = self.line(picking, self.paint, 5, lot="L1", expiry="2027-05-31")
        self.take("receipt", self.receipt(picking, line))
        lot = self.env["stock.lot"].search([("name", "=", "L1")])
        self.assertEqual(str(lot.expiration_date.date()), "2027-05-31")

    def test_serials_are_made_one_by_one(self):
        picking = self.expected([(self.drill, 2)])
        self.take(
            "receipt",
            self.receipt(
                picking,
                self.line(picking, self.drill, 1, lot="D1"),
                self.line(picking, self.drill, 1, lot="D2"),
            ),
        )
        self.assertEqual(self.on_hand(self.drill), 2)
        self.assertEqual(self.on_hand(self.drill, lot="D2"), 1)

    def test_a_serial_that_is_in_stock_cannot_come_again(self):
        self.stock(self.drill, 1, "D1")
        picking = self.expected([(self.drill, 2)])
        again = self.receipt(picking, self.line(picking, self.drill, 1, lot="D1"))
        self.refused("receipt", again, "business.rule", "D1", "1")
        twice = self.receipt(
            picking,
            self.line(picking, self.drill, 1, lot="D7"),
            self.line(picking, self.drill, 1, lot="D7"),
            key="R-2",
        )
        self.refused("receipt", twice, "business.rule", "D7")
        self.assertEqual(self.on_hand(self.drill), 1)

    def test_the_same_receipt_again_has_no_effect(self):
        picking = self.expected([(self.chair, 5)])
        document = self.receipt(picking, (self.chair, 3), final=False)
        self.take("receipt", document)
        self.take("receipt", document, "superseded", key="again")
        self.assertEqual(self.on_hand(self.chair), 3)

    def test_a_shipment_and_a_receipt_of_one_number_are_two(self):
        self.stock(self.desk, 5)
        delivery = self.delivery([(self.desk, 1)])
        picking = self.expected([(self.chair, 5)])
        self.take("shipment", self.shipment(delivery, (self.desk, 1), key="77"))
        self.take("receipt", self.receipt(picking, (self.chair, 5), key="77"))
        self.assertEqual((self.on_hand(self.desk), self.on_hand(self.chair)), (4, 5))

    def test_a_receipt_that_was_cancelled_in_odoo(self):
        picking = self.expected([(self.chair, 5)])
        picking.action_cancel()
        self.commit()
        self.refused(
            "receipt", self.receipt(picking, (self.chair, 5)), "order.conflict", "5", picking.name
        )
        self.assertEqual(self.on_hand(self.chair), 0)

    def test_a_receipt_that_was_done_by_hand(self):
        picking = self.expected([(self.chair, 5)])
        self.by_hand(picking)
        self.refused(
            "receipt",
            self.receipt(picking, (self.chair, 4)),
            "order.conflict",
            "4 CHAIR",
            "5 CHAIR",
        )
        self.assertEqual(self.on_hand(self.chair), 5)

    def test_a_substitute_of_the_supplier_is_refused(self):
        picking = self.expected([(self.chair, 5)])
        line = self.line(picking, self.chair, 5) | {"sku": "DESK"}
        self.refused("receipt", self.receipt(picking, line), "business.rule", "DESK", "CHAIR")

    def test_dozens_that_were_announced_come_in_pieces(self):
        picking = self.expected([(self.chair, 2, self.dozen)])
        line = self.line(picking, self.chair, 17, unit="Units")
        self.take("receipt", self.receipt(picking, line, final=False))
        self.assertEqual(self.on_hand(self.chair), 17)
        self.assertEqual(self.rest(picking).move_ids.product_qty, 7)

    def test_goods_that_travel_between_two_warehouses(self):
        self.stock(self.chair, 10, warehouse=self.other)
        transit = self.env["stock.location"].create(
            {"name": "Road", "usage": "transit", "company_id": self.company.id}
        )
        self.env["stock.quant"]._update_available_quantity(self.chair, transit, 4)
        kind = self.warehouse.in_type_id
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "location_id": transit.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.chair.id,
                            "product_uom_qty": 4,
                            "location_id": transit.id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        },
                    )
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        self._settle(picking, True)
        self.assertEqual(self.told()[-1][1]["kind"], "transfer")
        self.take("receipt", self.receipt(picking, (self.chair, 4)))
        self.assertEqual((self.on_hand(self.chair), self.on_hand(self.chair, transit)), (4, 0))
