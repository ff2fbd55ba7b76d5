import contextlib
import json
import re
import threading
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.sql_db import Cursor
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import SQL

from odoo.addons.seam.tests.engine.scripted import answer

from .common import DeliveryCase


def locked_by(statement):
    """:return: table of which the statement locks rows, or None"""
    text = statement.replace('"', "")
    written = re.match(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+(\w+)", text, re.IGNORECASE)
    if written:
        return written[1]
    if re.search(r"\bFOR\s+(?:NO\s+KEY\s+)?UPDATE\b", text, re.IGNORECASE):
        return re.search(r"\bFROM\s+(\w+)", text, re.IGNORECASE)[1]
    return None


@tagged("-at_install", "post_install")
class TestRates(DeliveryCase):
    """What a carrier would take: asked while somebody waits, and what else is known."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rates = cls.make_flow(
            name="Rates",
            code="rates",
            direction="out",
            carries="event",
            handler="seam.handler.delivery.rate",
        )
        cls.carrier.product_id.list_price = 12.0
        cls.seller = new_test_user(cls.env, "seller", groups="sales_team.group_sale_salesman")
        cls.chair.list_price = 40.0

    def setUp(self):
        super().setUp()
        self.answers = [self.offers(standard=8.5, express=19.0)]

    def offers(self, reason="", **totals):
        content = {
            "offers": [
                {
                    "service": service,
                    "name": service.title(),
                    "total": total,
                    "currency": self.env.company.currency_id.name,
                    "transit_days": 2,
                    "promised": "2026-12-01",
                }
                for service, total in totals.items()
            ]
        }
        if reason:
            content["reason"] = reason
        return answer("200 OK", json.dumps(content).encode())

    def down(self):
        self.answers = [answer("503 Service Unavailable", b"")]

    def make_order(self, quantity=2, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "user_id": self.seller.id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    Command.create({"product_id": self.chair.id, "product_uom_qty": quantity})
                ],
                **values,
            }
        )

    def rate(self, order=None, **context):
        order = order or self.make_order()
        self.env.flush_all()
        return self.carrier.with_context(**context).rate_shipment(order)

    def let_pass(self, **delta):
        """All that was told becomes older, and what failed is forgotten."""
        seconds = timedelta(**delta).total_seconds()
        self.env.cr.execute(
            "UPDATE seam_question SET at = at - %s * interval '1 second'", [seconds]
        )

    def wizard(self, order, user=None):
        action = order.with_user(user or self.seller).action_open_delivery_wizard()
        form = Form(
            self.env[action["res_model"]]
            .with_user(user or self.seller)
            .with_context(**action["context"])
        )
        form.carrier_id = self.carrier
        return form.save()

    # -- asked -----------------------------------------------------------------------------

    def test_the_price_is_what_the_carrier_says_now(self):
        rate = self.rate()
        self.assertEqual((rate["success"], rate["price"]), (True, 8.5))
        self.assertFalse(rate["warning_message"])
        ((method, document),) = self.asked()
        self.assertEqual(method, "POST")
        self.assertEqual(document["parcels"], [{"reference": "1", "weight_kg": 5.0}])
        self.assertEqual(document["from"]["country"], "DE")
        self.assertEqual(document["to"]["zip"], "75001")
        self.assertNotIn("Ada", json.dumps(document), "a price needs no name")
        self.assertFalse(self.env["seam.message"].search([("flow_id", "=", self.rates.id)]))

    def test_a_wizard_that_is_opened_twice_asks_once(self):
        order = self.make_order()
        self.rate(order)
        self.rate(order)
        self.rate(self.make_order())
        self.assertEqual(len(self.asked()), 1, "another order of the same is the same question")
        self.let_pass(minutes=11)
        self.rate(order)
        self.assertEqual(len(self.asked()), 2)

    def test_margins_and_free_above_an_amount_are_odoos(self):
        self.carrier.write({"margin": 0.1, "fixed_margin": 1.0})
        self.assertAlmostEqual(self.rate()["price"], 10.35)
        self.carrier.write({"free_over": True, "amount": 10.0})
        rate = self.rate()
        self.assertEqual(rate["price"], 0)
        self.assertAlmostEqual(rate["carrier_price"], 10.35)

    def test_another_currency_is_converted(self):
        currency = self.env.ref("base.CHF")
        currency.active = True
        currency.rate_ids = [Command.clear(), Command.create({"name": "2020-01-01", "rate": 2.0})]
        self.answers = [
            answer(
                "200 OK",
                b'{"offers": [{"service": "standard", "total": 9, "currency": "CHF"}]}',
            )
        ]
        self.assertAlmostEqual(self.rate()["price"], 4.5)

    def test_a_currency_that_is_not_active_is_said(self):
        self.answers = [
            answer(
                "200 OK",
                b'{"offers": [{"service": "standard", "total": 9, "currency": "XAF"}]}',
            )
        ]
        self.assertIn("XAF", self.rate()["error_message"])

    def test_options_insurance_and_cash_on_delivery_are_asked_for(self):
        self.carrier.write(
            {
                "seam_signature": "adult_signature",
                "seam_saturday": True,
                "seam_options": "carbon_neutral, Hold",
                "seam_collect": "cash",
                "shipping_insurance": 50,
            }
        )
        self.rate()
        document = self.asked()[0][1]
        self.assertEqual(
            document["options"],
            ["adult_signature", "carbon_neutral", "hold", "saturday_delivery"],
        )
        order_total = document["cash_on_delivery"]["amount"]
        self.assertGreater(order_total, 79)
        self.assertAlmostEqual(document["insurance"]["amount"], order_total / 2, places=1)

    def test_methods_of_one_carrier_ask_together(self):
        other = self.carrier.copy({"name": "Faster", "seam_service": "express"})
        order = self.make_order()
        self.assertEqual(self.rate(order)["price"], 8.5)
        self.assertEqual(other.rate_shipment(order)["price"], 19.0)
        ((_method, document),) = self.asked()
        self.assertEqual(document["services"], ["express", "standard"])

    # -- estimated parcels -----------------------------------------------------------------

    def test_heavy_orders_are_split_by_the_default_packaging(self):
        self.box.write({"max_weight": 10.5, "base_weight": 0.5})
        self.carrier.seam_package_type_id = self.box
        self.rate(self.make_order(quantity=9))
        parcels = self.asked()[0][1]["parcels"]
        self.assertEqual([p["weight_kg"] for p in parcels], [10.5, 10.5, 3.0])
        self.assertEqual(parcels[0]["length_cm"], 60.0)

    def test_bulky_orders_are_split_by_volume(self):
        self.chair.volume = 0.03
        self.carrier.seam_package_type_id = self.box  # 0.072 m³
        self.rate(self.make_order(quantity=5))
        self.assertEqual([p["weight_kg"] for p in self.asked()[0][1]["parcels"]], [5.0, 5.0, 2.5])

    def test_the_salespersons_weight_counts(self):
        self.rate(order_weight=30.0)
        self.assertEqual(self.asked()[0][1]["parcels"][0]["weight_kg"], 30.0)

    def test_pounds_are_converted(self):
        self.env["ir.config_parameter"].set_param("product.weight_in_lbs", "1")
        self.rate()
        self.assertAlmostEqual(self.asked()[0][1]["parcels"][0]["weight_kg"], 2.268, places=2)

    # -- what else is known ----------------------------------------------------------------

    def test_a_carrier_who_is_down_costs_what_he_said_before_and_it_is_said(self):
        self.rate()
        self.let_pass(days=3)
        self.down()
        rate = self.rate(self.make_order(quantity=1.9))
        self.assertEqual((rate["success"], rate["price"]), (True, 8.5))
        self.assertIn("could not be asked now", rate["warning_message"])
        self.assertIn("3 days ago", rate["warning_message"])

    def test_a_carrier_who_hangs_is_waited_for_three_seconds_at_most(self):
        over = threading.Event()
        self.addCleanup(over.set)

        def hang(_connection, _request):
            over.wait(60)
            return False

        self.rate()
        self.let_pass(days=1)
        self.answers = [hang]
        begun = time.monotonic()
        rate = self.rate()
        self.assertLess(time.monotonic() - begun, 15, "whoever packs does not wait with him")
        self.assertEqual(rate["price"], 8.5)
        self.assertIn("in time", rate["warning_message"])
        asked = len(self.asked())
        self.rate()
        self.assertEqual(len(self.asked()), asked, "he was waited for just now")

    def test_a_price_for_elsewhere_is_no_known_price(self):
        self.rate()
        self.let_pass(days=1)
        self.down()
        self.customer.write({"zip": "13001", "city": "Marseille"})
        self.assertIn("Nothing is known", self.rate()["error_message"])

    def test_a_price_for_heavier_ones_is_no_known_price(self):
        self.rate()
        self.let_pass(days=1)
        self.down()
        self.assertFalse(self.rate(self.make_order(quantity=10))["success"])

    def test_the_fixed_price_where_the_method_allows_it(self):
        self.down()
        self.assertFalse(self.rate()["success"])
        self.carrier.seam_fixed_fallback = True
        rate = self.rate()
        self.assertEqual((rate["success"], rate["price"]), (True, 12.0))
        self.assertIn("fixed price", rate["warning_message"])

    def test_a_method_without_a_flow_of_rates_has_the_fixed_price(self):
        self.rates.action_pause()
        self.rates.state = "draft"
        rate = self.rate()
        self.assertEqual(rate["price"], 12.0)
        self.assertFalse(self.asked())

    def test_a_paused_flow_is_not_asked_and_the_last_price_serves(self):
        self.rate()
        self.let_pass(days=1)
        self.rates.action_pause()
        rate = self.rate()
        self.assertEqual(rate["price"], 8.5)
        self.assertEqual(len(self.asked()), 1)

    # -- refused ---------------------------------------------------------------------------

    def test_no_offer_is_said_with_the_carriers_reason(self):
        self.answers = [self.offers(reason="No service to this postcode.")]
        rate = self.rate()
        self.assertFalse(rate["success"])
        self.assertIn("No service to this postcode.", rate["error_message"])

    def test_a_service_that_is_not_offered_is_said(self):
        self.carrier.seam_service = "overnight"
        self.assertIn("does not offer overnight", self.rate()["error_message"])

    def test_a_refusal_is_not_answered_by_an_earlier_price(self):
        self.rate()
        self.let_pass(days=1)
        self.answers = [answer("400 Bad Request", b'{"error": "no"}')]
        self.carrier.seam_fixed_fallback = True
        self.assertFalse(self.rate()["success"])

    def test_expired_credentials_name_the_cause_and_are_an_exception(self):
        self.answers = [answer("401 Unauthorized", b"")]
        self.assertIn("credentials", self.rate()["error_message"])
        self.assertIn("cannot be asked", self.open_cases(self.rates).name)

    def test_what_no_carrier_could_price_is_not_asked(self):
        def refused(word, **options):
            rate = self.rate(**options)
            self.assertFalse(rate["success"])
            self.assertIn(word, rate["error_message"])
            self.assertNotIn("No label", rate["error_message"])

        self.chair.weight = 0
        refused("has no weight")
        self.chair.weight = 250
        refused("weighs 250 kg")
        self.chair.weight = 2.5
        self.carrier.write({"seam_max_parcels": 1, "seam_max_weight": 4})
        refused("2 parcels")
        self.carrier.write({"seam_max_parcels": 20, "seam_max_weight": 70})
        self.customer.zip = False
        refused("no postcode")
        self.customer.write({"zip": "75001", "country_id": self.env.ref("base.us").id})
        refused("no state")
        self.customer.write({"country_id": self.env.ref("base.fr").id, "city": "Paris 🌻"})
        refused("🌻")
        self.customer.write({"city": "Paris", "country_id": False})
        refused("no country")
        self.assertFalse(self.asked())

    def test_what_a_label_will_lack_is_told_beside_the_price(self):
        self.customer.write({"country_id": self.env.ref("base.uk").id, "phone": False})
        warning = self.rate()["warning_message"]
        self.assertIn("phone number", warning)
        self.assertIn("HS code of [CHAIR] Chair", warning)

    def test_a_product_without_weight_among_others_is_told(self):
        feather = self.env["product.product"].create({"name": "Feather", "type": "consu"})
        order = self.make_order()
        order.order_line = [Command.create({"product_id": feather.id})]
        self.assertIn("weight of Feather", self.rate(order)["warning_message"])

    # -- people ----------------------------------------------------------------------------

    def test_a_salesperson_chooses_among_the_services(self):
        self.carrier.seam_service = False
        order = self.make_order()
        wizard = self.wizard(order)
        wizard.update_price()
        self.assertEqual(wizard.delivery_price, 8.5, "the cheapest, until he chooses")
        self.assertEqual(wizard.seam_offer_ids.mapped("name"), ["Standard", "Express"])
        wizard.seam_offer_ids[1].action_choose()
        self.assertEqual(wizard.delivery_price, 19.0)
        wizard.button_confirm()
        self.assertEqual(len(self.asked()), 1)
        line = order.order_line.filtered("is_delivery")
        self.assertEqual(line.price_unit, 19.0)
        self.assertEqual(order.seam_service, "express")
        self.assertEqual((order.seam_quoted_cost, order.seam_quote_kind), (19.0, "live"))

    def test_the_price_is_asked_anew_when_the_order_changed(self):
        self.carrier.seam_service = False
        order = self.make_order()
        wizard = self.wizard(order)
        wizard.update_price()
        wizard.button_confirm()
        order.order_line[0].product_uom_qty = 3
        self.answers = [self.offers(standard=11.0, express=30.0)]
        action = order.with_context(carrier_recompute=True).action_open_delivery_wizard()
        model = self.env[action["res_model"]].with_user(self.seller)
        again = Form(model.with_context(**action["context"])).save()
        self.assertEqual(again.delivery_price, 11.0, "asked when it is opened")
        again.button_confirm()
        self.assertEqual(order.seam_quoted_cost, 11.0)
        self.assertEqual(order.seam_service, "standard")

    def test_another_method_forgets_what_was_chosen(self):
        self.carrier.seam_service = False
        order = self.make_order()
        wizard = self.wizard(order)
        wizard.update_price()
        wizard.seam_offer_ids[1].action_choose()
        wizard.button_confirm()
        self.assertEqual(order.seam_service, "express")
        fixed = self.carrier.copy({"name": "Fixed", "delivery_type": "fixed"})
        order.set_delivery_line(fixed, 5.0)
        self.assertFalse(order.seam_service)
        self.assertFalse(order.seam_quote_kind)

    def test_the_chosen_service_is_that_of_the_label(self):
        self.carrier.seam_service = False
        order = self.make_order()
        wizard = self.wizard(order)
        wizard.update_price()
        wizard.seam_offer_ids[1].action_choose()
        wizard.button_confirm()
        self.env["stock.quant"]._update_available_quantity(
            self.chair, self.warehouse.lot_stock_id, 9
        )
        order.action_confirm()
        picking = order.picking_ids
        self.assertEqual((picking.carrier_id, picking.seam_service), (self.carrier, "express"))
        picking.action_assign()
        picking.move_ids.picked = True
        self.answers = [self.sold()]
        self.ship(picking)
        self.send_out()
        self.assertEqual(self.asked()[-1][1]["service"], "express")

    def test_a_method_of_one_service_offers_no_choice(self):
        wizard = self.wizard(self.make_order())
        wizard.update_price()
        self.assertEqual(wizard.delivery_price, 8.5)
        self.assertFalse(wizard.seam_offer_ids)

    def test_a_salesperson_reads_what_is_wrong(self):
        self.customer.zip = False
        with self.assertRaisesRegex(UserError, "no postcode"):
            self.wizard(self.make_order()).update_price()

    def test_a_packer_asks_for_the_rates_of_a_transfer_and_chooses(self):
        packer = new_test_user(self.env, "packer", groups="stock.group_stock_user")
        self.carrier.seam_service = False
        picking = self.make_delivery(quantity=3, boxes=(1, 2)).with_user(packer)
        action = picking.action_seam_rates()
        wizard = self.env[action["res_model"]].with_user(packer).browse(action["res_id"])
        self.assertEqual([p["weight_kg"] for p in self.asked()[0][1]["parcels"]], [2.5, 5.0])
        wizard.offer_ids[1].action_choose()
        self.assertEqual(picking.seam_service, "express")
        self.assertEqual(picking.seam_quoted_cost, 19.0)

    def test_a_packer_reads_why_there_are_no_rates(self):
        picking = self.make_delivery()
        self.down()
        with self.assertRaisesRegex(UserError, "could not be asked"):
            picking.action_seam_rates()

    # -- what others wait for --------------------------------------------------------------

    @contextlib.contextmanager
    def locks(self):
        """:return: list of the tables of which rows were locked when the carrier was called"""
        flow, statements, held = self.env.registry["seam.flow"], [], []
        let_out, execute = flow._let_out, Cursor.execute

        def listened(cursor, query, *args, **kwargs):
            statements.append(query.code if isinstance(query, SQL) else query)
            return execute(cursor, query, *args, **kwargs)

        def called(*args):
            held.extend(found for text in statements if (found := locked_by(text)))
            return let_out(*args)

        self.env.flush_all()
        with patch.object(Cursor, "execute", listened), patch.object(flow, "_let_out", called):
            yield held

    def test_no_row_of_the_business_is_locked_while_the_carrier_is_asked(self):
        self.carrier.seam_service = False
        wizard = self.wizard(self.make_order())
        with self.locks() as held:
            wizard.update_price()
        self.assertEqual(len(self.asked()), 1)
        self.assertLessEqual(set(held), {"choose_delivery_carrier"}, "a dialogue of one's own")
        picking = self.make_delivery(quantity=3)
        with self.locks() as held:
            picking.action_seam_rates()
        self.assertEqual(len(self.asked()), 2)
        self.assertEqual(held, [])

    def test_a_lock_would_be_seen(self):
        order = self.make_order()
        with self.locks() as held:
            order.client_order_ref = "PO 7"
            order.flush_recordset()
            self.carrier.rate_shipment(order)
        self.assertEqual(held, ["sale_order"])

    def test_administrators_see_what_was_asked(self):
        self.rate()
        question = self.env["seam.question"].with_user(self.viewer).search([])
        self.assertEqual(question.status, 200)
        self.assertIn("DE-10>FR-75 1x5kg", question.alike)
        self.assertLess(fields.Datetime.now() - question.at, timedelta(minutes=1))
