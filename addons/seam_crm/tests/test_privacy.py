from odoo.tests import tagged

from odoo.addons.seam.tests.test_privacy import PrivacyCase

from .common import DealCase

ADA = "ada@lovelace.example"


@tagged("post_install", "-at_install")
class TestPrivacyOfCrm(PrivacyCase, DealCase):
    """What a CRM keeps of a person names the person by an id only, or by a checksum."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code, handler, direction in (
            ("activities", "activity", "in"),
            ("activities-out", "activity.out", "out"),
        ):
            cls.flows[code] = cls.make_flow(
                name=code,
                code=code,
                handler=f"seam.handler.crm.{handler}",
                carries="state",
                direction=direction,
            )

    def setUp(self):
        super().setUp()
        _message, self.ada = self.take(self.contact("C-1", email=ADA), "contacts")
        _message, self.bob = self.take(
            self.contact("C-2", name="Bob", email="bob@example.org"), "contacts"
        )
        self.told()

    def request(self, **values):
        values = {"email": ADA, "phone": False, "words": False, **values}
        return super().request(**values)

    def activity(self, key, who, minute=0, **told):
        about = {"type": "contact", "id": who}
        told = {"kind": "call", "summary": "Call", "about": about, **told}
        message, _record = self.take(self.document(key, minute, **told), "activities")
        self.assertEqual(message.state, "done", message.state_reason)
        return message

    def content(self, message):
        self.env.invalidate_all()
        return message._body_bytes()

    def test_what_people_wrote_about_the_person(self):
        mine = self.activity("T-1", "C-1", note="Her mother is ill")
        later = self.take(self.document("T-1", 1, summary="Call about her mother"), "activities")[0]
        done = self.activity("T-2", "C-1", note="She cannot pay")
        done._record().unlink()
        others = self.activity("T-3", "C-2", note="As C-1 said, cheap")
        self.told()
        request = self.request()
        found = self.found(request).mapped("message_id")
        self.assertLessEqual(mine | later | done, found)
        self.assertNotIn(others, found)
        self.erase(request)
        self.assertEqual(request.state, "done", request.note)
        for message in (mine, later, done):
            self.assertIsNone(self.content(message))
            self.assertFalse(message.label)
        self.assertTrue(self.content(others))

    def test_what_was_noted_on_the_contact(self):
        """Of the CRM's own field what was in Odoo is noted when it is set back."""
        self.line("title").write({"owner": "theirs"})
        self.take(self.contact("C-1", 1, email=ADA, title="Countess"), "contacts")
        self.ada.function = "Programmer of engines"
        self.commit()
        self.drain()
        by_people = self.ada.message_post(body="She is a programmer of engines")
        body = "".join(self.ada.message_ids.mapped("body"))
        self.assertIn("“Programmer of engines” is set back", body)
        self.told()
        self.erase(self.request())
        body = "".join(self.ada.message_ids.mapped("body"))
        self.assertNotIn("“Programmer of engines”", body)
        self.assertIn("engines", by_people.body)

    def test_a_deal_of_a_company_that_names_the_person(self):
        told = {"contact": {"id": "C-1", "name": "Ada"}}
        message, lead = self.take(self.deal(told=told))
        lead.partner_id = self.acme
        self.commit()
        request = self.request()
        self.assertIn(message, self.found(request).mapped("message_id"))

    def test_what_came_under_an_id_that_was_merged_away(self):
        _message, twin = self.take(
            self.contact("C-7", name="Countess", phone="030 999999"), "contacts"
        )
        old = self.env["seam.message"].search([("ordering_key", "=", "C-7")])
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.ada | twin).ids, self.ada, extra_checks=False
        )
        self.commit()
        request = self.request()
        self.assertIn(old, self.found(request).mapped("message_id"))

    def test_no_checksum_of_a_value_of_before_is_left(self):
        self.take(self.contact("C-1", 1, email=ADA, phone="+49 30 1"), "contacts")
        self.take(self.contact("C-1", 2, email=ADA, phone="+49 30 2"), "contacts")
        agreed = self.env["seam.crm.agreement"]._of(self.system.id, "res.partner", self.ada.ids)
        before = agreed[self.ada.id][0]["phone"].before
        self.assertTrue(before)
        self.told()
        self.erase(self.request())
        for text in before:
            self.assertEqual(self.places_of(text), [])
        agreed = self.env["seam.crm.agreement"]._of(self.system.id, "res.partner", self.ada.ids)
        self.assertTrue(agreed[self.ada.id][0]["phone"].ours)

    def test_of_a_record_that_is_gone_no_agreement_is_left(self):
        agreements = self.env["seam.crm.agreement"].search([("res_id", "=", self.bob.id)])
        self.assertTrue(agreements)
        self.bob.unlink()
        self.commit()
        self.env["seam.crm.agreement"]._gc_gone()
        self.assertFalse(agreements.exists())
        left = self.env["seam.crm.agreement"].search([("res_id", "=", self.ada.id)])
        self.assertTrue(left)
