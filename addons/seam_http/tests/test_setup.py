from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.queue_job.tests.common import trap_jobs

from . import partner
from .common import HttpApiCase

LINES = (
    ("name", "display_name", {"missing": "fault"}),
    ("email", "mail", {"kind": "lower"}),
    ("phone", "telephone"),
    ("city", "address.town"),
    ("zip", "address.postal_code"),
    ("country_id", "address.country_code", {"reference": "field", "reference_field": "code"}),
)
OUT_LINES = (
    ("display_name", "name"),
    ("mail", "email", {"missing": "null"}),
    ("address.town", "city"),
    ("address.country_code", "country_id.code || 'DE'"),
)


@tagged("post_install", "-at_install")
class TestIncoming(HttpApiCase):
    """From a new system to synchronised records, only by the guide's own buttons."""

    def prepare(self):
        self.log_in()
        self.describe()
        self.choose("GET", "/clients")
        self.setup.model_id = self.env["ir.model"]._get("res.partner")
        self.setup.action_example()

    def fetch_all(self):
        """Go live, and do what the pull's job does."""
        self.setup.fetch_from = "2020-01-01"
        self.setup.action_go_live()
        pull = self.env["seam.pull"].search([("flow_id", "=", self.flow.id)])
        with trap_jobs():
            pull.action_pull_now()
        self.pull(pull)
        return pull

    def pull(self, pull):
        self.env.flush_all()
        pull._run()
        self.env.invalidate_all()
        self.drain()

    def test_from_a_new_system_to_the_first_record_and_all_others(self):
        self.prepare()
        self.assertIn("was reached", self.setup.test_result)
        self.assertTrue(self.setup.test_ok)
        self.assertEqual(self.setup.api_title, "Meadow CRM 2.4")
        endpoint = self.endpoint
        self.assertEqual(
            (endpoint.items_at, endpoint.key_at, endpoint.version_at, endpoint.paging_kind),
            ("clients", "id", "updated_at", "page"),
        )
        self.assertEqual(
            (endpoint.page_param, endpoint.size_param, endpoint.size, endpoint.since_param),
            ("page", "per_page", 2, "updated_since"),
        )
        self.assertTrue(self.flow.contract_version_id)
        self.assertIn("Ada Meadow", endpoint.sample)
        self.setup.action_suggest_lines()
        suggested = {line.target: line.source for line in endpoint.mapping_ids}
        self.assertEqual(suggested["email"], "mail")
        self.assertEqual(suggested["zip"], "address.postal_code")
        self.assertEqual(suggested["phone"], "telephone")
        shown = self.edit_lines(*LINES)
        self.assertEqual((shown["problems"], shown["saved"]), ([], True))
        self.assertEqual(shown["values"][1], "Ada Meadow")
        self.setup.action_next()
        self.setup.action_try()
        self.assertTrue(self.setup.try_ok, self.setup.try_error)
        self.assertIn("/v2/clients?per_page=2&page=1", self.setup.try_line)
        self.assertNotIn(partner.KEY, self.setup.try_headers)
        self.assertIn('"country_id": "DE"', self.setup.try_result)
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Ada Meadow")]))
        self.setup.action_next()
        self.setup.action_first()
        self.drain()
        self.assertEqual(self.setup.message_state, "done", self.setup.message_error)
        self.assertEqual(self.setup.record_name, "Ada Meadow")
        ada = self.setup.message_id._record()
        self.assertEqual(
            (ada.email, ada.city, ada.country_id, ada.create_uid),
            ("ada@meadow.example", "Berlin", self.germany, self.service_user),
        )
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Bo Brook")]))
        self.setup.action_next()
        self.fetch_all()
        self.assertTrue(self.env["res.partner"].search([("name", "=", "Bo Brook")]))
        self.assertTrue(self.env["res.partner"].search([("name", "=", "Cy Cliff")]))
        self.assertEqual(self.env["res.partner"].search_count([("name", "=", "Ada Meadow")]), 1)
        self.assertEqual((self.setup.progress, self.setup.finished), (100, True))

    def test_every_kind_of_paging(self):
        self.prepare()
        self.edit_lines(*LINES)
        kinds = {
            "page": {"page_param": "page"},
            "offset": {"offset_param": "offset"},
            "cursor": {"cursor_param": "at", "cursor_at": "next"},
            "next_url": {"next_at": "next"},
            "link": {},
            "none": {},
        }
        pull = self.fetch_all()
        for number, (kind, values) in enumerate(kinds.items()):
            with self.subTest(kind=kind):
                self.partner.paging = kind
                for each in self.partner.clients.values():
                    each.update(telephone=f"+49 {number}", updated_at="2031-01-01T12:00:00Z")
                self.endpoint.write({"paging_kind": kind, **values, "version_at": False})
                with trap_jobs():
                    pull.action_pull_now()
                self.pull(pull)
                self.assertEqual(pull.state, "idle", pull.last_error)
                contacts = self.env["res.partner"].search([("email", "like", "@meadow.example")])
                self.assertEqual(contacts.mapped("phone"), [f"+49 {number}"] * 3)

    def test_a_record_that_is_back_in_an_earlier_state_is_a_change(self):
        self.prepare()
        self.edit_lines(*LINES)
        self.endpoint.write({"version_at": False, "since_param": False})
        self.flow.contract_version_id = False
        pull = self.fetch_all()
        ada = self.partner.clients["c-1"]
        for town in ("Bremen", "Berlin", "Bremen"):
            ada["address"]["town"] = town
            with trap_jobs():
                pull.action_pull_now()
            self.pull(pull)
            contact = self.env["res.partner"].search([("name", "=", "Ada Meadow")])
            self.assertEqual(contact.city, town)
        self.assertEqual(self.env["seam.message"].search_count([("flow_id", "=", self.flow.id)]), 6)

    def test_details_are_fetched_and_one_that_is_missing_stops_no_other(self):
        self.prepare()
        self.edit_lines(*LINES, ("is_company", "detail"))
        self.flow.contract_version_id = False
        self.endpoint.detail_path = "/clients/{id}"
        lost = self.partner.clients["c-2"]
        self.partner.clients["c-2"] = {**lost, "id": "c-99"}
        self.fetch_all()
        contacts = self.env["res.partner"].search([("email", "like", "@meadow.example")])
        self.assertEqual(contacts.mapped("name"), ["Ada Meadow", "Cy Cliff"])
        self.assertEqual(contacts.mapped("is_company"), [True, True])
        case = self.open_cases()
        self.assertEqual((case.code, len(case)), ("mapping.failed", 1))

    def test_what_is_deleted_there_is_archived_here_if_it_is_said(self):
        self.prepare()
        self.edit_lines(*LINES)
        self.endpoint.write({"deleted_at": "removed", "on_delete": "archive"})
        pull = self.fetch_all()
        self.partner.clients["c-2"].update(removed=True, updated_at="2031-01-01T00:00:00Z")
        with trap_jobs():
            pull.action_pull_now()
        self.pull(pull)
        gone = self.env["res.partner"].with_context(active_test=False)
        self.assertFalse(gone.search([("name", "=", "Bo Brook")]).active)

    def test_what_does_not_fit_is_an_exception_with_its_place(self):
        self.prepare()
        self.edit_lines(*LINES)
        self.partner.clients["c-1"]["address"]["country_code"] = "XX"
        self.partner.clients["c-2"]["display_name"] = None
        self.flow.contract_version_id = False
        self.fetch_all()
        cases = {case.code: case for case in self.open_cases()}
        self.assertEqual(set(cases), {"master.unknown", "mapping.failed"})
        self.assertEqual(cases["master.unknown"].missing_code, "XX")
        cases["master.unknown"]._fix(self.germany)
        self.commit()
        self.drain()
        ada = self.env["res.partner"].search([("name", "=", "Ada Meadow")])
        self.assertEqual(ada.country_id, self.germany)

    def test_existing_records_are_recognised(self):
        self.prepare()
        self.edit_lines(*LINES)
        known = self.env["res.partner"].create({"name": "A. Meadow", "email": "ada@meadow.example"})
        self.setup.match_field_id = self.env["ir.model.fields"]._get("res.partner", "email")
        self.fetch_all()
        self.assertEqual(known.name, "Ada Meadow")

    def test_without_the_right_nothing_is_written(self):
        self.prepare()
        self.edit_lines(*LINES)
        self.service_user.group_ids = self.env.ref("base.group_user")
        self.setup.invalidate_recordset()
        self.assertIn("Groups that may", self.setup.rights_hint)
        self.setup.action_first()
        self.drain()
        self.assertEqual(self.setup.message_state, "failed")
        self.assertEqual(self.open_cases().code, "access.denied")

    def test_a_wrong_key_is_told(self):
        self.setup.action_next()
        self.setup.write({"auth": "api_key", "auth_header": "X-Api-Key", "secret": "wrong"})
        self.describe_late()
        self.setup.action_try()
        self.assertIn("refused the credentials", self.setup.try_error)

    def describe_late(self):
        self.setup.action_next()
        self.describe()
        self.choose("GET", "/clients")
        self.setup.model_id = self.env["ir.model"]._get("res.partner")

    def test_steps_that_miss_something_say_so(self):
        self.setup.base_url = False
        with self.assertRaisesRegex(UserError, "address"):
            self.setup.action_next()
        self.setup.base_url = self.partner.address
        self.log_in()
        with self.assertRaisesRegex(UserError, "neither “openapi” nor “swagger”"):
            self.describe("hello: world")
        self.describe()
        with self.assertRaisesRegex(UserError, "at least one"):
            self.setup.action_next()
        self.choose("GET", "/clients")
        with self.assertRaisesRegex(UserError, "record type"):
            self.setup.action_next()

    def test_only_administrators_set_up(self):
        operator = new_test_user(self.env, "seam-op", groups="seam.group_seam_operator")
        self.log_in()
        self.describe()
        self.choose("GET", "/clients")
        with self.assertRaises(AccessError):
            self.env["seam.setup"].with_user(operator).create({"name": "X"})
        endpoint = self.endpoint.with_user(operator)
        for call in (
            endpoint.mapping_state,
            lambda: endpoint.mapping_preview([], "{}"),
            lambda: endpoint.mapping_suggest([], "{}"),
        ):
            with self.assertRaises(AccessError):
                call()


