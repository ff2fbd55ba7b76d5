from odoo.tests import tagged

from . import remote
from .common import SeamCase

# Odoo's own asks for the rights; figures of whoever may read cases.
OTHERS = {"seam.exception.message_post", "seam.exception.dashboard_data"}


@tagged("post_install", "-at_install")
class TestRemote(remote.RemoteMixin, SeamCase):
    """Whatever addons add to what has a company: nobody without a role there can call it."""

    def test_who_may_not(self):
        flow = self.make_flow()
        failed = self.message(self.receive(flow, b"{"))
        records = {
            record._name: record
            for record in (
                self.system,
                flow,
                failed,
                failed.exception_id,
                self.env["seam.pull"].create({"flow_id": flow.id}),
                self.env["seam.privacy.request"].create({"email": "ada@lovelace.example"}),
            )
        }
        outsiders, called = self.outsiders(), set()
        for addon in sorted(self.env.registry._init_modules):
            if not addon.startswith("seam"):
                continue
            for name in sorted(remote.methods(self.env, addon)):
                model, _dot, method = name.rpartition(".")
                if model in records and name not in OTHERS:
                    called.add(name)
                    self.assert_nothing_done(records[model], method, outsiders)
        self.assertIn("seam.system.action_generate_key", called)
