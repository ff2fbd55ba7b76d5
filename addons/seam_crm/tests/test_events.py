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
