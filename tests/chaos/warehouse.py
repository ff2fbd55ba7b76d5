"""The demo's orders go all the way round: shop → Odoo → warehouse → shipped → shop.

Shop and warehouse are simulators of this process, and misbehave in every way they know; Odoo is the real
server. What the simulators' own books say is held against Odoo's, to the last unit.
"""

import base64
import contextlib
import random
import secrets
import tempfile
import threading
import time
from typing import NamedTuple

from simulators.catalogue import Catalogue
from simulators.shop import RunningShop, Shop
from simulators.wms import RunningWms
from tests.chaos import demo, scene, warehouse_audit
from tests.chaos import shop as shops
from tests.chaos.demo import READ_TIMEOUT, SCHEDULE
from tests.chaos.partner import Partner

# members of the shop's secrets: purpose of the credential
SHOP_SECRETS = {
    "webhook_secret": "webhook",
    "consumer_key": "woocommerce_key",
    "consumer_secret": "woocommerce_secret",
}

FLOWS = (
    "products", "deliveries", "receipt-notices",
    "statuses", "shipments", "receipts", "adjustments", "snapshots",
)  # fmt: skip
# So many of each product lie there: nothing runs out, and every lot is split some time.
STOCK, LOT, SERIALS = 5000, 7, 400
TRACKED = [
    {"id": 961, "sku": "GAS-CAN", "name": "Gas cartridge", "tracking": "lot", "price": "6.50"},
    {"id": 962, "sku": "GPS-WATCH", "name": "GPS watch", "tracking": "serial", "price": "249.00"},
]
# Killing ends when so many orders have left: some hold services alone, and some are held up.
MOST = 0.75


class Scene(NamedTuple):
    """
    :ivar flow: scene.Flow of the shop's orders
    :ivar flows: dict code → id of the warehouse's flows, and "shop/<code>" of those back to the shop
    """

    shop: RunningShop
    flow: scene.Flow
    wms: RunningWms
    flows: dict


# -- set-up ----------------------------------------------------------------------------


@contextlib.contextmanager
def opened(one, seed, pace):
    """The demo company with its shop and a running warehouse."""
    keys = {
        "webhook_secret": secrets.token_urlsafe(24),
        "consumer_key": "ck_" + secrets.token_hex(20),
        "consumer_secret": "cs_" + secrets.token_hex(20),
    }
    signing = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    with one.environment() as env:
        _stock_up(env)
        stock, items = _goods(env)
    target = f"{one.server.url}/seam/v1"
    times = {"reordered": 4 * pace, "delayed": 20 * pace, "timeout": 10}
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        shop = stack.enter_context(
            RunningShop(0, f"{target}/shop/orders", keys, folder, seed=seed, timeout=10)
        )
        shop.desk.shop = Shop(seed=seed, catalogue=_catalogue(), url=shop.url)
        wms = stack.enter_context(
            RunningWms(
                0,
                f"{target}/warehouse",
                signing,
                stock=stock,
                items=items,
                pace=pace,
                seed=seed,
                **times,
            )  # fmt: skip
        )
        wms.work.chances.update(partial=0.35, short=0.05)
        with one.environment() as env:
            flow, back = _set_up_shop(env, one, shop.url, keys)
            flows = _set_up_warehouse(env, wms.url, signing)
        _learn_products(one, flow)
        yield Scene(shop, flow, wms, {**flows, **back})


def _catalogue():
    catalogue = Catalogue()
    catalogue.data["products"] += [
        {**each, "type": "goods", "tax_class": "", "cost": "1.00"} for each in TRACKED
    ]
    return catalogue


