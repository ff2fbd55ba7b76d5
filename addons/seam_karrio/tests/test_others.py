"""FedEx and DHL Parcel DE: there is no description of theirs to hold the requests against."""

import base64
import json

from odoo.tests import tagged

from odoo.addons.seam.engine import contract
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.connector_case import Answers, answer

from ..engine import dhl, dhl_returns, fedex
from . import ups_answers as said
from .karrio_case import (
    BERLIN,
    BOX,
    CUSTOMS,
    DALLAS,
    HAMBURG,
    LYON,
    SMALL,
    ZURICH,
    KarrioCase,
    buy,
    rate,
)
from .test_connector import SAMPLES

PDF = said.PDF


class OthersCase(KarrioCase):
    account = ""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.karrio_account = cls.account

    def request(self, document, flow="labels"):
        return self.code()._to_request(self.conf(flow), self.sending(document))

    def refused(self, document):
        with self.assertRaises(Fault) as caught:
            self.request(document)
        self.assertTrue(caught.exception.fix)
        return caught.exception

    def interpret(self, document, content, status=200, flow="labels"):
        return self.code()._interpret(
            self.conf(flow), self.sending(document), said.response(content, status)
        )

    def assert_contract(self, name, document):
        version = self.env["seam.contract"].search([("name", "=", name)]).current_version_id
        self.assertEqual(contract.compile_schema(version.text).violations(document), [])


class FedexCase(OthersCase):
    connector = "fedex"
    account = "123456789"

    def buy(self, **changes):
        return buy(**{"service": "fedex_regional_economy", **changes})


@tagged("post_install", "-at_install")
class TestFedexLabels(FedexCase, connector_case.OutgoingConnectorCase):
    samples = SAMPLES / "fedex"

    def conf(self, sample=None):
        return self._conf(self.flows[sample if isinstance(sample, str) else "labels"])


