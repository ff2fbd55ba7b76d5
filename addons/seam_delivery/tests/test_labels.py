from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.seam.tests.engine.scripted import answer, raw

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestLabels(DeliveryCase):
    def test_a_label_is_bought_after_the_packers_transaction_and_attached(self):
        picking = self.ship()
        self.assertFalse(self.asked(), "no carrier is called while goods are booked")
        self.assertIn("going to be bought", picking.seam_label_text)
        self.send_out()
        ((method, document),) = self.asked()
        self.assertEqual((method, document["action"]), ("POST", "buy"))
        self.assertEqual(document["parcels"], [{"reference": "1", "weight_kg": 5.0}])
        self.assertEqual(document["to"]["zip"], "75001")
        self.assertNotIn("customs", document, "no customs within the European Union")
        self.assertEqual(picking.carrier_tracking_ref, "S-1-1")
        self.assertEqual(picking.carrier_price, 7.5)
        self.assertFalse(picking.seam_label_text)
        self.assertEqual(self.labels(picking).raw, b"%PDF 1")
        self.assertEqual(self.messages().state, "done")

    def test_a_second_click_buys_nothing(self):
        picking = self.ship()
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(len(self.labels(picking)), 1)

    def test_a_lost_answer_is_looked_up_and_not_bought_again(self):
        picking = self.ship()
        self.answers = [raw(b""), self.sold()]
        self.send_out()
        self.assertEqual(picking.seam_shipment_ids.state, "waiting")
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
        )
        self.send_out()
        self.assertEqual([method for method, _document in self.asked()], ["POST", "GET"])
        self.assertEqual(picking.carrier_tracking_ref, "S-1-1")

    def test_an_answer_that_comes_again_is_kept_once(self):
        picking = self.ship()
        self.send_out()
        shipment = picking.seam_shipment_ids.sudo()
        content = {
            "id": "S-1",
            "parcels": [{"reference": "1", "tracking": "S-1-1"}],
            "labels": [{"format": "pdf", "content": "QUJD"}],
        }
        shipment._keep_label(content, ["1"])
        self.assertEqual(len(self.labels(picking)), 1)
        self.assertEqual(len(shipment.parcel_ids), 1)

    def test_a_carrier_who_is_down_stops_no_packer_and_says_since_when(self):
        self.answers = [answer("503 Service Unavailable", b"")]
        picking = self.ship()
        self.send_out()
        self.assertEqual(picking.state, "done")
        self.assertIn("unavailable", picking.seam_label_text)
        self.assertIn("since 20", picking.seam_label_text)
        self.assertIn("Fast is unavailable (503).", picking.seam_label_text)
        self.assertIn("It is tried again at ", picking.seam_label_text)
        self.assertNotIn("127.0.0.1", picking.seam_label_text)
        self.assertFalse(picking.seam_label_stuck)

    def test_every_parcel_has_its_dimensions_and_its_label(self):
        picking = self.make_delivery(quantity=3, boxes=(1, 2))
        names = picking.move_line_ids.result_package_id.mapped("name")
        self.answers = [self.sold(parcels=names)]
        self.ship(picking)
        self.send_out()
        parcels = self.asked()[0][1]["parcels"]
        size = {"length_cm": 60.0, "width_cm": 40.0, "height_cm": 30.0}
        self.assertEqual(
            parcels,
            [
                {"reference": names[0], "weight_kg": 2.5, **size},
                {"reference": names[1], "weight_kg": 5.0, **size},
            ],
        )
        self.assertEqual(len(self.labels(picking)), 2)
        self.assertEqual(len(picking.seam_shipment_ids.parcel_ids), 2)

    def test_pounds_and_feet_are_converted(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("product.weight_in_lbs", "1")
        parameters.set_param("product.volume_in_cubic_feet", "1")
        self.box.write({"packaging_length": 2, "width": 1, "height": 1})
        self.carrier.seam_package_type_id = self.box
        self.ship()
        self.send_out()
        (parcel,) = self.asked()[0][1]["parcels"]
        self.assertAlmostEqual(parcel["weight_kg"], 2.268, places=2)
        self.assertAlmostEqual(parcel["length_cm"], 61.0, places=0)

    def test_void_and_label_anew(self):
        picking = self.ship()
        self.send_out()
        first = picking.seam_shipment_ids
        picking.cancel_shipment()
        self.assertEqual(
            picking.carrier_tracking_ref, "S-1-1", "it is void when the carrier says so"
        )
        self.commit()
        self.answers = [answer("204 No Content", b"")]
        self.send_out()
        self.assertEqual(first.state, "void")
        self.assertFalse(picking.carrier_tracking_ref)
        self.assertEqual(self.asked()[1][1]["carrier_number"], "S-1")
        self.answers = [self.sold("S-2")]
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.assertEqual(picking.carrier_tracking_ref, "S-2-1")
        references = [document["reference"] for _method, document in self.asked()]
        self.assertNotEqual(references[0], references[2])

    def test_customs_and_insurance(self):
        self.customer.country_id = self.env.ref("base.uk")
        self.chair.write({"hs_code": "940161", "list_price": 80.0})
        self.chair.country_of_origin = self.env.ref("base.pl")
        self.carrier.shipping_insurance = 50
        self.ship()
        self.send_out()
        document = self.asked()[0][1]
        (line,) = document["customs"]["lines"]
        self.assertEqual((line["hs_code"], line["origin"], line["quantity"]), ("940161", "PL", 2))
        worth = line["quantity"] * line["unit_value"]
        self.assertGreater(worth, 0)
        self.assertEqual(document["insurance"]["amount"], worth / 2)

    def test_an_answer_without_a_label_fails_and_is_asked_about(self):
        self.answers = [answer("200 OK", b'{"id": "S-1"}'), self.sold()]
        picking = self.ship()
        self.send_out()
        message = self.messages()
        self.assertEqual((message.state, message.unsure), ("failed", True))
        self.assertEqual(picking.seam_shipment_ids.state, "waiting")
        self.open_cases().action_retry()
        self.commit()
        self.send_out()
        self.assertEqual([method for method, _document in self.asked()], ["POST", "GET"])
        self.assertEqual(picking.seam_shipment_ids.state, "bought")

    def test_other_parcels_than_asked_for_are_not_taken(self):
        self.answers = [self.sold(parcels=("1", "2"))]
        picking = self.ship()
        self.send_out()
        message = self.messages()
        self.assertEqual((message.state, message.unsure), ("failed", True))
        self.assertFalse(self.labels(picking))

    def test_a_packer_without_rights_in_integrations_ships_and_cancels(self):
        packer = new_test_user(self.env, "packer", groups="stock.group_stock_user")
        picking = self.make_delivery().with_user(packer)
        self.ship(picking)
        picking.send_to_shipper()
        self.assertIn("going to be bought", picking.seam_label_text)
        self.assertIn("going to be bought", picking.message_ids[0].body)
        self.commit()
        self.send_out()
        self.assertEqual(picking.carrier_tracking_ref, "S-1-1")
        picking.cancel_shipment()
        self.commit()
        self.send_out()
        self.assertEqual(picking.seam_shipment_ids.state, "void")
        with self.assertRaises(AccessError):
            picking.seam_shipment_ids.state = "waiting"
        with self.assertRaises(AccessError):
            picking.seam_shipment_ids.action_not_bought()

    def test_what_was_discarded_and_never_sent_can_be_asked_for_again(self):
        self.chair.weight = 0
        picking = self.ship()
        self.send_out()
        self.messages()._discard("Weighed wrongly")
        self.commit()
        self.assertIn("discarded", picking.seam_label_text)
        picking.shipping_weight = 4
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.assertEqual(picking.seam_shipment_ids.state, "bought")
        self.assertEqual(len(self.asked()), 1)

    def test_what_may_have_been_bought_is_not_asked_for_again(self):
        self.answers = [answer("200 OK", b"{}"), self.sold("S-2")]
        picking = self.ship()
        self.send_out()
        shipment = picking.seam_shipment_ids
        with self.assertRaises(UserError):
            shipment.action_not_bought()
        self.messages()._discard("The carrier knows nothing")
        self.commit()
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.assertEqual(len(self.asked()), 1, "a second label could be bought")
        shipment.action_not_bought()
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.assertEqual(picking.carrier_tracking_ref, "S-2-1")

    def test_free_above_an_amount_costs_the_customer_nothing(self):
        self.carrier.write({"free_over": True, "amount": 10.0})
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": self.chair.id, "price_unit": 99.0})],
            }
        )
        picking = self.make_delivery()
        picking.sale_id = order
        self.ship(picking)
        self.send_out()
        self.assertEqual(picking.seam_shipment_ids.cost, 7.5)
        self.assertEqual(picking.carrier_price, 0)

    def test_a_method_that_is_not_connected_says_so_and_ships(self):
        self.flow.action_pause()
        self.flow.state = "draft"
        picking = self.ship()
        self.assertFalse(picking.seam_shipment_ids)
        self.assertIn("No label was bought", picking.message_ids[0].body)

    def test_the_price_of_a_quotation_is_that_of_the_delivery_product(self):
        self.carrier.product_id.list_price = 12.0
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "order_line": [(0, 0, {"product_id": self.chair.id})],
            }
        )
        rate = self.carrier.rate_shipment(order)
        self.assertTrue(rate["success"])
        self.assertEqual(rate["price"], 12.0)
