import uuid
from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .http_common import SeamHttpCase


@tagged("post_install", "-at_install")
class TestStatus(SeamHttpCase):
    """A partner asks what became of his message."""

    def status(self, message_id, key=None):
        return self.get(f"/seam/v1/messages/{message_id}", key=key or self.key)

    def told(self, message_id):
        answer = self.status(message_id)
        self.assertEqual(answer.status_code, 200, answer.text)
        return answer.json()

    def test_from_received_to_done(self):
        message_id = self.post({"a": 1}).json()["id"]
        self.assertEqual(self.told(message_id)["state"], "pending")
        self.drain()
        told = self.told(message_id)
        self.assertEqual((told["state"], told["flow"]), ("done", "things"))
        self.assertTrue(told["settled_at"].endswith("Z"))
        self.assertEqual([line["what"] for line in told["timeline"]], ["Applied"])

    def test_what_is_wrong(self):
        message_id = self.post(b'{"a": NaN}').json()["id"]
        told = self.told(message_id)
        self.assertEqual((told["state"], told["fault"]), ("failed", "schema.malformed"))
        self.assertIn("NaN", told["reason"])

    def test_only_the_name_of_the_record_is_told(self):
        message = self.stored(self.post({"a": 1}))
        self.drain()
        self.env.cr.execute(
            "UPDATE seam_message SET res_model = 'res.partner', res_id = %s WHERE id = %s",
            [self.company.partner_id.id, message.id],
        )
        told = self.told(message.uuid)
        self.assertEqual(told["record"], self.company.partner_id.display_name)
        self.assertFalse({"res_id", "res_model"} & set(told))

    def test_an_edited_message_points_to_its_successor(self):
        message = self.stored(self.post(b"{"))
        edited = message.with_user(self.operator)._edit("{}", "Anna of accounting said so")
        told = self.told(message.uuid)
        self.assertEqual((told["state"], told["replaced_by"]), ("replaced", edited.uuid))
        self.assertEqual(self.told(edited.uuid)["replaces"], message.uuid)

    def test_what_colleagues_write_stays_in_the_house(self):
        message = self.stored(self.post(b"{"))
        message.with_user(self.operator)._retry("Anna says: try again")
        self.assertNotIn("Anna", self.status(message.uuid).text)
        self.commit()
        self.drain()
        message.with_user(self.operator)._discard("Anna says: he does not pay")
        answer = self.status(message.uuid)
        self.assertNotIn("Anna", answer.text)
        self.assertNotIn(self.operator.name, answer.text)
        self.assertEqual(answer.json()["state"], "discarded")

    def test_a_fault_of_ours_is_not_told_in_detail(self):
        message = self.stored(self.post({"a": 1}))
        self.env.cr.execute(
            "UPDATE seam_message SET state = 'failed', fault_code = 'bug.handler', "
            "fault_message = 'KeyError: margin' WHERE id = %s",
            [message.id],
        )
        self.assertNotIn("margin", self.status(message.uuid).text)

    def test_without_a_valid_key(self):
        message_id = self.post({"a": 1}).json()["id"]
        path = f"/seam/v1/messages/{message_id}"
        over = self.make_key(self.system, valid_until=fields.Datetime.now() - timedelta(1))
        archived = self.make_key(self.system, active=False)
        for answer in (
            self.get(path),
            self.get(path, key="seam_wrong"),
            self.get(path, key=over),
            self.get(path, key=archived),
            self.get(path, headers={"Authorization": "Basic eDp5"}),
        ):
            self.assertProblem(answer, 401)
            self.assertIn("Bearer", answer.headers["WWW-Authenticate"])

    def test_a_signature_is_no_key(self):
        self.make_secret()
        message_id = self.post({"a": 1}).json()["id"]
        answer = self.get(f"/seam/v1/messages/{message_id}", key=self.webhook_secret)
        self.assertProblem(answer, 401)

    def test_messages_of_others_do_not_exist(self):
        other = self.make_key(self.make_system("other"))
        message_id = self.post({"a": 1}).json()["id"]
        foreign = self.assertProblem(self.status(message_id, key=other), 404)
        unknown = self.assertProblem(self.status(str(uuid.uuid4())), 404)
        self.assertEqual(foreign, unknown)
        self.assertProblem(self.status("not-an-id"), 404)

    def test_a_system_that_is_switched_off(self):
        message_id = self.post({"a": 1}).json()["id"]
        self.system.action_disable()
        answer = self.status(message_id)
        self.assertProblem(answer, 503)
        self.assertIn("Retry-After", answer.headers)

    def test_too_many_questions(self):
        message_id = self.post({"a": 1}).json()["id"]
        self.system.rate_limit = 1
        self.assertEqual(self.status(message_id).status_code, 200)
        answer = self.status(message_id)
        self.assertProblem(answer, 429)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
