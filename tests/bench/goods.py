"""The company of the order benchmarks: what it sells, to whom. Runs inside Odoo, through `shell.Shell`."""

import time

from odoo.fields import Command

STOCK = 1_000_000


def company(env):
    """Currency, and taxes as the shop has them: one of each rate."""
    dollar = env.ref("base.USD")
    dollar.active = True
    env.company.currency_id = dollar
    env.company.country_id = env.ref("base.us")
    env.company.tax_calculation_rounding_method = "round_per_line"
    env["account.tax"].search([]).active = False
    for name, rate in (("Sales tax", 15), ("Reduced tax", 5)):
        group = env["account.tax.group"].create({"name": name, "country_id": env.ref("base.us").id})
        env["account.tax"].create(
            {
                "name": f"{name} {rate}%",
                "amount": rate,
                "amount_type": "percent",
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
                "country_id": env.ref("base.us").id,
                "tax_group_id": group.id,
            }
        )


def products(env, items, storable):
    """`items`: (sku, name, price); in stock without end where they are storable."""
    records = env["product.product"].create(
        [
            {
                "name": name,
                "default_code": sku,
                "type": "consu" if storable else "service",
                "is_storable": storable,
                "list_price": float(price),
                "taxes_id": [Command.clear()],
            }
            for sku, name, price in items
        ]
    )
    if storable:
        shelf = env["stock.warehouse"].search([], limit=1).lot_stock_id
        for product in records:
            env["stock.quant"]._update_available_quantity(product, shelf, STOCK)


def customers(env, people):
    states = {
        state.code: state.id
        for state in env["res.country.state"].search([("country_id.code", "=", "US")])
    }
    env["res.partner"].with_context(tracking_disable=True).create(
        [
            {
                "name": f"{person['first_name']} {person['last_name']}",
                "email": person["email"],
                "phone": person["phone"],
                "street": person["address_1"],
                "city": person["city"],
                "zip": person["postcode"],
                "state_id": states[person["state"]],
                "country_id": env.ref("base.us").id,
            }
            for person in people
        ]
    )


def edi(env):
    env["bench.edi.process"]._set_up()


def bare(env, orders, batch):
    """Bare limit: create and confirm `orders` in batches, each in a transaction of its own.

    :return: seconds
    """
    bench = env["bench.order"]._as_service()
    values = [bench._values(order) for order in orders]
    env.cr.commit()
    started = time.monotonic()
    for first in range(0, len(values), batch):
        made = bench._create(values[first : first + batch])
        made.action_confirm()
        env.flush_all()
        env.cr.commit()
        env.invalidate_all()
    return time.monotonic() - started


def bare_each(env, orders):
    """:return: seconds of each order alone, created and confirmed in a transaction of its own"""
    return [bare(env, [order], 1) for order in orders]
