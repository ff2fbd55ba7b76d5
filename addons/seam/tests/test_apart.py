from odoo.tests import tagged

from odoo.addons.seam.models.letter import Identity

from .common import SeamCase


@tagged("post_install", "-at_install")
class TestApart(SeamCase):
    """Two workers do not take documents that change the same record."""

    def setUp(self):
        super().setUp()
        handler = self.env.registry["seam.handler.none"]
        self.patch(
            handler,
            "_identify",
            lambda _self, document: Identity(document["id"], touches=tuple(document["skus"])),
        )
        self.flow = self.make_flow(batch_size=1)
        self.conf = self._conf(self.flow)

    def claim(self):
        _claim, ids, _loose = self.env["seam.message"]._claim_batch(self.conf)
        self.env.invalidate_all()
        return self.env["seam.message"].browse(ids).mapped("ordering_key")

    def test_a_document_that_meets_the_work_of_another_stays_for_later(self):
        for key, skus in (("a", ["chair", "desk"]), ("b", ["desk"]), ("c", ["lamp"])):
            self.receive(self.flow, {"id": key, "skus": skus})
        self.assertEqual(self.claim(), ["a"])
        self.assertEqual(self.claim(), ["c"])
        self.assertEqual(self.claim(), [])
        self.assertEqual(
            self.env["seam.message"].search([("state", "=", "pending")]).mapped("ordering_key"),
            ["b"],
        )

    def test_what_stayed_is_taken_by_whoever_had_the_record(self):
        for key in "ab":
            self.receive(self.flow, {"id": key, "skus": ["desk"]})
        self.drain()
        messages = self.env["seam.message"].search([("flow_id", "=", self.flow.id)])
        self.assertEqual(set(messages.mapped("state")), {"done"})

    def test_documents_that_meet_are_taken_together(self):
        self.flow.batch_size = 10
        self.conf = self._conf(self.flow)
        for key in "ab":
            self.receive(self.flow, {"id": key, "skus": ["desk"]})
        self.assertEqual(self.claim(), ["a", "b"])

    def test_a_worker_that_is_gone_keeps_nobody_waiting(self):
        for key in "ab":
            self.receive(self.flow, {"id": key, "skus": ["desk"]})
        self.claim()
        self.env.cr.execute(
            "UPDATE seam_message SET lease_until = now() AT TIME ZONE 'UTC' - interval '1 s'"
        )
        self.assertEqual(self.claim(), ["b"])

    def test_the_handler_says_what_is_contended(self):
        self.patch(
            self.env.registry["seam.handler.none"],
            "_contended",
            lambda _self, _flow_id, codes: codes - {"service"},
        )
        for key in "ab":
            self.receive(self.flow, {"id": key, "skus": ["service"]})
        self.assertEqual([self.claim(), self.claim()], [["a"], ["b"]])
