from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import SeamCase


@tagged("post_install", "-at_install")
class TestKind(SeamCase):
    """What a system is follows its connector, until somebody says something else."""

    def setUp(self):
        super().setUp()
        self.enterContext(self.vendor("shop"))
        self.values = {"name": "New", "code": "new"}

    def vendor(self, kind):
        return patch.object(self.env.registry["seam.connector.api"], "_kind", kind)

    def test_every_connector_names_one_that_there_is(self):
        fields = self.env["seam.system"]._fields
        kinds = {kind for kind, _label in fields["kind"].selection}
        for connector in fields["connector"].get_values(self.env):
            with self.subTest(connector=connector):
                self.assertIn(self.env[f"seam.connector.{connector}"]._kind, kinds)

    def test_a_new_system_is_what_its_vendor_is(self):
        system = self.env["seam.system"].create(self.values)
        self.assertEqual(system.kind, "shop")
        self.assertFalse(system.kind_chosen)

    def test_it_follows_another_connector(self):
        system = self.env["seam.system"].create({**self.values, "kind": "shop"})
        with self.vendor("crm"):
            system.modified(["connector"])
            self.assertEqual(system.kind, "crm", "what is usual was not chosen")

    def test_what_was_chosen_stays(self):
        system = self.env["seam.system"].create({**self.values, "kind": "erp"})
        self.assertTrue(system.kind_chosen)
        with self.vendor("crm"):
            system.modified(["connector"])
            self.assertEqual(system.kind, "erp")
        system.kind = "shop"
        with self.vendor("crm"):
            system.modified(["connector"])
            self.assertEqual(system.kind, "crm", "the usual one is no choice")

    def test_the_form_shows_it_and_keeps_what_is_chosen(self):
        with Form(self.env["seam.system"]) as form:
            form.name, form.code = "New", "new"
            self.assertEqual(form.kind, "shop")
            form.kind = "supplier"
            with self.vendor("crm"):
                form.connector = "api"
            self.assertEqual(form.kind, "supplier")
        self.assertEqual(form.record.kind, "supplier")
        self.assertTrue(form.record.kind_chosen)

    def test_its_code_is_proposed_by_its_name_and_is_nobody_elses(self):
        with Form(self.env["seam.system"]) as form:
            form.name = "Acme & Sons"
            self.assertEqual(form.code, "acme-sons")
            form.name = "Acme"
            self.assertEqual(form.code, "acme-sons", "it may have been chosen")
        with Form(self.env["seam.system"]) as form:
            form.name = "ACME sons"
            self.assertEqual(form.code, "acme-sons-2")
            form.code = "other"

    def test_a_service_user_is_made_with_the_rights_of_its_connector_and_no_more(self):
        system = self.env["seam.system"].create(self.values)
        groups = self.env.ref("base.group_partner_manager")
        vendor = self.env.registry["seam.connector.api"]
        with patch.object(
            vendor, "_service_groups", ("base.group_partner_manager", "no.such_addon")
        ):
            system.action_make_user()
        user = system.user_id
        self.assertEqual(user.group_ids, groups | self.env.ref("base.group_user"))
        self.assertEqual(user.company_ids, system.company_id)
        self.assertEqual((user.login, user.name), ("seam-new", "Service user of New"))
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", [user.id])
        self.assertFalse(self.env.cr.fetchone()[0], "nobody logs in with it")
        with self.assertRaises(AccessError):
            system.with_user(self.operator).action_make_user()

    def test_administrators_are_no_service_users(self):
        allowed = self.env["seam.system"]._fields["user_id"].domain(self.env["seam.system"])
        users = self.env["res.users"].search(allowed)
        self.assertNotIn(self.env.ref("base.user_admin"), users)
        self.assertIn(self.operator, users)

    def test_every_connector_names_groups_that_there_are(self):
        for connector in self.env["seam.system"]._fields["connector"].get_values(self.env):
            for xmlid in self.env[f"seam.connector.{connector}"]._service_groups:
                with self.subTest(connector=connector, group=xmlid):
                    self.assertTrue(self.env.ref(xmlid, raise_if_not_found=False))

    def test_the_secret_that_is_missing_is_entered_first(self):
        system = self.env["seam.system"].create({**self.values, "auth": "oauth2_client"})
        self.assertEqual(system.auth_purpose, "client_secret")
        self.env["seam.credential"].create(
            {"name": "Ours", "system_id": system.id, "purpose": "client_secret"}
        )
        self.assertFalse(system.auth_purpose)
