from unittest.mock import patch

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
