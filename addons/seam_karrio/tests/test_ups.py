import base64
import io
import sys

from PIL import Image

from odoo.tests import tagged
from odoo.tools.pdf import PdfReader

from odoo.addons.seam.engine import contract
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests.connector_case import Answers, answer

from ..engine import corrections, library, pictures, ups, ups_rates
from . import ups_answers as said
from .karrio_case import (
    BERLIN,
    BOX,
    CASH,
    CUSTOMS,
    DALLAS,
    HAMBURG,
    LABELS,
    LYON,
    RATES,
    RENO,
    SMALL,
    ZURICH,
    KarrioCase,
    buy,
    rate,
    void,
)


class UpsCase(KarrioCase):
    def shipment(self, document):
        """:return: the shipment that UPS is asked to take"""
        request = self.code()._to_request(self.conf(), self.sending(document))
        return request.json["ShipmentRequest"]["Shipment"]

    def refused(self, document):
        """:return: the Fault with which it is not sent"""
        with self.assertRaises(Fault) as caught:
            self.code()._to_request(self.conf(), self.sending(document))
        fault = caught.exception
        self.assertEqual(fault.kind, "permanent")
        self.assertTrue(fault.fix)
        return fault

    def interpret(self, document, content, status=200):
        return self.code()._interpret(
            self.conf(), self.sending(document), said.response(content, status)
        )

    def assert_contract(self, name, document):
        version = self.env["seam.contract"].search([("name", "=", name)]).current_version_id
        self.assertEqual(contract.compile_schema(version.text).violations(document), [])


