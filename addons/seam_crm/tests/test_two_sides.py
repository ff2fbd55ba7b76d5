from odoo.tests import tagged

from ..models.judge import checksum
from ..models.seam_handler_crm_out import told_until
from .common import CrmCase, answer


@tagged("post_install", "-at_install")
class TestTwoSides(CrmCase):
    """Changes on either side, and on both."""

    def test_only_what_changed_is_told_once(self):
        ada = self.known(phone="+49 30 1234567", title="Engineer")
        self.edit(ada, function="Boss")
        self.edit(ada, function="Chief", color=3)
        (told,) = self.told()
        self.assertEqual(told["fields"], {"title": "Chief"})
        self.assertEqual((told["id"], told["odoo_id"]), ("C-1", str(ada.id)))
        self.assertEqual(self.told(), [])

    def test_an_echo_changes_nothing(self):
        ada = self.known(title="Engineer")
        self.edit(ada, function="Boss")
        self.told()
        message, _ada = self.take(self.contact(minute=9, title="Boss"))
        self.assertEqual(message.state, "done")
        self.assertEqual(self.told(), [])
        self.edit(ada, function="Engineer")
        self.edit(ada, function="Boss")
        self.assertEqual(self.told(), [])
        sent = self.env["seam.message"].search(
            [("direction", "=", "out")], order="id desc", limit=1
        )
        self.assertEqual(sent.state, "superseded")
        self.assertIn("has all of it already", sent.state_reason)
        self.take(self.contact(minute=40, title="Chief"))
        self.assertEqual(ada.function, "Chief", "and their next change is taken")
        self.assertEqual(self.told(), [])

    def test_what_is_set_back_after_ours_came_there_is_news(self):
        ada = self.known(title="Engineer")
        self.edit(ada, function="Boss")
        became = self.document(minute=5)["modified"]
        self.answers = [answer("200 OK", f'{{"id": "C-1", "modified": "{became}"}}'.encode())]
        self.told()
        self.take(self.contact(minute=3, title="Engineer"))
        self.assertEqual(ada.function, "Boss", "said before ours came there")
        self.take(self.contact(minute=9, title="Engineer"))
        self.assertEqual(ada.function, "Engineer")
        self.assertEqual(self.told(), [])

    def test_an_answer_without_a_moment_is_as_good_as_none(self):
        for told in ({"modified": 5}, {"modified": "soon"}, {"modified": None}, {}, None, []):
            self.assertEqual(told_until(told, 7), 7)
        self.assertEqual(told_until({"version": 5, "modified": "soon"}, 7), 5)

    def test_changes_of_different_fields_meet(self):
        ada = self.known(title="Engineer", phone="+49 30 1234567")
        self.edit(ada, function="Boss")
        message, _ada = self.take(self.contact(minute=1, title="Engineer", phone="+49 30 7654321"))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((ada.function, ada.phone), ("Boss", "+49 30 7654321"))
        self.assertEqual([d["fields"] for d in self.told()], [{"title": "Boss"}])

    def conflict(self):
        ada = self.known(title="Engineer", phone="+49 30 1234567")
        self.edit(ada.with_user(self.env.ref("base.user_admin")), function="Boss")
        message, _ada = self.take(self.contact(minute=1, title="Chief", phone="+49 30 7654321"))
        return ada, message

    def test_a_change_on_both_sides_is_a_persons(self):
        ada, message = self.conflict()
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        case = self.cases()
        self.assertEqual(len(case), 1)
        admin = self.env.ref("base.user_admin").name
        for word in ("Boss", "Chief", "2026-03-22 19:01 UTC", "Carla", admin):
            self.assertIn(word, case.fix)
        self.assertEqual((ada.function, ada.phone), ("Boss", "+49 30 1234567"), "nothing is taken")
        self.assertEqual(self.told(), [], "nor told")

    def test_a_newer_state_joins_the_conflict(self):
        ada, first = self.conflict()
        second, _ada = self.take(self.contact(minute=2, title="Head", phone="+49 30 7654321"))
        self.assertEqual((first.state, second.state), ("superseded", "failed"))
        self.assertEqual(len(self.cases()), 1)
        self.assertEqual(ada.function, "Boss")

    def test_ours_is_kept(self):
        ada, message = self.conflict()
        self.env["seam.handler.crm.contact"]._decide(message, "ours", "Asked her.")
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((ada.function, ada.phone), ("Boss", "+49 30 7654321"))
        self.assertEqual([d["fields"] for d in self.told()], [{"title": "Boss"}])
        self.assertFalse(self.cases())

    def test_theirs_is_taken(self):
        ada, message = self.conflict()
        self.env["seam.handler.crm.contact"]._decide(message, "theirs", "Asked her.")
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((ada.function, ada.phone), ("Chief", "+49 30 7654321"))
        self.assertEqual(self.told(), [])

    def test_the_newest_of_each_field(self):
        ada = self.known(title="Engineer", phone="+49 30 1234567")
        self.edit(ada, function="Boss", phone="+49 30 1111111")
        self.env.cr.execute(
            """
            UPDATE seam_crm_agreement SET changed = changed ||
                   '{"function": ["2026-01-01 10:00:00", 1]}' WHERE res_id = %s
            """,
            [ada.id],
        )
        message, _ada = self.take(self.contact(minute=1, title="Chief", phone="+49 30 7654321"))
        self.env["seam.handler.crm.contact"]._decide(message, "merge", "Newest.")
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        # theirs is of March; of ours the title is older, and the phone of now
        self.assertEqual((ada.function, ada.phone), ("Chief", "+49 30 1111111"))

    def test_their_change_while_ours_was_under_way(self):
        """Theirs came late, and ours was written over it: a person is told."""
        ada = self.known(title="Engineer")
        self.edit(ada, function="Boss")
        self.assertEqual(len(self.told()), 1)
        message, _ada = self.take(self.contact(minute=1, title="Chief"))
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        message, _ada = self.take(self.contact(minute=2, title="Engineer"))
        self.assertEqual(message.state, "done", "what they had before is no news")
        self.assertEqual(ada.function, "Boss")

    def test_nothing_is_written_over_what_is_not_settled(self):
        ada, message = self.conflict()
        self.edit(ada, street="Ring 5")
        self.assertEqual(self.told(), [])
        sent = self.env["seam.message"].search(
            [("flow_id", "=", self.flows["contacts-out"].id)], order="id desc", limit=1
        )
        self.assertEqual((sent.state, sent.fault_code), ("waiting", "order.predecessor"))
        self.env["seam.handler.crm.contact"]._decide(message, "theirs", "Asked her.")
        self.commit()
        self.drain()
        self.assertEqual([d["fields"] for d in self.told()], [{"street": "Ring 5"}])

    # -- owners ------------------------------------------------------------------------

    def test_their_own_field_is_set_back_and_said(self):
        self.line("title").owner = "theirs"
        ada = self.known(title="Engineer", phone="+49 30 1234567")
        self.edit(ada, function="Boss", phone="+49 30 7654321")
        self.drain()
        self.assertEqual([d["fields"] for d in self.told()], [{"phone": "+49 30 7654321"}])
        self.assertEqual((ada.function, ada.phone), ("Engineer", "+49 30 7654321"))
        self.assertIn("Boss", str(ada.message_ids.mapped("body")))
        self.assertEqual(self.told(), [])
        message, _ada = self.take(self.contact(minute=1, title="Chief", phone="+49 30 1234567"))
        self.assertEqual((message.state, ada.function), ("done", "Chief"))

    def test_their_own_field_in_an_event(self):
        """What he said last does not name it: his next document sets it back."""
        self.line("title").owner = "theirs"
        ada = self.known(title="Engineer")
        self.take(self.document(minute=1, city="Ulm"))
        self.edit(ada, function="Boss")
        self.drain()
        self.assertEqual((ada.function, self.told()), ("Boss", []))
        message, _ada = self.take(self.contact(minute=2, title="Engineer"))
        self.assertEqual((message.state, ada.function), ("done", "Engineer"))

    def test_our_own_field_is_set_back_there(self):
        self.line("title").owner = "ours"
        ada = self.known(title="Engineer")
        message, _ada = self.take(self.contact(minute=1, title="Boss"))
        self.assertEqual(message.state, "done")
        self.assertEqual(ada.function, "Engineer")
        self.assertIn("own field: the CRM is told again", str(ada.message_ids.mapped("body")))
        self.assertEqual([d["fields"] for d in self.told()], [{"title": "Engineer"}])
        self.take(self.contact(minute=2, title="Engineer"))
        self.assertEqual(self.told(), [])

    def test_one_way_fields_are_left_alone(self):
        self.line("title").direction = "in"
        self.line("phone").direction = "out"
        ada = self.known(title="Engineer", phone="+49 30 1234567")
        self.assertEqual((ada.function, ada.phone), ("Engineer", False))
        self.edit(ada, function="Boss", phone="+49 30 1111111")
        self.assertEqual([d["fields"] for d in self.told()], [{"phone": "+49 30 1111111"}])
        # said with another value, each side keeps what is its own
        self.take(self.contact(minute=40, title="Boss", phone="+49 30 2222222"))
        self.assertEqual((ada.function, ada.phone), ("Boss", "+49 30 1111111"))
        self.take(self.contact(minute=41, title="Chief"))
        self.assertEqual(ada.function, "Chief")
        self.assertEqual(self.told(), [])

    # -- new records -------------------------------------------------------------------

    def test_new_contacts_are_told_where_the_flow_says_so(self):
        bob = self.env["res.partner"].create({"name": "Bob", "email": "bob@x.example"})
        self.assertEqual(self.told(), [])
        self.flows["contacts-out"].crm_new = True
        self.answers = [answer("201 Created", b'{"id": "C-77"}')]
        self.edit(bob, phone="+49 30 1234567")
        (told,) = self.told()
        self.assertNotIn("id", told)
        self.assertEqual(
            told["fields"], {"name": "Bob", "email": "bob@x.example", "phone": "+49 30 1234567"}
        )
        self.assertEqual(self.bound(), {"C-77": bob.id})
        message, echo = self.take(self.contact("C-77", 5, name="Bob", email="bob@x.example"))
        self.assertEqual((message.state, echo), ("done", bob))
        self.edit(bob, function="Boss")
        self.assertEqual(self.told()[0]["id"], "C-77")

    def test_a_first_meeting_is_asked_about(self):
        ada = self.env["res.partner"].create(
            {"name": "A. Lovelace", "email": "ada@x.example", "street": "Ring 5"}
        )
        message, _none = self.take(
            self.contact(email="ADA@x.example", phone="+49 30 1234567", street=None)
        )
        self.assertEqual((message.state, message.fault_code), ("failed", "owner.conflict"))
        self.assertEqual(self.bound(), {"C-1": ada.id}, "who is meant is clear")
        self.flows["contacts-out"].crm_new = True
        self.edit(ada, function="Countess")
        self.assertEqual(self.told(), [], "nor told as somebody new")
        self.env["seam.handler.crm.contact"]._decide(message, "theirs", "Full name.")
        self.commit()
        self.drain()
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertEqual((ada.name, ada.phone), ("Ada Lovelace", "+49 30 1234567"))
        self.assertEqual(self.bound(), {"C-1": ada.id})
        told = self.told_later()
        self.assertEqual(told, {"street": "Ring 5", "title": "Countess"}, "what only we have")

    def told_later(self):
        """What is told once the time of the next try has come. :return: fields"""
        self.commit()
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 hour'"
            " WHERE state = 'waiting' AND direction = 'out'"
        )
        self.env.invalidate_all()
        fields = {}
        for document in self.told():
            fields.update(document["fields"])
        return fields

    def test_who_may_be_there_is_not_told_as_new(self):
        self.flows["contacts-out"].crm_new = True
        ada = self.env["res.partner"].create({"name": "Ada Lovelace", "zip": "10115"})
        message, _none = self.take(self.contact(email="other@x.example", zip="10115"))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        self.edit(ada, function="Countess")
        self.assertEqual(self.told(), [])
        self.cases()._fix(ada)
        self.commit()
        self.drain()
        self.assertEqual(self.bound(), {"C-1": ada.id})
        self.assertEqual(self.told_later(), {"title": "Countess"})

    def test_no_value_of_a_person_is_kept_beside_the_binding(self):
        ada = self.known(email="ada@x.example", phone="+49 30 1234567")
        row = self.env["seam.crm.agreement"].search([("res_id", "=", ada.id)])
        self.assertNotIn("ada@x", str(row.agreed))
        self.assertNotIn("1234567", str(row.agreed))

    # -- tried again ---------------------------------------------------------------------

    def sent(self):
        """:return: the last message out"""
        return self.env["seam.message"].search(
            [("flow_id", "=", self.flows["contacts-out"].id)], order="id desc", limit=1
        )

    def test_what_is_tried_again_does_not_write_over_a_conflict(self):
        """It was refused for now; meanwhile they changed the same field."""
        ada = self.known(title="Engineer")
        self.answers = [answer("503 Service Unavailable"), answer("200 OK", b"{}")]
        self.edit(ada, function="Boss")
        self.assertEqual(len(self.told()), 1)
        sent = self.sent()
        self.assertEqual(sent.state, "waiting")
        message, _ada = self.take(self.contact(minute=1, title="Chief"))
        self.assertEqual(message.fault_code, "owner.conflict")
        sent._retry("Now.")
        self.assertEqual(self.told(), [], "not before a person has decided")
        self.assertEqual(sent.fault_code, "order.predecessor")
        self.env["seam.handler.crm.contact"]._decide(message, "theirs", "Asked her.")
        self.commit()
        self.drain()
        self.assertEqual((message.state, ada.function), ("done", "Chief"))
        self.assertEqual(self.told(), [], "and then there is nothing to tell")
        self.assertEqual(sent.state, "superseded")

    def test_what_is_tried_again_tells_what_counts_now(self):
        ada = self.known(title="Engineer")
        self.answers = [answer("500 Internal Server Error"), answer("200 OK", b"{}")]
        self.edit(ada, function="Boss", city="Ulm")
        (first,) = self.told()
        sent = self.sent()
        self.assertTrue(sent.unsure)
        message, _ada = self.take(self.contact(minute=1, title="Chief"))
        self.env["seam.handler.crm.contact"]._decide(message, "theirs", "Asked her.")
        self.commit()
        self.drain()
        sent._retry("Now.")
        (second,) = self.told()
        self.assertEqual(first["fields"], {"title": "Boss", "city": "Ulm"})
        told = {"title": "Chief", "city": "Ulm"}
        self.assertEqual(second["fields"], told, "it may have heard of the boss")
        self.assertEqual((sent.state, self.sent().state), ("superseded", "done"))
        self.assertNotEqual(sent.uuid, self.sent().uuid)

    def unsure(self):
        """A change whose answer is lost is taken back here. :return: (contact, message)"""
        ada = self.known(title="Engineer")
        self.answers = [answer("500 Internal Server Error"), answer("200 OK", b"{}")]
        self.edit(ada, function="Boss")
        self.assertEqual(len(self.told()), 1)
        sent = self.sent()
        self.assertTrue(sent.unsure)
        self.edit(ada, function="Engineer")
        return ada, sent

    def test_what_was_told_and_taken_back_is_told_again(self):
        """Nobody knows whether the CRM has the boss: it is to hear of the engineer."""
        ada, sent = self.unsure()
        self.assertEqual([told["fields"] for told in self.told()], [{"title": "Engineer"}])
        self.assertEqual((sent.state, self.sent().state), ("superseded", "done"))
        message, _ada = self.take(self.contact(minute=1, title="Boss"))
        self.assertEqual((message.state, ada.function), ("done", "Engineer"), "the echo of ours")
        message, _ada = self.take(self.contact(minute=40, title="Chief"))
        self.assertEqual((message.state, ada.function), ("done", "Chief"))
        self.assertEqual(self.told(), [])

    def test_what_comes_back_of_an_unsure_change_is_no_news(self):
        """It comes back before anybody asked what became of it."""
        ada, sent = self.unsure()
        message, _ada = self.take(self.contact(minute=1, title="Boss"))
        self.assertEqual((message.state, ada.function), ("done", "Engineer"))
        self.assertFalse(self.cases())
        self.assertEqual([told["fields"] for told in self.told()], [{"title": "Engineer"}])

    def test_of_what_is_in_doubt_an_erasure_leaves_no_value(self):
        ada, _sent = self.unsure()
        agreement = self.env["seam.crm.agreement"].search([("res_id", "=", ada.id)])
        self.assertIn(checksum("Boss"), str(agreement.agreed))
        agreement._forget_before("res.partner", ada.ids)
        self.assertNotIn(checksum("Boss"), str(agreement.agreed))
        self.assertEqual([told["fields"] for told in self.told()], [{"title": "Engineer"}])

    def test_what_a_worker_told_that_died_is_told_again(self):
        ada = self.known(title="Engineer")
        self.answers = [answer("503 Service Unavailable"), answer("200 OK", b"{}")]
        self.edit(ada, function="Boss")
        self.told()
        sent = self.sent()
        self.env.cr.execute("UPDATE seam_message SET unsure = true WHERE id = %s", sent.ids)
        self.env.invalidate_all()
        self.edit(ada, function="Engineer")
        sent._retry("Now.")
        self.assertEqual([told["fields"] for told in self.told()], [{"title": "Engineer"}])
        self.assertEqual(sent.state, "superseded")

    def test_what_was_unsure_and_arrived_is_not_told_again(self):
        self.flows["contacts-out"].can_look_up = True
        ada = self.known(title="Engineer")
        self.answers = [answer("500 Internal Server Error"), answer("200 OK", b"{}")]
        self.edit(ada, function="Boss")
        self.told()
        sent = self.sent()
        sent._retry("Now.")
        self.drain("send")
        self.assertEqual([request.method for request in self.server.requests], ["GET"])
        self.server.requests.clear()
        self.assertEqual(sent.state, "done")
        self.edit(ada, city="Ulm")
        self.assertEqual([told["fields"] for told in self.told()], [{"city": "Ulm"}])

    def test_what_is_put_away_holds_up_nothing(self):
        ada, message = self.conflict()
        self.edit(ada, street="Ring 5")
        self.assertEqual(self.told(), [])
        message._discard("A mistake there.")
        (told,) = self.told()
        self.assertEqual(told["fields"]["street"], "Ring 5")
