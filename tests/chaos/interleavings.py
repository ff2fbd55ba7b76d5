"""Many workers at one spine, with pauses where races would hide. Runs against a database with seam_chaos.

    python tests/chaos/interleavings.py --conf odoo.conf --database d --seed 7 --seconds 20

Two processes of four threads receive, process, rescue, promote, retry, discard and edit at random;
documents fail, and workers die with a claim in their hands. Then the faults stop, everything has to
settle, and the story that the tables tell is checked. Prints JSON: what was done, and every breach.
"""

import argparse
import collections
import contextlib
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

from psycopg2.errors import SerializationFailure

from tests.chaos import audit, odoo_process
from tests.chaos.odoo_process import environment

PROCESSES, THREADS, KEYS = 2, 4, 5
LEASE_SECONDS = 1
FLOWS = {"events": "event", "states": "state", "unversioned": "state"}
# Places between which another worker may get in.
PAUSES = {
    "seam.message": [
        "_claim_once",
        "_in_order",
        "_blockers",
        "_work_once",
        "_letters",
        "_settle",
        "_write_outcomes",
        "_log",
        "_release",
        "_move",
        "_store",
        "_rescue_claim",
    ],
    "seam.exception": ["_open_cases", "_create_cases", "_close_if_settled"],
}
# Seconds that a slow machine may take longer.
PATIENCE = 180
MISHAPS = [None] * 8 + ["refuse", "bug", "later", "die", "sleep"]


class Actor(threading.Thread):
    """One worker, partner and clerk in turn, until the time is up."""

    def __init__(self, world, number, until):
        super().__init__(daemon=True)
        self.world, self.until = world, until
        self.random = random.Random(f"{world.seed}/{number}")
        self.number, self.count = number, 0
        self.acts = collections.Counter()
        self.unexpected, self.received = [], []

    def deeds(self):
        """:return: list of what to choose from, each as often as it is likely"""
        often = [self.receive] * 3 + [self.process] * 6 + [self.clerk] * 2
        return often + [self.rescue, self.promote, self.claim_and_die]

    def run(self):
        acts = self.deeds()
        while time.time() < self.until or self.has_little():
            act = self.random.choice(acts)
            try:
                act()
                self.acts[act.__name__] += 1
            except self.world.died:
                self.acts["died"] += 1
            except self.world.refusal:
                self.acts["refused"] += 1
            except Exception:  # noqa: BLE001 - told at the end
                self.unexpected.append(traceback.format_exc()[-3000:])

    def has_little(self):
        """Whether too little was received to prove anything, on a slow machine."""
        late = time.time() > self.until + PATIENCE
        return len(self.received) < self.world.least and not late

    def receive(self):
        flow = self.random.choice(list(FLOWS))
        documents = [self.document(flow) for _ in range(self.random.choice([1, 1, 3]))]
        sent = time.time()
        with environment(self.world.registry) as env:
            receipts = self.world.receive(env, flow, documents)
        acknowledged = time.time()
        self.received += [
            [receipt.id, sent, acknowledged, place] for place, receipt in enumerate(receipts)
        ]

    def document(self, flow):
        self.count += 1
        document = {
            "id": f"{flow}-{self.random.randrange(KEYS)}",
            "n": self.number * 10**6 + self.count,
            "do": self.random.choice(MISHAPS),
            "tries": self.random.choice([1, 1, 2]),
        }
        if flow == "states":
            document["v"] = int(time.time() * 1000) % 10**9 + self.random.randrange(-300, 300)
        if self.random.random() < 0.1:
            document["shared"] = f"shared {int(time.time())}"
        return document

    def process(self):
        with environment(self.world.registry) as env:
            for flow in self.world.flows.values():
                while env["seam.message"]._process_next(flow):
                    pass

    def rescue(self):
        with environment(self.world.registry) as env:
            env["seam.message"]._rescue()

    def promote(self):
        with environment(self.world.registry) as env:
            env["seam.message"]._promote("normal")

    def claim_and_die(self):
        """What kill -9 leaves between the claim and the work."""
        if self.random.random() < 0.3:
            flow = self.random.choice(list(self.world.flows.values()))
            with environment(self.world.registry) as env:
                env["seam.message"]._claim_batch(env["seam.flow"]._conf_by_id(flow))

    def clerk(self):
        """A person does something with a message that is held up."""
        with environment(self.world.registry) as env:
            states = self.random.choice([["failed"], ["failed", "waiting", "pending"]])
            held = env["seam.message"].search([("state", "in", states)], limit=20)
            if not held:
                return
            message = self.random.choice(held)
            act = self.random.choice([self.retry, self.retry, self.edit, self.discard])
            act(message)

    def retry(self, message):
        message._retry("Again")

    def discard(self, message):
        if self.random.random() < 0.3:
            message._discard("Not wanted")

    def edit(self, message):
        document = json.loads(message._body_bytes())
        document.update(do=None, edited=self.random.random())
        message._edit(json.dumps(document), "Mended")


