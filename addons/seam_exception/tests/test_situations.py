"""The twenty situations, each resolved by what a clerk can click.

Those about sales orders run on the real handler where ``seam_sale`` is installed.
"""

from unittest import SkipTest

from odoo import fields
from odoo.modules.registry import Registry
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import get_db_name

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.const import CRASHES_ALLOWED
from odoo.addons.seam.tests.outgoing_case import OutgoingCase, answer, hang_up

from .common import WorkplaceCase

try:
    from odoo.addons.seam_sale.tests.common import SaleCase
except ImportError:  # the addon is not there
    SaleCase = WorkplaceCase


class Clicks:
    """What a clerk does: opens a case, fills in a dialogue, presses a button."""

    def only_case(self):
        self.env.cr.flush()
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()
        case = self.open_cases().with_user(self.clerk)
        self.assertEqual(len(case), 1, case.mapped("name"))
        self.assertTrue(case.owner_id, "it has a name beside it")
        self.assertTrue(case.fix or case.runbook or case.fault_class == "bug")
        return case

    def go_on(self, lane="normal"):
        """What the jobs do after a click."""
        self.commit()
        self.drain(lane)
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()

    def dialogue(self, action):
        """The form of the dialogue that a button opens."""
        self.assertEqual(action["target"], "new")
        model = self.env[action["res_model"]].with_user(self.clerk)
        return Form(model.with_context(**action["context"]))

    def choose(self, record):
        form = self.dialogue(self.only_case().action_open_fix())
        form.res_id = record.id
        form.save().action_fix()
        self.go_on()

    def edit(self, message, label, value, why="By phone"):
        form = self.dialogue(message.with_user(self.clerk).action_open_edit())
        names = [line["label"] for line in form.line_ids._records]
        with form.line_ids.edit(names.index(label)) as line:
            line.value = value
        form.reason = why
        action = form.save().action_resubmit()
        self.assertEqual(action["res_model"], "seam.message", form.violations)
        self.go_on()
        return self.env["seam.message"].browse(action["res_id"])

    def retry(self):
        self.only_case().action_retry()
        self.go_on()

    def closed(self, case):
        self.env["seam.exception"]._close_left_open()
        self.env.invalidate_all()
        self.assertEqual((case.state, case.stage), ("resolved", "resolved"))
        self.assertFalse(self.open_cases())


