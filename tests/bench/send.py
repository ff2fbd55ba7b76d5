"""How fast messages leave Odoo, and what other lanes lose while one partner hangs."""

import json
import time

from tests.bench import bodies, load, prepare
from tests.bench.intake import LEVEL
from tests.bench.measure import Figure, check, in_turn, percentile, wait_for
from tests.bench.partner import Partner

# A partner on the internet rarely answers sooner.
LATENCY = 0.05
# So much is to go to the partner that hangs, two calls at a time.
STUCK, STUCK_CALLS = 20, 2


def run(place, options, report):
    for code, latency, count, what in (
        ("send", 0.0, 400 if options.quick else 3000, "a partner on this machine"),
        ("send_far", LATENCY, 100 if options.quick else 600, "one who takes 50 ms to answer"),
    ):
        with Partner(latency) as partner:
            out = Outgoing(place, code, partner)
            with place.serve():
                out.warm()
                print(f"Send: {count} messages to {what}")
                sides = {
                    "loop": lambda _round, o=out, n=count: o.jobs(n, each=n // 2),
                    "job": lambda _round, o=out, n=count // 4: o.jobs(n, each=1),
                    "seam": lambda _round, o=out, n=count: o.messages(n),
                }
                values = in_turn(sides, options.rounds)
        report.add(
            code,
            f"Sending to {what}: claimed, checked, called, recorded, with the call kept as evidence",
            Figure("Seam", "messages/s", values["seam"]),
            {
                "a `requests` loop in each of two jobs": Figure(
                    "loop", "messages/s", values["loop"]
                ),
                "one `queue_job` each": Figure("job", "messages/s", values["job"]),
            },
        )
    _hang(place, options, report)


def _hang(place, options, report):
    """How long messages of others take, with and without a partner that hangs on all that goes to him.

    With one job for sending, as it is set up for two workers: the others have no second one to go by.
    """
    count = 20 if options.quick else 60
    with Partner() as good, Partner(None) as bad:
        quick = Outgoing(place, "hang_quick", good)
        stuck = Outgoing(place, "hang_stuck", bad, parallel=STUCK_CALLS)
        lanes = Lanes(place)
        with place.serve("one_sender") as server:
            quick.warm()
            lanes.seconds(server, quick, 10)
            sides = {
                "alone": lambda _round: lanes.seconds(server, quick, count),
                "beside": lambda _round: stuck.while_it_hangs(
                    lambda: lanes.seconds(server, quick, count)
                ),
            }
            print(f"Hang: {count} messages in and out while a partner hangs")
            values = in_turn(sides, options.rounds)
    for index, (code, what) in enumerate(
        (
            ("hang_in", "Median time from POST to done of a message of another lane"),
            ("hang_out", "Median time from the change to the answer of another partner"),
        )
    ):
        pick = {
            name: [percentile(value[index], 0.5) * 1000 for value in of]
            for name, of in values.items()
        }
        slow = {
            name: percentile([each for value in of for each in value[index]], 0.9) * 1000
            for name, of in values.items()
        }
        report.add(
            code,
            f"{what}, while one partner hangs",
            Figure("Seam", "ms", pick["beside"], higher=False),
            {"nobody hangs": Figure("alone", "ms", pick["alone"], higher=False)},
            note=f"p90 {slow['beside']:.0f} ms, {slow['alone']:.0f} ms where nobody hangs",
        )


class Outgoing:
    """A flow to one partner, and the same documents as rows that plain jobs send."""

    def __init__(self, place, code, partner, **values):
        self.place, self.code, self.partner = place, code, partner
        place.shell(prepare.system, code)
        place.shell(prepare.partner, code, partner.url, **values)
        self.flow = place.shell(
            prepare.flow,
            code,
            "out",
            state="paused",
            direction="out",
            handler="seam.handler.bench.out",
            carries="event",
        )

    def warm(self):
        self.place.shell(prepare.enqueue_nothing, 20)
        wait_for(self._no_jobs, 60, "the first jobs")
        self.messages(20)

    def messages(self, count):
        """:return: messages/s from the activation of the flow to the last outcome"""
        self.place.shell(prepare.emit, self.flow, count)
        before, answered = self._done(), self.partner.count()
        started = time.monotonic()
        self.place.shell(prepare.activate, self.flow)
        ended = wait_for(lambda: self._done() - before >= count, 300, "sending")
        self.place.shell(prepare.pause, self.flow)
        self._check(answered, count)
        return count / (ended - started)

    def jobs(self, count, each):
        """:return: messages/s of plain jobs of `each` messages"""
        answered = self.partner.count()
        self.place.shell(prepare.enqueue_sending, self.partner.url, count, each)
        started = time.monotonic()
        ended = wait_for(
            lambda: self.partner.count() - answered >= count and self._no_jobs(), 300, "the jobs"
        )
        self._check(answered, count)
        return count / (ended - started)

    def while_it_hangs(self, work):
        """Do `work` while calls to this partner hang."""
        self.place.shell(prepare.emit, self.flow, STUCK)
        self.place.shell(prepare.activate, self.flow)
        wait_for(self._working, 30, "the hanging calls")
        result = work()
        check(self._working(), "the partner's calls hang no more")
        self.place.shell(prepare.pause, self.flow)
        wait_for(lambda: not self._working(), 60, "the end of the hanging calls")
        self.place.shell(prepare.discard_all, self.flow)
        return result

    def one(self):
        """:return: seconds from a change to its outcome, the flow being active"""
        before = self._done()
        started = time.monotonic()
        self.place.shell(prepare.emit, self.flow, 1)
        return wait_for(lambda: self._done() > before, 60, "one message", 0.002) - started

    def _working(self):
        return bool(self._count("state = 'working'"))

    def _done(self):
        return self._count("state = 'done'")

    def _count(self, where):
        return self.place.value(
            f"SELECT count(*) FROM seam_message WHERE flow_id = %s AND {where}", [self.flow]
        )

    def _no_jobs(self):
        return not self.place.value(
            "SELECT count(*) FROM queue_job WHERE channel = 'root.bench'"
            " AND state NOT IN ('done', 'failed', 'cancelled')"
        )

    def _check(self, answered, count):
        found = self.partner.count() - answered
        check(found == count, f"the partner got {found} calls for {count} messages")


class Lanes:
    """What else goes on: messages that come in, and messages to another partner."""

    def __init__(self, place):
        self.place = place
        self.key = place.shell(prepare.system, "hang_in")
        self.flow = place.shell(prepare.flow, "hang_in", "levels", LEVEL, carries="event")
        self.sent = 0

    def seconds(self, server, quick, count):
        """:return: (seconds of each message in, seconds of each message out)"""
        self.place.shell(prepare.activate, quick.flow)
        times_in = [self._one(server) for _ in range(count)]
        times_out = [quick.one() for _ in range(count)]
        self.place.shell(prepare.pause, quick.flow)
        return times_in, times_out

    def _one(self, server):
        self.sent += 1
        body = json.dumps(bodies.stock_levels(self.sent, 1)[0]).encode()
        request = load.post(
            "/seam/v1/hang_in/levels", body, {"Authorization": f"Bearer {self.key}"}
        )
        before = self._done()
        started = time.monotonic()
        answers = load.send(server.port, [request], 1).statuses
        check(answers == {202: 1}, f"the intake answered {answers}")
        return wait_for(lambda: self._done() > before, 60, "one message", 0.002) - started

    def _done(self):
        return self.place.value(
            "SELECT count(*) FROM seam_message WHERE flow_id = %s AND state = 'done'", [self.flow]
        )
