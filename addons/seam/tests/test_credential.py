import os
from unittest.mock import patch

from cryptography.fernet import Fernet
from psycopg2.errors import CheckViolation

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.seam.engine import secret

from .common import SeamCase

SECRET = "whsec_c2VjcmV0IG9mIHRoZSBwYXJ0bmVy"
HIDDEN = ("value", "key_hash")


@tagged("post_install", "-at_install")
class TestCredential(SeamCase):
    """What is stored cannot be read back, by nobody and in no form."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "seam-manager", groups="seam.group_seam_manager,base.group_system"
        )
        cls.credential = cls.env["seam.credential"].create(
            {
                "system_id": cls.system.id,
                "purpose": "webhook",
                "name": "Signing secret",
                "secret_input": SECRET,
            }
        )

    def columns(self, credential=None):
        """:return: the whole row as PostgreSQL has it, as one text"""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(c)::text FROM seam_credential c WHERE id = %s",
            [(credential or self.credential).id],
        )
        return self.env.cr.fetchone()[0]

    def test_a_secret_is_encrypted(self):
        row = self.columns()
        self.assertNotIn(SECRET, row)
        self.assertNotIn(SECRET.removeprefix("whsec_"), row)
        self.assertEqual(self.credential._plain(), SECRET)

    def test_of_an_api_key_only_the_hash_is_stored(self):
        token = self.system._new_api_key()
        key = self.system.credential_ids.filtered(lambda c: c.purpose == "bearer")
        self.assertNotIn(token, self.columns(key))
        self.assertEqual(key.sudo().key_hash, secret.hash_api_key(token))
        self.env.cr.execute("SELECT 1 FROM seam_credential WHERE name LIKE %s", [f"%{token}%"])
        self.assertFalse(self.env.cr.fetchall())

    def test_the_key_that_is_shown_is_in_no_table(self):
        action = self.system.with_user(self.manager).action_generate_key()
        token = action["context"]["default_token"]
        wizard = (
            self.env["seam.key.wizard"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        self.env.flush_all()
        self.env.cr.execute("SELECT row_to_json(w)::text FROM seam_key_wizard w")
        self.assertNotIn(token, str(self.env.cr.fetchall()))
        self.assertTrue(wizard)

    def test_administrators_cannot_read_it(self):
        for user in (self.manager, self.env.ref("base.user_admin")):
            credential = self.credential.with_user(user)
            read = credential.read()[0]
            self.assertFalse(set(HIDDEN) & set(read))
            self.assertNotIn(SECRET, str(read))
            self.assertEqual(set(read["secret_input"]), {"•"})
            for name in HIDDEN:
                with self.assertRaises(AccessError):
                    credential.read([name])
                with self.assertRaises(AccessError):
                    credential.export_data([name])
                with self.assertRaises(AccessError):
                    credential.search([(name, "like", "g")])
                with self.assertRaises(AccessError):
                    credential.search([], order=name)
                with self.assertRaises(AccessError):
                    credential._read_group([], [name])
                self.assertNotIn(name, credential.fields_get())

    def test_administrators_cannot_set_it_past_the_encryption(self):
        for name in HIDDEN:
            with self.assertRaises(AccessError):
                self.credential.with_user(self.manager).write({name: "x"})

    def test_viewers_and_operators_do_not_see_credentials(self):
        for user in (self.viewer, self.operator, self.service_user):
            with self.assertRaises(AccessError):
                self.credential.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                self.env["seam.credential"].with_user(user).search([])

    def test_what_was_typed_is_not_shown_again(self):
        credential = self.credential.with_user(self.manager)
        credential.write({"secret_input": "whsec_bmV3"})
        self.assertEqual(set(credential.read(["secret_input"])[0]["secret_input"]), {"•"})
        self.assertEqual(self.credential._plain(), "whsec_bmV3")

    def test_saving_the_form_untouched_keeps_the_secret(self):
        shown = self.credential.secret_input
        self.credential.write({"name": "Renamed", "secret_input": shown})
        self.assertEqual(self.credential._plain(), SECRET)

    def test_a_copy_has_no_secret(self):
        copied = self.credential.copy()
        self.assertFalse(copied.sudo().value)

    def test_an_api_key_cannot_be_typed(self):
        with self.assertRaises(ValidationError):
            self.env["seam.credential"].create(
                {
                    "system_id": self.system.id,
                    "purpose": "bearer",
                    "name": "Mine",
                    "secret_input": "chosen by a person",
                }
            )

    def test_a_secret_does_not_become_a_key(self):
        with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"):
            self.credential.purpose = "bearer"
            self.env.flush_all()

    def test_keys_are_rotated(self):
        old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
        with patch.dict(os.environ, SEAM_SECRET_KEYS=old):
            self.credential.secret_input = SECRET
            self.credential.active = False
        with patch.dict(os.environ, SEAM_SECRET_KEYS=f"{new},{old}"):
            before = self.columns()
            self.env["seam.credential"]._rotate_keys()
            self.assertNotEqual(self.columns(), before)
        with patch.dict(os.environ, SEAM_SECRET_KEYS=new):
            self.assertEqual(self.credential._plain(), SECRET)
        with patch.dict(os.environ, SEAM_SECRET_KEYS=old), self.assertRaises(secret.SecretError):
            self.credential._plain()

    def test_without_any_key_nothing_is_stored_in_clear(self):
        with (
            patch("odoo.addons.seam.settings.get", return_value=None),
            self.assertRaisesRegex(UserError, "secret_keys"),
        ):
            self.credential.secret_input = "whsec_bmV3"

    def test_a_copy_of_production_reaches_nobody(self):
        self.system.write({"base_url": "https://shop.example.com", "environment": "production"})
        token = self.system._new_api_key()
        self.env.flush_all()
        for query in get_neutralization_queries(["seam"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual(
            (self.system.state, self.system.environment, self.system.base_url),
            ("disabled", "test", False),
        )
        self.assertFalse(self.env["seam.credential"].with_context(active_test=False).search([]))
        self.assertFalse(self.env["seam.credential"]._system_of_key(token))
        self.assertEqual(self.env["seam.system"]._secrets(self.system.id), [])
