import json

from odoo.tests import BaseCase, tagged

from odoo.addons.seam.engine.http import Response

from .. import errors

POINTERS = {"LastName": "/fields/name", "Email": "/fields/email"}


def refusal(code, message="It is so", fields=(), status=400, headers=None, **more):
    content = [{"message": message, "errorCode": code, "fields": list(fields), **more}]
    return Response(status, headers or {}, json.dumps(content).encode(), 0.01)


@tagged("post_install", "-at_install")
class TestErrors(BaseCase):
    """What Salesforce's refusals become: kind, place and way out."""

    def fault(self, response):
        return errors.fault(response, "the contact Ada", POINTERS)

    def test_each_code(self):
        for code, status, ours, kind in (
            ("DUPLICATES_DETECTED", 400, "master.ambiguous", "permanent"),
            ("DUPLICATE_VALUE", 400, "master.ambiguous", "permanent"),
            ("FIELD_CUSTOM_VALIDATION_EXCEPTION", 400, "business.rule", "permanent"),
            ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", 400, "business.rule", "permanent"),
            ("STRING_TOO_LONG", 400, "transport.rejected", "permanent"),
            ("REQUIRED_FIELD_MISSING", 400, "transport.rejected", "permanent"),
            ("INVALID_EMAIL_ADDRESS", 400, "transport.rejected", "permanent"),
            ("INVALID_FIELD", 400, "config.invalid", "permanent"),
            ("INVALID_FIELD_FOR_INSERT_UPDATE", 400, "config.invalid", "permanent"),
            ("MALFORMED_QUERY", 400, "config.invalid", "permanent"),
            ("ENTITY_IS_DELETED", 404, "order.conflict", "permanent"),
            ("NOT_FOUND", 404, "order.conflict", "permanent"),
            ("INSUFFICIENT_ACCESS_OR_READONLY", 400, "transport.rejected", "permanent"),
            ("INVALID_SESSION_ID", 401, "auth.failed", "permanent"),
            ("API_DISABLED_FOR_ORG", 403, "auth.failed", "permanent"),
            ("UNABLE_TO_LOCK_ROW", 400, "db.conflict", "transient"),
            ("REQUEST_LIMIT_EXCEEDED", 403, "transport.unavailable", "transient"),
            ("SERVER_UNAVAILABLE", 503, "transport.unavailable", "transient"),
            ("QUERY_TIMEOUT", 400, "transport.unavailable", "transient"),
            ("SOMETHING_NEW", 400, "transport.rejected", "permanent"),
        ):
            with self.subTest(code=code):
                fault = self.fault(refusal(code, status=status))
                self.assertEqual((fault.code, fault.kind), (ours, kind))
                self.assertIn("It is so", fault.message)
                self.assertIn(code, {error["code"] for error in fault.errors})
                if kind == "permanent":
                    self.assertTrue(fault.fix)

    def test_the_place_is_told(self):
        fault = self.fault(refusal("STRING_TOO_LONG", fields=["LastName"]))
        self.assertEqual(fault.pointer, "/fields/name")
        self.assertIn("Ada", fault.message)
        unknown = self.fault(refusal("STRING_TOO_LONG", fields=["Other__c"]))
        self.assertEqual(unknown.pointer, "")

    def test_which_records_are_alike_is_told(self):
        records = [{"record": {"Id": "0035g00000CCCCCAA1"}}, {"record": {}}, None]
        result = {"matchResults": [{"matchRecords": records}, None]}
        fault = self.fault(refusal("DUPLICATES_DETECTED", duplicateResult=result))
        self.assertIn("0035g00000CCCCCAA1", fault.message)

    def test_several_records_under_one_id(self):
        body = json.dumps(["/services/data/v62.0/sobjects/Contact/0035g00000CCCCCAA1"]).encode()
        fault = self.fault(Response(300, {}, body, 0.01))
        self.assertEqual(fault.code, "master.ambiguous")
        self.assertIn("0035g00000CCCCCAA1", fault.message)

    def test_what_changed_there_meanwhile_is_waited_for(self):
        fault = self.fault(Response(412, {}, b"", 0.01))
        self.assertEqual((fault.code, fault.kind), ("order.predecessor", "transient"))

    def test_how_long_to_wait(self):
        self.assertGreater(
            self.fault(refusal("REQUEST_LIMIT_EXCEEDED", status=403)).retry_after, 60
        )
        told = refusal("REQUEST_LIMIT_EXCEEDED", status=403, headers={"retry-after": "7"})
        self.assertEqual(self.fault(told).retry_after, 7)

    def test_a_locked_row_says_nothing_of_salesforce_s_health(self):
        """Else the circuit would stop all other records."""
        self.assertNotIn("transport", self.fault(refusal("UNABLE_TO_LOCK_ROW")).code)

    def test_an_error_of_its_own_after_which_nobody_knows(self):
        for status in (500, 502, 504):
            fault = self.fault(refusal("UNKNOWN_EXCEPTION", status=status))
            self.assertIn(fault.kind, ("transient", "ambiguous"))

    def test_answers_of_any_shape_are_survived(self):
        for body in (b"[]", b"{}", b"", b"[1]", b'[{"errorCode": 5, "fields": "x"}]', b"<html>"):
            for status in (400, 401, 403, 404, 500):
                self.assertTrue(self.fault(Response(status, {}, body, 0.01)))

    def test_a_question_is_never_in_doubt(self):
        fault = errors.question(self.fault(Response(502, {}, b"", 0.01)))
        self.assertEqual(fault.kind, "transient")
