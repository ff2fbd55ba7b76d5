import json
from pathlib import Path

from odoo.tests import BaseCase

from odoo.addons.seam.engine import codec, contract
from odoo.addons.seam.engine.fault import Fault

from .. import const, mapper, mapper_out

ADDON = Path(__file__).parents[1]
SAMPLES = ADDON / "samples"

OPTIONS = {
    "amazon_marketplace": "A1PA6795UKMFR9",
    "amazon_prefix": "",
    "amazon_speed": "Standard",
    "amazon_speed_urgent": "Expedited",
    "amazon_comment": "Thank you for your order.",
    "amazon_hold": False,
    "amazon_notify": False,
    "amazon_blank_box": False,
    "amazon_block_amzl": False,
}


def sample(name):
    return codec.parse((SAMPLES / name).read_bytes())


def violations(addon, name, document):
    """:return: where a document breaks a contract"""
    file = ADDON.parent / addon / "contracts" / name / "1.0.0.json"
    return contract.compile_schema(file.read_text()).violations(document)


class TestRequests(BaseCase):
    """Deliveries as Amazon is asked for them. Pure: no database is needed."""

    def document(self, name="request", **changes):
        return {**sample(f"deliveries/{name}.json")["document"], **changes}

    def made(self, document, **options):
        return mapper_out.request(document, {**OPTIONS, **options})

    def refused(self, document, pointer, **options):
        with self.assertRaises(Fault) as caught:
            self.made(document, **options)
        fault = caught.exception
        self.assertEqual((fault.code, fault.pointer), ("mapping.failed", pointer), fault)
        self.assertTrue(fault.fix)
        return fault

    def test_requests_are_made_as_agreed(self):
        for name in ("request", "change", "cancel"):
            given = sample(f"deliveries/{name}.json")
            self.assertEqual(violations("seam_stock", "stock-delivery", given["document"]), [])
            made, wanted = self.made(given["document"]), given["request"]
            self.assertEqual((made.method, made.path), (wanted["method"], wanted["path"]))
            self.assertEqual(made.json, wanted["json"])
            self.assertEqual(violations("seam_amazon", "amazon-request", made.json), [])
            self.assertEqual(made, self.made(given["document"]), "the same at every try")
            self.assertEqual(made.headers["Accept"], "application/json")
            self.assertIn("Seam/", made.headers["User-Agent"])

    def test_numbers_get_the_prefix_of_this_odoo_and_lose_it_again(self):
        made = self.made(self.document(), amazon_prefix="B2B-")
        self.assertEqual(made.json["sellerFulfillmentOrderId"], "B2B-WH/OUT/00012")
        cancel = self.made(self.document("cancel"), amazon_prefix="B2B-")
        self.assertTrue(cancel.path.endswith("/B2B-WH%2FOUT%2F00012/cancel"))
        self.assertEqual(mapper.own("B2B-WH/OUT/00012", {"amazon_prefix": "B2B-"}), "WH/OUT/00012")
        for foreign in ("WH/OUT/00012", "B2B-", "b2b-WH/OUT/00012"):
            self.assertIsNone(mapper.own(foreign, {"amazon_prefix": "B2B-"}))

    def test_nothing_is_cut(self):
        line = self.document()["lines"][0]
        address = self.document()["address"]
        cases = (
            ("/id", {"id": "X" * 41}),
            ("/note", {"note": "x" * 751}),
            ("/lines/0/sku", {"lines": [{**line, "sku": "S" * 51}]}),
            ("/lines/0/id", {"lines": [{**line, "id": "4" * 51}]}),
            ("/address/name", {"address": {**address, "name": "N" * 51}}),
            ("/address/street", {"address": {**address, "street": "S" * 181}}),
            ("/address/street2", {"address": {**address, "street2": "S" * 61}}),
            ("/address/city", {"address": {**address, "city": "C" * 51}}),
            ("/address/zip", {"address": {**address, "zip": "1" * 21}}),
            ("/address/phone", {"address": {**address, "phone": "1" * 21}}),
        )
        for pointer, changes in cases:
            self.refused(self.document(**changes), pointer)

    def test_what_fits_exactly_is_taken(self):
        line = {**self.document()["lines"][0], "sku": "S" * 50, "id": "4" * 50, "quantity": 250}
        document = self.document(id="X" * 40, note="x" * 750, lines=[line])
        self.assertEqual(violations("seam_amazon", "amazon-request", self.made(document).json), [])

    def test_a_number_that_amazon_could_not_find_again(self):
        for number in ("WH OUT 1", "WH+OUT", "Wärme/1", "a%20b", "x?y#z"):
            self.refused(self.document(id=number), "/id")

    def test_what_an_address_needs(self):
        address = self.document()["address"]
        for name in ("street", "city", "zip", "country"):
            place = {key: value for key, value in address.items() if key != name}
            self.refused(self.document(address=place), f"/address/{name}")
        nobody = {key: address[key] for key in address if key not in ("name", "company")}
        self.refused(self.document(address=nobody), "/address/name")

    def test_where_the_company_goes(self):
        address = self.document()["address"]
        self.assertEqual(
            self.made(self.document()).json["destinationAddress"]["addressLine2"],
            "Weber & Söhne GmbH",
        )
        second = self.made(self.document(address={**address, "street2": "Back yard"})).json
        self.assertEqual(second["destinationAddress"]["addressLine2"], "Back yard")
        self.assertEqual(second["destinationAddress"]["addressLine3"], "Weber & Söhne GmbH")
        alone = {key: value for key, value in address.items() if key != "name"}
        made = self.made(self.document(address=alone)).json["destinationAddress"]
        self.assertEqual(made["name"], "Weber & Söhne GmbH")
        self.assertNotIn("addressLine2", made)

    def test_a_company_that_is_too_long_is_told_as_the_company(self):
        address = {**self.document()["address"], "company": "G" * 61}
        self.refused(self.document(address=address), "/address/company")

    def test_japan_has_no_city_of_its_own(self):
        address = {**self.document()["address"], "country": "JP", "city": "Chiyoda-ku"}
        made = self.made(self.document(address=address)).json["destinationAddress"]
        self.assertEqual(made["addressLine1"], "Chiyoda-ku Lindenstr. 5")
        self.assertNotIn("city", made)

    def test_pieces_are_counted_in_whole_numbers(self):
        line = self.document()["lines"][0]
        made = self.made(self.document(lines=[{**line, "quantity": 3.0}]))
        self.assertIs(type(made.json["items"][0]["quantity"]), int)
        self.refused(self.document(lines=[{**line, "quantity": 0.5}]), "/lines/0/quantity")
        self.refused(self.document(lines=[{**line, "unit": "Dozens"}]), "/lines/0/unit")

    def test_lots_cannot_be_asked_for(self):
        line = {**self.document()["lines"][0], "lots": [{"lot": "L1", "quantity": 3}]}
        self.refused(self.document(lines=[line]), "/lines/0/lots")

    def test_more_than_one_order_takes(self):
        line = self.document()["lines"][0]
        self.refused(self.document(lines=[{**line, "quantity": 251}]), "/lines")
        many = [{**line, "id": str(number), "quantity": 1} for number in range(101)]
        self.refused(self.document(lines=many), "/lines")

    def test_how_fast_it_goes(self):
        speeds = (
            ({}, "Standard"),
            ({"priority": "urgent"}, "Expedited"),
            ({"carrier": {"code": "Priority"}, "priority": "normal"}, "Priority"),
            ({"carrier": {"code": "UPS Ground"}, "priority": "urgent"}, "Standard"),
        )
        known = {"UPS Ground": "Standard"}
        for changes, speed in speeds:
            made = self.made(self.document(**changes), amazon_speeds=known)
            self.assertEqual(made.json["shippingSpeedCategory"], speed)
        self.refused(self.document(carrier={"code": "UPS Ground"}), "/carrier/code")

    def test_in_parts_or_whole(self):
        self.assertEqual(self.made(self.document()).json["fulfillmentPolicy"], "FillAll")
        whole = self.made(self.document(partial=False))
        self.assertEqual(whole.json["fulfillmentPolicy"], "FillOrKill")

    def test_what_the_customer_reads(self):
        cases = (
            ({"origin": "S00012"}, "S00012"),
            ({"origin": "S00012, S00013, S00014, S00015, S00016, S00017"}, "WH/OUT/00012"),
            ({"origin": "S  1"}, "WH/OUT/00012"),
            ({"origin": "注文1"}, "WH/OUT/00012"),
        )
        for changes, number in cases:
            made = self.made(self.document(**changes))
            self.assertEqual(made.json["displayableOrderId"], number)
        self.refused(self.document(origin="", number="注文1"), "/number")

    def test_the_customers_address_is_passed_on_only_if_it_is_wanted(self):
        self.assertNotIn("notificationEmails", self.made(self.document()).json)
        made = self.made(self.document(), amazon_notify=True)
        self.assertEqual(made.json["notificationEmails"], ["erika@weber.example"])
        long_one = {**self.document()["address"], "email": "e" * 60 + "@weber.example"}
        self.refused(self.document(address=long_one), "/address/email", amazon_notify=True)

    def test_options_of_the_parcel(self):
        made = self.made(
            self.document(), amazon_hold=True, amazon_blank_box=True, amazon_block_amzl=True
        ).json
        self.assertEqual(made["fulfillmentAction"], "Hold")
        self.assertEqual(
            [feature["featureName"] for feature in made["featureConstraints"]],
            ["BLANK_BOX", "BLOCK_AMZL"],
        )
        self.assertEqual(violations("seam_amazon", "amazon-request", made), [])

    def test_what_is_not_set_is_told(self):
        for options in (
            {"amazon_marketplace": False},
            {"amazon_marketplace": const.INDIA},
            {"amazon_comment": ""},
        ):
            with self.assertRaises(Fault) as caught:
                self.made(self.document(), **options)
            self.assertEqual(caught.exception.code, "config.invalid")
            self.assertTrue(caught.exception.fix)


