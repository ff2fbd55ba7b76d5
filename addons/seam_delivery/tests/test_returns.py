import base64
import json

from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.seam.tests.engine.scripted import answer, raw

from .common import DeliveryCase

PDF = base64.b64encode(b"%PDF").decode()


@tagged("-at_install", "post_install")
class TestReturns(DeliveryCase):
    """A label with which the customer sends it back: bought once, beside the delivery's."""

    def shipped(self):
        picking = self.ship()
        self.send_out()
        self.answers = [self.sold("R-1")]
        return picking

    def return_of(self, picking):
        form = Form(
            self.env["stock.return.picking"].with_context(
                active_id=picking.id, active_ids=picking.ids, active_model="stock.picking"
            )
        )
        wizard = form.save()
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        back.carrier_id = self.carrier
        return back

    def test_from_the_delivery_the_addresses_change_places(self):
        picking = self.shipped()
        picking.action_seam_return_label()
        self.commit()
        self.send_out()
        document = self.asked()[1][1]
        self.assertEqual((document["action"], document["purpose"]), ("buy", "return"))
        self.assertEqual(document["from"]["zip"], "75001")
        self.assertEqual(document["to"]["zip"], "10115")
        self.assertEqual(document["return_of"], "S-1")
        self.assertEqual(picking.carrier_tracking_ref, "S-1-1", "that of the delivery stays")
        self.assertEqual(picking.carrier_price, 7.5)
        names = self.labels(picking).mapped("name")
        self.assertEqual(len([name for name in names if name.startswith("LabelReturn-seam")]), 1)
        self.assertEqual(len(picking.return_label_ids), 1)

    def test_a_second_click_buys_nothing(self):
        picking = self.shipped()
        for _click in range(2):
            picking.action_seam_return_label()
            self.commit()
            self.send_out()
        picking.action_seam_return_label()
        self.commit()
        self.send_out()
        self.assertEqual(len(self.asked()), 2)

    def test_a_lost_answer_is_looked_up(self):
        picking = self.shipped()
        picking.action_seam_return_label()
        self.commit()
        self.answers = [raw(b""), self.sold("R-1")]
        self.send_out()
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
        )
        self.send_out()
        self.assertEqual([method for method, _d in self.asked()], ["POST", "POST", "GET"])
        self.assertEqual(len(picking.return_label_ids), 1)

    def test_it_comes_with_the_delivery_where_the_method_says_so(self):
        self.carrier.write({"return_label_on_delivery": True, "get_return_label_from_portal": True})
        self.carrier.seam_return_service = "returns"
        picking = self.ship()
        self.answers = [self.sold(), self.sold("R-1")]
        self.send_out()
        self.commit()
        self.send_out()
        purposes = [document["purpose"] for _method, document in self.asked()]
        self.assertEqual(purposes, ["delivery", "return"])
        self.assertEqual(self.asked()[1][1]["service"], "returns")
        self.assertTrue(picking.return_label_ids.access_token, "the portal shows it")

    def test_none_is_bought_for_a_delivery_that_got_no_label(self):
        self.carrier.return_label_on_delivery = True
        self.customer.zip = False
        self.ship()
        self.send_out()
        self.commit()
        self.send_out()
        self.assertFalse(self.asked())

    def test_on_the_return_itself(self):
        picking = self.shipped()
        back = self.return_of(picking)
        self.assertTrue(back.is_return_picking)
        packer = new_test_user(self.env, "packer", groups="stock.group_stock_user")
        back.with_user(packer).print_return_label()
        self.assertIn("return label is going to be bought", back.seam_label_text)
        self.commit()
        self.send_out()
        document = self.asked()[1][1]
        self.assertEqual(document["purpose"], "return")
        self.assertEqual(document["return_of"], "S-1")
        self.assertEqual(document["parcels"][0]["weight_kg"], 2.5)
        self.assertEqual(back.carrier_tracking_ref, "R-1-1")
        self.assertEqual(len(back.return_label_ids), 1)

    def test_customs_are_told_that_it_comes_back(self):
        self.customer.country_id = self.env.ref("base.uk")
        self.chair.write({"hs_code": "940161", "country_of_origin": self.env.ref("base.pl").id})
        picking = self.shipped()
        picking.action_seam_return_label()
        self.commit()
        self.send_out()
        reasons = [document["customs"]["reason"] for _method, document in self.asked()]
        self.assertEqual(reasons, ["sale", "return"])

    def test_both_are_voided(self):
        picking = self.shipped()
        picking.action_seam_return_label()
        self.commit()
        self.send_out()
        picking.cancel_shipment()
        self.commit()
        self.send_out()
        voided = [d["carrier_number"] for _m, d in self.asked() if d["action"] == "void"]
        self.assertEqual(sorted(voided), ["R-1", "S-1"])
        self.assertEqual(set(picking.seam_shipment_ids.mapped("state")), {"void"})
        self.assertFalse(picking.carrier_tracking_ref)


