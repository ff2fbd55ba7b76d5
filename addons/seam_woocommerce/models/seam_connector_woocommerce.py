import hashlib
import re
from datetime import datetime, timedelta

from odoo import models

from odoo.addons.seam.engine import codec, signature
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Envelope, Page

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

    def _to_documents(self, flow, topic, wire):
        if topic == const.TOPIC_DELETED:
            return [mapper.deletion(wire)]
        if topic == const.TOPIC_REFUND:
            return [mapper.refund(wire)]
        return [mapper.order(wire)]

    # -- pull --------------------------------------------------------------------------

    def _list_pages(self, client, flow, cursor):
        """Orders that changed since the cursor, or the refunds of those orders.

        By time and not by page number: an order that changes while pages are read
        moves to the end, and all behind it would move up a page. Only where more
        orders changed within one second than fit on a page, pages are counted.
        """
        if flow.code not in const.PULLED:
            raise Fault(
                "config.invalid",
                self.env._("WooCommerce is pulled by flows named orders and refunds only."),
                fix=self.env._("Give the flow one of these codes."),
                subject=flow.code,
            )
        size = const.PULLED[flow.code]
        response = client.get(
            f"{const.API}/orders",
            params=self._query(cursor, size),
            auth=self._login(client),
        )
        bodies = codec.split_batch(response.body, "application/json")
        orders = [codec.parse(body) for body in bodies]
        items = (
            [(const.TOPIC_PULLED, body) for body in bodies]
            if flow.code == "orders"
            else self._refunds(client, orders)
        )
        total = response.headers.get("x-wp-total", "")
        return Page(
            items,
            self._next_cursor(cursor, orders, size),
            len(orders) == size,
            int(total) if flow.code == "orders" and total.isdigit() else None,
        )

    def _login(self, client):
        return client.secret("woocommerce_key"), client.secret("woocommerce_secret")

    def _query(self, cursor, size):
        return {
            "modified_after": cursor["since"],
            "dates_are_gmt": "true",
            "orderby": "modified",
            "order": "asc",
            "per_page": size,
            "page": cursor.get("page", 1),
        }

    def _next_cursor(self, cursor, orders, size):
        """:return: where the next page begins; behind the last one, the next run"""
        if not orders:
            return {"since": cursor["since"]}
        last = datetime.fromisoformat(max(order["date_modified_gmt"] for order in orders)[:19])
        full = len(orders) == size
        back = timedelta(seconds=1 if full else const.OVERLAP_SECONDS)
        since = (last - back).isoformat()
        if since > cursor["since"]:
            return {"since": since}
        if full:
            return {"since": cursor["since"], "page": cursor.get("page", 1) + 1}
        return {"since": cursor["since"]}

    def _refunds(self, client, orders):
        """Orders name their refunds; what was refunded, only the refunds tell."""
        items = []
        for order in orders:
            if not order.get("refunds"):
                continue
            response = client.get(
                f"{const.API}/orders/{order['id']}/refunds",
                params={"per_page": 100, "order": "asc", "orderby": "id"},
                auth=self._login(client),
            )
            items += [
                (const.TOPIC_REFUND, codec.dump({**refund, "order_id": order["id"]}))
                for refund in response.json()
            ]
        return items