@tagged("post_install", "-at_install")
class TestOrders(Clicks, SaleCase):
    @classmethod
    def setUpClass(cls):
        if "seam.handler.sale.order" not in Registry(get_db_name()):
            raise SkipTest("seam_sale is not installed")
        super().setUpClass()
        cls.clerk = new_test_user(
            cls.env,
            "seam-clerk",
            groups="seam.group_seam_operator,sales_team.group_sale_salesman_all_leads,"
            "stock.group_stock_user",
        )
        cls.flow.owner_id = cls.clerk

    def order_of(self, message):
        self.assertEqual(message.state, "done", message.fault_message)
        return message._record()

    def test_01_unknown_sku(self):
        message, _order = self.take(
            self.order(lines=[self.line("1", "STOOL", 1, "29.35")], totals={"total": "29.35"})
        )
        case = self.only_case()
        self.assertEqual((case.held_docs, case.fault_class), (1, "data"))
        self.choose(self._make_product("Stool", "STL-1"))
        self.assertEqual(self.order_of(message).amount_total, 29.35)
        self.closed(case)

    def test_01_unknown_sku_mended_at_the_product(self):
        """Who enters the code at the product lets go on what waits for it."""
        stool = self._make_product("Stool", "STL-1")
        message, _order = self.take(
            self.order(lines=[self.line("1", "STOOL", 1, "29.35")], totals={"total": "29.35"})
        )
        if "seam_case_count" not in stool._fields:
            self.skipTest("seam_exception_product is not installed")
        stool.default_code = "STOOL"
        self.go_on()
        self.order_of(message)
        self.assertFalse(self.open_cases())

    def test_02_unknown_unit(self):
        document = self.order()
        document["lines"][1]["unit"] = "PCE"
        message, _order = self.take(document)
        self.choose(self.env.ref("uom.product_uom_unit"))
        self.order_of(message)

    def test_03_unknown_country_and_tax(self):
        document = self.order()
        document["billing"]["country"] = "XQ"
        document["lines"][0]["taxes"][0]["code"] = "76"
        message, _order = self.take(document)
        seen = set()
        for _step in range(2):
            case = self.only_case()
            seen.add(case.missing_model)
            self.choose(
                self.env.ref("base.us") if case.missing_model == "res.country" else self.tax
            )
        self.assertEqual(seen, {"res.country", "account.tax"})
        self.order_of(message)

    def test_04_customer_twice(self):
        partners = self.env["res.partner"].create(
            [{"name": name, "email": "john.doe@example.com"} for name in ("John", "Doe, John")]
        )
        message, _order = self.take()
        case = self.only_case()
        form = self.dialogue(case.action_open_fix())
        offered = {one["id"]: one["why"] for one in form.candidates}
        self.assertLessEqual(set(partners.ids), set(offered))
        self.choose(partners[1])
        self.assertEqual(self.order_of(message).partner_id, partners[1])

    def test_05_order_total_off_by_a_cent(self):
        document = self.order()
        document["totals"]["total"] = "29.36"
        message, _order = self.take(document)
        case = self.only_case()
        self.assertIn("+0.01" if "+0.01" in case.name else "-0.01", case.name)
        edited = self.edit(message, "totals › total", "29.35", "The shop confirmed 29.35")
        self.assertEqual(self.order_of(edited).amount_total, 29.35)
        self.closed(case)

    def test_06_contract_violated_by_a_new_type(self):
        document = self.order()
        document["lines"][0]["quantity"] = "two"
        message, _order = self.take(document)
        case = self.only_case()
        self.assertEqual(case.fault_class, "partner")
        edited = self.edit(message, "lines › 1 › quantity", "2")
        self.order_of(edited)
        self.closed(case)

    def test_07_a_field_renamed_by_the_partner(self):
        document = self.order()
        document["money"] = document.pop("totals")
        _message, _order = self.take(document)
        case = self.only_case()
        composer = (
            self.env["mail.compose.message"]
            .with_user(self.clerk)
            .with_context(**case.action_ask_partner()["context"])
            .create({"partner_ids": self.company.partner_id.ids})
        )
        composer._action_send_mail()
        self.assertEqual(case.stage, "partner")
        again, _order = self.take(self.order(minute=1))
        self.order_of(again)
        self.closed(case)

    def test_13_order_cancelled_after_shipping(self):
        _message, order = self.take()
        self.deliver(order)
        message, _order = self.take(self.order(minute=3, status="cancelled"))
        case = self.only_case()
        form = self.dialogue(case.action_open_conflict())
        form.choice = "ours"
        form.reason = "The customer keeps it"
        form.save().action_decide()
        self.go_on()
        self.assertEqual((message.state, order.state), ("discarded", "sale"))
        self.closed(case)
        line = self.env["seam.exception.override"].search([("exception_id", "=", case.id)])
        self.assertEqual(set(line.mapped("kind")), {"discarded", "kept"})

    def test_15_update_older_than_what_is_applied(self):
        """Nobody is asked: it says by itself that it is superseded, and by what."""
        self.take(self.order(minute=5))
        message, _order = self.take(self.order(minute=2))
        self.assertEqual(message.state, "superseded")
        self.assertTrue(message.state_reason)
        self.assertFalse(self.open_cases())

    def test_16_many_orders_held_up_by_one_missing_product(self):
        messages = self.env["seam.message"]
        for number in range(12):
            document = self.order(
                f"o{number}",
                lines=[self.line("1", "STOOL", 1, "10.00")],
                totals={"total": "10.00"},
            )
            messages |= self.message(self.receive(self.flow, document))
        self.drain()
        case = self.only_case()
        self.assertEqual((case.held_docs, case.held_value), (12, 120.0))
        self.choose(self._make_product("Stool", "STL-1"))
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.closed(case)

    def test_19_an_order_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        theirs = self._make_product("Theirs", "THEIRS", is_storable=False)
        theirs.company_id = other
        message, _order = self.take(
            self.order(lines=[self.line("1", "THEIRS", 1, "10.00")], totals={"total": "10.00"})
        )
        case = self.only_case()
        self.assertTrue(case.fix)
        # whoever keeps the catalogue shares the product; the clerk tries again
        theirs.sudo().company_id = False
        self.retry()
        self.order_of(message)
        self.closed(case)

    def test_20_an_upgrade_makes_a_field_mandatory(self):
        field = self.env["sale.order"]._fields["incoterm_location"]
        self.patch(field, "required", True)
        self.flow.action_check_drift()
        receipt = self.receive(self.flow, self.order())
        self.drain()
        case = self.only_case()
        self.assertEqual(case.fault_class, "system")
        self.assertIn("incoterm_location", case.name)
        # the administrator gives the field a default, and presses “Check again”
        self.patch(field, "required", False)
        self.flow.action_check_drift()
        self.go_on()
        self.order_of(self.message(receipt))
        self.closed(case)


