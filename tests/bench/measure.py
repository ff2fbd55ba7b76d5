"""Rounds in turn, medians, and what a benchmark must prove beside its speed."""

import statistics
import time
from typing import NamedTuple


class Wrong(Exception):
    """The work was done fast and wrong: the benchmark fails."""


def check(condition, sentence):
    if not condition:
        raise Wrong(sentence)


class Figure(NamedTuple):
    """What one side reached: a value a round, and notes for the reader.

    higher  whether more is better
    """

    name: str
    unit: str
    values: list
    higher: bool = True

    @property
    def median(self):
        return statistics.median(self.values)

    def __str__(self):
        low, high = min(self.values), max(self.values)
        spread = f" ({number(low)}–{number(high)})" if low != high else ""
        return f"{number(self.median)} {self.unit}{spread}"


def in_turn(sides, rounds):
    """Measure every side once a round, in turn, so that the state of the machine and of the database is shared.

    sides  {name: function(round) → value}; every second round goes the other way round
    returns {name: [value, …]}
    """
    values = {name: [] for name in sides}
    for round_ in range(rounds):
        names = list(sides) if round_ % 2 == 0 else list(reversed(sides))
        for name in names:
            value = sides[name](round_)
            values[name].append(value)
            shown = value
            while not isinstance(shown, (int, float)):
                shown = shown[0]
            print(f"  round {round_ + 1}: {name}: {number(shown)}", flush=True)
    return values


def ratio(ours, theirs):
    """Round by round: (median, lowest, highest)."""
    pairs = [a / b for a, b in zip(ours, theirs, strict=True)]
    return statistics.median(pairs), min(pairs), max(pairs)


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def wait_for(condition, patience, what, pause=0.02):
    """Poll until `condition()` holds; returns time.monotonic() then."""
    deadline = time.monotonic() + patience
    while not condition():
        check(time.monotonic() < deadline, f"{what}: not within {patience} s")
        time.sleep(pause)
    return time.monotonic()


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.3g}"
