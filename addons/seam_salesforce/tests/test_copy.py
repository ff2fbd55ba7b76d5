from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from odoo.addons.seam.engine.fault import Fault

from . import salesforce_case


@tagged("post_install", "-at_install")
class TestCopyOfProduction(salesforce_case.SalesforceCase):
    def test_it_does_not_log_in_at_productions_salesforce(self):
        self.connect()
        self.system.write({"auth": "oauth2_jwt", "environment": "production"})
        self.system.action_salesforce_setup()
        self.assertEqual(self.system.token_audience, "https://login.salesforce.com")
        self.commit()
        for query in get_neutralization_queries(["seam", "seam_crm", "seam_salesforce"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        self.assertEqual((self.system.state, self.system.token_url), ("disabled", False))
        with self.assertRaisesRegex(Fault, "no address"):
            self.system._client()
        # who sets the copy up with a sandbox logs in there
        self.system.write({"base_url": self.fake.address, "allowed_hosts": "127.0.0.1"})
        self.system.action_salesforce_setup()
        self.assertEqual(self.system.token_audience, "https://test.salesforce.com")
        client = self.system._client()
        self.addCleanup(client.close)
        self.env.flush_all()
        with self.assertRaises(Fault):
            client.get("services/data")
        self.assertEqual(self.fake.calls, [])
