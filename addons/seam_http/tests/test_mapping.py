import copy
import time
from decimal import Decimal

from odoo.tests import BaseCase

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault

from ..engine import convert, expression, mapping
from ..engine.mapping import Rule

ORDER = codec.parse(
    b"""{
  "number": 727, "status": "P", "total": 19.90, "paid": "yes", "note": null,
  "buyer": {"name": " Ada ", "mail": "ADA@EXAMPLE.COM"},
  "items": [{"sku": "A", "qty": "2", "tax": [{"rate": 19.0}]}, {"sku": "B", "qty": "1.5"}],
  "tags": ["x", "y"], "placed": "31.01.2026 12:00"
}"""
)


def mapped(*rules, source=ORDER, maps=None):
    return mapping.compile_rules([Rule(*rule) for rule in rules]).apply(source, maps)


class TestExpression(BaseCase):
    def search(self, text, document=ORDER):
        return expression.compile_expression(text).search(document)

    def test_numbers_stay_exact(self):
        self.assertEqual(str(self.search("total")), "19.90")
        self.assertTrue(self.search("total == `19.9`"))
        self.assertEqual(str(self.search("to_number('0.10')")), "0.10")
        self.assertEqual(self.search("sum([total, `0.1`])"), Decimal("20.00"))
        self.assertEqual(self.search("type(total)"), "number")
        self.assertEqual(self.search("to_string(total)"), "19.90")

    def test_functions_of_our_own(self):
        self.assertEqual(self.search("lower(buyer.mail)"), "ada@example.com")
        self.assertEqual(self.search("upper(trim(buyer.name))"), "ADA")
        self.assertEqual(self.search("split('a-b', '-')[1]"), "b")
        self.assertEqual(self.search("replace('a.b', '.', '')"), "ab")
        self.assertEqual(self.search("slice('abcdef', `1`, `3`)"), "bc")

    def test_mistakes_are_told_in_a_sentence(self):
        for text, part in (
            ("", "empty"),
            ("a.", "ends too early"),
            ("a b", "column 3"),
            ("a # b", "cannot stand"),
            ("foo(a)", "no function named"),
            ("a" * 2001, "longer"),
            ("(" * 900 + "a" + ")" * 900, "deep"),
        ):
            with (
                self.subTest(text=text[:20]),
                self.assertRaises(expression.ExpressionError) as caught,
            ):
                expression.compile_expression(text).search(ORDER)
            self.assertIn(part, str(caught.exception))
        with self.assertRaisesRegex(expression.ExpressionError, "takes string"):
            self.search("lower(total)")

    def test_no_expression_eats_time_or_memory(self):
        doubling = "|".join(["[@,@][]"] * 60)
        nested = "|".join(["{a:@,b:@}"] * 60)
        joined = "items[0].sku" + "|join('', [@,@,@,@,@,@,@,@,@,@])" * 12
        many = "|".join(["map(&length(to_string(@)), @)[]"] * 3)
        started = time.monotonic()
        for text in (doubling, nested, joined):
            with self.assertRaises(expression.ExpressionError):
                self.search(text)
        with self.assertRaises(expression.ExpressionError):
            self.search(many + "|lower(@)", [ORDER] * 100_000)
        self.assertLess(time.monotonic() - started, 12)

    def test_the_place_is_known_where_it_can_be(self):
        place = lambda text: expression.compile_expression(text).place  # noqa: E731
        self.assertEqual(place("buyer.name"), "/buyer/name")
        self.assertEqual(place('items[0]."a/b"'), "/items/0/a~1b")
        self.assertEqual(place("items[*].sku"), "")
        self.assertEqual(place("@"), "")


class TestMapping(BaseCase):
    def test_a_document_is_made_of_another_which_stays_as_it_was(self):
        before = copy.deepcopy(ORDER)
        result, problems = mapped(
            ("number", "number", "text"),
            ("customer.name", "buyer.name", "trim"),
            ("customer.email", "buyer.mail", "lower"),
            ("currency", "'EUR'"),
            ("lines[]", "items"),
            ("lines[].sku", "sku", "text", "", "fault"),
            ("lines[].quantity", "qty", "number"),
            ("lines[].order", "$.number", "text"),
            ("lines[].rates[]", "tax"),
            ("lines[].rates[].percent", "rate", "number"),
            ("labels[]", "tags"),
            ("note", "note", "as_is", "", "null"),
            ("left_out", "nothing.here"),
            ("state", "missing", "as_is", "", "default", "open"),
        )
        self.assertEqual(problems, [])
        self.assertEqual(ORDER, before)
        self.assertEqual(
            result,
            {
                "number": "727",
                "customer": {"name": "Ada", "email": "ada@example.com"},
                "currency": "EUR",
                "lines": [
                    {
                        "sku": "A",
                        "quantity": 2,
                        "order": "727",
                        "rates": [{"percent": Decimal("19.0")}],
                    },
                    {"sku": "B", "quantity": Decimal("1.5"), "order": "727"},
                ],
                "labels": ["x", "y"],
                "note": None,
                "state": "open",
            },
        )

    def test_what_is_missing_is_told_with_its_place_on_both_sides(self):
        result, problems = mapped(
            ("lines[]", "items"),
            ("lines[].sku", "sku"),
            ("lines[].rate", "tax[0].rate", "number", "", "fault", None, 7),
        )
        self.assertEqual(
            problems,
            [
                mapping.Problem(
                    7, "/lines/1/rate", "/items/1/tax/0/rate", "Nothing is found at tax[0].rate."
                )
            ],
        )
        self.assertEqual(result["lines"][1], {"sku": "B"}, "the rest is shown all the same")
        fault = mapping.fault_of(problems)
        self.assertEqual((fault.code, fault.pointer), ("mapping.failed", "/items/1/tax/0/rate"))
        self.assertIn("lines › 2 › rate", fault.message)
        self.assertEqual(fault.subject, "/lines/*/rate", "the same slip elsewhere is one cause")

    def test_every_problem_is_told_at_once(self):
        compiled = mapping.compile_rules(
            [Rule("a", "number", "boolean"), Rule("b", "tags", "text"), Rule("c", "total")]
        )
        with self.assertRaises(Fault) as caught:
            compiled.require(ORDER)
        self.assertEqual([e["pointer"] for e in caught.exception.errors], ["/number", "/tags"])

    def test_rules_that_make_no_mapping_are_refused_with_their_line(self):
        for rules, part in (
            ([Rule("a", "x", id=1), Rule("a", "y", id=2)], "two lines"),
            ([Rule("a[].b", "x", id=2)], "a\\[\\] is missing"),
            ([Rule("a..b", "x", id=2)], "not a path"),
            ([Rule("", "x", id=2)], "empty"),
            ([Rule("a", "x y", id=2)], "column"),
            ([Rule("a", "x", "number", "nonsense", id=2)], "decimal mark"),
            ([Rule("a", "x", "datetime", "iso | Mars/Base", id=2)], "time zone"),
            ([Rule("a", "x", "guess", id=2)] * 501, "at most"),
        ):
            with (
                self.subTest(part=part),
                self.assertRaisesRegex(mapping.MappingError, part) as caught,
            ):
                mapping.compile_rules(rules)
            self.assertEqual(caught.exception.rule, 2)

    def test_a_list_that_is_none_is_a_problem(self):
        _result, problems = mapped(("lines[]", "buyer"))
        self.assertIn("not a list", problems[0].message)

    def test_names_with_points_stand_in_quotes(self):
        result, _problems = mapped(('"a.b".c', "number"))
        self.assertEqual(result, {"a.b": {"c": 727}})


