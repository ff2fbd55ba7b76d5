from odoo.tests import HttpCase, tagged

from odoo.addons.seam.tests.common import SeamCase

from . import partner
from .common import HttpApiCase


@tagged("post_install", "-at_install")
class TestTour(HttpApiCase, HttpCase):
    """An administrator in a real browser, with a partner he has never seen."""

    def setUp(self):
        # HttpCase is in test mode from its class on
        super(SeamCase, self).setUp()
        self.prepare_partner()

    def test_the_guide_up_to_the_dry_run(self):
        self.setup.description = partner.DESCRIPTION
        self.env.flush_all()
        self.start_tour(
            f"/odoo/connect-system/{self.setup.id}",
            "seam_http_connect",
            login="seam-manager",
            timeout=300,
        )
        self.env.invalidate_all()
        self.assertTrue(self.setup.try_ok)
        lines = {line.target: line.source for line in self.endpoint.mapping_ids}
        self.assertEqual(lines["email"], "mail")
        self.assertEqual(lines["city"], "address.town")
        self.assertEqual(self.endpoint.mapping_ids.filtered("reference").reference_field, "code")
