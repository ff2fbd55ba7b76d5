from odoo import fields, models

from odoo.addons.seam.engine.auth import Login

IN = (
    ("orders", "seam.handler.sale.order", "state", "woocommerce-order"),
    ("refunds", "seam.handler.sale.refund", "event", "woocommerce-refund"),
    ("products", "seam.handler.sale.product", "state", "woocommerce-product"),
)
OUT = (
    ("status", "seam.handler.sale.status", "state"),
    ("shipments", "seam.handler.sale.shipment", "state"),
    ("credit-notes", "seam.handler.sale.refund.out", "event"),
    ("stock", "seam.handler.stock.level", "state"),
)
# Products are asked for once a day, and all of them at first.
PULLS = {"products": {"interval_minutes": 1440, "cursor": {"since": "2000-01-01T00:00:00"}}}


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=[("woocommerce", "WooCommerce")],
        ondelete={"woocommerce": "set default"},
    )

    def _client(self):
        """WooCommerce takes consumer key and secret as user name and password."""
        client = super()._client()
        if self.connector == "woocommerce" and self.auth == "none":
            client.login = Login("basic", user=client.secret("woocommerce_key"))
            client.secrets["password"] = [client.secret("woocommerce_secret")]
        return client

    def action_woocommerce_setup(self):
        """Make the flows that a shop needs, with their contracts and pulls.

        They are still to be activated; those that are there already are left alone.
        """
        self.ensure_one()
        names = self._woocommerce_names()
        there = set(self.flow_ids.mapped("code"))
        for code, handler, carries, contract in IN:
            if code not in there:
                flow = self._woocommerce_flow(names, code, handler, carries, contract)
                self.env["seam.pull"].create({"flow_id": flow.id, **PULLS.get(code, {})})
        for code, handler, carries in OUT:
            if code not in there:
                self._woocommerce_flow(names, code, handler, carries, direction="out")

    def _woocommerce_names(self):
        return {
            "orders": self.env._("Orders"),
            "refunds": self.env._("Refunds"),
            "products": self.env._("Products"),
            "status": self.env._("Order status"),
            "shipments": self.env._("Tracking notes"),
            "credit-notes": self.env._("Credit notes"),
            "stock": self.env._("Stock levels"),
        }

    def _woocommerce_flow(self, names, code, handler, carries, contract=None, direction="in"):
        known = self.env["seam.contract"].search([("name", "=", contract)]) if contract else None
        return self.env["seam.flow"].create(
            {
                "system_id": self.id,
                "name": names[code],
                "code": code,
                "handler": handler,
                "carries": carries,
                "direction": direction,
                # enough for Odoo's batches to pay, few enough for two workers to share
                "batch_size": 20,
                "contract_version_id": known.current_version_id.id if known else False,
                "owner_id": self.owner_id.id,
            }
        )
