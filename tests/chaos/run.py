"""The failure tests, with a table at the end: `make chaos`, ARGS="--orders 2000 --seed 7".

Real Odoo with two workers and the runner of queue_job on a PostgreSQL of its own. Partners send orders over
eight connections while processes are killed with SIGKILL; then what the tables tell is held against
what was sent and answered. The seed is printed: the same seed sends and kills the same.
"""

import argparse
import os
import random
import sys
import threading
import time

from tests.chaos import audit, scene
from tests.chaos.partner import Delivery, Partner, deliveries
from tests.chaos.rig import rig

# How often each is killed, in proportion.
DEEDS = {"worker": 6, "postgres": 3, "odoo": 2, "cron": 1, "runner": 1}
# Lease of a dead worker's claim, the sweep's minute, and the work itself.
RESCUE_SECONDS = 120
# Hanging workers are killed soon; a cron worker that has nothing to do is none.
LIMITS = {"limit_time_real": 20, "limit_time_real_cron": 300}
SETTLE_SECONDS = 180


def storm(one, seed, orders, per_second, pause):
    """Orders flow while processes die. :return: (figures, breaches)"""
    flow = scene.flow(one, f"storm{seed}", carries="event", handler="seam.handler.chaos.partner")
    sent = deliveries(random.Random(seed), orders)
    partner, figures = _weather(one, flow, sent, seed, per_second, pause)
    with one.environment() as env:
        breaches = audit.check(env, [flow.id])
        breaches += audit.unfinished(env, flow.id)
        breaches += audit.against_answers(env, flow.id, partner)
        breaches += audit.against_orders(env, flow.id, sent)
        breaches += audit.by_version(env, flow.id)
    return figures, breaches


def shop_storm(one, seed, orders, per_second, pause):
    """The same with a shop's signed webhooks, which become confirmed sales orders."""
    from tests.chaos import shop

    opened, flow = shop.open_shop(one, f"shop{seed}")
    made, sent = shop.deliveries(opened, flow, random.Random(seed), orders)
    partner, figures = _weather(one, flow, sent, seed, per_second, pause)
    with one.environment() as env:
        breaches = audit.check(env, [flow.id], effects=False)
        breaches += audit.unfinished(env, flow.id)
        breaches += audit.against_answers(env, flow.id, partner)
        breaches += shop.against_orders(env, made, flow.id)
    return figures, breaches


def _weather(one, flow, sent, seed, per_second, pause):
    """Send while killing, then let the dust settle. :return: (Partner, figures)"""
    partner = Partner(flow.url, flow.token, seed)
    sending = threading.Thread(target=partner.send, args=(sent, per_second))
    started = time.monotonic()
    sending.start()
    kills = kill_until(one, sending, random.Random(seed + 1), pause)
    sending.join()
    one.tell(f"all sent: {len(partner.answers)} answers, {partner.retries} retries")
    return partner, {
        "messages": len(sent),
        "kills": kills,
        "calls tried again": partner.retries,
        "settled after (s)": scene.settle(one, flow.id, SETTLE_SECONDS),
        "suspected without guilt": scene.retry_suspects(one, flow.id, SETTLE_SECONDS),
        "seconds": round(time.monotonic() - started),
        "slowest answer (s)": round(max(answer.seconds for answer in partner.answers), 1),
    }


def kill_until(one, sending, chance, pause):
    kills = 0
    deeds = {
        "worker": lambda: one.kill_worker(chance),
        "cron": lambda: one.kill_worker(chance, "WorkerCron"),
        "runner": lambda: one.kill_worker(chance, "WorkerJobRunner"),
        "odoo": one.kill_odoo,
        "postgres": one.kill_postgres,
    }
    names = [name for name, weight in DEEDS.items() for _ in range(weight)]
    # Each once at least, in whatever order.
    first = chance.sample(list(DEEDS), len(DEEDS))
    while sending.is_alive():
        sending.join(chance.uniform(*pause))
        if sending.is_alive():
            deeds[first.pop() if first else chance.choice(names)]()
            kills += 1
    return kills


def killers(one, seed, patience):
    """Messages that end their worker stand alone, and all others of their batch go through."""
    flow = scene.flow(one, f"killers{seed}", carries="event", handler="seam.handler.chaos")
    partner = Partner(flow.url, flow.token, seed)
    orders = [{"id": f"good-{number}", "v": 1, "n": number, "amount": 1} for number in range(40)]
    orders.insert(10, {"id": "killer", "v": 1, "n": 100, "do": "kill"})
    orders.insert(20, {"id": "sleeper", "v": 1, "n": 101, "do": "hang"})
    with scene.paused(one, flow.id):
        partner.send([Delivery(order["id"], scene.body(order)) for order in orders])
    started = time.monotonic()
    figures = {"messages": len(orders), "messages that kill": 2}
    figures["good ones through after (s)"] = scene.wait(
        one, lambda: scene.count(one, flow.id, "done") == 40, patience
    )
    figures["bad ones put aside after (s)"] = scene.wait(
        one, lambda: scene.count(one, flow.id, "failed") == 2, patience
    )
    one.tell(f"bad ones are put aside, {time.monotonic() - started:.0f} s after all")
    with one.environment() as env:
        breaches = audit.check(env, [flow.id])
        breaches += audit.put_aside(env, flow.id, {"killer", "sleeper"})
        breaches += audit.rescues(env, flow.id, RESCUE_SECONDS)
    return figures, breaches