@tagged("post_install", "-at_install")
class TestOutgoing(HttpApiCase):
    def prepare(self):
        self.log_in()
        self.describe()
        self.choose("POST", "/clients")
        self.setup.model_id = self.env["ir.model"]._get("res.partner")
        names = ("name", "email", "city", "country_id")
        Fields = self.env["ir.model.fields"]
        self.setup.field_ids = Fields.browse(Fields._get("res.partner", name).id for name in names)
        self.setup.field_paths = "country_id.code"
        self.contact = self.env["res.partner"].create(
            {"name": "Dee Dune", "email": "dee@dune.example", "country_id": self.germany.id}
        )
        self.setup.record_domain = "[('email', 'like', '@dune.example')]"
        self.setup.sample_record = self.contact
        self.setup.action_example()
        self.shown = self.edit_lines(*OUT_LINES)

    def test_the_first_record_then_each_change_then_its_end(self):
        self.prepare()
        self.assertEqual((self.shown["problems"], self.shown["saved"]), ([], True))
        self.assertEqual(
            (self.endpoint.update_path, self.endpoint.delete_path, self.endpoint.update_method),
            ("/clients/{external_id}", "/clients/{external_id}", "PUT"),
        )
        self.setup.action_next()
        self.setup.action_try()
        self.assertTrue(self.setup.try_ok, self.setup.try_error)
        self.assertEqual(self.setup.try_line, f"POST {self.partner.address}/clients")
        self.assertIn('"display_name": "Dee Dune"', self.setup.try_body)
        self.assertNotIn(partner.KEY, str(self.setup.try_headers))
        self.assertEqual(len(self.partner.clients), 3, "a dry run sends nothing")
        self.setup.action_next()
        self.setup.action_first()
        self.commit()
        self.drain("send")
        self.assertEqual(self.setup.message_state, "done", self.setup.message_error)
        self.assertEqual(self.partner.clients["c-2001"]["display_name"], "Dee Dune")
        self.contact.city = "Emden"
        self.commit()
        self.drain("send")
        self.assertIsNone(
            self.partner.clients["c-2001"]["address"]["town"]
            if "town" in self.partner.clients["c-2001"]["address"]
            else None,
            "changes are not sent before it is live",
        )
        self.setup.action_next()
        self.setup.action_go_live()
        self.contact.write({"city": "Aurich"})
        self.contact.write({"email": "new@dune.example"})
        self.env["res.partner"].create({"name": "Not ours", "email": "x@elsewhere.example"})
        self.commit()
        self.drain("send")
        method, path, _query, body = self.partner.asked[-1]
        self.assertEqual((method, path), ("PUT", "/v2/clients/c-2001"))
        self.assertEqual(body["address"]["town"], "Aurich")
        self.assertEqual(len(self.partner.clients), 4)
        asked = len(self.partner.asked)
        self.contact.comment = "not a field that is sent"
        self.commit()
        self.drain("send")
        self.assertEqual(len(self.partner.asked), asked)
        self.contact.unlink()
        self.commit()
        self.drain("send")
        self.assertNotIn("c-2001", self.partner.clients)

    def test_fields_are_proposed_by_the_partners_words(self):
        self.log_in()
        self.describe()
        self.choose("POST", "/clients")
        self.setup.model_id = self.env["ir.model"]._get("res.partner")
        self.assertIn('"name"', self.endpoint.mapping_example())
        self.assertLessEqual(
            {"name", "email", "phone"}, set(self.endpoint.field_ids.mapped("name"))
        )
        self.endpoint.sample = self.endpoint.mapping_example()
        lines = self.endpoint.mapping_suggest([], self.endpoint.sample)
        self.assertIn(
            ("display_name", "name"), [(line["target"], line["source"]) for line in lines]
        )

    def test_what_the_partner_says_is_wrong_is_read(self):
        self.prepare()
        self.partner.status = 422
        self.setup.action_first()
        self.commit()
        self.drain("send")
        self.assertEqual(self.setup.message_state, "failed")
        self.assertIn("The town is unknown.", self.setup.message_error)

    def test_a_document_that_breaks_the_partners_schema_is_not_sent(self):
        self.prepare()
        self.contact.name = "x" * 61
        self.setup.action_try()
        self.assertIn("60", self.setup.try_error)
        self.setup.action_first()
        self.commit()
        self.drain("send")
        self.assertEqual(self.setup.message_state, "failed")
        self.assertFalse([each for each in self.partner.asked if each[0] == "POST"])

    def test_an_answer_without_an_id_does_not_lead_to_a_second_record(self):
        self.prepare()
        self.endpoint.external_id_at = "nothing"
        self.setup.action_first()
        self.commit()
        self.drain("send")
        self.assertEqual(self.setup.message_state, "failed")
        self.assertIn("no ID is found", self.setup.message_error)
        self.assertEqual(len(self.partner.clients), 4)

    def test_a_change_that_came_from_the_partner_is_not_sent_back(self):
        self.prepare()
        self.setup.action_go_live()
        self.contact.with_context(seam_origin=self.system.id).city = "Echo"
        self.commit()
        self.assertFalse(self.env["seam.message"].search_count([("flow_id", "=", self.flow.id)]))

    def test_records_about_rights_cannot_be_connected(self):
        self.prepare()
        for model in ("res.users", "res.groups", "ir.rule", "ir.config_parameter", "seam.flow"):
            with self.subTest(model=model), self.assertRaises(UserError):
                self.setup.model_id = self.env["ir.model"]._get(model)


