from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestStanding(CrmCase):
    """What a contact's page says of where it stands with a CRM, and what can be done there."""

    def standing(self, partner):
        """:return: (row, state on the page), as a clerk sees them"""
        self.commit()
        partner.invalidate_recordset()
        mine = partner.with_user(self.operator)
        action = mine.action_open_seam_crm()
        rows = self.env[action["res_model"]].with_user(self.operator).search(action["domain"])
        self.assertEqual(rows.state, mine.seam_crm_state)
        return rows, mine.seam_crm_state

    def test_who_is_in_step(self):
        ada = self.known(title="Engineer")
        row, state = self.standing(ada)
        self.assertEqual((state, row.system_id, row.external_id), ("ok", self.system, "C-1"))
        self.assertTrue(row.heard_at)
        self.assertFalse(row.told_at)
        self.edit(ada, function="Boss")
        self.assertEqual(self.standing(ada)[1], "way")
        self.told()
        row, state = self.standing(ada)
        self.assertEqual(state, "ok")
        self.assertTrue(row.told_at)
        self.assertEqual(Form(ada.with_user(self.operator)).seam_crm_text, self.system.name)

    def test_whom_no_crm_knows(self):
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        row, state = self.standing(nobody)
        self.assertFalse(row)
        self.assertFalse(state)

    def test_what_is_held_up_is_told_and_tried_again(self):
        ada = self.known(title="Engineer")
        self.edit(ada, function="Boss")
        message, _ada = self.take(self.contact(minute=40, title="Poet"))
        self.assertEqual(message.fault_code, "owner.conflict")
        row, state = self.standing(ada)
        self.assertEqual(state, "held")
        self.assertIn("both sides changed", row.why)
        self.assertEqual(row.exception_id, message.exception_id)
        self.assertEqual(row.action_open_exception()["res_id"], message.exception_id.id)
        found = self.env["seam.message"].search(row.action_open_messages()["domain"])
        self.assertIn(message, found)
        row.action_try_again()
        self.assertEqual((message.state, row.state), ("pending", "way"))

    def test_trying_again_tells_what_differs(self):
        ada = self.known(title="Engineer")
        row, _state = self.standing(ada)
        row.action_try_again()
        self.assertEqual(self.told(), [], "nothing differs")
        row.with_user(self.operator).action_try_again()
        with self.assertRaises(UserError):
            row.with_user(self.viewer).action_try_again()

    def test_what_was_deleted_there(self):
        ada = self.known()
        self.take(self.document(minute=1, deleted=True))
        row, state = self.standing(ada)
        self.assertEqual(state, "gone")
        with self.assertRaisesRegex(UserError, "deleted there"):
            row.action_try_again()
