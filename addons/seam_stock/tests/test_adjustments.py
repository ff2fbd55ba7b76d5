from odoo.tests import tagged

from .common import StockCase


@tagged("post_install", "-at_install")
class TestAdjustments(StockCase):
    """What a warehouse found, lost or broke."""

    def test_a_loss_is_taken_off_with_its_reason(self):
        self.stock(self.chair, 10)
        message = self.take("adjustment", self.adjustment(self.chair, -2))
        self.assertEqual(self.on_hand(self.chair), 8)
        move = message._record()
        self.assertTrue(move.is_inventory)
        self.assertIn("DMG Dropped", move.inventory_name)
        self.assertEqual((move.state, move.origin), ("done", "A-1"))
        self.assertEqual(move.location_dest_id.usage, "inventory")

    def test_a_find_is_added_at_the_stock_of_that_warehouse(self):
        self.stock(self.chair, 10)
        self.take("adjustment", self.adjustment(self.chair, 3))
        self.assertEqual(self.on_hand(self.chair, self.warehouse.lot_stock_id), 13)
        self.assertEqual(self.on_hand(self.chair, self.other.view_location_id), 0)

    def test_two_warehouses(self):
        self.stock(self.chair, 10)
        self.stock(self.chair, 10, warehouse=self.other)
        document = self.adjustment(self.chair, -1, warehouse="OWN")
        self.refused("adjustment", document, "master.unknown", "OWN")
        self.flows["adjustment"].stock_warehouse_ids |= self.other
        self.open_cases().action_retry()
        self.drain()
        self.assertEqual(self.on_hand(self.chair), 10)
        self.assertEqual(self.on_hand(self.chair, self.other.view_location_id), 9)

    def test_two_companies_a_warehouse_of_the_other_is_unknown(self):
        self.flows["adjustment"].stock_warehouse_ids = False
        picking = self.foreign_delivery()
        code = picking.picking_type_id.warehouse_id.code
        document = self.adjustment(self.chair, -1, warehouse=code)
        message = self.take("adjustment", document, "failed")
        self.assertIn(message.fault_code, ("master.unknown", "business.rule"))
        self.assertEqual(self.on_hand(self.chair, picking.location_id), 10)

    def test_the_same_adjustment_again_has_no_effect(self):
        self.stock(self.chair, 10)
        self.take("adjustment", self.adjustment(self.chair, -2))
        self.take("adjustment", self.adjustment(self.chair, -2), "superseded", key="again")
        self.refused("adjustment", self.adjustment(self.chair, -3), "order.conflict", "A-1")
        self.assertEqual(self.on_hand(self.chair), 8)

    def test_more_than_the_flow_allows_is_an_exception_with_both_numbers(self):
        self.flows["adjustment"].stock_adjust_limit = 5
        self.stock(self.chair, 100)
        self.refused(
            "adjustment", self.adjustment(self.chair, -50), "business.rule", "-50", "100", "5"
        )
        self.assertEqual(self.on_hand(self.chair), 100)

    def test_more_than_there_is_is_an_exception_with_both_numbers(self):
        self.stock(self.chair, 3)
        self.refused("adjustment", self.adjustment(self.chair, -5), "business.rule", "5", "3")
        self.assertEqual(self.on_hand(self.chair), 3)

    def test_lots(self):
        self.stock(self.paint, 5, "L1")
        self.take("adjustment", self.adjustment(self.paint, -2, lot="L1"))
        self.take("adjustment", self.adjustment(self.paint, 4, key="A-2", lot="L2"))
        self.assertEqual(self.on_hand(self.paint, lot="L1"), 3)
        self.assertEqual(self.on_hand(self.paint, lot="L2"), 4)
        self.refused(
            "adjustment",
            self.adjustment(self.paint, -1, key="A-3", lot="L9"),
            "business.rule",
            "L9",
        )
        self.refused("adjustment", self.adjustment(self.paint, 1, key="A-4"), "business.rule")

    def test_units(self):
        self.stock(self.chair, 30)
        self.take("adjustment", self.adjustment(self.chair, -1, unit="Dozens"))
        self.assertEqual(self.on_hand(self.chair), 18)

    def test_goods_that_are_reserved_are_lost_all_the_same(self):
        self.stock(self.chair, 5)
        picking = self.delivery([(self.chair, 5)])
        self.take("adjustment", self.adjustment(self.chair, -2))
        self.assertEqual((self.on_hand(self.chair), self.reserved(self.chair)), (3, 3))
        self.assertEqual(picking.move_ids.quantity, 3)

    def test_two_losses_in_one_batch_cannot_take_the_same_goods(self):
        self.stock(self.chair, 3)
        flow = self.flows["adjustment"]
        receipts = [
            self.receive(flow, self.adjustment(self.chair, -2, key=f"A-{n}")) for n in range(2)
        ]
        self.drain()
        states = sorted(self.message(receipt).state for receipt in receipts)
        self.assertEqual(states, ["done", "failed"])
        self.assertEqual(self.on_hand(self.chair), 1)

    def test_goods_that_are_not_counted(self):
        tape = self.make_product("Tape", "TAPE", is_storable=False)
        self.refused("adjustment", self.adjustment(tape, -1), "business.rule", "Tape")