@tagged("post_install", "-at_install")
class TestRequests(UpsCase):
    """What karrio would get wrong."""

    def test_the_house_number_stays_where_it_was(self):
        lines = self.shipment(buy())["Shipper"]["Address"]["AddressLine"]
        self.assertEqual(lines, ["Hauptstraße 5", "Hinterhof"])

    def test_long_streets_go_on_in_the_next_line(self):
        street = "Straße der Deutsch-Französischen Freundschaft 125"
        lines = self.shipment(buy(to={**HAMBURG, "street": street}))["ShipTo"]["Address"]
        self.assertEqual(" ".join(lines["AddressLine"]), street)
        self.assertTrue(all(len(line) <= 35 for line in lines["AddressLine"]))

    def test_long_names_go_on_in_the_street(self):
        name = "Gesellschaft für Informatik und Datenverarbeitung mbH"
        party = self.shipment(buy(to={**HAMBURG, "company": name}))["ShipTo"]
        self.assertEqual(party["AttentionName"], "Jan Petersen")
        self.assertEqual(f"{party['Name']} {party['Address']['AddressLine'][0]}", name)
        self.assertEqual(party["Address"]["AddressLine"][1], "Elbchaussee 12")

    def test_nothing_is_cut(self):
        for changes, pointer in (
            ({"street": "x " * 60}, "/to/street"),
            ({"street": "x" * 36}, "/to/street"),
            ({"company": "y " * 40, "street2": "z " * 30}, "/to/company"),
            ({"company": "A", "name": "n" * 36}, "/to/name"),
            ({"city": "c" * 31}, "/to/city"),
            ({"zip": "1234567890"}, "/to/zip"),
            ({"state": "ABCDEF"}, "/to/state"),
            ({"phone": "1" * 16}, "/to/phone"),
        ):
            fault = self.refused(buy(to={**HAMBURG, **changes}))
            self.assertEqual((fault.code, fault.pointer), ("business.rule", pointer))

    def test_no_phone_is_made_up(self):
        self.assertNotIn("Phone", self.shipment(buy(to=HAMBURG))["ShipTo"])

    def test_phones_are_digits(self):
        shipment = self.shipment(LABELS["at home in the USA"]())
        self.assertEqual(shipment["Shipper"]["Phone"], {"Number": "2145550100", "Extension": "12"})
        self.assertEqual(shipment["ShipTo"]["Phone"], {"Number": "7755550123"})
        self.assertEqual(self.shipment(buy())["Shipper"]["Phone"], {"Number": "49301234567"})

    def test_weights_and_sizes(self):
        box = self.shipment(buy(parcels=[SMALL, BOX]))["Package"][1]
        self.assertEqual(box["PackageWeight"]["Weight"], "12.4")
        sizes = {name: box["Dimensions"][name] for name in ("Length", "Width", "Height")}
        self.assertEqual(sizes, {"Length": "60", "Width": "31", "Height": "20"})
        box = self.shipment(LABELS["at home in the USA"]())["Package"][0]
        self.assertEqual(box["PackageWeight"]["UnitOfMeasurement"]["Code"], "LBS")
        self.assertEqual(box["PackageWeight"]["Weight"], "27.3")
        self.assertEqual(box["Dimensions"]["Length"], "24")

    def test_our_reference_can_be_looked_up(self):
        shipment = self.shipment(buy())
        self.assertEqual(shipment["ReferenceNumber"], [{"Value": "WH/OUT/00012-7"}])
        shipment = self.shipment(LABELS["at home in the USA"]())
        self.assertNotIn("ReferenceNumber", shipment)
        self.assertEqual(shipment["Package"][0]["ReferenceNumber"], [{"Value": "WH/OUT/00012-7"}])

    def test_long_references_stay_different(self):
        names = [f"A-WAREHOUSE-WITH-A-LONG-NAME/OUT/{n}" for n in ("000012-1", "000012-2")]
        first, second = (ups.reference(buy(reference=name)) for name in names)
        self.assertEqual((len(first), len(second)), (35, 35))
        self.assertNotEqual(first, second)

    def test_nobody_pays_what_he_was_not_asked_to(self):
        charges = self.shipment(buy())["PaymentInformation"]["ShipmentCharge"]
        self.assertEqual([charge["Type"] for charge in charges], ["01"])
        charges = self.shipment(LABELS["duties paid"]())["PaymentInformation"]["ShipmentCharge"]
        self.assertEqual([charge["Type"] for charge in charges], ["01", "02"])

    def test_no_value_is_made_up(self):
        for name in ("in the union", "through customs", "at home in the USA"):
            shipment = self.shipment(LABELS[name]())
            self.assertNotIn("InvoiceLineTotal", shipment)
            self.assertNotIn("NumOfPiecesInShipment", shipment)
        total = self.shipment(LABELS["to Canada"]())["InvoiceLineTotal"]
        self.assertEqual(total, {"CurrencyCode": "USD", "MonetaryValue": "13.50"})

    def test_the_invoice_has_its_currency_and_all_words(self):
        shipment = self.shipment(LABELS["through customs"]())
        form = shipment["ShipmentServiceOptions"]["InternationalForms"]
        self.assertEqual(form["CurrencyCode"], "CHF")
        (product,) = form["Product"]
        self.assertEqual(" ".join(product["Description"]), CUSTOMS["lines"][0]["description"])
        self.assertEqual(product["CommodityCode"], "090210")
        self.assertNotIn("ShipmentServiceOptions", self.shipment(LABELS["own invoice"]()))

    def test_nobody_is_written_to_who_did_not_ask(self):
        shipment = self.shipment(LABELS["from the USA"]())
        self.assertNotIn("Notification", shipment.get("ShipmentServiceOptions", {}))

    def test_returns(self):
        shipment = self.shipment(LABELS["return"]())
        self.assertEqual(shipment["ReturnService"]["Code"], "9")
        self.assertEqual(shipment["Shipper"]["Name"], "Blumen GmbH")
        self.assertEqual(shipment["ShipFrom"]["Name"], "Jan Petersen")
        self.assertEqual(shipment["ShipTo"]["Name"], "Blumen GmbH")
        self.assertEqual(shipment["Package"][0]["Description"], "Return of S00012")

    def test_the_insured_value_is_shared_to_the_cent(self):
        packages = self.shipment(LABELS["insured"]())["Package"]
        values = [p["PackageServiceOptions"]["DeclaredValue"]["MonetaryValue"] for p in packages]
        self.assertEqual(values, ["33.34", "33.33", "33.33"])

    def test_signatures(self):
        options = self.shipment(LABELS["signature"]())["ShipmentServiceOptions"]
        self.assertEqual(options["DeliveryConfirmation"], {"DCISType": "1"})
        self.assertIn("SaturdayDeliveryIndicator", options)
        package = self.shipment(LABELS["signature of an adult in the USA"]())["Package"][0]
        found = package["PackageServiceOptions"]["DeliveryConfirmation"]
        self.assertEqual(found, {"DCISType": "3"})

    def test_cash_on_delivery(self):
        options = self.shipment(CASH["in the union"]())["ShipmentServiceOptions"]
        amount = {"CurrencyCode": "EUR", "MonetaryValue": "49.90"}
        self.assertEqual(options["COD"], {"CODFundsCode": "1", "CODAmount": amount})
        packages = self.shipment(CASH["at home in the USA"]())["Package"]
        for package in packages:
            amount = package["PackageServiceOptions"]["COD"]["CODAmount"]
            self.assertEqual(amount, {"CurrencyCode": "USD", "MonetaryValue": "60.00"})

    def test_labels_are_asked_for_as_they_are_printed(self):
        for kind, code in (("pdf", "GIF"), ("zpl", "ZPL")):
            request = self.code()._to_request(self.conf(), self.sending(buy(label_format=kind)))
            wanted = request.json["ShipmentRequest"]["LabelSpecification"]["LabelImageFormat"]
            self.assertEqual(wanted["Code"], code)

    def test_the_usual_service(self):
        self.assertEqual(self.shipment(buy(service=""))["Service"]["Code"], "11")
        self.assertEqual(self.shipment(buy(service="07"))["Service"]["Code"], "07")

    def test_what_was_left_out_is_said(self):
        document = buy(to={**LYON, "email": "e" * 50 + "@x.example"})
        self.assertNotIn("EMailAddress", self.shipment(document)["ShipTo"])
        note = self.interpret(document, said.bought()).note
        self.assertIn("was left out", note)


