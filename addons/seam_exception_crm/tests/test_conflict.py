from odoo.tests import tagged

from odoo.addons.seam_crm.models.words import shown
from odoo.addons.seam_crm.tests.common import CrmCase


@tagged("post_install", "-at_install")
class TestConflict(CrmCase):
    """A person decides in the workplace which side counts."""

    def conflict(self):
        ada = self.known(title="Engineer", phone="+49 30 1234567")
        self.edit(ada, function="Boss")
        message, _ada = self.take(self.contact(minute=40, title="Chief", phone="+49 30 7654321"))
        return ada, message, message.exception_id

    def wizard(self, case):
        action = case.with_user(self.operator).action_open_conflict()
        return (
            self.env[action["res_model"]]
            .with_user(self.operator)
            .with_context(**action["context"])
            .create({})
        )

    def decide(self, case, choice):
        wizard = self.wizard(case)
        wizard.write({"choice": choice, "reason": "Asked her."})
        wizard.action_decide()
        self.commit()
        self.drain()

    def test_all_three_are_offered_with_what_becomes_of_each_field(self):
        _ada, _message, case = self.conflict()
        wizard = self.wizard(case)
        self.assertIn("“Boss”", wizard.ours)
        self.assertIn("“Chief”", wizard.theirs)
        self.assertIn("“Chief”", wizard.merge, "theirs is the newer one")

    def test_both_values_are_shown_with_who_and_when(self):
        _ada, _message, case = self.conflict()
        shown = self.wizard(case).differences
        for word in ("Job Position", "Boss", "Chief", "Carla", self.env.user.name, "2026"):
            self.assertIn(word, shown)
        self.assertNotIn("7654321", shown, "of the phone number there is nothing to decide")

    def map(self, name, odoo, kind="auto"):
        """A field of their own that the CRM has, and where it goes."""
        field = self.env["ir.model.fields"]._get("res.partner", odoo)
        self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "document_field": f"custom.{name}",
                "field_id": field.id,
                "kind": kind,
            }
        )
        return field

    def custom(self, minute=0, **values):
        return {**self.contact(minute=minute), "custom": values}

    def conflict_of(self, before, ours, theirs):
        """:param before, theirs: values of custom fields at the CRM; ours: values in Odoo
        :return: the wizard"""
        _message, ada = self.take(self.custom(**before))
        self.edit(ada, **ours)
        message, _ada = self.take(self.custom(minute=40, **theirs))
        self.assertEqual(message.fault_code, "owner.conflict", message.fault_message)
        return self.wizard(message.exception_id)

    def test_a_choice_is_told_by_what_people_read(self):
        self.map("use", "type")
        wizard = self.conflict_of({"use": "contact"}, {"type": "delivery"}, {"use": "invoice"})
        for text in (wizard.differences, wizard.exception_id.fix):
            self.assertIn("Delivery", text)
            self.assertIn("Invoice", text)
        self.assertIn("“Delivery", wizard.ours)
        self.assertIn("“Invoice", wizard.theirs)
        for text in (wizard.differences, wizard.ours, wizard.theirs):
            self.assertNotIn("delivery", text)
            self.assertNotIn("invoice", text)

    def test_in_the_language_of_who_reads_it(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        field = self.map("use", "type")
        french = field.with_context(lang="fr_FR")
        french.field_description = "Genre d'adresse"
        words = {"delivery": "Livraison", "invoice": "Facturation"}
        for option in french.selection_ids.filtered(lambda x: x.value in words):
            option.name = words[option.value]
        self.env["ir.model.fields"].flush_model()
        self.env.registry.clear_cache()
        wizard = self.conflict_of({"use": "contact"}, {"type": "delivery"}, {"use": "invoice"})
        english = wizard.differences
        french = wizard.with_context(lang="fr_FR")
        french.invalidate_recordset()
        for word in ("Livraison", "Facturation", "Genre d"):
            self.assertIn(word, french.differences)
            self.assertNotIn(word, english)
        self.assertIn("Livraison", french.ours)

    def test_yes_and_no_are_words(self):
        self.map("firm", "is_company")
        _message, ada = self.take(self.contact())
        wizard = self.env["seam.crm.field"]._lines(self.system.id, "crm-contact")
        line = next(line for line in wizard if line.odoo == "is_company")
        self.assertEqual((shown(line, True, ada), shown(line, False, ada)), ("Yes", "No"))
        archived = next(line for line in wizard if line.kind == "archived")
        self.assertEqual(shown(archived, ada.active, ada), "Yes", "the label asks whether active")

    def test_of_what_is_settled_nothing_is_shown(self):
        _ada, message, case = self.conflict()
        wizard = self.wizard(case)
        message.with_user(self.operator)._discard("Settled by phone.")
        self.commit()
        wizard.invalidate_recordset()
        self.assertEqual(wizard.count, 0)
        self.assertEqual(wizard.differences, False)

    def test_confidential_values_are_hidden(self):
        self.flows["contacts"].confidential_pointers = "/fields/title"
        ada, _message, case = self.conflict()
        wizard = self.wizard(case)
        for text in (case.fix, wizard.differences, wizard.ours, wizard.theirs):
            self.assertNotIn("Boss", text)
            self.assertNotIn("Chief", text)
        self.decide(case, "theirs")
        self.assertEqual(ada.function, "Chief")

    def test_only_who_is_told_of_it_hears_of_it(self):
        _ada, _message, case = self.conflict()
        wizard = self.wizard(case)
        self.assertIn("is told", wizard.ours)
        self.assertNotIn("is told", wizard.theirs)

    def test_at_the_first_meeting_nobody_changed_anything(self):
        self.env["res.partner"].create(
            {"name": "Ada Lovelace", "email": "ada@x.example", "function": "Boss"}
        )
        message, _ada = self.take(self.contact(email="ada@x.example", title="Chief"))
        self.assertIn("differ about", message.exception_id.name)

    def test_keep_ours(self):
        ada, message, case = self.conflict()
        self.decide(case, "ours")
        self.assertEqual((message.state, ada.function), ("done", "Boss"))
        self.assertEqual(ada.phone, "+49 30 7654321")
        self.assertEqual([d["fields"] for d in self.told()], [{"title": "Boss"}])
        self.assertEqual(case.state, "resolved")

    def test_take_theirs(self):
        ada, message, case = self.conflict()
        self.decide(case, "theirs")
        self.assertEqual((message.state, ada.function), ("done", "Chief"))
        self.assertEqual(self.told(), [])

    def test_merge(self):
        ada, message, case = self.conflict()
        self.decide(case, "merge")
        self.assertEqual((message.state, ada.function), ("done", "Chief"))