class World:
    """The database, its flows, and the engine with pauses in it."""

    actor, pauses, module = Actor, PAUSES, "tests.chaos.interleavings"

    def __init__(self, conf, database, seed):
        self.seed = seed
        self.registry = odoo_process.load(conf, database)
        from odoo.exceptions import AccessError, UserError

        from odoo.addons.seam.models import seam_message_drain
        from odoo.addons.seam_chaos.models import handler_chaos

        seam_message_drain.LEASE_SECONDS = LEASE_SECONDS
        seam_message_drain.CONFLICT_SECONDS = 0
        self.died, self.switch = handler_chaos.Died, handler_chaos.Switch
        # Odoo tries a person's act again after a conflict; here it counts as refused.
        self.refusal = (UserError, AccessError, SerializationFailure)
        self.flows, self.least = {}, 0

    def set_up(self):
        with environment(self.registry) as env:
            system = env["seam.system"].create(
                {
                    "name": "Chaos",
                    "code": f"chaos{int(time.time())}",
                    "user_id": _service_user(env).id,
                    "state": "active",
                    "rate_limit": 0,
                }
            )
            for code, carries in FLOWS.items():
                flow = env["seam.flow"].create(
                    {
                        "name": code,
                        "code": code,
                        "system_id": system.id,
                        "handler": "seam.handler.chaos",
                        "carries": carries,
                        "batch_size": 7,
                        "retry_schedule": "0, 0, 1",
                    }
                )
                flow.action_activate()
                self.flows[code] = flow.id

    def receive(self, env, flow, documents):
        from odoo.addons.seam.engine import trace
        from odoo.addons.seam.models.seam_message_intake import Arrival

        context = trace.new()
        arrivals = [
            Arrival(
                key=f"n{document['n']}",
                topic="",
                body=json.dumps(document).encode(),
                content_type="application/json",
                headers={},
                trace_id=context.trace_id,
                traceparent=context.traceparent(),
            )
            for document in documents
        ]
        conf = env["seam.flow"]._conf_by_id(self.flows[flow])
        return env["seam.message"]._receive(conf, arrivals)

    def add_pauses(self):
        for model, names in self.pauses.items():
            for name in names:
                _pause_around(self.registry[model], name)

    def act(self, seconds, offset):
        """:return: the Actors, when all of them have ended"""
        until = time.time() + seconds
        actors = [self.actor(self, offset + number, until) for number in range(THREADS)]
        for actor in actors:
            actor.start()
        for actor in actors:
            actor.join(seconds + 2 * PATIENCE)
        return actors

    def settle(self, patience=PATIENCE):
        """Faults are off: let everything go through. :return: ids of what does not"""
        self.switch.on = False
        clerk = self.actor(self, 0, 0)
        deadline = time.time() + patience
        while time.time() < deadline:
            for act in (clerk.rescue, clerk.promote, clerk.process, self._retry_failed):
                with contextlib.suppress(self.refusal):
                    act()
            left = self._unfinished()
            if not left:
                break
            time.sleep(0.2)
        with environment(self.registry) as env:
            # what the minute's sweep does besides
            env["seam.exception"]._close_left_open()
        return left

    def _retry_failed(self):
        with environment(self.registry) as env:
            failed = env["seam.message"].search([("state", "=", "failed")])
            failed._retry("The faults are over")

    def check(self, env, received):
        """:return: list of sentences, what does not hold when all is settled"""
        breaches = audit.check(env, list(self.flows.values()))
        breaches += audit.order(env, self.flows["events"], received)
        return breaches + audit.states(env, self.flows["states"])

    def _unfinished(self):
        with environment(self.registry) as env:
            env.cr.execute(
                "SELECT id FROM seam_message WHERE flow_id = ANY(%s)"
                " AND state IN ('pending', 'working', 'waiting', 'failed')",
                [list(self.flows.values())],
            )
            return [row[0] for row in env.cr.fetchall()]


