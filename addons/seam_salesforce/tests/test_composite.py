import json

from odoo.tests import tagged

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.http import Response

from .. import composite
from .fake_salesforce import Answer, Refusal
from .story_case import StoryCase


@tagged("post_install", "-at_install")
class TestComposite(StoryCase):
    """Twenty-five changes are one of the calls that Salesforce counts."""

    def setUp(self):
        super().setUp()
        self.system.parallel = 1

    def people(self, count):
        """:return: list of contacts that both sides know"""
        for number in range(count):
            self.fake.make(
                "Contact", LastName=f"Person {number}", Email=f"p{number}@sf-many.example"
            )
        self.take("contacts")
        found = self.env["seam.binding"].search([("system_id", "=", self.system.id)])
        people = self.env["res.partner"].browse(
            found.filtered(lambda x: x.res_model == "res.partner").mapped("res_id")
        )
        self.assertEqual(len(people), count)
        return people.sorted("email")

    def ways(self, begin=0):
        """:return: list of what was called: ``composite`` or ``PATCH`` …"""
        calls = self.fake.calls[begin:]
        return [
            "composite" if path.endswith("/composite") else method
            for method, path in calls
            if "/query" not in path
        ]

    def titles(self):
        return [record["Title"] for record in self.fake.records["Contact"].values()]

    def states(self, code="contacts-out"):
        return sorted(self.messages(code).mapped("state"))

    def test_sixty_changes_are_three_calls(self):
        people = self.people(60)
        people.write({"function": "Buyer"})
        self.tell()
        self.assertEqual(self.ways(), ["composite"] * 3)
        self.assertEqual(self.titles(), ["Buyer"] * 60)
        self.assertEqual(self.states(), ["done"] * 60)
        self.take("contacts")
        self.assertEqual(self.tell(), [], "no echo")

    def test_one_alone_is_a_call_of_its_own(self):
        self.people(1).function = "Buyer"
        self.tell()
        self.assertEqual(self.ways(), ["PATCH"])

    def test_new_and_deleted_ones_go_with_them(self):
        people = self.people(3)
        people[0].function = "Buyer"
        people[1].unlink()
        made = self.env["res.partner"].create({"name": "Neu", "email": "neu@sf-many.example"})
        self.tell()
        self.assertEqual(self.ways(), ["composite"])
        there = list(self.fake.records["Contact"].values())
        self.assertEqual(there[-1]["Seam_Id__c"], f"odoo-{made.id}")
        self.assertEqual([record["IsDeleted"] for record in there], [False, True, False, False])
        self.assertEqual(self.partner_of(there[-1]["Id"]), made)

    def test_a_bad_one_harms_no_other(self):
        people = self.people(25)
        people.write({"function": "Buyer"})
        people[7].function = "B" * 200
        self.tell()
        self.assertEqual(self.ways(), ["composite"])
        self.assertEqual(self.titles().count("Buyer"), 24)
        self.assertEqual(self.states(), [*["done"] * 24, "failed"])
        case = self.open_cases()
        self.assertEqual(case.pointer, "/fields/title")
        (bad,) = self.messages("contacts-out").filtered(lambda m: m.state == "failed")
        self.assertEqual(bad._record(), people[7])

    def test_a_lost_answer_is_looked_up_one_by_one_and_nothing_is_twice(self):
        people = self.people(3)
        people.write({"function": "Buyer"})
        made = self.env["res.partner"].create({"name": "Neu", "email": "neu@sf-many.example"})
        self.fake.next_answers = ["lose"]
        self.tell()
        self.assertEqual(self.states(), ["waiting"] * 4)
        self.assertTrue(all(self.messages("contacts-out").mapped("unsure")))
        begin = len(self.fake.calls)
        for message in self.messages("contacts-out"):
            self.at_once(message)
        self.tell()
        self.assertEqual(set(self.ways(begin)), {"GET"}, "found there, and not sent again")
        self.assertEqual(self.states(), ["done"] * 4)
        there = self.fake.records["Contact"].values()
        self.assertEqual([r["LastName"] for r in there].count("Neu"), 1)
        self.assertEqual(len(self.fake.parts), 4)
        self.assertEqual(self.partner_of(list(there)[-1]["Id"]), made)

    def test_what_never_arrived_is_sent_again(self):
        people = self.people(3)
        people.write({"function": "Buyer"})
        self.fake.next_answers = ["hang up"]
        self.tell()
        self.assertEqual(self.titles(), [None] * 3)
        for message in self.messages("contacts-out"):
            self.at_once(message)
        self.tell()
        self.assertEqual(self.titles(), ["Buyer"] * 3)
        self.assertEqual(self.states(), ["done"] * 3)

    def test_one_that_was_changed_there_meanwhile_waits_and_the_others_go(self):
        people = self.people(3)
        keys = list(self.fake.records["Contact"])
        self.fake.tick()
        self.fake.change("Contact", keys[1], Phone="+49 30 7654321")
        people.write({"function": "Buyer"})
        self.tell()
        self.assertEqual(self.ways(), ["composite"])
        self.assertEqual(self.titles(), ["Buyer", None, "Buyer"])
        (waiting,) = self.messages("contacts-out").filtered(lambda m: m.state == "waiting")
        self.assertIn("taken first", waiting.state_reason)
        self.take("contacts")
        self.at_once(waiting)
        self.tell()
        self.assertEqual(self.titles(), ["Buyer"] * 3)
        self.assertFalse(self.open_cases())

    def test_what_is_refused_as_a_whole_goes_alone(self):
        people = self.people(3)
        people.write({"function": "Buyer"})
        self.fake.next_answers = [Refusal(400, "JSON_PARSER_ERROR", "Unexpected")]
        self.tell()
        self.assertEqual(self.ways(), ["composite", "PATCH", "PATCH", "PATCH"])
        self.assertEqual(self.states(), ["done"] * 3)

    def test_when_no_calls_are_left_all_wait(self):
        people = self.people(3)
        people.write({"function": "Buyer"})
        self.fake.next_answers = [Refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests")]
        self.tell()
        self.assertEqual(self.states(), ["waiting"] * 3)
        self.assertFalse(self.open_cases())

    def test_an_answer_that_leaves_one_out_is_asked_about(self):
        people = self.people(2)
        people.write({"function": "Buyer"})
        told = {"httpStatusCode": 204, "httpHeaders": {}, "body": None, "referenceId": "part0"}
        self.fake.next_answers = [Answer({"compositeResponse": [told]})]
        self.tell()
        self.assertEqual(self.states(), ["done", "waiting"])
        (unsaid,) = self.messages("contacts-out").filtered(lambda m: m.state == "waiting")
        self.at_once(unsaid)
        self.tell()
        self.assertEqual(self.states(), ["done", "done"])

    def test_a_text_that_looks_like_a_reference_is_sent_as_it_is(self):
        people = self.people(3)
        people.write({"function": "Buyer"})
        people[1].function = "@{part0.id}"
        self.tell()
        self.assertEqual(sorted(self.ways()), ["PATCH", "composite"])
        self.assertEqual(self.titles(), ["Buyer", "@{part0.id}", "Buyer"])

    def test_what_one_may_read_of_a_message_is_of_that_message(self):
        people = self.people(2)
        people.write({"function": "Buyer"})
        self.tell()
        for message in self.messages("contacts-out"):
            (call,) = self.env["seam.call"].search([("message_id", "=", message.id)])
            other = (people - message._record()).email
            self.assertNotIn(other, str(call.read()))


@tagged("post_install", "-at_install")
class TestCompositeAnswers(StoryCase):
    def test_a_request(self):
        headers = {"If-Unmodified-Since": "Sun, 22 Mar 2026 19:00:08 GMT"}
        whole = composite.request(
            [
                Request("PATCH", "services/x/1", json={"Title": None}, headers=headers),
                Request("DELETE", "services/x/2"),
            ]
        )
        self.assertTrue(whole.path.endswith("/composite"))
        first, second = whole.json["compositeRequest"]
        self.assertEqual(first["httpHeaders"], headers)
        self.assertEqual((first["url"], first["body"]), ("/services/x/1", {"Title": None}))
        self.assertEqual(
            second, {"method": "DELETE", "url": "/services/x/2", "referenceId": "part1"}
        )
        self.assertIs(whole.json["allOrNone"], False)

    def test_answers_in_any_order_and_none(self):
        made = {"id": "0015g00000AAAAAAA7", "success": True}
        parts = [
            {"referenceId": "part2", "httpStatusCode": 201, "body": made, "httpHeaders": {"A": 1}},
            {"referenceId": "part0", "httpStatusCode": 204, "body": None},
            {"referenceId": "part1", "httpStatusCode": "204"},
            "nothing",
        ]
        body = json.dumps({"compositeResponse": parts}).encode()
        first, second, third = composite.responses(3, Response(200, {}, body, 0.5))
        self.assertEqual((first.status, first.body, first.elapsed), (204, b"", 0.5))
        self.assertIsNone(second)
        self.assertEqual((third.json(), third.headers), (made, {"a": "1"}))
        for body in (b"[]", b"{}", b"nonsense"):
            with self.assertRaises(Fault):
                composite.responses(3, Response(200, {}, body, 0.5))
