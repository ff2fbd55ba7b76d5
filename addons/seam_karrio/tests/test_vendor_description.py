"""Every request that is made to UPS, held against UPS's own descriptions (OpenAPI 3).

The descriptions are UPS's and not a part of this repository: they are looked for in
``SEAM_SPECS`` (a folder with ``ups/Shipping.yaml``, ``ups/Rating.yaml``, ``ups/Tracking.yaml`` and
``ups/UPSTrackAlert.yaml``), and without them these tests are skipped. The same requests go to
Prism, a mock server that validates what it gets, where it is installed; see
docs/connectors/karrio.md.
"""

import json
import re
import tempfile
import unittest
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from odoo.tests import tagged

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.models.seam_message_send import SeamMessageSend
from odoo.addons.seam.tests.vendor_description import SPECS, PrismMixin, matching

from .. import const
from ..engine import unified, ups, ups_events, ups_rates
from . import ups_answers as said
from .karrio_case import CASH, LABELS, RATES, KarrioCase, buy, void

UPS = SPECS / "ups"
FILES = ("Shipping.yaml", "Rating.yaml", "Tracking.yaml", "UPSTrackAlert.yaml")
# Where a description tells its operations below an address of its own.
BELOW = {"UPSTrackAlert.yaml": "/track/{version}"}
ALERTS = Path(__file__).parents[1] / "samples" / "alerts"

_MONEY = {"minLength": 1, "maxLength": 11}
# Where UPS's description contradicts its own words or examples: what is meant.
CONTRADICTIONS = {
    "Shipping.yaml": {
        # "Valid values are: GIF, PDF, ZPL, EPL, SPL", of exactly four characters
        "LabelRecovery_LabelSpecification_LabelImageFormat": ("Code", {"minLength": 3}),
        # "Valid value returned is GIF or PDF", of exactly four characters
        "LabelImage_LabelImageFormat": ("Code", {"minLength": 3}),
        # "Valid values: 0.01 USD to 50000.00 USD", of exactly five characters
        "COD_CODAmount": ("MonetaryValue", _MONEY),
        "PackageServiceOptions_COD_CODAmount": ("MonetaryValue", _MONEY),
    },
    "Rating.yaml": {
        # "Absolute maximum value is 21474836.47", of exactly eight characters
        "PackageServiceOptions_DeclaredValue": ("MonetaryValue", _MONEY),
        # "The maximum amount allowed is 50,000 USD", of exactly eight characters
        "COD_CODAmount": ("MonetaryValue", _MONEY),
        "ShipmentServiceOptions_COD_CODAmount": ("MonetaryValue", _MONEY),
    },
}


@cache
def content(name):
    """A description as it can be read: it has tabs where YAML forbids them."""
    text = (UPS / name).read_text(encoding="utf-8")
    found = yaml.load(re.sub(r"[ \t]*\t[ \t]*$", "", text, flags=re.MULTILINE), yaml.CSafeLoader)
    below = BELOW.get(name, "")
    found["paths"] = {below + path: item for path, item in found["paths"].items()}
    for schema, (field, meant) in CONTRADICTIONS.get(name, {}).items():
        found["components"]["schemas"][schema]["properties"][field].update(meant)
    return found


