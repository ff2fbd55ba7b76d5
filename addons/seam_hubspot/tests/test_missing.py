from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from . import hubspot_case


@tagged("post_install", "-at_install")
class TestMissing(hubspot_case.HubspotCase):
    """A property that is mapped, and that HubSpot has no more: it says nothing of it."""

    def setUp(self):
        super().setUp()
        self.hubspot.add_property("contacts", "tier")
        self.tier = self.map("tier", "custom.tier", "ref")
        self.commit()

    def map(self, vendor, name, odoo):
        return self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "vendor_field": vendor,
                "document_field": name,
                "field_id": self.env["ir.model.fields"]._get("res.partner", odoo).id,
            }
        )

    def ada(self):
        number = self.hubspot.make("contacts", firstname="Ada", lastname="Lovelace", tier="gold")
        self.settled()
        ada = self.record("contacts", number)
        self.assertEqual(ada.ref, "gold")
        return number, ada

    def case(self):
        return self.open_cases().filtered(lambda case: case.code == "drift.field")

    def look(self):
        self.system._crm_look()
        self.commit()

    def test_nothing_is_missing_of_what_is_usual(self):
        self.look()
        self.assertFalse(self.open_cases())

    def test_it_is_told_and_the_others_go_on(self):
        number, ada = self.ada()
        self.hubspot.remove_property("contacts", "tier")
        self.look()
        self.assertEqual(self.tier.missing, "tier")
        self.assertIn("tier", self.case().name)
        asked = [path for _method, path, _body in self.hubspot.calls]
        self.assertEqual(len(asked), len(set(asked)), "one call for each kind")
        self.assertEqual(len(asked), 6)
        self.hubspot.edit("contacts", number, jobtitle="Countess")
        self.pull("contacts")
        self.assertEqual((ada.function, ada.ref), ("Countess", "gold"))
        ada.write({"ref": "silver", "phone": "+49 30 1"})
        self.assertEqual(len(self.told()), 1)
        self.assertEqual(self.hubspot.values("contacts", number)["phone"], "+49 30 1")
        self.assertEqual(self.open_cases(), self.case())

    def test_what_was_refused_for_it_goes_on_by_itself(self):
        number, ada = self.ada()
        self.hubspot.remove_property("contacts", "tier")
        self.system.crm_looked_at = False
        ada.write({"ref": "silver", "phone": "+49 30 1"})
        with trap_jobs() as trap:
            self.told()
        self.assertEqual(self.states("contacts-out"), ["failed"])
        self.assertIn("_crm_look", [job.method_name for job in trap.enqueued_jobs])
        self.look()
        self.told()
        self.assertEqual(self.hubspot.values("contacts", number)["phone"], "+49 30 1")
        self.assertEqual(self.open_cases(), self.case(), self.reasons())

    def test_it_closes_by_itself_when_it_is_back_and_empties_nothing(self):
        number, ada = self.ada()
        self.hubspot.remove_property("contacts", "tier")
        said = self.system.action_hubspot_learn()["params"]
        self.assertEqual(said["type"], "warning")
        self.assertIn("tier", said["message"])
        self.assertTrue(self.case())
        self.hubspot.add_property("contacts", "tier")
        self.hubspot.edit("contacts", number, tier="", jobtitle="Countess")
        self.hubspot.calls.clear()
        said = self.system.action_hubspot_learn()["params"]
        self.assertEqual(said["type"], "success")
        asked = [path for _method, path, _body in self.hubspot.calls if "properties" in path]
        self.assertEqual(len(asked), len(set(asked)), "types and names are one question")
        self.assertFalse(self.open_cases())
        self.pull("contacts")
        self.assertEqual((ada.function, ada.ref), ("Countess", "gold"))
        self.told()
        self.assertEqual(self.hubspot.values("contacts", number)["tier"], "gold")

    def test_hidden_properties_are_there(self):
        self.hubspot.properties["contacts"]["tier"]["hidden"] = True
        self.look()
        self.assertFalse(self.tier.missing)

    def test_of_activities_each_kind_has_its_own(self):
        line = self.env["seam.crm.field"].search(
            [
                ("system_id", "=", self.system.id),
                ("document", "=", "crm-activity"),
                ("document_field", "=", "feedback"),
            ]
        )
        line.vendor_field = "hs_internal_meeting_notes outcome"
        self.look()
        self.assertEqual(line.missing, "outcome")
        options = self.env["seam.flow"]._conf_by_id(self.flows["tasks"].id).options
        self.assertIn(("hs_internal_meeting_notes", "feedback", "both"), options["crm_fields"])