@tagged("-at_install", "post_install")
class TestExtras(DeliveryCase):
    """What goes with a label: papers, options, money on delivery."""

    def make_sold(self, **values):
        """An order that is confirmed, and its delivery"""
        order = self.env["sale.order"].create(
            {
                "partner_id": self.customer.id,
                "warehouse_id": self.warehouse.id,
                "carrier_id": self.carrier.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.chair.id,
                            "product_uom_qty": 2,
                            "price_unit": 40.0,
                            "tax_ids": [],
                        }
                    )
                ],
                **values,
            }
        )
        order.action_confirm()
        return order

    def pick(self, picking, quantity):
        self.env["stock.quant"]._update_available_quantity(
            self.chair, self.warehouse.lot_stock_id, quantity
        )
        picking.action_assign()
        picking.move_ids.write({"quantity": quantity, "picked": True})
        return picking

    def test_papers_are_attached_beside_the_labels(self):
        self.answers = [
            self.sold(
                documents=[
                    {"kind": "invoice", "format": "pdf", "content": PDF},
                    {"kind": "cash_on_delivery", "format": "pdf", "content": PDF, "name": "slip"},
                ]
            )
        ]
        picking = self.ship()
        self.send_out()
        names = self.labels(picking).mapped("name")
        self.assertEqual(len(names), 3)
        self.assertEqual(len([name for name in names if "invoice" in name]), 1)
        self.assertEqual(len([name for name in names if name.startswith("ShippingDoc")]), 2)

    def test_labels_for_a_label_printer_are_attached_as_they_are(self):
        self.carrier.seam_label_format = "zpl"
        zpl = base64.b64encode(b"^XA^XZ").decode()
        self.answers = [self.sold(labels=[{"format": "zpl", "content": zpl}])]
        picking = self.ship()
        self.send_out()
        self.assertEqual(self.asked()[0][1]["label_format"], "zpl")
        self.assertEqual(self.labels(picking).raw, b"^XA^XZ")
        self.assertTrue(self.labels(picking).name.endswith(".zpl"))

    def test_a_paper_that_cannot_be_read_is_asked_for_again(self):
        self.answers = [
            self.sold(documents=[{"kind": "invoice", "format": "pdf", "content": "%%%"}])
        ]
        picking = self.ship()
        self.send_out()
        self.assertEqual((self.messages().state, self.messages().unsure), ("failed", True))
        self.assertFalse(self.labels(picking))

    def test_options_are_those_of_the_method(self):
        self.carrier.write({"seam_signature": "signature", "seam_options": "hold_at_depot"})
        self.ship()
        self.send_out()
        self.assertEqual(self.asked()[0][1]["options"], ["hold_at_depot", "signature"])

    def test_page_and_day_that_the_carrier_tells_are_kept(self):
        self.answers = [
            self.sold(
                promised="2026-12-01",
                parcels=("1",),
            )
        ]
        picking = self.ship()
        self.send_out()
        self.assertEqual(str(picking.seam_shipment_ids.parcel_ids.promised_date), "2026-12-01")

    def test_the_carriers_pages_are_those_of_the_transfer(self):
        page = "https://carrier.example/S-1"
        parcels = [{"reference": "1", "tracking": "S-1-1", "tracking_url": page}]
        labels = [{"format": "pdf", "content": PDF}]
        body = {"id": "S-1", "parcels": parcels, "labels": labels}
        self.answers = [answer("200 OK", json.dumps(body).encode())]
        picking = self.ship()
        self.send_out()
        self.assertEqual(picking.carrier_tracking_url, page)

    def test_customs_have_terms_and_the_number_of_the_invoice(self):
        self.customer.country_id = self.env.ref("base.uk")
        self.chair.write({"hs_code": "940161", "country_of_origin": self.env.ref("base.pl").id})
        self.warehouse.partner_id.commercial_partner_id.vat = "DE123456788"
        term = self.env["account.incoterms"].search([("code", "=", "DDP")])
        order = self.make_sold(incoterm=term.id)
        self.ship(self.pick(order.picking_ids, 2))
        self.send_out()
        document = self.asked()[0][1]
        customs = document["customs"]
        self.assertEqual((customs["incoterm"], customs["commercial_invoice"]), ("DDP", True))
        self.assertEqual(document["from"]["tax_id"], "DE123456788")
        self.assertEqual(document["order"], order.name)

    def test_the_driver_collects_what_is_owed_and_once(self):
        self.carrier.seam_collect = "cash"
        order = self.make_sold()
        first = self.pick(order.picking_ids, 1)
        first._action_done()
        rest = order.picking_ids - first
        self.ship(self.pick(rest, 1))
        self.answers = [self.sold(), self.sold("S-2")]
        self.send_out()
        amounts = {d["number"]: d.get("cash_on_delivery") for _method, d in self.asked()}
        money = {"amount": 80.0, "currency": order.currency_id.name, "method": "cash"}
        self.assertEqual(amounts, {first.name: money, rest.name: None})
        self.assertEqual(first.seam_shipment_ids.collect, 80.0)

    def test_what_is_void_is_collected_with_the_next_label(self):
        self.carrier.seam_collect = "any"
        order = self.make_sold()
        picking = self.ship(self.pick(order.picking_ids, 2))
        self.send_out()
        picking.cancel_shipment()
        self.commit()
        self.send_out()
        self.answers = [self.sold("S-2")]
        picking.send_to_shipper()
        self.commit()
        self.send_out()
        self.assertEqual(self.asked()[2][1]["cash_on_delivery"]["amount"], 80.0)

    def test_without_an_order_nobody_knows_what_to_collect(self):
        self.carrier.seam_collect = "cash"
        picking = self.ship()
        self.send_out()
        self.assertFalse(self.asked())
        self.assertIn("nobody knows how much", picking.seam_label_text)
