from odoo.tests import tagged

from odoo.addons.seam.tests import remote

from . import hubspot_case

BUTTONS = (
    "action_hubspot_setup",
    "action_hubspot_learn",
    "action_hubspot_prepare",
    "action_hubspot_directory",
)


@tagged("post_install", "-at_install")
class TestRemote(remote.RemoteMixin, hubspot_case.HubspotCase):
    """Who is logged in can call what is listed here, and nothing else of this addon."""

    def test_what_can_be_called(self):
        expected = {f"seam.system.{name}" for name in BUTTONS}
        self.assertEqual(remote.methods(self.env, "seam_hubspot"), expected)

    def test_who_may_not(self):
        users = self.outsiders() + self.operator + self.viewer
        for name in BUTTONS:
            self.assert_refused(self.system, name, users)
