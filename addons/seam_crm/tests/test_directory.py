from odoo.tests import tagged

from .common import CrmCase

STAGES = [("S-1", "Lead", "Open"), ("S-2", "Signed", "Won")]
PEOPLE = [("U-1", "Olga Owner", "olga@crm.example"), ("U-2", "Otto", "OTTO@crm.example")]


@tagged("post_install", "-at_install")
class TestDirectory(CrmCase):
    """Stages and people of a CRM are told once what they are in Odoo, in one list."""

    def setUp(self):
        super().setUp()
        self.operator.email = "otto@crm.example"
        self.won = self.env["crm.stage"].create({"name": "Signed", "is_won": True})

    def rows(self):
        action = self.env["seam.crm.directory"]._open(self.system, STAGES, PEOPLE)
        found = self.env[action["res_model"]].search(action["domain"])
        return {row.code: row for row in found}

    def test_what_is_chosen_is_kept(self):
        rows = self.rows()
        rows["S-2"].stage_id = self.won
        meant = self.env["seam.value.map"]._translate(self.system.id, "crm.stage", ["S-1", "S-2"])
        self.assertEqual(meant, {"S-2": self.won})
        rows["U-1"].user_id = self.viewer
        rows["U-1"].user_id = self.operator
        found = self.env["seam.binding"]._find(self.system.id, "res.users", ["U-1"])
        self.assertEqual(found, {"U-1": self.operator})
        again = self.rows()
        self.assertEqual((again["S-2"].stage_id, again["U-1"].user_id), (self.won, self.operator))
        self.assertTrue(again["S-2"].known)
        self.assertFalse(again["S-1"].known)
        again["U-1"].user_id = False
        self.assertFalse(self.env["seam.binding"]._find(self.system.id, "res.users", ["U-1"]))

    def test_whom_odoo_knows_by_the_address_is_shown(self):
        rows = self.rows()
        self.assertEqual(rows["U-2"].user_id, self.operator)
        self.assertFalse(rows["U-1"].user_id)

    def test_what_waits_for_somebody_goes_on(self):
        message, _none = self.take(self.contact(owner={"id": "U-1", "name": "Olga Owner"}))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.unknown"))
        self.rows()["U-1"].user_id = self.viewer
        self.commit()
        self.drain()
        self.assertEqual((message.state, message._record().user_id), ("done", self.viewer))