@tagged("post_install", "-at_install")
class TestFedex(FedexCase):
    def shipment(self, document):
        return self.request(document).json["requestedShipment"]

    def test_what_karrio_would_get_wrong(self):
        shipment = self.shipment(self.buy(to=HAMBURG, parcels=[SMALL, BOX]))
        self.assertEqual(
            shipment["shipper"]["address"]["streetLines"], ["Hauptstraße 5", "Hinterhof"]
        )
        self.assertNotIn("phoneNumber", shipment["recipients"][0]["contact"])
        first, second = shipment["requestedPackageLineItems"]
        self.assertNotIn("declaredValue", first)
        self.assertEqual((first["weight"]["value"], second["weight"]["value"]), (1.3, 12.4))
        self.assertNotIn("customsClearanceDetail", shipment)
        self.assertEqual(
            first["customerReferences"],
            [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": "WH/OUT/00012-7"}],
        )

    def test_customs_returns_insurance_and_signatures(self):
        shipment = self.shipment(self.buy(to=ZURICH, customs=CUSTOMS))
        detail = shipment["customsClearanceDetail"]
        self.assertEqual(detail["totalCustomsValue"], {"amount": 13.5, "currency": "CHF"})
        self.assertEqual(detail["dutiesPayment"], {"paymentType": "RECIPIENT"})
        self.assertEqual(detail["commodities"][0]["harmonizedCode"], "090210")
        self.assertIn("shippingDocumentSpecification", shipment)
        shipment = self.shipment(self.buy(from_=HAMBURG, to=BERLIN, purpose="return"))
        special = shipment["shipmentSpecialServices"]
        self.assertEqual(special["returnShipmentDetail"], {"returnType": "PRINT_RETURN_LABEL"})
        insured = self.buy(
            insurance={"amount": 50, "currency": "EUR"}, options=["signature", "saturday_delivery"]
        )
        (package,) = self.shipment(insured)["requestedPackageLineItems"]
        self.assertEqual(package["declaredValue"], {"amount": 50.0, "currency": "EUR"})
        self.assertEqual(package["packageSpecialServices"]["signatureOptionType"], "DIRECT")

    def test_what_is_not_done_is_refused(self):
        cash = {"amount": 1, "currency": "EUR", "method": "any"}
        for changes, pointer in (
            ({"cash_on_delivery": cash}, "/cash_on_delivery"),
            ({"options": ["moon"]}, "/options"),
            ({"service": "ups_standard"}, "/service"),
            ({"parcels": [{**SMALL, "packaging": "sack"}]}, "/parcels/0/packaging"),
            ({"to": {**LYON, "street": "x" * 36}}, "/to/street"),
            ({"to": {**LYON, "company": "y " * 80}}, "/to/company"),
        ):
            self.assertEqual(self.refused(self.buy(**changes)).pointer, pointer)
        self.system.karrio_account = "12"
        self.assertEqual(self.refused(self.buy()).code, "config.invalid")

    def bought(self, **paper):
        label = {"contentType": "LABEL", "docType": "PDF", "encodedLabel": PDF, **paper}
        piece = {"trackingNumber": "794000000001", "packageDocuments": [label]}
        money = {"rateType": "PAYOR_ACCOUNT_SHIPMENT", "totalNetCharge": 12.5, "currency": "EUR"}
        return {
            "output": {
                "transactionShipments": [
                    {
                        "masterTrackingNumber": "794000000001",
                        "pieceResponses": [piece],
                        "completedShipmentDetail": {
                            "shipmentRating": {"shipmentRateDetails": [money]}
                        },
                    }
                ]
            }
        }

    def test_answers(self):
        told = self.interpret(self.buy(), self.bought())
        self.assertTrue(told.accepted, told.fault)
        self.assert_contract("shipping-label-answer", told.content)
        self.assertEqual((told.content["cost"], told.content["currency"]), (12.5, "EUR"))
        self.assertEqual(base64.b64decode(told.content["labels"][0]["content"])[:4], b"%PDF")

    def test_remarks_are_no_refusals(self):
        remark = {"code": "SHIP.RECIPIENT.POSTALCITY.MISMATCH", "message": "Postal-City Mismatch."}
        for kind in ("NOTE", "WARNING"):
            content = self.bought()
            content["output"]["alerts"] = [{**remark, "alertType": kind}]
            content["output"] |= {"message": "Done.", "alertType": "NOTE"}
            told = self.interpret(self.buy(), content)
            self.assertTrue(told.accepted, told.fault)
        content["output"]["alerts"] = [{**remark, "alertType": "ERROR"}]
        self.assertFalse(self.interpret(self.buy(), content).accepted)

    def test_several_parcels_in_their_order(self):
        content = self.bought()
        (shipment,) = content["output"]["transactionShipments"]
        (piece,) = shipment["pieceResponses"]
        other = {**piece, "trackingNumber": "794000000002"}
        shipment["pieceResponses"] = [
            {**other, "packageSequenceNumber": 2},
            {**piece, "packageSequenceNumber": 1},
        ]
        shipment["shipmentDocuments"] = [
            {"contentType": "COMMERCIAL_INVOICE", "docType": "PDF", "encodedLabel": PDF}
        ]
        told = self.interpret(self.buy(parcels=[SMALL, BOX]), content)
        numbers = {p["reference"]: p["tracking"] for p in told.content["parcels"]}
        self.assertEqual(numbers, {"1": "794000000001", "PACK0000002": "794000000002"})
        self.assertEqual(told.content["documents"][0]["kind"], "invoice")

    def test_a_linked_label_is_not_fetched(self):
        linked = self.bought(encodedLabel=None, url="http://127.0.0.1/label")
        with self.assertRaises(Fault) as caught:
            self.interpret(self.buy(), linked)
        self.assertEqual(caught.exception.code, "schema.invalid")

    def test_void(self):
        document = {"action": "void", "reference": "A", "carrier_number": "794000000001"}
        self.assertEqual(self.request(document).json["trackingNumber"], "794000000001")
        self.assertTrue(self.interpret(document, {"output": {"cancelledShipment": True}}).accepted)
        kept = self.interpret(document, {"output": {"cancelledShipment": False}})
        self.assertFalse(kept.accepted)
        again = {"errors": [{"code": "X", "message": "The shipment was already cancelled."}]}
        self.assertTrue(self.interpret(document, again, 400).accepted)

    def test_refusals(self):
        wrong = {"errors": [{"code": "SERVICE.UNAVAILABLE", "message": "Service not available."}]}
        fault = self.interpret(self.buy(), wrong, 422).fault
        self.assertEqual(fault.code, "transport.rejected")
        self.assertIn("another service", fault.fix)

    def test_a_lost_answer_is_left_to_a_person(self):
        known = {"output": {"completeTrackResults": [{"trackingNumber": "794000000001"}]}}
        for content, word in ((known, "794000000001"), ({"output": {}}, "no parcel")):
            fedex_there = Answers(answer(content))
            with fedex_there.patched(), self.assertRaises(Fault) as caught:
                self.code()._look_up(self.system._client(), self.conf(), self.sending(self.buy()))
            self.assertEqual(caught.exception.kind, "permanent")
            self.assertIn(word, caught.exception.message)

    def test_rates(self):
        request = self.request(rate(), "rates")
        self.assertEqual(request.path, fedex.RATE)
        reply = {
            "output": {
                "rateReplyDetails": [
                    {
                        "serviceType": "FEDEX_REGIONAL_ECONOMY",
                        "serviceName": "FedEx Regional Economy",
                        "operationalDetail": {"commitDate": "2026-05-06T18:00:00"},
                        "ratedShipmentDetails": [
                            {
                                "rateType": "ACCOUNT",
                                "totalNetCharge": 9.9,
                                "totalBaseCharge": 9.9,
                                "totalDiscounts": 0.0,
                                "currency": "EUR",
                                "shipmentRateDetail": {"surCharges": []},
                            }
                        ],
                    }
                ]
            }
        }
        told = self.interpret(rate(), reply, flow="rates")
        self.assert_contract("shipping-rate-answer", told.content)
        (offer,) = told.content["offers"]
        self.assertEqual((offer["service"], offer["total"]), ("fedex_regional_economy", 9.9))

    def test_tracking(self):
        scans = [
            {
                "date": "2026-05-05T09:15:00+02:00",
                "eventType": "OD",
                "eventDescription": "On FedEx vehicle for delivery",
                "scanLocation": {"city": "Lyon", "countryCode": "FR"},
            },
            {
                "date": "2026-05-04T18:00:00+02:00",
                "eventType": "PU",
                "eventDescription": "Picked up",
            },
        ]
        result = {"trackingNumber": "794", "trackResults": [{"scanEvents": scans}]}
        nobody = {"trackingNumber": "795", "trackResults": [{"error": {"code": "N"}}]}
        reply = answer({"output": {"completeTrackResults": [result, nobody]}})
        with Answers(reply).patched():
            (wire,) = self.code()._track(
                self.system._client(), self.conf("tracking"), ["794", "795"]
            )
        (document,) = self.code()._to_documents(
            self.conf("tracking"), "track", json.loads(json.dumps(wire))
        )
        self.assert_contract("shipping-tracking", document)
        self.assertEqual(document["status"], "out_for_delivery")
        self.assertEqual(document["at"], "2026-05-05T07:15:00Z")
        self.assertEqual([scan["status"] for scan in document["earlier"]], ["accepted"])

    def scan(self, date, kind, words, **changes):
        place = {"city": "CLOVIS", "stateOrProvinceCode": "CA", "countryCode": "US"}
        return {
            "date": date,
            "eventType": kind,
            "eventDescription": words,
            "exceptionDescription": "",
            "scanLocation": place,
            "derivedStatusCode": "IT",
            **changes,
        }

    def tracked(self, *results):
        """:return: documents of what FedEx tells of one number"""
        found = {"trackingNumber": "794", "trackResults": list(results)}
        reply = answer({"output": {"completeTrackResults": [found]}})
        with Answers(reply).patched():
            wires = self.code()._track(self.system._client(), self.conf("tracking"), ["794"])
        documents = [
            document
            for wire in json.loads(json.dumps(wires))
            for document in self.code()._to_documents(self.conf("tracking"), "track", wire)
        ]
        for document in documents:
            self.assert_contract("shipping-tracking", document)
        return documents

    def test_of_a_number_that_was_used_before_the_newest_parcel_is_meant(self):
        old = {"scanEvents": [self.scan("2026-04-26T07:50:00-07:00", "AR", "At local facility")]}
        new = {
            "scanEvents": [
                self.scan("2026-04-26T09:26:00-07:00", "DL", "Delivered", derivedStatusCode="DL"),
                self.scan("2026-04-25T11:26:00-07:00", "DE", "Customer not available"),
            ],
            "dateAndTimes": [{"type": "ACTUAL_DELIVERY", "dateTime": "2026-04-26T09:26:00-07:00"}],
        }
        nothing = {"error": {"code": "TRACKING.TRACKINGNUMBER.NOTFOUND"}}
        for results in ((old, new), (new, old), (nothing, old, new)):
            (document,) = self.tracked(*results)
            self.assertEqual(document["status"], "delivered")
            self.assertEqual([scan["status"] for scan in document["earlier"]], ["failed"])
        self.assertEqual(self.tracked(nothing), [])

    def test_a_scan_without_its_offset_has_that_of_the_one_beside_it(self):
        scans = [
            self.scan("2026-08-15T18:35:00-05:00", "AR", "Arrived at FedEx location"),
            self.scan("2026-08-15T00:00:00", "PU", "Picked up", derivedStatusCode="PU"),
        ]
        (document,) = self.tracked({"scanEvents": scans})
        self.assertEqual(document["at"], "2026-08-15T23:35:00Z")
        self.assertEqual(document["earlier"][0]["at"], "2026-08-15T05:00:00Z")
        with self.assertRaises(Fault) as caught:
            self.tracked({"scanEvents": scans[1:]})
        self.assertEqual(caught.exception.code, "mapping.failed")


class DhlCase(OthersCase):
    connector = "dhl_parcel_de"
    account = "3333333333"

    def buy(self, **changes):
        return buy(**{"service": "dhl_parcel_de_paket", "to": HAMBURG, **changes})


@tagged("post_install", "-at_install")
class TestDhlLabels(DhlCase, connector_case.OutgoingConnectorCase):
    samples = SAMPLES / "dhl"

    def conf(self, sample=None):
        return self._conf(self.flows[sample if isinstance(sample, str) else "labels"])

    def test_who_cannot_be_asked_now_is_asked_again_later(self):
        """DHL cannot be asked at all: a person decides, and nothing is sent twice."""
        with self.assertRaises(Fault) as caught:
            self.code()._look_up(self.system._client(), self.conf(), self.sending(self.buy()))
        self.assertEqual(caught.exception.code, "order.conflict")


@tagged("post_install", "-at_install")
class TestDhl(DhlCase):
    def test_prices_cannot_be_asked_for(self):
        self.assertEqual(sorted(self.flows), ["labels", "tracking"])
        self.assertIn("closes each day by itself", self.system._without_manifests())

    def test_how_dhl_is_logged_in_to(self):
        self.assertEqual(self.system.auth, "basic")
        self.assertEqual(self.system._auth_purposes(), ["password", "api_key"])
        for purpose in ("password", "api_key"):
            self.env["seam.credential"].create(
                {
                    "name": purpose,
                    "system_id": self.system.id,
                    "purpose": purpose,
                    "secret_input": f"the {purpose}",
                }
            )
        self.system.auth_user = "user"
        call = self.system._client().preview("GET", "x", auth=self.system._client()._prove)
        self.assertNotIn("the api_key", str(call))
        self.assertIn("dhl-api-key", {name.lower() for name in call.headers})

    def test_what_karrio_would_get_wrong(self):
        to = {**HAMBURG, "street2": "Aufgang B, bei Schmidt"}
        request = self.request(self.buy(to=to, parcels=[SMALL, BOX]))
        first, second = request.json["shipments"]
        self.assertEqual(first["consignee"]["addressStreet"], "Elbchaussee 12")
        self.assertNotIn("addressHouse", first["consignee"])
        self.assertEqual(
            first["consignee"]["additionalAddressInformation1"], "Aufgang B, bei Schmidt"
        )
        self.assertEqual(first["shipper"]["name3"], "Hinterhof")
        self.assertEqual(first["billingNumber"], "33333333330101")
        self.assertEqual(second["details"]["weight"]["value"], 12.345)
        size = {"uom": "cm", "length": 31, "width": 60, "height": 20}
        self.assertEqual(second["details"]["dim"], size, "whole centimetres, rounded up")
        self.assertNotIn("phone", first["consignee"])
        self.assertNotIn("services", first)
        self.assertEqual(request.params["mustEncode"], "true")

    def test_customs(self):
        document = self.buy(service="dhl_parcel_de_paket_international", to=ZURICH, customs=CUSTOMS)
        (shipment,) = self.request(document).json["shipments"]
        self.assertEqual(shipment["billingNumber"], "33333333335301")
        self.assertNotIn("shippingConditions", shipment["customs"])
        self.assertNotIn("services", shipment)
        self.assertEqual(shipment["customs"]["items"][0]["hsCode"], "090210")
        paid = {**document, "customs": {**CUSTOMS, "incoterm": "DDP"}}
        (shipment,) = self.request(paid).json["shipments"]
        self.assertEqual(shipment["services"], {"postalDeliveryDutyPaid": True})
        for terms, meant in (("DDP", "DDP"), ("EXW", "DAP"), (None, "DAP")):
            by_road = {**document, "service": "dhl_parcel_de_europaket"}
            by_road["customs"] = {**CUSTOMS, "incoterm": terms}
            (shipment,) = self.request(by_road).json["shipments"]
            self.assertEqual(shipment["customs"]["shippingConditions"], meant)
        self.assertEqual(self.refused({**document, "parcels": [SMALL, BOX]}).pointer, "/parcels")

    def test_what_is_not_done_is_refused(self):
        cash = {"amount": 1, "currency": "EUR", "method": "any"}
        for changes, pointer in (
            ({"cash_on_delivery": cash}, "/cash_on_delivery"),
            ({"parcels": [{**SMALL, "reference": str(n)} for n in range(31)]}, "/parcels"),
            ({"options": ["moon"]}, "/options"),
            ({"to": {**HAMBURG, "street": "x" * 51}}, "/to/street"),
        ):
            self.assertEqual(self.refused(self.buy(**changes)).pointer, pointer)

    def test_states_and_phones_go_abroad_only(self):
        phone = {"phone": "+49 40 123"}
        (shipment,) = self.request(self.buy(to={**HAMBURG, **phone})).json["shipments"]
        self.assertNotIn("phone", shipment["consignee"])
        there = self.buy(service="dhl_parcel_de_paket_international", to=DALLAS, customs=CUSTOMS)
        (shipment,) = self.request(there).json["shipments"]
        self.assertEqual(shipment["consignee"]["state"], "US-TX")
        self.assertTrue(shipment["consignee"]["phone"])

    def test_a_country_that_dhl_has_no_word_for(self):
        """Told without one, the parcel could go to somebody in Germany."""
        service = "dhl_parcel_de_paket_international"
        there = self.buy(service=service, to={**ZURICH, "country": "XK"}, customs=CUSTOMS)
        self.assertEqual(self.refused(there).pointer, "/to/country")
        (line,) = CUSTOMS["lines"]
        from_there = {**CUSTOMS, "lines": [{**line, "origin": "XK"}]}
        fault = self.refused(self.buy(service=service, to=ZURICH, customs=from_there))
        self.assertEqual(fault.pointer, "/customs/lines/0/origin")

    def item(self, number, **changes):
        return {
            "shipmentNo": number,
            "sstatus": {"title": "OK", "statusCode": 200, "status": 200},
            "shipmentRefNo": "WH/OUT/00012-7",
            "routingCode": "40327653113+99000943058020",
            "label": {"b64": PDF, "fileFormat": "PDF", "printFormat": "A4"},
            "validationMessages": [],
            **changes,
        }

    def wrong(self, **changes):
        message = {
            "property": "consignee.postalCode",
            "validationMessage": "The postcode is wrong.",
            "validationState": "Error",
        }
        return {
            "sstatus": {"title": "Bad Request", "statusCode": 400, "status": 400},
            "validationMessages": [message],
            **changes,
        }

    def answered(self, *items, status=200, title="OK"):
        detail = f"{len(items)} shipments were looked at."
        return {"status": {"title": title, "statusCode": status, "detail": detail}, "items": items}

    def test_answers(self):
        """Of several parcels DHL answers 207, also where all went well."""
        first, second = self.item("00340434000000000001"), self.item("00340434000000000002")
        one, two = self.buy(), self.buy(parcels=[SMALL, BOX])
        for document, items, status, title in (
            (one, [first], 200, "ok"),
            (two, [first, second], 207, "Multi-Status"),
            (two, [first, second], 200, "OK"),
        ):
            told = self.interpret(document, self.answered(*items, title=title), status)
            self.assertTrue(told.accepted, told.fault)
            self.assert_contract("shipping-label-answer", told.content)
            self.assertEqual(len(told.content["labels"]), len(items))

    def test_labels_for_the_printer_are_told_as_they_are(self):
        zpl = {"zpl2": "^XA^FDGrüße^FS^XZ", "fileFormat": "ZPL2", "printFormat": "910-300-700"}
        reply = self.answered(self.item("00340434000000000001", label=zpl))
        told = self.interpret(self.buy(label_format="zpl"), reply)
        (label,) = told.content["labels"]
        self.assertEqual(label["format"], "zpl")
        self.assertEqual(base64.b64decode(label["content"]).decode(), zpl["zpl2"])

    def test_customs_papers_and_warnings_come_with_a_label(self):
        hint = {**self.wrong()["validationMessages"][0], "validationState": "Warning"}
        paper = {"b64": PDF, "fileFormat": "PDF", "printFormat": "A4-PT"}
        item = self.item("CD530123554DE", customsDoc=paper, validationMessages=[hint])
        told = self.interpret(self.buy(), self.answered(item))
        self.assertTrue(told.accepted, told.fault)
        self.assertEqual(told.content["documents"][0]["kind"], "customs")
        self.assertIn("The postcode is wrong", told.note)

    def test_half_of_it_is_for_a_person(self):
        first = self.item("00340434000000000001")
        document = self.buy(parcels=[SMALL, BOX])
        for second in (self.wrong(), {"sstatus": {"title": "Bad Request", "statusCode": 400}}):
            fault = self.interpret(document, self.answered(first, second), 207).fault
            self.assertEqual(fault.code, "order.conflict")
            self.assertIn("00340434000000000001", fault.message)
            self.assertIn("1 of 2", fault.message)
        none = self.interpret(document, self.answered(self.wrong(), self.wrong()), 207).fault
        self.assertEqual(none.code, "transport.rejected")
        self.assertIn("The postcode is wrong", none.message)
        self.assertEqual(self.interpret(document, {}, 200).fault.code, "schema.invalid")

    def void(self, *numbers):
        return {
            "action": "void",
            "reference": "WH/OUT/00012-7",
            "carrier_number": numbers[0],
            "tracking": list(numbers),
        }

    def test_void(self):
        gone, other = self.item("0034"), self.item("0035")
        document = self.void("0034", "0035")
        told = self.interpret(document, self.answered(gone, other), 207)
        self.assertTrue(told.accepted)
        bad = {"title": "Bad Request", "status": 400, "statusCode": 400}
        closed = {"shipmentNo": "0035", "sstatus": {**bad, "detail": "The day is closed."}}
        fault = self.interpret(document, self.answered(gone, closed), 207).fault
        self.assertEqual(fault.code, "transport.rejected")
        self.assertIn("0035: The day is closed", fault.message)
        again = {"shipmentNo": "0035", "sstatus": {**bad, "detail": "Shipment does not exist."}}
        told = self.interpret(document, self.answered(gone, again), 207)
        self.assertTrue(told.accepted, "it was voided before")
        refused = {"title": "Bad Request", "status": 400, "detail": "Unknown shipment number."}
        self.assertTrue(self.interpret(self.void("0034"), refused, 400).accepted)
        denied = {"title": "Unauthorized", "statusCode": 401, "detail": "Unauthorized."}
        self.assertEqual(self.interpret(self.void("0034"), denied, 401).fault.code, "auth.failed")

    def test_refusals_name_the_place(self):
        wrong = {
            "status": {"title": "Bad Request", "statusCode": 400, "detail": "1 of 1 failed."},
            "items": [
                {
                    "validationMessages": [
                        {
                            "property": "consignee.postalCode",
                            "validationMessage": "The postcode is wrong.",
                            "validationState": "Error",
                        }
                    ]
                }
            ],
        }
        fault = self.interpret(self.buy(), wrong, 400).fault
        self.assertIn("consignee.postalCode: The postcode is wrong", fault.message)
        self.assertIn("address", fault.fix)

    def test_tracking(self):
        events = [
            {
                "timestamp": "2026-05-05T09:15:00+02:00",
                "statusCode": "transit",
                "description": "The shipment has been loaded onto the delivery vehicle",
                "location": {"address": {"addressLocality": "Hamburg", "countryCode": "DE"}},
            },
            {"timestamp": "2026-05-04T18:00:00+02:00", "statusCode": "pre-transit"},
        ]
        reply = answer({"shipments": [{"id": "0034", "events": events}]})
        with Answers(reply, answer({}, 404)).patched():
            asked = self.code()._track(self.system._client(), self.conf("tracking"), ["0034", "0"])
        (wire,) = asked
        (document,) = self.code()._to_documents(self.conf("tracking"), "track", wire)
        self.assert_contract("shipping-tracking", document)
        self.assertEqual(document["status"], "out_for_delivery")
        self.assertEqual(dhl.scanned(wire)[0]["earlier"][0]["status"], "announced")

    def give_back(self, **changes):
        return self.buy(
            **{
                "purpose": "return",
                "service": "",
                "order": "S00012",
                "from_": {**HAMBURG, "phone": "+49 40 123", "email": "jan@petersen.example"},
                "to": BERLIN,
                **changes,
            }
        )

    def test_a_return_label(self):
        request = self.request(self.give_back())
        self.assertEqual((request.method, request.path), ("POST", dhl_returns.ORDERS))
        self.assertEqual(request.params, {"labelType": "SHIPMENT_LABEL"})
        self.assertEqual(
            request.json,
            {
                "receiverId": "deu",
                "customerReference": "S00012",
                "shipmentReference": "WH/OUT/00012-7",
                "shipper": {
                    "name1": "Jan Petersen",
                    "addressStreet": "Elbchaussee",
                    "addressHouse": "12",
                    "postalCode": "20354",
                    "city": "Hamburg",
                    "email": "jan@petersen.example",
                    "phone": "+4940123",
                },
                "itemWeight": {"uom": "kg", "value": 1.234},
            },
        )
        chosen = self.request(self.give_back(service="retouren-sued", label_format="zpl"))
        self.assertEqual(chosen.json["receiverId"], "retouren-sued")
        self.assertEqual(chosen.params["docFormat"], "ZPL2")

    def test_house_numbers_of_who_sends_back(self):
        for street, name, house in (
            ("Straße des 17. Juni 135", "Straße des 17. Juni", "135"),
            ("Elbchaussee 12 a", "Elbchaussee", "12 a"),
            ("Hauptstr. 5-7", "Hauptstr.", "5-7"),
            ("12 bis, Rue de la Paix", "Rue de la Paix", "12 bis"),
        ):
            shipper = self.request(self.give_back(from_={**HAMBURG, "street": street})).json[
                "shipper"
            ]
            self.assertEqual((shipper["addressStreet"], shipper["addressHouse"]), (name, house))
        fault = self.refused(self.give_back(from_={**HAMBURG, "street": "Am Hafen"}))
        self.assertEqual(fault.pointer, "/from/street")

    def test_a_return_through_customs(self):
        document = self.give_back(from_=ZURICH, customs={**CUSTOMS, "reason": "return"})
        body = self.request(document).json
        self.assertEqual(body["receiverId"], "che")
        self.assertEqual(body["itemValue"], {"currency": "CHF", "value": 13.5})
        (item,) = body["customsDetails"]["items"]
        self.assertEqual((item["hsCode"], item["countryOfOrigin"]), ("090210", "CHN"))
        self.assertEqual(item["itemWeight"], {"uom": "kg", "value": 0.1})

    def test_returns_that_dhl_does_not_bring(self):
        for changes, pointer in (
            ({"from_": DALLAS}, "/from/country"),
            ({"parcels": [SMALL, BOX]}, "/parcels"),
            ({"options": ["signature"]}, "/options"),
            ({"from_": ZURICH, "customs": {**CUSTOMS, "currency": "USD"}}, "/customs/currency"),
        ):
            self.assertEqual(self.refused(self.give_back(**changes)).pointer, pointer)
        void = {**self.void("999991587211"), "purpose": "return"}
        fault = self.refused(void)
        self.assertIn("not charged", fault.message)
        self.assertIn("It is void", fault.fix)

    def test_answers_to_a_return(self):
        content = {
            "sstatus": {"title": "Created", "status": 201, "detail": "Created"},
            "shipmentNo": "999991587211",
            "label": {"b64": PDF},
            "qrLink": "https://www.dhl.example/qr",
            "routingCode": "40327653113+99000933090010",
        }
        told = self.interpret(self.give_back(), content, 201)
        self.assertTrue(told.accepted, told.fault)
        self.assert_contract("shipping-label-answer", told.content)
        self.assertEqual(told.content["parcels"][0]["tracking"], "999991587211")
        wrong = {"title": "Bad Request", "status": 400, "detail": "The receiver is unknown."}
        fault = self.interpret(self.give_back(), wrong, 400).fault
        self.assertEqual(fault.code, "transport.rejected")
        self.assertIn("The receiver is unknown", fault.message)
        self.assertEqual(self.interpret(self.give_back(), {}, 201).fault.code, "schema.invalid")

    def test_what_others_push_is_not_read(self):
        with self.assertRaises(Fault) as caught:
            self.code()._to_documents(self.conf("tracking"), "", {"events": []})
        self.assertEqual(caught.exception.code, "mapping.failed")