class Description:
    """UPS's description of its operations."""

    def __init__(self, name):
        self.content = content(name)

    def violations(self, request):
        """:return: list of what is wrong with a request; None where it is not described"""
        for operation, given in matching(self.content["paths"], request.method, request.path):
            if not operation.get("deprecated"):
                return self._check(operation, given, request)
        return None

    def _check(self, operation, in_path, request):
        wrong = []
        described = [self._resolved(each) for each in operation.get("parameters", [])]
        headers = {name.lower(): value for name, value in request.headers.items()}
        given = {"path": in_path, "query": dict(request.params), "header": headers}
        for parameter in described:
            name, place = parameter["name"], parameter["in"]
            name = name.lower() if place == "header" else name
            if name in given[place]:
                wrong += self.errors(parameter["schema"], given[place][name])
            elif parameter.get("required"):
                wrong.append(f"{name} is missing")
        known = {parameter["name"] for parameter in described}
        wrong += [f"{name} is not described" for name in request.params if name not in known]
        body = operation.get("requestBody")
        if body:
            schema = body["content"]["application/json"]["schema"]
            wrong += self.errors(schema, request.json)
            wrong += self._unknown(schema, request.json, "")
        elif request.json is not None:
            wrong.append("a body is not described")
        return wrong

    def errors(self, schema, value):
        """``maximum`` stands at texts and objects, where it says nothing."""
        schema = {**schema, "components": self.content["components"]}
        # OpenAPI 3.1 is JSON Schema 2020-12, 3.0 is like draft 4
        newer = self.content["openapi"].startswith("3.1")
        kind = jsonschema.Draft202012Validator if newer else jsonschema.Draft4Validator
        validator = kind(schema)
        return [
            f"{'/'.join(map(str, error.path))}: {error.message}"
            for error in validator.iter_errors(value)
        ]

    def _unknown(self, schema, value, place):
        """Fields that are not described: UPS may overlook them without a word."""
        schema = self._whole(schema)
        if isinstance(value, dict):
            for name, inner in value.items():
                if name not in schema.get("properties", {}):
                    if name in schema.get("required", ()):
                        continue  # Rating wants RequestOption, and does not say what it is
                    yield f"{place}/{name} is not described"
                else:
                    yield from self._unknown(schema["properties"][name], inner, f"{place}/{name}")
        if isinstance(value, list):
            for number, inner in enumerate(value):
                yield from self._unknown(schema.get("items", {}), inner, f"{place}/{number}")

    def _resolved(self, schema):
        while "$ref" in schema:
            kind, name = schema["$ref"].split("/")[-2:]
            schema = self.content["components"][kind][name]
        return schema

    def _whole(self, schema):
        """:return: a schema with the properties of those that it is made of"""
        schema = self._resolved(schema)
        parts = [self._whole(part) for part in schema.get("allOf", ())]
        properties = dict(schema.get("properties", {}))
        for part in parts:
            properties |= part.get("properties", {})
        return {**schema, "properties": properties}


class DescriptionCase(KarrioCase):
    def setUp(self):
        super().setUp()
        for name in FILES:
            if not (UPS / name).exists():
                raise unittest.SkipTest(f"UPS's description {UPS / name} is not there.")

    def every_request(self):
        """:return: dict name → exchange.Request: all that is ever asked of UPS"""
        connector, conf = self.code(), self.conf()
        found = {
            f"label: {name}": connector._to_request(conf, self.sending(make()))
            for name, make in {**LABELS, **{f"cash {n}": c for n, c in CASH.items()}}.items()
        }
        found["void"] = connector._to_request(conf, self.sending(void()))
        for kind in ("pdf", "zpl"):
            lost = self.sending(buy(label_format=kind))
            found[f"recovery {kind}"] = ups.recovery(lost, conf.options)
        found["reference"] = ups.by_reference(self.sending(buy()), conf.options)
        for name, numbers in (("one", 1), ("many", const.UPS_SUBSCRIBED)):
            tracking = [f"1ZA1B2C368{number:08}" for number in range(numbers)]
            asked = self.sending({"reference": "WH/OUT/00012-7", "tracking": tracking})
            conf_of_alerts = self.conf("subscriptions")
            found[f"subscription: {name}"] = connector._to_request(conf_of_alerts, asked)
        found["track"] = ups_events.track_request("1ZA1B2C36800000016")
        for name, make in RATES.items():
            found[f"rates: {name}"] = ups_rates.rate_request(make(), conf.options)
        return found