class TestConversions(BaseCase):
    good = (
        ("text", 5, "", "5"),
        ("text", Decimal("1E+3"), "", "1000"),
        ("text", True, "", "true"),
        ("number", "19.90", "", Decimal("19.90")),
        ("number", "19,90", ",", Decimal("19.90")),
        ("number", "1.234,50", "1.234,50", Decimal("1234.50")),
        ("number", "-1,234", "1,234.50", -1234),
        ("number", 3, "", 3),
        ("integer", "7", "", 7),
        ("integer", Decimal("7.0"), "", 7),
        ("boolean", "J", "j/n", True),
        ("boolean", 0, "", False),
        ("boolean", "FALSE", "", False),
        ("date", "2026-01-31", "", "2026-01-31"),
        ("date", "31.01.2026", "%d.%m.%Y", "2026-01-31"),
        ("date", "2026-01-31T23:30:00Z", "Europe/Berlin", "2026-02-01"),
        ("datetime", "2026-01-31T12:00:00+01:00", "", "2026-01-31T11:00:00Z"),
        ("datetime", "2026-07-01 12:00", "iso | Europe/Berlin", "2026-07-01T10:00:00Z"),
        ("datetime", "31.01.2026 12:00", "%d.%m.%Y %H:%M | UTC", "2026-01-31T12:00:00Z"),
        ("datetime", 1769860800, "unix", "2026-01-31T12:00:00Z"),
        ("datetime", "1769860800000", "unix_ms", "2026-01-31T12:00:00Z"),
        ("upper", "a", "", "A"),
        ("map", "P", "states", "paid"),
        ("map", 5, "states", "five"),
        ("join", ["a", 1], "", "a, 1"),
        ("split", "a; b;", ";", ["a", "b"]),
    )
    bad = (
        ("text", {}, "", "an object"),
        ("number", "1,5", "", "not a number"),
        ("number", "1.5", ",", "not a number"),
        ("number", "1.23,50", "1.234,50", "not a number"),
        ("number", True, "", "not a number"),
        ("number", "NaN", "", "not a number"),
        ("number", "1e5", "", "not a number"),
        ("integer", "7.5", "", "not a whole number"),
        ("boolean", "maybe", "", "neither"),
        ("boolean", 2, "", "neither"),
        ("date", "2026-02-30", "", "not a date"),
        ("date", "20260131", "", "not a date"),
        ("datetime", "2026-01-31T12:00:00", "", "no time zone"),
        ("datetime", "2026-03-29 02:30", "iso | Europe/Berlin", "does not exist"),
        ("datetime", "yesterday", "", "not a date and time"),
        ("datetime", 10**30, "unix", "not a date and time"),
        ("upper", 5, "", "not a text"),
        ("map", "X", "states", "not in the code list"),
        ("map", "P", "nothing", "no code list"),
        ("join", "a", "", "not a list"),
        ("split", "a", "", "separator"),
    )

    def test_what_fits_is_converted(self):
        context = convert.Context({"states": {"P": "paid", "5": "five"}})
        for kind, value, parameter, wanted in self.good:
            with self.subTest(kind=kind, value=value):
                made = convert.convert(kind, value, parameter, context)
                self.assertEqual((made, type(made)), (wanted, type(wanted)))

    def test_what_does_not_fit_is_refused(self):
        context = convert.Context({"states": {"P": "paid"}})
        for kind, value, parameter, part in self.bad:
            with self.subTest(kind=kind, value=value):
                with self.assertRaises(convert.ConversionError) as caught:
                    convert.convert(kind, value, parameter, context)
                self.assertIn(part, str(caught.exception))

    def test_a_code_list_may_say_what_all_others_mean(self):
        context = convert.Context({"states": {"P": "paid", "*": "open"}})
        self.assertEqual(convert.convert("map", "Z", "states", context), "open")
