from odoo.tests import tagged

from odoo.addons.seam.tests.engine.scripted import answer

from .common import DeliveryCase


@tagged("-at_install", "post_install")
class TestBadInput(DeliveryCase):
    """Each stops before money is spent, with a sentence a packer understands."""

    def assertStopped(self, picking, *words, code="business.rule"):
        self.send_out()
        self.assertFalse(self.asked(), "the carrier was called")
        message = self.messages()[-1]
        self.assertEqual((message.state, message.fault_code), ("failed", code))
        for word in words:
            self.assertIn(word, picking.seam_label_text)
        self.assertEqual(self.open_cases().held_count, 1)

    def test_no_weight(self):
        self.chair.weight = 0
        self.assertStopped(self.ship(), "has no weight")

    def test_a_weight_of_zero(self):
        picking = self.make_delivery()
        picking.shipping_weight = 0
        self.assertStopped(self.ship(picking), "has no weight")

    def test_a_package_without_weight_among_others(self):
        picking = self.make_delivery(quantity=3, boxes=(1, 2))
        self.chair.weight = 0
        picking.move_line_ids.result_package_id[0].shipping_weight = 2
        picking.move_line_ids.result_package_id[1].shipping_weight = 0
        name = picking.move_line_ids.result_package_id[1].name
        self.assertStopped(self.ship(picking), "has no weight", name)

    def test_half_a_ton(self):
        self.chair.weight = 250
        self.assertStopped(self.ship(), "weighs 500 kg", "up to 70 kg")

    def test_no_postcode(self):
        self.customer.zip = False
        self.assertStopped(self.ship(), "no postcode", "Ada Lovelace")

    def test_a_country_without_postcodes_needs_none(self):
        self.customer.write({"zip": False, "country_id": self.env.ref("base.hk").id})
        self.env.ref("base.hk").zip_required = False
        self.env.ref("base.hk").state_required = False
        self.chair.write({"hs_code": "940161", "list_price": 80.0})
        self.ship()
        self.send_out()
        self.assertEqual(len(self.asked()), 1)

    def test_an_emoji_in_the_address(self):
        self.customer.street = "Rue 2 🌻"
        self.assertStopped(self.ship(), "🌻", "no label shows")

    def test_umlauts_and_other_letters_are_no_emoji(self):
        self.customer.street = "Þórsgata 2 – Größe № 3, 東京"
        self.ship()
        self.send_out()
        self.assertEqual(len(self.asked()), 1)

    def test_no_country(self):
        self.customer.country_id = False
        self.assertStopped(self.ship(), "no country")

    def test_no_state_where_the_country_has_them(self):
        self.customer.country_id = self.env.ref("base.us")
        self.assertStopped(self.ship(), "no state")

    def test_our_own_address_is_looked_at_too(self):
        self.warehouse.partner_id.city = False
        self.assertStopped(self.ship(), "sender's address", "no city")

    def test_a_street_that_no_label_could_hold(self):
        self.customer.street = "Rue " + "très longue " * 30
        self.assertStopped(self.ship(), "too long", "Rue très longue")

    def test_no_phone_for_another_country(self):
        self.customer.phone = False
        self.assertStopped(self.ship(), "no phone number")

    def test_no_phone_at_home(self):
        self.customer.write({"phone": False, "country_id": self.env.ref("base.de").id})
        self.ship()
        self.send_out()
        self.assertEqual(len(self.asked()), 1)

    def test_no_hs_code_at_customs(self):
        self.customer.country_id = self.env.ref("base.uk")
        self.assertStopped(self.ship(), "no HS code", "Chair")

    def test_no_origin_at_customs(self):
        self.customer.country_id = self.env.ref("base.uk")
        self.chair.hs_code = "940161"
        self.warehouse.partner_id.country_id = self.env.ref("base.de")
        self.ship()
        self.send_out()
        (line,) = self.asked()[0][1]["customs"]["lines"]
        self.assertEqual(line["origin"], "DE", "where the warehouse is, as Odoo has it")

    def test_a_return_is_looked_at_as_well(self):
        picking = self.ship()
        self.send_out()
        self.customer.street = "Rue 2 🌻"
        picking.action_seam_return_label()
        self.commit()
        self.send_out()
        self.assertEqual(len(self.asked()), 1, "the carrier was called")
        self.assertIn("The sender's address", picking.seam_label_text)
        self.assertIn("🌻", picking.seam_label_text)

    def test_the_sentence_says_that_no_money_was_spent(self):
        self.customer.zip = False
        self.ship()
        self.send_out()
        self.assertIn("No label was bought.", self.open_cases().fix)

    def test_more_parcels_than_the_carrier_takes(self):
        self.carrier.seam_max_parcels = 1
        self.assertStopped(self.ship(quantity=3, boxes=(1, 2)), "2 parcels", "takes 1")

    def test_expired_credentials_buy_nothing_and_name_the_cause(self):
        self.answers = [answer("401 Unauthorized", b"")]
        picking = self.ship()
        self.send_out()
        self.assertEqual(self.messages().fault_code, "auth.failed")
        self.assertIn("credentials", picking.seam_label_text)
        self.assertEqual(picking.seam_shipment_ids.state, "waiting")

    def test_what_is_mended_is_bought(self):
        self.chair.weight = 0
        picking = self.ship()
        self.send_out()
        self.chair.weight = 3
        picking.shipping_weight = 6
        self.open_cases().action_retry()
        self.commit()
        self.send_out()
        self.assertEqual(self.asked()[0][1]["parcels"][0]["weight_kg"], 6)
        self.assertEqual(picking.seam_shipment_ids.state, "bought")
        self.assertFalse(self.open_cases())
