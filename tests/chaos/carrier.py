"""Packers ship: packed → label bought → (voided, bought anew) → parcels travel → arrived, while all fails.

The carrier is a simulator of this process and misbehaves in every way it knows; Odoo is the real server. What
the carrier's books say was bought, voided and owed is held against Odoo's, to the cent.
"""

import base64
import contextlib
import random
import secrets
import threading
import time
from typing import NamedTuple

from simulators.carrier import RunningCarrier
from tests.chaos import carrier_audit, demo
from tests.chaos.demo import READ_TIMEOUT, SCHEDULE

FLOWS = ("labels", "tracking")
# Of each hundred shipments so many are asked for twice, and so many are given back; half of these are bought anew.
CLICKED_TWICE, VOIDED = 15, 15


class Scene(NamedTuple):
    """
    :ivar carrier: RunningCarrier
    :ivar flows: dict code → id of the carrier's flows
    :ivar pickings: ids of the deliveries
    """

    carrier: RunningCarrier
    flows: dict
    pickings: list


# -- set-up ----------------------------------------------------------------------------


@contextlib.contextmanager
def opened(one, seed, shipments, pace):
    """The demo company with a running carrier, and deliveries that are ready to be packed."""
    given = {
        "carrier_id": "lakeside",
        "carrier_secret": secrets.token_hex(20),
        "carrier_webhook": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }
    times = {"reordered": 4 * pace, "delayed": 10 * pace, "timeout": 10}
    target = f"{one.server.url}/seam/v1/carrier"
    with RunningCarrier(0, target, given, pace=pace, seed=seed, **times) as carrier:
        carrier.books.lenient = True
        # the driver comes when all is packed
        carrier.road.auto = False
        carrier.road.chances.update(silent=0, failed=0.15, lost=0.05, returning=0.05, held=0.1)
        with one.environment() as env:
            flows = set_up(env, carrier.url, given)
            pickings = _deliveries(env, random.Random(seed), shipments)
        yield Scene(carrier, flows, pickings)


def set_up(env, url, given):
    """:return: dict code → id of the carrier's flows"""
    system = env.ref("seam_demo.system_carrier")
    env["seam.demo"]._share(system, "client_secret", given["carrier_secret"])
    env["seam.demo"]._share(system, "webhook", given["carrier_webhook"])
    env["seam.demo"]._prepare_shipping()
    env.ref("seam_demo.cron_packer").active = False
    system.write(
        {
            "base_url": f"{url}/gateway",
            "token_url": f"{url}/security/v1/oauth/token",
            "client_id": given["carrier_id"],
            "rate_limit": 0,
            "call_rate": 0,
            "read_timeout": READ_TIMEOUT,
            "state": "active",
        }
    )
    flows = system.flow_ids.filtered(lambda flow: flow.code in FLOWS)
    flows.write({"retry_schedule": SCHEDULE})
    assert set(FLOWS) == set(flows.mapped("code")), flows
    return {flow.code: flow.id for flow in flows}


def _deliveries(env, chance, count):
    """:return: ids of deliveries whose goods are set aside, to the demo's own customers"""
    kind = env.ref("seam_demo.warehouse_south").out_type_id
    goods = env["product.product"].search(
        [("is_storable", "=", True), ("default_code", "!=", False), ("hs_code", "!=", False)]
    )
    shelf = env.ref("seam_demo.warehouse_south").lot_stock_id
    for product in goods:
        env["stock.quant"]._update_available_quantity(product, shelf, 20 * count)
    customers = env["res.partner"].search(
        [("country_id.code", "=", "US"), ("street", "!=", False), ("zip", "!=", False),
         ("state_id", "!=", False), ("parent_id", "=", False)]
    ) - env.company.partner_id  # fmt: skip
    places = {
        "location_id": shelf.id,
        "location_dest_id": env.ref("stock.stock_location_customers").id,
    }
    made = env["stock.picking"]
    for _ in range(count):
        moves = [
            (0, 0, {**places, "product_id": product.id, "product_uom_qty": chance.randint(1, 3)})
            for product in chance.sample(list(goods), 2)
        ]
        made |= env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "partner_id": chance.choice(list(customers)).id,
                "carrier_id": env.ref("seam_demo.delivery_carrier").id,
                **places,
                "move_ids": moves,
            }
        )
    made.action_confirm()
    made.action_assign()
    assert set(made.mapped("state")) == {"assigned"}, made.mapped("state")
    return made.ids


