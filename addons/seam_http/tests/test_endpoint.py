import json
from datetime import date
from decimal import Decimal

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.seam.engine.exchange import Sending
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Response
from odoo.addons.seam.tests.common import SeamCase

from ..engine import calls, field_value
from ..engine.field_value import Field


def answer(status, content=None, **headers):
    body = b"" if content is None else json.dumps(content).encode()
    return Response(status, headers, body, 0.1)


@tagged("post_install", "-at_install")
class TestEndpoint(SeamCase):
    connector = "http"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.base_url = "https://partner.example/v1"
        cls.flow = cls.env["seam.flow"].create(
            {
                "name": "Things",
                "code": "things",
                "system_id": cls.system.id,
                "direction": "out",
                "handler": "seam.handler.record.out",
            }
        )
        cls.endpoint = cls.env["seam.endpoint"].create(
            {
                "flow_id": cls.flow.id,
                "path": "/things",
                "update_path": "/things/{external_id}",
                "delete_path": "/things/{external_id}",
                "error_at": "errors",
            }
        )

    def http(self):
        return self.endpoint._as_options()["http"]

    def sending(self, document=None, topic="", external_id=None):
        return Sending("key-1", topic, document or {"id": 1, "name": "Tea"}, external_id)

    def test_create_change_and_delete(self):
        http = self.http()
        new = calls.request(http, self.sending())
        self.assertEqual((new.method, new.path, new.json["name"]), ("POST", "/things", "Tea"))
        change = calls.request(http, self.sending(external_id="a/b"))
        self.assertEqual((change.method, change.path), ("PUT", "/things/a%2Fb"))
        end = calls.request(http, self.sending(topic="deleted", external_id="7"))
        self.assertEqual((end.method, end.path, end.json), ("DELETE", "/things/7", None))
        with self.assertRaises(Fault):
            calls.request(http, self.sending(topic="deleted"))

    def test_what_answers_mean(self):
        http, sending = self.http(), self.sending()
        found = calls.answer(http, sending, answer(201, {"id": 5}), "partner.example")
        self.assertEqual((found.accepted, found.external_id), (True, "5"))
        refused = calls.answer(http, sending, answer(422, {"errors": ["no name"]}), "p.example")
        self.assertEqual(refused.fault.code, "transport.rejected")
        self.assertIn("no name", refused.fault.message)
        self.assertEqual(
            calls.answer(http, sending, answer(503), "p").fault.code, "transport.unavailable"
        )
        self.assertEqual(calls.answer(http, sending, answer(401), "p").fault.code, "auth.failed")
        self.assertEqual(
            calls.answer(http, sending, answer(201, {}), "p").fault.code, "config.invalid"
        )
        http = {**http, "external_id_at": "header:Location"}
        moved = answer(201, None, location="https://partner.example/v1/things/a%20b/")
        self.assertEqual(calls.answer(http, sending, moved, "p").external_id, "a b")
        http = {**self.http(), "success_when": "status == 'ok'"}
        self.assertFalse(calls.answer(http, sending, answer(200, {"status": "no"}), "p").accepted)
        http = {**self.http(), "statuses": [(200, 200), (409, 409)]}
        known = calls.answer(http, sending, answer(409, {"id": "x"}), "p")
        self.assertEqual((known.accepted, known.external_id), (True, "x"))
        self.assertFalse(calls.answer(http, sending, answer(302), "p").accepted)
        self.assertFalse(calls.answer(http, sending, answer(204), "p").accepted)

    def test_what_a_look_up_means(self):
        http = {**self.http(), "look_up_at": "items[].id"}
        self.assertEqual(
            calls.looked_up(http, answer(200, {"items": [{"id": 9}]})).external_id, "9"
        )
        self.assertIsNone(calls.looked_up(http, answer(200, {"items": []})))
        with self.assertRaises(Fault):
            calls.looked_up(http, answer(200, {"items": [{"id": 1}, {"id": 2}]}))

    def test_versions_are_numbers_or_times(self):
        http = {**self.http(), "version_at": "v"}
        version = lambda value: calls.version(http, {"v": value}, {})  # noqa: E731
        self.assertEqual(version(7), 7)
        self.assertEqual(version("12"), 12)
        self.assertIsNone(version(None))
        self.assertLess(version("2026-01-31T12:00:00Z"), version("2026-01-31T12:00:00.001Z"))
        self.assertEqual(version("2026-01-31T12:00:00Z"), version("2026-01-31T13:00:00+01:00"))
        for wrong in ("soon", -1, {}, 2**70):
            with self.assertRaises(Fault):
                version(wrong)

    def test_settings_that_cannot_work_are_refused(self):
        for values in (
            {"path": "/../admin"},
            {"path": "https://elsewhere.example/"},
            {"path": "/a{"},
            {"items_at": "a["},
            {"success_statuses": "ok"},
            {"success_statuses": "300-200"},
            {"paging_kind": "cursor"},
            {"domain": "[('name', '=', 'x'"},
            {"domain": "__import__('os')"},
            {"line_ids": [(0, 0, {"kind": "header", "name": "Authorization", "value": "x"})]},
            {"line_ids": [(0, 0, {"kind": "query", "name": "api_key", "value": "x"})]},
            {"mapping_ids": [(0, 0, {"target": "a..b", "source": "x"})]},
            {"mapping_ids": [(0, 0, {"target": "a", "source": "x", "kind": "map"})]},
        ):
            with self.subTest(values=values), self.assertRaises(ValidationError):
                with self.env.cr.savepoint():
                    self.endpoint.write(values)

    def test_code_lists_are_read_line_by_line(self):
        codes = self.env["seam.code.list"].create(
            {"name": "states", "system_id": self.system.id, "codes": "P = paid\n\n* = a = b"}
        )
        self.assertEqual(codes._as_dict(), {"P": "paid", "*": "a = b"})
        for wrong in ("P", "P=1\nP=2", "= x"):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                codes.codes = wrong

    def test_a_record_flow_says_what_it_misses(self):
        with self.assertRaisesRegex(UserError, "record type"):
            self.flow.action_activate()
        self.endpoint.model_id = self.env["ir.model"]._get("res.partner")
        with self.assertRaisesRegex(UserError, "fields that are sent"):
            self.flow.action_activate()


