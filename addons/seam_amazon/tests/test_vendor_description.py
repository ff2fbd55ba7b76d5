"""Every request that is made, held against Amazon's own description (Swagger 2.0).

The description is Amazon's and not a part of this repository: it is looked for in
``SEAM_SPECS`` (a folder with ``amazon/fulfillmentOutbound_2020-07-01.json`` and
``amazon/fbaInventory.json``), and without it these tests are skipped. The same requests
go to Prism, a mock server that validates what it gets, where it is installed; see
docs/connectors/amazon.md.
"""

import contextlib
import json
import re
import unittest
from unittest.mock import patch

import jsonschema

from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_message_send import SeamMessageSend
from odoo.addons.seam.models.seam_system_client import SystemClient
from odoo.addons.seam.tests.connector_case import answer
from odoo.addons.seam.tests.vendor_description import SPECS, PrismMixin, matching

from .. import const, pull
from .test_connector import AmazonCase
from .test_mapper import sample

AMAZON = SPECS / "amazon"
FILES = ("fulfillmentOutbound_2020-07-01.json", "fbaInventory.json")


class Description:
    """Amazon's description of its operations."""

    def __init__(self, file):
        self.content = json.loads(file.read_text())

    def violations(self, method, path, params, body):
        """:return: list of what is wrong with a request; None where it is not described"""
        for operation, given in matching(self.content["paths"], method, path):
            return self._check(operation, given, params, body)
        return None

    def _check(self, operation, in_path, params, body):
        wrong, described = [], operation.get("parameters", [])
        places = {"path": in_path, "query": params or {}}
        for parameter in described:
            name, place = parameter["name"], parameter["in"]
            if place == "body":
                wrong += self._check_body(parameter["schema"], body)
            elif name in places.get(place, {}):
                wrong += self._check_value(parameter, places[place][name])
            elif parameter.get("required"):
                wrong.append(f"{name} is missing")
        known = {parameter["name"] for parameter in described}
        wrong += [f"{name} is not described" for name in places["query"] if name not in known]
        if body is not None and not any(p["in"] == "body" for p in described):
            wrong.append("a body is not described")
        return wrong

    def _check_value(self, parameter, value):
        kind = parameter.get("type")
        if kind == "array":
            values = str(value).split(",")
            schema = {**parameter["items"], "maxItems": None}
            limit = parameter.get("maxItems", len(values))
            return ["too many"] * (len(values) > limit) + [
                fault for one in values for fault in self._check_value(schema, one)
            ]
        if kind == "boolean":
            return [] if value in ("true", "false") else [f"{value} is no boolean"]
        names = ("type", "enum", "maxLength", "format")
        schema = {name: parameter[name] for name in names if name in parameter}
        return self._errors(schema, value)

    def _check_body(self, schema, body):
        schema = {**schema, "definitions": self.content["definitions"]}
        return self._errors(schema, body) + list(self._unknown(schema, body, ""))

    def _errors(self, schema, value):
        checker = jsonschema.FormatChecker()
        validator = jsonschema.Draft4Validator(schema, format_checker=checker)
        return [error.message for error in validator.iter_errors(value)]

    def _unknown(self, schema, value, place):
        """Fields that are not described: Amazon overlooks them without a word."""
        schema = self._resolved(schema)
        if isinstance(value, dict):
            for name, inner in value.items():
                if name not in schema.get("properties", {}):
                    yield f"{place}/{name} is not described"
                else:
                    yield from self._unknown(schema["properties"][name], inner, f"{place}/{name}")
        if isinstance(value, list):
            for number, inner in enumerate(value):
                yield from self._unknown(schema["items"], inner, f"{place}/{number}")

    def _resolved(self, schema):
        while "$ref" in schema:
            schema = self.content["definitions"][schema["$ref"].rpartition("/")[2]]
        return schema


class DescriptionCase(AmazonCase):
    def setUp(self):
        super().setUp()
        for name in FILES:
            if not (AMAZON / name).exists():
                raise unittest.SkipTest(f"Amazon's description {AMAZON / name} is not there.")
        self.patch(pull, "_pause", lambda: None)

    def make_every_request(self, client):
        """Everything that Seam ever asks of Amazon, by the code that asks it."""
        for action in ("request", "change", "cancel"):
            conf, sending = self.conf("deliveries"), self.sending(action)
            request = self.code()._to_request(conf, sending)
            client.request(**SeamMessageSend._call_of(request, sending))
            self.try_to(self.code()._look_up, client, conf, sending)
        for code in ("statuses", "shipments", "parcels", "stock"):
            for cursor in (
                {"since": "2026-05-04T08:00:00"},
                {"since": "2026-05-04T08:00:00", "token": "T1"},
                {"since": "2026-05-04T08:00:00", "queue": ["WH/OUT/00012"], "seen": "2026"},
            ):
                self.try_to(self.code()._list_pages, client, self.conf(code), cursor)
        self.try_to(pull._track, client, 1712345678)
        params = {**pull.stock_params("A1PA6795UKMFR9"), "nextToken": "N1"}
        self.try_to(pull._stock_page, client, params)

    def try_to(self, ask, *arguments):
        """What the mock answers does not matter; some of it breaks its own description."""
        with contextlib.suppress(Fault, KeyError, ValueError):
            ask(*arguments)


