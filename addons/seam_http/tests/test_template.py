from odoo.tests import BaseCase

from odoo.addons.seam.engine.fault import Fault

from ..engine import template

VALUES = {"number": "R&D/7 ü", "external_id": 12, "empty": None, "name": "Ada\r\nX-Evil: 1"}


class TestTemplate(BaseCase):
    def test_values_cannot_become_another_path(self):
        self.assertEqual(
            template.path("/orders/{number}/lines", VALUES), "/orders/R%26D%2F7%20%C3%BC/lines"
        )
        self.assertEqual(template.path("orders/{external_id}", VALUES), "orders/12")
        self.assertEqual(template.path("/{join('-', ['a', 'b'])}", VALUES), "/a-b")
        self.assertEqual(template.path("/a{{b}}", VALUES), "/a{b}")

    def test_what_is_missing_or_climbs_is_refused(self):
        for text, code in (
            ("/orders/{empty}", "mapping.failed"),
            ("/orders/{nothing}", "mapping.failed"),
            ("/orders/{'..'}/x", "mapping.failed"),
            ("/orders/../admin", "config.invalid"),
            ("https://elsewhere.example/", "config.invalid"),
            ("/a b", "config.invalid"),
            ("/a\nb", "config.invalid"),
            ("/{number", "config.invalid"),
            ("/number}", "config.invalid"),
            ("/{a b}", "config.invalid"),
        ):
            with self.subTest(text=text), self.assertRaises(Fault) as caught:
                template.path(text, VALUES)
            self.assertEqual(caught.exception.code, code)

    def test_query_leaves_out_what_is_not_there(self):
        lines = [("id", "{external_id}"), ("gone", "{empty}"), ("fixed", "1"), ("n", "{number}")]
        self.assertEqual(template.query(lines, VALUES), {"id": "12", "fixed": "1", "n": "R&D/7 ü"})

    def test_headers_have_no_line_break_and_no_secret(self):
        self.assertEqual(template.headers([("X-Id", "{external_id}")], VALUES), {"X-Id": "12"})
        for name, text in (
            ("X-Name", "{name}"),
            ("X-Name", "a\r\nb"),
            ("X-Name", "{'日本'}"),
            ("Bad Name", "1"),
            ("Host", "evil.example"),
            ("Content-Length", "1"),
            ("Authorization", "Bearer x"),
            ("X-Api-Key", "x"),
        ):
            with self.subTest(name=name, text=text), self.assertRaises(Fault):
                template.headers([(name, text)], VALUES)
