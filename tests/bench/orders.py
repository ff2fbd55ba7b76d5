"""Orders of a WooCommerce shop, from the first POST to the last confirmed sales order, beside two rivals.

All sides run in the same database in turn, on the same two workers with two jobs at a time, and make
orders of the same shape and content: 5 lines of products, taxes, shipping, fees, coupons and notes.
"""

import collections
import itertools
import statistics
from decimal import Decimal

from simulators import webhook
from simulators.catalogue import Catalogue, Product
from simulators.orders import OrderBuilder
from tests.bench import goods, load, prepare
from tests.bench.drain import ENDED_JOBS
from tests.bench.measure import Figure, check, in_turn, wait_for

PRODUCTS, HOT_PRODUCTS, SERVICES = 2000, 20, 50
CUSTOMERS = 200
LINES = 5
# What a flow has when nobody chose: at the end of a rush the rest is shared by both workers.
BATCH = 50
SECRET = "bench-shop-secret"
GROUPS = ("sales_team.group_sale_salesman_all_leads", "base.group_partner_manager")
PATIENCE = 600
STREETS = ("Alder Street", "Pine Avenue", "Harbor Road", "Mill Lane", "Station Square")


class Shop:
    """The shop, its products and its customers; the flow its orders come in by, and the rivals' routes."""

    @classmethod
    def of(cls, place):
        """The one shop of a place, set up at its first use."""
        if place.shop is None:
            place.shop = cls(place)
        return place.shop

    def __init__(self, place):
        self.place = place
        self.with_edi = "seam_bench_edi" in place.modules
        groups = [*GROUPS, *(["base_edi.group_edi_manager"] if self.with_edi else [])]
        self.products = {
            "goods": _products("GOODS", PRODUCTS, "goods"),
            "services": _products("SERVICE", SERVICES, "service"),
        }
        self.products["hot"] = self.products["goods"][:HOT_PRODUCTS]
        self.catalogue = Catalogue()
        self.catalogue.customers = [_customer(number) for number in range(CUSTOMERS)]
        self.builder = OrderBuilder(self.catalogue)
        self.numbers = itertools.count(1)
        self._set_up(groups)

    def _set_up(self, groups):
        shell = self.place.shell
        shell(goods.company)
        for kind in ("goods", "services"):
            items = [(each.sku, each.name, each.price) for each in self.products[kind]]
            shell(goods.products, items, kind == "goods")
        shell(goods.customers, self.catalogue.customers)
        shell(prepare.system, "shop", "woocommerce", groups)
        shell(prepare.webhook_secret, "shop", SECRET)
        self.flow = shell(
            prepare.flow,
            "shop",
            "orders",
            ("woocommerce-order", "1.0.0"),
            handler="seam.handler.sale.order",
            batch_size=BATCH,
        )
        if self.with_edi:
            shell(goods.edi)

    def build(self, count, kind):
        return [
            self.builder.build(next(self.numbers), products=self.products[kind], lines=LINES)
            for _ in range(count)
        ]

    def requests(self, side, orders):
        return [self._request(side, webhook.body(order)) for order in orders]

    def _request(self, side, body):
        if side == "seam":
            signed = webhook.headers("order.created", body, SECRET)
            del signed["Content-Type"]
            return load.post("/seam/v1/shop/orders", body, signed)
        return load.post("/seam_bench/orders" if side == "plain" else "/seam_bench/edi", body)

    # -- one run ------------------------------------------------------------------------

    def run(self, server, side, kind, count, reserved=True):
        """Send `count` orders by `side`; returns (seconds until confirmed, seconds until reserved).

        reserved  wait for the reservation of goods too; else the second figure is the first
        """
        orders = self.build(count, kind)
        requests = self.requests(side, orders)
        before = self._last_order()
        answers = load.send(server.port, requests, 8, patience=PATIENCE)
        check(answers.statuses == {202: count}, f"{side} answered {answers.statuses}")
        confirmed = wait_for(
            lambda: self._confirmed(before) >= count or self._refused(),
            PATIENCE,
            f"{side}: orders confirmed",
        )
        ended = confirmed
        if reserved and kind != "services":
            ended = wait_for(
                lambda: self._all_reserved(before), PATIENCE, f"{side}: goods reserved"
            )
        wait_for(self._quiet, 60, f"{side}: the end of its jobs")
        self._check(side, orders, before, kind)
        return confirmed - answers.started, ended - answers.started

    def one(self, server):
        """:return: seconds from the POST of one order to its confirmation"""
        wait_for(self._quiet, 60, "an idle system")
        before = self._last_order()
        requests = self.requests("seam", self.build(1, "goods"))
        answer = load.send(server.port, requests, 1)
        check(answer.statuses == {202: 1}, f"Seam answered {answer.statuses}")
        ended = wait_for(lambda: self._confirmed(before), 60, "one order", pause=0.002)
        return ended - answer.started

    def _refused(self):
        """Nothing may be put aside: it would be waited for in vain."""
        faults = self.place.query(
            "SELECT DISTINCT fault_message FROM seam_message WHERE state = 'failed'"
            " UNION SELECT DISTINCT exc_message FROM queue_job WHERE state = 'failed'"
        )
        check(not faults, f"refused: {faults}")

    def _last_order(self):
        return self.place.value("SELECT COALESCE(max(id), 0) FROM sale_order")

    def _confirmed(self, before):
        return self.place.value(
            "SELECT count(*) FROM sale_order WHERE id > %s AND state = 'sale'", [before]
        )

    def _all_reserved(self, before):
        return not self.place.value(
            "SELECT count(*) FROM stock_move m JOIN sale_order_line l ON l.id = m.sale_line_id"
            " WHERE l.order_id > %s AND m.state <> 'assigned'",
            [before],
        )

    def _quiet(self):
        return not self.place.value(
            f"SELECT count(*) FROM queue_job WHERE state NOT IN {ENDED_JOBS}"
            " AND (eta IS NULL OR eta < now() AT TIME ZONE 'UTC' + interval '1 minute')"
        )

    def _check(self, side, orders, before, kind):
        """Every order once, to the cent, with all its lines, and its goods reserved."""
        count, total = self.place.query(
            "SELECT count(DISTINCT client_order_ref), sum(amount_total::numeric(16, 2))::text FROM sale_order"
            " WHERE id > %s AND state = 'sale'",
            [before],
        )[0]
        wanted = sum(Decimal(order["total"]) for order in orders)
        check(
            self._last_order() - before >= len(orders) == count,
            f"{side} confirmed {count} of {len(orders)} orders",
        )
        check(Decimal(total or 0) == wanted, f"{side} sold {total} instead of {wanted}")
        moves = self.place.value(
            "SELECT count(*) FROM stock_move m JOIN sale_order_line l ON l.id = m.sale_line_id"
            " WHERE l.order_id > %s AND m.state = 'assigned'",
            [before],
        )
        lines = 0 if kind == "services" else len(orders) * LINES
        check(moves == lines, f"{side} reserved {moves} of {lines} lines")
        failed = self.place.value("SELECT count(*) FROM queue_job WHERE state = 'failed'")
        check(not failed, f"{failed} jobs failed")
        if side == "seam":
            done = self.place.value(
                "SELECT count(*) FROM seam_message WHERE res_model = 'sale.order' AND res_id > %s"
                " AND state = 'done'",
                [before],
            )
            check(done == len(orders), f"{done} of {len(orders)} messages are done")


