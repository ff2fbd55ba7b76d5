import hashlib
import re
from datetime import datetime, timedelta

from odoo import models

from odoo.addons.seam.engine import codec, signature
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Envelope, Page

from .. import const, errors, look_up, mapper, mapper_out

# Calls that make something new each time.
MAKING = {"seam.handler.sale.shipment", "seam.handler.sale.refund.out"}
GREETING = re.compile(rb"\s*webhook_id=\d{1,19}\s*")


class SeamConnectorWoocommerce(models.AbstractModel):
    _name = "seam.connector.woocommerce"
    _inherit = "seam.connector"
    _description = "WooCommerce"
    _kind = "shop"
    # Contact Creation; Sales / User: All Documents.
    _service_groups = ("base.group_partner_manager", "sales_team.group_sale_salesman_all_leads")

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
        if topic == const.TOPIC_PRODUCT:
            return [mapper.product(wire)]
        return [mapper.order(wire)]

    # -- pull --------------------------------------------------------------------------

    def _list_pages(self, client, flow, cursor):
        """Orders or products that changed since the cursor, or the refunds of the orders.

        By time and not by page number: what changes while pages are read moves to the
        end, and all behind it would move up a page. Only where more changed within one
        second than fit on a page, pages are counted.
        """
        if flow.code not in const.PULLED:
            raise Fault(
                "config.invalid",
                self.env._(
                    "WooCommerce is pulled by flows named orders, refunds and products only."
                ),
                fix=self.env._("Give the flow one of these codes."),
                subject=flow.code,
            )
        size = const.PULLED[flow.code]
        response = client.get(
            f"{const.API}/{'products' if flow.code == 'products' else 'orders'}",
            params=self._query(cursor, size),
        )
        bodies = codec.split_batch(response.body, "application/json")
        found = [codec.parse(body) for body in bodies]
        items = self._items(client, flow, bodies, found)
        total = response.headers.get("x-wp-total", "")
        return Page(
            items,
            self._next_cursor(cursor, found, size),
            len(found) == size,
            int(total) if flow.code == "orders" and total.isdigit() else None,
        )

    def _items(self, client, flow, bodies, found):
        if flow.code == "orders":
            return [(const.TOPIC_PULLED, body) for body in bodies]
        if flow.code == "products":
            return self._products(client, found)
        return self._refunds(client, found)

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
            )
            items += [
                (const.TOPIC_REFUND, codec.dump({**refund, "order_id": order["id"]}))
                for refund in response.json()
            ]
        return items

    def _products(self, client, products):
        """What can be sold: simple products, and the variations of the others."""
        items = []
        for product in products:
            if product.get("type") != "variable":
                items.append(self._product_item(product))
            elif product.get("variations"):
                items += [
                    self._product_item(
                        {**variation, "parent_id": product["id"]}, product.get("name")
                    )
                    for variation in self._variations(client, product)
                ]
        return items

    def _product_item(self, wire, name=None):
        """Only what the document is made of: price and stock change all the time."""
        kept = {key: wire[key] for key in const.PRODUCT_FIELDS if wire.get(key)}
        if name and not kept.get("name"):
            kept["name"] = name
        return const.TOPIC_PRODUCT, codec.dump(kept)

    def _variations(self, client, product):
        path, page = f"{const.API}/products/{product['id']}/variations", 1
        while True:
            params = {"per_page": 100, "page": page, "order": "asc", "orderby": "id"}
            found = client.get(path, params=params).json()
            yield from found
            if len(found) < 100:
                return
            page += 1

    # -- the way back ------------------------------------------------------------------

    def _to_request(self, flow, sending):
        make = mapper_out.REQUESTS.get(flow.handler)
        if not make:
            raise Fault(
                "config.invalid",
                self.env._("WooCommerce does not take what the flow %s carries.", flow.code),
                fix=self.env._("Choose what it handles: status, shipments, refunds or stock."),
                subject=flow.handler,
            )
        return make(sending.document, flow, sending)

    def _interpret(self, flow, sending, response):
        answer = errors.interpret(response, flow, repeatable=flow.handler not in MAKING)
        if answer.accepted and flow.handler == "seam.handler.sale.refund.out":
            return answer._replace(external_id=str(response.json()["id"]))
        return answer

    def _look_up(self, client, flow, sending):
        if flow.handler == "seam.handler.sale.shipment":
            return look_up.find_note(client, sending.document)
        if flow.handler == "seam.handler.sale.refund.out":
            return look_up.find_refund(client, sending)
        raise NotImplementedError
