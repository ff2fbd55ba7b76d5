import logging

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from odoo.addons.seam import settings
from odoo.addons.seam.engine import secret

from .. import secret_file

_logger = logging.getLogger(__name__)

# members of the secret file: purpose of the credential
SHOP_SECRETS = {
    "webhook_secret": "webhook",
    "consumer_key": "woocommerce_key",
    "consumer_secret": "woocommerce_secret",
}
# WooCommerce tells of refunds only when it is asked.
PULL_MINUTES = {"orders": 5, "refunds": 1, "products": 60}
# What the shop sold before it was asked is asked for all the same.
PULL_ALL = {"products": {"since": "2000-01-01T00:00:00"}}


class SeamDemo(models.AbstractModel):
    """Shares with the demo's shop and warehouse what both must know: addresses, secrets.

    The administrator of the server says where they are, in section ``[seam]`` of
    odoo.conf or in the environment: ``demo_secret_file`` (SEAM_DEMO_SECRET_FILE),
    ``shop_url`` (SEAM_SHOP_URL) and ``wms_url`` (SEAM_WMS_URL).
    """

    _name = "seam.demo"
    _description = "Demo settings"

    def _register_hook(self):
        super()._register_hook()
        try:
            with self.env.cr.savepoint():
                self._follow_settings()
        except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
            _logger.info("Another worker takes the settings of the demo over.")

    @api.model
    def _follow_settings(self):
        """Bring the demo's systems in line with the settings, where these say anything."""
        shop = self.env.ref("seam_demo.system_shop", raise_if_not_found=False)
        if shop:
            self._follow_address(shop)
        secrets = self._read_secrets()
        if shop and secrets:
            for name, purpose in SHOP_SECRETS.items():
                self._share(shop, purpose, secrets[name])
        partner = self.env.ref("seam_demo.system_partner", raise_if_not_found=False)
        if partner and secrets:
            self._share_key(partner, secrets["partner_key"])
        warehouse = self.env.ref("seam_demo.system_warehouse", raise_if_not_found=False)
        if warehouse and secrets:
            self._share(warehouse, "webhook", secrets["warehouse_secret"])
            self._open_warehouse(warehouse)

    def _open_warehouse(self, warehouse):
        """Work with the warehouse where there is one beside this Odoo. One that an
        administrator has switched off stays so.
        """
        url = settings.get("wms_url")
        if not url:
            return
        address = f"{url}/api"
        if warehouse.base_url != address:
            warehouse.base_url = address
        if warehouse.state == "draft":
            warehouse.state = "active"
            goods = self.env["product.product"].search([("type", "=", "consu")])
            self.env["seam.handler.stock.product"]._emit(goods, "created")

    def _follow_address(self, shop):
        url = settings.get("shop_url")
        if not url:
            return
        if shop.base_url != url:
            shop.base_url = url
        self._pull(shop)

    def _pull(self, shop):
        """Fetch what webhooks miss. Without a shop beside it the demo asks nobody."""
        Pull = self.env["seam.pull"]
        for flow in shop.flow_ids.filtered(lambda flow: flow.code in PULL_MINUTES):
            if not Pull.search_count([("flow_id", "=", flow.id)]):
                Pull.create(
                    {
                        "flow_id": flow.id,
                        "interval_minutes": PULL_MINUTES[flow.code],
                        "cursor": PULL_ALL.get(flow.code),
                    }
                )

    def _read_secrets(self):
        """:return: dict, empty when no file is set, or it cannot be read or made"""
        path = settings.get("demo_secret_file")
        if not path:
            return {}
        try:
            return secret_file.ensure(path)
        except (OSError, ValueError) as error:
            _logger.warning("The demo's secret file %s cannot be used: %s", path, error)
            return {}

    def _share(self, system, purpose, value):
        known = system.credential_ids.filtered(lambda c: c.purpose == purpose)
        if known and known[0]._reads(value):
            return
        known.unlink()
        self.env["seam.credential"].create(
            {
                "name": self.env._("Made for the demo"),
                "system_id": system.id,
                "purpose": purpose,
                "secret_input": value,
            }
        )

    def _share_key(self, system, token):
        hashed = secret.hash_api_key(token)
        if hashed not in system.credential_ids.mapped("key_hash"):
            self.env["seam.credential"].create(
                {
                    "name": self.env._("Made for the demo"),
                    "system_id": system.id,
                    "purpose": "bearer",
                    "key_hash": hashed,
                }
            )


class SeamCredential(models.Model):
    _inherit = "seam.credential"

    def _reads(self, value):
        """Whether this credential holds that secret, and can be read at all."""
        try:
            return secret.same(self._plain(), value)
        except secret.SecretError:
            return False