@tagged("post_install", "-at_install")
class TestBadInput(UpsCase):
    """Stopped before money is spent, with a sentence a packer understands."""

    def test_what_ups_does_not_have(self):
        for changes, pointer, word in (
            ({"service": "ups_teleport"}, "/service", "ups_teleport"),
            ({"options": ["moon"]}, "/options", "moon"),
            ({"options": ["ups_cod"]}, "/options", "ups_cod"),
            ({"parcels": [{**SMALL, "packaging": "sack"}]}, "/parcels/0/packaging", "sack"),
        ):
            fault = self.refused(buy(**changes))
            self.assertEqual(fault.pointer, pointer)
            self.assertIn(word, fault.message)

    def test_customs(self):
        line = CUSTOMS["lines"][0]
        for lines, pointer in (
            ([{**line, "hs_code": "0902"}], "/customs/lines/0/hs_code"),
            ([{**line, "description": "tea " * 40}], "/customs/lines/0/description"),
            ([line] * 51, "/customs/lines"),
        ):
            fault = self.refused(buy(to=ZURICH, customs={**CUSTOMS, "lines": lines}))
            self.assertEqual(fault.pointer, pointer)

    def test_cash_where_ups_collects_none(self):
        cash = {"amount": 10, "currency": "USD", "method": "cash"}
        for changes in (
            {"from_": DALLAS, "to": BERLIN},
            {"from_": DALLAS, "to": RENO},
            {"from_": HAMBURG, "to": BERLIN, "purpose": "return"},
            {"cash_on_delivery": {**cash, "method": "card"}},
        ):
            fault = self.refused(buy(**{"cash_on_delivery": cash, **changes}))
            self.assertEqual(fault.pointer, "/cash_on_delivery")

    def test_no_service_at_all(self):
        self.system.karrio_service = False
        self.assertEqual(self.refused(buy(service="")).pointer, "/service")


