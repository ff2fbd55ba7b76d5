from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.seam.tests.common import SeamCase


@tagged("post_install", "-at_install")
class TestRecordIn(SeamCase):
    """Documents of contacts, pushed by a partner, to any field of a contact."""

    connector = "http"

    @classmethod
    def _service_groups(cls):
        return "base.group_user,base.group_partner_manager"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.env["seam.flow"].create(
            {
                "name": "Contacts",
                "code": "contacts",
                "system_id": cls.system.id,
                "handler": "seam.handler.record.in",
            }
        )
        cls.endpoint = cls.env["seam.endpoint"].create(
            {
                "flow_id": cls.flow.id,
                "model_id": cls.env["ir.model"]._get("res.partner").id,
                "key_at": "id",
                "version_at": "version",
            }
        )
        cls.flow.action_activate()

    def map(self, *lines):
        self.endpoint.mapping_ids.unlink()
        self.endpoint.mapping_ids = [
            (0, 0, {"target": target, "source": source, **(rest[0] if rest else {})})
            for target, source, *rest in lines
        ]

    def refused(self, document, code):
        """:return: the message, which waits for a person"""
        message = self.send(self.flow, {"id": "1", "name": "Ada", **document})
        self.assertEqual((message.state, message.fault_code), ("failed", code), message.why)
        return message

    def test_several_links_are_set_as_a_whole(self):
        tags = self.env["res.partner.category"].create([{"name": "Gold"}, {"name": "North"}])
        self.map(("name", "name"), ("category_id[]", "tags", {"reference": "name"}))
        contact = self.send(
            self.flow, {"id": "1", "version": 1, "name": "Ada", "tags": ["Gold", "North"]}
        )._record()
        self.assertEqual(contact.category_id, tags)
        self.send(self.flow, {"id": "1", "version": 2, "name": "Ada", "tags": ["North"]})
        self.assertEqual(contact.category_id, tags[1])
        self.refused({"version": 3, "tags": "North"}, "mapping.failed")

    def test_two_new_documents_of_one_person_become_one_contact(self):
        self.map(("name", "name"), ("email", "mail"))
        self.endpoint.match_field_id = self.env["ir.model.fields"]._get("res.partner", "email")
        for number in ("1", "2"):
            self.receive(self.flow, {"id": number, "name": "Ada", "mail": "ada@twice.example"})
        self.drain()
        waiting = self.env["seam.message"].search(
            [("flow_id", "=", self.flow.id), ("state", "=", "waiting")]
        )
        self.assertEqual(len(waiting), 1)
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE id = %s",
            [waiting.id],
        )
        self.drain()
        self.env.invalidate_all()
        self.assertEqual(waiting.state, "done", waiting.why)
        found = self.env["res.partner"].search([("email", "=", "ada@twice.example")])
        self.assertEqual(len(found), 1)

    def test_an_older_state_is_not_applied(self):
        self.map(("name", "name"))
        contact = self.send(self.flow, {"id": "1", "version": 5, "name": "New"})._record()
        late = self.send(self.flow, {"id": "1", "version": 4, "name": "Old"})
        self.assertEqual((late.state, contact.name), ("superseded", "New"))

    def test_a_name_that_two_records_have_is_not_guessed(self):
        self.env["res.partner.category"].create([{"name": "Twin"}, {"name": "Twin"}])
        self.map(("name", "name"), ("category_id[]", "tags", {"reference": "name"}))
        self.refused({"tags": ["Twin"]}, "master.ambiguous")

    def test_a_code_is_learned_from_a_person(self):
        self.map(("name", "name"), ("country_id", "land", {"reference": "value_map"}))
        message = self.refused({"land": "GER"}, "master.unknown")
        germany = self.env.ref("base.de")
        self.open_cases()._fix(germany)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.fault_message)
        self.assertEqual(message._record().country_id, germany)

    def test_fields_of_the_machinery_and_of_groups_are_not_filled(self):
        for name in ("create_uid", "id", "user_ids", "message_ids", "image_1920", "nothing"):
            self.map(("name", "name"), (name, "'1'"))
            with self.subTest(field=name):
                self.refused({"id": name}, "config.invalid")

    def test_what_the_partner_sends_is_not_bent_to_fit(self):
        for name, value in (("name", 5), ("color", "5"), ("color", 1.5), ("is_company", "yes")):
            self.map((name, "value"))
            with self.subTest(field=name, value=value):
                message = self.refused({"id": f"{name}{value}", "value": value}, "mapping.failed")
                self.assertIn("takes", message.fault_message)

    def test_unknown_records_are_not_made_where_that_is_said(self):
        self.map(("name", "name"))
        self.endpoint.may_create = False
        message = self.refused({}, "master.unknown")
        known = self.env["res.partner"].create({"name": "Bo"})
        self.open_cases()._fix(known)
        self.commit()
        self.drain()
        self.assertEqual((message.state, known.name), ("done", "Ada"))

    def test_a_flow_without_an_id_is_not_activated(self):
        self.endpoint.key_at = False
        with self.assertRaisesRegex(UserError, "ID of a record"):
            self.flow.action_activate()

    def test_a_field_that_is_gone_blocks_the_flow(self):
        self.map(("name", "name"), ("x_gone", "name"))
        self.flow._check_drift()
        self.assertEqual(self.flow.state, "blocked")
        self.map(("name", "name"))
        self.flow._check_drift()
        self.assertEqual(self.flow.state, "active")
