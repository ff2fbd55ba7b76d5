import hmac

from odoo import models

from odoo.addons.seam.engine import exchange, signature
from odoo.addons.seam.engine.fault import Fault

from .. import const
from ..engine import dhl, errors, fedex, ups, ups_alerts, ups_events, ups_rates

LABEL = "seam.handler.delivery.label"
RATE = "seam.handler.delivery.rate"
TRACKING = "seam.handler.delivery.tracking"
SUBSCRIPTION = "seam.handler.delivery.subscription"
MANIFEST = "seam.handler.delivery.manifest"


class SeamConnectorKarrio(models.AbstractModel):
    """What the carriers have in common. karrio is loaded when one of them is used."""

    _name = "seam.connector.karrio"
    _inherit = "seam.connector"
    _description = "Carrier by karrio"
    _kind = "shipping"
    # Inventory / User.
    _service_groups = ("stock.group_stock_user",)

    # Name of the carrier at karrio.
    _carrier = None

    def _verify(self, headers, body, secrets):
        """Carriers sign nothing: they show a credential that was agreed."""
        shown = headers.get("credential", "")
        for secret in secrets.get("webhook", []):
            if shown and hmac.compare_digest(shown.encode(), secret.encode()):
                return
        raise signature.BadSignature("The credential is missing or wrong.")

    def _check_handler(self, flow, *handlers):
        """:raise Fault: ``config.invalid``"""
        if flow.handler not in handlers:
            name = const.NAMES[self._carrier]
            raise Fault(
                "config.invalid",
                const.WITHOUT_MANIFESTS[self._carrier]
                if flow.handler == MANIFEST
                else self.env._(
                    "%(name)s does not take this. It is asked for: %(does)s.",
                    name=name,
                    does=", ".join(const.DOES[self._carrier]),
                ),
                fix=self.env._("Choose another handler on the flow, or another system."),
                subject=flow.code,
            )

    def _check_asked(self, wire, scans):
        """:raise Fault: it is not what this carrier answers when it is asked for parcels"""
        if not isinstance(wire, dict) or not wire.get(scans):
            raise Fault(
                "mapping.failed",
                self.env._(
                    "%s is asked for parcels; what others send is not read.",
                    const.NAMES[self._carrier],
                ),
                pointer=f"/{scans}",
                subject=self._carrier,
            )


class SeamConnectorUps(models.AbstractModel):
    _name = "seam.connector.ups"
    _inherit = "seam.connector.karrio"
    _description = "UPS"

    _carrier = "ups"
    # UPS is asked for one parcel at a time
    _track_most = 1

    def _to_documents(self, flow, topic, wire):
        """A Track Alert; what UPS answers to a question is put into its words."""
        self._check_handler(flow, TRACKING)
        return ups_events.alerted(wire)

    def _to_request(self, flow, sending):
        self._check_handler(flow, LABEL, RATE, SUBSCRIPTION)
        if flow.handler == RATE:
            return ups_rates.rate_request(sending.document, flow.options)
        if flow.handler == SUBSCRIPTION:
            return ups_alerts.request(sending)
        return ups.request(sending, flow.options)

    def _interpret(self, flow, sending, response):
        if flow.handler == RATE:
            told = ups_rates.rate_answer(sending.document, response)
            return exchange.accepted(content=told)
        if flow.handler == SUBSCRIPTION:
            return ups_alerts.interpret(sending, response)
        return ups.interpret(sending, response)

    def _look_up(self, client, flow, sending):
        if flow.handler == SUBSCRIPTION:
            raise NotImplementedError  # asked for twice it is the same
        return ups.look_up(client, sending, flow.options)

    def _track(self, client, flow, numbers):
        return [event for number in numbers for event in ups_events.track(client, number)]

    def _probe(self, client, system):
        """Ask for a parcel that nobody has: UPS says so, and that it let us in."""
        asked = ups_events.track_request("1ZSEAM000000000000")
        response = client.request(
            asked.method, asked.path, params=asked.params, headers=asked.headers
        )
        if response.status != 404:
            fault = exchange.interpret(response, client.host).fault
            if fault and (fault.code == "auth.failed" or fault.kind == "transient"):
                raise errors.fault(response, "UPS", self.env._("the test"), [])
        return self.env._("UPS lets this connection in.")


class SeamConnectorFedex(models.AbstractModel):
    _name = "seam.connector.fedex"
    _inherit = "seam.connector.karrio"
    _description = "FedEx"

    _carrier = "fedex"
    _track_most = 30

    def _to_documents(self, flow, topic, wire):
        self._check_handler(flow, TRACKING)
        self._check_asked(wire, "scanEvents")
        return fedex.scanned(wire)

    def _to_request(self, flow, sending):
        self._check_handler(flow, LABEL, RATE)
        if flow.handler == RATE:
            return fedex.rate_request(sending.document, flow.options)
        return fedex.request(sending, flow.options)

    def _interpret(self, flow, sending, response):
        if flow.handler == RATE:
            told = fedex.rate_answer(sending.document, response)
            return exchange.accepted(content=told)
        return fedex.interpret(sending, response)

    def _look_up(self, client, flow, sending):
        return fedex.look_up(client, sending, flow.options)

    def _track(self, client, flow, numbers):
        return fedex.track(client, numbers)


class SeamConnectorDhlParcelDe(models.AbstractModel):
    _name = "seam.connector.dhl_parcel_de"
    _inherit = "seam.connector.karrio"
    _description = "DHL Parcel DE"

    _carrier = "dhl_parcel_de"
    _track_most = 1

    def _to_documents(self, flow, topic, wire):
        self._check_handler(flow, TRACKING)
        self._check_asked(wire, "events")
        return dhl.scanned(wire)

    def _to_request(self, flow, sending):
        self._check_handler(flow, LABEL)
        return dhl.request(sending, flow.options)

    def _interpret(self, flow, sending, response):
        return dhl.interpret(sending, response)

    def _look_up(self, client, flow, sending):
        return dhl.unknown(sending)

    def _track(self, client, flow, numbers):
        return [wire for number in numbers for wire in dhl.track(client, number)]
