import hashlib
import re

from odoo import models

from odoo.addons.seam.engine import signature
from odoo.addons.seam.models.seam_connector import Envelope

from .. import const, mapper

GREETING = re.compile(rb"\s*webhook_id=\d{1,19}\s*")


class SeamConnectorWoocommerce(models.AbstractModel):
    _name = "seam.connector.woocommerce"
    _inherit = "seam.connector"
    _description = "WooCommerce"

    def _verify(self, headers, body, secrets):
        signature.verify_hmac(
            body,
            headers.get(const.HEADER_SIGNATURE, ""),
            secrets.get("webhook", []),
        )

    def _greeting(self, headers, body):
        """The shop tries the address when a webhook is saved, without a signature."""
        if const.HEADER_SIGNATURE not in headers and GREETING.fullmatch(body):
            return "ok"
        return None

    def _envelope(self, headers, body):
        """A delivery that WooCommerce repeats by itself bears the same id.

        The id is the shop's; with the content it cannot clash between two shops, or
        after a shop was set up anew.
        """
        topic = headers.get(const.HEADER_TOPIC, "")[:120]
        digest = hashlib.sha256(topic.encode() + b"\n" + body).hexdigest()
        delivery = headers.get(const.HEADER_DELIVERY, "")[:120]
        return Envelope(f"{delivery}:{digest}" if delivery else f"sha256:{digest}", topic)

    def _to_documents(self, topic, wire):
        if topic == const.TOPIC_DELETED:
            return [mapper.deletion(wire)]
        if topic == const.TOPIC_REFUND:
            return [mapper.refund(wire)]
        return [mapper.order(wire)]
