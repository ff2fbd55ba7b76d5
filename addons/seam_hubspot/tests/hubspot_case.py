import json

from odoo.addons.queue_job.tests.common import trap_jobs
from odoo.addons.seam.tests.common import SeamCase
from odoo.addons.seam_crm.models.const import MODELS

from .. import const
from .fake_hubspot import FakeHubspot

SECRET = "client secret of the app"


class HubspotCase(SeamCase):
    """A system at HubSpot's, set up by its buttons, and a fake of HubSpot.

    Import this module, not the class: test runners collect what is imported.
    """

    connector = "hubspot"

    @classmethod
    def _service_groups(cls):
        return "base.group_partner_manager,sales_team.group_sale_salesman_all_leads"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.de")
        for purpose, secret in (("hubspot_token", "pat-fake"), ("webhook", SECRET)):
            cls.env["seam.credential"].create(
                {
                    "name": purpose,
                    "system_id": cls.system.id,
                    "purpose": purpose,
                    "secret_input": secret,
                }
            )

    def setUp(self):
        super().setUp()
        self.hubspot = FakeHubspot()
        self.addCleanup(self.hubspot.close)
        self.system.write({"base_url": self.hubspot.url, "allowed_hosts": "127.0.0.1"})
        self.system.action_hubspot_setup()
        # a test does within a second what takes hours, and waits for nothing
        self.system.call_rate = 0
        self.system.action_hubspot_learn()
        self.system.action_hubspot_prepare()
        self.system.flow_ids.action_activate()
        self.flows = {flow.code: flow for flow in self.system.flow_ids}
        pulls = self.env["seam.pull"].search([("system_id", "=", self.system.id)])
        self.pulls = {pull.flow_id.code: pull for pull in pulls}
        self.commit()
        self.hubspot.calls.clear()

    # -- into Odoo ---------------------------------------------------------------------

    def pull(self, *codes):
        """Pull, and apply what comes. :return: messages that came"""
        before = self.env["seam.message"].search([], order="id desc", limit=1).id or 0
        for code in codes or ("companies", "contacts", "deals"):
            with trap_jobs():
                self.pulls[code].action_pull_now()
            self.run_pulls()
        return self.env["seam.message"].search([("id", ">", before)], order="id")

    def run_pulls(self):
        """Do what the jobs of the pulls do."""
        self.commit()
        for pull in self.pulls.values():
            if pull.state == "running":
                with trap_jobs():
                    pull._run()
            self.env.invalidate_all()
            self.drain()

    def load(self, *codes):
        """The first load."""
        for code in codes or ("companies", "contacts", "deals"):
            self.pulls[code].cursor = {"since": "1970-01-01T00:00:00"}
        return self.pull(*codes)

    def listen(self):
        """Take all that HubSpot's webhooks tell, and what is read for it.

        :return: the messages of its calls
        """
        flow, messages = self.flows["webhooks"], self.env["seam.message"]
        while made := self.hubspot.call(flow.address, SECRET):
            body, headers = made
            names = {name.lower(): value for name, value in headers.items()}
            self.env["seam.system"]._authenticate_call(self._conf(flow), names, body)
            receipt = self.receive(flow, body, headers=names)
            with trap_jobs():
                self.drain()
            messages |= self.message(receipt)
        self.run_pulls()
        return messages

    def settled(self):
        """Pull for the first time, and forget what was asked for it."""
        self.load()
        self.hubspot.events.clear()
        self.hubspot.calls.clear()

    # -- out of Odoo -------------------------------------------------------------------

    def told(self):
        """Send what is to be sent. :return: (method, path, body) of what changed HubSpot"""
        self.hubspot.calls.clear()
        self.commit()
        self.drain("send")
        return [
            (method, path.removeprefix("crm/v3/objects/"), body)
            for method, path, body in self.hubspot.calls
            if method != "GET" and not path.endswith("/read")
        ]

    def let_time_pass(self):
        """The next tries of all messages are due, and calls may go out."""
        self.env.cr.execute(
            "UPDATE seam_message SET next_try_at = now() AT TIME ZONE 'UTC' - interval '1 minute'"
            " WHERE system_id = %s AND state IN ('waiting', 'pending')",
            [self.system.id],
        )
        self.env.cr.execute(
            "UPDATE seam_rate SET held_until = 0 WHERE system_id = %s", [self.system.id]
        )
        self.env.invalidate_all()

    # -- records -----------------------------------------------------------------------

    def record(self, type_, number):
        """:return: the record of Odoo that is bound to one of HubSpot's"""
        kind = const.BY_TYPE[type_]
        model = MODELS[kind.document]
        found = self.env["seam.binding"]._find(self.system.id, model, {f"{kind.prefix}:{number}"})
        return next(iter(found.values()), self.env[model]).with_context(active_test=False)

    def bound(self, model="res.partner"):
        """:return: dict HubSpot's id → record id"""
        bindings = self.env["seam.binding"].search(
            [("system_id", "=", self.system.id), ("res_model", "=", model)]
        )
        return {binding.external_id: binding.res_id for binding in bindings}

    def states(self, code=None):
        domain = [("system_id", "=", self.system.id)]
        if code:
            domain.append(("flow_id", "=", self.flows[code].id))
        return self.env["seam.message"].search(domain, order="id").mapped("state")

    def reasons(self):
        """What failed, for the message of an assertion."""
        failed = self.env["seam.message"].search(
            [("system_id", "=", self.system.id), ("state", "in", ("failed", "waiting"))]
        )
        return json.dumps([[m.label, m.fault_code, m.fault_message] for m in failed], default=str)
