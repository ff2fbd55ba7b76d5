"""The whole company: shop → Odoo → warehouse, in parts → label → parcel arrived, and the CRM knows, while all fails.

Shop, warehouse, carrier and CRM are simulators of this process and misbehave in every way they know; Odoo is the
real server. Its people work meanwhile: they pack, have labels bought, confirm quotations and edit customers. At
the end every order of the shop is right everywhere, or an exception about it says what to do; then a person does
that, and all books agree to the cent.
"""

import base64
import contextlib
import random
import secrets
import threading
import time
from typing import NamedTuple

from simulators.carrier import RunningCarrier
from simulators.catalogue import Catalogue
from simulators.crm import RunningCrm
from simulators.shop import RunningShop
from simulators.wms import RunningWms
from tests.chaos import carrier as carriers
from tests.chaos import company_audit, demo, scene, warehouse
from tests.chaos import shop as shops
from tests.chaos.partner import Partner

# Of each hundred orders so many deals are won in the CRM, with lines of their own.
DEALS = 6
# The CRM's people keep to what is edited on both sides.
CHANCES = {"edit": 0.5}
# What waits for a decision of a person is soon an exception of its own.
CRM_SCHEDULE = "1, 1, 2, 3, 5, 5, 5"
TITLES = ("Buyer", "Owner", "Guide", "Treasurer")


class Scene(NamedTuple):
    """
    :ivar flow: scene.Flow of the shop's orders
    :ivar flows: dict code → id of all other flows; those of the warehouse by their bare codes
    :ivar deals: ids of the CRM's own deals
    """

    shop: RunningShop
    flow: scene.Flow
    wms: RunningWms
    carrier: RunningCarrier
    crm: RunningCrm
    flows: dict
    deals: list

    def all_flows(self):
        return [*self.flows.values(), self.flow.id]


# -- set-up ----------------------------------------------------------------------------


@contextlib.contextmanager
def opened(one, seed, orders, pace):
    """The demo company with all of its partners."""
    with contextlib.ExitStack() as stack:
        base = stack.enter_context(warehouse.opened(one, seed, pace))
        # who ships has no contract with the carrier: Odoo buys the labels
        base.wms.work.labels = False
        carrier, carrier_flows = _open_carrier(one, stack, seed, pace)
        crm, crm_flows, deals = _open_crm(one, stack, seed, orders, pace)
        flows = {**base.flows, **carrier_flows, **crm_flows}
        yield Scene(base.shop, base.flow, base.wms, carrier, crm, flows, deals)


def _signing():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _times(pace):
    return {"reordered": 4 * pace, "delayed": 20 * pace, "timeout": 10}


def _open_carrier(one, stack, seed, pace):
    given = {
        "carrier_id": "lakeside",
        "carrier_secret": secrets.token_hex(20),
        "carrier_webhook": _signing(),
    }
    target = f"{one.server.url}/seam/v1/carrier"
    carrier = stack.enter_context(
        RunningCarrier(0, target, given, pace=pace, seed=seed, **_times(pace))
    )
    carrier.road.chances.update(silent=0, failed=0.1, lost=0.02, returning=0.02, held=0.1)
    with one.environment() as env:
        flows = carriers.set_up(env, carrier.url, given)
        _make_fit(env)
    return carrier, {f"carrier/{code}": id_ for code, id_ in flows.items()}


def _make_fit(env):
    """What labels need of goods and customers, and goods in the company's own warehouse."""
    south = env.ref("seam_demo.warehouse_south")
    env.ref("seam_demo.warehouse_north").partner_id = env.ref("seam_demo.partner_south")
    goods = env["product.product"].search(
        [("is_storable", "=", True), ("default_code", "!=", False), ("tracking", "=", "none")]
    )
    for product in goods:
        env["stock.quant"]._update_available_quantity(product, south.lot_stock_id, warehouse.STOCK)
    customers = env["res.partner"].search([("phone", "=", False), ("country_id", "!=", False)])
    customers.phone = "+1 212 555 0199"


