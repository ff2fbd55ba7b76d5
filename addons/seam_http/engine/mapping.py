"""A mapping: a flat list of rules that makes one document of another.

A rule puts what a JMESPath expression finds in the source at a dotted path of the
result. ``lines[]`` is one entry for each item that its rule finds; the rules below it,
such as ``lines[].sku``, look at that item. An expression that begins with ``$`` looks at
the whole source from anywhere.

    order.number   ← number              text
    lines[]        ← items
    lines[].sku    ← product.sku         text, mandatory
    lines[].order  ← $.number            text
"""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from odoo.addons.seam.engine import pointer
from odoo.addons.seam.engine.fault import Fault

from . import convert
from .expression import ExpressionError, measure, split_root

MAX_RULES = 500
MAX_ITEMS = 20_000
# For all rules of one document together.
MAX_SECONDS = 10.0
EACH = "[]"

_STEP = re.compile(r'\s*(?:"((?:[^"\\]|\\.)+)"|([^.\[\]"\s]+))\s*((?:\[\])?)\s*(?:\.|$)')


class Rule(NamedTuple):
    """:ivar target: dotted path in the result; names with a dot stand in quotes
    :ivar source: JMESPath
    :ivar kind: a key of ``convert.KINDS``
    :ivar missing: what to do when nothing is found: ``omit``, ``null``, ``fault`` or
        ``default``
    :ivar default: a JSON value, put in as it is
    :ivar id: by which errors name the rule
    """

    target: str
    source: str
    kind: str = "as_is"
    parameter: str = ""
    missing: str = "omit"
    default: Any = None
    id: int | str = 0


class Problem(NamedTuple):
    """What is wrong with one rule on one document.

    :ivar target: pointer into the result
    :ivar source: pointer into the source as far as it can be told
    """

    rule: int | str
    target: str
    source: str
    message: str


class MappingError(ValueError):
    """Rules that can make no mapping.

    :ivar rule: id of the rule
    """

    def __init__(self, rule, message):
        super().__init__(message)
        self.rule = rule


@dataclass
class _Node:
    """What is done at one place of the result: a rule, and the rules below it."""

    rule: Rule | None = None
    each: bool = False
    below: dict[str, "_Node"] = field(default_factory=dict)


def parse_target(text: str) -> list[tuple[str, bool]]:
    """:return: list of (name, whether it is a list of many)
    :raise ValueError: not a path
    """
    steps, at = [], 0
    while at < len(text):
        match = _STEP.match(text, at)
        if not match:
            raise ValueError(f"{text!r} is not a path such as name, address.city or lines[].sku.")
        quoted, plain, each = match.groups()
        name = re.sub(r"\\(.)", r"\1", quoted) if quoted else plain
        steps.append((name, bool(each)))
        at = match.end()
    if not steps or text.rstrip().endswith("."):
        raise ValueError("The target is empty or ends with a point.")
    return steps


def compile_rules(rules: Sequence[Rule]) -> "Compiled":
    """:raise MappingError: a rule that cannot be used, with its id"""
    if len(rules) > MAX_RULES:
        raise MappingError(rules[MAX_RULES].id, f"A mapping has at most {MAX_RULES} rules.")
    root = _Node()
    for rule in rules:
        try:
            _plant(root, rule)
            split_root(rule.source)
            convert.check_parameter(rule.kind, rule.parameter)
        except ValueError as error:
            raise MappingError(rule.id, str(error)) from error
    _require_lists(root)
    return Compiled(root)


def check_rule(rule: Rule) -> str:
    """:return: what is wrong with one rule by itself, or \"\""""
    try:
        parse_target(rule.target)
        split_root(rule.source)
        convert.check_parameter(rule.kind, rule.parameter)
    except ValueError as error:
        return str(error)
    return ""


class Compiled:
    """Compiled rules. A pure function, safe to share."""

    def __init__(self, root: _Node):
        self._root = root

    def apply(
        self,
        source: Any,
        maps: Mapping[str, Mapping[str, Any]] | None = None,
        root: Any = None,
    ) -> tuple[dict[str, Any], list[Problem]]:
        """:param root: the whole message, where ``source`` is a part of it
        :return: the result, without what failed, and all that failed
        """
        run = _Run(source if root is None else root, convert.Context(maps or {}))
        result = run.build(self._root, source, (), ())
        try:
            measure(result)
        except ExpressionError as error:
            return {}, [Problem(0, "", "", str(error))]
        return result, run.problems

    def require(
        self,
        source: Any,
        maps: Mapping[str, Mapping[str, Any]] | None = None,
        root: Any = None,
    ) -> dict:
        """:raise Fault: ``mapping.failed`` with every problem; pointers are into the source"""
        result, problems = self.apply(source, maps, root)
        if problems:
            raise fault_of(problems)
        return result