@tagged("post_install", "-at_install")
class TestDescription(DescriptionCase):
    def violations(self, request):
        found = [Description(name).violations(request) for name in FILES]
        return next((wrong for wrong in found if wrong is not None), ["it is not described"])

    def test_every_request_is_as_ups_describes_it(self):
        for name, request in self.every_request().items():
            with self.subTest(name):
                self.assertEqual(self.violations(request), [])

    def test_what_is_not_as_described_is_found(self):
        good = self.every_request()["label: in the union"]
        shipment = good.json["ShipmentRequest"]["Shipment"]
        for name, wrong in (
            ("ReferenceNumber", {"Value": "1"}),
            ("ShipmentDate", "2026-11-23"),
            ("Package", None),
            ("Colour", "red"),
            ("Description", "x" * 51),
        ):
            body = {**good.json["ShipmentRequest"], "Shipment": {**shipment, name: wrong}}
            asked = Request("POST", good.path, json={"ShipmentRequest": body})
            self.assertTrue(self.violations(asked), name)
        for path in ("shipments/v2409/shop", "track/v1/details/1Z"):
            self.assertTrue(self.violations(Request("GET", path)), path)

    def test_what_karrio_writes_is_not_as_ups_describes_it(self):
        """When this fails karrio has mended something: look whether a correction can go."""
        document = LABELS["through customs"]()
        asked = unified.shipment(document, "ups_standard", "WH/OUT/1", {})
        body = ups.mapper().create_shipment_request(asked).serialize()
        found = self.violations(Request("POST", const.UPS_SHIP, json=body))
        for place in (
            "ReferenceNumber",
            "ShipmentDate",
            "SubVersion",
            "FormType",
            "Product/0/Description",
            "ShipFrom/EMailAddress is not described",
        ):
            self.assertTrue([wrong for wrong in found if place in wrong], place)
        shipment = body["ShipmentRequest"]["Shipment"]
        self.assertEqual(shipment["InvoiceLineTotal"]["CurrencyCode"], "USD")
        asked = unified.shipment(buy(to={**LABELS["domestic"]()["to"]}), "11", "1", {})
        body = ups.mapper().create_shipment_request(asked).serialize()
        shipment = body["ShipmentRequest"]["Shipment"]
        self.assertEqual(shipment["ShipTo"]["Phone"]["Number"], "000-000-0000")
        self.assertEqual(len(shipment["PaymentInformation"]["ShipmentCharge"]), 2)

    def test_the_answers_of_our_tests_are_as_ups_describes_them(self):
        shipping, rating = Description("Shipping.yaml"), Description("Rating.yaml")
        for description, name, made in (
            (shipping, "SHIPResponseWrapper", said.bought(said.NUMBER, said.SECOND)),
            (shipping, "LABELRECOVERYResponseWrapper", said.recovered(kind="ZPL")),
            (shipping, "VOIDSHIPMENTResponseWrapper", said.voided("1", [said.NUMBER])),
            (rating, "RATEResponseWrapper", said.rates(said.rated("11", "11.30", days="2"))),
        ):
            schema = {"$ref": f"#/components/schemas/{name}"}
            self.assertEqual(description.errors(schema, made), [], name)


