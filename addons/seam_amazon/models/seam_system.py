from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .. import const

FLOWS = (
    {
        "code": "deliveries",
        "handler": "seam.handler.stock.delivery",
        "direction": "out",
        "contract": "amazon-request",
        # Amazon checks an order after it took it: its status tells that it will ship
        "confirm_hours": 24,
        # changes that were not sent yet make one request
        "carries": "state",
    },
    {
        "code": "notifications",
        "handler": "seam.handler.stock.status",
        "contract": "amazon-notification",
        "carries": "state",
    },
    {
        "code": "statuses",
        "handler": "seam.handler.stock.status",
        "contract": "amazon-order",
        "carries": "state",
        "minutes": 15,
    },
    {
        "code": "shipments",
        "handler": "seam.handler.stock.shipment",
        "contract": "amazon-order",
        "carries": "event",
        "minutes": 10,
    },
    {
        "code": "parcels",
        "handler": "seam.handler.stock.status",
        "contract": "amazon-order",
        "carries": "state",
        "minutes": 240,
    },
    {
        "code": "stock",
        "handler": "seam.handler.stock.snapshot",
        "contract": "amazon-inventory",
        "carries": "state",
        "minutes": 1440,
    },
)


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=[("amazon", "Amazon fulfilment (MCF, FBA)")],
        ondelete={"amazon": "set default"},
    )
    amazon_marketplace = fields.Selection(
        [(code, country) for code, _region, country in const.MARKETPLACES],
        "Marketplace",
        tracking=True,
        help="Where the goods lie. It decides which of Amazon's addresses is called.",
    )
    amazon_warehouse_id = fields.Many2one(
        "stock.warehouse",
        "Warehouse",
        check_company=True,
        tracking=True,
        help="Which warehouse of Odoo stands for the goods at Amazon. Its deliveries are sent "
        "there, and its stock is compared.",
    )
    amazon_prefix = fields.Char(
        "Prefix of order numbers",
        tracking=True,
        help="Put before our reference. Orders whose number begins otherwise were made by "
        "somebody else, and are left alone. Empty: all orders of the account are ours.",
    )
    amazon_speed = fields.Selection(
        [(speed, speed) for speed in const.SPEEDS],
        "Speed",
        default="Standard",
        help="Of deliveries without a delivery method. Which speed a delivery method means is "
        "chosen on the delivery method.",
    )
    amazon_speed_urgent = fields.Selection(
        [(speed, speed) for speed in const.SPEEDS], "Speed when urgent", default="Expedited"
    )
    amazon_comment = fields.Char(
        "Sentence for the packing slip",
        size=const.MAX_COMMENT,
        default=lambda self: self.env._("Thank you for your order."),
        help="Amazon insists on one. A note on the delivery takes its place.",
    )
    amazon_hold = fields.Boolean(
        "Keep on hold",
        help="Orders wait at Amazon until they are released in Seller Central; only then can "
        "they be changed. After 14 days Amazon cancels them.",
    )
    amazon_notify = fields.Boolean(
        "Amazon writes to the customer",
        help="The customer's e-mail address is passed on, and Amazon tells him of the shipment.",
    )
    amazon_blank_box = fields.Boolean("Boxes without Amazon's name")
    amazon_block_amzl = fields.Boolean(
        "Not by Amazon's own carrier", help="Amazon charges for this, and may deliver later."
    )

    @api.onchange("amazon_marketplace", "environment")
    def _onchange_amazon(self):
        """An address that was entered by hand stays."""
        addresses = {*const.ENDPOINTS.values(), *const.SANDBOXES.values()}
        if not self.amazon_marketplace or (self.base_url or next(iter(addresses))) not in addresses:
            return
        self.base_url = self._amazon_address()

    def _amazon_address(self):
        places = const.ENDPOINTS if self.environment == "production" else const.SANDBOXES
        return places[const.REGION[self.amazon_marketplace]]

    def action_amazon_setup(self):
        """Make the flows with their contracts and pulls, and what Amazon's address needs.

        They are still to be activated; those that are there already are left alone.
        """
        self.ensure_one()
        if not self.amazon_marketplace or not self.amazon_warehouse_id:
            raise UserError(
                self.env._("Choose the marketplace and the warehouse first, under “Amazon”.")
            )
        self.write(self._amazon_defaults())
        names = self._amazon_names()
        there = set(self.flow_ids.mapped("code"))
        for values in FLOWS:
            if values["code"] not in there:
                self._amazon_flow(values, names[values["code"]])

    def _amazon_defaults(self):
        """:return: dict of what is not entered yet; what a person chose stays"""
        values = {"base_url": self._amazon_address(), "call_rate": const.CALLS_PER_MINUTE}
        if self.auth == "none":
            values |= {
                "auth": "oauth2_refresh",
                "auth_header": const.TOKEN_HEADER,
                "token_url": const.TOKEN_URL,
                "token_login": "body",
            }
        chosen = {name for name in ("base_url", "call_rate") if self[name]}
        return {name: value for name, value in values.items() if name not in chosen}

    def _amazon_names(self):
        return {
            "deliveries": self.env._("Deliveries"),
            "notifications": self.env._("Notifications"),
            "statuses": self.env._("Order status"),
            "shipments": self.env._("Shipments"),
            "parcels": self.env._("Parcels under way"),
            "stock": self.env._("Stock"),
        }

    def _amazon_flow(self, values, name):
        contract = self.env["seam.contract"].search([("name", "=", values["contract"])])
        flow = self.env["seam.flow"].create(
            {
                "system_id": self.id,
                "name": name,
                "code": values["code"],
                "handler": values["handler"],
                "direction": values.get("direction", "in"),
                "carries": values["carries"],
                "confirm_hours": values.get("confirm_hours", 0),
                "stock_warehouse_ids": [Command.set(self.amazon_warehouse_id.ids)],
                "contract_version_id": contract.current_version_id.id,
                "owner_id": self.owner_id.id,
            }
        )
        if values.get("minutes"):
            self.env["seam.pull"].create(
                {"flow_id": flow.id, "interval_minutes": values["minutes"]}
            )
