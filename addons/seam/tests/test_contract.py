import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.seam.engine.contract import ContractError

from .common import SeamCase

SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Thing",
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}},
}


@tagged("post_install", "-at_install")
class TestContract(SeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = cls.enterClassContext(TemporaryDirectory())
        cls.folder = Path(folder)
        cls.file = cls.folder / "thing" / "1.0.0.json"
        cls.file.parent.mkdir()
        cls.save(SCHEMA)
        cls.env["seam.contract"]._load("seam", cls.folder)
        cls.version = cls.env["seam.contract.version"].search([("contract_id.name", "=", "thing")])
        cls.flow = cls.make_flow(contract_version_id=cls.version.id)

    @classmethod
    def save(cls, schema, version="1.0.0"):
        cls.file.with_name(f"{version}.json").write_text(json.dumps(schema))

    def tearDown(self):
        for file in self.file.parent.iterdir():
            file.unlink()
        self.save(SCHEMA)
        super().tearDown()

    def load(self):
        self.env["seam.contract"]._load("seam", self.folder)

    def test_a_contract_is_loaded_once(self):
        self.load()
        self.assertEqual(len(self.version.contract_id.version_ids), 1)
        self.assertEqual(len(self.version.sha256), 64)

    def test_a_changed_file_under_an_unchanged_version_is_refused(self):
        self.save({**SCHEMA, "required": []})
        with self.assertRaisesRegex(UserError, "thing 1.0.0 changed"):
            self.load()

    def test_a_new_version_stands_beside_the_old_one(self):
        self.save({**SCHEMA, "required": []}, "1.1.0")
        self.load()
        self.assertEqual(
            set(self.version.contract_id.version_ids.mapped("version")),
            {"1.0.0", "1.1.0"},
        )

    def test_a_file_that_is_no_schema_is_refused_with_its_place(self):
        self.save({**SCHEMA, "type": "objekt"}, "2.0.0")
        with self.assertRaisesRegex(ContractError, "2.0.0.json"):
            self.load()

    def test_a_violation_is_answered_and_kept(self):
        receipt = self.receive(self.flow, {"id": 7})
        self.assertEqual(receipt.fault.errors[0]["pointer"], "/id")
        message = self.message(receipt)
        self.assertEqual((message.state, message.fault_code), ("failed", "schema.invalid"))
        self.assertEqual(message.errors[0]["pointer"], "/id")

    def test_after_its_sunset_a_contract_is_not_accepted(self):
        self.version.sunset_date = fields.Date.today()
        self.assertEqual(self.receive(self.flow, {"id": "a"}).state, "pending")
        self.version.sunset_date = fields.Date.today() - timedelta(days=1)
        receipt = self.receive(self.flow, {"id": "b"})
        self.assertEqual(receipt.fault.code, "drift.contract")

    def test_a_mended_message_is_judged_again(self):
        message = self.message(self.receive(self.flow, {"id": 7})).with_user(self.operator)
        edited = message._edit('{"id": true}', "first try")
        self.assertEqual(edited.state, "failed")
        edited = edited._edit('{"id": "7"}', "second try")
        self.commit()
        self.drain()
        self.assertEqual(edited.state, "done")
        self.assertFalse(self.open_cases())
