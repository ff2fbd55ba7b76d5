from psycopg2.errors import UniqueViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.seam.engine.fault import CODES, Fault
from odoo.addons.seam.models.seam_exception import fingerprint

from ..const import FAULT_CLASSES, fault_class
from .common import WorkplaceCase


@tagged("post_install", "-at_install")
class TestOneCasePerCause(WorkplaceCase):
    def test_messages_of_one_cause_join_one_case(self):
        for number in range(3):
            self.bad(str(number))
        case = self.case()
        self.assertEqual(len(case), 1)
        self.assertEqual(case.held_docs, 3)

    def test_the_same_error_about_other_documents_is_one_cause(self):
        self.bad("1", "Order S00042 cannot be confirmed.", "business.rule")
        self.bad("2", "Order S100001 cannot be confirmed.", "business.rule")
        self.assertEqual(len(self.case()), 1)

    def test_codes_that_differ_in_case_alone_are_two_causes(self):
        self.bad("1", "product:bar3")
        self.bad("2", "product:BAR3")
        self.assertEqual(len(self.case()), 2)

    def test_what_comes_back_is_the_same_case_and_tells_its_history(self):
        self.bad("1")
        first = self.case()
        self.mend()
        self.assertEqual((first.state, first.stage), ("resolved", "resolved"))
        episode = first.episode_ids
        self.assertEqual((episode.resolved_by_id, episode.documents), (self.operator, 1))
        self.assertIn("The catalogue was mended", episode.how)

        self.mended.clear()
        self.bad("2")
        again = self.case()
        self.assertEqual(again, first)
        self.assertTrue(again.regressed)
        self.assertEqual((again.stage, again.occurrence, again.held_docs), ("new", 2, 1))
        self.assertFalse(again.resolution)
        self.assertIn("The catalogue was mended", again.last_resolution)
        self.assertIn("The catalogue was mended", again.like_hint)
        self.assertIn("there again", again.message_ids.sorted("id")[-1].body)

    def test_what_comes_back_after_a_long_time_is_a_new_case(self):
        self.bad("1")
        first = self.case()
        self.mend()
        first.resolved_at = fields.Datetime.subtract(fields.Datetime.now(), days=31)
        self.env.flush_all()
        self.mended.clear()
        self.bad("2")
        self.assertNotEqual(self.case(), first)

    def test_of_several_closed_cases_the_newest_goes_on(self):
        self.bad("1")
        old = self.case()
        self.mend()
        new = old.copy({"fingerprint": old.fingerprint, "resolved_at": fields.Datetime.now()})
        old.resolved_at = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        self.env.flush_all()
        self.mended.clear()
        self.bad("2")
        self.assertEqual(self.case(), new)

    def test_one_cause_is_never_open_twice(self):
        self.bad("1")
        first = self.case()
        self.mend()
        first.copy({"fingerprint": first.fingerprint, "state": "open", "stage": "new"})
        with self.assertRaises(UniqueViolation), mute_logger("odoo.sql_db"):
            self.env.cr.execute(
                "UPDATE seam_exception SET state = 'open' WHERE id = %s", [first.id]
            )

    def test_the_fingerprint_is_made_in_one_place(self):
        conf = self._conf(self.flow)
        one = Fault("master.unknown", "a", subject=" product:X ")
        other = Fault("master.unknown", "b", subject="product:X")
        self.assertEqual(fingerprint(conf, one), fingerprint(conf, other))

    def test_every_fault_is_somebodys_matter(self):
        known = {key for key, _label in FAULT_CLASSES}
        for code in CODES:
            self.assertIn(fault_class(code), known, code)
        self.assertEqual(fault_class("bug.handler"), "bug")
        self.assertEqual(fault_class("auth.failed"), "system")
        self.assertEqual(fault_class("transport.timeout"), "partner")
        self.assertEqual(fault_class("master.unknown"), "data")

    def test_a_case_that_holds_messages_is_not_closed_by_hand(self):
        self.bad("1")
        case = self.case()
        with self.assertRaisesRegex(UserError, "still holds up"):
            case.with_user(self.operator)._mark_resolved("I think so")
        self.assertEqual(case.state, "open")

    def test_a_case_about_a_flow_is_closed_by_hand_and_says_by_whom(self):
        conf = self._conf(self.flow)
        fault = Fault("config.invalid", "A setting is wrong.", subject="x")
        (id_,) = self.env["seam.exception"]._open(conf, [fault]).values()
        case = self.env["seam.exception"].browse(id_)
        self.env["seam.exception"]._count_touched()
        case.with_user(self.operator)._mark_resolved("Set it right")
        self.assertEqual((case.state, case.stage), ("resolved", "resolved"))
        self.assertEqual(case.episode_ids.resolved_by_id, self.operator)
        self.assertEqual(case.episode_ids.how, "Set it right")
