"""How fast a lane is worked off when the handler does nothing: what the engine itself costs a message."""

import json
import time

from tests.bench import bodies, load, prepare
from tests.bench.intake import LEVEL
from tests.bench.measure import Figure, check, in_turn, wait_for

UNFINISHED = "('pending', 'working', 'waiting', 'failed')"
ENDED_JOBS = "('done', 'failed', 'cancelled')"


def run(place, options, report):
    count, jobs = (4000, 300) if options.quick else (20_000, 1500)
    lane = Lane(place)
    with place.serve() as server:
        lane.warm()
        print(f"Drain: {count} messages, beside {jobs} jobs that do nothing")
        sides = {
            "job": lambda _round: lane.jobs(jobs),
            "seam": lambda _round: lane.messages(server, count),
        }
        values = in_turn(sides, options.rounds)
    report.add(
        "drain",
        "Working off small messages with a handler that does nothing: claimed, parsed, checked, "
        "settled, with an event line each",
        Figure("Seam", "messages/s", values["seam"]),
        {"one `queue_job` each": Figure("job", "jobs/s", values["job"])},
        floor=3000,
    )


class Lane:
    """A flow whose messages are stored while it is paused, and timed from its activation."""

    def __init__(self, place):
        self.place = place
        self.key = place.shell(prepare.system, "drain")
        self.flow = place.shell(
            prepare.flow, "drain", "levels", LEVEL, "paused", carries="event", batch_size=500
        )
        self.sent = 0

    def warm(self):
        self.place.shell(prepare.enqueue_nothing, 20)
        wait_for(self._no_jobs, 60, "the first jobs")

    def messages(self, server, count):
        """:return: messages/s from the wake-up to the last outcome"""
        self._store(server, count)
        before = self._done()
        started = time.monotonic()
        self.place.shell(prepare.activate, self.flow)
        ended = wait_for(self._no_messages, 300, "draining")
        self.place.shell(prepare.pause, self.flow)
        done = self._done() - before
        check(done == count, f"{done} of {count} messages are done")
        return count / (ended - started)

    def jobs(self, count):
        """:return: jobs/s from the moment they are all enqueued to the last one done"""
        before = self._done_jobs()
        self.place.shell(prepare.enqueue_nothing, count)
        started = time.monotonic()
        ended = wait_for(self._no_jobs, 300, "the jobs")
        done = self._done_jobs() - before
        check(done == count, f"{done} of {count} jobs are done")
        return count / (ended - started)

    def _store(self, server, count):
        first = self.sent + 1
        self.sent += count
        requests = [
            load.post(
                "/seam/v1/drain/levels/batch",
                json.dumps(bodies.stock_levels(start, 1000)).encode(),
                {"Authorization": f"Bearer {self.key}"},
            )
            for start in range(first, first + count, 1000)
        ]
        answers = load.send(server.port, requests, 2).statuses
        check(answers == {202: len(requests)}, f"the batch route answered {answers}")

    def _done(self):
        return self._count("seam_message", "flow_id = %s AND state = 'done'", self.flow)

    def _no_messages(self):
        return not self._count(
            f"(SELECT FROM seam_message WHERE flow_id = %s AND state IN {UNFINISHED} LIMIT 1) AS m",
            "true",
            self.flow,
        )

    def _done_jobs(self):
        return self._count("queue_job", "method_name = %s AND state = 'done'", "nothing")

    def _no_jobs(self):
        return not self._count(
            "queue_job", f"channel = %s AND state NOT IN {ENDED_JOBS}", "root.bench"
        )

    def _count(self, table, where, *parameters):
        return self.place.value(f"SELECT count(*) FROM {table} WHERE {where}", parameters)
