from lxml import etree

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.seam.const import INLINE_BYTES

from .common import SeamCase

SCREENS = {
    "seam.exception": ("list", "kanban", "form", "search", "activity"),
    "seam.message": ("list", "kanban", "form", "search"),
    "seam.system": ("list", "kanban", "form", "search"),
    "seam.flow": ("list", "kanban", "form", "search"),
    "seam.contract": ("list", "form", "search"),
    "seam.contract.version": ("form",),
    "seam.binding": ("list", "form", "search"),
    "seam.value.map": ("list", "form", "search"),
}
SECRETS = {"value", "key_hash", "body", "body_attachment_id"}


@tagged("post_install", "-at_install")
class TestViews(SeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()
        cls.manager = new_test_user(cls.env, "seam-manager", groups="seam.group_seam_manager")

    def views(self, user, model, kinds):
        return self.env[model].with_user(user).get_views([(False, kind) for kind in kinds])

    def arch(self, user, model, kind):
        return etree.fromstring(self.views(user, model, [kind])["views"][kind]["arch"])

    def buttons(self, user, model):
        return set(self.arch(user, model, "form").xpath("//header/button/@name"))

    def read_form(self, user, record):
        """What the form asks the server for."""
        fields = self.views(user, record._name, ["form"])["models"][record._name]["fields"]
        return record.with_user(user).web_read({name: {} for name in fields})

    def test_everybody_opens_every_screen(self):
        for user in (self.viewer, self.operator, self.manager):
            for model, kinds in SCREENS.items():
                with self.subTest(user=user.login, model=model):
                    self.assertTrue(self.views(user, model, kinds)["views"])

    def test_everybody_reads_what_the_forms_show(self):
        message = self.message(self.receive(self.flow, b"{"))
        records = (message, message.exception_id, self.system, self.flow)
        for user in (self.viewer, self.operator, self.manager):
            for record in records:
                with self.subTest(user=user.login, model=record._name):
                    self.assertTrue(self.read_form(user, record))

    def test_a_large_body_is_shown_and_not_its_size(self):
        message = self.message(self.receive(self.flow, {"a": "x" * INLINE_BYTES}))
        form = message.with_user(self.viewer).with_context(bin_size=True)
        self.assertIn("xxx", form.web_read({"body_text": {}})[0]["body_text"])

    def test_a_viewer_is_offered_no_button_that_changes_anything(self):
        self.assertFalse(self.buttons(self.viewer, "seam.exception"))
        self.assertFalse(self.buttons(self.viewer, "seam.message"))
        self.assertFalse(self.buttons(self.viewer, "seam.system"))
        self.assertFalse(self.buttons(self.operator, "seam.flow"))
        self.assertIn("action_open_fix", self.buttons(self.operator, "seam.exception"))
        self.assertIn("action_generate_key", self.buttons(self.manager, "seam.system"))

    def test_what_is_not_offered_is_refused_too(self):
        message = self.message(self.receive(self.flow, b"{"))
        acts = (
            lambda: message.with_user(self.viewer).action_retry(),
            lambda: message.exception_id.with_user(self.viewer).action_take(),
            lambda: message.exception_id.with_user(self.viewer).action_retry(),
            lambda: self.system.with_user(self.operator).action_generate_key(),
            lambda: self.system.with_user(self.operator).action_disable(),
            lambda: self.flow.with_user(self.operator).action_pause(),
        )
        for act in acts:
            with self.assertRaises(AccessError):
                act()

    def test_no_secret_is_in_a_view_or_an_export(self):
        for user in (self.viewer, self.operator, self.manager):
            for model in ("seam.system", "seam.message"):
                shown = self.views(user, model, ["form"])["models"]
                for name, fields in shown.items():
                    self.assertFalse(SECRETS & set(fields["fields"]), f"{name} for {user.login}")
        self.assertFalse(
            self.arch(self.operator, "seam.system", "form").xpath("//field[@name='credential_ids']")
        )
        self.system.credential_ids = [
            (0, 0, {"name": "Secret", "purpose": "webhook", "secret_input": "whsec_c2VjcmV0"})
        ]
        exporter = new_test_user(
            self.env, "seam-exporter", groups="seam.group_seam_manager,base.group_allow_export"
        )
        exported = self.system.credential_ids.with_user(exporter).export_data(
            ["name", "secret_input"]
        )
        self.assertNotIn("c2VjcmV0", str(exported))

    def test_a_new_key_is_shown_and_not_stored(self):
        action = self.system.with_user(self.manager).action_generate_key()
        token = action["context"]["default_token"]
        form = Form(self.env["seam.key.wizard"].with_context(**action["context"]))
        self.assertEqual(form.token, token)
        wizard = form.save()
        self.env.flush_all()
        self.env.cr.execute("SELECT * FROM seam_key_wizard WHERE id = %s", [wizard.id])
        self.assertNotIn(token, str(self.env.cr.fetchall()))

    def test_a_system_and_a_flow_are_set_up_in_their_forms(self):
        with Form(self.env["seam.system"].with_user(self.manager)) as form:
            form.name, form.code, form.user_id = "Shop", "shop-9", self.service_user
        system = form.record
        system.action_activate()
        with Form(self.env["seam.flow"].with_user(self.manager)) as form:
            form.system_id, form.name, form.code = system, "Orders", "orders"
        form.record.action_activate()
        self.assertIn("/seam/v1/shop-9/orders", form.record.address)
        self.assertEqual((system.active_flow_count, system.has_credential), (1, False))

    def test_a_value_map_names_its_record(self):
        form = Form(self.env["seam.value.map"].with_user(self.manager))
        form.system_id = self.system
        form.external_code = "UK"
        form.record_type = "res.country"
        form.res_id = self.env.ref("base.uk").id
        value = form.save()
        self.assertEqual(value.res_model, "res.country")
        self.assertEqual(value.record_name, "United Kingdom")

    def test_the_timeline_begins_with_the_receipt_and_what_was_wrong(self):
        message = self.message(self.receive(self.flow, b"{"))
        received, refused = message.timeline
        self.assertEqual(received["name"], "Received from Partner")
        self.assertEqual(refused["code"], "schema.malformed")

    def test_an_exception_tells_what_can_be_edited(self):
        case = self.message(self.receive(self.flow, b"{")).exception_id
        self.assertEqual((case.stuck_count, case.only_message_id), (1, case.first_held_ids))
        self.receive(self.flow, b"[")
        self.assertEqual((case.stuck_count, bool(case.only_message_id)), (2, False))

    def test_the_messages_of_a_document_are_counted_together(self):
        one = self.message(self.receive(self.flow, {"a": 1}))
        two = self.message(self.receive(self.flow, {"a": 2}))
        self.env.cr.execute(
            "UPDATE seam_message SET ordering_key = '7' WHERE id = ANY(%s)", [[one.id, two.id]]
        )
        self.env.invalidate_all()
        self.assertEqual(one.sibling_count, 2)
        action = one.action_open_siblings()
        self.assertEqual(self.env["seam.message"].search(action["domain"]), one | two)
