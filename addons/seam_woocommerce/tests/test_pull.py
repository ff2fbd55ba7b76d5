import json
from datetime import datetime, timedelta

from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests import connector_case

from .test_mapper import SAMPLES

START = datetime(2026, 5, 4, 8, 0, 0)


@tagged("post_install", "-at_install")
class TestPull(connector_case.SeamCase):
    """A shop with orders and refunds, asked page by page."""

    connector = "woocommerce"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.base_url = "https://shop.example"
        for purpose in ("woocommerce_key", "woocommerce_secret"):
            cls.env["seam.credential"].create(
                {
                    "name": purpose,
                    "system_id": cls.system.id,
                    "purpose": purpose,
                    "secret_input": "s3cret",
                }
            )
        cls.orders = cls.make_flow(
            name="Orders",
            code="orders",
            contract_version_id=cls.env["seam.contract"]
            .search([("name", "=", "woocommerce-order")])
            .current_version_id.id,
        )
        cls.pull = cls.env["seam.pull"].create(
            {"flow_id": cls.orders.id, "cursor": {"since": START.isoformat()}}
        )

    def order(self, number, seconds=None, **values):
        changed = START + timedelta(seconds=number if seconds is None else seconds)
        body = json.loads((SAMPLES / "orders/updated.json").read_text())["body"]
        return {**body, "id": number, "date_modified_gmt": changed.isoformat(), **values}

    def run_pull(self, *answers):
        """:return: the calls that the shop got"""
        shop = connector_case.Answers(*answers)
        with trap_jobs():
            self.pull.action_pull_now()
        self.env.flush_all()
        with shop.patched():
            self.pull._run()
        self.env.invalidate_all()
        self.assertFalse(shop.answers, "not everything was asked for")
        return shop.calls

    def messages(self):
        return self.env["seam.message"].search([("flow_id", "=", self.pull.flow_id.id)], order="id")

    def test_orders_are_fetched_page_by_page(self):
        first = [self.order(number) for number in range(1, 101)]
        second = [self.order(number) for number in range(99, 151)]
        calls = self.run_pull(
            connector_case.answer(first, x_wp_total="150"), connector_case.answer(second)
        )
        self.assertEqual(len(self.messages()), 150)
        self.assertEqual((self.pull.state, self.pull.new, self.pull.done), ("idle", 150, 152))
        (path, asked), (_path, then) = calls
        self.assertEqual(path, "wp-json/wc/v3/orders")
        self.assertEqual(asked["modified_after"], "2026-05-04T08:00:00")
        self.assertEqual((asked["dates_are_gmt"], asked["orderby"]), ("true", "modified"))
        # the last second is asked for again: more may have changed within it
        self.assertEqual(then["modified_after"], "2026-05-04T08:01:39")
        # and the next run begins a little before the last one that was seen
        self.assertEqual(self.pull.cursor, {"since": "2026-05-04T08:01:39"})

    def test_more_orders_within_a_second_than_fit_on_a_page(self):
        flood = [self.order(number, seconds=1) for number in range(1, 101)]
        rest = [self.order(number, seconds=1) for number in range(101, 104)]
        calls = self.run_pull(
            connector_case.answer(flood),
            connector_case.answer(rest),
        )
        self.assertEqual([asked["page"] for _path, asked in calls], [1, 2])
        self.assertEqual(len(self.messages()), 103)

    def test_nothing_new_leaves_the_cursor_where_it_is(self):
        self.run_pull(connector_case.answer([]))
        self.assertEqual(self.pull.cursor, {"since": START.isoformat()})

    def test_an_order_that_breaks_the_contract_is_kept_and_the_others_come(self):
        self.run_pull(connector_case.answer([self.order(1), self.order(2, total="free")]))
        self.assertEqual(self.messages().mapped("state"), ["pending", "failed"])

    def test_refunds_are_fetched_of_orders_that_have_some(self):
        flow = self.make_flow(name="Refunds", code="refunds", carries="event")
        self.pull = self.env["seam.pull"].create(
            {"flow_id": flow.id, "cursor": {"since": START.isoformat()}}
        )
        refund = json.loads((SAMPLES / "refunds/refund.json").read_text())["body"]
        refund.pop("order_id")
        calls = self.run_pull(
            connector_case.answer([self.order(1, refunds=[]), self.order(2)]),
            connector_case.answer([refund]),
        )
        self.assertEqual(calls[1][0], "wp-json/wc/v3/orders/2/refunds")
        message = self.messages()
        self.assertEqual(message.topic, "refund.pulled")
        self.assertEqual(message._documents()[0]["order_id"], "2")

    def test_a_shop_that_is_down_is_tried_again(self):
        self.run_pull(connector_case.answer({}, status=503, retry_after="120"))
        self.assertEqual(self.pull.state, "idle")
        self.assertIn("503", self.pull.last_error)
        self.run_pull(Fault("transport.timeout", "shop.example did not answer in time."))
        self.assertEqual(self.pull.tries, 2)

    def test_a_key_that_is_refused_is_told_to_a_person(self):
        self.run_pull(connector_case.answer({"code": "no"}, status=401))
        self.assertEqual(self.open_cases().code, "auth.failed")

    def test_a_key_that_is_missing_is_told_to_a_person(self):
        self.system.credential_ids.unlink()
        self.run_pull()
        self.assertEqual(self.open_cases().code, "config.invalid")

    def test_other_flows_are_not_pulled(self):
        self.orders.code = "customers"
        self.run_pull()
        self.assertEqual(self.open_cases().code, "config.invalid")
