"""The text of an OpenAPI description to a Python document: JSON or YAML, from anybody.

YAML is read by YAML 1.2's core rules: ``no`` is a text (a country), a date is a text.
Aliases are fine as long as what they stand for, written out, stays small.
"""

import json
import re
from typing import Any

import yaml

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 120
MAX_NODES = 600_000


class DescriptionError(ValueError):
    """A description that cannot be used; a sentence for the administrator."""


def load(text: str) -> Any:
    """:raise DescriptionError: too large, too deep, or neither JSON nor YAML"""
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise DescriptionError(f"The description is larger than {MAX_BYTES // 1024 // 1024} MB.")
    text = text.lstrip("\ufeff")
    document = _json(text) if text.lstrip()[:1] in ("{", "[") else _yaml(text)
    _check_depth(document)
    return document


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise DescriptionError("The description is nested too deeply.") from None
    except ValueError as error:
        try:
            return _yaml(text)  # flow style YAML begins like JSON
        except DescriptionError:
            raise DescriptionError(f"The description is not valid JSON: {error}") from None


_Base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):
    """Safe, and by the core schema of YAML 1.2. Names of members are texts, as in JSON:
    ``200:`` and ``01:`` are "200" and "01"."""

    def construct_mapping(self, node, deep=False):
        if isinstance(node, yaml.MappingNode):
            self.flatten_mapping(node)
        made = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(
                    None, None, "the name of a member is no text", key.start_mark
                )
            made[key.value] = self.construct_object(value, deep=deep)
        return made


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("null", r"~|null|Null|NULL|", "~nN"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("merge", r"<<", "<"),
):
    _Loader.add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}",
        re.compile(rf"^(?:{_pattern})$"),
        [*_first, ""] if _tag == "null" else list(_first),
    )
# YAML 1.1 takes 010 for 8.
_Loader.add_constructor(
    "tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node))
)


def _yaml(text: str) -> Any:
    try:
        _check_events(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - derived from the safe loader
    except RecursionError:
        raise DescriptionError("The description is nested too deeply.") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise DescriptionError(
            f"The description is neither JSON nor YAML: {error.problem}{place}."
        ) from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise DescriptionError(f"The description is neither JSON nor YAML: {error}") from None


def _check_events(text: str) -> None:
    """Depth and written-out size, from the stream of events: nothing is built yet."""
    depth = 0
    sizes: dict[str, int] = {}
    open_: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=_Base):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            total += 1
            open_.append((event.anchor, total))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1
            anchor, before = open_.pop()
            if anchor:
                sizes[anchor] = total - before + 1
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _before in open_):
                raise DescriptionError("The description contains itself by a YAML alias.")
            total += sizes.get(event.anchor, 1)
        if depth > MAX_DEPTH or total > MAX_NODES:
            what = "deeply nested" if depth > MAX_DEPTH else "large"
            raise DescriptionError(f"The description is too {what}.")


def _check_depth(document: Any) -> None:
    count, level = 0, [document]
    for _depth in range(MAX_DEPTH + 1):
        count += len(level)
        if count > MAX_NODES:
            raise DescriptionError("The description is too large.")
        level = [
            item
            for value in level
            if isinstance(value, (dict, list))
            for item in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise DescriptionError("The description is nested too deeply.")
