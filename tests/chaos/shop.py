"""A WooCommerce shop among the failure tests: its goods in Odoo, its signed webhooks, its orders' totals."""

import hashlib
import secrets

from simulators.shop import Shop
from tests.bench import goods
from tests.chaos.partner import Delivery
from tests.chaos.scene import Flow

GROUPS = ("sales_team.group_sale_salesman_all_leads", "base.group_partner_manager")
TOPIC = "order.created"


def open_shop(one, code):
    """:return: (Shop, Flow whose token is the webhook's secret)"""
    shop, secret = Shop(seed=1), secrets.token_urlsafe(24)
    with one.environment() as env:
        goods.company(env)
        items = [(product.sku, product.name, product.price) for product in shop.catalogue.products]
        goods.products(env, items, storable=False)
        user = env["res.users"].create(
            {"name": code, "login": code, "group_ids": [(4, env.ref(name).id) for name in GROUPS]}
        )
        system = env["seam.system"].create(
            {
                "name": code,
                "code": code,
                "connector": "woocommerce",
                "user_id": user.id,
                "state": "active",
                "rate_limit": 0,
            }
        )
        env["seam.credential"].create(
            {"name": code, "system_id": system.id, "purpose": "webhook", "secret_input": secret}
        )
        system.action_woocommerce_setup()
        flow = system.flow_ids.filtered(lambda flow: flow.code == "orders")
        flow.action_activate()
        return shop, Flow(flow.id, code, f"{one.server.url}/seam/v1/{code}/orders", secret)


def deliveries(shop, flow, chance, count, **wishes):
    """:return: (orders, their deliveries); some repeated by the shop, some sent anew by hand"""
    orders = list(shop.orders(count, **wishes))
    made = []
    for order in orders:
        copies = chance.choice([2, 3]) if chance.random() < 0.1 else 1
        made.append(_delivery(shop, flow, order, copies))
        if chance.random() < 0.05:
            made.append(_delivery(shop, flow, order, 1))
    return orders, made


def _delivery(shop, flow, order, copies):
    body, delivery = shop.body(order), secrets.token_hex(16)
    headers = shop.headers(TOPIC, body, flow.token, delivery=delivery)
    # as the connector makes it
    digest = hashlib.sha256(TOPIC.encode() + b"\n" + body).hexdigest()
    return Delivery(f"{delivery}:{digest}", body, copies, headers=headers)


def against_orders(env, orders, flow):
    """Every order of the shop is confirmed once, with its total, and there is no other."""
    env.cr.execute(
        """
        SELECT b.external_id, s.state, s.amount_total FROM seam_binding b
          JOIN sale_order s ON s.id = b.res_id
          JOIN seam_flow f ON f.system_id = b.system_id
         WHERE f.id = %s AND b.res_model = 'sale.order'
        """,
        [flow],
    )
    found = {key: (state, float(total)) for key, state, total in env.cr.fetchall()}
    breaches = []
    for order in orders:
        wanted = ("sale", float(order["total"]))
        if found.get(str(order["id"])) != wanted:
            breaches.append(f"order {order['id']}: {found.get(str(order['id']))} for {wanted}")
    env.cr.execute("SELECT count(*) FROM sale_order")
    there = env.cr.fetchone()[0]
    return breaches + ([f"{there} sales orders"] if there != len(orders) else [])
