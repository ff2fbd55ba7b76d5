import json
import time

from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.engine.signature import BadSignature

from .. import webhook
from . import hubspot_case


@tagged("post_install", "-at_install")
class TestCopyOfProduction(hubspot_case.HubspotCase):
    def test_it_neither_calls_hubspot_nor_hears_it(self):
        self.system.hubspot_webhook_url = "https://erp.example.com/hubspot"
        flow = self.flows["webhooks"]
        self.commit()
        for query in get_neutralization_queries(["seam", "seam_crm", "seam_hubspot"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual((self.system.state, self.system.base_url), ("disabled", False))
        self.assertFalse(self.system.hubspot_webhook_url)
        with self.assertRaisesRegex(Fault, "no address"):
            self.system._client()
        # the buttons enter HubSpot's own address again: there is no token to show
        self.system.action_hubspot_setup()
        self.system.write({"base_url": self.hubspot.url, "allowed_hosts": "127.0.0.1"})
        with self.assertRaisesRegex(Fault, "credential"):
            self.system._client()
        self.assertEqual(self.hubspot.calls, [])
        body = json.dumps([{"objectId": 1}]).encode()
        signed = webhook.sign(body, flow.address, int(time.time() * 1000), hubspot_case.SECRET)
        connector = self.env["seam.connector.hubspot"].with_context(seam_flow=flow.id)
        secrets = {purpose: [value] for purpose, value, _until in self.secrets()}
        with self.assertRaisesRegex(BadSignature, "No secret"):
            connector._verify(
                {name.lower(): value for name, value in signed.items()}, body, secrets
            )

    def secrets(self):
        return self.env["seam.system"]._secrets(self.system.id)