def stampede(one, seed, calls=1000):
    """One order, a thousand times at once: under one key, and under as many keys."""
    figures, breaches = {"deliveries": 2 * calls}, []
    for keys, accepted in (("one key", 1), ("a key each", calls)):
        flow = scene.flow(
            one, f"stampede{seed}{accepted}", carries="state", handler="seam.handler.chaos.partner"
        )
        partner = Partner(flow.url, flow.token, seed)
        body = scene.body({"id": f"{flow.code}-order", "v": 1, "n": 1, "amount": 9.99})
        many = [Delivery("same", body, copies=calls)]
        if accepted > 1:
            many = [Delivery(f"key-{number}", body) for number in range(calls)]
        started = time.monotonic()
        partner.send(many)
        figures[f"{keys}: calls/s"] = round(calls / (time.monotonic() - started))
        figures[f"{keys}: settled after (s)"] = scene.settle(one, flow.id, SETTLE_SECONDS)
        statuses = sorted(answer.status for answer in partner.answers)
        if statuses != [200] * (calls - accepted) + [202] * accepted:
            breaches.append(f"{keys}: answers {scene.counts(statuses)}")
        with one.environment() as env:
            breaches += audit.check(env, [flow.id])
            breaches += audit.effects(env, flow.id, 1)
    return figures, breaches


def warehouse_storm(template, seed, orders, per_second, pause, forgetful=False):
    """The demo's orders through shop, Odoo and warehouse, on a database of their own.

    :param forgetful: the warehouse does not know what it did under a key: it must be asked
    :return: (figures, breaches)
    """
    from tests.chaos import warehouse

    with rig(template, extra_conf=LIMITS) as one:
        one.tell("warehouse")
        return warehouse.storm(one, seed, orders, per_second, pause, forgetful=forgetful)


def carrier_storm(template, seed, shipments, per_second, pause, forgetful=False):
    """Deliveries are packed, labelled, voided and followed, on a database of their own.

    :param forgetful: the carrier sells again under a known key: it must be asked
    :return: (figures, breaches)
    """
    from tests.chaos import carrier

    with rig(template, extra_conf=LIMITS) as one:
        one.tell("carrier")
        return carrier.storm(one, seed, shipments, per_second, pause, forgetful=forgetful)


def company_storm(template, seed, orders, per_second, pause=None, pace=0.5, share=0.05):
    """The whole company: shop, warehouse, carrier and CRM, on a database of their own.

    :param pause: seconds between two kills; None: nothing is killed
    :param pace: seconds between two steps of each partner
    :param share: how many of all calls fail, in each way there is
    :return: (figures, breaches)
    """
    from tests.chaos import company

    with rig(template, extra_conf=LIMITS) as one:
        one.tell("company")
        return company.storm(one, seed, orders, per_second, pause, pace, share)


def show(name, figures, breaches):
    print(f"\n{name}")
    for title, value in figures.items():
        print(f"  {title:<34}{value}")
    print(f"  {'breaches':<34}{len(breaches)}", flush=True)
    for sentence in breaches[:20]:
        print(f"    {sentence}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--shop-orders", type=int, default=200)
    parser.add_argument("--warehouse-orders", type=int, default=500)
    parser.add_argument("--shipments", type=int, default=300)
    parser.add_argument("--company-orders", type=int, default=500)
    parser.add_argument("--per-second", type=float, default=25)
    parser.add_argument(
        "--pause", type=float, nargs=2, default=[2, 9], help="seconds between kills"
    )
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument(
        "--only",
        choices=["stampede", "killers", "storm", "shop", "warehouse", "carrier", "company"],
    )
    words = parser.parse_args()
    print(f"Seed {words.seed}", flush=True)
    acts = {
        "stampede": lambda one: stampede(one, words.seed),
        "killers": lambda one: killers(one, words.seed, 2 * SETTLE_SECONDS),
        "storm": lambda one: storm(one, words.seed, words.orders, words.per_second, words.pause),
        "shop": lambda one: shop_storm(one, words.seed, words.shop_orders, 10, words.pause),
    }
    results, template = {}, os.environ["SEAM_TEMPLATE"]
    chosen = {name: act for name, act in acts.items() if words.only in (None, name)}
    if chosen:
        with rig(template, extra_conf=LIMITS) as one:
            for name, act in chosen.items():
                one.tell(name)
                results[name] = act(one)
                show(name, *results[name])
    if words.only in (None, "warehouse"):
        for name, forgetful, orders in (
            ("warehouse", False, words.warehouse_orders),
            ("forgetful warehouse", True, words.warehouse_orders // 5),
        ):
            results[name] = warehouse_storm(template, words.seed, orders, 5, words.pause, forgetful)
            show(name, *results[name])
    if words.only in (None, "carrier"):
        for name, forgetful, count in (
            ("carrier", False, words.shipments),
            ("forgetful carrier", True, words.shipments // 3),
        ):
            results[name] = carrier_storm(template, words.seed, count, 5, words.pause, forgetful)
            show(name, *results[name])
    if words.only in (None, "company"):
        results["company"] = company_storm(template, words.seed, words.company_orders, 2)
        show("company", *results["company"])
    print(
        f"\nSeed {words.seed}: "
        + ("all holds." if not any(b for _, b in results.values()) else "BROKEN")
    )
    return 1 if any(breaches for _figures, breaches in results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
