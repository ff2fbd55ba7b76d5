from odoo.tests import BaseCase

from ..models import judge
from ..models.judge import Entry, Rule, agree, checksum

BOTH = Rule("both", "agreed")


class TestJudge(BaseCase):
    """Whose value counts, for each way in which two sides can have come apart."""

    def entry(self, value, version=10, **values):
        return Entry(checksum(value), checksum(value), version)._replace(**values)

    def say(self, rule, ours, theirs, version=20, entry=None, first="ask"):
        return judge.judge(rule, entry or self.entry("a"), ours, theirs, version, first)

    def test_one_side_changed(self):
        self.assertEqual(self.say(BOTH, "a", "b"), "take")
        self.assertEqual(self.say(BOTH, "b", "a"), "keep")
        self.assertEqual(self.say(BOTH, "b", "b"), "same")
        self.assertEqual(self.say(BOTH, "a", None), "take")

    def test_both_changed(self):
        self.assertEqual(self.say(BOTH, "b", "c"), "conflict")
        self.assertEqual(self.say(BOTH, None, "c"), "conflict")

    def test_what_is_older_than_the_agreement_is_no_news(self):
        self.assertEqual(self.say(BOTH, "b", "c", version=10), "keep")
        self.assertEqual(self.say(BOTH, "a", "c", version=9), "keep")

    def test_two_changes_of_one_second(self):
        """Some clocks have no more than seconds, and Odoo may have asked between the two."""
        second = 1_800_000_000_000_000
        entry = self.entry("a", version=second)
        self.assertEqual(self.say(BOTH, "a", "b", second, entry), "take")
        self.assertEqual(self.say(BOTH, "c", "b", second, entry), "conflict")
        entry = agree(entry, checksum("b"), checksum("b"), second)
        self.assertEqual(self.say(BOTH, "b", "a", second, entry), "keep", "the first one again")
        sent = agree(entry, checksum("d"), checksum("d"), sent=second + 5)
        self.assertEqual(self.say(BOTH, "d", "b", second, sent), "keep", "told before ours")
        self.assertEqual(self.say(BOTH, "d", "e", second, sent), "conflict", "written over")

    def test_a_late_word_from_before_we_told_them(self):
        """They had a, we told them b. What they say late may still be a, and no change."""
        sent = agree(self.entry("a"), checksum("b"), checksum("b"), sent=100)
        self.assertEqual(self.say(BOTH, "b", "a", 50, sent), "keep")
        self.assertEqual(self.say(BOTH, "b", "a", 101, sent), "take", "they set it back since")

    def test_two_changes_that_crossed(self):
        """They changed it while what we sent was under way: theirs was written over."""
        sent = agree(self.entry("a"), checksum("b"), checksum("b"), sent=100)
        self.assertEqual(self.say(BOTH, "b", "c", 50, sent), "conflict")
        self.assertEqual(self.say(BOTH, "b", "c", 101, sent), "take")

    def test_a_crm_that_counts_its_changes(self):
        """When we sent is no number of theirs: their next change is a change."""
        now = 1_800_000_000_000_000
        sent = agree(self.entry("a", version=3), checksum("b"), checksum("b"), sent=now)
        self.assertEqual(self.say(BOTH, "b", "c", 4, sent), "take")
        self.assertEqual(self.say(BOTH, "b", "a", 4, sent), "take", "they set it back")
        self.assertEqual(self.say(BOTH, "d", "c", 4, sent), "conflict")
        self.assertEqual(self.say(BOTH, "b", "a", 3, sent), "keep")

    def test_owners(self):
        ours, theirs = Rule("both", "ours"), Rule("both", "theirs")
        self.assertEqual(self.say(ours, "a", "b"), "back")
        self.assertEqual(self.say(ours, "b", "c"), "back")
        self.assertEqual(self.say(ours, "b", "a"), "keep")
        self.assertEqual(self.say(theirs, "a", "b"), "take")
        self.assertEqual(self.say(theirs, "b", "c"), "take")
        self.assertEqual(self.say(theirs, "b", "a"), "take", "set back")
        self.assertEqual(self.say(theirs, "b", "a", version=9), "keep", "but by nothing old")

    def test_directions(self):
        self.assertEqual(self.say(Rule("out", "ours"), "a", "b"), "keep")
        self.assertEqual(self.say(Rule("in", "theirs"), "b", "a"), "keep", "left alone")
        self.assertEqual(self.say(Rule("in", "theirs"), "b", "c"), "take")
        self.assertEqual(self.say(Rule("in", "agreed"), "b", "c"), "take")

    def test_first_meeting(self):
        def first(ours, theirs, rule=BOTH, say="ask"):
            return judge.judge(rule, None, ours, theirs, 20, say)

        self.assertEqual(first("a", "a"), "same")
        self.assertEqual(first(None, "b"), "take")
        self.assertEqual(first("a", None), "back")
        self.assertEqual(first("a", "b"), "conflict")
        self.assertEqual(first("a", "b", say="ours"), "back")
        self.assertEqual(first("a", "b", say="theirs"), "take")
        self.assertEqual(first("a", "b", Rule("both", "ours")), "back")

    def test_what_they_had_before_is_kept_for_a_while_only(self):
        entry = None
        for number in range(20):
            entry = agree(entry, checksum(number), checksum(number), sent=number)
        self.assertEqual(entry.before, tuple(checksum(n) for n in range(14, 19)))
