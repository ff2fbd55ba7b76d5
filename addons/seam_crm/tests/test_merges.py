from odoo.exceptions import UserError
from odoo.tests import Form, new_test_user, tagged

from .common import CrmCase, answer


@tagged("post_install", "-at_install")
class TestMerges(CrmCase):
    """Duplicates, archived, deleted and merged records, on either side."""

    def partner(self, **values):
        return self.env["res.partner"].create({"name": "A. Lovelace", **values})

    def refused(self, document, code="contacts"):
        message, _none = self.take(document, code)
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        return message, self.cases()

    # -- duplicates --------------------------------------------------------------------

    def test_one_clear_match_is_bound(self):
        ada = self.partner(name="Ada Lovelace", email="Ada@x.example")
        message, found = self.take(self.contact(email="ada@x.example"))
        self.assertEqual((message.state, found), ("done", ada))
        self.assertIn("e-mail", str(ada.message_ids.mapped("body")))

    def test_a_persons_address_is_no_companys(self):
        ada = self.partner(email="ada@x.example")
        _message, acme = self.take(self.contact("A-1", email="ada@x.example"), "companies")
        self.assertNotEqual(acme, ada)

    def test_two_with_one_address(self):
        ada, other = self.partner(email="ada@x.example"), self.partner(email="ada@x.example")
        _message, case = self.refused(self.contact(email="ada@x.example"))
        self.assertEqual(case.crm_candidate_ids, ada | other)
        self.assertEqual(self.bound(), {})

    def test_the_crms_record_is_shown_beside_those_of_odoo(self):
        self.partner(name="Ada L.", email="ada@x.example", phone="+49 30 1234567")
        self.partner(name="A. <b>Lovelace</b>", email="ada@x.example", city="London")
        told = {"email": "Ada@x.example", "phone": "030 1234567", "country": "DE", "title": "Boss"}
        _message, case = self.refused(self.contact(**told))
        shown = case.with_user(self.operator).crm_compared
        self.assertEqual(case.crm_candidate_count, 2)
        for word in ("C-1", "Boss", "Ada L.", "London", "A. &lt;b&gt;Lovelace&lt;/b&gt;"):
            self.assertIn(word, shown)
        self.assertEqual(shown.count("<strong>"), 2, "both have that address, in whatever shape")
        self.assertNotIn(">Archived<", shown)
        self.assertNotIn(">Tax ID<", shown, "nobody has one")

    def test_what_the_user_may_not_see_of_odoos_is_not_shown(self):
        boss = new_test_user(self.env, "ada-boss", name="Charles Babbage")
        values = {"function": "Poet", "user_id": boss.id, "credit_limit": 4711}
        self.partner(email="ada@x.example", **values)
        self.partner(email="ada@x.example")
        self.env["seam.crm.field"].create(
            {
                "system_id": self.system.id,
                "document": "crm-contact",
                "document_field": "custom.limit",
                "field_id": self.env["ir.model.fields"]._get("res.partner", "credit_limit").id,
            }
        )
        told = self.contact(email="ada@x.example", title="Boss")
        _message, case = self.refused({**told, "custom": {"limit": 5}})
        self.assertIn("Poet", case.with_user(self.operator).crm_compared)
        case.invalidate_recordset()
        for name in ("function", "user_id", "active"):
            self.patch(self.env["res.partner"]._fields[name], "groups", "base.group_system")
        shown = case.with_user(self.operator).crm_compared
        self.assertIn("Boss", shown)
        self.assertNotIn("Poet", shown)
        self.assertNotIn("Charles", shown)
        self.assertIn("Credit Limit</th><td>5</td><td></td><td></td>", shown)
        self.assertIn("Boss", Form(case.with_user(self.operator)).crm_compared)

    def test_those_that_are_shown_can_be_chosen_first(self):
        self.partner(name="Ada Lovelace")
        by_phone = self.partner(name="Countess", phone="+49 30 1234567")
        _message, case = self.refused(self.contact(phone="030 1234567", country="DE"))
        wizard = self.env["seam.fix.wizard"].with_user(self.operator)
        wizard = wizard.create({"exception_id": case.id})
        self.assertEqual(wizard.candidates[0]["id"], by_phone.id)
        self.assertEqual(len({one["id"] for one in wizard.candidates}), len(wizard.candidates))

    def test_phone_tax_id_and_name_with_postcode_are_shown(self):
        by_phone = self.partner(phone="+49 30 1234567")
        by_name = self.partner(name="ada lovelace", zip="10115")
        _message, case = self.refused(self.contact(phone="030 1234567", country="DE", zip="10115"))
        self.assertEqual(case.crm_candidate_ids, by_phone | by_name)
        acme = self.partner(name="ACME GmbH", is_company=True, vat="DE811907980")
        message, _none = self.take(self.contact("A-1", vat="DE 811.907.980"), "companies")
        self.assertEqual(message.exception_id.crm_candidate_ids, acme)

    def test_a_tax_id_is_the_same_with_its_country_and_without(self):
        acme = self.partner(name="ACME GmbH", is_company=True, vat="DE811907980")
        bare = self.partner(name="Bare", is_company=True)
        # Odoo takes none that it can check to be wrong; old ones are as they are
        self.env.cr.execute("UPDATE res_partner SET vat = '123456788' WHERE id = %s", [bare.id])
        bare.invalidate_recordset()
        for key, vat, found in (
            ("A-1", "811 907 980", acme),
            ("A-2", "DE 123456788", bare),
        ):
            document = self.contact(key, name=key, vat=vat, country="DE")
            message, _none = self.take(document, "companies")
            self.assertEqual(message.fault_code, "master.ambiguous", vat)
            self.assertEqual(message.exception_id.crm_candidate_ids, found)
        message, _none = self.take(
            self.contact("A-3", name="A-3", vat="811907980", country="FR"), "companies"
        )
        self.assertEqual(message.state, "done", "another country's number")

    def test_a_switchboard_says_nothing_about_a_person(self):
        self.partner(phone="+49 30 1234567")
        self.partner(name="Bob", phone="+49 30 1234567")
        message, ada = self.take(self.contact(phone="+49 30 1234567"))
        self.assertEqual(message.state, "done")
        self.assertEqual(ada.name, "Ada Lovelace")

    def test_a_shared_inbox_says_nothing_about_a_person(self):
        bob = self.partner(name="Bob", email="info@x.example")
        message, ada = self.take(self.contact(email="Info@x.example"))
        self.assertEqual(message.state, "done")
        self.assertNotEqual(ada, bob)
        acme = self.partner(name="Acme", is_company=True, email="info@x.example")
        _message, found = self.take(
            self.contact("A-1", name="Acme", email="info@x.example"), "companies"
        )
        self.assertEqual(found, acme, "but which company it is")

    def test_companies_without_a_domain_are_not_alike(self):
        one = self.known("A-1", "companies", name="One", website=None, email=None)
        two = self.known("A-2", "companies", name="Two", website=None, email=None)
        self.assertNotEqual(one, two)

    def test_two_of_theirs_are_one_of_ours(self):
        ada = self.known(email="ada@x.example")
        _message, case = self.refused(self.contact("C-2", email="ada@x.example"))
        self.assertEqual(case.crm_candidate_ids, ada)
        self.assertEqual(self.bound(), {"C-1": ada.id})

    def test_two_alike_in_one_batch(self):
        flow = self.flows["contacts"]
        self.commit()
        first = self.receive(flow, self.contact("C-1", email="ada@x.example"))
        second = self.receive(flow, self.contact("C-2", email="ada@x.example"))
        self.drain()
        self.assertEqual(self.message(first).state, "done")
        self.assertEqual(self.message(second).fault_code, "master.ambiguous")

    def test_the_one_that_is_meant_is_chosen(self):
        ada = self.partner(email="ada@x.example", name="Ada Lovelace")
        self.partner(email="ada@x.example")
        message, case = self.refused(self.contact(email="ada@x.example", title="Boss"))
        case._fix(ada)
        self.commit()
        self.drain()
        self.assertEqual((message.state, message._record()), ("done", ada))
        self.assertEqual(ada.function, "Boss")

    def test_it_is_one_of_its_own(self):
        self.partner(email="ada@x.example")
        self.partner(email="ada@x.example")
        message, case = self.refused(self.contact(email="ada@x.example", title="Boss"))
        case.with_user(self.operator).action_crm_new()
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(message._record().function, "Boss")
        self.assertEqual(self.told(), [])

    def test_a_second_click_makes_no_other(self):
        self.partner(email="ada@x.example")
        self.partner(email="ada@x.example")
        message, case = self.refused(self.contact(email="ada@x.example", title="Boss"))
        mine = case.with_user(self.operator)
        mine.action_crm_new()
        with self.assertRaisesRegex(UserError, "held up here any more"):
            mine.action_crm_new()
        self.commit()
        self.drain()
        self.assertEqual((message.state, case.state), ("done", "resolved"))
        with self.assertRaisesRegex(UserError, "is settled already"):
            mine.action_crm_new()
        self.assertEqual(self.bound(), {"C-1": message.res_id})
        self.assertEqual(self.env["res.partner"].search_count([("email", "=", "ada@x.example")]), 3)

    def test_what_became_known_meanwhile_is_not_made_anew(self):
        ada = self.partner(email="ada@x.example")
        self.partner(email="ada@x.example")
        _message, case = self.refused(self.contact(email="ada@x.example", name="Ada Lovelace"))
        self.env["seam.binding"]._bind(self.system.id, {"C-1": ada})
        with self.assertRaisesRegex(UserError, "is known as A. Lovelace meanwhile"):
            case.with_user(self.operator).action_crm_new()
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Ada Lovelace")]))
        self.assertEqual(self.bound(), {"C-1": ada.id})

    def test_whom_the_crm_has_twice_it_merges_when_it_is_asked(self):
        ada = self.known("C-1", email="ada@x.example")
        message, case = self.refused(self.contact("C-2", email="ada@x.example", title="Boss"))
        mine = case.with_user(self.operator)
        with self.assertRaisesRegex(UserError, "is “C-1” of .* already"):
            mine._fix(ada.with_user(self.operator))
        self.assertEqual(self.bound(), {"C-1": ada.id})
        self.assertEqual(mine.crm_twice, "C-1")
        mine.action_crm_merge_there()
        (told,) = self.told()
        self.assertEqual((told["id"], told["merged"]), ("C-1", ["C-2"]))
        self.commit()
        self.drain()
        self.assertEqual((message.state, case.state), ("superseded", "resolved"))
        self.assertEqual(self.bound(), {"C-1": ada.id})
        self.assertFalse(ada.function)
        message, _ada = self.take(self.contact("C-1", 40, title="Boss", merged=["C-2"]))
        self.assertEqual((message.state, ada.function), ("done", "Boss"))

    def test_who_cannot_be_asked_is_asked_by_a_person(self):
        self.known("C-1", email="ada@x.example")
        self.flows["contacts-out"].state = "draft"
        _message, case = self.refused(self.contact("C-2", email="ada@x.example"))
        self.assertFalse(case.crm_twice)
        with self.assertRaisesRegex(UserError, "nothing to be merged"):
            case.with_user(self.operator).action_crm_merge_there()

    def test_whom_the_crm_deleted_and_has_anew(self):
        ada = self.known("C-1", email="ada@x.example")
        self.take(self.document("C-1", 1, deleted=True))
        ada.active = True
        self.told()
        message, case = self.refused(self.contact("C-2", 2, email="ada@x.example", title="Boss"))
        case.with_user(self.operator)._fix(ada.with_user(self.operator))
        self.commit()
        self.drain()
        self.assertEqual((message.state, ada.function), ("done", "Boss"))
        self.assertEqual(self.bound(), {"C-2": ada.id})

    def test_candidates_are_merged_with_odoos_wizard(self):
        ada = self.partner(email="ada@x.example", name="Ada Lovelace")
        other = self.partner(email="ada@x.example", street="Ring 5")
        message, case = self.refused(self.contact(email="ada@x.example"))
        action = case.action_crm_merge()
        wizard = Form(self.env[action["res_model"]].with_context(**action["context"]))
        wizard.dst_partner_id = ada
        wizard.save().action_merge()
        self.assertFalse(other.exists())
        self.commit()
        self.drain()
        self.assertEqual((message.state, message._record()), ("done", ada))
        self.assertFalse(self.cases())

    # -- archived and deleted ----------------------------------------------------------

    def test_archived_there_and_back(self):
        ada = self.known()
        self.take({**self.contact(minute=1), "archived": True})
        self.assertFalse(ada.active)
        self.take({**self.contact(minute=2), "archived": False})
        self.assertTrue(ada.active)
        self.assertEqual(self.told(), [])

    def test_archived_here(self):
        ada = self.known()
        self.edit(ada, active=False)
        (told,) = self.told()
        self.assertTrue(told["archived"])
        self.edit(ada, active=True)
        (told,) = self.told()
        self.assertIs(told["archived"], False)

    def test_deleted_there(self):
        ada = self.known()
        message, _ada = self.take(self.document(minute=1, deleted=True))
        self.assertEqual(message.state, "done")
        self.assertFalse(ada.active)
        self.assertIn("deleted", str(ada.message_ids.mapped("body")))
        message, _none = self.take(self.document("C-9", deleted=True))
        self.assertEqual(message.state, "done", "it was never here")

    def test_what_is_gone_there_is_told_no_more(self):
        ada = self.known()
        self.answers = [self.refusal(), answer("200 OK", b"{}")]
        self.edit(ada, function="Boss")
        self.assertEqual(len(self.told()), 1)
        self.assertTrue(self.cases(), "it is gone there, and nobody knows")
        self.take(self.document(minute=1, deleted=True))
        self.assertEqual(self.told(), [])
        failed = [("system_id", "=", self.system.id), ("state", "=", "failed")]
        self.assertFalse(self.env["seam.message"].search(failed))
        self.edit(ada, active=True, function="Chief")
        self.assertEqual(self.told(), [])
        message, _ada = self.take(self.contact(minute=40, title="Engineer", name="Ada Lovelace"))
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        self.env["seam.handler.crm.contact"]._decide(message, "ours", "It is back there.")
        self.commit()
        self.drain()
        self.assertEqual([d["fields"] for d in self.told()], [{"title": "Chief"}])

    def test_deleted_there_with_open_orders(self):
        ada = self.known()
        order = self.env["sale.order"].create({"partner_id": ada.id})
        message, _ada = self.take(self.document(minute=1, deleted=True))
        self.assertEqual((message.state, message.fault_code), ("failed", "business.rule"))
        self.assertIn(order.name, self.cases().name)
        self.assertTrue(ada.active)
        order.action_cancel()
        message._retry("Cancelled.")
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done")
        self.assertFalse(ada.active)

    # -- merged ------------------------------------------------------------------------

    def test_merged_there_what_is_one_here(self):
        ada = self.known("C-1")
        message, _ada = self.take(self.document("C-2", 1, merged=["C-1"], name="Ada Lovelace"))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound(), {"C-2": ada.id})
        message, _none = self.take(self.contact("C-1", 2, title="Late"))
        self.assertEqual(message.state, "superseded")
        self.assertEqual(self.env["res.partner"].search_count([("function", "=", "Late")]), 0)

    def test_merged_there_what_are_two_here(self):
        ada = self.known("C-1", email="ada@x.example")
        other = self.known("C-2", name="Countess")
        message, case = self.refused(self.document("C-1", 1, merged=["C-2"]))
        self.assertEqual(case.crm_candidate_ids, ada | other)
        self.merge(ada | other, ada)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound(), {"C-1": ada.id})
        self.assertEqual([d for d in self.told() if "merged" in d], [], "they know")

    def test_the_one_that_is_gone_there_stays_here(self):
        ada, other = self.known("C-1"), self.known("C-2", name="Countess", title="Lady")
        message, _case = self.refused(self.document("C-1", 1, merged=["C-2"]))
        self.merge(ada | other, other)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound(), {"C-1": other.id})
        told = self.told()
        self.assertFalse([d for d in told if "merged" in d or "deleted" in d], "they know")
        self.assertEqual([d["fields"]["title"] for d in told if "title" in d["fields"]], ["Lady"])

    def test_merged_on_both_sides_the_other_way_round(self):
        ada, other = self.known("C-1"), self.known("C-2", name="Countess")
        self.merge(ada | other, other)
        self.commit()
        self.assertEqual(self.bound(), {"C-2": other.id})
        message, _case = self.take(self.contact("C-1", 1, name="Countess", merged=["C-2"]))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual(self.bound(), {"C-1": other.id})
        self.assertFalse([d for d in self.told() if "merged" in d], "they know")

    def merge(self, partners, stays):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge(partners.ids, stays)

    def test_merged_here(self):
        ada, other = self.known("C-1"), self.known("C-2", name="Countess", title="Lady")
        self.merge(ada | other, ada)
        self.assertEqual(self.bound(), {"C-1": ada.id})
        (told,) = self.told()
        self.assertEqual((told["id"], told["merged"]), ("C-1", ["C-2"]))
        self.assertEqual(told["fields"], {"title": "Lady"})
        self.assertEqual(self.told(), [])
        message, _none = self.take(self.document("C-2", 5, deleted=True))
        self.assertEqual(message.state, "done")

    def test_merged_here_and_they_go_on_as_two(self):
        ada, other = self.known("C-1"), self.known("C-2", name="Countess")
        self.answers = [self.refusal()]
        self.merge(ada | other, ada)
        self.told()
        message, _none = self.take(self.contact("C-2", 5, name="Countess", title="Lady"))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        self.assertFalse(ada.function)

    def test_merged_here_and_late_there(self):
        """What they said before they heard of it is over when they merge them, too."""
        ada, other = self.known("C-1"), self.known("C-2", name="Countess")
        self.merge(ada | other, ada)
        self.commit()
        message, _none = self.take(self.contact("C-2", 5, name="Countess", title="Lady"))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        (told,) = self.told()
        self.assertEqual(told["merged"], ["C-2"])
        self.drain()
        self.assertEqual(message.state, "superseded", message.state_reason)
        self.assertFalse(self.cases())

    def refusal(self):
        return answer("422 Unprocessable", b'{"title": "Cannot merge"}')

    def test_only_the_one_that_goes_was_known(self):
        ada, other = self.partner(name="Ada"), self.known("C-2", title="Lady")
        self.merge(ada | other, ada)
        self.assertEqual(self.bound(), {"C-2": ada.id})
        self.told()
        self.take(self.contact("C-2", 40, title="Countess", name="Ada"))
        self.assertEqual(ada.function, "Countess")