def _service_user(env):
    user = env["res.users"].search([("login", "=", "chaos")])
    return user or env["res.users"].create({"name": "Chaos", "login": "chaos"})


def _pause_around(cls, name):
    method = getattr(cls, name)

    def paused(*arguments, **options):
        if random.random() < 0.15:
            time.sleep(random.expovariate(200))
        result = method(*arguments, **options)
        if random.random() < 0.15:
            time.sleep(random.expovariate(200))
        return result

    setattr(cls, name, paused)


def act(words, kind):
    """A child process: act, and write down what was done."""
    world = kind(words.conf, words.database, words.seed)
    world.flows, world.least = json.loads(words.flows), words.least
    world.add_pauses()
    random.seed(f"{words.seed}/{words.child}")
    actors = world.act(words.seconds, words.child * 100)
    acts = sum((actor.acts for actor in actors), collections.Counter())
    Path(words.out).write_text(
        json.dumps(
            {
                "acts": acts,
                "received": [row for actor in actors for row in actor.received],
                "unexpected": [text for actor in actors for text in actor.unexpected],
                "stuck": sum(actor.is_alive() for actor in actors),
            }
        )
    )


def orchestrate(words, kind):
    """:return: dict of figures and breaches"""
    world = kind(words.conf, words.database, words.seed)
    world.set_up()
    with tempfile.TemporaryDirectory() as folder:
        children = [_spawn(words, world, folder, number) for number in range(1, PROCESSES + 1)]
        codes = [child.wait(words.seconds + 3 * PATIENCE) for child in children]
        reports = [
            json.loads(Path(folder, str(number)).read_text()) for number in range(1, PROCESSES + 1)
        ]
    started = time.time()
    left = world.settle()
    with environment(world.registry) as env:
        received = [row for report in reports for row in report["received"]]
        breaches = world.check(env, received)
        outcomes = audit.outcomes(env, list(world.flows.values()))
    breaches += [f"message {id_} never settles" for id_ in left]
    breaches += [f"a process ended with {code}" for code in codes if code]
    breaches += ["a thread is stuck"] * sum(report["stuck"] for report in reports)
    return {
        "seed": words.seed,
        "received": len(received),
        "acts": sum((collections.Counter(r["acts"]) for r in reports), collections.Counter()),
        "outcomes": outcomes,
        "settled_in": round(time.time() - started, 1),
        "breaches": breaches,
        "unexpected": [text for report in reports for text in report["unexpected"]],
    }


def _spawn(words, world, folder, number):
    arguments = {
        "conf": words.conf,
        "database": words.database,
        "seed": words.seed,
        "seconds": words.seconds,
        "least": words.least,
        "child": number,
        "flows": json.dumps(world.flows),
        "out": Path(folder, str(number)),
    }
    flat = [text for name, value in arguments.items() for text in (f"--{name}", str(value))]
    return subprocess.Popen([sys.executable, "-m", world.module, *flat])


def main(kind=World, text=__doc__):
    parser = argparse.ArgumentParser(description=text)
    parser.add_argument("--conf", required=True)
    parser.add_argument("--database", required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument(
        "--least",
        type=int,
        default=0,
        help="messages that each worker receives, however long it takes",
    )
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--flows", help=argparse.SUPPRESS)
    parser.add_argument("--out", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.child:
        act(words, kind)
        return 0
    result = orchestrate(words, kind)
    print(json.dumps(result, indent=2))
    return 1 if result["breaches"] or result["unexpected"] else 0


if __name__ == "__main__":
    sys.exit(main())
