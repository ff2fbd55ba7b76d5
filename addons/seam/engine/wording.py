"""What a contract's breach reads like to a partner or a clerk."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import jsonschema_rs

Error = jsonschema_rs.ValidationError

MAX_VALUE = 80

_TYPES = {
    "null": "empty (null)",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "string": "a text",
    "array": "a list",
    "object": "an object",
}
_FORMATS = {
    "date-time": "a date and time such as 2025-01-31T13:45:00Z",
    "date": "a date such as 2025-01-31",
    "time": "a time such as 13:45:00Z",
    "duration": "a duration such as P1DT12H",
    "email": "an e-mail address",
    "idn-email": "an e-mail address",
    "hostname": "a host name",
    "idn-hostname": "a host name",
    "ipv4": "an IPv4 address",
    "ipv6": "an IPv6 address",
    "uri": "a complete address (URI)",
    "uuid": "a UUID",
    "regex": "a regular expression",
}


def sentence(error: Error) -> str:
    """One sentence: where, what must be, what is. Values are cut at
    ``MAX_VALUE`` characters."""
    subject = "/".join(str(part) for part in error.instance_path) or "The document"
    return f"{subject} {predicate(error)}."


def predicate(error: Error) -> str:
    """The sentence without its subject and full stop."""
    write = _PREDICATES.get(keyword(error))
    if not write:
        return f"breaks the rule {keyword(error)!r}"
    return write(error)


def keyword(error: Error) -> str:
    """The keyword of the contract that failed. The library has another name for
    a closed object without fields, and for the bounds of contains."""
    last = error.schema_path[-1] if error.schema_path else None
    renamed = {
        "falseSchema": ("additionalProperties",),
        "contains": ("minContains", "maxContains"),
    }
    return last if last in renamed.get(error.kind.name, ()) else error.kind.name


def shown(value: Any) -> str:
    """A value as a person would name it, at most ``MAX_VALUE`` characters."""
    if isinstance(value, str):
        return f"the text '{_cut(value)}'" if value else "an empty text"
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return f"the number {_cut(str(value))}"


def _cut(text: str) -> str:
    return text if len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 3]}..."


def _plain(value: Any) -> str:
    """A value of the contract itself, in the words of JSON."""
    if isinstance(value, str):
        return f"'{_cut(value)}'"
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return _cut(str(value))
    return _cut(json.dumps(value, default=str, ensure_ascii=False))


def _names(names: list[str]) -> str:
    return ", ".join(f"'{_cut(name)}'" for name in names[:10]) + (
        f" and {len(names) - 10} more" if len(names) > 10 else ""
    )


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _type(error: Error) -> str:
    names = sorted(error.kind.types, key=lambda name: (name == "null", name))
    kinds = [_TYPES[name] for name in names]
    return f"must be {' or '.join(kinds)}, but is {shown(error.instance)}"


def _enum(error: Error) -> str:
    options = [_plain(option) for option in error.kind.options]
    listed = ", ".join(options[:20])
    if len(options) > 20:
        listed += f" and {len(options) - 20} others"
    return f"must be one of {listed}, but is {shown(error.instance)}"


def _const(error: Error) -> str:
    expected = _plain(error.kind.expected_value)
    return f"must be {expected}, but is {shown(error.instance)}"


def _format(error: Error) -> str:
    name = error.kind.format
    wanted = _FORMATS.get(name, f"in the format {name}")
    return f"must be {wanted}, but is {shown(error.instance)}"


def _pattern(error: Error) -> str:
    return f"must match the pattern {_cut(error.kind.pattern)}, but is {shown(error.instance)}"


def _limit(words: str) -> Callable[[Error], str]:
    def write(error: Error) -> str:
        return f"must be {words} {error.kind.limit}, but is {shown(error.instance)}"

    return write


def _size(word: str, unit: str, units: str, verb: str) -> Callable[[Error], str]:
    def write(error: Error) -> str:
        allowed = _count(error.kind.limit, unit, units)
        return f"must {verb} {word} {allowed}, but has {len(error.instance)}"

    return write


def _required(error: Error) -> str:
    return f"lacks the field '{_cut(error.kind.property)}'"


def _unexpected(error: Error) -> str:
    if error.kind.name == "falseSchema":
        return "must have no fields"
    names = [str(name) for name in error.kind.unexpected]
    if len(names) == 1:
        return f"has the field {_names(names)}, which the contract does not know"
    return f"has the fields {_names(names)}, which the contract does not know"


def _unevaluated_items(error: Error) -> str:
    number = _count(len(error.kind.unexpected), "item")
    return f"has {number} that the contract does not know"


def _property_names(error: Error) -> str:
    inner = error.kind.error
    return f"has a field whose name {predicate(inner)}"


def _none_fits(error: Error) -> str:
    """Tells of the branch that came nearest, for that is what was meant."""
    branches = [branch for branch in error.kind.context if branch]
    if not branches:
        return "fits none of the allowed forms"
    here = len(error.instance_path)
    nearest = min(branches, key=lambda branch: _distance(branch, here))
    reasons = [_reason(inner, here) for inner in nearest[:3]]
    if len(nearest) > 3:
        reasons.append(f"and {len(nearest) - 3} more")
    allowed = _count(len(error.kind.context), "allowed form")
    return f"fits none of the {allowed}; the nearest fails because {'; '.join(reasons)}"


def _distance(branch: list[Error], here: int) -> tuple[bool, int]:
    """A branch of the wrong type or tag altogether is the farthest; then the
    one with most errors."""
    wrong_kind = any(
        (inner.kind.name == "type" and len(inner.instance_path) == here)
        or (inner.kind.name == "const" and len(inner.instance_path) == here + 1)
        for inner in branch
    )
    return wrong_kind, len(branch)


def _reason(inner: Error, here: int) -> str:
    below = "/".join(str(part) for part in inner.instance_path[here:])
    return f"{below or 'it'} {predicate(inner)}"


def _several_fit(error: Error) -> str:
    return "fits more than one of the allowed forms, and must fit exactly one"


def _one_of(error: Error) -> str:
    several = isinstance(error.kind, jsonschema_rs.ValidationErrorKind.OneOfMultipleValid)
    return _several_fit(error) if several else _none_fits(error)


_PREDICATES: dict[str, Callable[[Error], str]] = {
    "type": _type,
    "enum": _enum,
    "const": _const,
    "format": _format,
    "pattern": _pattern,
    "minimum": _limit("at least"),
    "maximum": _limit("at most"),
    "exclusiveMinimum": _limit("more than"),
    "exclusiveMaximum": _limit("less than"),
    "multipleOf": lambda error: (
        f"must be a multiple of {error.kind.multiple_of}, but is {shown(error.instance)}"
    ),
    "minLength": _size("at least", "character", "characters", "have"),
    "maxLength": _size("at most", "character", "characters", "have"),
    "minItems": _size("at least", "item", "items", "have"),
    "maxItems": _size("at most", "item", "items", "have"),
    "minProperties": _size("at least", "field", "fields", "have"),
    "maxProperties": _size("at most", "field", "fields", "have"),
    "uniqueItems": lambda error: "must not have the same item twice",
    "contains": lambda error: "lacks an item that the contract asks for",
    "minContains": lambda error: "has too few of the items that the contract asks for",
    "maxContains": lambda error: "has too many of the items that the contract limits",
    "required": _required,
    "dependentRequired": _required,
    "additionalProperties": _unexpected,
    "unevaluatedProperties": _unexpected,
    "additionalItems": lambda error: (
        f"must have at most {error.kind.limit} items, but has {len(error.instance)}"
    ),
    "unevaluatedItems": _unevaluated_items,
    "propertyNames": _property_names,
    "anyOf": _none_fits,
    "oneOf": _one_of,
    "not": lambda error: f"must not be what it is, {shown(error.instance)}",
    "falseSchema": lambda error: "must not be there",
}
