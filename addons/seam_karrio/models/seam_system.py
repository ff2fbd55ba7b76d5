from odoo import api, fields, models
from odoo.exceptions import UserError

from .. import const
from ..engine import library
from .dhl_client import DhlClient

CONNECTORS = [("ups", "UPS"), ("fedex", "FedEx"), ("dhl_parcel_de", "DHL Parcel DE")]
FLOWS = (
    {
        "code": "labels",
        "handler": "seam.handler.delivery.label",
        "direction": "out",
        "carries": "event",
    },
    {
        "code": "rates",
        "handler": "seam.handler.delivery.rate",
        "direction": "out",
        "carries": "event",
    },
    {
        "code": "subscriptions",
        "handler": "seam.handler.delivery.subscription",
        "direction": "out",
        "carries": "event",
    },
    {
        "code": "tracking",
        "handler": "seam.handler.delivery.tracking",
        "carries": "state",
    },
)
# Flows that not every carrier has.
ONLY = {"rates": {"ups", "fedex"}, "subscriptions": {"ups"}}
# Contract of what a carrier pushes.
PUSHED = {"ups": "ups-track-alert"}


class SeamSystem(models.Model):
    _inherit = "seam.system"

    connector = fields.Selection(
        selection_add=CONNECTORS,
        ondelete={code: "set default" for code, _name in CONNECTORS},
    )
    karrio_account = fields.Char(
        "Account number",
        tracking=True,
        help="Yours at the carrier, which pays for the labels. UPS: 6 signs. FedEx: 9 digits. "
        "DHL: the customer number (EKP), or a billing number.",
    )
    karrio_service = fields.Char(
        "Usual service",
        tracking=True,
        help="Of delivery methods that name none, in the carrier's words, e.g. ups_standard.",
    )
    karrio_missing = fields.Char(compute="_compute_karrio_missing")

    def _is_karrio(self):
        return self.connector in const.PLACES

    @api.depends("connector")
    def _compute_karrio_missing(self):
        """What keeps the carrier from being used on this server, a sentence, or False."""
        for system in self:
            system.karrio_missing = system._is_karrio() and library.missing(system.connector)

    @api.onchange("connector", "environment")
    def _onchange_karrio(self):
        """Addresses that were entered by hand stay."""
        if not self._is_karrio():
            return
        known = [place for places in const.PLACES.values() for place in places.values()]
        if not self.base_url or self.base_url in [address for address, _token in known]:
            self.base_url, token = self._karrio_places()
            self.token_url = token or False

    def _karrio_places(self):
        """:return: (address, address of its tokens)"""
        kind = "production" if self.environment == "production" else "test"
        return const.PLACES[self.connector][kind]

    def action_karrio_setup(self):
        """Make the flows of a carrier, with their contract, and how we log in.

        They are still to be activated; those that are there already are left alone.
        """
        self.ensure_one()
        if self.karrio_missing:
            raise UserError(self.karrio_missing)
        if not self.karrio_account:
            raise UserError(self.env._("Enter the account number first, under “Carrier”."))
        self.write(self._karrio_defaults())
        there = set(self.flow_ids.mapped("code"))
        for values in FLOWS:
            known = self.connector in ONLY.get(values["code"], const.NAMES)
            if known and values["code"] not in there:
                self._karrio_flow(values)

    def _karrio_defaults(self):
        """:return: dict of what is not entered yet; what a person chose stays"""
        address, token = self._karrio_places()
        values = {"base_url": address, "token_url": token}
        values = {name: value for name, value in values.items() if not self[name]}
        if self.auth == "none" and token:
            values |= {"auth": "oauth2_client", "token_login": const.TOKEN_LOGIN[self.connector]}
        elif self.auth == "none":
            values["auth"] = "basic"
        return values

    def _without_manifests(self):
        """:return: a sentence about why this carrier gets no list, or what Odoo says"""
        if self._is_karrio():
            return const.WITHOUT_MANIFESTS[self.connector]
        return super()._without_manifests()

    def _client(self):
        client = super()._client()
        return DhlClient.of(client) if self.connector == "dhl_parcel_de" else client

    def _auth_purposes(self):
        purposes = super()._auth_purposes()
        return [*purposes, "api_key"] if self.connector == "dhl_parcel_de" else purposes

    def _karrio_flow(self, values):
        names = {
            "labels": self.env._("Labels"),
            "rates": self.env._("Prices"),
            "subscriptions": self.env._("Subscriptions to scans"),
            "tracking": self.env._("Tracking"),
        }
        contract = self.env["seam.contract"].search(
            [("name", "=", values["code"] == "tracking" and PUSHED.get(self.connector))]
        )
        return self.env["seam.flow"].create(
            {
                "system_id": self.id,
                "name": names[values["code"]],
                "direction": "in",
                **values,
                "contract_version_id": contract.current_version_id.id,
                "owner_id": self.owner_id.id,
            }
        )