@tagged("post_install", "-at_install")
class TestBothDirections(HttpApiCase):
    def connect(self):
        """One partner, clients fetched and contacts sent."""
        self.log_in()
        self.describe()
        contacts = self.env["ir.model"]._get("res.partner")
        operations = self.setup.operation_ids.filtered(lambda each: each.path == "/clients")
        operations.chosen = True
        self.setup.action_next()
        incoming, outgoing = operations.sorted("method").endpoint_id
        self.setup.endpoint_id = incoming
        self.setup.model_id = contacts
        self.edit_lines(*LINES)
        self.setup.action_go_live()
        self.setup.endpoint_id = outgoing
        self.setup.model_id = contacts
        Fields = self.env["ir.model.fields"]
        self.setup.field_ids = Fields._get("res.partner", "name") + Fields._get(
            "res.partner", "city"
        )
        self.setup.record_domain = "[('email', 'like', '@meadow.example')]"
        self.edit_lines(("display_name", "name"), ("address.town", "city"))
        self.setup.action_go_live()
        return incoming.flow_id, outgoing.flow_id

    def test_what_came_is_not_sent_back_and_what_is_changed_here_goes_to_its_record(self):
        incoming, outgoing = self.connect()
        pull = self.env["seam.pull"].search([("flow_id", "=", incoming.id)])
        pull.reset_to = "2020-01-01"
        pull.action_reset()
        with trap_jobs():
            pull.action_pull_now()
        self.env.flush_all()
        pull._run()
        self.env.invalidate_all()
        self.drain()
        self.commit()
        ada = self.env["res.partner"].search([("name", "=", "Ada Meadow")])
        self.assertTrue(ada)
        self.assertFalse(
            self.env["seam.message"].search_count([("flow_id", "=", outgoing.id)]),
            "nothing is echoed",
        )
        ada.city = "Ahaus"
        self.commit()
        self.drain("send")
        self.assertEqual(self.partner.asked[-1][:2], ("PUT", "/v2/clients/c-1"))
        self.assertEqual(self.partner.clients["c-1"]["address"]["town"], "Ahaus")
        self.assertEqual(len(self.partner.clients), 3)