def misbehave(carrier, share):
    """Every fault that the carrier knows, each with the same chance. It is down for seconds now and then.

    A token is for all calls: one that is taken back stops them all, so that it is done twice and no more.
    """
    faults = dict.fromkeys(carrier.faults.NAMES, share)
    carrier.faults.change(
        {
            **faults,
            "latency": {"chance": share, "seconds": 1},
            "down": {"chance": share / 5, "seconds": 2},
            "expired": {"chance": share / 5, "times": 2},
            "refused": {"chance": 4 * share, "times": 1},
        }
    )
    names = carrier.messenger.faults.NAMES
    carrier.messenger.faults.change(dict.fromkeys(names, share))


def behave(carrier):
    carrier.faults.set, carrier.messenger.faults.set = {}, {}


# -- the run ---------------------------------------------------------------------------


def storm(one, seed, shipments, per_second, pause, pace=0.5, share=0.05, patience=600,
          forgetful=False):  # fmt: skip
    """Deliveries are packed, labelled, partly voided, and travel, while processes die.

    :param forgetful: the carrier sells again what comes again under a known key, so that it must be asked
    :return: (figures, breaches)
    """
    from tests.chaos.run import kill_until

    with opened(one, seed, shipments, pace) as here:
        here.carrier.books.forgetful = forgetful
        misbehave(here.carrier, share)
        started = time.monotonic()
        packing = threading.Thread(
            target=_ship, args=(one, here, random.Random(seed), per_second, patience)
        )
        packing.start()
        kills = kill_until(one, packing, random.Random(seed + 1), pause)
        packing.join()
        one.tell(f"all packed; {len(here.carrier.books.shipments)} labels bought")
        behave(here.carrier)
        faults = {
            **{f"called, {name}": n for name, n in here.carrier.faults.taken.items()},
            **{f"scan, {name}": n for name, n in here.carrier.messenger.faults.taken.items()},
        }
        figures = {"shipments": shipments, "kills": kills, "faults": sum(faults.values())}
        figures["settled after (s)"] = settle(one, here, patience)
        breaches = [each for each in [figures["settled after (s)"]] if isinstance(each, str)]
        with one.environment() as env:
            breaches += carrier_audit.before_anybody_looks(env, here, figures)
        one.tell(f"a person looks at {figures['held by exceptions']} messages")
        put_right(one, here, figures, patience)
        with one.environment() as env:
            breaches += carrier_audit.at_the_end(env, here)
        books = here.carrier.books
        figures |= {
            "seconds": round(time.monotonic() - started),
            "labels bought": len(books.shipments),
            "labels voided": sum(each["state"] == "void" for each in books.shipments.values()),
            "calls of a known key": books.repeats,
            "tokens given": here.carrier.door.given,
            "owed": f"{books.money() / 100:.2f}",
        }
        figures |= {f"fault: {name}": count for name, count in sorted(faults.items())}
        return figures, breaches


def _ship(one, here, chance, per_second, patience):
    """What packers do: validate, click again, cancel, and send anew. Then the driver comes."""
    deadline = time.monotonic() + patience / 2
    again, back = set(), set()
    for number, id_ in enumerate(here.pickings):
        _do(one, id_, _validate, deadline)
        draw = chance.random() * 100
        if draw < CLICKED_TWICE:
            _do(one, id_, _click_again, deadline)
        elif draw < CLICKED_TWICE + VOIDED:
            (again if number % 2 else back).add(id_)
        time.sleep(chance.uniform(0, 2 / per_second))
    _give_back(one, again, back, deadline)
    here.carrier.road.auto = True
    while time.monotonic() < deadline and here.carrier.road.is_travelling():
        time.sleep(0.5)


