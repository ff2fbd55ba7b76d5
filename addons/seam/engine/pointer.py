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

    Keys come as values too, at the path of the member they name. Iterative, so
    that no depth can exhaust the stack.
    """
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while todo:
        path, value = todo.pop()
        yield path, value
        if isinstance(value, dict):
            members = [((*path, key), item) for key, item in value.items()]
            yield from ((where, where[-1]) for where, _item in members)
            todo.extend(reversed(members))
        elif isinstance(value, list):
            todo.extend(
                ((*path, index), value[index])
                for index in range(len(value) - 1, -1, -1)
            )
