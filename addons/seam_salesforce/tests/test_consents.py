from datetime import datetime, timedelta, timezone

from odoo import fields
from odoo.tests import tagged

from .. import consents, const
from .fake_salesforce import Refusal
from .story_case import StoryCase

GRACE = "grace@sf-consent.example"
BOX = const.OPT_OUT_FIELD


@tagged("post_install", "-at_install")
class TestConsents(StoryCase):
    """Who objects to e-mail on one side gets none from the other; no consent is made up."""

    def grace(self, **values):
        self.key = self.fake.make("Contact", LastName="Hopper", Email=GRACE, **values)
        self.take("contacts")
        self.assertEqual(self.settled("contacts"), {"done"})
        self.person = self.partner_of(self.key)
        return self.person

    def word(self):
        return self.env["seam.crm.consent"].search([("address", "=", GRACE)])

    def box(self):
        return self.fake.records["Contact"][self.key][BOX]

    def tick_box(self, value, hours=1, **values):
        """Somebody ticks the box there, after what happened here until now."""
        self.fake.at = datetime.now(timezone.utc) + timedelta(hours=hours)
        self.fake.change("Contact", self.key, **{BOX: value, **values})

    def listed(self):
        return bool(self.env["mail.blacklist"].search([("email", "=", GRACE)]))

    # -- without a history -------------------------------------------------------------

    def test_a_box_that_is_not_ticked_says_nothing(self):
        self.grace()
        self.assertFalse(self.word())
        entries = self.env["mail.blacklist"].with_context(active_test=False)
        self.assertFalse(entries.search([("email", "=", GRACE)]))
        self.assertEqual(self.tell(), [])

    def test_an_objection_there_stops_mail_here(self):
        person = self.grace(**{BOX: True})
        self.assertTrue(person.is_blacklisted)
        word = self.word()
        self.assertEqual((word.status, word.source), ("opt_out", BOX))
        self.assertEqual(word.at, fields.Datetime.to_datetime("2026-03-01 08:00:00"))
        self.assertEqual(self.tell(), [], "no echo")
        self.fake.tick(3600)
        self.fake.change("Contact", self.key, Phone="+49 30 1")
        self.take("contacts")
        self.assertEqual(self.word().at, word.at, "another change is no new objection")

    def test_an_objection_here_is_told_there_once(self):
        self.grace()
        self.env["mail.blacklist"]._add(GRACE)
        self.assertEqual(len(self.tell()), 1)
        self.assertIs(self.box(), True)
        said = self.word()
        self.take("contacts")
        self.assertEqual(self.tell(), [])
        self.assertEqual((self.word().at, self.word().system_id), (said.at, said.system_id))

    def test_an_objection_that_ended_there_stays_and_is_told_again(self):
        """Nobody knows when it ended: perhaps before the person objected here."""
        self.grace()
        self.env["mail.blacklist"]._add(GRACE)
        self.tell()
        self.tick_box(False)
        self.take("contacts")
        self.assertTrue(self.listed())
        self.assertIn("does not say when", "".join(self.person.message_ids.mapped("body")))
        self.assertEqual(len(self.tell()), 1)
        self.assertIs(self.box(), True)

    def test_an_objection_that_ended_here_ends_there_and_is_no_consent(self):
        self.grace(**{BOX: True})
        self.env["mail.blacklist"]._remove(GRACE)
        self.tell()
        self.assertIs(self.box(), False)
        self.assertEqual(self.word().status, "unknown")
        self.take("contacts")
        self.assertEqual(self.word().status, "unknown")
        self.tick_box(True)
        self.take("contacts")
        self.assertTrue(self.listed(), "a new objection counts")

    def test_an_objection_there_that_odoo_does_not_know_of_is_not_overwritten(self):
        person = self.grace(**{BOX: True})
        person.function = "Admiral"
        self.tell()
        self.fake.tick()
        self.fake.change("Contact", self.key, Phone="1")
        self.env["mail.blacklist"]._remove(GRACE)
        self.tell()
        self.assertIs(self.box(), True, "what was changed there may be the box")
        message = self.messages("contacts-out")[-1]
        self.assertEqual(message.state, "waiting")
        self.take("contacts")
        self.at_once(message)
        self.tell()
        self.assertIs(self.box(), False)
        self.assertFalse(self.open_cases())

    def test_who_meets_and_has_objected_here_is_ticked_there(self):
        self.env["mail.blacklist"]._add(GRACE)
        self.grace()
        self.assertTrue(self.listed())
        self.tell()
        self.assertIs(self.box(), True)

    def test_a_new_contact_who_objected(self):
        self.env["mail.blacklist"]._add(GRACE)
        self.env["res.partner"].create({"name": "Grace Hopper", "email": GRACE})
        self.tell()
        (there,) = self.fake.records["Contact"].values()
        self.assertIs(there[BOX], True)

    def test_an_objection_without_an_address_is_nobody_s(self):
        self.fake.make("Contact", LastName="Nobody", **{BOX: True})
        self.take("contacts")
        (message,) = self.messages("contacts")
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertFalse(self.env["seam.crm.consent"].search([]))

    def test_without_a_field_nothing_is_asked_and_nothing_is_told(self):
        self.system.salesforce_opt_out_field = False
        person = self.grace(**{BOX: True})
        self.assertFalse(person.is_blacklisted)
        self.env["mail.blacklist"]._add(GRACE)
        self.assertEqual(self.tell(), [])

    def test_a_field_that_is_no_checkbox(self):
        self.system.salesforce_opt_out_field = "Number__c"
        self.fake.make("Contact", LastName="Hopper", Email=GRACE, Number__c="Admiral")
        self.take("contacts")
        case = self.open_cases()
        self.assertEqual(case.code, "config.invalid")
        self.assertIn("no checkbox", case.name)

    # -- with its history --------------------------------------------------------------

    def track(self):
        self.system.salesforce_opt_out_history = True
        self.fake.tracked = {BOX}

    def test_the_history_says_when_and_by_whom(self):
        self.track()
        self.grace()
        self.fake.tick(60)
        self.fake.change("Contact", self.key, **{BOX: True})
        self.fake.tick(3600)
        self.fake.change("Contact", self.key, Phone="+49 30 1")
        self.take("contacts")
        word = self.word()
        self.assertEqual(word.at, fields.Datetime.to_datetime("2026-03-01 08:01:00"))
        self.assertEqual(word.source, f"{BOX}, Olga Owner")
        (told,) = self.documents("contacts")[-1]["consents"]
        self.assertNotIn("at_latest", told)

    def test_with_a_history_an_objection_that_ended_later_ends(self):
        self.track()
        self.grace()
        self.env["mail.blacklist"]._add(GRACE)
        self.tell()
        self.tick_box(False)
        self.take("contacts")
        self.assertFalse(self.listed())
        self.assertEqual(self.word().status, "unknown", "and is no consent")
        self.assertEqual(self.tell(), [])
        self.assertIs(self.box(), False)

    def test_what_ended_before_the_person_objected_here_does_not_end_it(self):
        self.track()
        self.grace(**{BOX: True})
        self.fake.tick(60)
        self.fake.change("Contact", self.key, **{BOX: False})
        self.env["mail.blacklist"]._remove(GRACE)
        self.env["mail.blacklist"]._add(GRACE)
        self.take("contacts")
        self.assertTrue(self.listed())
        self.tell()
        self.assertIs(self.box(), True)

    def test_a_box_that_was_ticked_before_it_was_tracked(self):
        self.system.salesforce_opt_out_history = True
        person = self.grace(**{BOX: True})
        self.assertTrue(person.is_blacklisted)
        (told,) = self.documents("contacts")[-1]["consents"]
        self.assertTrue(told["at_latest"])

    def test_a_history_that_is_not_shown_is_said(self):
        self.track()
        self.fake.make("Contact", LastName="Hopper", Email=GRACE)
        self.fake.next_answers = [
            0,
            Refusal(400, "INVALID_TYPE", "sObject type 'ContactHistory' is not supported."),
        ]
        self.run_pull("contacts", "2026-03-01T08:00:00")
        self.assertEqual(self.open_cases().code, "config.invalid")
        self.assertIn("history of contacts", self.open_cases().name)

    def five(self):
        """Five contacts are there, of whom one objects. :return: (their ids, list that will
        hold what is asked about their histories)"""
        self.track()
        self.patch(const, "IDS_PER_QUERY", 2)
        asked = []
        rows = self.fake._rows
        self.fake._rows = lambda soql, deleted: (
            "ContactHistory" in soql and asked.append(soql) or rows(soql, deleted)
        )
        ids = [
            self.fake.make("Contact", LastName=f"P{n}", Email=f"p{n}@sf-consent.example")
            for n in range(5)
        ]
        self.fake.change("Contact", ids[3], **{BOX: True})
        return ids, asked

    def test_of_all_that_changed_it_is_known_since_when(self):
        """An objection that ended ends here too, however many changed with it."""
        ids, asked = self.five()
        self.fake.tick(60)
        self.fake.change("Contact", ids[3], **{BOX: False})
        self.run_pull("contacts", "2026-03-01T08:00:00")
        self.assertEqual([sum(id_ in soql for id_ in ids) for soql in asked], [2, 2, 1])
        told = {each["id"]: each["consents"][0] for each in self.documents("contacts")}
        self.assertNotIn("at_latest", told[ids[3]])

    def test_in_a_job_only_who_objects_is_asked_about(self):
        ids, asked = self.five()
        self.system.salesforce_bulk_days = 30
        self.run_pull("contacts", "1970-01-01T00:00:00")
        self.assertEqual(len(self.documents("contacts")), 5)
        self.assertEqual(len(self.fake.jobs), 1)
        (history,) = asked
        self.assertIn(ids[3], history)
        self.assertEqual(sum(id_ in history for id_ in ids), 1)

    def test_after_a_long_pause_a_job_asks_about_all(self):
        _ids, asked = self.five()
        self.system.salesforce_bulk_days = 1
        self.run_pull("contacts", "2026-03-01T07:00:00")
        self.assertEqual(len(self.documents("contacts")), 5)
        self.assertEqual(len(self.fake.jobs), 1)
        self.assertEqual(len(asked), 3)

    def test_a_first_load_by_a_job_brings_objections(self):
        self.track()
        self.system.salesforce_opt_out_field = "Newsletter__c"
        self.fake.tracked = {"Newsletter__c"}
        self.system.salesforce_bulk_days = 30
        self.fake.make("Contact", LastName="Hopper", Email=GRACE, Newsletter__c=True)
        self.run_pull("contacts", "1970-01-01T00:00:00")
        for _step in range(5):
            self.pull_of("contacts").state = "running"
            self.go_on("contacts")
        (document,) = self.documents("contacts")
        self.assertEqual(document["consents"][0]["status"], "opt_out")

    def test_a_change_to_something_else_says_nothing(self):
        row = {"NewValue": False, "CreatedDate": "2026-03-01T08:00:00.000+0000"}
        record = {BOX: True}
        self.assertEqual(consents._dated(record, row, BOX), record)
        self.assertIn(
            const.OPT_OUT_HISTORY, consents._dated(record, {**row, "NewValue": "true"}, BOX)
        )
