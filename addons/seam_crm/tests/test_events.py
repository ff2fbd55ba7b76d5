from odoo.tests import tagged

from .common import CrmCase


@tagged("post_install", "-at_install")
class TestEvents(CrmCase):
    """A CRM that sends only what changed: each of its messages counts, in any order."""

    carries = "event"

    def test_parts_in_any_order_meet(self):
        ada = self.known(title="Engineer", phone="+49 30 1234567")
        self.take(self.document(minute=9, title="Chief"))
        message, _ada = self.take(self.document(minute=5, title="Boss", phone="+49 30 7654321"))
        self.assertEqual(message.state, "done")
        self.assertEqual(ada.function, "Chief", "the newer one stays")
        self.assertEqual(ada.phone, "+49 30 7654321", "the older one's other field is taken")

    def test_the_same_again(self):
        ada = self.known(title="Engineer")
        self.take(self.document(minute=9, title="Chief"))
        message, _ada = self.take({**self.document(minute=9, title="Chief"), "modified_by": "x"})
        self.assertEqual((message.state, ada.function), ("done", "Chief"))
        self.assertEqual(self.told(), [])

    def test_there_and_back_again_is_nothing_to_tell(self):
        ada = self.known(title="Engineer")
        self.edit(ada, function="Boss")
        self.edit(ada, function="Engineer")
        self.assertEqual(
            [d["fields"] for d in self.told()], [{"title": "Boss"}, {"title": "Engineer"}]
        )
        self.edit(ada, function="Engineer ")
        self.assertEqual(self.told(), [])
        sent = self.env["seam.message"].search(
            [("direction", "=", "out")], order="id desc", limit=1
        )
        self.assertEqual(sent.state, "superseded", sent.state_reason)
