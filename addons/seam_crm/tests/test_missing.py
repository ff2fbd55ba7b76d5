from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.engine.fault import Fault

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestMissing(CrmCase):
    """A field that is mapped, and that the CRM has no more."""

    def setUp(self):
        super().setUp()
        self.there, self.asked = {"Ref__c", "Color__c"}, []
        connector = type(self.env["seam.connector.api"])
        self.patch(connector, "_crm_looks", True)
        self.patch(connector, "_crm_missing", self.missing)
        self.ref = self.map("ref", vendor_field="Ref__c")
        self.color = self.map("color", "custom.color", vendor_field="Color__c")

    def missing(self, client, document, names):
        self.asked.append(document)
        return set(names) - self.there

    def map(self, odoo, name="custom.ref", **values):
        line = self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "document_field": name,
                "field_id": self.env["ir.model.fields"]._get("res.partner", odoo).id,
                **values,
            }
        )
        self.commit()
        return line

    def look(self):
        """The daily look: all that it is asked for."""
        self.system._crm_look()
        self.commit()

    def names(self):
        """:return: names of the document's fields of which connectors are told"""
        options = self.env["seam.flow"]._conf_by_id(self.flows["contacts"].id).options
        return {name for _vendor, name, _way in options["crm_fields"]}

    def say(self, minute, **custom):
        return {**self.contact(minute=minute), "custom": custom}

    def test_it_is_told_once_and_closes_by_itself(self):
        self.look()
        self.assertFalse(self.cases())
        self.there.clear()
        self.look()
        case = self.cases()
        self.assertEqual(len(case), 1)
        self.assertIn("Ref__c", case.name)
        self.assertIn("Color__c", case.name)
        self.assertIn("archive", case.fix)
        self.assertEqual(self.ref.missing, "Ref__c")
        since = self.ref.missing_since
        self.assertTrue(since)
        self.look()
        self.assertEqual(self.cases(), case, "it is told once")
        self.assertEqual(self.ref.missing_since, since)
        self.env["seam.exception"]._close_left_open()
        self.assertEqual(case.state, "open", "no message waits for it, and it is about the flow")
        self.there.add("Ref__c")
        self.look()
        self.assertNotIn("Ref__c", case.name)
        self.assertFalse(self.ref.missing or self.ref.missing_since)
        self.there.add("Color__c")
        self.look()
        self.assertEqual(case.state, "resolved")

    def test_it_closes_when_the_lines_are_archived_removed_or_mapped_to_another(self):
        for mend in (
            lambda: self.ref.action_archive(),
            lambda: self.ref.write({"vendor_field": "Color__c"}),
            lambda: self.ref.unlink(),
        ):
            self.there = {"Color__c"}
            self.look()
            case = self.cases()
            self.assertEqual(len(case), 1)
            mend()
            self.assertEqual(case.state, "resolved")
            if self.ref.exists():
                self.ref.write({"vendor_field": "Ref__c", "active": True})

    def test_the_others_go_on_and_nothing_is_emptied(self):
        self.take(self.say(0, ref="K-7", color=3))
        ada = self.env["res.partner"].search([("ref", "=", "K-7")])
        self.commit()
        self.there.remove("Ref__c")
        self.look()
        self.assertNotIn("custom.ref", self.names())
        self.assertIn("custom.color", self.names())
        self.take(self.say(40, color=4))
        self.assertEqual((ada.ref, ada.color), ("K-7", 4))
        self.edit(ada, ref="K-8")
        self.assertFalse(self.told(), "nobody takes it there")
        self.edit(ada, ref="K-9", function="Boss")
        (told,) = self.told()
        self.assertNotIn("ref", told.get("custom", {}))
        self.assertEqual(told["fields"], {"title": "Boss"})

    def test_what_comes_back_empty_empties_nothing(self):
        self.take(self.say(0, ref="K-7", color=3))
        ada = self.env["res.partner"].search([("ref", "=", "K-7")])
        self.commit()
        self.there.remove("Ref__c")
        self.look()
        self.there.add("Ref__c")
        self.look()
        self.assertIn("custom.ref", self.names())
        self.take(self.say(40, ref=None, color=3))
        self.assertEqual(ada.ref, "K-7")
        self.assertEqual([told["custom"] for told in self.told()], [{"ref": "K-7"}])

    def test_what_was_changed_on_both_sides_meanwhile_is_asked(self):
        self.take(self.say(0, ref="K-7", color=3))
        ada = self.env["res.partner"].search([("ref", "=", "K-7")])
        self.commit()
        self.there.remove("Ref__c")
        self.look()
        self.edit(ada, ref="K-8")
        self.there.add("Ref__c")
        self.look()
        message, _ada = self.take(self.say(40, ref="K-9", color=3))
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        self.assertEqual(ada.ref, "K-8")

    def test_of_two_that_make_one_text_half_is_nothing(self):
        self.ref.vendor_field = "First__c Ref__c"
        self.look()
        self.assertEqual(self.ref.missing, "First__c")
        self.assertNotIn("custom.ref", self.names())

    def test_each_crm_is_asked_once_a_day(self):
        def due():
            with trap_jobs() as trap:
                self.env["seam.system"]._cron_crm_look()
            return [job for job in trap.enqueued_jobs if job.recordset == self.system]

        self.assertEqual(len(due()), 1)
        self.look()
        self.assertEqual(sorted(self.asked), sorted(set(self.asked)), "one call for each kind")
        self.assertFalse(due())
        self.system.crm_looked_at = fields.Datetime.now() - timedelta(hours=23)
        self.assertEqual(len(due()), 1)
        self.system.action_disable()
        self.assertFalse(due())

    def test_a_refusal_is_looked_into_once_an_hour(self):
        for hours, jobs in ((None, 1), (0, 0), (2, 1)):
            self.system.crm_looked_at = hours is not None and fields.Datetime.now() - timedelta(
                hours=hours
            )
            with trap_jobs() as trap:
                self.system._crm_look_soon()
            self.assertEqual(len(trap.enqueued_jobs), jobs, hours)

    def test_a_crm_that_is_not_reached_keeps_what_is_known(self):
        self.there.remove("Ref__c")
        self.look()

        def refuse(_self, _client, _document, _names):
            raise Fault("transport.refused", "It cannot be reached.", fix="Wait.")

        self.patch(type(self.env["seam.connector.api"]), "_crm_missing", refuse)
        with self.assertLogs("odoo.addons.seam_crm", "WARNING"):
            self.look()
        self.assertEqual(self.ref.missing, "Ref__c")
        with self.assertRaisesRegex(UserError, "cannot be reached. Wait."):
            self.ref.action_crm_look()

    def test_the_button_says_what_it_found(self):
        said = self.ref.action_crm_look()["params"]
        self.assertEqual(said["type"], "success")
        self.there.remove("Ref__c")
        said = self.ref.action_crm_look()["params"]
        self.assertEqual(said["type"], "warning")
        self.assertIn("Ref__c", said["message"])
        action = self.cases().action_crm_missing()
        self.assertEqual(
            self.env["seam.crm.field"].search([*action["domain"], ("missing", "!=", False)]),
            self.ref,
        )

    def test_a_crm_that_cannot_be_asked_is_not(self):
        self.patch(type(self.env["seam.connector.api"]), "_crm_looks", False)
        with trap_jobs() as trap:
            self.env["seam.system"]._cron_crm_look()
            self.system._crm_look_soon()
        self.assertFalse([job for job in trap.enqueued_jobs if job.recordset == self.system])
        with self.assertRaisesRegex(UserError, "cannot tell"):
            self.ref.action_crm_look()