@tagged("post_install", "-at_install")
class TestTrackAlert(DescriptionCase):
    """What UPS pushes, and what it answers to a subscription."""

    def alerts(self):
        return Description("UPSTrackAlert.yaml")

    def errors(self, name, value):
        return self.alerts().errors({"$ref": f"#/components/schemas/{name}"}, value)

    def test_its_own_examples_are_understood(self):
        push = self.alerts().content["webhooks"]["TrackingEvent"]["post"]["requestBody"]
        examples = push["content"]["application/json"]["examples"].values()
        conf = self.conf("tracking")
        statuses = []
        for example in examples:
            wire = json.loads(json.dumps(example["value"]))
            self.assertEqual(conf.wire_validator().violations(wire), [])
            (document,) = self.code()._to_documents(conf, "", wire)
            self.assertEqual(conf.document_validator().violations(document), [])
            statuses.append(document["status"])
        self.assertEqual(statuses, ["out_for_delivery", "delivered"])

    def test_our_samples_are_as_ups_describes_them(self):
        """UPS says that what it does not know is left out or empty, and describes no empty one."""
        for file in sorted(ALERTS.glob("*.json")):
            body = json.loads(file.read_text(encoding="utf-8"))["body"]
            told = {name: value for name, value in body.items() if value}
            place = told.get("activityLocation") or {}
            told["activityLocation"] = {name: value for name, value in place.items() if value}
            self.assertEqual(self.errors("TrackingEventRequest", told), [], file.name)

    def test_answers_to_a_subscription(self):
        number = "1ZA1B2C36800000016"
        for name, made in (
            ("PackageSubscriptionSuccessResponse", {"validTrackingNumbers": [number]}),
            (
                "PackageSubscriptionErrorResponse",
                {
                    "invalidTrackingNumbers": [number],
                    "response": {"errors": [{"code": "VSS210", "message": "None is valid."}]},
                },
            ),
        ):
            self.assertEqual(self.errors(name, made), [])


@tagged("post_install", "-at_install")
class TestPrism(PrismMixin, DescriptionCase):
    """The requests as they go out on the wire, to a mock that validates them."""

    def setUp(self):
        super().setUp()
        self._make_secret("a token")

    @classmethod
    def _make_secret(cls, text):
        cls.env["seam.credential"].create(
            {
                "name": text,
                "system_id": cls.system.id,
                "purpose": "api_key",
                "secret_input": text,
            }
        )

    def asked(self, name):
        """:return: dict name → what is wrong with a request of a file, as Prism says"""
        mine = {
            key: request
            for key, request in self.every_request().items()
            if Description(name).violations(request) is not None
        }
        self.assertTrue(mine)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "description.json"
            file.write_text(json.dumps(content(name), default=str))
            return self.answered(mine, file)

    def answered(self, mine, file):
        """:return: dict name → what is wrong with a request, of a mock by the file"""
        with self.mock(file) as address:
            self.system.write(
                {
                    "base_url": address,
                    "allowed_hosts": "127.0.0.1",
                    "auth": "api_key",
                    "auth_header": "Authorization",
                    "auth_prefix": "Bearer ",
                }
            )
            client = self.system._client()
            found = {key: self.send(client, request) for key, request in mine.items()}
            wrong = next(iter(mine.values()))
            if wrong.json is not None:
                found_wrong = self.send(client, Request("POST", wrong.path, json={}))
                self.assertTrue(found_wrong, "a request that is wrong must be found")
        return found

    def send(self, client, request):
        call = SeamMessageSend._call_of(request, self.sending(buy()))
        got = client.request(**call)
        told = json.loads(got.headers.get("sl-violations") or "[]")
        wrong = [each for each in told if each["location"][0] == "request"]
        return wrong or (got.status in (401, 404, 422) and got.status)

    def test_labels(self):
        found = self.asked("Shipping.yaml")
        self.assertEqual({key: wrong for key, wrong in found.items() if wrong}, {})
        self.assertIn("void", found)
        self.assertIn("recovery zpl", found)

    def test_rates(self):
        found = self.asked("Rating.yaml")
        self.assertEqual({key: wrong for key, wrong in found.items() if wrong}, {})

    def test_tracking(self):
        found = self.asked("Tracking.yaml")
        self.assertEqual({key: wrong for key, wrong in found.items() if wrong}, {})
        self.assertEqual(sorted(found), ["reference", "track"])

    def test_subscriptions(self):
        found = self.asked("UPSTrackAlert.yaml")
        self.assertEqual({key: wrong for key, wrong in found.items() if wrong}, {})
        self.assertEqual(len(found), 2)
