import json
from pathlib import Path

from odoo import fields

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.tests.common import SeamCase

from .fake_salesforce import FakeSalesforce

SAMPLES = Path(__file__).parent.parent / "samples"


def sample(path):
    return json.loads((SAMPLES / path).read_text())


class SalesforceCase(SeamCase):
    """A system at Salesforce, set up by its button; ``fake`` is on the other side."""

    connector = "salesforce"

    @classmethod
    def _service_groups(cls):
        return "base.group_partner_manager,sales_team.group_sale_salesman_all_leads"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.de")
        cls.system.write({"base_url": "https://acme.my.salesforce.com", "auth": "oauth2_client"})
        cls.system.action_salesforce_setup()
        cls.flows = {flow.code: flow for flow in cls.system.flow_ids}
        cls.system.flow_ids.action_activate()
        # it knows which fields there are
        cls.system.crm_looked_at = fields.Datetime.now()

    def setUp(self):
        super().setUp()
        self.fake = FakeSalesforce()
        self.addCleanup(self.fake.close)

    def connect(self):
        """Let the system call the fake, with client credentials."""
        self.system.write(
            {
                "base_url": self.fake.address,
                "allowed_hosts": "127.0.0.1",
                "token_url": f"{self.fake.address}/services/oauth2/token",
                "client_id": "client",
            }
        )
        self.env["seam.credential"].create(
            {
                "name": "secret",
                "system_id": self.system.id,
                "purpose": "client_secret",
                "secret_input": "secret",
            }
        )
        self.env.flush_all()

    def conf(self, code):
        return self._conf(self.flows[code])

    def pull_of(self, code):
        return self.env["seam.pull"].search([("flow_id", "=", self.flows[code].id)])

    def run_pull(self, code, since=None, **cursor):
        """Let a pull run as a job does. :return: the calls that Salesforce got for it"""
        pull = self.pull_of(code)
        if since:
            pull.cursor = {"since": since, **cursor}
        with trap_jobs():
            pull.action_pull_now()
        return self.go_on(code)

    def go_on(self, code):
        """Run the job of a pull that is running (again)."""
        pull = self.pull_of(code)
        self.env.flush_all()
        before = len(self.fake.calls)
        with trap_jobs():
            pull._run()
        self.env.invalidate_all()
        return self.fake.calls[before:]

    def messages(self, code):
        return self.env["seam.message"].search([("flow_id", "=", self.flows[code].id)], order="id")

    def documents(self, code):
        return [doc for message in self.messages(code) for doc in message._documents()]