# -- what is measured ----------------------------------------------------------------------


# code → (what, kind of products, reservation, aim)
SCENES = {
    "goods.at_once": ("stocked products, reserved with the confirmation", "goods", "at_once", 1.7),
    "goods.deferred": (
        "stocked products, reservation in a batch of its own",
        "goods",
        "deferred",
        2.2,
    ),
    "hot.at_once": (
        f"{HOT_PRODUCTS} hot products, reserved with the confirmation",
        "hot",
        "at_once",
        None,
    ),
    "hot.deferred": (
        f"{HOT_PRODUCTS} hot products, reservation of its own",
        "hot",
        "deferred",
        None,
    ),
    "services.at_once": ("services", "services", "at_once", 3.0),
}
SIZES = (10, 20, 50)


def run(place, options, report):
    shop = Shop.of(place)
    scenes = options.scenes or [*SCENES, "sizes"]
    with place.serve() as server:
        for side in ("seam", "plain", *(("edi",) if shop.with_edi else ())):
            shop.run(server, side, "goods", 10)
        for code in scenes:
            if code != "sizes":
                _compare(shop, server, options, report, *SCENES[code])
        if "sizes" in scenes:
            _sizes(shop, server, options, report)


def _sizes(shop, server, options, report):
    """Seam alone with batches of several sizes: what the flow's setting is worth."""
    for kind, what in (
        ("goods", "goods, reserved with the confirmation"),
        ("services", "services"),
    ):
        count = _count(options, kind)

        def side(size, kind=kind, count=count):
            def measure(_round):
                shop.place.shell(
                    prepare.set_flow, shop.flow, sale_reservation="at_once", batch_size=size
                )
                return count / shop.run(server, "seam", kind, count)[0]

            return measure

        print(f"Batches of {SIZES}: {what} ({count} a round)")
        values = in_turn({size: side(size) for size in SIZES}, options.rounds)
        figures = ", ".join(f"{size}: {Figure('Seam', 'orders/s', values[size])}" for size in SIZES)
        report.tell(f"Orders of {what}, with batches of at most … orders: {figures}.")
    shop.place.shell(prepare.set_flow, shop.flow, batch_size=BATCH)


