"""The transfers of the shipping benchmark. Runs inside Odoo, through `shell.Shell`."""

import contextlib

from odoo.exceptions import UserError

from tests.bench import prepare

STOCK = 1_000_000
METHODS = {"seam": "Bench seam", "rival": "Bench rival"}


def set_up(env, code, url, secrets, token, patience):
    """A company that ships, its carrier as a system, and two delivery methods; returns the flow's id."""
    _company(env)
    prepare.system(env, code, groups=("stock.group_stock_user",))
    system = env["seam.system"].search([("code", "=", code)])
    system.write(
        {
            "base_url": f"{url}/gateway",
            "allowed_hosts": "127.0.0.1",
            "auth": "oauth2_client",
            "token_url": f"{url}/security/v1/oauth/token",
            "client_id": secrets["carrier_id"],
            "call_rate": 0,
            "read_timeout": patience,
        }
    )
    env["seam.credential"].create(
        {
            "name": "Carrier",
            "system_id": system.id,
            "purpose": "client_secret",
            "secret_input": secrets["carrier_secret"],
        }
    )
    flow = prepare.flow(
        env,
        code,
        "labels",
        direction="out",
        carries="event",
        handler="seam.handler.delivery.label",
        can_look_up=True,
        retry_schedule="1, 1, 2, 5, 5, 10, 10, 30, 30, 60",
    )
    service = env["product.product"].create({"name": "Shipping", "type": "service"})
    env["delivery.carrier"].create(
        [
            {
                "name": METHODS["seam"],
                "delivery_type": "seam",
                "product_id": service.id,
                "seam_system_id": system.id,
                "seam_service": "standard",
            },
            {
                "name": METHODS["rival"],
                "delivery_type": "bench",
                "integration_level": "rate_and_ship",
                "product_id": service.id,
                "bench_url": url,
                "bench_token": token,
                "bench_timeout": patience,
            },
        ]
    )
    return flow


def _company(env):
    env.ref("base.USD").active = True
    env.company.currency_id = env.ref("base.USD")
    warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    address = {
        "city": "Erie",
        "zip": "16501",
        "country_id": env.ref("base.us").id,
        "state_id": env.ref("base.state_us_39").id,
    }
    warehouse.partner_id = env["res.partner"].create(
        {"name": "Bench", "street": "1 Pier", **address}
    )
    warehouse.out_type_id.print_label = True
    env["res.partner"].create({"name": "Bench customer", "street": "2 Elm St", **address})
    # a product each: transfers do not wait for each other's stock
    goods = env["product.product"].create(
        [
            {"name": f"Parcel {n}", "default_code": f"PARCEL-{n}", "is_storable": True, "weight": 2}
            for n in range(50)
        ]
    )
    for product in goods:
        env["stock.quant"]._update_available_quantity(product, warehouse.lot_stock_id, STOCK)


def transfers(env, side, count):
    """`count` deliveries whose goods are set aside; returns their ids."""
    warehouse = env["stock.warehouse"].search([("company_id", "=", env.company.id)], limit=1)
    goods = env["product.product"].search([("default_code", "=like", "PARCEL-%")], order="id")
    places = {
        "location_id": warehouse.lot_stock_id.id,
        "location_dest_id": env.ref("stock.stock_location_customers").id,
    }
    partner = env["res.partner"].search([("name", "=", "Bench customer")], limit=1)
    carrier = env["delivery.carrier"].search([("name", "=", METHODS[side])])
    made = env["stock.picking"].create(
        [
            {
                "picking_type_id": warehouse.out_type_id.id,
                "partner_id": partner.id,
                "carrier_id": carrier.id,
                **places,
                "move_ids": [
                    (
                        0,
                        0,
                        {
                            **places,
                            "product_id": goods[number % len(goods)].id,
                            "product_uom_qty": 1,
                        },
                    )
                ],
            }
            for number in range(count)
        ]
    )
    made.action_confirm()
    made.action_assign()
    assert set(made.mapped("state")) == {"assigned"}
    return made.ids


def pack(env, ids):
    """:return: seconds of each validation"""
    return env["stock.picking"].browse(ids)._bench_validate()


def pack_by_jobs(env, ids, packers):
    """Every packer has his share of each product: two never want the same quantity at once."""
    for number in range(packers):
        mine = env["stock.picking"].browse(ids[number::packers])
        mine.with_delay(channel="root.bench")._bench_validate()


def try_to_pack(env, id_):
    """:return: the state of a delivery after a packer tried to ship it"""
    picking = env["stock.picking"].browse(id_)
    with contextlib.suppress(UserError), env.cr.savepoint():
        picking.move_ids.picked = True
        picking.button_validate()
    picking.invalidate_recordset()
    return picking.state


def pause(env, flow_id):
    prepare.pause(env, flow_id)


def activate(env, flow_id):
    prepare.activate(env, flow_id)
