from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from odoo.addons.seam.engine.fault import Fault

from .common import SeamCase

SCHEMA = """{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "required": ["id", "quantity"],
  "properties": {"id": {"type": "string"}, "quantity": {"type": "integer"}}
}"""


@tagged("post_install", "-at_install")
class TestWizards(SeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        contract = cls.env["seam.contract"].create({"name": "thing"})
        version = cls.env["seam.contract.version"].create(
            {"contract_id": contract.id, "version": "1.0.0", "text": SCHEMA, "sha256": "x"}
        )
        cls.flow = cls.make_flow(contract_version_id=version.id)
        Partner = cls.env["res.partner"]
        cls.oak = Partner.create({"name": "Oak & Pine", "ref": "OAK-1"})
        cls.pine = Partner.create({"name": "Pine Only", "ref": "PINE"})

    # -- edit and resubmit -----------------------------------------------------------

    def wrong(self):
        return self.message(self.receive(self.flow, {"id": 7, "quantity": "two"}))

    def edit(self, message):
        return Form(
            self.env["seam.edit.wizard"]
            .with_user(self.operator)
            .with_context(default_message_id=message.id)
        )

    def test_the_editor_says_what_is_still_wrong(self):
        form = self.edit(self.wrong())
        self.assertEqual(
            {violation["pointer"] for violation in form.violations}, {"/id", "/quantity"}
        )
        form.text = '{"id": "7", "quantity": "two"}'
        self.assertEqual([v["pointer"] for v in form.violations], ["/quantity"])
        form.text = '{"id": "7", "quantity": 2'
        self.assertEqual([v["code"] for v in form.violations], ["schema.malformed"])
        form.text = '{"id": "7", "quantity": 2}'
        self.assertFalse(form.violations)

    def test_what_is_still_wrong_is_not_resubmitted(self):
        message = self.wrong()
        form = self.edit(message)
        form.text = '{"id": "7", "quantity": "two"}'
        form.reason = "By phone"
        action = form.save().action_resubmit()
        self.assertEqual((action["res_model"], action["target"]), ("seam.edit.wizard", "new"))
        self.assertEqual(message.state, "failed")

    def test_a_reason_is_asked_for(self):
        form = self.edit(self.wrong())
        form.text = '{"id": "7", "quantity": 2}'
        with self.assertRaisesRegex(UserError, "Say why"):
            form.save().action_resubmit()

    def test_an_edit_leads_to_the_new_message_which_tells_its_story(self):
        message = self.wrong()
        form = self.edit(message)
        form.text = '{"id": "7", "quantity": 2}'
        form.reason = "By phone"
        action = form.save().action_resubmit()
        edited = self.env["seam.message"].browse(action["res_id"])
        self.commit()
        self.drain()
        self.assertEqual((message.state, edited.state), ("replaced", "done"))
        told = next(line for line in edited.timeline if line["difference"])
        self.assertEqual((told["who"], told["reason"]), (self.operator.name, "By phone"))
        self.assertIn(["+", '{"id": "7", "quantity": 2}'], told["difference"])

    # -- discard ---------------------------------------------------------------------

    def test_of_a_selection_only_the_unfinished_are_discarded(self):
        failed = self.wrong()
        done = self.send(self.flow, {"id": "8", "quantity": 1})
        wizard = (
            self.env["seam.discard.wizard"]
            .with_user(self.operator)
            .create({"message_ids": (failed | done).ids, "reason": "Entered by hand"})
        )
        self.assertEqual((wizard.count, wizard.left_count), (1, 1))
        wizard.action_discard()
        self.assertEqual((failed.state, done.state), ("discarded", "done"))

    def test_of_a_selection_only_what_failed_is_retried(self):
        failed = self.wrong()
        done = self.send(self.flow, {"id": "8", "quantity": 1})
        (failed | done).with_user(self.operator).action_retry_selected()
        self.assertEqual((failed.state, done.state), ("pending", "done"))

    # -- choose what a code means -------------------------------------------------------

    def case(self, code, name="", via="binding"):
        fault = Fault(
            "master.unknown",
            f"Partner {code} is unknown.",
            subject=f"res.partner:{code}",
            extra={"missing": {"model": "res.partner", "code": code, "name": name, "via": via}},
        )
        (id_,) = self.env["seam.exception"]._open(self._conf(self.flow), [fault]).values()
        return self.env["seam.exception"].browse(id_)

    def fix(self, case):
        return Form(
            self.env["seam.fix.wizard"]
            .with_user(self.operator)
            .with_context(default_exception_id=case.id)
        )

    def test_a_record_with_the_code_is_proposed_and_chosen(self):
        form = self.fix(self.case("OAK-1"))
        self.assertEqual(form.candidates[0]["id"], self.oak.id)
        self.assertIn("OAK-1", form.candidates[0]["why"])
        self.assertEqual(form.res_id, self.oak.id)

    def test_a_similar_name_is_proposed_and_not_chosen(self):
        form = self.fix(self.case("X1", "oak and pine"))
        self.assertIn(self.oak.id, [candidate["id"] for candidate in form.candidates])
        self.assertFalse(form.res_id)

    def test_what_the_code_means_elsewhere_is_proposed(self):
        other = self.env["seam.system"].create({"name": "Other shop", "code": "other"})
        self.env["seam.value.map"]._learn(other.id, "res.partner", "X1", self.pine)
        form = self.fix(self.case("X1"))
        self.assertEqual(form.candidates[0]["id"], self.pine.id)
        self.assertIn("Other shop", form.candidates[0]["why"])

    def test_a_code_is_compared_and_not_searched_for(self):
        form = self.fix(self.case("%"))
        self.assertFalse([c for c in form.candidates if c["sure"]])

    def test_choosing_remembers_and_releases(self):
        case = self.case("X1")
        message = self.wrong()
        self.env.cr.execute(
            "UPDATE seam_message SET exception_id = %s WHERE id = %s", [case.id, message.id]
        )
        self.env.invalidate_all()
        form = self.fix(case)
        form.res_id = self.pine.id
        action = form.save().action_fix()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(action["params"]["message"], "Messages released: 1")
        bound = self.env["seam.binding"]._find(self.system.id, "res.partner", ["X1"])
        self.assertEqual(bound["X1"], self.pine)
        self.assertEqual(message.state, "pending")

    def test_nothing_is_remembered_until_something_is_chosen(self):
        wizard = (
            self.env["seam.fix.wizard"]
            .with_user(self.operator)
            .create({"exception_id": self.case("X1").id})
        )
        with self.assertRaisesRegex(UserError, "Choose the record"):
            wizard.action_fix()
