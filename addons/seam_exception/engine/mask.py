"""Places in a document that some people must not see or change. Plain Python.

A place is a JSON Pointer (RFC 6901) in which a step ``*`` stands for any one step:
``/lines/*/price``. A place covers all that is below it.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from odoo.addons.seam.engine import pointer

MASK = "•••"
_MISSING = object()


def places(text: str | None) -> tuple[tuple[str, ...], ...]:
    """Places from lines of text; empty lines and those that begin with # do not count.

    :raise ValueError: a line is no pointer; the text says which
    """
    found = []
    for line in (text or "").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if not line.startswith("/"):
            raise ValueError(line)
        found.append(tuple(pointer.parts(line)))
    return tuple(found)


def covered(path: Iterable[Any], among: Iterable[tuple[str, ...]]) -> bool:
    """Whether a path is at or below one of the places."""
    steps = [str(step) for step in path]
    return any(
        len(steps) >= len(place)
        and all(want in ("*", step) for want, step in zip(place, steps, strict=False))
        for place in among
    )


def masked(document: Any, among: Iterable[tuple[str, ...]], path: tuple = ()) -> Any:
    """The document with what is at these places replaced by ``MASK``."""
    if path and covered(path, among):
        return MASK
    if isinstance(document, dict):
        return {key: masked(value, among, (*path, key)) for key, value in document.items()}
    if isinstance(document, list):
        return [masked(value, among, (*path, i)) for i, value in enumerate(document)]
    return document


def unmasked(edited: Any, original: Any, among: Iterable[tuple[str, ...]], path: tuple = ()) -> Any:
    """What an editor who saw masks meant: each mask is the original's value again."""
    if path and covered(path, among):
        return original if edited == MASK and original is not _MISSING else edited
    if isinstance(edited, dict):
        old = original if isinstance(original, dict) else {}
        return {
            key: unmasked(value, old.get(key, _MISSING), among, (*path, key))
            for key, value in edited.items()
        }
    if isinstance(edited, list):
        items = original if isinstance(original, list) else []
        return [
            unmasked(value, items[i] if i < len(items) else _MISSING, among, (*path, i))
            for i, value in enumerate(edited)
        ]
    return edited


def changes(old: Any, new: Any, path: tuple = ()) -> Iterator[tuple]:
    """Paths of the values in which two documents differ; of what was added or taken away,
    the path of the whole of it."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in {**old, **new}:
            yield from changes(old.get(key, _MISSING), new.get(key, _MISSING), (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for i in range(max(len(old), len(new))):
            yield from changes(
                old[i] if i < len(old) else _MISSING,
                new[i] if i < len(new) else _MISSING,
                (*path, i),
            )
    elif type(old) is not type(new) or old != new:
        yield path


def leaves(document: Any) -> Iterator[tuple[tuple, Any]]:
    """Every value that is no object and no list, with its path."""
    for path, value in pointer.walk(document):
        if not isinstance(value, (dict, list)):
            yield path, value


def value_at(document: Any, path: Iterable[Any]) -> Any:
    """The value at a path of texts and numbers; None where there is none."""
    for step in path:
        if isinstance(document, list):
            index = int(step) if str(step).isdecimal() else len(document)
            document = document[index] if index < len(document) else None
        elif isinstance(document, dict):
            document = document.get(str(step))
        else:
            return None
    return document


def with_value(document: Any, path: tuple, value: Any) -> Any:
    """The document with one value put at a path; its parents must be there."""
    if not path:
        return value
    step, *rest = path
    if isinstance(document, list):
        index = int(step)
        return [
            with_value(item, tuple(rest), value) if i == index else item
            for i, item in enumerate(document)
        ]
    if isinstance(document, dict):
        return {**document, str(step): with_value(document.get(str(step)), tuple(rest), value)}
    raise KeyError(step)
