from odoo.tests import tagged

from .common import SeamCase


@tagged("post_install", "-at_install")
class TestSpine(SeamCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow()

    def test_a_message_is_stored_applied_and_told(self):
        message = self.send(self.flow, {"a": 1})
        self.assertEqual(message.state, "done")
        self.assertEqual(message._body_bytes(), b'{"a": 1}')
        self.assertEqual(message.event_ids.mapped("name"), ["Applied"])

    def test_the_same_again_is_the_same_message(self):
        first = self.receive(self.flow, {"a": 1}, key="k1")
        second = self.receive(self.flow, {"a": 1}, key="k1")
        self.assertEqual(second.status, "duplicate")
        self.assertEqual(second.id, first.id)

    def test_the_same_key_with_other_bytes_is_a_conflict(self):
        first = self.receive(self.flow, {"a": 1}, key="k1")
        second = self.receive(self.flow, {"a": 2}, key="k1")
        self.assertEqual((second.status, second.id), ("conflict", first.id))

    def test_what_cannot_be_read_is_kept_and_opens_one_case(self):
        one = self.receive(self.flow, b"{")
        two = self.receive(self.flow, b"[")
        self.assertEqual(one.state, "failed")
        self.assertEqual(self.message(two)._body_bytes(), b"[")
        self.assertEqual(self.open_cases().held_count, 2)
