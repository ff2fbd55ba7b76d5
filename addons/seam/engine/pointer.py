"""RFC 6901 JSON Pointers."""

from collections.abc import Iterable, Iterator
from typing import Any


def join(parts: Iterable[str | int]) -> str:
    """Steps from the root to a pointer: ``("lines", 0, "a/b")`` gives
    ``/lines/0/a~1b``; no steps give '' (the whole document)."""
    return "".join(f"/{escape(str(part))}" for part in parts)


def escape(part: str) -> str:
    """One step, escaped as RFC 6901 section 3 asks."""
    return part.replace("~", "~0").replace("/", "~1")


def walk(document: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value of a parsed document with its path, parents first, in order.

    Iterative, so that no depth can exhaust the stack.
    """
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while todo:
        path, value = todo.pop()
        yield path, value
        if isinstance(value, dict):
            members = reversed(value.items())
            todo.extend(((*path, key), item) for key, item in members)
        elif isinstance(value, list):
            last = len(value) - 1
            todo.extend(((*path, i), value[i]) for i in range(last, -1, -1))


def parts(text: str) -> list[str]:
    """The steps of a pointer, unescaped; none for the whole document."""
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def readable(text: str) -> str:
    """A pointer as people say it: ``/lines/0/sku`` is ``lines › 1 › sku``.

    Items of a list are counted from 1.
    """
    steps = (str(int(part) + 1) if part.isdecimal() else part for part in parts(text))
    return " › ".join(steps)
