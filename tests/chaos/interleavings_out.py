"""Many workers at what goes out of Odoo, with pauses where races would hide, and a partner who misbehaves.

    python -m tests.chaos.interleavings_out --conf odoo.conf --database d --seed 7 --seconds 20

As interleavings.py, for the other direction: two processes of four threads change records, send, rescue,
promote and retry at random; the partner refuses for the moment, is slow, breaks connections before and after
the effect, and workers die with calls in the air. In the end he must have been told of each record once as
new, of each event once and in order, and never of an older state after a newer.
"""

import collections
import contextlib
import json
import random
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.chaos import audit, interleavings
from tests.chaos.odoo_process import environment
from tools.processes import free_port

# The partner of each flow: one can be asked for what he took, one cannot, one takes events.
FLOWS = {"asked": "state", "blind": "state", "events": "event"}
RECORDS = 12
# Seconds of the slowest answer: well below a lease, so that no call outlives its message.
SLOWEST = 0.3
FAULTS = [None] * 6 + ["busy", "busy", "unavailable", "lost", "error", "gone", "slow", "late"]
PAUSES = {
    "seam.message": [
        "_claim_once",
        "_in_order",
        "_blockers",
        "_prepare_once",
        "_letters",
        "_settle",
        "_write_outcomes",
        "_supersede_older",
        "_bind_answers",
        "_release",
        "_move",
        "_rescue_claim",
        "_unclaim",
    ],
}
# After these, one time in so many, the worker dies.
DEADLY, DEATHS = ("_claim_to_send", "_prepare", "_record_answers"), 60


class Books:
    """What a partner has taken. A key that he knows has no effect again."""

    def __init__(self):
        self.lock, self.calm = threading.Lock(), False
        self.keys, self.told = {}, collections.defaultdict(list)
        self.made, self.names = collections.Counter(), {}

    def take(self, flow, key, document):
        """:return: his id of the record"""
        with self.lock:
            if (flow, key) not in self.keys:
                self.keys[flow, key] = self._do(flow, document)
            return self.keys[flow, key]

    def _do(self, flow, document):
        name = document["name"]
        self.told[flow, name].append(document["version"])
        if "id" in document:
            return document["id"]
        self.made[flow, name] += 1
        return f"{name}/{self.made[flow, name]}"


class Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    books, chance = None, None

    def do_POST(self):
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        fault = None if self.books.calm else self.chance.choice(FAULTS)
        if fault in ("slow", "late"):
            time.sleep(self.chance.uniform(0, SLOWEST))
        if fault in ("busy", "unavailable"):
            return self.answer(429 if fault == "busy" else 503, {})
        if fault == "gone":
            return self.hang_up()
        id_ = self.books.take(self.path, self.headers["Idempotency-Key"], document)
        if fault in ("lost", "late"):
            return self.hang_up()
        return self.answer(500 if fault == "error" else 200, {"id": id_})

    def do_GET(self):
        flow, key = self.path.rsplit("/", 1)
        with self.books.lock:
            id_ = self.books.keys.get((flow, key))
        return self.answer(200 if id_ else 404, {"id": id_} if id_ else {})

    def answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def hang_up(self):
        self.close_connection = True

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def partner(books, seed):
    """:return: his port"""
    port, chance = free_port(), random.Random(f"{seed}/partner")
    desk = type("Desk", (Desk,), {"books": books, "chance": chance})
    server = ThreadingHTTPServer(("127.0.0.1", port), desk)
    server.daemon_threads = True
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    try:
        yield port
    finally:
        server.shutdown()
        server.server_close()


class Sender(interleavings.Actor):
    """One worker that sends, user and clerk in turn."""

    def deeds(self):
        often = [self.change] * 4 + [self.process] * 6 + [self.clerk] * 2
        return often + [self.rescue, self.promote, self.claim_and_die]

    def change(self):
        """A user changes records: who is told of it is noted in the same transaction."""
        with environment(self.world.registry) as env:
            shared = env["seam.chaos.shared"]
            records = shared.search([("name", "=like", f"{self.world.seed}/%")])
            chosen = shared.browse(
                sorted(self.random.sample(records.ids, self.random.choice([1, 1, 2])))
            )
            for record in chosen:
                record.version += 1
            env["seam.handler.chaos.out"]._emit(chosen)
        self.received += [[record, 0, 0, 0] for record in chosen.ids]

    def process(self):
        with environment(self.world.registry) as env:
            env["seam.lane"].search([("code", "=", "send")])._drain()

    def promote(self):
        with environment(self.world.registry) as env:
            env["seam.message"]._promote("send")

    def clerk(self):
        with environment(self.world.registry) as env:
            held = env["seam.message"].search([("state", "in", ["failed", "waiting"])], limit=20)
            held = held.filtered(lambda message: not message.predecessor_id)
            if held:
                self.retry(self.random.choice(held))


