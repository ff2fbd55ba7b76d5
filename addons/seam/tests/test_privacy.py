import hashlib
import io
import json
import zipfile
from datetime import timedelta

from psycopg2 import sql

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.seam.engine import person
from odoo.addons.seam.models.own_cursor import own_env

from .common import SeamCase

ANNA = "anna.quarz@example.org"
PHONE = "+49 30 7654321"
NAME = "Anna Quarz"
OTHER = {"email": "bob@example.org", "phone": "030 1112223"}
LARGE = "x" * 300_000


class TestPatterns(SeamCase):
    """A person is found however the text is written, and nobody else."""

    sought = person.Person(("anna.müller@ex-am.org", ANNA), (("49", "307654321"),), (NAME,))

    def both(self, text):
        """:return: whether Python and PostgreSQL find the person"""
        cr = self.env.cr
        found = False
        for _needle, pattern in self.sought.tests():
            cr.execute("SELECT encode(%s, 'escape') ~* %s", [text.encode(), pattern])
            found = found or cr.fetchone()[0]
        self.assertEqual(person.found(self.sought, text), found, text)
        return found

    def test_the_person_is_found(self):
        for text in (
            "Anna.Quarz@Example.org",
            f"<{ANNA}>.",
            f"mail:\\n{ANNA}",
            "anna.quarz\\u0040example.org",
            "to=anna.quarz%40example.org&x",
            "a%3Canna.quarz%40example.org",
            "anna.quarz&#64;example.org",
            json.dumps("anna.müller@ex-am.org"),
            "anna.müller@ex-am.org",
            "+49 (0)30 765-43 21",
            "030/7654321",
            "0049307654321",
        ):
            self.assertTrue(self.both(text), text)

    def test_others_are_not(self):
        for text in (
            f"jo{ANNA}",
            f"{ANNA}.com",
            "123456307654321",
            "3076543210",
            "bob@example.org",
            NAME,
        ):
            self.assertFalse(self.both(text), text)

    def test_a_short_number_needs_its_country(self):
        sought = person.Person(phones=(("49", "301234"),))
        self.assertTrue(person.found(sought, "+49 30 1234"))
        self.assertFalse(person.found(sought, "Order 301234"))

    def test_what_is_masked(self):
        mask = self.sought.everything()
        text = f"{NAME} <{ANNA}>, Hanna Quarz, 030 7654321"
        self.assertEqual(person.masked(mask, text), "[erased] <[erased]>, Hanna Quarz, [erased]")
        self.assertEqual(
            person.masked(mask, {ANNA: [307654321, 5, True, None]}),
            {"[erased]": ["[erased]", 5, True, None]},
        )


