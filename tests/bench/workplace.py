"""How fast people's pages of exceptions open when there are many, and what grouping costs a message."""

import json
import time

from tests.bench import bodies, crowd, load, prepare
from tests.bench.crowd import Crowd
from tests.bench.intake import LEVEL
from tests.bench.measure import Figure, check, in_turn, percentile, wait_for
from tests.bench.webclient import WebClient

SMALL = Crowd(messages=1_000, open=180, closed=20, heavy=100)
LARGE = Crowd(messages=1_000_000, open=20_000, closed=200_000, heavy=2_000)
QUICK = Crowd(messages=20_000, open=1_000, closed=2_000, heavy=200)
PASSWORD = "bench-workplace"
CASE = "seam.exception"
OPEN = [("state", "=", "open"), ("stage", "!=", "snoozed")]
MINE = [*OPEN, ("mine_or_team", "=", True)]
# A page may ask a little more where there is more to show, but not the more, the more there is.
MORE_QUERIES = 8
AIM_MS = 300


def run(place, options, report):
    pages, values = None, {}
    large = QUICK if options.quick else LARGE
    place.shell(prepare.workplace, PASSWORD)
    there = Crowd(0, 0, 0, 0)
    for size in (SMALL, large):
        print(f"Workplace: {size}", flush=True)
        crowd.fill(place.database, size.beyond(there))
        place.shell(prepare.rank)
        there = size
        with place.serve("held", max_cron_threads=0) as server:
            pages = Pages(place, server)
            values[size] = pages.rounds(options)
            pages.close()
    for name, what in pages.names.items():
        _tell(report, name, what, values[SMALL][name], values[large][name], large)
    _grouping(place, options, report)


def _tell(report, name, what, few, many, large):
    """One line: the 95th percentile of each round, and the queries of every opening."""
    queries, queries_few = (max(cost.queries for cost in side[1]) for side in (many, few))
    check(
        queries <= queries_few + MORE_QUERIES,
        f"{what}: {queries} queries with {large}, {queries_few} with {SMALL}",
    )
    half = percentile([cost.ms for cost in many[1]], 0.5)
    report.add(
        f"workplace.{name}",
        f"{what}: server time until it is open, p95",
        Figure("Seam", "ms", many[0], higher=False),
        {f"with {SMALL}": Figure("few", "ms", few[0], higher=False)},
        ceiling=AIM_MS,
        compare=False,
        note=f"p50 {half:.0f} ms; {queries} queries, {queries_few} beside it",
    )


class Pages:
    """The pages that are opened, by a team's lead and by a clerk of the same team."""

    names = {
        "list_mine": "“My exceptions”, a clerk's list",
        "kanban_mine": "“My exceptions”, a team lead's kanban by stage",
        "list_all": "“All exceptions”, a team lead's list",
        "list_resolved": "“All exceptions” that are resolved, a list",
        "list_words": "“All exceptions”, searched by words, a list",
        "form": "An exception, a clerk's form with its notes",
        "form_heavy": "The exception that holds up most messages, a team lead's form with its notes",
        "list_held": "The messages that it holds up, a list",
        "list_messages": "All messages of the last 7 days, a list",
    }

    def __init__(self, place, server):
        self.clerk = WebClient(server, place.database, "volume-0-0", PASSWORD)
        self.lead = WebClient(server, place.database, "volume-0-4", PASSWORD)
        self.heavy = place.value(
            "SELECT id FROM seam_exception WHERE state = 'open'"
            " ORDER BY held_docs DESC NULLS LAST LIMIT 1"
        )
        self.since = place.value(
            "SELECT to_char(now() - interval '7 days', 'YYYY-MM-DD HH24:MI:SS')"
        )
        (_cost, self.mine) = self.clerk.list(CASE, MINE)
        if place.shell(prepare.has_method, CASE, "dashboard_data"):
            self.names = {**Pages.names, "board": "The dashboard of exceptions, a team lead's"}

    def close(self):
        self.clerk.close()
        self.lead.close()

    def rounds(self, options):
        """:return: {name: ([p95 of each round], [Cost of each opening])}"""
        count = 10 if options.quick else 40
        costs = {name: [] for name in self.names}

        def once(name):
            def measure(_round):
                now = [getattr(self, name)(turn) for turn in range(count)]
                costs[name] += now
                return percentile([cost.ms for cost in now], 0.95)

            return measure

        for name in self.names:  # both workers have read the views, and the rights
            for turn in range(6):
                getattr(self, name)(turn)
        values = in_turn({name: once(name) for name in self.names}, options.rounds)
        return {name: (values[name], costs[name]) for name in self.names}

    # -- one opening each: (turn) → Cost --------------------------------------------------

    def list_mine(self, _turn):
        return self._full(self.clerk.list(CASE, MINE))

    def kanban_mine(self, _turn):
        cost, cards = self.lead.kanban(CASE, MINE, "stage", "severity", "held_docs")
        check(cards, "the kanban is empty")
        return cost

    def list_all(self, _turn):
        return self._full(self.lead.list(CASE, OPEN))

    def list_resolved(self, _turn):
        return self._full(self.lead.list(CASE, [("state", "=", "resolved")]))

    def list_words(self, turn):
        words = [
            "|",
            ("name", "ilike", f"SKU-{turn + 1}"),
            ("missing_code", "ilike", f"SKU-{turn + 1}"),
        ]
        return self._full(self.lead.list(CASE, ["&", *OPEN[:1], *words]))

    def form(self, turn):
        return self.clerk.form(CASE, self.mine[turn % len(self.mine)])[0]

    def form_heavy(self, _turn):
        cost, values = self.lead.form(CASE, self.heavy)
        check(values["first_held_ids"], "the form shows no message")
        return cost

    def list_held(self, _turn):
        held = [
            ("exception_id", "=", self.heavy),
            ("state", "in", ["pending", "working", "waiting", "failed"]),
        ]
        return self._full(self.lead.list("seam.message", held))

    def list_messages(self, _turn):
        return self._full(self.lead.list("seam.message", [("received_at", ">=", self.since)]))

    def board(self, _turn):
        return self.lead.method(CASE, "dashboard_data")[0]

    def _full(self, opened):
        cost, ids = opened
        check(ids, "the list is empty")
        return cost


