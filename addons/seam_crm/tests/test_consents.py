from odoo import fields
from odoo.tests import tagged

from ..models.seam_crm_consent import Word
from .common import CrmCase

ADA = "ada@lovelace.example"


@tagged("post_install", "-at_install")
class TestConsents(CrmCase):
    """What a person said of being written to is the same on both sides, and never made up."""

    def consent(self, status, at="2026-03-01T10:00:00Z", **more):
        more = {"source": "Form on the web site", **more}
        return {"purpose": "email", "status": status, "at": at, **more}

    def say(self, *consents, minute=0, key="C-1"):
        document = self.contact(key, minute, email=ADA)
        if consents:
            document["consents"] = list(consents)
        return self.take(document)

    def listed(self):
        return bool(self.env["mail.blacklist"].search([("email", "=", ADA)]))

    def all_entries(self):
        entries = self.env["mail.blacklist"].with_context(active_test=False)
        return entries.search_count([("email", "=", ADA)])

    def word(self):
        return self.env["seam.crm.consent"].search([("address", "=", ADA)])

    def told_consents(self):
        return [document["consents"] for document in self.told() if "consents" in document]

    def test_what_is_not_told_is_not_known(self):
        message, _partner = self.say()
        self.assertEqual(message.state, "done")
        self.assertFalse(self.word())
        self.assertFalse(self.all_entries())
        self.assertEqual(self.told_consents(), [])

    def test_an_objection_there_counts_here_and_is_not_echoed(self):
        message, partner = self.say(self.consent("opt_out"))
        self.assertEqual(message.state, "done", message.state_reason)
        self.assertTrue(partner.is_blacklisted)
        self.assertEqual(self.word().system_id, self.system)
        self.assertEqual(self.told_consents(), [])

    def test_a_consent_there_is_kept_with_when_and_where(self):
        self.say(self.consent("opt_in"))
        self.assertFalse(self.all_entries(), "nobody is listed, nor was")
        word = self.word()
        self.assertEqual((word.status, word.source), ("opt_in", "Form on the web site"))
        self.assertEqual(word.at, fields.Datetime.to_datetime("2026-03-01 10:00:00"))

    def test_a_consent_says_where_it_was_given(self):
        document = self.contact("C-1", 0, email=ADA)
        document["consents"] = [
            {"purpose": "email", "status": "opt_in", "at": "2026-03-01T10:00:00Z"}
        ]
        message, _partner = self.take(document)
        self.assertEqual((message.state, message.fault_code), ("failed", "schema.invalid"))

    def test_an_older_consent_that_comes_later_does_not_count(self):
        self.say(self.consent("opt_out", "2026-03-05T10:00:00Z"))
        message, partner = self.say(self.consent("opt_in", "2026-03-04T10:00:00Z"), minute=5)
        self.assertEqual(message.state, "done")
        self.assertTrue(self.listed())
        self.assertIn("older", message.state_reason or message.event_ids[-1].text)
        (told,) = self.told_consents()
        self.assertEqual((told[0]["status"], told[0]["at"]), ("opt_out", "2026-03-05T10:00:00Z"))
        self.assertTrue(partner.is_blacklisted)

    def test_of_the_same_second_the_objection_counts(self):
        self.say(self.consent("opt_in"))
        self.say(self.consent("opt_out"), minute=5)
        self.say(self.consent("opt_in"), minute=6)
        self.assertTrue(self.listed())

    def test_a_newer_consent_ends_an_objection(self):
        self.say(self.consent("opt_out"))
        self.say(self.consent("opt_in", "2026-03-02T10:00:00Z", source="Call of 2 March"), minute=5)
        self.assertFalse(self.listed())
        self.assertEqual(self.word().source, "Call of 2 March")

    def test_an_objection_here_is_told(self):
        self.say()
        self.told()
        self.env["mail.blacklist"]._add(ADA)
        (told,) = self.told_consents()
        self.assertEqual((told[0]["status"], told[0]["address"]), ("opt_out", ADA))
        self.assertEqual(self.told(), [], "once")

    def test_what_the_crm_repeats_is_no_new_word(self):
        """It says as of when it was told; who said it first, and when, stays."""
        self.say()
        self.env["mail.blacklist"]._add(ADA)
        self.told()
        said = self.word().at
        self.say(self.consent("opt_out", "2098-01-01T10:00:00Z"), minute=40)
        self.assertFalse(self.word().system_id)
        self.assertEqual(self.word().at, said)
        self.assertEqual(self.told_consents(), [])
        self.say(self.consent("opt_in", "2097-01-01T10:00:00Z"), minute=41)
        self.assertFalse(self.listed(), "a consent that is newer than the objection")
        self.say(self.consent("opt_out", "2099-01-01T10:00:00Z"), minute=42)
        self.assertEqual(self.word().system_id, self.system, "and this is a new objection")

    def test_to_take_an_address_off_the_list_is_no_consent(self):
        self.say()
        self.env["mail.blacklist"]._add(ADA)
        self.told()
        self.env["mail.blacklist"]._remove(ADA)
        (told,) = self.told_consents()
        self.assertEqual(told[0]["status"], "unknown")

    def test_who_meets_hears_of_an_objection_and_of_no_consent(self):
        self.env["mail.blacklist"]._add(ADA)
        self.env["res.partner"].create({"name": "Ada Lovelace", "email": ADA})
        self.commit()
        self.say()
        (told,) = self.told_consents()
        self.assertEqual(told[0]["status"], "opt_out")
        self.say(self.consent("opt_in", "2099-01-01T10:00:00Z"), minute=40)
        self.told()
        other = "grace@hopper.example"
        given = Word("opt_in", fields.Datetime.now(), "Another CRM")
        self.env["seam.crm.consent"]._keep(other, given)
        self.take(self.document("C-2", 0, name="Grace Hopper", email=other))
        self.assertEqual(self.told_consents(), [])

    def test_a_merge_makes_no_consent(self):
        self.say(self.consent("opt_in"))
        _message, partner = self.say(self.consent("opt_in"), minute=1)
        other = self.env["res.partner"].create({"name": "A. L.", "email": "al@lovelace.example"})
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (partner | other).ids, other
        )
        self.commit()
        self.assertFalse(
            self.env["seam.crm.consent"].search([("address", "=", "al@lovelace.example")])
        )
        self.assertEqual(len(self.word()), 1)

    # -- a CRM that keeps no time of it ------------------------------------------------

    def undated(self, status, minute=0, **more):
        at = f"2026-03-22T19:{minute:02}:08Z"
        return self.say(self.consent(status, at, at_latest=True, **more), minute=minute)

    def test_an_objection_of_nobody_knows_when_counts_and_is_news_once(self):
        _message, partner = self.undated("opt_out", 1)
        self.assertTrue(partner.is_blacklisted)
        said = self.word().at
        self.undated("opt_out", 30)
        self.assertEqual(self.word().at, said, "each change of the record tells it anew")
        self.assertEqual(self.told_consents(), [])

    def test_it_is_no_second_objection_after_a_consent(self):
        self.undated("opt_out", 1)
        agreed = Word("opt_in", fields.Datetime.to_datetime("2026-03-22 19:10:00"), "Form")
        self.env["seam.crm.consent"]._hear(ADA, agreed, self.system)
        self.commit()
        self.undated("opt_out", 30)
        self.assertFalse(self.listed())
        self.assertEqual(self.word().status, "opt_in")

    def test_no_objection_is_no_consent_and_ends_none(self):
        self.undated("unknown", 1)
        self.assertFalse(self.word())
        self.assertFalse(self.all_entries())
        self.assertEqual(self.told_consents(), [])
        self.env["mail.blacklist"]._add(ADA)
        self.assertEqual(len(self.told_consents()), 1)
        # Somebody took it away there: nobody knows when, and what counts is told again.
        message, _partner = self.undated("unknown", 59)
        self.assertTrue(self.listed())
        self.assertIn("does not say when", message.state_reason or message.event_ids[-1].text)
        (told,) = self.told_consents()
        self.assertEqual(told[0]["status"], "opt_out")

    def test_a_new_objection_after_it_ended_is_news(self):
        self.undated("opt_out", 1)
        self.say(self.consent("opt_in", "2026-03-22T19:05:00Z"), minute=10)
        self.assertFalse(self.listed())
        self.undated("opt_out", 30)
        self.assertTrue(self.listed())

    def test_an_objection_repeated_does_not_hide_that_it_ended_here(self):
        self.undated("opt_out", 1)
        self.told()
        self.env["mail.blacklist"]._remove(ADA)
        self.commit()
        # Somebody changes the record there before it is told: the box is still ticked.
        self.undated("opt_out", 20)
        self.assertFalse(self.listed())
        (told,) = self.told_consents()
        self.assertEqual((told[0]["address"], told[0]["status"]), (ADA, "unknown"))
        self.undated("unknown", 40)
        self.assertEqual(self.told_consents(), [], "once")

    def test_an_objection_repeated_does_not_hide_a_consent_heard_elsewhere(self):
        self.undated("opt_out", 1)
        self.told()
        self.agree_elsewhere()
        self.undated("opt_out", 20)
        (told,) = self.told_consents()
        self.assertEqual((told[0]["status"], told[0]["source"]), ("opt_in", "Fair"))
        self.assertEqual(self.told_consents(), [])

    def test_silence_repeated_does_not_hide_a_consent_heard_elsewhere(self):
        self.say(self.consent("opt_out"))
        self.env["mail.blacklist"]._remove(ADA)
        self.told()
        self.undated("unknown", 40)
        self.agree_elsewhere()
        self.undated("unknown", 41)
        (told,) = self.told_consents()
        self.assertEqual(told[0]["status"], "opt_in")
        self.undated("unknown", 42)
        self.assertEqual(self.told_consents(), [])

    def test_a_change_of_one_of_several_makes_the_others_no_news(self):
        second, third = "countess@lovelace.example", "al@lovelace.example"
        hers = self.consent("opt_out", address=second, at_latest=True)
        self.say(self.consent("opt_out", at_latest=True), hers, minute=1)
        self.agree_elsewhere(second, "2026-03-22 19:02:00")
        self.say(self.consent("opt_in"), {**hers, "at": "2026-03-22T19:05:00Z"}, minute=5)
        self.assertEqual(self.word_of(second), "opt_in", "the CRM did not speak of it anew")
        self.env["mail.blacklist"]._add(ADA)
        self.assertEqual(len(self.told_consents()), 1)
        mine = self.consent("opt_out", "2098-01-01T10:00:00Z")
        self.say(mine, {**hers, "at": "2098-01-01T10:00:00Z"}, minute=40)
        self.assertEqual(self.word_of(second), "opt_in", "nor was it told of this one")
        more = self.consent("opt_out", "2098-01-02T10:00:00Z", address=third, at_latest=True)
        self.say(mine, {**hers, "at": "2098-01-02T10:00:00Z"}, more, minute=41)
        said = (self.word_of(ADA), self.word_of(second), self.word_of(third))
        self.assertEqual(said, ("opt_out", "opt_in", "opt_out"))
        self.say(mine, more, minute=42)
        self.say(mine, {**hers, "at": "2098-01-03T10:00:00Z"}, more, minute=43)
        self.assertEqual(self.word_of(second), "opt_out", "it was gone there, and is back")
        self.assertEqual(self.told_consents(), [])

    def test_what_is_older_is_told_and_noted_once_though_another_one_changes(self):
        second = "countess@lovelace.example"
        old = self.consent("opt_in")
        self.say(self.consent("opt_out", "2026-03-05T10:00:00Z"))
        self.say(old, minute=5)
        self.assertEqual(len(self.told_consents()), 1)
        message, _partner = self.say(old, self.consent("opt_in", address=second), minute=40)
        self.assertNotIn("older", message.state_reason or message.event_ids[-1].text or "")
        self.assertEqual(self.told_consents(), [])
        self.assertEqual(self.word_of(second), "opt_in")

    def test_an_objection_goes_with_a_box_to_the_new_address(self):
        """The CRM has one box for a contact, whatever the address."""
        self.undated("opt_out", 1)
        other = "countess@lovelace.example"
        document = self.contact("C-1", 20, email=other)
        document["consents"] = [self.consent("opt_out", "2026-03-22T19:20:08Z", at_latest=True)]
        self.take(document)
        self.assertEqual(self.word_of(other), "opt_out")

    def word_of(self, address):
        return self.env["seam.crm.consent"].search([("address", "=", address)]).status

    def agree_elsewhere(self, address=ADA, at="2098-01-01 10:00:00"):
        other = self.system.copy({"name": "Another CRM", "code": "another-crm"})
        given = Word("opt_in", fields.Datetime.to_datetime(at), "Fair")
        self.assertTrue(self.env["seam.crm.consent"]._hear(address, given, other))
        self.commit()

    def test_each_silence_of_a_contact_is_weighed(self):
        other = "countess@lovelace.example"
        self.say()
        self.told()
        self.env["mail.blacklist"]._add(ADA)
        self.told()
        silence = [
            self.consent("unknown", address=address, at_latest=True) for address in (ADA, other)
        ]
        message, _partner = self.say(*silence, minute=40)
        self.assertIn(ADA, message.state_reason or message.event_ids[-1].text)
        (told,) = self.told_consents()
        self.assertEqual((told[0]["address"], told[0]["status"]), (ADA, "opt_out"))

    def test_what_is_said_of_another_address_settles_nothing_of_this_one(self):
        other = "countess@lovelace.example"
        self.say()
        self.told()
        self.env["mail.blacklist"]._add(ADA)
        self.commit()
        self.say(self.consent("opt_in", address=other), minute=20)
        (told,) = self.told_consents()
        self.assertEqual((told[0]["address"], told[0]["status"]), (ADA, "opt_out"))

    def test_that_nobody_objects_costs_next_to_nothing(self):
        self.commit()
        self.queries(400)
        without = self.queries(500)
        silence = self.consent("unknown", at_latest=True)
        self.assertLess(self.queries(600, consents=[silence]) - without, 15)

    def queries(self, first, **more):
        """:return: how many queries thirty new contacts take"""
        for number in range(first, first + 30):
            named = {"name": f"Person {number}", "email": f"p{number}@lovelace.example"}
            document = self.document(f"N-{number}", 0, **named)
            self.receive(self.flows["contacts"], {**document, **more})
        before = self.env.cr.sql_log_count
        self.drain()
        return self.env.cr.sql_log_count - before
