from pathlib import Path

from odoo.tests import tagged

from odoo.addons.seam.tests import connector_case

SAMPLES = Path(__file__).parent.parent / "samples" / "out"


@tagged("post_install", "-at_install")
class TestWooCommerceOut(connector_case.OutgoingConnectorCase):
    connector = "woocommerce"
    samples = SAMPLES

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.system.base_url = "https://shop.example"
        for purpose in ("woocommerce_key", "woocommerce_secret"):
            cls.env["seam.credential"].create(
                {
                    "name": purpose,
                    "system_id": cls.system.id,
                    "purpose": purpose,
                    "secret_input": "a secret",
                }
            )
        cls.system.action_woocommerce_setup()

    def conf(self, sample):
        flow = self.system.flow_ids.filtered(lambda f: f.handler == sample["handler"])
        return self._conf(flow)
