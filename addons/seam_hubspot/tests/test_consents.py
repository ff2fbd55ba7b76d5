from odoo import fields
from odoo.tests import tagged

from . import hubspot_case

ADA = "ada@example.com"


@tagged("post_install", "-at_install")
class TestConsents(hubspot_case.HubspotCase):
    """Who objects to e-mail on one side gets none from the other either."""

    def setUp(self):
        super().setUp()
        self.number = self.hubspot.make("contacts", firstname="Ada", email=ADA)
        self.settled()
        self.ada = self.record("contacts", self.number)

    def word(self):
        return self.env["seam.crm.consent"].search([("address", "=", ADA)])

    def listed(self):
        return bool(self.env["mail.blacklist"].search([("email", "=", ADA)]))

    def unsubscribes(self):
        return [path for _m, path, _b in self.hubspot.calls if path.endswith("unsubscribe-all")]

    def test_a_property_that_was_never_set_says_nothing(self):
        self.assertFalse(self.word())
        self.assertFalse(self.env["mail.blacklist"].with_context(active_test=False).search([]))
        self.hubspot.unsubscribe(ADA, objects=False)
        self.listen()
        self.assertFalse(self.word(), "nobody objected before")

    def test_an_objection_there_counts_here_with_when_and_where(self):
        self.hubspot.unsubscribe(ADA)
        at = self.hubspot.clock // 1000
        self.listen()
        self.assertTrue(self.ada.is_blacklisted, self.reasons())
        word = self.word()
        self.assertEqual((word.status, word.source), ("opt_out", "EMAIL_RECIPIENT"))
        self.assertEqual(int(word.at.timestamp() - at) % 3600, 0)
        self.assertEqual(word.system_id, self.system)
        self.assertEqual(self.told(), [], "it is not echoed")

    def test_a_first_load_brings_objections_fifty_in_a_call(self):
        for number in range(60):
            mail = f"p{number}@example.com"
            self.hubspot.make("contacts", firstname=f"P{number}", email=mail)
            self.hubspot.unsubscribe(mail)
        self.hubspot.events.clear()
        self.hubspot.calls.clear()
        self.load("contacts")
        self.assertEqual(self.env["mail.blacklist"].search_count([]), 60, self.reasons())
        histories = [
            len(body["inputs"])
            for _m, path, body in self.hubspot.calls
            if path.endswith("batch/read") and body.get("propertiesWithHistory")
        ]
        self.assertEqual(histories[:2], [50, 10])

    def test_an_objection_that_is_taken_back_there_is_no_consent(self):
        self.hubspot.unsubscribe(ADA)
        self.listen()
        self.hubspot.tick(2000)
        self.hubspot.unsubscribe(ADA, objects=False)
        self.listen()
        self.assertFalse(self.listed())
        self.assertEqual(self.word().status, "unknown")

    def test_an_objection_here_is_told_and_stays_what_it_was(self):
        self.env["mail.blacklist"]._add(ADA)
        said = self.word().at
        self.told()
        self.assertEqual(len(self.unsubscribes()), 1, self.reasons())
        self.assertEqual(self.hubspot.values("contacts", self.number)["hs_email_optout"], "true")
        self.hubspot.tick(60_000)
        self.listen()
        self.pull("contacts")
        self.assertEqual(self.told(), [], "once")
        self.assertTrue(self.listed())
        word = self.word()
        self.assertFalse(word.system_id, "who said it first")
        self.assertEqual(word.at, said)

    def test_taken_off_the_list_here(self):
        self.env["mail.blacklist"]._add(ADA)
        self.told()
        self.env["mail.blacklist"]._remove(ADA)
        # a minute later, not within the same second
        self.env.cr.execute("UPDATE seam_crm_consent SET at = at + interval '1 minute'")
        self.env.invalidate_all()
        self.assertEqual(self.told(), [], "HubSpot is told of no consent")
        self.assertEqual(self.hubspot.values("contacts", self.number)["hs_email_optout"], "true")
        self.assertFalse(self.open_cases().mapped("name"))
        self.pull("contacts")
        self.assertFalse(self.listed(), "its older word does not count here")

    def plato(self):
        """A new contact who objected. :return: partner"""
        self.flows["contacts-out"].crm_new = True
        self.env["mail.blacklist"]._add("plato@example.com")
        return self.env["res.partner"].create({"name": "Plato", "email": "plato@example.com"})

    def platos(self):
        """:return: list of the numbers that he has at HubSpot"""
        return [
            record["id"]
            for record in self.hubspot.objects["contacts"].values()
            if record["properties"].get("email") == "plato@example.com"
        ]

    def test_a_new_contact_who_objected_though_the_answer_is_lost(self):
        plato = self.plato()
        # his making, the question about it, his objection, and that once more
        self.hubspot.mishaps = ["lost", None, "dead"]
        for _try in range(3):
            self.told()
            self.let_time_pass()
        (number,) = self.platos()
        self.assertEqual(self.record("contacts", number), plato, self.reasons())
        self.assertIn("plato@example.com", self.hubspot.unsubscribed)
        self.listen()
        self.pull("contacts")
        self.assertEqual(self.told(), [])
        self.assertFalse(self.open_cases().mapped("name"))

    def test_a_new_contact_is_made_though_his_objection_is_refused(self):
        self.hubspot.scopes.clear()
        plato = self.plato()
        self.told()
        (number,) = self.platos()
        self.assertEqual(self.record("contacts", number), plato, "he is bound all the same")
        (case,) = self.open_cases()
        self.assertIn("communication_preferences.write", case.name)
        self.hubspot.edit("contacts", number, lastname="Platon")
        self.hubspot.scopes.add("communication_preferences.write")
        case.message_ids_held._retry("The scope was given.")
        self.told()
        self.assertIn("plato@example.com", self.hubspot.unsubscribed, self.reasons())
        self.assertEqual(self.hubspot.values("contacts", number)["lastname"], "Platon")
        self.listen()
        self.assertEqual(plato.name, "Platon", self.reasons())
        self.assertEqual(self.told(), [])

    def test_without_the_scope_it_is_told(self):
        self.hubspot.scopes.clear()
        self.env["mail.blacklist"]._add(ADA)
        self.told()
        (case,) = self.open_cases()
        self.assertIn("communication_preferences.write", case.name)
        self.hubspot.scopes.add("communication_preferences.write")
        case.message_ids_held._retry("The scope was given.")
        self.commit()
        self.drain("send")
        self.assertIn(ADA, self.hubspot.unsubscribed, self.reasons())

    def test_switched_off(self):
        self.system.hubspot_consents = False
        self.commit()
        self.hubspot.unsubscribe(ADA)
        self.listen()
        self.assertFalse(self.listed())
        self.env["mail.blacklist"]._add(ADA)
        self.told()
        self.assertEqual(self.unsubscribes(), [])
        self.assertTrue(fields.Datetime.now() >= self.word().at)
