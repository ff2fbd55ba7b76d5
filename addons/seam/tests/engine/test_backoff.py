"""Retries wait as the administrator wrote, a little spread, and they end."""

import random

import pytest
from engine import backoff
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "text, schedule",
    [("0, 5, 300", (0, 5, 300)), ("60", (60,)), ("", ()), ("  ", ()), ("86400", (86400,))],
)
def test_a_schedule_is_read(text, schedule):
    assert backoff.parse_schedule(text) == schedule


@pytest.mark.parametrize(
    "text", ["5, soon", "-5", "1.5", "5,,6", "5,", ",", "86401", "9" * 5000, "5m", "²", "1;2"]
)
def test_a_bad_schedule_is_refused_with_a_sentence(text):
    with pytest.raises(ValueError, match="such as 0, 5, 300") as caught:
        backoff.parse_schedule(text)
    assert len(str(caught.value)) < 250


def test_retrying_for_ever_is_refused():
    with pytest.raises(ValueError, match="cannot be retried for ever"):
        backoff.parse_schedule(",".join(["1"] * 51))


def test_each_failed_try_takes_the_next_wait_and_then_it_ends():
    waits = [backoff.next_delay((0, 5, 300), tries, jitter=0) for tries in (1, 2, 3, 4)]
    assert waits == [0, 5, 300, None]
    assert backoff.next_delay((), 1) is None


def test_before_the_first_try_there_is_nothing_to_wait_for():
    with pytest.raises(ValueError):
        backoff.next_delay((1,), 0)


def test_what_the_other_side_asks_is_the_least():
    assert backoff.next_delay((5,), 1, retry_after=60, jitter=0) == 60
    assert backoff.next_delay((500,), 1, retry_after=60, jitter=0) == 500
    assert backoff.next_delay((5,), 1, retry_after=0, jitter=0) == 5
    assert backoff.next_delay((5,), 2, retry_after=60) is None


def test_messages_that_failed_together_come_back_apart():
    rng = random.Random(1)
    waits = {backoff.next_delay((100,), 1, rng=rng) for _ in range(50)}
    assert len(waits) == 50
    assert min(waits) < 90 and max(waits) > 110


@given(
    st.lists(st.integers(0, 86400), max_size=9).map(tuple),
    st.integers(1, 10),
    st.none() | st.floats(-10, 1e9),
    st.randoms(),
)
def test_a_wait_is_near_the_schedule_never_before_what_was_asked_and_bounded(
    schedule, tries, retry_after, rng
):
    delay = backoff.next_delay(schedule, tries, retry_after, rng=rng)
    if tries > len(schedule):
        assert delay is None
        return
    assert 0 <= delay <= 86400
    assert delay >= min(schedule[tries - 1] * 0.8, 86400)
    if retry_after:
        assert delay >= min(retry_after, 86400)
