from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .common import WorkplaceCase


@tagged("post_install", "-at_install")
class TestRank(WorkplaceCase):
    def test_a_case_knows_what_it_costs(self):
        self.company.currency_id = self.env.ref("base.EUR")
        usd = self.env.ref("base.USD")
        usd.active = True
        usd.rate_ids.unlink()
        self.env["res.currency.rate"].create(
            {"currency_id": usd.id, "rate": 2.0, "name": "2020-01-01", "company_id": False}
        )
        self.bad("1", amount=100, currency="EUR", customer="Ada", promised="2026-12-24")
        self.bad("2", amount=50, currency="USD", customer="Bob", promised="2026-12-01T09:00:00Z")
        self.bad("3", amount=25, currency="EUR", customer="Ada")
        case = self.case()
        self.assertEqual((case.held_docs, case.held_value), (3, 150.0))
        self.assertEqual(case.held_money, "125.00 EUR + 50.00 USD")
        self.assertEqual((case.customers, case.customer_count), ("Ada, Bob", 2))
        self.assertEqual(case.promised_on, fields.Date.to_date("2026-12-01"))

    def test_the_numbers_shrink_as_messages_go_through(self):
        first = self.bad("1", amount=100, currency="EUR")
        self.bad("2", amount=50, currency="EUR")
        case = self.case()
        first.with_user(self.operator)._discard("Entered by hand")
        self.commit()
        self.env.cr.execute("UPDATE seam_exception SET counted_at = NULL")
        self.env["seam.exception"]._touch(case.ids)
        self.sweep()
        self.assertEqual((case.held_docs, case.held_money), (1, "50.00 EUR"))
        self.mend()
        self.assertEqual((case.held_docs, case.held_value), (0, 0.0))

    def test_a_hot_case_is_not_counted_at_every_batch(self):
        self.bad("1")
        case = self.case()
        self.bad("2")
        self.env.invalidate_all()
        self.assertEqual(case.held_docs, 1, "counted a moment ago")
        self.sweep()
        self.assertEqual(case.held_docs, 2)

    def test_severity_comes_first_then_promises_then_money(self):
        self.bad("1", "a:1", amount=10, currency="EUR")
        self.bad("2", "a:2", amount=90000, currency="EUR")
        self.bad("3", "a:3", amount=10, currency="EUR", promised="2020-01-01")
        self.bad("4", "a:4", amount=10, currency="EUR", code="bug.handler")
        cases = self.case()
        self.assertEqual([case.held_docs for case in cases], [1, 1, 1, 1])
        order = [case.message_ids_held.ordering_key for case in cases]
        self.assertEqual(order, ["4", "3", "2", "1"])
        cases[-1].with_user(self.operator).severity = "2"
        self.sweep()
        self.assertIn(cases[-1], self.open_cases(self.flow)[:2])

    def test_what_waits_behind_counts_for_the_rank(self):
        self.bad("1", "a:1")
        self.bad("2", "a:2")
        first, second = self.case().sorted("id")
        for number in range(9):
            self.send(self.flow, {"id": "2"}, key=f"2-{number}")
        self.sweep()
        self.assertEqual((first.waiting_behind_count, second.waiting_behind_count), (0, 9))
        self.assertGreater(second.priority, first.priority)
        self.assertEqual(self.open_cases(self.flow)[0], second)
        self.assertIn("9 wait for it", second._cost())

    def test_time_alone_lifts_a_case(self):
        self.bad("1", "a:1")
        case = self.case()
        before = case.priority
        case.first_at = fields.Datetime.now() - timedelta(days=5)
        self.env.flush_all()
        self.env["seam.exception"]._cron_rank()
        self.assertGreater(case.priority, before)

    def test_one_statement_ranks_all_and_writes_only_what_changed(self):
        for number in range(3):
            self.bad(str(number), f"a:{number}")
        self.sweep()
        with self.assertQueryCount(1):
            self.env["seam.exception"]._rank_open()

    def test_opening_costs_one_statement_more(self):
        """Grouping adds an insertion of a note, and nothing on the case."""
        self.bad("1")
        self.sweep()
        conf = self._conf(self.flow)
        from odoo.addons.seam.engine.fault import Fault

        fault = Fault("master.unknown", "x", subject="product:BAR3")
        with self.assertQueryCount(2):
            self.env["seam.exception"]._open(conf, [fault])

    def test_the_list_opens_on_mine_and_my_teams(self):
        self.bad("1")
        case = self.case()
        mine = [("mine_or_team", "=", True), ("id", "=", case.id)]
        Case = self.env["seam.exception"]
        self.assertTrue(Case.with_user(self.operator).search(mine))
        self.assertTrue(Case.with_user(self.lead).search(mine))
        self.assertFalse(Case.with_user(self.viewer).search(mine))
