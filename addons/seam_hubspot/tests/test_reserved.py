from odoo.exceptions import ValidationError
from odoo.tests import tagged

from . import hubspot_case


@tagged("post_install", "-at_install")
class TestReserved(hubspot_case.HubspotCase):
    """Properties that Seam keeps itself are neither offered nor taken as a line."""

    def refused(self, vendor, document="crm-contact", odoo=("res.partner", "ref")):
        with self.assertRaises(ValidationError) as caught, self.env.cr.savepoint():
            self.env["seam.crm.field"].create(
                {
                    "system_id": self.system.id,
                    "document": document,
                    "vendor_field": vendor,
                    "document_field": "custom.own",
                    "field_id": self.env["ir.model.fields"]._get(*odoo).id,
                }
            )
        return str(caught.exception)

    def test_they_are_not_offered(self):
        self.hubspot.add_property("contacts", "hs_email_optout_77", "bool")
        self.hubspot.add_property("contacts", "tier")
        action = self.flows["contacts"].action_crm_unmapped()
        offered = self.env["seam.crm.unmapped"].search(action["domain"]).mapped("vendor_field")
        self.assertIn("tier", offered)
        for name in ("seam_odoo_id", "hs_email_optout", "hs_email_optout_77"):
            self.assertNotIn(name, offered)

    def test_our_own_id_is_refused_on_a_line(self):
        self.assertIn("Odoo's own ID", self.refused("seam_odoo_id"))
        self.assertIn("Odoo's own ID", self.refused("tier seam_odoo_id", "crm-company"))

    def test_who_objects_is_refused_on_a_line(self):
        for vendor in ("hs_email_optout", "hs_email_optout_77", "first hs_email_optout"):
            self.assertIn("e-mail", self.refused(vendor))

    def test_the_orders_of_a_deal_are_refused_on_a_line(self):
        self.system.hubspot_orders = "odoo_orders"
        said = self.refused("odoo_orders", "crm-deal", ("crm.lead", "referred"))
        self.assertIn("orders", said)
