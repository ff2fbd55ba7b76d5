from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.models.seam_connector import Page

from .common import SeamCase


class Death(BaseException):
    """The server stops in the middle of it."""


class PullCase(SeamCase):
    """A partner with pages of things; each page may fail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.flow = cls.make_flow(retry_schedule="5, 60")
        cls.system.base_url = "https://partner.example"
        cls.pull = cls.env["seam.pull"].create({"flow_id": cls.flow.id})

    def setUp(self):
        super().setUp()
        self.pages, self.asked = [], []
        self.patch(
            self.env.registry["seam.connector.api"],
            "_list_pages",
            lambda _self, _client, _flow, cursor: self.next_page(cursor),
        )

    def next_page(self, cursor):
        self.asked.append(cursor)
        page = self.pages.pop(0)
        if isinstance(page, Exception):
            raise page
        return page

    def page(self, *numbers, more=True, total=None):
        items = [("thing.pulled", b'{"id": %d}' % number) for number in numbers]
        return Page(items, {"since": f"2026-01-01T00:00:{numbers[-1]:02}"}, more, total)

    def run_job(self):
        """Press the button, and do what the job does."""
        with trap_jobs() as trap:
            self.pull.action_pull_now()
        trap.assert_jobs_count(1)
        self.work()

    def work(self):
        self.env.flush_all()
        self.pull._run()
        self.env.invalidate_all()

    def messages(self):
        return self.env["seam.message"].search([("flow_id", "=", self.flow.id)], order="id")
