from odoo.tests import tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from .story_case import START, StoryCase


@tagged("post_install", "-at_install")
class TestMissing(StoryCase):
    """A field that is mapped, and that Salesforce has no more or does not show any more."""

    def setUp(self):
        super().setUp()
        self.system.crm_looked_at = "2026-03-01 08:00:00"
        self.score = self.map("Score__c", "custom.score", "color")
        self.vat = self.map("VAT__c", "vat", "vat", kind="code")
        self.commit()

    def map(self, vendor, name, odoo, document="crm-company", **values):
        return self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": document,
                "vendor_field": vendor,
                "document_field": name,
                "field_id": self.env["ir.model.fields"]._get("res.partner", odoo).id,
                **values,
            }
        )

    def acme(self, **values):
        acme = self.fake.make("Account", Name="Acme Tools", Score__c=7, **values)
        self.take("companies")
        company = self.partner_of(acme)
        self.assertEqual(company.color, 7)
        return acme, company

    def describes(self):
        return [path for _method, path in self.fake.calls if path.endswith("/describe")]

    def case(self):
        return self.open_cases().filtered(lambda case: case.code == "drift.field")

    def test_a_pull_goes_on_without_it(self):
        acme, company = self.acme()
        self.fake.tick()
        self.fake.hidden.add(("Account", "Score__c"))
        self.fake.change("Account", acme, Phone="+49 30 7654321", Score__c=9)
        self.run_pull("companies", START)
        self.assertEqual(self.pull_of("companies").state, "running", "it goes on in a moment")
        self.assertEqual(self.score.missing, "Score__c")
        self.assertFalse(self.vat.missing)
        self.go_on("companies")
        self.drain()
        self.assertEqual(self.pull_of("companies").state, "idle")
        self.assertEqual((company.phone, company.color), ("+49 30 7654321", 7))
        self.assertEqual(self.open_cases(), self.case())
        self.assertIn("Score__c", self.case().name)
        self.assertEqual(len(self.describes()), 5, "one for each object")

    def test_what_has_another_cause_is_told_as_before(self):
        self.acme()
        self.fake.hidden.add(("Account", "Seam_Id__c"))
        self.run_pull("companies", START)
        self.assertEqual(self.pull_of("companies").state, "failed")
        self.assertEqual(self.open_cases().code, "config.invalid")
        asked = len(self.describes())
        self.run_pull("companies", START)
        self.assertEqual(len(self.describes()), asked, "it is not asked again at once")

    def test_what_odoo_changes_goes_on_without_it(self):
        acme, company = self.acme()
        self.fake.hidden.add(("Account", "Score__c"))
        company.write({"color": 8, "phone": "+49 30 1"})
        self.commit()
        with trap_jobs() as trap:
            self.tell()
        self.assertEqual(self.settled("companies-out"), {"failed"})
        looks = [job for job in trap.enqueued_jobs if job.method_name == "_crm_look"]
        self.assertEqual([job.recordset.id for job in looks], [self.system.id])
        self.system._crm_look()
        self.assertEqual(len(self.tell()), 1)
        there = self.fake.records["Account"][acme]
        self.assertEqual((there["Phone"], there["Score__c"]), ("+49 30 1", 7))
        self.assertEqual(self.open_cases(), self.case())

    def test_it_comes_back_and_is_met_for_the_first_time(self):
        acme, company = self.acme()
        self.fake.hidden.add(("Account", "Score__c"))
        self.system._crm_look()
        company.color = 8
        self.assertFalse(self.tell(), "nothing is left of it")
        self.fake.hidden.remove(("Account", "Score__c"))
        self.fake.tick()
        self.fake.change("Account", acme, Score__c=None, Phone="+49 30 2")
        self.system._crm_look()
        self.assertFalse(self.open_cases())
        self.take("companies")
        self.assertEqual((company.phone, company.color), ("+49 30 2", 8))
        self.tell()
        self.assertEqual(self.fake.records["Account"][acme]["Score__c"], 8)

    def test_it_is_told_when_users_and_stages_are_read_too(self):
        self.fake.hidden.add(("Account", "VAT__c"))
        said = self.system.action_salesforce_directory()["params"]
        self.assertEqual(said["type"], "warning")
        self.assertIn("VAT__c", said["message"])
        self.assertEqual(self.vat.missing, "VAT__c")
        self.fake.hidden.remove(("Account", "VAT__c"))
        self.flows["companies"].action_crm_unmapped()
        self.assertFalse(self.vat.missing, "fields of the CRM are asked for anew")

    def test_fields_of_other_records_and_capitals(self):
        lines = {
            "account.PHONE": "custom.a",
            "Account.Nothing__c": "custom.b",
            "Nobody__r.Name": "custom.c",
            "newsletter__C": "custom.d",
        }
        odoo = iter(("ref", "barcode", "website", "city"))
        self.env["seam.crm.field"].search([("document", "=", "crm-contact")]).filtered(
            lambda line: line.odoo_field in ("website", "city")
        ).unlink()
        made = {
            vendor: self.map(vendor, name, next(odoo), "crm-contact")
            for vendor, name in lines.items()
        }
        self.system._crm_look()
        missing = {vendor for vendor, line in made.items() if line.missing}
        self.assertEqual(missing, {"Account.Nothing__c", "Nobody__r.Name"})
        self.assertEqual(len(self.describes()), 5, "what was described is not asked again")

    def test_usual_fields_that_the_user_may_not_see(self):
        self.fake.hidden.add(("Contact", "Phone"))
        self.system._crm_look()
        line = self.env["seam.crm.field"].search(
            [("system_id", "=", self.system.id), ("missing", "!=", False)]
        )
        self.assertEqual((line.document, line.document_field), ("crm-contact", "phone"))
        self.fake.make("Contact", LastName="Hopper")
        self.take("contacts")
        self.assertEqual(self.settled("contacts"), {"done"})
