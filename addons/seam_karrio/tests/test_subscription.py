import datetime

from odoo.tests import tagged

from ..engine import ups_alerts
from . import ups_answers as said
from .karrio_case import KarrioCase

FIRST, SECOND = "1ZA1B2C36800000016", "1ZA1B2C36800000025"


@tagged("post_install", "-at_install")
class TestSubscription(KarrioCase):
    """Track Alert v2: UPS is asked to tell of parcels by itself."""

    def document(self, *numbers):
        return {"reference": "WH/OUT/00012-7", "tracking": list(numbers or (FIRST, SECOND))}

    def request(self, *numbers):
        sending = self.sending(self.document(*numbers))
        return self.code()._to_request(self.conf("subscriptions"), sending)

    def interpret(self, content, status=200, numbers=()):
        sending = self.sending(self.document(*numbers))
        return self.code()._interpret(
            self.conf("subscriptions"), sending, said.response(content, status)
        )

    def error(self, code, message="Something is wrong."):
        return {"response": {"errors": [{"code": code, "message": message}]}}

    def test_what_is_asked(self):
        request = self.request()
        self.assertEqual(request.path, "track/v2/subscription/standard/package")
        self.assertEqual(request.json, {"locale": "en_US", "trackingNumberList": [FIRST, SECOND]})
        self.assertEqual(len(request.headers["transId"]), 32)
        self.assertEqual(request, self.request(), "the same at every try")

    def test_numbers_that_ups_does_not_tell_of_are_not_asked_for(self):
        self.assertEqual(self.request(FIRST, "92612").json["trackingNumberList"], [FIRST])
        self.assertIsNone(self.request("92612"))
        many = [f"1ZA1B2C368{number:08}" for number in range(120)]
        self.assertEqual(len(self.request(*many).json["trackingNumberList"]), 100)

    def test_what_ups_answers(self):
        told = self.interpret({"validTrackingNumbers": [FIRST, SECOND]})
        self.assertEqual(told.content["subscribed"], [FIRST, SECOND])
        until = datetime.date.today() + datetime.timedelta(days=14)
        self.assertEqual(told.content["until"], until.isoformat())
        told = self.interpret(
            {"validTrackingNumbers": [FIRST], "invalidTrackingNumbers": [SECOND]},
            numbers=(FIRST, SECOND, "92612"),
        )
        self.assertEqual(told.content["refused"], [SECOND, "92612"])
        self.assertIn(SECOND, told.note)

    def test_none_of_them_is_told_of(self):
        content = {"invalidTrackingNumbers": [FIRST, SECOND], **self.error("VSS210")}
        told = self.interpret(content, 400)
        self.assertTrue(told.accepted)
        self.assertEqual(told.content["refused"], [FIRST, SECOND])
        self.assertEqual(told.content["subscribed"], [])

    def test_refusals(self):
        fault = self.interpret(self.error("VSS700", "Credential is empty."), 400).fault
        self.assertEqual(fault.code, "transport.rejected")
        self.assertIn("Credential is empty", fault.message)
        self.assertIn("Manage Webhook Credentials", fault.fix)
        for status, code in ((401, "auth.failed"), (500, "transport.unavailable")):
            self.assertEqual(self.interpret(self.error("10004"), status).fault.code, code)
        self.assertEqual(self.interpret({}).fault.code, "schema.invalid")

    def test_asked_for_twice_it_is_the_same(self):
        with self.assertRaises(NotImplementedError):
            self.code()._look_up(None, self.conf("subscriptions"), self.sending({}))

    def test_the_words_of_the_description(self):
        self.assertTrue(ups_alerts._NUMBER.fullmatch("1R123456789123456789012345AB"))
        self.assertFalse(ups_alerts._NUMBER.fullmatch("1Z123"))