def _open_crm(one, stack, seed, orders, pace):
    """:return: (RunningCrm, dict "crm/<code>" → flow id, ids of the CRM's own deals)"""
    signing, target = _signing(), f"{one.server.url}/seam/v1/crm"
    records = list(_sales(random.Random(seed), max(2, orders * DEALS // 100)))
    crm = stack.enter_context(
        RunningCrm(0, target, signing, pace=pace, seed=seed, auto=False, **_times(pace))
    )
    crm.people.chances = {**dict.fromkeys(crm.people.chances, 0), **CHANCES}
    with one.environment() as env:
        system = env.ref("seam_demo.system_crm")
        Demo = env["seam.demo"]
        Demo._share(system, "webhook", signing)
        Demo._prepare_crm(system)
        system.write(
            {
                "base_url": f"{crm.url}/api",
                "rate_limit": 0,
                "call_rate": 0,
                "read_timeout": demo.READ_TIMEOUT,
                "state": "active",
            }
        )
        system.flow_ids.write({"retry_schedule": CRM_SCHEDULE})
        flows = {f"crm/{flow.code}": flow.id for flow in system.flow_ids}
        customers = Demo._demo_customers()
        env["seam.handler.crm.partner.out"]._tell_partners(customers)
    crm.books.begin(records)
    return crm, flows, [record["id"] for record in records if record["kind"] == "deal"]


def _sales(chance, count):
    """Companies with a buyer each, and a deal that is to be won."""
    goods = Catalogue().goods
    for number in range(1, count + 1):
        company = {"id": f"A-{number}", "name": f"Camp {number} Ltd"}
        buyer = {"id": f"P-{number}", "name": f"Berta Camp {number}"}
        address = {"street": f"{number} Lake Road", "city": "Duluth", "zip": "55802", "state": "MN"}
        yield {
            "kind": "company", **company, **address, "country": "US",
            "email": f"office@camp{number}.example.com", "phone": f"+1 218 726 {number:04}",
        }  # fmt: skip
        yield {
            "kind": "contact", **buyer, "email": f"berta@camp{number}.example.com",
            "phone": f"+1 218 727 {number:04}", "company": company,
        }  # fmt: skip
        yield {
            "kind": "deal", "id": f"D-{number}", "name": f"Gear for camp {number}",
            "stage": "proposal", "amount": 1000 + number, "currency": "USD",
            "company": company, "contact": buyer,
            "lines": [
                {"id": product.sku, "sku": product.sku, "quantity": chance.randint(2, 9)}
                for product in chance.sample(goods, 2)
            ],
        }  # fmt: skip


def misbehave(here, share):
    """Every fault that any of the partners knows, each with the same chance."""
    warehouse.misbehave(here, share)
    carriers.misbehave(here.carrier, share)
    faults = dict.fromkeys(here.crm.faults.NAMES, share)
    here.crm.faults.change({**faults, "latency": {"chance": share, "seconds": 1}})
    here.crm.teller.faults.change(dict.fromkeys(here.crm.teller.faults.NAMES, share))


def behave(here):
    warehouse.behave(here)
    carriers.behave(here.carrier)
    here.crm.faults.set, here.crm.teller.faults.set = {}, {}
    here.carrier.road.chances = dict.fromkeys(here.carrier.road.chances, 0)


# -- the run ---------------------------------------------------------------------------


def storm(one, seed, orders, per_second, pause=None, pace=0.5, share=0.05, patience=900):
    """Orders go through the whole company while its partners misbehave.

    :param pause: seconds between two kills of processes; None: none is killed
    :return: (figures, breaches)
    """
    from tests.chaos.run import kill_until

    chance = random.Random(seed)
    with opened(one, seed, orders, pace) as here:
        # what is traced by lots has no weight: warehouse.py sells it
        made, sent = shops.deliveries(
            here.shop.desk.shop, here.flow, chance, orders, products=Catalogue().products
        )
        for number, order in enumerate(made, 1):
            here.shop.store.save(number, "good", order)
        misbehave(here, share)
        partner = Partner(here.flow.url, here.flow.token, seed)
        started, kills = time.monotonic(), 0
        with Staff(one, here, seed) as staff:
            traffic = threading.Thread(target=_trade, args=(here, partner, sent, per_second, staff))
            traffic.start()
            if pause:
                kills = kill_until(one, traffic, random.Random(seed + 1), pause)
            traffic.join()
            one.tell(f"all sent: {len(partner.answers)} answers, {partner.retries} retries")
            figures = {"orders": orders, "kills": kills}
            breaches = _come_to_rest(one, here, staff, figures, patience)
            with one.environment() as env:
                breaches += company_audit.before_anybody_looks(env, here, made, figures)
            one.tell(f"a person looks at {figures['held by exceptions']} messages")
            put_right(one, here, staff, figures, patience)
            _invoice(one, here)
            settle(one, here, staff, patience)
        with one.environment() as env:
            breaches += company_audit.at_the_end(env, here, made, partner, figures)
        figures |= _sums(one, here, partner, started)
        return figures, breaches


def _trade(here, partner, sent, per_second, staff):
    """All orders are sent, and the CRM's deals won meanwhile; then its people go home."""
    here.crm.people.auto = True
    winning = threading.Thread(target=_win_deals, args=(here, len(sent) / per_second))
    winning.start()
    partner.send(sent, per_second)
    winning.join()
    here.crm.people.auto = staff.edits = False


def _win_deals(here, seconds):
    for id_ in here.deals:
        time.sleep(seconds / len(here.deals))
        here.crm.books.edit(id_, "Nora Lind", status="won", stage="won")


def _come_to_rest(one, here, staff, figures, patience):
    """Most of it is done while all misbehave; what hangs on is done when they do not any more."""
    scene.wait(one, lambda: _most_have_arrived(one, here), patience / 3)
    behave(here)
    faults = _faults(here)
    figures["faults"] = sum(faults.values())
    figures |= {f"fault: {name}": count for name, count in sorted(faults.items())}
    figures["settled after (s)"] = settle(one, here, staff, patience)
    return [each for each in [figures["settled after (s)"]] if isinstance(each, str)]


def _most_have_arrived(one, here):
    codes = ("deliveries", "shipments", "carrier/labels")
    waiting = one.query(
        "SELECT count(*) FROM seam_message WHERE flow_id = ANY(%s)"
        " AND state IN ('pending', 'working')",
        [[here.flow.id, *(here.flows[code] for code in codes)]],
    )
    at_work = here.wms.work._open_records() or here.carrier.road.is_travelling()
    return waiting == [(0,)] and not at_work


def settle(one, here, staff, patience):
    """Wait until nothing is on its way, on any side. :return: seconds, or a sentence"""

    def is_quiet():
        return (
            staff.is_idle()
            and not here.wms.courier.waiting()
            and not here.wms.work._open_records()
            and not here.carrier.messenger.waiting()
            and not here.carrier.road.is_travelling()
            and not here.crm.teller.waiting()
        )

    result = demo.settle(one, here.all_flows(), is_quiet, patience)
    if isinstance(result, str):
        result += (
            f"; {staff.words()}; {here.wms.courier.waiting()} events of the warehouse,"
            f" {here.carrier.messenger.waiting()} of the carrier, {here.crm.teller.waiting()} of the CRM"
        )
    return result


def _faults(here):
    sides = {
        "warehouse": here.wms.faults, "its events": here.wms.courier.faults,
        "shop": here.shop.faults, "carrier": here.carrier.faults,
        "his scans": here.carrier.messenger.faults, "CRM": here.crm.faults,
        "its news": here.crm.teller.faults,
    }  # fmt: skip
    return {f"{side}, {name}": n for side, x in sides.items() for name, n in x.taken.items()}


def _sums(one, here, partner, started):
    rows = one.query(
        "SELECT count(*) FROM seam_message WHERE flow_id = ANY(%s)", [here.all_flows()]
    )
    books = here.crm.books
    return {
        "seconds": round(time.monotonic() - started),
        "messages": rows[0][0],
        "labels bought": len(here.carrier.books.shipments),
        "calls tried again by the shop": partner.retries,
        "told to the CRM": sum(books.writes.values()),
        "of it nothing new": sum(books.idle.values()),
        "calls of a known key": here.wms.books.repeats + here.carrier.books.repeats + books.repeats,
    }


# -- the company's own people ------------------------------------------------------------


class Staff(threading.Thread):
    """What people do in Odoo all day, each deed in a transaction of its own.

    A deed that meets another transaction is done at the next round, as a person would click again.
    """

    def __init__(self, one, here, seed):
        super().__init__(name="staff")
        self.one, self.here, self.chance = one, here, random.Random(f"{seed}/staff")
        self.edits, self.over, self.rounds = True, threading.Event(), []
        self.last_error = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def is_idle(self):
        """Whether there was nothing to do for some rounds."""
        return len(self.rounds) > 3 and not any(self.rounds[-3:])

    def words(self):
        return f"last rounds of the staff {self.rounds[-3:]}, last error {self.last_error}"

    def run(self):
        while not self.over.wait(0.5):
            deeds = [self._pack, self._send, self._confirm, *([self._edit] if self.edits else [])]
            self.rounds.append(sum(self._do(deed) for deed in deeds))

    def _do(self, deed):
        """How much was done. What could not be done counts: it is still to do."""
        try:
            with self.one.environment() as env:
                return deed(env)
        except Exception as error:  # noqa: BLE001 - whatever another transaction, or a dying database, brings
            self.last_error = repr(error)[:300]
            return 1

    def _pack(self, env):
        """Express orders leave the company's own warehouse."""
        ready = [
            ("picking_type_id", "=", env.ref("seam_demo.warehouse_south").out_type_id.id),
            ("carrier_id.delivery_type", "=", "seam"),
            ("state", "in", ("confirmed", "assigned")),
        ]
        count = env["stock.picking"].search_count(ready)
        if count:
            env["seam.demo.packer"]._pack()
        return count

    def _send(self, env):
        """What the warehouse has packed is given to the carrier: each part has its label."""
        left = env["stock.picking"].search(
            [
                ("picking_type_id.code", "=", "outgoing"),
                ("state", "=", "done"),
                ("seam_reference", "!=", False),
                ("seam_shipment_ids", "=", False),
            ],
            limit=10,
            order="id",
        )
        for picking in left:
            picking.carrier_id = env.ref("seam_demo.delivery_carrier")
            picking.send_to_shipper()
        return len(left)

    def _confirm(self, env):
        """Quotations of deals that were won."""
        quotations = env["sale.order"].search(
            [("opportunity_id.won_status", "=", "won"), ("state", "=", "draft")], limit=5
        )
        quotations.action_confirm()
        return len(quotations)

    def _edit(self, env):
        """Somebody learns something of a customer; the CRM's people may have, too."""
        if self.chance.random() < 0.5:
            partner = self.chance.choice(env["seam.demo"]._demo_customers())
            partner.function = self.chance.choice(TITLES)
        return 0


# -- what a person does -----------------------------------------------------------------


def put_right(one, here, staff, figures, patience):
    """Do what the exceptions ask for, and no more: each kind of fault has its way out."""
    figures["mended by partners"] = (
        here.wms.courier.mend() + here.carrier.messenger.mend() + here.crm.teller.mend()
    )
    figures["mended, and settled after (s)"] = settle(one, here, staff, patience)
    demo.put_right(
        one,
        figures,
        lambda env: _resolve(env, here) or warehouse.ask_again(env),
        lambda: settle(one, here, staff, patience),
    )


def _resolve(env, here):
    """:return: list of what was done, a word for each message"""
    return [_settle_message(env, here, message) for message in company_audit.failed(env, here)]


def _settle_message(env, here, message):
    code, flow = message.fault_code, message.flow_id
    if flow.direction == "in" and code.startswith(("schema.", "drift.")):
        message._discard("They sent it again in the form that was agreed.")
        return "discarded, it came again"
    if code == "reported.trouble":
        message._discard("It was shipped again, and the carrier pays.")
        return "trouble settled with the carrier"
    if code == "owner.conflict" and flow.system_id.code == "crm":
        env[flow.handler]._decide(message, "merge", "The newest is right.")
        return "conflict decided"
    if code == "master.ambiguous" and flow.system_id.code == "crm":
        return _choose(message.exception_id)
    if code == "business.rule" and flow.id == here.flows["carrier/labels"]:
        _enter_customs(env)
        _enter_state(env[message.res_model].browse(message.res_id).picking_id.partner_id)
    message._retry("Looked at it.")
    return f"{flow.system_id.code}/{flow.code} retried after {code}"


def _enter_customs(env):
    """What an exception of a label for another country asks for."""
    goods = env["product.template"].search([("is_storable", "=", True), ("hs_code", "=", False)])
    goods.write({"hs_code": "95069990", "country_of_origin": env.ref("base.us").id})


def _enter_state(address):
    """Shops do not ask everybody for it; a carrier does."""
    if not address.state_id:
        address.state_id = address.country_id.state_ids[:1]


def _choose(case):
    """Who has the same name is the same one."""
    same = case.crm_candidate_ids.filtered(lambda partner: partner.name == case.missing_name)
    if same:
        case._fix(same[0])
        return "chosen among candidates"
    case.action_crm_new()
    return "made apart from candidates"


def _invoice(one, here):
    """All that has left is invoiced, some orders at a time."""
    while True:
        with one.environment() as env:
            orders = env["sale.order"].search(
                [("state", "=", "sale"), ("invoice_status", "=", "to invoice")], limit=20
            )
            if not orders:
                return
            for order in orders:
                order._create_invoices().action_post()