@tagged("post_install", "-at_install")
class TestDescription(DescriptionCase):
    def test_every_request_is_as_amazon_describes_it(self):
        descriptions = [Description(AMAZON / name) for name in FILES]
        asked = []

        def check(client, method, path, *, params=None, headers=None, json=None, data=None):
            asked.append((method, path))
            found = [d.violations(method, path, params, json) for d in descriptions]
            self.assertIn([], found, f"{method} {path} {params} {json}: {found}")
            self.assertEqual(headers["Accept"], "application/json")
            return self.reply(path)

        with patch.object(SystemClient, "request", check):
            self.make_every_request(self.system._client())
        operations = {(method, re.sub(r"WH%2F.*?(/|$)", r"{id}\1", path)) for method, path in asked}
        self.assertEqual(
            operations,
            {
                ("POST", const.ORDERS),
                ("PUT", f"{const.ORDERS}/{{id}}"),
                ("PUT", f"{const.ORDERS}/{{id}}/cancel"),
                ("GET", f"{const.ORDERS}/{{id}}"),
                ("GET", const.ORDERS),
                ("GET", const.TRACKING),
                ("GET", const.INVENTORY),
            },
        )

    def reply(self, path):
        if path == const.ORDERS:
            return answer({"payload": {"fulfillmentOrders": []}})
        if path == const.INVENTORY:
            return answer({"payload": {"inventorySummaries": []}})
        if path == const.TRACKING:
            return answer({"payload": {"packageNumber": 1}})
        return answer({"payload": sample("orders/partly-shipped.json")["body"]})

    def test_what_is_not_as_described_is_found(self):
        description = Description(AMAZON / FILES[0])
        good = sample("deliveries/request.json")["request"]["json"]
        line = good["items"][0]
        cases = (
            ("POST", const.ORDERS, {}, {**good, "items": None}),
            ("POST", const.ORDERS, {}, {**good, "shippingSpeedCategory": "Fast"}),
            ("POST", const.ORDERS, {}, {**good, "sellerFulfillmentOrderId": "X" * 41}),
            ("POST", const.ORDERS, {}, {**good, "items": [{**line, "quantity": "3"}]}),
            ("POST", const.ORDERS, {}, {**good, "items": [{**line, "colour": "red"}]}),
            ("GET", const.ORDERS, {"since": "2026-05-04"}, None),
            ("GET", const.TRACKING, {}, None),
            ("GET", f"{const.ORDERS}/{'X' * 41}", {}, None),
        )
        self.assertEqual(description.violations("POST", const.ORDERS, {}, good), [])
        for case in cases:
            self.assertTrue(description.violations(*case), case)

    def test_amazons_own_examples_are_understood(self):
        """Also where they break Amazon's own description, by capitals and by what is missing."""
        paths = Description(AMAZON / FILES[0]).content["paths"]
        path = f"/{const.ORDERS}/{{sellerFulfillmentOrderId}}"
        detailed = paths[path]["get"]["responses"]["200"]["examples"]["payload"]
        listed = paths[f"/{const.ORDERS}"]["get"]["responses"]["200"]["examples"]["payload"]
        for wire in (detailed, *({"fulfillmentOrder": x} for x in listed["fulfillmentOrders"])):
            self.assertEqual(self.conf("statuses").wire_validator().violations(wire), [])
            (document,) = self.code()._to_documents(self.conf("statuses"), const.TOPIC_ORDER, wire)
            self.assertEqual(self.conf("statuses").document_validator().violations(document), [])
        self.assertEqual(
            self.code()._to_documents(self.conf("shipments"), const.TOPIC_ORDER, detailed), []
        )
        for name in ("FulfillmentOrderStatus", "FBAOutboundShipmentStatus"):
            schema = json.loads((AMAZON / f"{name}Notification.json").read_text())
            wire = schema["examples"][0]
            validator = self.conf("notifications").wire_validator()
            self.assertEqual(validator.violations(wire), [])


@tagged("post_install", "-at_install")
class TestPrism(PrismMixin, DescriptionCase):
    """The requests as they go out on the wire, to a mock that validates them."""

    def asked(self, name):
        """:return: list of (method, path, what is wrong with it) of the operations of a file"""
        seen, request = [], SystemClient.request
        ours = const.INVENTORY if name == FILES[1] else "fba/outbound"

        def watched(client, method, path, **kwargs):
            response = request(client, method, path, **kwargs)
            seen.append((method, path, response.headers.get("sl-violations")))
            return response

        with self.mock(AMAZON / name) as address:
            self.system.write({"base_url": address, "allowed_hosts": "127.0.0.1", "auth": "none"})
            with patch.object(SystemClient, "request", watched):
                self.make_every_request(self.system._client())
                self.assertTrue(seen)
                self.ask_wrongly(ours)
        *good, wrong = seen
        self.assertTrue(wrong[2], "a request that is wrong must be found")
        return [call for call in good if call[1].startswith(ours)]

    def ask_wrongly(self, path):
        method = "GET" if path == const.INVENTORY else "POST"
        path = path if method == "GET" else const.ORDERS
        headers = {"Accept": "application/json"}
        self.system._client().request(method, path, headers=headers, json={})

    def test_orders(self):
        calls = self.asked(FILES[0])
        self.assertEqual([call for call in calls if call[2]], [])
        self.assertEqual({call[0] for call in calls}, {"GET", "POST", "PUT"})

    def test_stock(self):
        calls = self.asked(FILES[1])
        self.assertTrue(calls)
        self.assertEqual([call for call in calls if call[2]], [])
