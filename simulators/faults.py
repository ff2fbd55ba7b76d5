"""Misbehaviour by choice, that can be switched while a simulator runs."""

import collections
import random
import threading


class Faults:
    """{name: {"chance": 0..1, "times": how often or None, ...}} of the names in `NAMES`.

    A simulator says in its subclass what each name means. `taken` counts how often each happened.
    """

    NAMES = ()
    # Of these a plain number is seconds, and not a chance.
    SECONDS = ("latency",)

    def __init__(self, seed=None):
        self.set, self.taken = {}, collections.Counter()
        self._chance, self._lock = random.Random(seed), threading.Lock()

    def change(self, wishes):
        """Take `wishes` over; a number stands for its chance (of latency: its seconds), 0 or None ends it.

        Raises ValueError when a name or a value is not understood.
        """
        read = {name: self._read(name, wish) for name, wish in wishes.items()}
        self.set = {k: v for k, v in {**self.set, **read}.items() if v}

    def _read(self, name, wish):
        if name not in self.NAMES:
            raise ValueError(f"There is no fault {name}; there are {', '.join(self.NAMES)}.")
        if not wish:
            return None
        if isinstance(wish, dict):
            return {"chance": 1, "times": None, **wish}
        if name in self.SECONDS:
            return {"chance": 1, "times": None, "seconds": float(wish)}
        return {"chance": float(wish), "times": None}

    def take(self, name):
        """The fault's settings if it happens this time, else None."""
        with self._lock:
            fault = self.set.get(name)
            if not fault or self._chance.random() >= fault["chance"]:
                return None
            if fault["times"] is not None:
                fault["times"] -= 1
                if fault["times"] <= 0:
                    self.set.pop(name, None)
            self.taken[name] += 1
            return fault
