from odoo.tests import tagged

from .common import CrmCase, DealCase, answer


def _hang_up(connection, request):
    """The CRM did it, and the answer is lost."""


class DeletedEarly:
    """What Odoo made in a CRM, and was deleted here before its ID there was known."""

    def lose_the_answer(self, record):
        self.answers = [_hang_up]
        self.assertEqual([each["odoo_id"] for each in self.told()], [str(record.id)])
        self.answers = [answer("200 OK", b'{"id": "C-9"}')]

    def go_on(self):
        """The next tries are due. :return: what is told"""
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE state = 'waiting' AND predecessor_id IS NULL"
        )
        self.env.invalidate_all()
        told = self.told()
        self.drain()
        return told

    def out(self, *states):
        return self.env["seam.message"].search(
            [
                ("system_id", "=", self.system.id),
                ("direction", "=", "out"),
                ("state", "in", states),
            ]
        )

    def is_told(self, told, gone):
        """The CRM was told, once, that it is gone, under its own ID."""
        deleted = [each for each in told if each.get("deleted")]
        self.assertEqual([(x["id"], x["odoo_id"]) for x in deleted], [("C-9", str(gone))])


@tagged("post_install", "-at_install")
class TestDeletedEarly(DeletedEarly, CrmCase):
    def setUp(self):
        super().setUp()
        self.flows["contacts-out"].crm_new = True
        self.roux = self.env["res.partner"].create({"name": "Camille", "email": "c@x.example"})

    def news(self, id_, minute=40, **values):
        return {
            **self.document("C-9", minute, name="Camille", email="c@x.example"),
            "odoo_id": str(id_),
            **values,
        }

    def delete_and_ask_no_more(self):
        """Its creation may have arrived; it is deleted, and somebody discards what would tell.

        :return: id of what is gone
        """
        self.lose_the_answer(self.roux)
        id_ = self.roux.id
        self.roux.unlink()
        self.told()
        self.out("waiting", "failed").filtered("unsure")._discard("It is gone.")
        self.commit()
        return id_

    def people(self):
        return self.env["res.partner"].search([("email", "=", "c@x.example")])

    def test_its_id_is_learned_and_the_crm_is_told(self):
        self.lose_the_answer(self.roux)
        id_ = self.roux.id
        self.roux.unlink()
        self.assertEqual(self.told(), [], "nobody knows yet which one it is there")
        self.is_told(self.go_on() + self.go_on(), id_)
        self.assertFalse(self.out("pending", "waiting", "failed"))

    def test_the_crm_tells_of_it_meanwhile(self):
        self.lose_the_answer(self.roux)
        id_ = self.roux.id
        self.roux.unlink()
        message, _none = self.take(self.news(id_))
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        told = self.go_on() + self.go_on() + self.go_on()
        self.is_told(told, id_)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertIn("deleted", message.state_reason)
        self.assertFalse(self.people())
        message, _none = self.take(self.news(id_, 50, deleted=True))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(self.cases())

    def test_the_crm_tells_of_it_when_nobody_waits_for_the_answer_any_more(self):
        id_ = self.delete_and_ask_no_more()
        self.assertEqual(self.go_on(), [])
        self.assertFalse(self.out("pending", "waiting", "failed"))
        message, _none = self.take(self.news(id_))
        self.assertEqual(message.state, "done", message.state_reason)
        self.is_told(self.told(), id_)
        self.assertFalse(self.people())
        self.assertEqual(self.bound(), {"C-9": id_})
        # what it says of it afterwards is a case, as of all that is deleted here
        self.env.cr.execute(
            "UPDATE seam_message SET settled_at = settled_at - interval '1 minute'"
            " WHERE topic = 'deleted'"
        )
        message, _none = self.take(self.news(id_, 50))
        self.assertEqual((message.state, message.fault_code), ("failed", "order.conflict"))

    def test_where_deletions_are_told_no_more_a_person_decides(self):
        id_ = self.delete_and_ask_no_more()
        self.go_on()
        self.flows["contacts-out"].state = "draft"
        message, _none = self.take(self.news(id_))
        self.assertEqual((message.state, message.fault_code), ("failed", "order.conflict"))
        self.assertFalse(self.people())

    def test_what_was_refused_for_now_is_not_made_any_more(self):
        self.patch(self.env.registry["seam.rate"], "_hold", lambda _rate, _id, _seconds: None)
        self.answers = [answer("429 Too Many Requests", b"{}"), answer("200 OK", b'{"id": "C-9"}')]
        self.assertEqual(len(self.told()), 1)
        self.roux.unlink()
        self.assertEqual(self.told() + self.go_on() + self.go_on(), [])
        self.assertFalse(self.out("pending", "waiting", "failed"))

    def test_what_was_never_told_is_not_told_as_deleted(self):
        self.commit()
        self.roux.unlink()
        self.assertEqual(self.told(), [])
        self.assertFalse(self.out("pending", "waiting", "failed"))

    def test_who_was_merged_is_not_deleted(self):
        stays = self.known("P-1", name="Camille R.", email="r@x.example")
        self.lose_the_answer(self.roux)
        id_ = self.roux.id
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (stays | self.roux).ids, stays
        )
        self.commit()
        self.told()
        told = self.go_on() + self.go_on()
        self.assertFalse(any(each.get("deleted") for each in told), told)
        self.assertFalse(self.env["res.partner"].browse(id_).exists())


@tagged("post_install", "-at_install")
class TestDealDeletedEarly(DeletedEarly, DealCase):
    def test_a_deal(self):
        self.flows["deals-out"].crm_new = True
        values = {"type": "opportunity", "partner_id": self.acme.id, "stage_id": self.new.id}
        lead = self.env["crm.lead"].create({"name": "Desks", "user_id": False, **values})
        self.lose_the_answer(lead)
        id_ = lead.id
        lead.unlink()
        message, _none = self.take({**self.deal("C-9", 40), "odoo_id": str(id_)})
        self.assertEqual((message.state, message.fault_code), ("waiting", "order.predecessor"))
        self.is_told(self.go_on() + self.go_on(), id_)
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(self.env["crm.lead"].search([("partner_id", "=", self.acme.id)]))

    def test_a_merged_deal_is_not_deleted(self):
        self.flows["deals-out"].crm_new = True
        _message, stays = self.take(self.deal("D-1", told={"name": "Chairs"}))
        values = {"type": "opportunity", "partner_id": self.acme.id, "stage_id": self.new.id}
        lead = self.env["crm.lead"].create({"name": "Desks", "user_id": False, **values})
        self.lose_the_answer(lead)
        (stays | lead).merge_opportunity()
        self.commit()
        told = self.told() + self.go_on() + self.go_on()
        self.assertFalse(any(each.get("deleted") for each in told), told)