@tagged("post_install", "-at_install")
class TestAnswers(UpsCase):
    def test_a_label_that_was_bought(self):
        told = self.interpret(buy(), said.bought())
        self.assertTrue(told.accepted)
        self.assertEqual(told.external_id, said.NUMBER)
        self.assert_contract("shipping-label-answer", told.content)
        self.assertEqual((told.content["cost"], told.content["currency"]), (11.3, "EUR"))
        self.assertEqual(
            told.content["charges"],
            [{"name": "Transport", "amount": 10.1}, {"name": "Fuel surcharge", "amount": 1.2}],
        )
        (label,) = told.content["labels"]
        self.assertEqual((label["format"], label["name"]), ("pdf", said.NUMBER))
        self.assertTrue(base64.b64decode(label["content"]).startswith(b"%PDF"))

    def test_a_label_is_a_page_of_four_by_six_inches(self):
        picture = Image.new("P", (1400, 800), 255)
        picture.putpalette([0] * 3 * 255 + [255] * 3)
        picture.paste(0, (100, 200, 1190, 210))
        file = io.BytesIO()
        picture.save(file, "GIF")
        content = base64.b64encode(file.getvalue()).decode()
        made = base64.b64decode(pictures.printed(content, "GIF", "pdf")["content"])
        (page,) = PdfReader(io.BytesIO(made)).pages
        size = [round(float(side)) for side in (page.mediabox.width, page.mediabox.height)]
        self.assertEqual(size, [4 * 72, 6 * 72])
        self.assertLess(len(made), 20_000)

    def test_nothing_of_a_long_label_is_cut_off(self):
        picture = Image.new("L", (1400, 800), 255)
        picture.paste(0, (1300, 200, 1390, 210))
        self.assertEqual(pictures._upright(picture).size, (800, 1400))

    def test_several_parcels_have_a_label_each(self):
        document = buy(parcels=[SMALL, BOX], label_format="zpl")
        told = self.interpret(document, said.bought(said.NUMBER, said.SECOND, kind="ZPL"))
        self.assertEqual(
            [(p["reference"], p["tracking"]) for p in told.content["parcels"]],
            [("1", said.NUMBER), ("PACK0000002", said.SECOND)],
        )
        self.assertEqual([label["format"] for label in told.content["labels"]], ["zpl", "zpl"])
        self.assertIn(b"^XA", base64.b64decode(told.content["labels"][1]["content"]))

    def test_one_parcel_as_an_object(self):
        told = self.interpret(buy(), said.bought(alone=True))
        self.assertEqual(len(told.content["parcels"]), 1)

    def test_the_agreed_price_counts(self):
        self.assertEqual(self.interpret(buy(), said.bought(agreed="8.15")).content["cost"], 8.15)

    def test_the_invoice_comes_with_it(self):
        form = {
            "Image": {
                "ImageFormat": {"Code": "PDF", "Description": "PDF"},
                "GraphicImage": said.PDF,
            }
        }
        told = self.interpret(LABELS["through customs"](), said.bought(Form=form))
        self.assert_contract("shipping-label-answer", told.content)
        self.assertEqual(told.content["documents"][0]["kind"], "invoice")

    def test_fewer_parcels_than_were_asked_for(self):
        with self.assertRaises(Fault) as caught:
            self.interpret(buy(parcels=[SMALL, BOX]), said.bought())
        self.assertEqual(caught.exception.code, "schema.invalid")

    def test_what_cannot_be_read_is_no_acceptance(self):
        for content in ({}, {"ShipmentResponse": {}}, [], {"ShipmentResponse": {"a": 1}}):
            told = self.interpret(buy(), content)
            self.assertFalse(told.accepted)

    def test_void(self):
        self.assertTrue(self.interpret(void(), said.voided()).accepted)
        # what is kept of it: the handler is told only where there is something to keep
        self.assertEqual(self.interpret(void(), said.voided()).content, {})
        self.assertTrue(self.interpret(void(), said.voided("1", [said.NUMBER])).accepted)
        kept = self.interpret(void(), said.voided("0", [said.NUMBER]))
        self.assertIn(said.NUMBER, kept.fault.message)
        again = said.refusal("190117", "The Pickup Request associated has already been voided.")
        self.assertTrue(self.interpret(void(), again, 400).accepted)
        late = said.refusal("190102", "The time for voiding has expired.")
        self.assertEqual(self.interpret(void(), late, 400).fault.code, "transport.rejected")

    def test_refusals_say_what_to_do(self):
        for code, message, word in (
            ("120202", "Missing or invalid ship to city", "address"),
            ("121210", "The requested service is unavailable between the locations.", "service"),
            ("121057", "The package exceeds the maximum weight", "weight"),
            ("120100", "Missing or invalid shipper number", "administrator"),
            ("120213", "Missing or invalid ship to phone number", "phone"),
        ):
            fault = self.interpret(buy(), said.refusal(code, message), 400).fault
            self.assertEqual(fault.code, "transport.rejected")
            self.assertIn("WH/OUT/00012", fault.message)
            self.assertIn(message.rstrip("."), fault.message)
            self.assertIn(word, fault.fix)
            self.assertEqual(fault.errors[0]["code"], code)

    def test_credentials_that_expired(self):
        fault = self.interpret(buy(), said.refusal("251004", "Bearer Token expired"), 401).fault
        self.assertEqual(fault.code, "auth.failed")
        self.assertIn("client ID", fault.fix)


