from datetime import datetime

from odoo.tests import BaseCase

from odoo.addons.seam.engine.fault import Fault

from ..engine import paging

NOW = datetime(2026, 1, 31, 12)
URL = "https://partner.example/v1/things?x=1"


class TestPaging(BaseCase):
    def walk(self, settings, answers, cursor=None, headers=None):
        """:return: what was asked, the cursor at the end"""
        state, asked = paging.begin(cursor or {"since": "2026-01-01T00:00:00"}, NOW), []
        for number, (body, items) in enumerate(answers, 1):
            step = paging.step(settings, state)
            asked.append(step.url or step.params)
            turn = paging.turn(
                settings, state, body, (headers or {}).get(number, {}), items, step.url or URL
            )
            state = turn.cursor
            if not turn.more:
                break
        self.assertEqual(len(asked), len(answers), "it stopped too early")
        self.assertFalse(turn.more, "it would go on")
        return asked, state

    def test_pages_until_a_short_one(self):
        settings = {"kind": "page", "page_param": "page", "size_param": "per", "size": 2}
        asked, cursor = self.walk(settings, [(0, [1, 2]), (0, [3, 4]), (0, [5])])
        self.assertEqual([each["page"] for each in asked], ["1", "2", "3"])
        self.assertEqual(asked[0]["per"], "2")
        self.assertEqual(cursor, {"since": "2026-01-31T12:00:00"})

    def test_a_partner_who_caps_the_size_is_read_to_the_end(self):
        settings = {"kind": "page", "page_param": "page", "size_param": "per", "size": 100}
        asked, _cursor = self.walk(settings, [(0, [1, 2]), (0, [3, 4]), (0, [5, 6]), (0, [7])])
        self.assertEqual(len(asked), 4)

    def test_short_pages_in_between(self):
        settings = {"kind": "page", "page_param": "page", "until_empty": True}
        self.walk(settings, [(0, [1, 2]), (0, [3]), (0, [4, 5]), (0, [])])

    def test_no_such_page_is_an_end_only_behind_the_first(self):
        settings = {"kind": "page", "page_param": "page"}
        self.assertTrue(paging.beyond(settings, {"pages": 1}, 404))
        self.assertFalse(paging.beyond(settings, {"pages": 0}, 404))
        self.assertFalse(paging.beyond(settings, {"pages": 1}, 500))
        self.assertFalse(paging.beyond({"kind": "cursor"}, {"pages": 1}, 404))

    def test_pages_until_an_empty_one_where_the_size_is_the_partners(self):
        settings = {"kind": "page", "page_param": "p", "first_page": 0, "overlap_minutes": 5}
        asked, cursor = self.walk(settings, [(0, [1, 2]), (0, [3]), (0, [])])
        self.assertEqual([each["p"] for each in asked], ["0", "1", "2"])
        self.assertEqual(cursor, {"since": "2026-01-31T11:55:00"})

    def test_offset_counts_what_came(self):
        settings = {"kind": "offset", "offset_param": "skip"}
        asked, _cursor = self.walk(settings, [(0, [1, 2, 3]), (0, [4, 5]), (0, [])])
        self.assertEqual([each["skip"] for each in asked], ["0", "3", "5"])

    def test_a_cursor_in_the_body(self):
        settings = {"kind": "cursor", "cursor_param": "after", "cursor_at": "meta.next"}
        asked, _cursor = self.walk(
            settings, [({"meta": {"next": "abc"}}, [1]), ({"meta": {"next": None}}, [2])]
        )
        self.assertEqual(asked, [{}, {"after": "abc"}])

    def test_an_address_in_the_body_may_be_relative(self):
        settings = {"kind": "next_url", "next_at": "next"}
        asked, _cursor = self.walk(
            settings,
            [({"next": "/v1/things?page=2"}, [1]), ({"next": "?page=3"}, [2]), ({}, [3])],
        )
        self.assertEqual(
            asked[1:],
            [
                "https://partner.example/v1/things?page=2",
                "https://partner.example/v1/things?page=3",
            ],
        )

    def test_the_link_header(self):
        headers = {
            1: {
                "link": f'<{URL}&page=1>; rel="prev", <{URL}&page=2>; title="a, b"; rel="next last"'
            },
            2: {"link": f'<{URL}>; rel="first"'},
        }
        asked, _cursor = self.walk({"kind": "link"}, [(0, [1]), (0, [2])], headers=headers)
        self.assertEqual(asked[1], f"{URL}&page=2")

    def test_link_headers_of_all_sorts(self):
        for header, wanted in (
            ("", None),
            ("<u>; rel=next", "u"),
            ("<u>; rel=NEXT", "u"),
            ("<a>; rel=prev, <b>; rel=next", "b"),
            ('<a?x=1,2>; rel="next"', "a?x=1,2"),
            ("garbage, <a>; rel=next", None),
            ("<a>", None),
        ):
            with self.subTest(header=header):
                self.assertEqual(paging.next_link(header), wanted)

    def test_since_and_until_are_asked_in_every_page(self):
        settings = {
            "kind": "page",
            "page_param": "page",
            "since_param": "updated_since",
            "until_param": "updated_before",
            "since_format": "unix",
        }
        asked, _cursor = self.walk(settings, [(0, [1]), (0, [])])
        for each in asked:
            self.assertEqual(each["updated_since"], "1767225600")
            self.assertEqual(each["updated_before"], "1769860800")

    def test_by_time_asks_again_from_the_newest_seen(self):
        settings = {
            "kind": "changed",
            "since_param": "since",
            "size_param": "n",
            "size": 2,
            "changed_at": "at",
            "page_param": "page",
        }
        at = lambda text: {"at": f"2026-01-{text}Z"}  # noqa: E731
        asked, cursor = self.walk(
            settings,
            [
                (0, [at("05T10:00:00"), at("06T10:00:00")]),
                (0, [at("06T10:00:00.0"), at("06T10:00:00")]),
                (0, [at("06T10:00:00")]),
            ],
        )
        self.assertEqual(
            [each["since"] for each in asked],
            ["2026-01-01T00:00:00Z", "2026-01-06T09:59:59Z", "2026-01-06T09:59:59Z"],
        )
        self.assertEqual([each["page"] for each in asked], ["1", "1", "2"])
        self.assertEqual(cursor, {"since": "2026-01-31T12:00:00"})

    def test_the_partner_may_say_that_there_is_no_more(self):
        settings = {"kind": "page", "page_param": "page", "more_at": "has_more"}
        self.walk(settings, [({"has_more": True}, [1]), ({"has_more": False}, [2])])

    def test_no_run_is_without_an_end(self):
        same = {"next": "abc", "url": URL}
        for settings in (
            {"kind": "cursor", "cursor_param": "c", "cursor_at": "next"},
            {"kind": "next_url", "next_at": "url"},
            {"kind": "page", "page_param": "page"},
            {"kind": "offset", "offset_param": "skip"},
            {"kind": "page", "page_param": "page", "max_pages": 3},
        ):
            with self.subTest(kind=settings["kind"]):
                items = iter(range(100)) if "max_pages" in settings else None
                with self.assertRaises(Fault) as caught:
                    self.walk(settings, [(same, [next(items) if items else 1]) for _n in range(20)])
                self.assertIn("stopped", caught.exception.message)

    def test_a_total_is_shown_where_there_is_one(self):
        for text, wanted in (("total", 7), ("header:X-Total", 9), ("nothing", None), ("bad", None)):
            turn = paging.turn(
                {"kind": "none", "total_at": text},
                {},
                {"total": 7, "bad": "many"},
                {"x-total": "9"},
                [],
                URL,
            )
            self.assertEqual(turn.total, wanted)

    def test_nonsense_in_place_of_a_cursor_is_a_fault(self):
        settings = {"kind": "cursor", "cursor_param": "c", "cursor_at": "next"}
        with self.assertRaises(Fault):
            paging.turn(settings, {}, {"next": {"a": 1}}, {}, [1], URL)
