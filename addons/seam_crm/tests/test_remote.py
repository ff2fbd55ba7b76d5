from odoo.exceptions import AccessError
from odoo.tests import tagged

from odoo.addons.seam.tests import remote

from .common import CrmCase

CASES = (
    "action_crm_merge",
    "action_crm_merge_there",
    "action_crm_new",
    "action_crm_side_by_side",
    "action_crm_missing",
    "action_crm_name",
)
FLOWS = ("action_crm_fields", "action_crm_unmapped")
FIELDS = ("action_map", "action_apply")
STANDING = (
    "action_open_messages",
    "action_open_exception",
    "action_open_there",
    "action_try_again",
)
# Models with a button that shows where a record stands.
KNOWN = ("crm.lead", "res.partner", "seam.crm.known")


@tagged("post_install", "-at_install")
class TestRemote(remote.RemoteMixin, CrmCase):
    """Who is logged in can call what is listed here, and nothing else of this addon."""

    def test_what_can_be_called(self):
        expected = {
            *(f"seam.exception.{name}" for name in CASES),
            *(f"seam.flow.{name}" for name in FLOWS),
            *(f"seam.crm.unmapped.{name}" for name in FIELDS),
            *(f"seam.crm.standing.{name}" for name in STANDING),
            *(f"{model}.action_open_seam_crm" for model in KNOWN),
            "seam.crm.field.action_crm_unmapped",
            "seam.crm.field.action_crm_look",
            "seam.crm.name.wizard.action_name",
        }
        self.assertEqual(remote.methods(self.env, "seam_crm"), expected)

    def test_who_may_not(self):
        self.known("C-1", email="ada@lovelace.example")
        message, _partner = self.take(self.contact("C-2", email="ada@lovelace.example"))
        case = message.exception_id
        self.assertTrue(case.crm_candidate_ids)
        unmapped = self.env["seam.crm.unmapped"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "vendor_field": "tier",
                "label": "Tier",
                "document_field": "custom.tier",
                "field_id": self.env.ref("base.field_res_partner__ref").id,
                "samples": "secret",
            }
        )
        outsiders = self.outsiders()
        for name in CASES:
            self.assert_refused(case, name, outsiders)
        for name in FLOWS:
            self.assert_refused(self.flows["contacts"], name, outsiders)
        for name in FIELDS:
            self.assert_refused(unmapped, name, outsiders)
        for name in ("action_crm_unmapped", "action_crm_look"):
            self.assert_refused(self.line("phone"), name, outsiders)

    def test_where_a_record_stands_is_shown_to_who_has_a_role(self):
        ada = self.known("C-1", email="ada@lovelace.example")
        lead = self.env["crm.lead"].create({"name": "An engine", "partner_id": ada.id})
        standing = self.env["seam.crm.standing"]
        standing = standing.create(standing._of(ada))
        self.assertEqual(len(standing), 1)
        internal, portal, abroad = self.outsiders()
        for name in STANDING:
            self.assert_refused(standing, name, internal + portal + abroad + self.viewer)
        for record in (ada, lead):
            self.assert_refused(record, "action_open_seam_crm", internal + portal)

    def test_a_system_of_another_company_is_not_asked_for_its_fields(self):
        """The system may be named by the context, which anybody writes."""
        self.assert_refused(
            self.env["seam.crm.field"],
            "action_crm_unmapped",
            self.outsiders(),
            default_system_id=self.system.id,
            default_document="crm-contact",
        )

    def test_a_viewer_asks_no_system_and_decides_nothing(self):
        self.known("C-1", email="ada@lovelace.example")
        message, _partner = self.take(self.contact("C-2", email="ada@lovelace.example"))
        for records, name in (
            (self.flows["contacts"], "action_crm_unmapped"),
            (self.line("phone"), "action_crm_unmapped"),
            (self.line("phone"), "action_crm_look"),
            (message.exception_id, "action_crm_new"),
            (message.exception_id, "action_crm_merge_there"),
        ):
            self.assert_refused(records, name, self.viewer)
        with self.assertRaises(AccessError):
            self.env["seam.crm.agreement"].with_user(self.viewer).search([])
        with self.assertRaises(AccessError):
            self.env["seam.crm.consent"].with_user(self.viewer).search([])
