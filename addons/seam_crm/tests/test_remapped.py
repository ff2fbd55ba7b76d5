from odoo.tests import tagged

from .common import CrmCase, answer


@tagged("post_install", "-at_install")
class TestRemapped(CrmCase):
    """Lines of the mapping that come, or change, when both sides agree already."""

    def field(self, name):
        return self.env["ir.model.fields"]._get("res.partner", name).id

    def map(self, odoo, name="custom.ref", **values):
        """An administrator maps a field of the CRM's to one of Odoo's."""
        line = self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "document_field": name,
                "field_id": self.field(odoo),
                **values,
            }
        )
        self.commit()
        # not the beginning of the transaction in which all of a test is done
        self.env.cr.execute(
            "UPDATE seam_crm_field SET write_date = clock_timestamp() AT TIME ZONE 'UTC'"
            " WHERE id = %s",
            [line.id],
        )
        line.invalidate_recordset()
        self.env.registry.clear_cache()
        return line

    def say(self, minute, ref):
        return {**self.contact(minute=minute), "custom": {"ref": ref}}

    def test_a_line_to_another_field_of_odoo_empties_nothing_there(self):
        line = self.map("ref")
        ada, _message = self.known(), self.take(self.say(1, "K-7"))
        self.assertEqual(ada.ref, "K-7")
        line.field_id = self.field("barcode")
        self.edit(ada, function="Boss")
        (told,) = self.told()
        self.assertNotIn("custom", told, "Odoo's other field never was the CRM's")
        self.take(self.say(40, "K-7"))
        self.assertEqual(ada.barcode, "K-7", "the new field is filled by what the CRM says next")
        self.assertEqual(ada.ref, "K-7")

    def test_a_line_of_another_field_of_the_crm_empties_nothing_here(self):
        line = self.map("ref", vendor_field="Ref__c")
        ada, _message = self.known(), self.take(self.say(1, "K-7"))
        line.vendor_field = "Number__c"
        self.take(self.say(40, None))
        self.assertEqual(ada.ref, "K-7", "the CRM's other field never had anything")
        self.assertEqual([told["custom"] for told in self.told()], [{"ref": "K-7"}])

    def test_a_line_that_changes_otherwise_keeps_what_is_agreed(self):
        line = self.map("ref")
        ada, _message = self.known(), self.take(self.say(1, "K-7"))
        line.write({"sequence": 99, "direction": "both", "vendor_field": False})
        self.take(self.say(40, None))
        self.assertFalse(ada.ref)

    def test_a_line_made_anew_begins_anew(self):
        line = self.map("ref")
        ada, _message = self.known(), self.take(self.say(1, "K-7"))
        line.unlink()
        self.map("barcode")
        self.edit(ada, function="Boss")
        (told,) = self.told()
        self.assertNotIn("custom", told)

    def test_companies_keep_what_is_agreed_when_a_line_of_contacts_changes(self):
        self.map("ref", "custom.ref", document="crm-company")
        line = self.map("barcode")
        acme = self.known("A-1", "companies", name="Acme")
        self.take({**self.contact("A-1", 1, name="Acme"), "custom": {"ref": "K-7"}}, "companies")
        line.field_id = self.field("ref")
        self.take({**self.contact("A-1", 40, name="Acme"), "custom": {"ref": None}}, "companies")
        self.assertFalse(acme.ref, "the CRM emptied what both had")

    # -- a line that is new ------------------------------------------------------------

    def test_what_odoo_has_is_not_written_over_what_the_crm_may_have(self):
        ada = self.known()
        self.edit(ada, ref="ours")
        self.map("ref")
        self.edit(ada, function="Boss")
        (told,) = self.told()
        self.assertNotIn("custom", told, "the CRM was never asked for it")
        message, _ada = self.take(self.say(40, "theirs"))
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))

    def test_what_odoo_has_is_told_when_the_crm_says_that_it_has_nothing(self):
        ada = self.known()
        self.edit(ada, ref="ours")
        self.map("ref")
        self.take(self.say(40, None))
        self.assertEqual([told["custom"] for told in self.told()], [{"ref": "ours"}])

    def test_what_is_changed_here_is_told(self):
        ada = self.known()
        self.map("ref")
        self.edit(ada, ref="ours")
        self.assertEqual([told["custom"] for told in self.told()], [{"ref": "ours"}])

    def test_odoos_own_field_is_told_at_once(self):
        ada = self.known()
        self.edit(ada, ref="ours")
        self.map("ref", owner="ours")
        self.edit(ada, function="Boss")
        self.assertEqual([told["custom"] for told in self.told()], [{"ref": "ours"}])

    def test_what_was_filled_while_it_was_made_there_is_told(self):
        """Nothing was agreed on yet, so that nothing marked the change."""
        self.flows["contacts-out"].crm_new = True
        self.commit()
        ada = self.env["res.partner"].create({"name": "Ada Lovelace"})
        self.answers = [answer("200 OK", b'{"id": "C-9"}')]
        self.told()
        self.edit(ada, function="Boss")
        self.env.cr.execute("UPDATE seam_crm_agreement SET changed = NULL")
        self.assertEqual([told["fields"] for told in self.told()], [{"title": "Boss"}])
