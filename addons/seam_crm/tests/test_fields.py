from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault

from ..models.values import comparable, to_odoo
from ..models.vendor import VendorField
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

    # -- what is not mapped ------------------------------------------------------------

    def asked(self, document="crm-contact"):
        """:return: what an administrator is shown who asks for the CRM's fields"""
        action = self.flows["contacts"].action_crm_unmapped()
        self.assertEqual(action["res_model"], "seam.crm.unmapped")
        return self.env["seam.crm.unmapped"].search(action["domain"])

    def describe(self, *described):
        connector = type(self.env["seam.connector.api"])
        self.patch(connector, "_crm_fields_of", type(self.env["seam.connector"])._crm_fields_of)
        self.patch(connector, "_crm_describe", lambda _self, _client, _document: list(described))

    def test_fields_that_a_partner_sent_and_nobody_maps(self):
        for number, tier in enumerate(("Gold", "Silver", "Gold", None)):
            document = self.contact(f"C-{number}", name=f"Ada {number}")
            document["custom"] = {"Tier": tier, "Score": number, "Newsletter": bool(number)}
            self.take(document)
        found = {field.vendor_field: field for field in self.asked()}
        self.assertEqual(found["Tier"].samples, "Gold, Silver", "the last ones")
        self.assertEqual((found["Score"].type, found["Score"].kind), ("Number", "auto"))
        self.assertEqual(found["Newsletter"].type, "Yes or no")
        self.assertEqual(found["Tier"].document_field, "custom.Tier")
        tier = found["Tier"]
        tier.action_map()
        tier.field_id = self.env["ir.model.fields"]._get("res.partner", "ref")
        tier.action_apply()
        self.assertEqual(self.line("custom.Tier").odoo_field, "ref")
        self.assertFalse(self.line("custom.Tier").vendor_field)
        self.assertNotIn("Tier", self.asked().mapped("vendor_field"))
        document = self.contact("C-0", 1, name="Ada 0")
        document["custom"] = {"Tier": "Bronze"}
        _message, ada = self.take(document)
        self.assertEqual(ada.ref, "Bronze")

    def test_fields_that_a_vendor_describes(self):
        self.describe(
            VendorField("Email", "Email", "email"),
            VendorField("Fax", "Fax number", "phone", samples=("+49 30 1", "x" * 500)),
            VendorField("Ref__c", "Reference", "text", custom=True),
            VendorField("LastSeen", "Last seen", "datetime", readonly=True),
        )
        self.line("email").vendor_field = "Email"
        found = {field.vendor_field: field for field in self.asked()}
        self.assertEqual([*found], ["Ref__c", "Fax", "LastSeen"], "their own first")
        self.assertEqual(found["Fax"].kind, "phone")
        self.assertLess(len(found["Fax"].samples), 120)
        self.assertEqual(found["LastSeen"].direction, "in")
        reference = found["Ref__c"]
        reference.action_map()
        self.assertEqual(reference.field_id.name, "ref", "it is called so")
        offered = reference.choice_ids.mapped("name")
        self.assertIn("ref", offered)
        for name in ("activity_ids", "category_id", "email"):
            self.assertNotIn(name, offered, "it cannot be filled, or is mapped already")
        reference.document_field = "custom.reference"
        reference.action_apply()
        line = self.line("custom.reference")
        self.assertEqual((line.vendor_field, line.direction), ("Ref__c", "both"))
        options = self.options(self.flows["contacts"])["crm_fields"]
        self.assertIn(("Ref__c", "custom.reference", "both"), options)

    def test_two_halves_of_a_name_are_mapped(self):
        self.line("name").vendor_field = "first last"
        self.describe(VendorField("first", "First name"), VendorField("last", "Last name"))
        self.assertFalse(self.asked())

    def test_a_usual_field_that_was_taken_away_comes_back(self):
        connector = type(self.env["seam.connector.api"])
        vendor = {"title": "Title", "company": "AccountId", "status": "Status"}
        self.patch(connector, "_crm_vendor_fields", lambda _self, _document: vendor)
        self.describe(VendorField("Title", "Title"), VendorField("Status", "Status"))
        self.assertFalse(self.asked(), "one has its line, the other is the connector's")
        self.line("title").unlink()
        title = self.asked()
        self.assertEqual(title.document_field, "title")
        title.action_map()
        title.action_apply()
        self.assertEqual(self.line("title").odoo_field, "function")

    def test_a_connector_that_cannot_tell(self):
        connector = type(self.env["seam.connector.api"])
        self.patch(connector, "_crm_fields_of", type(self.env["seam.connector"])._crm_fields_of)
        with self.assertRaisesRegex(UserError, "cannot tell"):
            self.asked()

    def test_a_vendor_who_does_not_answer(self):
        self.describe()

        def refuse(_self, _client, _document):
            raise Fault("auth.failed", "They refused the credentials.", fix="Enter them anew.")

        self.patch(type(self.env["seam.connector.api"]), "_crm_describe", refuse)
        with self.assertRaisesRegex(UserError, "refused the credentials. Enter them anew"):
            self.asked()

    def test_only_administrators_map_fields(self):
        with self.assertRaises(AccessError):
            self.flows["contacts"].with_user(self.operator).action_crm_unmapped()

    def test_it_is_asked_from_the_list_too(self):
        lines = self.env["seam.crm.field"]
        with self.assertRaises(UserError):
            lines.action_crm_unmapped()
        for asking in (
            lines.with_context(default_system_id=self.system.id, default_document="crm-contact"),
            self.line("title"),
        ):
            action = asking.action_crm_unmapped()
            self.assertIn(("document", "=", "crm-contact"), action["domain"])

    # -- conversions -------------------------------------------------------------------

    def map(self, name, odoo, kind="auto"):
        return self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "document_field": f"custom.{name}",
                "field_id": self.env["ir.model.fields"]._get("res.partner", odoo).id,
                "kind": kind,
            }
        )

    def told_custom(self, minute=0, **values):
        document = self.contact(minute=minute)
        document["custom"] = values
        return self.take(document)

    def test_a_conversion_that_does_not_fit_is_refused(self):
        for odoo, kind in (("category_id", "auto"), ("industry_id", "text"), ("ref", "user")):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.map("x", odoo, kind)

    def test_a_choice_by_key_or_by_word(self):
        self.map("Kind", "type")
        _message, ada = self.told_custom(Kind="Delivery")
        self.assertEqual(ada.type, "delivery")
        message, _ada = self.told_custom(1, Kind="Castle")
        self.assertEqual((message.state, message.fault_code), ("failed", "mapping.failed"))
        self.assertIn("Castle", self.cases().name)

    def test_what_is_no_number_is_said(self):
        self.map("Score", "color")
        _message, ada = self.told_custom(Score="7")
        self.assertEqual(ada.color, 7)
        message, _ada = self.told_custom(1, Score="many")
        self.assertEqual((message.state, message.fault_code), ("failed", "mapping.failed"))
        self.assertEqual(self.cases().pointer, "/custom/Score")

    def test_what_a_field_cannot_hold_is_said_and_not_bent(self):
        self.map("Score", "color")
        self.map("Staff", "employee")
        self.map("Where", "partner_latitude")
        minute = 0
        for name, value in (
            ("Score", 7.5),
            ("Score", True),
            ("Staff", "perhaps"),
            ("Staff", 2),
            ("Where", "nan"),
            ("Where", "1e999"),
        ):
            minute += 1
            message, _ada = self.told_custom(minute, **{name: value})
            self.assertEqual(
                (message.state, message.fault_code), ("failed", "mapping.failed"), (name, value)
            )
            message._discard("Only a try.")
        told = {"Staff": "True", "Score": 7.0, "Where": "1.5"}
        message, ada = self.told_custom(20, **told)
        self.assertEqual((ada.employee, ada.color), (True, 7), message.state_reason)
        self.assertEqual(ada.partner_latitude, 1.5)
        _message, ada = self.told_custom(21, Staff="false", Score=None)
        self.assertEqual((ada.employee, ada.color), (False, 0))

    def test_what_looks_different_and_means_the_same(self):
        for kind, one, other in (
            ("email", "Ada <ADA@x.example>; b@x.example", "ada@x.example, B@X.example"),
            ("url", "https://www.acme.example/", "Acme.example"),
            ("code", "DE 811.907-980", "de811907980"),
            ("phone", "(030) 123 45 67", "+49 30 1234567"),
            ("text", " Ada \n Lovelace ", "Ada Lovelace"),
            ("number", "1.50", 1.5),
        ):
            self.assertEqual(comparable(kind, one, "DE"), comparable(kind, other, "DE"), kind)
        for kind, one, other in (
            ("url", "acme.example/de", "acme.example"),
            ("email", "a@x.example", "a@x.example, b@x.example"),
            ("phone", "ask Bob", "ask Ada"),
            ("text", "ada", "Ada"),
        ):
            self.assertNotEqual(comparable(kind, one, "DE"), comparable(kind, other, "DE"), kind)

    def test_what_is_no_day_is_said(self):
        for text in ("2026-03-22 or so", 20260322, "2026-03", "22.03.2026", True):
            with self.assertRaises(ValueError, msg=text):
                to_odoo("date", text)
        for text in ("2026-03-22", "2026-03-22T23:30:00Z", "2026-03-22 23:30:00"):
            self.assertEqual(str(to_odoo("date", text)), "2026-03-22")

    def test_a_line_that_is_archived_counts_for_nobody(self):
        """Also not for who looks at what is archived: what he finds is kept for all."""
        line = self.map("Kind", "type")
        line.action_archive()
        fields = self.env["seam.crm.field"].with_context(active_test=False)
        told = (self.system.id, "crm-contact")
        names = {name for _vendor, name, _way in fields._vendor_lines(*told)}
        names |= {each.name for each in fields._lines(*told)}
        self.assertNotIn("custom.Kind", names)
        self.assertIn("email", names)
