from odoo.tests import tagged

from odoo.addons.seam.tests.test_privacy import PrivacyCase

from . import hubspot_case

ADA = "ada@example.com"


@tagged("post_install", "-at_install")
class TestPrivacyOfHubspot(PrivacyCase, hubspot_case.HubspotCase):
    """What HubSpot's webhooks tell of a person is found, and what HubSpot erased is asked about."""

    def setUp(self):
        super().setUp()
        self.number = self.hubspot.make("contacts", firstname="Ada", email=ADA)
        self.other = self.hubspot.make("contacts", firstname="Bob", email="bob@example.com")
        self.settled()
        keys = self.env["seam.binding"]._find(
            self.system.id,
            "res.partner",
            {f"contact:{self.number}", f"contact:{self.other}"},
        )
        self.ada = keys[f"contact:{self.number}"]
        self.bob = keys[f"contact:{self.other}"]

    def test_a_call_that_names_the_person_by_the_number_only(self):
        self.hubspot.edit("contacts", self.number, city="Secretville")
        mine = self.listen()
        self.hubspot.edit("contacts", self.other, city=f"Town {self.number}")
        others = self.listen()
        # a company may have the same number
        self.env["seam.binding"]._bind(
            self.system.id, {f"company:{self.number}": self.env.company.partner_id}
        )
        request = self.request(email=ADA, phone=False, words=False)
        found = self.found(request).mapped("message_id")
        self.assertTrue(mine and others)
        self.assertLessEqual(mine, found)
        self.assertFalse(others & found)
        self.erase(request)
        self.assertEqual(request.state, "done", request.note)
        self.assertEqual(self.places_of("Secretville"), [])
        self.assertTrue(others._body_bytes())

    def test_who_is_erased_there_is_asked_about_here(self):
        self.hubspot.archive("contacts", self.number, privacy=True)
        self.hubspot.archive("contacts", self.other)
        heard = self.listen()
        self.assertEqual(set(heard.mapped("state")), {"done"}, heard.mapped("fault_message"))
        requests = self.env["seam.privacy.request"].search([("state", "=", "draft")])
        self.assertEqual(requests.partner_ids, self.ada)
        self.assertEqual((requests.email, requests.company_id), (ADA, self.system.company_id))
        self.assertIn(self.system.name, requests.reason)
        self.assertFalse(self.ada.active)
        self.assertIn("for privacy", self.ada.message_ids[:2].mapped("body")[-1])
        self.hubspot._tell("contacts", "privacyDeletion", objectId=int(self.number))
        self.listen()
        again = self.env["seam.privacy.request"].search([("state", "=", "draft")])
        self.assertEqual(again, requests, "once")
        self.assertTrue(requests.with_user(self.officer).action_search() is None)

    def test_who_has_this_number_in_another_account_is_somebody_else(self):
        """An app that several accounts installed is told of all of them at one address."""
        self.hubspot._tell("contacts", "privacyDeletion", objectId=int(self.number))
        self.hubspot.events[-1]["portalId"] = 44
        heard = self.listen()
        self.assertEqual(heard.state, "done")
        self.assertIn("Nothing that is read here changed", heard.state_reason)
        self.assertFalse(self.env["seam.privacy.request"].search([("state", "=", "draft")]))
        self.assertTrue(self.ada.active)

    def test_what_is_pulled_again_is_known_and_kept_nowhere(self):
        """HubSpot still has the person: only what changes there brings it back."""
        self.erase(self.request(email=ADA, phone=False, words=False))
        self.assertEqual(self.places_of(ADA), [])
        self.load("contacts")
        self.assertEqual(self.places_of(ADA), [])
        self.hubspot.edit("contacts", self.number, jobtitle="Countess")
        self.pull("contacts")
        self.assertTrue(self.places_of(ADA))

    def test_an_owner_is_a_person_too(self):
        self.assertEqual(self.places_of("carla@example.com"), ["seam_system.hubspot_facts"])
        request = self.request(email="carla@example.com", phone=False, words=False)
        self.erase(request)
        self.assertEqual(self.places_of("carla@example.com"), [])
        self.assertIn("41", self.system.hubspot_facts["owners"])
