from odoo.tests import HttpCase, tagged

from odoo.addons.seam.tests import hoot

from .test_dashboard import DashboardCase


@tagged("post_install", "-at_install")
class TestDashboardTour(DashboardCase, HttpCase):
    """What a manager does with the dashboard, in a real browser."""

    def registry_enter_test_mode(self):
        """HttpCase is in test mode from its class on."""

    def tour(self, name):
        self.env.flush_all()
        self.start_tour("/odoo/seam-dashboard", name, login=self.viewer.login, timeout=300)

    def test_figures_lists_and_the_way_back(self):
        for hours in (1, 2, 30):
            case = self.make(hours, ack_due_at=-0.5, resolve_due_at=2)
        self.hold(case, (1234.0, "EUR"))
        self.end(self.make(5, name="Of yesterday"), 4)
        self.tour("seam_dashboard")

    def test_all_is_through(self):
        self.end(self.make(5), 4)
        self.tour("seam_dashboard_through")


@tagged("post_install", "-at_install")
class TestDashboardScreens(HttpCase):
    def test_it_looks_again_when_told_and_no_oftener(self):
        hoot.run(self, "@seam_exception")
