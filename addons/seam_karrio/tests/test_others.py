"""FedEx and DHL Parcel DE: there is no description of theirs to hold the requests against."""

import base64
import json

from odoo.tests import tagged

from odoo.addons.seam.engine import contract
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests import connector_case
from odoo.addons.seam.tests.connector_case import Answers, answer

from ..engine import dhl, fedex
from . import ups_answers as said
from .karrio_case import BERLIN, BOX, CUSTOMS, HAMBURG, LYON, SMALL, ZURICH, KarrioCase, buy, rate
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
        self.assertNotIn("services", first)
        self.assertEqual(request.params["mustEncode"], "true")

    def test_customs(self):
        document = self.buy(service="dhl_parcel_de_paket_international", to=ZURICH, customs=CUSTOMS)
        (shipment,) = self.request(document).json["shipments"]
        self.assertEqual(shipment["billingNumber"], "33333333335301")
        self.assertEqual(shipment["customs"]["shippingConditions"], "DAP")
        self.assertEqual(shipment["customs"]["items"][0]["hsCode"], "090210")
        without = {**CUSTOMS, "incoterm": None}
        (shipment,) = self.request({**document, "customs": without}).json["shipments"]
        self.assertNotIn("shippingConditions", shipment["customs"])
        self.assertEqual(self.refused({**document, "parcels": [SMALL, BOX]}).pointer, "/parcels")

    def test_what_is_not_done_is_refused(self):
        cash = {"amount": 1, "currency": "EUR", "method": "any"}
        for changes, pointer in (
            ({"cash_on_delivery": cash}, "/cash_on_delivery"),
            ({"purpose": "return"}, "/purpose"),
            ({"options": ["moon"]}, "/options"),
            ({"to": {**HAMBURG, "street": "x" * 51}}, "/to/street"),
        ):
            self.assertEqual(self.refused(self.buy(**changes)).pointer, pointer)

    def item(self, number):
        return {
            "shipmentNo": number,
            "sstatus": {"title": "OK", "statusCode": 200},
            "label": {"b64": PDF, "fileFormat": "PDF", "printFormat": "A4"},
        }

    def test_answers(self):
        document = self.buy(parcels=[SMALL, BOX])
        content = {
            "status": {"title": "OK", "statusCode": 200},
            "items": [self.item("00340434000000000001"), self.item("00340434000000000002")],
        }
        told = self.interpret(document, content)
        self.assertTrue(told.accepted, told.fault)
        self.assert_contract("shipping-label-answer", told.content)
        self.assertEqual(len(told.content["labels"]), 2)
        half = {**content, "items": [content["items"][0], {"sstatus": {"statusCode": 400}}]}
        fault = self.interpret(document, half, 207).fault
        self.assertEqual(fault.code, "order.conflict")
        self.assertIn("00340434000000000001", fault.message)

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

    def test_what_others_push_is_not_read(self):
        with self.assertRaises(Fault) as caught:
            self.code()._to_documents(self.conf("tracking"), "", {"events": []})
        self.assertEqual(caught.exception.code, "mapping.failed")
