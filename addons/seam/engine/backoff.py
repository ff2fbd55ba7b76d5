"""When to try again: a schedule written by the administrator, spread by chance
so that messages that failed together do not come back together."""

import random
from typing import Any

MAX_DELAY = 86400
MAX_RETRIES = 50


def parse_schedule(text: str) -> tuple[int, ...]:
    """Waits in seconds from ``"0, 5, 300"``; an empty text means no retry.

    :raise ValueError: a sentence for the administrator, if one is not a whole
        number of at most ``MAX_DELAY`` seconds, or if there are too many
    """
    parts = [part.strip() for part in text.split(",")] if text.strip() else []
    if len(parts) > MAX_RETRIES:
        raise ValueError(
            f"The retry schedule has {len(parts)} waits; at most {MAX_RETRIES} are"
            " allowed, so that a message cannot be retried for ever."
        )
    return tuple(_seconds(part) for part in parts)


def _seconds(part: str) -> int:
    if not (part.isascii() and part.isdigit()) or len(part) > 6:
        raise ValueError(_complaint(part))
    seconds = int(part)
    if seconds > MAX_DELAY:
        raise ValueError(_complaint(part))
    return seconds


def _complaint(part: str) -> str:
    return (
        f"The retry schedule contains '{part[:40]}': write waits in whole seconds up"
        f" to {MAX_DELAY} (a day), separated by commas, such as 0, 5, 300."
    )


def next_delay(
    schedule: tuple[int, ...],
    tries: int,
    retry_after: float | None = None,
    jitter: float = 0.2,
    rng: Any = random,
) -> float | None:
    """Seconds until the next try, or None when the schedule is exhausted.

    :param schedule: ``schedule[0]`` is the wait after the first failed try
    :param tries: how many tries have failed, at least 1
    :param retry_after: the least the other side asked to wait, in seconds;
        honoured up to ``MAX_DELAY``
    :param jitter: by which part a wait may be longer or shorter; what the other
        side asked for is only ever made longer
    :param rng: anything with ``uniform``
    """
    if tries < 1:
        raise ValueError("Before the first try there is nothing to wait for.")
    if tries > len(schedule):
        return None
    delay = schedule[tries - 1] * (1 + rng.uniform(-jitter, jitter))
    if retry_after and retry_after > 0:
        asked = min(retry_after, MAX_DELAY)
        delay = max(delay, asked * (1 + rng.uniform(0, jitter)))
    return min(delay, MAX_DELAY)
