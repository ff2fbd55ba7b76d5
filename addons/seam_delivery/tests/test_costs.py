import json

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from odoo.addons.seam.tests.engine.scripted import answer

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestCosts(DeliveryCase):
    """What a label cost beside what was quoted."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.make_flow(
            name="Rates",
            code="rates",
            direction="out",
            carries="event",
            handler="seam.handler.delivery.rate",
        )

    def quote(self, total=8.5, code=None, quantity=2):
        """An order whose customer was quoted the carrier's price, and confirmed it."""
        code = code or self.env.company.currency_id.name
        offer = {"service": "standard", "total": total, "currency": code}
        self.answers = [answer("200 OK", json.dumps({"offers": [offer]}).encode())]
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    Command.create({"product_id": self.chair.id, "product_uom_qty": quantity})
                ],
            }
        )
        rate = self.carrier.rate_shipment(order)
        self.assertTrue(rate["success"], rate["error_message"])
        order.set_delivery_line(self.carrier, rate["price"])
        order.action_confirm()
        return order

    def deliver(self, picking, quantity=2):
        self.env["stock.quant"]._update_available_quantity(
            self.chair, self.warehouse.lot_stock_id, quantity
        )
        picking.action_assign()
        picking.move_ids.write({"quantity": quantity, "picked": True})
        picking._action_done()
        self.commit()
        self.send_out()
        return picking.seam_shipment_ids

    def test_the_cost_stands_beside_what_was_quoted(self):
        order = self.quote(8.5)
        self.answers = [self.sold(cost=9.8)]
        shipment = self.deliver(order.picking_ids)
        self.assertEqual((shipment.quoted, shipment.cost), (8.5, 9.8))
        self.assertAlmostEqual(shipment.difference, 1.3)
        self.assertTrue(shipment.is_above)
        self.assertIn("quoted", order.picking_ids.seam_difference_text)

    def test_what_the_method_tolerates_is_not_listed(self):
        order = self.quote(8.5)
        self.answers = [self.sold(cost=9.3)]
        shipment = self.deliver(order.picking_ids)
        self.assertFalse(shipment.is_above, "less than 1.00")
        self.carrier.seam_tolerated_amount = 0.5
        self.assertFalse(shipment.is_above, "less than 10 %")
        self.carrier.seam_tolerated_percent = 5
        self.assertTrue(shipment.is_above)

    def test_cheaper_than_quoted_is_listed_too(self):
        order = self.quote(8.5)
        self.answers = [self.sold(cost=5.0)]
        shipment = self.deliver(order.picking_ids)
        self.assertTrue(shipment.is_above)
        self.assertAlmostEqual(shipment.difference_percent, -41.2, places=1)

    def test_margins_are_no_difference(self):
        self.carrier.write({"margin": 1.0})
        order = self.quote(8.5)
        self.assertEqual(order.order_line.filtered("is_delivery").price_unit, 17.0)
        self.answers = [self.sold(cost=8.5)]
        self.assertEqual(self.deliver(order.picking_ids).difference, 0)

    def test_currencies_are_converted(self):
        currency = self.env.ref("base.CHF")
        currency.active = True
        currency.rate_ids = [Command.clear(), Command.create({"name": "2020-01-01", "rate": 2.0})]
        order = self.quote(8.0)
        self.answers = [self.sold(cost=18.0, currency="CHF")]
        shipment = self.deliver(order.picking_ids)
        self.assertEqual((shipment.quoted, shipment.difference), (16.0, 2.0))
        self.carrier.write({"seam_tolerated_amount": 1.5, "seam_tolerated_percent": 0})
        self.assertFalse(shipment.is_above, "2 CHF are 1 of ours")

    def test_a_second_delivery_of_an_order_was_not_quoted(self):
        order = self.quote(8.5)
        first = order.picking_ids
        self.answers = [self.sold(cost=8.5)]
        self.assertEqual(self.deliver(first, 1).difference, 0)
        self.answers = [self.sold("S-2", cost=6.0)]
        second = self.deliver(order.picking_ids - first, 1)
        self.assertEqual((second.quote_kind, second.difference), ("beyond", 6.0))
        self.assertTrue(second.is_above)

    def test_a_dearer_service_that_a_packer_chose_is_a_difference(self):
        self.carrier.seam_service = False
        order = self.quote(8.5)
        picking = order.picking_ids
        express = {
            "service": "express",
            "total": 19.0,
            "currency": self.env.company.currency_id.name,
        }
        self.answers = [answer("200 OK", json.dumps({"offers": [express]}).encode())]
        self.env["stock.quant"]._update_available_quantity(
            self.chair, self.warehouse.lot_stock_id, 2
        )
        picking.action_assign()
        self.env.cr.execute("UPDATE seam_question SET at = at - interval '1 day'")
        action = picking.action_seam_rates()
        self.env[action["res_model"]].browse(action["res_id"]).offer_ids.action_choose()
        self.answers = [self.sold(cost=19.0)]
        shipment = self.deliver(picking)
        self.assertEqual(self.asked()[-1][1]["service"], "express")
        self.assertEqual((shipment.quoted, shipment.difference), (8.5, 10.5))

    def test_a_transfer_without_an_order_has_the_packers_quote(self):
        offer = {
            "service": "standard",
            "total": 6.0,
            "currency": self.env.company.currency_id.name,
        }
        self.answers = [answer("200 OK", json.dumps({"offers": [offer]}).encode())]
        picking = self.make_delivery()
        self.env.flush_all()
        picking.action_seam_rates()
        picking._seam_take_offer("standard")
        self.answers = [self.sold(cost=6.5)]
        self.ship(picking)
        self.send_out()
        shipment = picking.seam_shipment_ids
        self.assertEqual((shipment.quote_kind, shipment.quoted), ("live", 6.0))

    def test_a_label_anew_has_the_quote_again(self):
        order = self.quote(8.5)
        self.answers = [self.sold(cost=8.5)]
        self.deliver(order.picking_ids)
        order.picking_ids.cancel_shipment()
        self.commit()
        self.send_out()
        order.picking_ids.send_to_shipper()
        self.commit()
        self.answers = [self.sold("S-2", cost=9.9)]
        self.send_out()
        new = order.picking_ids.seam_shipment_ids.filtered(lambda s: s.state == "bought")
        self.assertAlmostEqual(new.difference, 1.4)

    def test_without_a_quote_there_is_nothing_to_compare(self):
        picking = self.ship()
        self.assertFalse(picking.seam_difference_text)
        self.send_out()
        shipment = picking.seam_shipment_ids
        self.assertNotIn("quoted", picking.seam_difference_text)
        self.assertFalse(shipment.quote_kind)
        self.assertFalse(shipment.is_above)

    def test_warehouse_people_find_the_list(self):
        order = self.quote(8.5)
        self.answers = [self.sold(cost=99.0)]
        shipment = self.deliver(order.picking_ids)
        packer = new_test_user(self.env, "packer", groups="stock.group_stock_user")
        action = self.env.ref("seam_delivery.seam_shipment_cost_action")
        found = (
            self.env["seam.shipment"]
            .with_user(packer)
            .search(
                [("state", "=", "bought"), ("purpose", "=", "delivery"), ("is_above", "=", True)]
            )
        )
        self.assertEqual(found, shipment)
        self.assertIn("search_default_above", action.context)
