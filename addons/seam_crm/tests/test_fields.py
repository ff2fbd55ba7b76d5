from odoo.tests import tagged

from .common import CrmCase

VENDOR = {"name": "Name", "email": "Email", "phone": "Phone", "archived": "IsDeleted"}


@tagged("post_install", "-at_install")
class TestFields(CrmCase):
    """What a CRM calls its fields, and what connectors are told of it."""

    def options(self, flow):
        return self.env["seam.flow"]._conf_by_id(flow.id).options

    def test_a_partner_who_speaks_our_documents_has_all_lines(self):
        lines = self.options(self.flows["contacts"])["crm_fields"]
        self.assertIn(("", "email", "both"), lines)
        self.assertIn(("", "company", "both"), lines)
        self.assertEqual(lines, self.options(self.flows["contacts-out"])["crm_fields"])

    def test_a_vendor_has_the_lines_that_it_knows(self):
        connector = type(self.env["seam.connector.api"])
        self.patch(connector, "_crm_vendor_fields", lambda self, document: VENDOR)
        flow = self.make_flow(code="deals", handler="seam.handler.crm.deal")
        self.assertEqual(self.options(flow)["crm_fields"], (("Name", "name", "both"),))

    def test_a_changed_line_is_known_at_once(self):
        flow = self.flows["contacts"]
        self.assertIn(("", "title", "both"), self.options(flow)["crm_fields"])
        self.line("title").write({"vendor_field": "Title", "direction": "in"})
        self.assertIn(("Title", "title", "in"), self.options(flow)["crm_fields"])
        self.line("title").active = False
        self.assertNotIn("title", {name for _v, name, _d in self.options(flow)["crm_fields"]})

    def test_other_flows_have_no_crm_fields(self):
        self.assertNotIn("crm_fields", self.options(self.make_flow(code="other")))