@tagged("post_install", "-at_install")
class TestPartners(Clicks, OutgoingCase):
    def setUp(self):
        super().setUp()
        self.clerk = self.operator
        self.flow.owner_id = self.clerk

    def sent(self, *answers):
        self.answers[:] = answers
        self.emit()
        self.send_out()
        return self.outgoing()[-1]

    def again(self, message):
        """The next try is due, and the partner takes calls again."""
        self.let_time_pass(message)
        self.partner_is_back()
        self.send_out()
        self.env.invalidate_all()

    def partner_is_back(self):
        """The waits that he asked for, or that spare him, are over."""
        self.env.cr.execute("DELETE FROM seam_rate")
        self.env["seam.circuit"]._close(self.system.id)

    def test_08_an_expired_credential(self):
        message = self.sent(answer("401 Unauthorized"), answer("200 OK", b'{"id": "X-1"}'))
        case = self.only_case()
        self.assertEqual((case.code, case.fault_class), ("auth.failed", "system"))
        # an administrator enters the new one; the clerk presses “Retry all”
        case.action_retry()
        self.go_on("send")
        self.assertEqual(message.state, "done", message.fault_message)
        self.closed(case)

    def test_09_partner_down_for_an_hour(self):
        message = self.sent(*[answer("503 Down")] * 3, answer("200 OK", b'{"id": "X-1"}'))
        self.again(message)
        self.again(message)
        self.assertEqual(message.state, "waiting")
        self.assertIn("Next try", message.state_reason)
        self.assertFalse(self.open_cases(), "nobody is called for what passes")
        self.again(message)
        self.assertEqual(message.state, "done")

    def test_09_partner_down_for_longer_and_all_is_tried_again_at_once(self):
        self.flow.retry_schedule = "1"
        self.answers[:] = [answer("503 Down")]
        others = self.env["res.partner"].create([{"name": f"P{n}"} for n in range(5)])
        self.emit(others)
        self.send_out()
        self.let_time_pass(self.outgoing())
        self.send_out()
        case = self.only_case()
        self.assertEqual(case.held_docs, 5)
        self.answers[:] = [answer("200 OK", b'{"id": "X"}')]
        form = self.dialogue(case.action_open_bulk())
        form.kind = "retry"
        form.reason = "They are back"
        operation = self.env["seam.operation"].browse(form.save().action_look()["res_id"])
        with trap_jobs():
            operation.with_user(self.clerk).action_start()
        operation._run()
        self.partner_is_back()
        self.go_on("send")
        self.assertEqual(operation.done_count, 5)
        self.assertEqual(set(self.outgoing().mapped("state")), {"done"})
        self.closed(case)

    def test_10_partner_slow(self):
        self.flow.can_look_up = True
        message = self.sent(
            answer("504 Gateway Timeout"), answer("404 Not Found"), answer("200 OK")
        )
        self.assertEqual(message.state, "waiting")
        self.assertFalse(self.open_cases())
        self.again(message)
        self.assertEqual(message.state, "done")

    def test_11_a_storm_of_429(self):
        message = self.sent(answer("429 Slow down", Retry_After="900"), answer("200 OK"))
        self.assertEqual(message.state, "waiting")
        wait = message.next_try_at - fields.Datetime.now()
        self.assertGreater(wait.total_seconds(), 800)
        self.assertFalse(self.open_cases())
        self.again(message)
        self.assertEqual(message.state, "done")

    def test_12_no_answer_though_the_partner_acted(self):
        self.flow.retry_schedule = "1"
        message = self.sent(hang_up())
        self.again(message)
        case = self.only_case()
        self.assertEqual(case.code, "transport.ambiguous")
        posted = len(self.asked())
        form = self.dialogue(message.with_user(self.clerk).action_open_confirm())
        form.reason = "The warehouse told me"
        form.save().action_confirm()
        self.go_on("send")
        self.assertEqual((message.state, len(self.asked())), ("done", posted))
        self.closed(case)
        line = self.env["seam.exception.override"].search([("message_id", "=", message.id)])
        self.assertEqual((line.kind, line.user_id), ("confirmed", self.clerk))


