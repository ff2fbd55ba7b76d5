"""How fast messages are taken in: stored durably and checked, nothing applied (the jobs are held)."""

import json

from simulators import webhook
from tests.bench import bodies, load, prepare
from tests.bench.measure import Figure, check, in_turn, percentile

CONNECTIONS = 8
ORDER = ("bench-order", "1.0.0")
LEVEL = ("bench-stock-level", "1.0.0")
SECRET = "bench-intake-secret"


class Intake:
    """The flows that take in and do nothing, and the counters of what was sent to them."""

    def __init__(self, place):
        self.place = place
        self.key = place.shell(prepare.system, "intake")
        self.orders = place.shell(prepare.flow, "intake", "orders", ORDER)
        self.levels = place.shell(prepare.flow, "intake", "levels", LEVEL)
        self.signed = self._signed() if "seam_bench_orders" in place.modules else None
        self.sent = 0

    def _signed(self):
        """The flow of a WooCommerce shop, as it is used: its handler tells which order it is."""
        self.place.shell(prepare.system, "signed", "woocommerce")
        self.place.shell(prepare.webhook_secret, "signed", SECRET)
        return self.place.shell(
            prepare.flow,
            "signed",
            "orders",
            ("woocommerce-order", "1.0.0"),
            handler="seam.handler.sale.order",
        )

    def close(self):
        """What was taken in here is not worked off while the parts that follow measure."""
        for flow in filter(None, (self.orders, self.levels, self.signed)):
            self.place.shell(prepare.pause, flow)

    def numbers(self, count):
        """`count` numbers no message had before; returns the first."""
        first, self.sent = self.sent + 1, self.sent + count
        return first

    def headers(self, key=None):
        return {
            "Authorization": f"Bearer {self.key}",
            **({"Idempotency-Key": key} if key else {}),
        }


def run(place, options, report):
    intake = Intake(place)
    with place.serve("held") as server:
        _warm(intake, server)
        single(intake, server, options, report)
        batch(intake, server, options, report)
    intake.close()


def single(intake, server, options, report):
    """One message a request, beside the same body in a bare route."""
    count = 400 if options.quick else 3000
    latencies = {"seam": [], "bare": [], "signed": []}
    busy = []

    def send(side, requests, table, where=""):
        before = intake.place.value(f"SELECT count(*) FROM {table} {where}")
        result = load.send(server.port, requests, CONNECTIONS)
        after = intake.place.value(f"SELECT count(*) FROM {table} {where}")
        check(result.statuses == {202: len(requests)}, f"{side} answered {result.statuses}")
        check(after - before == len(requests), f"{side} stored {after - before} of {len(requests)}")
        latencies[side] += result.latencies
        busy.append(result.cpu / result.seconds)
        return len(requests) / result.seconds

    def bare(_round):
        orders = bodies.shop_orders(intake.numbers(count), count)
        return send(
            "bare", [load.post("/seam_bench/bare", bodies.dump(o)) for o in orders], "seam_bench"
        )

    def seam(_round):
        orders = bodies.shop_orders(intake.numbers(count), count)
        requests = [
            load.post(
                "/seam/v1/intake/orders",
                bodies.dump(order),
                intake.headers(f"order-{order['id']}"),
            )
            for order in orders
        ]
        return send(
            "seam",
            requests,
            "seam_message",
            f"WHERE flow_id = {intake.orders} AND state = 'pending'",
        )

    def signed(_round):
        orders = bodies.shop_orders(intake.numbers(count), count)
        return send(
            "signed",
            [_delivery(webhook.body(order)) for order in orders],
            "seam_message",
            f"WHERE flow_id = {intake.signed} AND state = 'pending'",
        )

    print(f"Intake, single: {count} orders of 4 kB over {CONNECTIONS} connections")
    sides = {"bare": bare, "seam": seam, **({"signed": signed} if intake.signed else {})}
    values = in_turn(sides, options.rounds)
    report.add(
        "intake.single",
        "Intake, one order of 4 kB a request, 8 connections: signed in, contract checked, stored",
        Figure("Seam", "requests/s", values["seam"]),
        {"bare route, one raw INSERT": Figure("bare", "requests/s", values["bare"])},
        times=0.6,
        note=f"p50 / p99 {_ms(latencies['seam'])}, bare {_ms(latencies['bare'])}; "
        f"the generator takes {max(busy):.0%} of a core",
    )
    if intake.signed:
        report.add(
            "intake.signed",
            "The same as a webhook that WooCommerce signed: signature, the shop's contract and "
            "ours, which order it is, stored",
            Figure("Seam", "requests/s", values["signed"]),
            {"bare route, one raw INSERT": Figure("bare", "requests/s", values["bare"])},
            note=f"p50 / p99 {_ms(latencies['signed'])}",
        )


def _delivery(body):
    signed = webhook.headers("order.created", body, SECRET)
    del signed["Content-Type"]
    return load.post("/seam/v1/signed/orders", body, signed)


def batch(intake, server, options, report):
    """Many messages a request, over two connections: as many as there are workers."""
    cases = (
        ("levels", "small documents (170 bytes)", 1000, 40, 10_000),
        ("levels", "small documents (170 bytes)", 100, 200, None),
        ("orders", "orders of 4 kB", 200, 20, None),
    )
    for flow, what, size, calls, aim in cases:
        calls = max(4, calls // 5) if options.quick else calls
        values = []
        print(f"Intake, batch: {calls} × {size} {what}")
        for round_ in range(options.rounds):
            values.append(_batch(intake, server, flow, size, calls))
            print(f"  round {round_ + 1}: {values[-1]:,.0f} messages/s", flush=True)
        report.add(
            f"intake.batch.{flow}.{size}",
            f"Intake in batches of {size}: {what}, contract checked",
            Figure("Seam", "messages/s", values),
            {},
            floor=aim,
        )


def _batch(intake, server, flow, size, calls):
    build = bodies.stock_levels if flow == "levels" else bodies.shop_orders
    requests = [
        load.post(
            f"/seam/v1/intake/{flow}/batch",
            json.dumps(build(intake.numbers(size), size)).encode(),
            intake.headers(),
        )
        for _ in range(calls)
    ]
    where = f"WHERE flow_id = {getattr(intake, flow)} AND state = 'pending'"
    before = intake.place.value(f"SELECT count(*) FROM seam_message {where}")
    result = load.send(server.port, requests, 2)
    after = intake.place.value(f"SELECT count(*) FROM seam_message {where}")
    check(result.statuses == {202: calls}, f"the batch route answered {result.statuses}")
    check(after - before == size * calls, f"{after - before} of {size * calls} items are stored")
    return size * calls / result.seconds


def _warm(intake, server):
    """Let both workers load what they cache."""
    for path, headers in (
        ("/seam_bench/bare", {}),
        ("/seam/v1/intake/orders", intake.headers()),
    ):
        orders = bodies.shop_orders(intake.numbers(200), 200)
        load.send(server.port, [load.post(path, bodies.dump(o), headers) for o in orders], 8)
    if intake.signed:
        orders = bodies.shop_orders(intake.numbers(200), 200)
        load.send(server.port, [_delivery(webhook.body(order)) for order in orders], 8)


def _ms(latencies):
    return f"{percentile(latencies, 0.5) * 1000:.1f} / {percentile(latencies, 0.99) * 1000:.1f} ms"
