from pathlib import Path

from odoo.addons.seam.engine import signature
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.tests import connector_case

from .. import mapper

SAMPLES = Path(__file__).parent.parent / "samples"


class TestAcme(connector_case.ConnectorCase):
    """The template of a connector's test: the common ones run on the samples by themselves."""

    connector = "acme"
    samples = SAMPLES
    handler = "seam.handler.sale.order"
    wire_contract = "acme-order"
    flow_code = "orders"

    @classmethod
    def _service_groups(cls):
        return "sales_team.group_sale_salesman_all_leads,base.group_partner_manager"

    def sign(self, body, topic, secret):
        digest = signature.sign_hmac(body, secret, encoding="hex") if secret else ""
        return {
            "X-Acme-Signature": f"sha256={digest}",
            "X-Acme-Event": topic,
            "X-Acme-Event-Id": "evt_" + topic,
        }

    def break_body(self, body):
        del body["buyer"]["mail"]
        return body

    # What is peculiar to this vendor has tests of its own.

    def test_a_state_that_acme_never_told_us_of_is_not_guessed(self):
        (sample, _body), *_others = self.each_sample()
        with self.assertRaises(Fault) as caught:
            mapper.order({**sample["body"], "state": "frozen"})
        self.assertEqual(caught.exception.code, "mapping.failed")
        self.assertEqual(caught.exception.pointer, "/state")

    def test_an_order_of_acme_becomes_a_sales_order(self):
        (sample, body), *_others = self.each_sample()
        self.map_what_it_names(sample)
        headers = self.sign(body, sample["topic"], self.first_secret)
        names = {name.lower(): value for name, value in headers.items()}
        message = self.send(self.flow, body, headers=names)
        self.assertEqual(message.state, "done", message.fault_message)
        order = self.env["sale.order"].browse(message.res_id)
        self.assertEqual(order.state, "sale")
        self.assertEqual(f"{order.amount_total:.2f}", sample["documents"][0]["totals"]["total"])

    def map_what_it_names(self, sample):
        """A product for each article, and the tax."""
        self.company.tax_calculation_rounding_method = "round_per_line"
        for line in sample["body"]["items"]:
            product = self.env["product.product"].create({"name": line["text"]})
            self.env["seam.binding"]._bind(self.system.id, {line["article"]: product})
        tax = self.env["account.tax"].create(
            {
                "name": "Acme's sales tax",
                "amount": sample["body"]["taxes"][0]["percent"],
                "country_id": self.env.ref("base.us").id,
                "tax_group_id": self.env["account.tax.group"]
                .create({"name": "Acme", "country_id": self.env.ref("base.us").id})
                .id,
            }
        )
        self.env["seam.value.map"]._learn(self.system.id, "account.tax", "S", tax)
