"""Paths, query values and headers with ``{expression}`` in them.

``/orders/{number}/lines`` is filled from the document; what is put in is
percent-encoded, so that no value can become another path, query or header.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from odoo.addons.seam.engine import redact
from odoo.addons.seam.engine.fault import Fault

from . import convert
from .expression import Expression, ExpressionError, compile_expression

MAX_VALUE = 2000

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What the client itself is responsible for.
_OWN_HEADERS = {
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class TemplateError(ValueError):
    """A template that cannot be used; a sentence for the administrator."""


@lru_cache(maxsize=1024)
def parse(text: str) -> tuple[str | Expression, ...]:
    """:return: texts and expressions in order. ``{{`` and ``}}`` stand for braces.
    :raise TemplateError: unbalanced braces, or an expression that is none
    """
    parts: list[str | Expression] = []
    plain, at = "", 0
    while at < len(text):
        if text[at : at + 2] in ("{{", "}}"):
            plain, at = plain + text[at], at + 2
        elif text[at] == "{":
            end = _closing(text, at)
            parts += [plain] if plain else []
            parts.append(_expression(text[at + 1 : end]))
            plain, at = "", end + 1
        elif text[at] == "}":
            raise TemplateError(f"{text}: the brace at column {at + 1} closes nothing.")
        else:
            plain, at = plain + text[at], at + 1
    return (*parts, plain) if plain else tuple(parts)


def path(text: str, values: dict[str, Any]) -> str:
    """:return: a path with encoded values
    :raise Fault: ``mapping.failed`` where a value is missing, ``config.invalid``
    """
    made = _fill(text, values, "path", lambda value: quote(value, safe=""))
    check_path(made)
    return made


def literal(text: str) -> str:
    """:return: the template with something harmless in place of each expression"""
    return "".join(part if isinstance(part, str) else "x" for part in parse(text))


def check_path(made: str) -> None:
    """:raise Fault: ``config.invalid``; not a path below the system's address"""
    wrong = _CONTROL.search(made) or " " in made or "\\" in made or "#" in made
    steps = made.partition("?")[0].split("/")
    if wrong or "://" in made or "." in steps or ".." in steps:
        raise Fault(
            "config.invalid",
            f"The path {convert.shown(made)} is not a path below the system's address.",
            fix="Mend the path on the flow, under Connection.",
            subject="path",
        )


def query(lines: Iterable[tuple[str, str]], values: dict[str, Any]) -> dict[str, str]:
    """Query parameters; one whose template is one expression that finds nothing is left out."""
    made: dict[str, str] = {}
    for name, text in lines:
        value = _fill(text, values, name, str, optional=True)
        if value is not None:
            made[name] = value
    return made


def headers(lines: Iterable[tuple[str, str]], values: dict[str, Any]) -> dict[str, str]:
    """Headers, in Latin-1 and without line breaks; one that finds nothing is left out."""
    made: dict[str, str] = {}
    for name, text in lines:
        check_header(name, text)
        value = _fill(text, values, name, str, optional=True)
        if value is None:
            continue
        if _CONTROL.search(value) or not _is_latin(value):
            raise Fault(
                "mapping.failed",
                f"The value {convert.shown(value)} cannot stand in the header {name}.",
                subject=f"header {name}",
            )
        made[name] = value
    return made


def check_header(name: str, text: str) -> None:
    """:raise Fault: ``config.invalid``; the header is not for a template"""
    reason = ""
    if not _HEADER_NAME.fullmatch(name):
        reason = "is not the name of a header"
    elif name.lower() in _OWN_HEADERS:
        reason = "is set by Seam itself"
    elif redact.headers({name: "x"})[name] == redact.MASK:
        reason = "proves who calls: enter it under Credentials, where it is kept encrypted"
    elif _CONTROL.search(text):
        reason = "has a line break or control character in its value"
    if reason:
        raise Fault("config.invalid", f"{name} {reason}.", subject=f"header {name}"[:80])


def check_query(name: str) -> None:
    """:raise Fault: ``config.invalid``; a parameter that proves who calls"""
    if redact.known(f"?{name}=x") != f"?{name}=x":
        raise Fault(
            "config.invalid",
            f"{name} proves who calls: secrets are entered under Credentials, where they are "
            "kept encrypted, and never go into an address.",
            subject=f"query {name}"[:80],
        )


def _is_latin(value: str) -> bool:
    try:
        value.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _fill(text, values, label, encode, optional=False):
    try:
        parts = parse(text)
    except ValueError as error:
        raise Fault("config.invalid", f"{label}: {error}", subject=label) from None
    if optional and len(parts) == 1 and isinstance(parts[0], Expression):
        found = _search(parts[0], values, label)
        return None if found is None else _value(found, parts[0], label, encode)
    return "".join(
        part if isinstance(part, str) else _value(_search(part, values, label), part, label, encode)
        for part in parts
    )


def _search(part: Expression, values: dict[str, Any], label: str) -> Any:
    try:
        return part.search(values)
    except ExpressionError as error:
        raise Fault("mapping.failed", f"{label}: {error}", subject=f"{label}:{part.text}") from None


def _value(found: Any, part: Expression, label: str, encode) -> str:
    try:
        text = "" if found is None else convert.convert("text", found)
    except convert.ConversionError as error:
        raise _missing(label, part, str(error)) from None
    if not text or text in (".", ".."):
        raise _missing(label, part, "nothing that can be put in is found")
    if len(text) > MAX_VALUE:
        raise _missing(label, part, f"the value is longer than {MAX_VALUE} characters")
    return encode(text)


def _missing(label: str, part: Expression, why: str) -> Fault:
    return Fault(
        "mapping.failed",
        f"{label}: {{{part.text}}} cannot be filled in: {why}.",
        pointer=part.place,
        fix="Mend the record, or the template on the flow.",
        subject=f"{label}:{part.text}"[:120],
    )


def _closing(text: str, start: int) -> int:
    """Index of the brace that closes the one at ``start``; quotes are respected."""
    depth, quoted, at = 0, "", start
    while at < len(text):
        sign = text[at]
        if quoted:
            at += sign == "\\"
            quoted = "" if sign == quoted else quoted
        elif sign in "'\"`":
            quoted = sign
        elif sign in "{}":
            depth += 1 if sign == "{" else -1
            if not depth:
                return at
        at += 1
    raise TemplateError(f"{text}: the brace at column {start + 1} is not closed.")


def _expression(text: str) -> Expression:
    try:
        return compile_expression(text.strip())
    except ExpressionError as error:
        raise TemplateError(str(error)) from None
