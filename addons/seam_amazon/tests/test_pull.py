from unittest.mock import patch

from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests.connector_case import Answers, answer

from .. import const, pull
from .test_connector import AmazonCase
from .test_mapper import sample

START = "2026-05-04T08:00:00"


@tagged("post_install", "-at_install")
class TestPull(AmazonCase):
    """Amazon's orders and stock, asked page by page."""

    def setUp(self):
        super().setUp()
        self.waited = []
        self.patch(pull, "_pause", lambda: self.waited.append(const.PACE))

    def head(self, number, status="Received", at="2026-05-04T08:10:00Z", **values):
        order = sample("orders/partly-shipped.json")["body"]["fulfillmentOrder"]
        return {
            **order,
            "sellerFulfillmentOrderId": f"OUT-{number}",
            "fulfillmentOrderStatus": status,
            "statusUpdatedDate": at,
            **values,
        }

    def listed(self, *orders, token=None):
        payload = {"fulfillmentOrders": list(orders)}
        return answer({"payload": {**payload, "nextToken": token} if token else payload})

    def detailed(self, number, status="Complete", **values):
        wire = sample("orders/partly-shipped.json")["body"]
        return answer(
            {"payload": {**wire, "fulfillmentOrder": self.head(number, status), **values}}
        )

    def run_pull(self, code, *answers, cursor=None):
        """:return: the calls that Amazon got"""
        amazon = Answers(*answers)
        self.pulled = self.env["seam.pull"].search([("flow_id", "=", self.flows[code].id)])
        if cursor or not self.pulled.done:
            self.pulled.cursor = cursor or self.pulled.cursor
        with trap_jobs():
            self.pulled.action_pull_now()
        self.env.flush_all()
        with amazon.patched():
            self.pulled._run()
        self.env.invalidate_all()
        self.assertFalse(amazon.answers, "not everything was asked for")
        return amazon.calls

    def messages(self, code):
        return self.env["seam.message"].search(
            [("flow_id", "=", self.flows[code].id), ("parent_id", "=", False)], order="id"
        )

    # -- status ------------------------------------------------------------------------

    def test_statuses_come_page_by_page_and_once(self):
        pages = [
            self.listed(self.head(1), self.head(2, at="2026-05-04T09:00:00Z"), token="T1"),
            self.listed(self.head(3, "Complete", at="2026-05-04T08:30:00Z")),
        ]
        calls = self.run_pull("statuses", *pages, cursor={"since": START})
        self.assertEqual(
            calls,
            [
                (const.ORDERS, {"queryStartDate": "2026-05-04T08:00:00Z"}),
                (const.ORDERS, {"nextToken": "T1"}),
            ],
        )
        self.assertEqual(len(self.messages("statuses")), 3)
        # a little before the newest that was seen
        self.assertEqual(self.pulled.cursor, {"since": "2026-05-04T08:55:00"})
        again = self.listed(self.head(2, at="2026-05-04T09:00:00Z"))
        (call,) = self.run_pull("statuses", again)
        self.assertEqual(call[1], {"queryStartDate": "2026-05-04T08:55:00Z"})
        self.assertEqual((len(self.messages("statuses")), self.pulled.new), (3, 0))

    def test_nothing_new_leaves_the_cursor_where_it_is(self):
        self.run_pull("statuses", self.listed(), cursor={"since": START})
        self.assertEqual(self.pulled.cursor, {"since": START})

    def test_the_cursor_never_goes_back(self):
        old = self.listed(self.head(1, at="2026-05-04T08:00:01Z"))
        self.run_pull("statuses", old, cursor={"since": START})
        self.assertEqual(self.pulled.cursor, {"since": START})

    def test_an_order_that_breaks_the_contract_is_kept_and_the_others_come(self):
        broken = self.head(2, at="yesterday")
        self.run_pull("statuses", self.listed(self.head(1), broken, {}), cursor={"since": START})
        states = sorted(self.messages("statuses").mapped("state"))
        self.assertEqual(states, ["failed", "failed", "pending"])
        odd = self.head(3, "Complete", sellerFulfillmentOrderId=3)
        self.run_pull("shipments", self.listed(odd), cursor={"since": START})
        self.assertEqual(self.pulled.state, "idle")

    def test_orders_of_others_are_not_fetched(self):
        self.system.amazon_prefix = "B2B-"
        ours = self.head(1, sellerFulfillmentOrderId="B2B-WH/OUT/1")
        self.run_pull("statuses", self.listed(ours, self.head(2)), cursor={"since": START})
        (message,) = self.messages("statuses")
        self.assertEqual(message._documents()[0]["reference"], "WH/OUT/1")

    def test_a_token_that_ran_out(self):
        lost = answer({"errors": [{"code": "InvalidInput", "message": "Token."}]}, 400)
        pages = [
            self.listed(self.head(1), token="T1"),
            lost,
            self.listed(self.head(1), token="T2"),
            self.listed(self.head(2)),
        ]
        self.run_pull("statuses", *pages, cursor={"since": START})
        self.assertEqual((len(self.messages("statuses")), self.pulled.state), (2, "idle"))
        self.assertNotIn("tries", self.pulled.cursor)

    def test_a_token_that_always_runs_out_is_told_to_a_person(self):
        lost = answer({"errors": [{"code": "InvalidInput", "message": "Token."}]}, 400)
        pages = [self.listed(self.head(1), token="T1"), lost] * (const.TOKEN_TRIES + 1)
        self.run_pull("statuses", *pages, cursor={"since": START})
        self.assertEqual(self.open_cases().code, "transport.rejected")

    # -- failures ----------------------------------------------------------------------

    def test_amazon_is_busy_or_down(self):
        busy = {"errors": [{"code": "QuotaExceeded", "message": "You exceeded your quota."}]}
        self.run_pull(
            "statuses",
            answer(busy, 429, x_amzn_ratelimit_limit="0.0056"),
            cursor={"since": START},
        )
        self.assertEqual((self.pulled.state, self.pulled.tries), ("idle", 1))
        waits = (self.pulled.next_at - self.env.cr.now()).total_seconds()
        self.assertGreater(waits, 150, "Amazon's own limit is kept")
        for failure in (answer({}, 503), answer({}, 504), Fault("transport.timeout", "Late.")):
            self.run_pull("statuses", failure)
            self.assertEqual(self.pulled.state, "idle")
        self.assertFalse(self.open_cases())
        self.assertEqual(self.pulled.cursor, {"since": START})

    def test_credentials_that_are_refused_are_told_to_a_person(self):
        denied = {"errors": [{"code": "Unauthorized", "message": "Access is denied."}]}
        self.run_pull("statuses", answer(denied, 403), cursor={"since": START})
        case = self.open_cases()
        self.assertEqual(case.code, "auth.failed")

    def test_an_answer_without_payload(self):
        self.run_pull("statuses", answer({"orders": []}), cursor={"since": START})
        self.assertEqual(self.open_cases().code, "drift.contract")

    # -- shipments ---------------------------------------------------------------------

    def test_what_was_shipped_is_asked_of_orders_that_were_touched(self):
        listed = self.listed(self.head(1), self.head(2, "Complete"))
        calls = self.run_pull("shipments", listed, self.detailed(2), cursor={"since": START})
        self.assertEqual(calls[1][0], f"{const.ORDERS}/OUT-2")
        (message,) = self.messages("shipments")
        documents = message._documents()
        self.assertEqual([document["delivery"] for document in documents], ["OUT-2", "OUT-2"])
        self.assertEqual(self.pulled.cursor, {"since": "2026-05-04T08:05:00"})

    def test_an_order_that_is_picked_is_asked_for_until_it_ends(self):
        """Its shipments may leave one by one, which does not list it anew."""
        listed = self.listed(self.head(1, "Processing"))
        nothing = {"fulfillmentShipments": []}
        open_one = self.detailed(1, "Processing", **nothing)
        self.run_pull("shipments", listed, open_one, cursor={"since": START})
        self.assertEqual(self.pulled.cursor["open"], ["OUT-1"])
        calls = self.run_pull("shipments", self.listed(), self.detailed(1, "Processing"))
        self.assertEqual(calls[1][0], f"{const.ORDERS}/OUT-1")
        self.assertEqual(self.pulled.cursor["open"], ["OUT-1"])
        self.run_pull("shipments", self.listed(), self.detailed(1, "Complete"))
        self.assertNotIn("open", self.pulled.cursor)
        self.run_pull("shipments", self.listed())

    def test_many_orders_are_taken_in_small_steps_and_not_too_fast(self):
        numbers = range(1, 26)
        listed = self.listed(*(self.head(number, "Complete") for number in numbers), token="T1")
        more = self.listed(self.head(26, "Complete"))
        details = [self.detailed(number) for number in numbers]
        with patch.object(pull.const, "DETAILS_PER_PAGE", 10):
            calls = self.run_pull(
                "shipments", listed, *details, more, self.detailed(26), cursor={"since": START}
            )
        self.assertEqual(len(self.messages("shipments")), 26)
        self.assertEqual(calls[26], (const.ORDERS, {"nextToken": "T1"}))
        self.assertEqual(self.waited, [const.PACE] * 26)

    def test_a_fault_in_between_loses_no_order(self):
        listed = self.listed(*(self.head(number, "Complete") for number in range(1, 14)))
        first = [self.detailed(number) for number in range(1, 11)]
        self.run_pull("shipments", listed, *first, answer({}, 503), cursor={"since": START})
        self.assertEqual((len(self.messages("shipments")), self.pulled.state), (10, "idle"))
        self.run_pull("shipments", *(self.detailed(number) for number in range(11, 14)))
        self.assertEqual(len(self.messages("shipments")), 13)

    def test_one_order_that_amazon_does_not_show_stops_no_other(self):
        listed = self.listed(self.head(1, "Complete"), self.head(2, "Complete"))
        denied = answer({"errors": [{"code": "Unauthorized", "message": "Denied."}]}, 403)
        self.run_pull("shipments", listed, denied, self.detailed(2), cursor={"since": START})
        self.assertEqual(self.messages("shipments").mapped("state"), ["failed", "pending"])
        self.assertIn("Denied.", self.messages("shipments")[0].fault_message)

    # -- parcels -----------------------------------------------------------------------

    def track(self, number, status="IN_TRANSIT"):
        wire = sample("parcels/under-way.json")["body"]["packageTracking"][0]
        return answer({"payload": {**wire, "packageNumber": number, "currentStatus": status}})

    def test_parcels_are_asked_for_until_they_have_arrived(self):
        self.patch(pull.const, "TRACKED_DAYS", 100000)
        unknown = answer({"errors": [{"code": "InvalidInput", "message": "Unknown."}]}, 400)
        calls = self.run_pull(
            "parcels",
            self.listed(self.head(1, "Complete"), self.head(2, "Cancelled"), self.head(3)),
            self.detailed(1),
            self.track(1712345678),
            unknown,
            self.track(1712345680, "DELIVERED"),
            cursor={"since": START},
        )
        self.assertEqual(calls[2], (const.TRACKING, {"packageNumber": 1712345678}))
        (document,) = self.messages("parcels")._documents()
        self.assertEqual(document["external_status"], "IN_TRANSIT, DELIVERED")
        self.assertEqual(self.pulled.cursor["open"], ["OUT-1"])
        arrived = [self.track(number, "DELIVERED") for number in range(3)]
        self.run_pull("parcels", self.listed(), self.detailed(1), *arrived)
        self.assertNotIn("open", self.pulled.cursor)
        self.assertEqual(len(self.messages("parcels")), 2)

    def test_parcels_of_long_ago_are_not_asked_for_for_ever(self):
        self.patch(pull.const, "TRACKED_DAYS", 0)
        tracks = [self.track(number) for number in range(3)]
        listed = self.listed(self.head(1, "Complete"))
        self.run_pull("parcels", listed, self.detailed(1), *tracks, cursor={"since": START})
        self.assertNotIn("open", self.pulled.cursor)

    # -- stock -------------------------------------------------------------------------

    def summaries(self, *skus, token=None):
        one = sample("stock/summaries.json")["body"]["inventorySummaries"][0]
        body = {
            "payload": {
                "granularity": {"granularityType": "Marketplace", "granularityId": "X"},
                "inventorySummaries": [{**one, "sellerSku": sku} for sku in skus],
            }
        }
        return answer({**body, "pagination": {"nextToken": token}} if token else body)

    def test_the_whole_stock_is_one_snapshot(self):
        calls = self.run_pull("stock", self.summaries("A", token="N1"), self.summaries("B", "C"))
        asked = calls[0][1]
        self.assertEqual(asked["marketplaceIds"], "A1PA6795UKMFR9")
        self.assertEqual((asked["granularityType"], asked["details"]), ("Marketplace", "true"))
        self.assertNotIn("nextToken", asked)
        self.assertEqual(calls[1][1], {**asked, "nextToken": "N1"})
        (document,) = self.messages("stock")._documents()
        self.assertEqual([line["sku"] for line in document["lines"]], ["A", "B", "C"])
        self.assertTrue(document["complete"])

    def test_half_a_stock_is_no_snapshot(self):
        self.run_pull("stock", self.summaries("A", token="N1"), answer({}, 400))
        self.assertFalse(self.messages("stock"))
        self.assertEqual(self.pulled.state, "idle")

    def test_more_skus_than_are_compared_at_once(self):
        with patch.object(pull.const, "INVENTORY_PAGES", 2):
            self.run_pull("stock", self.summaries("A", token="N1"), self.summaries("B", token="N2"))
        self.assertFalse(self.messages("stock"))
        self.assertEqual(self.open_cases().code, "config.invalid")