@tagged("post_install", "-at_install")
class TestPrograms(Clicks, WorkplaceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls.operator
        cls.support = cls.team.copy({"name": "Support", "member_ids": False})
        cls.env["seam.exception.rule"].create(
            {
                "name": "Programs",
                "sequence": 1,
                "fault_class": "bug",
                "team_id": cls.support.id,
                "who": "lead",
            }
        )

    def test_14_stock_mismatch_after_a_count(self):
        message = self.bad(
            "1",
            "product:CHAIR",
            "order.conflict",
            message="CHAIR: 5 counted in the warehouse, 7 in Odoo.",
        )
        case = self.env["seam.exception"]
        self.sweep()
        case = self.open_cases(self.flow).with_user(self.clerk)
        form = self.dialogue(case.action_open_conflict())
        form.choice = "ours"
        form.reason = "Counted again: 7"
        form.save().action_decide()
        self.go_on()
        self.assertEqual(message.state, "discarded")
        self.closed(case)

    def test_16_300_orders_held_up_by_one_missing_product(self):
        missing = {"model": "res.partner", "code": "BAR3", "via": "binding"}
        for number in range(300):
            self.receive(
                self.flow,
                {
                    "id": f"o{number}",
                    "bad": "master.unknown",
                    "subject": "product:BAR3",
                    "extra": {"missing": missing},
                    "amount": 10,
                    "currency": self.company.currency_id.name,
                    "customer": f"C{number % 7}",
                },
                key=f"o{number}",
            )
        while self.env["seam.message"].search([("state", "=", "pending")], limit=1):
            self.drain()
        self.sweep()
        case = self.open_cases(self.flow).with_user(self.clerk)
        self.assertEqual(len(case), 1)
        self.assertEqual((case.held_docs, case.held_value, case.customer_count), (300, 3000, 7))
        self.mended.add("product:BAR3")
        form = self.dialogue(case.action_open_fix())
        form.res_id = self.company.partner_id.id
        form.save().action_fix()
        while self.env["seam.message"].search([("state", "=", "pending")], limit=1):
            self.go_on()
        self.closed(case)
        self.assertEqual(case.episode_ids.documents, 300)

    def test_17_a_bug_in_a_handler(self):
        message = self.bad("1", "Boom", "bug.handler")
        self.sweep()
        case = self.open_cases(self.flow)
        self.assertEqual(
            (case.fault_class, case.team_id, case.owner_id), ("bug", self.support, self.lead)
        )
        self.assertEqual(case.severity, "2")
        # the support brings a new version; whoever has the case tries again
        self.mended.add("Boom")
        case.with_user(self.lead).action_retry()
        self.go_on()
        self.assertEqual(message.state, "done")
        self.closed(case)

    def test_18_a_message_that_kills_its_worker(self):
        receipt = self.receive(self.flow, {"id": "killer"}, key="killer")
        for _crash in range(CRASHES_ALLOWED):
            conf = self._conf(self.flow)
            _claim, ids, _loose = self.env["seam.message"]._claim_batch(conf)
            self.env.cr.execute(
                "UPDATE seam_message SET lease_until = lease_until - interval '1 hour'"
                " WHERE id = ANY(%s)",
                [ids],
            )
            self.env["seam.message"]._rescue()
            self.env.invalidate_all()
        other = self.send(self.flow, {"id": "other"}, key="other")
        self.assertEqual(other.state, "done", "the others go on")
        self.sweep()
        case = self.open_cases(self.flow)
        self.assertEqual((case.code, case.team_id), ("worker.killed", self.support))
        action = case.with_user(self.clerk).action_open_discard()
        form = self.dialogue(action)
        form.reason = "Entered by hand"
        form.save().action_discard()
        self.go_on()
        self.assertEqual(self.message(receipt).state, "discarded")
        self.closed(case)