class World(interleavings.World):
    actor, pauses, module = Sender, PAUSES, "tests.chaos.interleavings_out"
    port, books = None, None

    def __init__(self, conf, database, seed):
        super().__init__(conf, database, seed)
        from odoo.addons.seam.models import seam_message_claim, sender

        seam_message_claim.LEASE_SECONDS = sender.LEASE_SECONDS = interleavings.LEASE_SECONDS
        # They would save the partner most of the trouble.
        self.registry["seam.circuit"]._note = lambda *arguments, **options: None
        self.registry["seam.rate"]._hold = lambda *arguments, **options: None

    def set_up(self):
        with environment(self.registry) as env:
            user = interleavings._service_user(env)
            for code, carries in FLOWS.items():
                system = env["seam.system"].create(
                    {
                        "name": f"Chaos {code}",
                        "code": f"{code}{int(time.time())}",
                        "user_id": user.id,
                        "state": "active",
                        "base_url": f"http://127.0.0.1:{self.port}",
                        "allowed_hosts": "127.0.0.1",
                        "call_rate": 0,
                    }
                )
                flow = env["seam.flow"].create(
                    {
                        "name": code,
                        "code": code,
                        "system_id": system.id,
                        "direction": "out",
                        "handler": "seam.handler.chaos.out",
                        "carries": carries,
                        "retry_schedule": "0, 0, 1",
                        "can_look_up": code == "asked",
                    }
                )
                flow.action_activate()
                self.flows[code] = flow.id
            env["seam.chaos.shared"].create(
                [{"name": f"{self.seed}/{number}"} for number in range(RECORDS)]
            )

    def add_pauses(self):
        super().add_pauses()
        for name in DEADLY:
            self._make_deadly(name)

    def _make_deadly(self, name):
        cls, died = self.registry["seam.message"], self.died
        method = getattr(cls, name)

        def deadly(*arguments, **options):
            # before what it does or after, as with kill -9
            first, dies = random.random() < 0.5, random.randrange(DEATHS) == 0
            if dies and first:
                raise died
            result = method(*arguments, **options)
            if dies:
                raise died
            return result

        setattr(cls, name, deadly)

    def settle(self, patience=interleavings.PATIENCE):
        self.books.calm = True
        return super().settle(patience)

    def check(self, env, received):
        breaches = audit.check(env, list(self.flows.values()), effects=False)
        records = env["seam.chaos.shared"].search([("name", "=like", f"{self.seed}/%")])
        for code, carries in FLOWS.items():
            for record in records:
                told = self.books.told[f"/{code}", record.name]
                made = self.books.made[f"/{code}", record.name]
                breaches += [
                    f"{code}, {record.name}: {sentence}"
                    for sentence in _story(carries, record.version, told, made)
                ]
        return breaches


def _story(carries, version, told, made):
    """:return: list of sentences, what is wrong with what a partner was told of a record"""
    if carries == "event":
        # events are built at once: the first ones know no id of his
        return [] if told == list(range(1, version + 1)) else [f"told {told} of {version} events"]
    found = []
    if version and told[-1:] != [version]:
        found.append(f"told {told}, and it is at {version}")
    if made != bool(version):
        found.append(f"made {made} times: {told}")
    if told != sorted(told):
        found.append(f"not in order: {told}")
    return found


def main():
    """The parent has the partner; what its children sent is in his books."""
    if "--child" in sys.argv:
        return interleavings.main(World, __doc__)
    World.books = Books()
    with partner(World.books, time.time()) as World.port:
        return interleavings.main(World, __doc__)


if __name__ == "__main__":
    sys.exit(main())