def _stock_up(env):
    """Both traced products, and plenty of everything in the warehouse that the partner runs."""
    north = env.ref("seam_demo.warehouse_north").lot_stock_id
    Quant = env["stock.quant"]
    for each in TRACKED:
        product = env["product.product"].create(
            {
                "name": each["name"],
                "default_code": each["sku"],
                "type": "consu",
                "is_storable": True,
                "tracking": each["tracking"],
                "list_price": float(each["price"]),
                "taxes_id": [(6, 0, env.ref("seam_demo.tax_1").ids)],
            }
        )
        size, count = (LOT, STOCK // LOT // 4) if each["tracking"] == "lot" else (1, SERIALS)
        lots = env["stock.lot"].create(
            [{"name": f"{each['sku']}-{n:05}", "product_id": product.id} for n in range(count)]
        )
        for lot in lots:
            Quant._update_available_quantity(product, north, size, lot_id=lot)
    goods = env["product.product"].search(
        [("is_storable", "=", True), ("default_code", "!=", False), ("tracking", "=", "none")]
    )
    for product in goods:
        Quant._update_available_quantity(product, north, STOCK)


def _goods(env):
    """What lies in the partner's warehouse → (stock, items) as a warehouse begins with."""
    env.flush_all()
    code = env.ref("seam_demo.warehouse_north").code
    stock = {code: {sku: dict(lots) for sku, lots in warehouse_audit.on_hand(env).items()}}
    goods = env["product.product"].search([("default_code", "in", list(stock[code]))])
    items = [{"sku": x.default_code, "name": x.name, "tracking": x.tracking} for x in goods]
    return stock, items


def _set_up_shop(env, one, url, keys):
    """:return: scene.Flow of its orders, dict "shop/<code>" → id of the flows back to it"""
    system = env.ref("seam_demo.system_shop")
    for name, purpose in SHOP_SECRETS.items():
        env["seam.demo"]._share(system, purpose, keys[name])
    system.write({"base_url": url, "rate_limit": 0, "call_rate": 0, "read_timeout": READ_TIMEOUT})
    env["seam.pull"].search([("system_id", "=", system.id)]).unlink()
    products = system.flow_ids.filtered(lambda flow: flow.code == "products")
    env["seam.pull"].create(
        {
            "flow_id": products.id,
            "interval_minutes": 1440,
            "cursor": {"since": "2000-01-01T00:00:00"},
        }
    ).action_pull_now()
    back = system.flow_ids.filtered(lambda flow: flow.direction == "out")
    back.write({"retry_schedule": SCHEDULE})
    flow = env.ref("seam_demo.flow_shop_orders")
    return (
        scene.Flow(
            flow.id, "shop", f"{one.server.url}/seam/v1/shop/orders", keys["webhook_secret"]
        ),
        {f"shop/{flow.code}": flow.id for flow in back},
    )


def _learn_products(one, flow):
    """Odoo asks the shop what it sells, to tell it later how many there are."""

    def known():
        rows = one.query(
            "SELECT count(*) FROM seam_binding b JOIN seam_flow f ON f.system_id = b.system_id"
            " WHERE f.id = %s AND b.res_model = 'product.product'",
            [flow.id],
        )
        return rows and rows[0][0] >= len(Catalogue().products)

    taken = scene.wait(one, known, 120)
    assert not isinstance(taken, str), f"the shop's products are not known: {taken}"


def _set_up_warehouse(env, url, secret):
    """:return: dict code → id of its flows"""
    system = env.ref("seam_demo.system_warehouse")
    env["seam.demo"]._share(system, "webhook", secret)
    system.write(
        {
            "base_url": f"{url}/api",
            "rate_limit": 0,
            "call_rate": 0,
            "read_timeout": READ_TIMEOUT,
            "state": "active",
        }
    )
    system.flow_ids.write({"retry_schedule": SCHEDULE})
    flows = {flow.code: flow.id for flow in system.flow_ids}
    assert set(FLOWS) <= set(flows), flows
    return flows


def announce(env, chance, count):
    """Goods that are on their way to the warehouse: it is told of them, and takes them in."""
    kind = env.ref("seam_demo.warehouse_north").in_type_id
    supplier = env["res.partner"].create({"name": "Timber Ltd", "ref": "S-7"})
    goods = env["product.product"].search(
        [("is_storable", "=", True), ("default_code", "!=", False)], order="id"
    )
    places = {
        "location_id": env.ref("stock.stock_location_suppliers").id,
        "location_dest_id": kind.default_location_dest_id.id,
    }
    for _ in range(count):
        moves = [
            (0, 0, {**places, "product_id": product.id, "product_uom_qty": chance.randint(1, 9)})
            for product in chance.sample(list(goods), 3)
        ]
        env["stock.picking"].create(
            {"picking_type_id": kind.id, "partner_id": supplier.id, **places, "move_ids": moves}
        ).action_confirm()


def misbehave(here, share):
    """Every fault that the simulators know, each with the same chance."""
    for server in (here.wms.faults, here.shop.faults):
        faults = dict.fromkeys(server.NAMES, share)
        server.change({**faults, "latency": {"chance": share, "seconds": 1}})
    here.wms.courier.faults.change(dict.fromkeys(here.wms.courier.faults.NAMES, share))


def behave(here):
    here.wms.faults.set, here.wms.courier.faults.set, here.shop.faults.set = {}, {}, {}
    here.wms.work.chances = dict.fromkeys(here.wms.work.chances, 0)


# -- the run ---------------------------------------------------------------------------


def storm(
    one, seed, orders, per_second, pause, pace=0.5, share=0.05, patience=600, forgetful=False
):
    """Orders go through shop, Odoo and warehouse while processes die.

    :param forgetful: the warehouse does again what comes again, so that it must be asked. Then it does
        not answer 500 to what it did: by that answer nothing is done, and it may be sent again
    :return: (figures, breaches)
    """
    from tests.chaos.run import kill_until

    chance = random.Random(seed)
    with opened(one, seed, pace) as here:
        with one.environment() as env:
            announce(env, chance, max(3, orders // 20))
        made, sent = shops.deliveries(here.shop.desk.shop, here.flow, chance, orders)
        for number, order in enumerate(made, 1):
            here.shop.store.save(number, "good", order)
        misbehave(here, share)
        if forgetful:
            here.wms.books.forgetful = True
            here.wms.faults.change(
                {"error_after": None, "timeout": 3 * share, "reset_after": 3 * share}
            )
        partner = Partner(here.flow.url, here.flow.token, seed)
        started = time.monotonic()
        traffic = threading.Thread(
            target=_trade, args=(one, here, partner, sent, per_second, patience, seed)
        )
        traffic.start()
        kills = kill_until(one, traffic, random.Random(seed + 1), pause)
        traffic.join()
        one.tell(f"all sent: {len(partner.answers)} answers, {partner.retries} retries")
        behave(here)
        faults = _faults(here)
        figures = {"orders": orders, "kills": kills, "faults": sum(faults.values())}
        figures["settled after (s)"] = settle(one, here, patience)
        breaches = [each for each in [figures["settled after (s)"]] if isinstance(each, str)]
        with one.environment() as env:
            breaches += warehouse_audit.before_anybody_looks(env, here, figures)
        one.tell(f"a person looks at {figures['held by exceptions']} messages")
        put_right(one, here, figures, patience)
        with one.environment() as env:
            breaches += warehouse_audit.at_the_end(env, here, made, partner)
        figures |= {
            "seconds": round(time.monotonic() - started),
            "messages": _count_messages(one, here),
            "calls with an effect": len(here.wms.books.keys),
            "calls of a known key": here.wms.books.repeats,
            "calls tried again by the shop": partner.retries,
            "told to the shop": sum(here.shop.desk.effects.values()),
        }
        figures |= {f"fault: {name}": count for name, count in sorted(faults.items())}
        return figures, breaches


def _faults(here):
    return {
        **{f"warehouse, {name}": n for name, n in here.wms.faults.taken.items()},
        **{f"event, {name}": n for name, n in here.wms.courier.faults.taken.items()},
        **{f"shop, {name}": n for name, n in here.shop.faults.taken.items()},
    }


def _trade(one, here, partner, sent, per_second, patience, seed):
    """Send all orders, and wait until most have left; meanwhile things break and are found."""
    over = threading.Event()
    breaking = threading.Thread(target=_break_things, args=(here.wms, over, random.Random(seed)))
    breaking.start()
    partner.send(sent, per_second)
    deadline = time.monotonic() + patience / 2
    while time.monotonic() < deadline:
        records = list(here.wms.books.records["delivery"].values())
        left = sum(record["state"] == "shipped" for record in records)
        if left >= MOST * len({delivery.body for delivery in sent}):
            break
        time.sleep(0.5)
    over.set()
    breaking.join()


def _break_things(wms, over, chance):
    (warehouse,) = wms.books.shelf.on_hand
    loose = [sku for sku, lots in wms.books.shelf.on_hand[warehouse].items() if list(lots) == [""]]
    while not over.wait(1):
        delta, code = chance.choice([(-2, "BROKEN"), (-1, "BROKEN"), (3, "FOUND")])
        wms.work.adjust(warehouse, chance.choice(loose), delta, code)


def settle(one, here, patience):
    """Wait until nothing is on its way, on either side. :return: seconds, or a sentence"""
    wms = here.wms

    def is_quiet():
        return not wms.courier.waiting() and not wms.work._open_records()

    result = demo.settle(one, _flows(here), is_quiet, patience)
    if isinstance(result, str):
        states = scene.counts(record["state"] for record in wms.work._open_records())
        result += f"; at the warehouse {states}, {wms.courier.waiting()} events"
    return result


def _flows(here):
    return [*here.flows.values(), here.flow.id]


def _count_messages(one, here):
    rows = one.query("SELECT count(*) FROM seam_message WHERE flow_id = ANY(%s)", [_flows(here)])
    return rows[0][0]


# -- what a person does -----------------------------------------------------------------


def put_right(one, here, figures, patience):
    """Do what the exceptions ask for, and no more: each kind of fault has its way out."""
    figures["mended by the warehouse"] = here.wms.courier.mend()
    figures["mended, and settled after (s)"] = settle(one, here, patience)
    # What is held up may be the very shipment that seems to be missing.
    demo.put_right(
        one,
        figures,
        lambda env: _resolve(env, here) or ask_again(env),
        lambda: settle(one, here, patience),
    )


def _resolve(env, here):
    """:return: list of what was done, a word for each message"""
    done = []
    failed = env["seam.message"].search([("flow_id", "in", _flows(here)), ("state", "=", "failed")])
    for message in failed:
        if message.fault_code.startswith(("schema.", "drift.")):
            message._discard("The warehouse sent it again in the form that was agreed.")
            done.append("discarded")
        elif message.fault_code == "worker.killed":
            message._retry("The power failed.")
            done.append("retried after kills")
        elif message.flow_id.id == here.flows["receipts"]:
            _accept_receipts(env, message.flow_id)
            message._retry("The supplier agreed.")
            done.append("receipt accepted")
        else:
            message._retry("Looked at it.")
            done.append(f"retried {message.fault_code}")
    return done


def _accept_receipts(env, flow):
    """What came damaged has a place now, and a piece more is accepted."""
    if not flow.stock_damage_location_id:
        north = env.ref("seam_demo.warehouse_north")
        flow.stock_damage_location_id = env["stock.location"].create(
            {"name": "Damaged", "usage": "internal", "location_id": north.view_location_id.id}
        )
        flow.stock_over_percent = 100


def ask_again(env):
    held = env["stock.picking"].search(
        [("seam_hold", "=", True), ("state", "not in", ("done", "cancel"))]
    )
    outgoing = held.filtered(lambda p: p.picking_type_id.code == "outgoing")
    if outgoing:
        outgoing.action_seam_request_again()
    (held - outgoing).action_cancel()
    return ["rest asked for again"] * len(outgoing) + ["rest of a receipt given up"] * len(
        held - outgoing
    )