class TestDocuments(BaseCase):
    """What Amazon tells, as documents. Pure: no database is needed."""

    def agreed(self, folder, contract_name, document_name, translate):
        for file in sorted((SAMPLES / folder).glob("*.json")):
            with self.subTest(sample=file.name):
                given = codec.parse(file.read_bytes())
                self.assertEqual(violations("seam_amazon", contract_name, given["body"]), [])
                before = json.dumps(given["body"], default=str)
                documents = translate(given["body"], OPTIONS)
                self.assertEqual(documents, given["documents"])
                self.assertEqual(json.dumps(given["body"], default=str), before)
                for document in documents:
                    self.assertEqual(violations("seam_stock", document_name, document), [])

    def test_samples_are_translated_as_agreed(self):
        self.agreed(
            "notifications",
            "amazon-notification",
            "stock-status",
            mapper.notification,
        )
        self.agreed(
            "orders",
            "amazon-order",
            "stock-shipment",
            mapper.shipments,
        )
        self.agreed("parcels", "amazon-order", "stock-status", mapper.parcels)
        self.agreed("stock", "amazon-inventory", "stock-snapshot", mapper.snapshot)

    def order(self, **changes):
        wire = sample("orders/partly-shipped.json")["body"]
        return {**wire, "fulfillmentOrder": {**wire["fulfillmentOrder"], **changes}}

    def test_what_each_status_means(self):
        words = {
            "New": "waiting",
            "Received": "accepted",
            "RECEIVED": "accepted",
            "Planning": "accepted",
            "PROCESSING": "picking",
            "Cancelled": "cancelled",
            "Complete": "shipped",
            "CompletePartialled": "shipped",
            "COMPLETE_PARTIALLED": "shipped",
            "Unfulfillable": "rejected",
            "Invalid": "rejected",
        }
        for word, status in words.items():
            (document,) = mapper.order_status(self.order(fulfillmentOrderStatus=word), OPTIONS)
            self.assertEqual((document["status"], document["external_status"]), (status, word))
            self.assertEqual(violations("seam_stock", "stock-status", document), [])

    def test_a_status_that_is_not_described_is_not_guessed(self):
        with self.assertRaises(Fault) as caught:
            mapper.order_status(self.order(fulfillmentOrderStatus="Teleported"), OPTIONS)
        self.assertEqual(caught.exception.pointer, "/fulfillmentOrder/fulfillmentOrderStatus")

    def test_an_order_on_hold_waits(self):
        wire = self.order(fulfillmentOrderStatus="Received", fulfillmentAction="Hold")
        (document,) = mapper.order_status(wire, OPTIONS)
        self.assertEqual(document["status"], "waiting")
        self.assertIn("hold", document["reason"]["text"])

    def test_orders_of_others_are_left_alone(self):
        options = {**OPTIONS, "amazon_prefix": "B2B-"}
        wire = self.order()
        self.assertEqual(mapper.order_status(wire, options), [])
        self.assertEqual(mapper.shipments(wire, options), [])
        notified = sample("notifications/received.json")["body"]
        self.assertEqual(mapper.notification(notified, options), [])

    def test_an_end_only_where_something_is_missing(self):
        for status, ends in (("Processing", 0), ("Complete", 0), ("CompletePartialled", 1)):
            documents = mapper.shipments(self.order(fulfillmentOrderStatus=status), OPTIONS)
            self.assertEqual(sum(document["final"] for document in documents), ends, status)
            self.assertEqual(len(documents), 2 + ends)
        nothing = {**self.order(fulfillmentOrderStatus="Cancelled"), "fulfillmentShipments": []}
        self.assertEqual(mapper.shipments(nothing, OPTIONS), [])

    def test_a_shipment_is_told_the_same_however_often(self):
        """What changes on the way, such as when it is expected, would make it another one."""
        first = mapper.shipments(self.order(fulfillmentOrderStatus="Processing"), OPTIONS)
        later = self.order(fulfillmentOrderStatus="Complete")
        later["fulfillmentShipments"][0]["estimatedArrivalDate"] = "2026-05-09T20:00:00Z"
        later["fulfillmentShipments"][0]["shippingNotes"] = ["Delayed."]
        self.assertEqual(mapper.shipments(later, OPTIONS), first)

    def test_parcels_that_no_carrier_knows_yet(self):
        wire = sample("parcels/under-way.json")["body"]
        (document,) = mapper.parcels({**wire, "packageTracking": []}, OPTIONS)
        self.assertEqual((document["status"], document["external_status"]), ("shipped", "COMPLETE"))

    def test_nothing_has_left_yet(self):
        wire = {**self.order(fulfillmentOrderStatus="Processing"), "fulfillmentShipments": None}
        self.assertEqual(mapper.shipments(wire, OPTIONS), [])

    def test_an_order_that_amazon_does_not_show(self):
        wire = {
            "fulfillmentOrder": {"sellerFulfillmentOrderId": "WH/OUT/00012"},
            "errors": [{"code": "Unauthorized", "message": "Access is denied."}],
        }
        self.assertEqual(violations("seam_amazon", "amazon-order", wire), [])
        with self.assertRaises(Fault) as caught:
            mapper.shipments(wire, OPTIONS)
        self.assertIn("Access is denied.", caught.exception.message)

    def test_what_cannot_have_left(self):
        for quantity, pointer in ((-1, "/0/quantity"), (0, "")):
            wire = self.order()
            wire["fulfillmentShipments"][2]["fulfillmentShipmentItem"][0]["quantity"] = quantity
            with self.assertRaises(Fault) as caught:
                mapper.shipments(wire, OPTIONS)
            place = "/fulfillmentShipments/2/fulfillmentShipmentItem"
            self.assertEqual(caught.exception.pointer, place + pointer)

    def test_times(self):
        self.assertEqual(mapper.moment("2026-05-04T10:00:00+02:00", "/x"), "2026-05-04T08:00:00Z")
        self.assertEqual(mapper.moment("2026-05-04T08:00:00.5Z", "/x"), "2026-05-04T08:00:00.500Z")
        for broken in ("yesterday", "2026-05-04T08:00:00"):
            with self.assertRaises(Fault) as caught:
                mapper.moment(broken, "/x")
            self.assertEqual(caught.exception.pointer, "/x")

    def test_one_sku_in_two_conditions_is_one_line(self):
        wire = sample("stock/summaries.json")["body"]
        wire["inventorySummaries"].append(wire["inventorySummaries"][0])
        (cup, tea) = mapper.snapshot(wire, OPTIONS)[0]["lines"]
        self.assertEqual((cup["on_hand"], tea["on_hand"], tea["damaged"]), (0, 100, 10))

    def test_a_stock_below_nothing_is_told(self):
        wire = sample("stock/summaries.json")["body"]
        wire["inventorySummaries"][1]["inventoryDetails"]["fulfillableQuantity"] = -1
        with self.assertRaises(Fault) as caught:
            mapper.snapshot(wire, OPTIONS)
        self.assertEqual(caught.exception.pointer, "/inventorySummaries/1/inventoryDetails")