class PrivacyCase(SeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()
        cls.officer = new_test_user(cls.env, "seam-officer", groups="seam.group_seam_privacy")
        cls.abroad = cls.env["res.company"].create({"name": "Abroad"})
        cls.stranger = new_test_user(
            cls.env,
            "seam-officer-abroad",
            groups="seam.group_seam_privacy",
            company_id=cls.abroad.id,
            company_ids=[(6, 0, cls.abroad.ids)],
        )
        cls.env["ir.config_parameter"].sudo().set_param("database.secret", "a secret of the test")

    def request(self, **values):
        """A request that was searched."""
        values = {"email": ANNA, "phone": PHONE, "words": NAME, **values}
        request = self.env["seam.privacy.request"].with_user(self.officer).create(values)
        request.action_search()
        self.work(request)
        return request

    def work(self, request):
        """Do what the job does."""
        self.env.flush_all()
        request.sudo()._run()
        self.env.invalidate_all()

    def erase(self, request, reason=f"Letter of {NAME} of 3 November"):
        request.reason = reason
        request.action_erase()
        self.work(request)

    def found(self, request, model="seam.message"):
        return request.sudo().finding_ids.filtered(lambda f: f.res_model == model)

    def places_of(self, text):
        """Search every text and every bytes of every table of Seam, and what Odoo keeps of it.

        :return: list of table.column in which the text stands, read off the schema
        """
        self.env.flush_all()
        cr = self.env.cr
        cr.execute(
            """
            SELECT table_name, column_name, data_type FROM information_schema.columns
             WHERE table_schema = 'public' AND data_type IN
                   ('text', 'character varying', 'jsonb', 'json', 'bytea')
               AND (table_name LIKE 'seam%%' OR table_name LIKE 'privacy_log%%' OR table_name IN
                   ('mail_message', 'mail_mail', 'mail_activity', 'mail_tracking_value',
                    'queue_job', 'ir_attachment'))
            """
        )
        found = []
        for table, column, kind in cr.fetchall():
            value = "encode({}, 'escape')" if kind == "bytea" else "{}::text"
            query = sql.SQL("SELECT count(*) FROM {} WHERE " + value + " ILIKE %s").format(
                sql.Identifier(table), sql.Identifier(column)
            )
            cr.execute(query, [f"%{text}%"])
            if cr.fetchone()[0]:
                found.append(f"{table}.{column}")
        for attachment in self.env["ir.attachment"].sudo().search([("res_model", "like", "seam.")]):
            if text.encode() in (attachment.raw or b""):
                found.append(f"file {attachment.name}")
        return sorted(found)


@tagged("post_install", "-at_install")
class TestPrivacy(PrivacyCase):
    """A person's data is found, handed out and erased; what was done stays on record."""

    def test_nothing_of_the_person_is_left_anywhere(self):
        done = self.send(
            self.flow, {"to": ANNA, "name": NAME}, key=f"contact/{ANNA}", headers={"x-who": ANNA}
        )
        large = self.send(self.flow, {"mail": ANNA, "pad": LARGE})
        failed = self.message(self.receive(self.flow, f'{{"mail": "{ANNA}"'.encode()))
        edited = failed.with_user(self.operator)._edit(
            json.dumps({"mail": ANNA}), f"{NAME} is {ANNA}"
        )
        case = failed.exception_id
        case.message_post(body=f"I wrote to {NAME}, {ANNA}")
        case.activity_schedule("mail.mail_activity_data_todo", summary=f"Call {PHONE}, {ANNA}")
        self.commit()
        self.drain()
        self.env["seam.binding"]._bind(self.system.id, {ANNA: self.company.partner_id})
        self.env["seam.question"]._keep(
            self.flow.id,
            {
                "key": "k",
                "alike": "",
                "document": json.dumps({"mail": ANNA}).encode(),
                "content": {ANNA: 5},
                "fault": None,
            },
            None,
        )
        self.flow.sample = json.dumps({"mail": ANNA})
        self.assertEqual((done.state, large.state, edited.state), ("done", "done", "done"))
        self.assertIn("seam_message.body", self.places_of(ANNA))
        self.assertIn("seam_message.key", self.places_of(ANNA))

        request = self.request()
        self.assertEqual(request.state, "found")
        self.assertLessEqual(
            {done.id, large.id, failed.id, edited.id}, set(self.found(request).mapped("res_id"))
        )
        self.erase(request)
        left = request.sudo().finding_ids.filtered(lambda f: f.state == "found")
        self.assertEqual(left.mapped(lambda f: (f.res_model, f.res_id, f.how)), [])
        self.assertEqual(request.state, "done")
        self.assertEqual(self.places_of(ANNA), [])
        self.assertEqual(self.places_of(NAME), [])
        self.assertEqual(self.places_of(PHONE), [])

    def test_what_was_quoted_of_a_payload_goes_with_it(self):
        """Of what nobody can look for: a birthday, a name of long ago, an address in hashes."""
        long_ago, hashed = "Anna Basalt", hashlib.sha256(ANNA.encode()).hexdigest()[:24]
        failed = self.message(self.receive(self.flow, f'{{"mail": "{ANNA}"'.encode()))
        case = failed.exception_id
        case.write({"fix": "“4 May 1985” is no date", "technical": "4 May 1985"})
        self.env.flush_all()
        self.env.cr.execute(
            """
            UPDATE seam_message SET label = %(name)s, customer = %(name)s, touches = %(touches)s,
                   errors = '[{"value": "4 May 1985"}]', fault_fix = '4 May 1985',
                   fault_message = '4 May 1985', state_reason = '4 May 1985',
                   res_model = 'res.partner', res_id = 0
             WHERE id = %(id)s
            """,
            {"name": long_ago, "touches": json.dumps([f"mail:{hashed}"]), "id": failed.id},
        )
        self.env["seam.message"]._log(
            [{"message_id": failed.id, "name": "Applied", "text": "“4 May 1985” is set back."}]
        )
        self.env.invalidate_all()
        failed.with_user(self.operator)._discard("She asked")
        self.commit()
        self.erase(self.request())
        for text in (long_ago, "4 May 1985", hashed):
            self.assertEqual(self.places_of(text), [], text)
        self.assertEqual(failed.state, "discarded")
        self.assertTrue(failed.fault_code)
        self.assertIn("Applied", failed.event_ids.mapped("name"))

    def test_a_case_of_others_too_keeps_what_it_says(self):
        failed = self.message(self.receive(self.flow, f'{{"mail": "{ANNA}"'.encode()))
        other = self.message(self.receive(self.flow, b'{"mail": "bob@example.org"'))
        self.env.cr.execute(
            "UPDATE seam_message SET exception_id = %s WHERE id = %s",
            [failed.exception_id.id, other.id],
        )
        self.env.invalidate_all()
        failed.exception_id.fix = "Bob or Anna Quarz"
        failed.with_user(self.operator)._discard("She asked")
        self.commit()
        self.erase(self.request())
        self.assertEqual(other.exception_id.fix, "Bob or [erased]")

    def test_the_name_of_who_is_known_by_an_address_only_is_masked(self):
        self.env["res.partner"].create({"name": NAME, "email": ANNA, "vat": "DE136695976"})
        message = self.send(self.flow, {"mail": ANNA})
        self.env["seam.message"]._log(
            [{"message_id": message.id, "name": f"{NAME} called, DE136695976"}]
        )
        self.erase(self.request(words=False, phone=False))
        self.assertEqual(self.places_of(NAME), [])
        self.assertEqual(self.places_of("DE136695976"), [])

    def test_the_same_again_is_a_repetition_after_the_erasure(self):
        plain = self.send(self.flow, {"to": ANNA}, key="k1")
        named = self.send(self.flow, {"mail": ANNA}, key=f"contact/{ANNA}")
        self.erase(self.request())
        self.assertIsNone(plain._body_bytes())
        for message, content, key in (
            (plain, {"to": ANNA}, "k1"),
            (named, {"mail": ANNA}, f"contact/{ANNA}"),
        ):
            again = self.receive(self.flow, content, key=key)
            self.assertEqual((again.status, again.id), ("duplicate", message.id), key)
            other = self.receive(self.flow, {"to": "x"}, key=key)
            self.assertEqual(other.status, "conflict", key)
        self.assertEqual(self.receive(self.flow, {"to": "x"}, key="k2").status, "stored")

    def test_what_is_erased_is_not_processed_again(self):
        failed = self.message(self.receive(self.flow, f'{{"mail": "{ANNA}"'.encode()))
        failed.with_user(self.operator)._discard("She asked")
        self.commit()
        self.erase(self.request())
        for act in (
            failed.with_user(self.operator).action_open_edit,
            lambda: failed.with_user(self.operator)._retry("Again"),
            lambda: failed.with_user(self.operator)._edit("{}", "Again"),
        ):
            with self.assertRaisesRegex(UserError, "cannot be processed again"):
                act()
        self.assertIn("erased the content", failed.erased_text)
        self.assertFalse(failed.body_text)

    def test_the_erasure_is_recorded_without_the_person(self):
        message = self.send(self.flow, {"to": ANNA})
        digest = message.body_hash
        request = self.request()
        self.erase(request)
        line = message.event_ids[-1]
        self.assertEqual((line.name, line.user_id), ("Content erased", self.officer))
        self.assertIn("Letter of [erased] of 3 November", line.reason)
        self.assertEqual(message.body_hash, digest)
        self.assertEqual(request.erased_by_id, self.officer)
        self.assertTrue(request.erased_at)
        self.assertFalse(request.email or request.phone or request.words or request.partner_ids)
        self.assertEqual(request.log_id.sudo().user_id, self.officer)
        self.assertNotIn("quarz", request.log_id.sudo().anonymized_email)
        with self.assertRaises(AccessError):
            request.reason = "Never"
        with self.assertRaises(AccessError):
            request.unlink()

    def test_what_is_not_finished_is_told_and_nothing_is_erased(self):
        done = self.send(self.flow, {"to": ANNA})
        failed = self.message(self.receive(self.flow, f'{{"mail": "{ANNA}"'.encode()))
        request = self.request()
        self.assertEqual(request.open_count, 1)
        self.assertIn(failed.uuid[:8], request.open_text)
        request.reason = "She asked"
        with self.assertRaisesRegex(UserError, "not finished"):
            request.action_erase()
        self.assertTrue(done._body_bytes())
        failed.with_user(self.operator)._discard("She asked")
        self.erase(request)
        self.assertEqual(request.state, "done")
        self.assertIsNone(failed._body_bytes())

    def test_what_comes_while_it_is_erased_is_found_too(self):
        self.send(self.flow, {"to": ANNA})
        request = self.request()
        late = self.send(self.flow, {"late": ANNA})
        self.erase(request)
        self.assertEqual(request.state, "found")
        self.assertTrue(request.note)
        self.assertTrue(late._body_bytes())
        self.erase(request)
        self.assertEqual(request.state, "done")
        self.assertEqual(self.places_of(ANNA), [])

    def test_others_keep_what_is_theirs(self):
        bob = self.send(self.flow, OTHER, key="k1")
        both = self.send(self.flow, {**OTHER, "cc": ANNA}, key="k2")
        request = self.request()
        self.assertEqual(self.found(request).mapped("res_id"), both.ids)
        self.erase(request)
        self.assertEqual(json.loads(bob._body_bytes()), OTHER)
        self.assertIsNone(both._body_bytes(), "a payload is the smallest unit that is kept")

    def test_a_contact_is_found_by_what_is_linked_to_it(self):
        partner = self.env["res.partner"].create({"name": NAME, "email": ANNA})
        about = self.send(self.flow, {"no": "address in it"})
        child = self.env["res.partner"].create({"name": "Her office", "parent_id": partner.id})
        document = self.send(self.flow, {"nor": "here"})
        for message, record in ((about, partner), (document, child)):
            self.env.cr.execute(
                "UPDATE seam_message SET res_model = %s, res_id = %s WHERE id = %s",
                [record._name, record.id, message.id],
            )
        self.env["seam.binding"]._bind(self.system.id, {"C-5": partner})
        request = self.request(
            email=False, phone=False, words=False, partner_ids=[(6, 0, partner.ids)]
        )
        self.assertEqual(self.found(request).mapped("res_id"), about.ids)
        self.assertEqual(len(self.found(request, "seam.binding")), 1)
        request.drop_bindings = True
        self.erase(request)
        self.assertIsNone(about._body_bytes())
        self.assertFalse(self.env["seam.binding"].search([("external_id", "=", "C-5")]))

    def test_who_else_has_the_person_is_told_and_kept_on_record(self):
        self.send(self.flow, {"to": ANNA})
        other = self.system.copy({"name": "Other CRM", "code": "other-crm"})
        self.env["seam.binding"]._bind(other.id, {ANNA: self.company.partner_id})
        unknown = self.system.copy({"name": "Knows nobody", "code": "nobody"})
        request = self.request()
        for system in (self.system, other):
            self.assertIn(system.name, request.known_to_text)
        self.assertNotIn(unknown.name, request.known_to_text)
        self.erase(request)
        self.assertEqual(request.known_to, ", ".join(sorted([self.system.name, other.name])))
        self.assertFalse(request.known_to_text)

    def test_who_has_the_same_address_is_named_before(self):
        """An inbox that several persons read is no person."""
        anna, colleague = self.env["res.partner"].create(
            [{"name": NAME, "email": ANNA}, {"name": "Carl Colleague", "email": ANNA}]
        )
        request = self.request(partner_ids=[(6, 0, anna.ids)])
        self.assertIn("Carl Colleague", request.taken_for_text)
        self.assertNotIn(NAME, request.taken_for_text)
        self.assertFalse(self.request(partner_ids=[(6, 0, (anna | colleague).ids)]).taken_for_text)

    def test_an_archived_contact_is_found_too(self):
        partner = self.env["res.partner"].create({"name": NAME, "active": False})
        about = self.send(self.flow, {"no": "address in it"})
        self.env.cr.execute(
            "UPDATE seam_message SET res_model = 'res.partner', res_id = %s WHERE id = %s",
            [partner.id, about.id],
        )
        request = self.request(email=False, phone=False, partner_ids=[(6, 0, partner.ids)])
        self.assertEqual(self.found(request).mapped("res_id"), about.ids)

    def test_a_binding_stays_as_a_pseudonym_where_it_is_wanted(self):
        partner = self.env["res.partner"].create({"name": NAME, "email": ANNA})
        self.env["seam.binding"]._bind(self.system.id, {"C-5": partner})
        request = self.request(partner_ids=[(6, 0, partner.ids)])
        self.erase(request)
        self.assertTrue(self.env["seam.binding"].search([("external_id", "=", "C-5")]))
        self.assertEqual(self.found(request, "seam.binding").state, "kept")

    def test_a_purge_afterwards(self):
        flow = self.make_flow(code="short", body_days=1, message_days=2)
        message = self.send(flow, {"to": ANNA})
        request = self.request()
        self.erase(request)
        self.env.cr.execute(
            "UPDATE seam_message SET received_at = received_at - %(age)s, "
            "settled_at = settled_at - %(age)s WHERE id = %(id)s",
            {"age": timedelta(days=9), "id": message.id},
        )
        with own_env(self.env) as env:
            env["seam.flow.hour"]._roll_up(flow.id)
            env["seam.message"]._cron_purge()
        self.env.invalidate_all()
        self.assertFalse(message.exists())
        self.assertEqual(request.state, "done", "the record of the act outlives the message")

    def test_hand_out(self):
        self.send(self.flow, {"to": ANNA, "note": "<script>alert(1)</script>"})
        self.send(self.flow, {**OTHER, "cc": ANNA})
        self.env["seam.binding"]._bind(self.system.id, {ANNA: self.company.partner_id})
        request = self.request()
        request.action_export()
        self.work(request)
        self.assertFalse(request.exporting)
        (attachment,) = request.export_ids
        with zipfile.ZipFile(io.BytesIO(attachment.sudo().raw)) as archive:
            names = archive.namelist()
            data = json.loads(archive.read("data.json"))
            page = archive.read("index.html").decode()
            others = [name for name in names if name.startswith("with-others/payloads/")]
            own = [name for name in names if name.startswith("payloads/")]
            self.assertEqual((len(own), len(others)), (1, 1))
            self.assertIn(b"bob@", archive.read(others[0]))
        self.assertNotIn("bob@", json.dumps(data))
        self.assertNotIn("bob@", page)
        self.assertIn(ANNA, page)
        self.assertNotIn("<script>", page)
        self.assertIn("Binding", json.dumps(data))
        self.assertEqual(attachment.with_user(self.officer).raw, attachment.sudo().raw)
        for user in (self.operator, self.stranger):
            with self.assertRaises(AccessError):
                attachment.with_user(user).raw  # noqa: B018

    def test_who_may(self):
        manager = new_test_user(self.env, "seam-boss", groups="seam.group_seam_manager")
        request = self.request()
        for user in (manager, self.operator, self.viewer):
            with self.assertRaises(AccessError):
                request.with_user(user).read(["email"])
            with self.assertRaises(AccessError):
                self.env["seam.privacy.request"].with_user(user).create({"email": ANNA})
        with self.assertRaises(AccessError):
            request.with_user(self.stranger).read(["email"])
        with self.assertRaises(AccessError):
            self.env["seam.message"].with_user(self.officer).search([])
        with self.assertRaises(AccessError):
            request.write({"state": "done"})
        with self.assertRaises(UserError):
            request.write({"email": "somebody@else.org"})

    def test_another_company_keeps_its_own(self):
        message = self.send(self.flow, {"to": ANNA})
        request = self.env["seam.privacy.request"].with_user(self.stranger).create({"email": ANNA})
        request.action_search()
        self.work(request)
        self.assertFalse(request.sudo().finding_ids)
        self.assertTrue(message._body_bytes())
        with self.assertRaises(AccessError):
            self.env["seam.privacy.request"].with_user(self.stranger).create(
                {"email": ANNA, "company_id": self.company.id}
            )

    def test_nobody_is_searched_for_by_nothing(self):
        for values in ({"words": NAME}, {"email": "no address"}, {"phone": "12345"}):
            request = self.env["seam.privacy.request"].with_user(self.officer).create(values)
            with self.assertRaises(UserError):
                request.action_search()

    def test_a_request_that_is_put_away_forgets_the_person(self):
        request = self.request()
        request.action_put_away()
        self.assertEqual(request.state, "cancelled")
        self.assertFalse(request.email or request.phone or request.words)

    def test_odoos_own_lookup_leads_here(self):
        wizard = self.env["privacy.lookup.wizard"].create({"name": NAME, "email": ANNA})
        action = wizard.action_seam_privacy()
        self.assertEqual(action["context"]["default_email"], ANNA)
        partner = self.env["res.partner"].create({"name": NAME, "email": ANNA, "phone": PHONE})
        context = partner.with_user(self.officer).action_seam_privacy()["context"]
        self.assertEqual(context["default_partner_ids"], partner.ids)
        self.assertEqual((context["default_email"], context["default_words"]), (ANNA, NAME))

    def test_every_text_of_every_table_is_looked_at(self):
        """What is not, is named as what administrators set up."""
        places = self.env["seam.privacy.place"]
        looked_at = {
            (place.table, column) for place in places._all() for column, _is_json in place.columns
        }
        set_up = {self.env[name]._table for name in places._set_up() if name in self.env}
        self.env.cr.execute(
            """
            SELECT c.table_name, c.column_name FROM information_schema.columns c
             WHERE c.table_schema = 'public' AND c.table_name LIKE 'seam%%'
               AND c.data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea')
            """
        )
        tables = {model._table: model for model in self.env.values()}
        for table, column in self.env.cr.fetchall():
            field = table in tables and tables[table]._fields.get(column)
            if not field or field.type in ("selection", "binary", "reference"):
                continue  # a word of ours; bodies are searched by themselves
            self.assertTrue(
                (table, column) in looked_at or table in set_up, f"{table}.{column} is not"
            )

    def test_the_search_goes_on_where_it_stopped(self):
        for number in range(5):
            self.send(self.flow, {"to": ANNA, "n": number})
        request = self.env["seam.privacy.request"].with_user(self.officer).create({"email": ANNA})
        request.action_search()
        self.env.flush_all()
        for _step in range(200):
            if not request.sudo()._next_step():
                break
        self.env.invalidate_all()
        self.assertEqual(request.state, "found")
        self.assertEqual(len(self.found(request)), 5)
