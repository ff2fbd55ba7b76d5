from odoo.tests import tagged

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestMergeChains(CrmCase):
    """A into B, and B into C: told in any order."""

    def setUp(self):
        super().setUp()
        self.ada = self.known("A")

    def test_the_last_merge_is_told_first(self):
        _message, ada = self.take(self.contact("C", 41, merged=["B"]))
        self.assertNotEqual(ada, self.ada, "nobody knew B")
        message, _ada = self.take(self.contact("B", 40, merged=["A"]))
        self.assertEqual((message.state, message.fault_code), ("failed", "master.ambiguous"))
        self.assertEqual(self.cases().crm_candidate_ids, self.ada | ada)
        # the one whose id is over there stays here
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._merge((self.ada | ada).ids, self.ada)
        self.commit()
        self.drain()
        self.assertEqual(message.state, "superseded", message.fault_message)
        self.assertEqual(self.bound(), {"C": self.ada.id})
        self.assertFalse(self.cases())
        self.assertFalse([told for told in self.told() if told.get("merged")])

    def test_of_the_last_one_nobody_knew(self):
        """What is told of it makes nobody anew."""
        self.env["seam.crm.merged"]._note(self.system.id, "res.partner", ["B"], "C", "theirs")
        self.take(self.contact("B", 40, merged=["A"]))
        self.assertEqual(self.bound(), {"C": self.ada.id})
        _message, ada = self.take(self.contact("C", 41, merged=["A", "B"], title="Boss"))
        self.assertEqual((ada, self.ada.function), (self.ada, "Boss"))

    def test_the_last_one_was_not_known(self):
        self.take(self.contact("B", 40, merged=["A"]))
        self.assertEqual(self.bound(), {"B": self.ada.id})
        self.take(self.contact("C", 41, merged=["B"]))
        self.assertEqual(self.bound(), {"C": self.ada.id})
        message, _ada = self.take(self.contact("A", 42, title="Late"))
        self.assertEqual(message.state, "superseded")
        self.assertFalse(self.ada.function)

    def test_what_it_said_before_comes_together_with_the_merge(self):
        self.commit()
        for document in (self.contact("A", 40, title="Boss"), self.contact("B", 41, merged=["A"])):
            self.receive(self.flows["contacts"], document, key=f"hook-{document['id']}")
        self.drain()
        self.assertEqual(self.ada.function, "Boss")
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE state = 'waiting'"
        )
        self.env.invalidate_all()
        self.drain()
        self.assertEqual(self.bound(), {"B": self.ada.id})
        self.assertFalse(self.cases())