# -- grouping ----------------------------------------------------------------------------


def _grouping(place, options, report):
    """The same messages done, failing for one cause, and failing for a cause each."""
    count = 200 if options.quick else 1000
    failing = Failing(place)
    with place.serve(max_cron_threads=0) as server:
        for cause in ("done", "one"):
            failing.seconds(server, cause, 50)
        print(f"Grouping: {count} messages a round, with as many exceptions as above")
        sides = {
            cause: lambda _round, cause=cause: failing.seconds(server, cause, count) / count * 1000
            for cause in ("done", "one", "each")
        }
        values = in_turn(sides, options.rounds)
    for cause, what in (("one", "of one cause"), ("each", "of a cause each")):
        more = [a - b for a, b in zip(values[cause], values["done"], strict=True)]
        whole = Figure("failing", "ms", values[cause], higher=False)
        done = Figure("done", "ms", values["done"], higher=False)
        report.add(
            f"workplace.grouping.{cause}",
            f"What a message that fails costs more than one that is done, {count:,} messages {what}:"
            " fault, group, exception, counting",
            Figure("Seam", "ms", more, higher=False),
            {"one that fails, in all": whole, "one that is done, in all": done},
            ceiling=1,
            compare=False,
        )


class Failing:
    """A flow whose handler refuses what it is told to, worked off as in life."""

    def __init__(self, place):
        self.place = place
        self.key = place.shell(prepare.system, "failing")
        self.flow = place.shell(
            prepare.flow,
            "failing",
            "levels",
            LEVEL,
            "paused",
            handler="seam.handler.bench.refuse",
            carries="event",
        )
        self.sent = 0

    def seconds(self, server, cause, count):
        """:return: seconds from the wake-up to the last outcome of `count` messages"""
        self._store(server, cause, count)
        cases = self._count("seam_exception", "true")
        started = time.monotonic()
        self.place.shell(prepare.activate, self.flow)
        ended = wait_for(self._none_left, 120, "the outcomes", 0.002)
        self.place.shell(prepare.pause, self.flow)
        self._check(cause, count, self._count("seam_exception", "true") - cases)
        self.place.shell(prepare.discard_all, self.flow)
        return ended - started

    def _store(self, server, cause, count):
        documents = bodies.stock_levels(self.sent + 1, count)
        for document in documents:
            sku = {"done": "GOOD", "one": f"BAD-{self.sent}", "each": f"BAD-{document['id']}"}
            document["sku"] = sku[cause]
        self.sent += count
        requests = [
            load.post(
                "/seam/v1/failing/levels/batch",
                json.dumps(documents[start : start + 1000]).encode(),
                {"Authorization": f"Bearer {self.key}"},
            )
            for start in range(0, count, 1000)
        ]
        answers = load.send(server.port, requests, 1).statuses
        check(answers == {202: len(requests)}, f"the batch route answered {answers}")

    def _check(self, cause, count, cases):
        wanted = {"done": 0, "one": 1, "each": count}[cause]
        check(cases == wanted, f"{cases} exceptions for {count} messages, not {wanted}")
        failed = self._count("seam_message", "flow_id = %s AND state = 'failed'", self.flow)
        wanted = 0 if cause == "done" else count
        check(failed == wanted, f"{failed} messages failed, not {wanted}")

    def _none_left(self):
        return not self._count(
            "seam_message", "flow_id = %s AND state IN ('pending', 'working')", self.flow
        )

    def _count(self, table, where, *parameters):
        return self.place.value(f"SELECT count(*) FROM {table} WHERE {where}", parameters)
