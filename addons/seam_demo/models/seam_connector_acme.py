from odoo import models

from odoo.addons.seam.engine import signature
from odoo.addons.seam.models.seam_connector import Envelope

from .. import const, mapper


class SeamConnectorAcme(models.AbstractModel):
    """The template: what a connector has to say about a vendor who calls us.

    It proves who calls, names the message and translates it. It writes nothing: the
    handler of the flow does, which knows no vendor. A flow that also pulls overrides
    ``_list_pages``: read seam_woocommerce for that.
    """

    _name = "seam.connector.acme"
    _inherit = "seam.connector"
    _description = "Acme (an example)"
    _kind = "shop"

    def _verify(self, headers, body, secrets):
        """On the raw bytes, before anything is parsed. Without a secret all is refused."""
        given = headers.get(const.HEADER_SIGNATURE, "")
        signature.verify_hmac(
            body,
            given.removeprefix(const.SIGNATURE_PREFIX),
            secrets.get("webhook", []),
            encoding="hex",
        )

    def _envelope(self, headers, body):
        """Acme repeats an event under the same id until it is answered 2xx."""
        general = super()._envelope(headers, body)
        event_id = headers.get(const.HEADER_EVENT_ID, "")[:200]
        return Envelope(event_id or general.key, headers.get(const.HEADER_EVENT, "")[:120])

    def _to_documents(self, flow, topic, wire):
        return [mapper.order(wire)]