def _do(one, id_, deed, deadline):
    """In a transaction of its own, again until it is committed: the database dies now and then."""
    while time.monotonic() < deadline:
        try:
            with one.environment() as env:
                return deed(env["stock.picking"].browse(id_))
        except Exception as error:  # noqa: BLE001 - whatever a dying database raises
            last = error
            time.sleep(0.5)
    raise AssertionError(f"transfer {id_} could not be shipped: {last}")


def _validate(picking):
    if picking.state != "done":
        picking.move_ids.picked = True
        picking.button_validate()


def _click_again(picking):
    picking.send_to_shipper()


def _cancel(picking):
    if picking.seam_shipment_ids.filtered(lambda shipment: shipment.state == "bought"):
        picking.cancel_shipment()


def _give_back(one, again, back, deadline):
    """Void what is bought, and buy anew what is to be sent all the same; what failed waits for a person."""
    todo = {id_: _cancel for id_ in again | back}
    while todo and time.monotonic() < deadline:
        for id_, deed in list(todo.items()):
            state = _state(one, id_)
            if state == "failed":
                del todo[id_]
            elif (deed, state) in ((_cancel, "bought"), (_click_again, "void")):
                _do(one, id_, deed, deadline)
                todo[id_] = _click_again
                if deed is _click_again or id_ in back:
                    del todo[id_]
        time.sleep(0.3)


def _state(one, id_):
    """Of a delivery's newest shipment; "failed" if it waits for a person, None while nobody can be asked."""
    rows = one.query(
        """
        SELECT CASE WHEN m.state = 'failed' THEN 'failed' ELSE s.state END
          FROM seam_shipment s LEFT JOIN LATERAL (
               SELECT state FROM seam_message
                WHERE res_model = 'seam.shipment' AND res_id = s.id ORDER BY id DESC LIMIT 1
               ) m ON true
         WHERE s.picking_id = %s ORDER BY s.id DESC LIMIT 1
        """,
        [id_],
    )
    return rows[0][0] if rows else None


def settle(one, here, patience):
    """Wait until nothing is on its way, on either side. :return: seconds, or a sentence"""
    messenger, road = here.carrier.messenger, here.carrier.road

    def is_quiet():
        return not messenger.waiting() and not road.is_travelling()

    result = demo.settle(one, list(here.flows.values()), is_quiet, patience)
    return f"{result}; {messenger.waiting()} scans" if isinstance(result, str) else result


# -- what a person does -----------------------------------------------------------------


def put_right(one, here, figures, patience):
    """Do what the exceptions ask for, and no more: each kind of fault has its way out."""
    figures["mended by the carrier"] = here.carrier.messenger.mend()
    figures["mended, and settled after (s)"] = settle(one, here, patience)
    demo.put_right(
        one, figures, lambda env: _resolve(env, here), lambda: settle(one, here, patience)
    )


def _resolve(env, here):
    """:return: list of what was done, a word for each message"""
    done = []
    for message in carrier_audit.failed(env, here):
        tracking = message.flow_id.id == here.flows["tracking"]
        if tracking and message.fault_code.startswith(("schema.", "drift.")):
            message._discard("The carrier sent it again in the form that was agreed.")
            done.append("scan discarded")
        elif tracking and message.fault_code == "reported.trouble":
            message._discard("It was shipped again, and the carrier pays.")
            done.append("trouble settled with the carrier")
        else:
            message._retry("Looked at it.")
            done.append(f"{message.flow_id.code} retried after {message.fault_code}")
    return done
