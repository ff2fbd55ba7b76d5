from odoo.exceptions import ValidationError
from odoo.tests import tagged

from . import salesforce_case


@tagged("post_install", "-at_install")
class TestReserved(salesforce_case.SalesforceCase):
    """Fields that Seam keeps itself are neither offered nor taken as a line."""

    def map(self, vendor, document="crm-contact", odoo=("res.partner", "ref")):
        return self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": document,
                "vendor_field": vendor,
                "document_field": "custom.own",
                "field_id": self.env["ir.model.fields"]._get(*odoo).id,
            }
        )

    def refused(self, vendor, document="crm-contact", odoo=("res.partner", "ref")):
        with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
            self.map(vendor, document, odoo)
        return str(caught.exception)

    def test_they_are_not_offered(self):
        self.connect()
        self.fake.make("Contact", LastName="Hopper")
        action = self.flows["contacts"].action_crm_unmapped()
        offered = self.env["seam.crm.unmapped"].search(action["domain"]).mapped("vendor_field")
        self.assertIn("Newsletter__c", offered)
        self.assertNotIn("Seam_Id__c", offered)
        self.assertNotIn("HasOptedOutOfEmail", offered)

    def test_our_own_id_is_refused_on_a_line(self):
        self.assertIn("Odoo's own ID", self.refused("Seam_Id__c"))
        self.assertIn("Odoo's own ID", self.refused("seam_id__c", "crm-company"))
        self.system.salesforce_external_id = "Other_Id__c"
        self.assertIn("Odoo's own ID", self.refused("Other_Id__c"))

    def test_who_objects_is_refused_on_a_line(self):
        for vendor in ("HasOptedOutOfEmail", "hasoptedoutofemail", "PersonHasOptedOutOfEmail"):
            self.assertIn("objects to e-mail", self.refused(vendor))
        self.assertIn(
            "objects to e-mail",
            self.refused("Contact.HasOptedOutOfEmail", "crm-deal", ("crm.lead", "referred")),
        )
        self.system.salesforce_opt_out_field = "No_Mail__c"
        self.assertIn("objects to e-mail", self.refused("No_Mail__c"))
        self.system.salesforce_opt_out_field = False
        self.assertIn("objects to e-mail", self.refused("HasOptedOutOfEmail"))
        self.map("No_Mail__c")

    def test_the_orders_of_a_deal_are_refused_on_a_line(self):
        self.system.salesforce_orders_field = "Odoo_Orders__c"
        self.assertIn(
            "orders", self.refused("Odoo_Orders__c", "crm-deal", ("crm.lead", "referred"))
        )

    def test_a_line_is_not_made_one_of_them(self):
        line = self.map("Newsletter__c")
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            line.vendor_field = "Seam_Id__c"
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.system.salesforce_opt_out_field = "Newsletter__c"
        self.assertEqual(line.vendor_field, "Newsletter__c")
