"""The circuit opens when half of enough calls fail, tries one, and never stays shut for good."""

import pytest
from engine import circuit
from engine.circuit import CLOSED, HALF_OPEN, OPEN, Circuit, admit, counts, note, phase
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_800_000_000.0


def opened(now=NOW):
    return note(Circuit(), 0, 10, now)


def test_ten_failures_open_it():
    state = note(Circuit(), 0, 9, NOW)
    assert phase(state, NOW) == CLOSED
    state = note(state, 0, 1, NOW)
    assert phase(state, NOW) == OPEN
    assert (state.calls, state.failed, state.since) == (10, 10, NOW)
    assert admit(state, 5, NOW)[1:] == (0, 30)


@pytest.mark.parametrize(
    "good, bad, expected",
    [(5, 5, OPEN), (6, 5, CLOSED), (100, 99, CLOSED), (100, 100, OPEN), (0, 9, CLOSED)],
)
def test_half_of_at_least_ten_calls(good, bad, expected):
    state = note(note(Circuit(), good, 0, NOW), 0, bad, NOW + 1)
    assert phase(state, NOW + 1) == expected


def test_what_is_older_than_a_minute_does_not_count():
    state = note(Circuit(), 0, 9, NOW)
    state = note(state, 0, 1, NOW + circuit.WINDOW + 1)
    assert phase(state, NOW + circuit.WINDOW + 1) == CLOSED
    assert counts(state, NOW + circuit.WINDOW + 1) == (1, 1)


def test_a_good_probe_closes_it_and_a_bad_one_doubles_the_wait():
    state, waits, now = opened(), [], NOW
    for _ in range(7):
        waits.append(state.until - now)
        now = state.until
        state, count, _seconds = admit(state, 50, now)
        assert count == 1
        assert admit(state, 50, now)[1] == 0
        state = note(state, 0, 1, now)
    assert waits == [30, 60, 120, 240, 480, 600, 600]
    state, _count, _seconds = admit(state, 50, state.until)
    assert note(state, 1, 0, state.until) == Circuit()


def test_where_nobody_is_let_in_it_opens_at_once():
    state = circuit.trip(note(Circuit(), 50, 0, NOW), NOW + 1)
    assert phase(state, NOW + 1) == OPEN
    assert (state.calls, state.failed, state.until) == (1, 1, NOW + 1 + circuit.FIRST_WAIT)
    assert circuit.trip(state, NOW + 2) == state
    state, _count, _seconds = admit(state, 5, state.until)
    assert circuit.trip(state, NOW + 40).opened == 2


def test_a_probe_that_never_reports_gives_up_its_place():
    state, count, _seconds = admit(opened(), 1, NOW + 30)
    assert count == 1
    assert admit(state, 1, NOW + 30 + circuit.LEASE - 1)[1] == 0
    assert admit(state, 1, NOW + 30 + circuit.LEASE)[1] == 1


def test_a_probe_that_was_not_made_is_given_back():
    state, _count, _seconds = admit(opened(), 1, NOW + 30)
    assert admit(circuit.give_back(state), 1, NOW + 31)[1] == 1


def test_what_comes_back_late_says_nothing():
    state = opened()
    assert note(state, 3, 0, NOW + 5) == state, "it was sent before"
    assert note(state, 0, 3, NOW + 5) == state
    assert note(state, 0, 1, NOW + 31) == state, "no probe is under way"


STEPS = st.lists(
    st.tuples(
        st.floats(0, 200),
        st.one_of(
            st.tuples(st.just("admit"), st.integers(0, 50)),
            st.tuples(st.just("note"), st.integers(0, 20), st.integers(0, 20)),
            st.tuples(st.just("back")),
        ),
    ),
    max_size=60,
)


@given(STEPS)
def test_it_holds_back_for_a_bounded_time_and_lets_one_through(steps):
    """Whatever happens: closed lets all, half open one at a time, and there is an end."""
    state, now, probe = Circuit(), NOW, None
    for passed, (act, *values) in steps:
        now += passed
        before = phase(state, now)
        if act == "admit":
            state, count, seconds = admit(state, values[0], now)
            assert count <= values[0]
            if before == CLOSED:
                assert count == values[0]
            elif before == OPEN:
                assert count == 0
            else:
                assert count <= 1
                if count:
                    assert probe is None or now >= probe + circuit.LEASE
                    probe = now
            if values[0] and not count:
                assert 0 < seconds <= circuit.LONGEST_WAIT
        elif act == "note":
            state = note(state, *values, now)
            if before == HALF_OPEN and phase(state, now) != HALF_OPEN:
                probe = None
        else:
            state, probe = circuit.give_back(state), None
        assert len(state.slots) <= circuit.WINDOW / circuit.SLOT + 1
        assert state.until - now <= circuit.LONGEST_WAIT
    # However it ended, a call goes out in a while.
    later = max(now, state.until, state.probe_until)
    assert admit(state, 1, later)[1] == 1


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans()), max_size=80))
def test_it_opens_exactly_when_half_of_ten_calls_of_the_window_failed(calls):
    state, now, seen = Circuit(), NOW, []
    for passed, good in calls:
        now += passed
        seen.append((now, good))
        state = note(state, int(good), int(not good), now)
        within = [ok for at, ok in seen if at > now - (circuit.WINDOW - circuit.SLOT)]
        around = [ok for at, ok in seen if at >= now - circuit.WINDOW]
        if phase(state, now) == OPEN:
            # Slots are of five seconds: the window is 55 to 60 seconds long.
            assert len(around) >= circuit.CALLS and around.count(False) >= 5
            return
        assert len(within) < circuit.CALLS or within.count(True) > 0