def fault_of(problems: Iterable[Problem]) -> Fault:
    found = list(problems)
    first = found[0]
    place = pointer.readable(first.target)
    return Fault(
        "mapping.failed",
        f"{place}: {first.message}" if place else first.message,
        pointer=first.source,
        fix="Mend the record at its origin, or the line of the mapping on the flow.",
        subject=f"{re.sub('/[0-9]+', '/*', first.target)}"[:120],
        errors=[
            {
                "pointer": problem.source,
                "code": "mapping",
                "message": f"{pointer.readable(problem.target)}: {problem.message}",
            }
            for problem in found[:100]
        ],
    )


class _Run:
    """One document on its way through a mapping."""

    def __init__(self, root: Any, context: convert.Context):
        self.root, self.context = root, context
        self.problems: list[Problem] = []
        self.items = 0
        self._deadline = time.monotonic() + MAX_SECONDS
        self._late = False

    def build(self, node: _Node, here: Any, target: tuple, at: tuple) -> dict[str, Any]:
        """:param here: what expressions look at; ``at`` is its place in the source"""
        made: dict[str, Any] = {}
        for name, child in node.below.items():
            value = self._value(child, here, (*target, name), at)
            if value is not _NOTHING:
                made[name] = value
        return made

    def _value(self, node: _Node, here: Any, target: tuple, at: tuple) -> Any:
        if node.each:
            return self._list(node, here, target, at)
        value = self._found(node.rule, here, target, at)[0] if node.rule else _NOTHING
        if not node.below:
            return value
        below = self.build(node, here, target, at)
        if isinstance(value, dict):
            return {**value, **below}
        return below or (value if node.rule else _NOTHING)

    def _list(self, node: _Node, here: Any, target: tuple, at: tuple) -> Any:
        found, place = self._found(node.rule, here, target, at)
        if found is _NOTHING or found is None:
            return found
        if not isinstance(found, list):
            self._note(node.rule, target, place, "What is found is not a list.")
            return _NOTHING
        self.items += len(found)
        if self.items > MAX_ITEMS:
            self._note(node.rule, target, place, f"There are more than {MAX_ITEMS} items.")
            return _NOTHING
        if not node.below:
            return found
        return [
            self.build(node, item, (*target, number), (*place, number) if place else ())
            for number, item in enumerate(found)
        ]

    def _found(self, rule: Rule, here: Any, target: tuple, at: tuple) -> tuple[Any, tuple]:
        """:return: the value, or ``_NOTHING``; where it is in the source"""
        from_root, expression = split_root(rule.source)
        steps = tuple(pointer.parts(expression.place))
        place = steps if from_root else (*at, *steps)
        if self._is_late(rule, target, place):
            return _NOTHING, place
        try:
            value = expression.search(self.root if from_root else here)
            if value is not None:
                value = convert.convert(rule.kind, value, rule.parameter, self.context)
        except ValueError as error:
            self._note(rule, target, place, str(error))
            return _NOTHING, place
        return (self._default(rule, target, place) if value is None else value), place

    def _is_late(self, rule: Rule, target: tuple, place: tuple) -> bool:
        if not self._late and time.monotonic() > self._deadline:
            self._late = True
            self._note(rule, target, place, "The mapping takes too long on this document.")
        return self._late

    def _default(self, rule: Rule, target: tuple, place: tuple) -> Any:
        if rule.missing == "fault":
            self._note(rule, target, place, f"Nothing is found at {rule.source}.")
            return _NOTHING
        if rule.missing == "default":
            return rule.default
        return None if rule.missing == "null" else _NOTHING

    def _note(self, rule: Rule, target: tuple, place: tuple, message: str) -> None:
        self.problems.append(Problem(rule.id, pointer.join(target), pointer.join(place), message))


_NOTHING = object()


def _plant(root: _Node, rule: Rule) -> None:
    node = root
    steps = parse_target(rule.target)
    for number, (name, each) in enumerate(steps):
        node = node.below.setdefault(name, _Node())
        node.each = node.each or each
        if number == len(steps) - 1:
            if node.rule:
                raise ValueError(f"{rule.target} is filled by two lines.")
            node.rule = rule
            node.each = each or node.each


def _require_lists(root: _Node) -> None:
    """Every list needs the rule that says of which items it is made."""
    todo = [("", root)]
    while todo:
        path, node = todo.pop()
        if node.each and not node.rule:
            below = next(iter(_rules(node)))
            raise MappingError(
                below.id, f"A line with the target {path}[] is missing: it says for which items."
            )
        todo.extend((f"{path}.{name}".lstrip("."), child) for name, child in node.below.items())


def _rules(node: _Node) -> Iterable[Rule]:
    if node.rule:
        yield node.rule
    for child in node.below.values():
        yield from _rules(child)
