"""Whether calls to one system may go out: a circuit breaker as pure functions.

*Closed*, all calls go. When at least ``SHARE`` of at least ``CALLS`` calls within
``WINDOW`` seconds failed it *opens*, and none goes. When its time is up it is *half
open*: one call goes, the probe. A good probe closes it, a bad one opens it for twice as
long. A probe that is never reported (its process died) gives up its place after
``LEASE`` seconds. Where nobody is let in it opens at once.
"""

import math
from typing import NamedTuple

WINDOW = 60
SLOT = 5
CALLS = 10
SHARE = 0.5
FIRST_WAIT = 30
LONGEST_WAIT = 600
# Longer than a call may take by its time limits.
LEASE = 90
# While a probe is under way, others look this often whether it is back (seconds).
LOOK = 5

CLOSED, OPEN, HALF_OPEN = "closed", "open", "half_open"


class Circuit(NamedTuple):
    """What is known of one system's calls; times are in seconds since 1970.

    :ivar slots: tuples (start, good, bad) of the last calls, the oldest first
    :ivar opened: how often it has opened in a row; 0 is closed
    :ivar until: open until then, then half open; 0 while closed
    :ivar probe_until: a probe is under way, at the longest until then; 0: none is
    :ivar since: when it opened first
    :ivar calls: how many there had been in the window then
    :ivar failed: how many of them failed
    """

    slots: tuple[tuple[int, int, int], ...] = ()
    opened: int = 0
    until: float = 0
    probe_until: float = 0
    since: float = 0
    calls: int = 0
    failed: int = 0


def phase(circuit: Circuit, now: float) -> str:
    """:return: ``closed``, ``open`` or ``half_open``"""
    if not circuit.opened:
        return CLOSED
    return OPEN if now < circuit.until else HALF_OPEN


def admit(circuit: Circuit, wanted: int, now: float) -> tuple[Circuit, int, float]:
    """:return: the circuit, how many of ``wanted`` calls may go out now, and, when none
    may, in how many seconds to ask again"""
    current = phase(circuit, now)
    if current == CLOSED or wanted <= 0:
        return circuit, max(0, wanted), 0
    if current == OPEN:
        return circuit, 0, circuit.until - now
    if now < circuit.probe_until:
        return circuit, 0, min(LOOK, circuit.probe_until - now)
    return circuit._replace(probe_until=now + LEASE), 1, 0


def note(circuit: Circuit, good: int, bad: int, now: float) -> Circuit:
    """The circuit after so many good and bad outcomes.

    What was sent before it opened and comes back late says nothing new: it neither
    closes an open circuit nor keeps it open for longer.
    """
    current = phase(circuit, now)
    if current == CLOSED:
        return _counted(circuit, good, bad, now)
    if current == OPEN:
        return circuit
    if bad and circuit.probe_until:
        return _reopened(circuit, now)
    return Circuit() if good and not bad else circuit


def trip(circuit: Circuit, now: float) -> Circuit:
    """The circuit after a call that no further one would be any better than."""
    if phase(circuit, now) == CLOSED:
        return _reopened(Circuit(since=now, calls=1, failed=1), now)
    return note(circuit, 0, 1, now)


def give_back(circuit: Circuit) -> Circuit:
    """The call that was let through was not made: the next one is the probe."""
    return circuit._replace(probe_until=0)


def counts(circuit: Circuit, now: float) -> tuple[int, int]:
    """:return: calls within the window, and how many of them failed"""
    slots = _recent(circuit.slots, now)
    bad = sum(slot[2] for slot in slots)
    return bad + sum(slot[1] for slot in slots), bad


def _counted(circuit: Circuit, good: int, bad: int, now: float) -> Circuit:
    start = math.floor(now / SLOT) * SLOT
    slots = list(_recent(circuit.slots, now))
    if slots and slots[-1][0] >= start:
        start, good, bad = slots[-1][0], slots[-1][1] + good, slots[-1][2] + bad
        slots.pop()
    counted = circuit._replace(slots=(*slots, (start, good, bad)))
    calls, failed = counts(counted, now)
    if calls >= CALLS and failed >= SHARE * calls:
        opened = Circuit(since=now, calls=calls, failed=failed)
        return _reopened(opened, now)
    return counted


def _reopened(circuit: Circuit, now: float) -> Circuit:
    # Without a limit the power would be a number of thousands of digits one day.
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(circuit.opened, 10))
    return circuit._replace(opened=circuit.opened + 1, until=now + wait, probe_until=0)


def _recent(slots, now: float):
    """Slots that lie within the window: nothing older than it counts."""
    return tuple(slot for slot in slots if slot[0] >= now - WINDOW)
