import hashlib

from odoo import fields, models

from odoo.addons.seam.engine import codec, exchange, signature
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Envelope

from .. import const, errors, look_up, mapper, mapper_out, pull

DELIVERY = "seam.handler.stock.delivery"
# What a flow of this code is asked for, and how what comes is translated.
PULLS = {
    "parcels": pull.parcels,
    "shipments": pull.shipments,
    "statuses": pull.statuses,
    "stock": pull.stock,
}
DOCUMENTS = {
    "parcels": mapper.parcels,
    "shipments": mapper.shipments,
    "statuses": mapper.order_status,
    "stock": mapper.snapshot,
}


class SeamConnectorAmazon(models.AbstractModel):
    _name = "seam.connector.amazon"
    _inherit = "seam.connector"
    _description = "Amazon fulfilment"
    _kind = "wms"
    # Inventory / User.
    _service_groups = ("stock.group_stock_user",)

    def _verify(self, headers, body, secrets):
        """Amazon puts notifications into a queue; what brings them from there signs them.

        Or it shows an API key of this system, which is checked before.
        """
        signature.verify_standard_webhook(headers, body, secrets.get("webhook", []))

    def _envelope(self, headers, body):
        """The queue delivers a notification at least once, under the same id."""
        try:
            wire = codec.parse(body)
            topic = wire["NotificationType"]
            key = wire["NotificationMetadata"]["NotificationId"]
        except (Fault, KeyError, TypeError):
            return super()._envelope(headers, body)
        if not isinstance(topic, str) or not isinstance(key, str) or not key:
            return super()._envelope(headers, body)
        digest = hashlib.sha256(body).hexdigest()
        return Envelope(f"{key[:120]}:{digest}", topic[:120])

    def _to_documents(self, flow, topic, wire):
        if topic in (const.TOPIC_ORDER, const.TOPIC_INVENTORY):
            return DOCUMENTS[self._known(flow, DOCUMENTS)](wire, flow.options)
        return mapper.notification(wire, flow.options)

    def _list_pages(self, client, flow, cursor):
        return PULLS[self._known(flow, PULLS)](client, flow, cursor)

    def _known(self, flow, codes):
        if flow.code not in codes:
            raise Fault(
                "config.invalid",
                self.env._("Amazon is asked by flows named %s only.", ", ".join(sorted(codes))),
                fix=self.env._("Give the flow one of these codes, or remove its pull."),
                subject=flow.code,
            )
        return flow.code

    def _probe(self, client, system):
        """Ask for the orders that change from now on: none."""
        since = fields.Datetime.now().isoformat(timespec="seconds")
        listed = pull.ask_orders(client, {"queryStartDate": f"{since}Z"})
        return self.env._(
            "Amazon lets this connection in, and shows %s orders.",
            len(listed.get("fulfillmentOrders") or ()),
        )

    def _to_request(self, flow, sending):
        if flow.handler != DELIVERY:
            raise Fault(
                "config.invalid",
                self.env._("Amazon takes delivery requests only."),
                fix=self.env._("Choose another handler on the flow, or another system."),
                subject=flow.code,
            )
        return mapper_out.request(sending.document, flow.options)

    def _interpret(self, flow, sending, response):
        fault = errors.fault(response, look_up.about(sending.document))
        if fault is None:
            return look_up.taken(flow, sending)
        fault = look_up.explained(sending.document, fault)
        return exchange.refused(look_up.doubt(sending.document, response, fault) or fault)

    def _look_up(self, client, flow, sending):
        return look_up.ask(client, flow, sending)
