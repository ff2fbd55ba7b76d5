import json

from odoo import api, models
from odoo.tools import file_open

from odoo.addons.seam import settings

from .seam_demo_company import CATALOGUE


class SeamDemo(models.AbstractModel):
    """The demo's carrier: he sells the labels of the warehouse South, where there is one
    beside this Odoo. The administrator says where: ``carrier_url`` (SEAM_CARRIER_URL).
    """

    _inherit = "seam.demo"

    @api.model
    def _follow_settings(self):
        super()._follow_settings()
        carrier = self.env.ref("seam_demo.system_carrier", raise_if_not_found=False)
        secrets = self._read_secrets()
        if carrier and secrets:
            self._share(carrier, "client_secret", secrets["carrier_secret"])
            self._share(carrier, "webhook", secrets["carrier_webhook"])
            if carrier.client_id != secrets["carrier_id"]:
                carrier.client_id = secrets["carrier_id"]
            self._open_carrier(carrier)

    def _open_carrier(self, carrier):
        """Ship by the carrier where there is one. One that an administrator has switched
        off stays so.
        """
        url = settings.get("carrier_url")
        if not url:
            return
        token_url = f"{url}/security/v1/oauth/token"
        if carrier.token_url != token_url:
            carrier.write({"base_url": f"{url}/gateway", "token_url": token_url})
        if carrier.state == "draft":
            carrier.state = "active"
            self._prepare_shipping()

    def _prepare_shipping(self):
        """What a label needs beside a carrier: the sender's address, and what customs ask."""
        south = self.env.ref("seam_demo.warehouse_south")
        south.partner_id = self.env.ref("seam_demo.partner_south")
        south.out_type_id.print_label = True
        with file_open(CATALOGUE) as file:
            catalogue = json.load(file)
        countries = self.env["res.country"].search([]).grouped("code")
        for wish in catalogue["products"]:
            key = wish["sku"].lower().replace("-", "_")
            template = self.env.ref(f"seam_demo.template_{key}", raise_if_not_found=False)
            if not template:
                continue
            if wish.get("hs_code") and not template.hs_code:
                template.write(
                    {"hs_code": wish["hs_code"], "country_of_origin": countries[wish["origin"]].id}
                )
            light = template.product_variant_ids.filtered(lambda product: not product.weight)
            light.weight = float(wish.get("weight") or 0)
        self.env.ref("seam_demo.cron_packer").active = True
