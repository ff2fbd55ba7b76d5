"""How long one order takes on an idle system, and what Odoo alone needs for orders: the bare limits."""

from tests.bench import goods, prepare
from tests.bench.measure import Figure, in_turn, percentile
from tests.bench.orders import Shop


def run(place, options, report):
    shop = Shop.of(place)
    with place.serve() as server:
        shop.run(server, "seam", "goods", 10)
        _latency(shop, server, options, report)
    _bare(shop, options, report)


def _latency(shop, server, options, report):
    """One order at a time on an idle system, beside the same work without anything around it."""
    count = 20 if options.quick else 60
    shop.place.shell(prepare.set_flow, shop.flow, sale_reservation="at_once")
    times = [shop.one(server) for _ in range(count)]
    bare_times = shop.place.shell(goods.bare_each, shop.build(count, "goods"))
    report.add(
        "latency",
        f"From POST to confirmed order, p50 on an idle system ({count} orders, one at a time)",
        Figure("Seam", "ms", [percentile(times, 0.5) * 1000], higher=False),
        {
            "bare `create` + `action_confirm` in a shell": Figure(
                "bare", "ms", [percentile(bare_times, 0.5) * 1000], higher=False
            )
        },
        ceiling=300,
        note=f"p99 {percentile(times, 0.99) * 1000:.0f} ms, bare {percentile(bare_times, 0.99) * 1000:.0f} ms",
    )


def _bare(shop, options, report):
    """The limits: Odoo alone in one process, nothing around it."""
    count = 40 if options.quick else 100

    def alone(kind, size):
        def measure(_round):
            return count / shop.place.shell(goods.bare, shop.build(count, kind), size)

        return measure

    for kind in ("goods", "services"):
        print(f"Bare limit: create and confirm orders of {kind} in one process")
        sides = {f"{size} at a time": alone(kind, size) for size in (1, 10, 50)}
        values = in_turn(sides, options.rounds)
        one, *more = [Figure(name, "orders/s", each) for name, each in values.items()]
        report.add(
            f"bare.{kind}",
            f"Bare limit, not Seam: create + confirm {kind} one at a time, in one process",
            one,
            {each.name: each for each in more},
            compare=False,
        )