@tagged("post_install", "-at_install")
class TestLookUp(UpsCase):
    """The answer was lost: did UPS take the money?"""

    def ask(self, *answers, **changes):
        ups_there = Answers(*answers)
        with ups_there.patched():
            found = self.code()._look_up(
                self.system._client(), self.conf(), self.sending(buy(**changes))
            )
        self.assertFalse(ups_there.answers, "All of it was asked.")
        return found

    unknown = said.refusal("300102", "Shipment does not exist.")
    nothing = {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001"}]}]}}

    def test_the_label_is_there(self):
        found = self.ask(answer(said.recovered()))
        self.assertTrue(found.accepted)
        self.assert_contract("shipping-label-answer", found.content)
        self.assertEqual(found.content["parcels"][0]["tracking"], said.NUMBER)
        self.assertNotIn("cost", found.content)

    def test_all_labels_in_one_file(self):
        found = self.ask(answer(said.recovered(said.NUMBER, said.SECOND)), parcels=[SMALL, BOX])
        self.assertEqual(len(found.content["parcels"]), 2)
        self.assertEqual([label["format"] for label in found.content["labels"]], ["pdf"])

    def test_ups_has_nothing_and_it_is_sent_again(self):
        for status, content in ((404, self.unknown), (200, self.nothing)):
            self.assertIsNone(self.ask(answer(self.unknown, 400), answer(content, status)))

    def test_a_parcel_without_a_label_is_not_bought_again(self):
        package = {"trackingNumber": said.NUMBER}
        tracked = {"trackResponse": {"shipment": [{"package": [package]}]}}
        with self.assertRaises(Fault) as caught:
            self.ask(answer(self.unknown, 400), answer(tracked))
        self.assertEqual(caught.exception.kind, "permanent")
        self.assertIn(said.NUMBER, caught.exception.message)

    def test_what_ups_says_otherwise_is_left_to_a_person(self):
        odd = said.refusal("300199", "This cannot be done for your account type.")
        with self.assertRaises(Fault) as caught:
            self.ask(answer(odd, 400))
        self.assertEqual(caught.exception.kind, "permanent")
        self.assertIn("Nothing was bought", caught.exception.fix)

    def test_who_is_away_has_said_nothing(self):
        for answers in (
            [answer({}, 502)],
            [answer({}, 429)],
            [answer(self.unknown, 400), answer({}, 504)],
        ):
            with self.assertRaises(Fault) as caught:
                self.ask(*answers)
            self.assertEqual(caught.exception.kind, "transient")

    def test_a_void_is_sent_again(self):
        with self.assertRaises(NotImplementedError):
            self.code()._look_up(self.system._client(), self.conf(), self.sending(void()))


@tagged("post_install", "-at_install")
class TestRates(UpsCase):
    def offers(self, document, *rated):
        told = self.code()._interpret(
            self.conf("rates"), self.sending(document, "rate"), said.response(said.rates(*rated))
        )
        self.assertTrue(told.accepted)
        self.assert_contract("shipping-rate-answer", told.content)
        return told.content["offers"]

    def test_offers(self):
        offers = self.offers(
            rate(), said.rated("11", "11.30", days="2"), said.rated("07", "30.00", agreed="21.50")
        )
        self.assertEqual(
            [(o["service"], o["total"], o["currency"]) for o in offers],
            [("ups_standard", 11.3, "EUR"), ("ups_express", 21.5, "EUR")],
        )
        self.assertEqual((offers[0]["transit_days"], offers[0]["promised"]), (2, "2026-05-06"))

    def test_services_have_the_names_they_were_asked_by(self):
        offers = self.offers(
            rate(services=["ups_standard_eu"]), said.rated("11", "11.30"), said.rated("07", "30.00")
        )
        self.assertEqual([offer["service"] for offer in offers], ["ups_standard_eu"])

    def test_no_offer_has_a_reason(self):
        said_no = said.response(said.refusal("111210", "The service is unavailable."), 400)
        told = ups_rates.rate_answer(rate(), said_no)
        self.assert_contract("shipping-rate-answer", told)
        self.assertEqual(told, {"offers": [], "reason": "The service is unavailable."})

    def test_who_does_not_answer(self):
        for status, kind in ((401, "permanent"), (429, "transient"), (504, "transient")):
            with self.assertRaises(Fault) as caught:
                ups_rates.rate_answer(rate(), said.response({}, status))
            self.assertEqual(caught.exception.kind, kind)

    def test_questions(self):
        for name, make in RATES.items():
            with self.subTest(name):
                document = make()
                asked = [
                    self.code()._to_request(self.conf("rates"), self.sending(document, "rate"))
                    for _time in range(2)
                ]
                self.assertEqual(asked[0], asked[1])
                self.assert_contract("shipping-rate", document)


@tagged("post_install", "-at_install")
class TestDocuments(UpsCase):
    def test_our_documents_are_as_agreed(self):
        for make in (*LABELS.values(), *CASH.values(), void):
            self.assert_contract("shipping-label", make())

    def test_nothing_is_written_to_standard_error(self):
        library.mapper("ups")
        logger = library.part("core.utils.logger").logger
        seen = []
        sink = logger.add(seen.append)
        self.addCleanup(logger.remove, sink)
        self.interpret(buy(), said.bought(Unknown={"a": 1}))
        self.assertEqual(seen, [])

    def test_karrio_brings_no_second_library_for_pdf_files(self):
        library.mapper("ups")
        self.assertTrue(getattr(sys.modules.get("PyPDF2"), "__file__", True))

    def test_today_is_the_date_of_an_invoice_without_one(self):
        self.patch(corrections, "today", lambda: "2026-05-04")
        customs = {name: v for name, v in CUSTOMS.items() if name != "invoice_date"}
        options = self.shipment(buy(to=ZURICH, customs=customs))["ShipmentServiceOptions"]
        self.assertEqual(options["InternationalForms"]["InvoiceDate"], "20260504")