def _count(options, kind):
    return 60 if options.quick else 200 if kind == "services" else 120


def _compare(shop, server, options, report, what, kind, reservation, aim):
    count = _count(options, kind)
    shop.place.shell(prepare.set_flow, shop.flow, sale_reservation=reservation)
    until_reserved = []
    taken = collections.defaultdict(list)

    def side(name):
        def measure(_round):
            before = shop.place.processor(server)
            confirmed, reserved = shop.run(server, name, kind, count)
            taken[name].append((shop.place.processor(server) - before) / count * 1000)
            if name == "seam":
                until_reserved.append(count / reserved)
            return count / confirmed

        return measure

    names = ["plain", "seam", *(["edi"] if shop.with_edi and kind != "hot" else [])]
    print(f"Orders: {what} ({count} a round)")
    values = in_turn({name: side(name) for name in names}, options.rounds)
    beside = {"one `queue_job` an order": Figure("plain", "orders/s", values["plain"])}
    if "edi" in values:
        beside["edi_core_oca + edi_queue_oca"] = Figure("edi", "orders/s", values["edi"])
    report.add(
        f"orders.{kind}.{reservation}",
        f"Orders, first POST to last confirmed: {what}",
        Figure("Seam", "orders/s", values["seam"]),
        beside,
        times=aim,
        note="processor time an order, until all is done and reserved: "
        + ", ".join(f"{name} {statistics.median(of):.0f} ms" for name, of in taken.items()),
    )
    if reservation == "deferred":
        report.add(
            f"orders.{kind}.reserved",
            f"The same orders, until the last one is reserved too: {what}",
            Figure("Seam", "orders/s", until_reserved),
            beside,
        )


def _products(prefix, count, kind):
    return [
        Product(
            10_000 + n, f"{prefix}-{n:04d}", f"{prefix.title()} {n}", f"{5 + n % 90}.90", kind=kind
        )
        for n in range(count)
    ]


def _customer(number):
    return {
        "id": 5000 + number,
        "first_name": "Customer",
        "last_name": f"Number{number}",
        "email": f"customer{number}@bench.example",
        "company": "",
        "vat": "",
        "address_1": f"{number + 1} {STREETS[number % len(STREETS)]}",
        "address_2": "",
        "city": "Portland",
        "state": "OR",
        "postcode": f"{97000 + number}",
        "country": "US",
        "phone": "+1 555 010 1000",
    }