@tagged("post_install", "-at_install")
class TestFieldValues(SeamCase):
    def test_what_fits_and_what_does_not(self):
        good = (
            ("char", "x", "x"),
            ("integer", 5, 5),
            ("float", 5, 5.0),
            ("boolean", True, True),
            ("date", "2026-01-31", date(2026, 1, 31)),
            ("selection", "a", "a"),
            ("char", None, False),
        )
        for kind, given, wanted in good:
            field = Field("f", "F", kind, choices={"a": "A"})
            self.assertEqual(field_value.value(field, given), wanted)
        bad = (
            (Field("f", "F", "char"), 5),
            (Field("f", "F", "char", size=3), "four"),
            (Field("f", "F", "char", required=True), None),
            (Field("f", "F", "char", required=True), " "),
            (Field("f", "F", "integer"), "5"),
            (Field("f", "F", "integer"), True),
            (Field("f", "F", "integer"), 2**40),
            (Field("f", "F", "float", digits=2), Decimal("1.005")),
            (Field("f", "F", "float"), "1.5"),
            (Field("f", "F", "boolean"), 1),
            (Field("f", "F", "date"), "31.01.2026"),
            (Field("f", "F", "datetime"), "2026-01-31T12:00:00"),
            (Field("f", "F", "selection", choices={"a": "A"}), "b"),
        )
        for field, given in bad:
            with self.subTest(field=field.type, given=given):
                with self.assertRaises(field_value.Unfit):
                    field_value.value(field, given)
