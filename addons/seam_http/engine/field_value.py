"""Values of a document as Odoo's fields want them: strict, nothing is coerced.

A field is described by plain data, so that no record is needed.
"""

from collections.abc import Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple

from . import convert


class Field(NamedTuple):
    """:ivar digits: number of decimals that are kept, or None
    :ivar size: most characters, 0: any
    :ivar choices: of a selection
    """

    name: str
    label: str
    type: str
    required: bool = False
    size: int = 0
    digits: int | None = None
    choices: Mapping[str, str] = {}


class Unfit(ValueError):
    """A value that a field cannot take; a sentence."""


def value(field: Field, given: Any) -> Any:
    """:param given: from the document; None empties the field
    :return: as ``create`` and ``write`` take it. Not for fields that refer to records.
    :raise Unfit: it does not fit
    """
    if given is None:
        if field.required:
            raise Unfit(f"{field.label} must not be empty.")
        return False
    return _BY_TYPE[field.type](field, given)


def codes(field: Field, given: Any) -> list[str]:
    """Codes of the records that a field refers to.

    :raise Unfit: not a code, or not a list of codes for a field of many
    """
    many = field.type == "many2many"
    if given is None:
        if field.required:
            raise Unfit(f"{field.label} must not be empty.")
        return []
    if many != isinstance(given, list):
        wanted = "a list of codes" if many else "one code"
        raise Unfit(f"{field.label} takes {wanted}.")
    return [_code(field, each) for each in (given if many else [given])]


def _code(field, given):
    if isinstance(given, bool) or not isinstance(given, (str, int)) or given == "":
        raise Unfit(f"{field.label}: {convert.shown(given)} is not a code.")
    return str(given).strip()


def _text(field, given):
    if not isinstance(given, str):
        raise Unfit(f"{field.label} takes a text, and {convert.shown(given)} is none.")
    if field.size and len(given) > field.size:
        raise Unfit(f"{field.label} takes at most {field.size} characters, and these are more.")
    if field.required and not given.strip():
        raise Unfit(f"{field.label} must not be empty.")
    return given


def _boolean(field, given):
    if not isinstance(given, bool):
        raise Unfit(f"{field.label} takes true or false, and {convert.shown(given)} is neither.")
    return given


def _is_number(given):
    return isinstance(given, (int, Decimal)) and not isinstance(given, bool)


def _integer(field, given):
    if not _is_number(given) or given != int(given):
        raise Unfit(f"{field.label} takes a whole number, and {convert.shown(given)} is none.")
    if not -(2**31) <= given < 2**31:
        raise Unfit(f"{field.label}: {convert.shown(given)} is too large.")
    return int(given)


def _float(field, given):
    if not _is_number(given):
        raise Unfit(f"{field.label} takes a number, and {convert.shown(given)} is none.")
    exact = Decimal(given)
    if field.digits is not None and exact != round(exact, field.digits):
        raise Unfit(
            f"{field.label} keeps {field.digits} decimals, and {convert.shown(given)} has more."
        )
    if len(exact.normalize().as_tuple().digits) > 15:
        raise Unfit(f"{field.label}: {convert.shown(given)} has more digits than are kept.")
    return float(exact)


def _selection(field, given):
    if not isinstance(given, str) or given not in field.choices:
        known = ", ".join(list(field.choices)[:12])
        raise Unfit(f"{field.label} takes one of {known}, and not {convert.shown(given)}.")
    return given


def _date(field, given):
    try:
        if not isinstance(given, str) or len(given) != 10:
            raise ValueError
        return date.fromisoformat(given)
    except ValueError:
        raise Unfit(
            f"{field.label} takes a date such as 2026-01-31, and {convert.shown(given)} is none: "
            "convert it to Date."
        ) from None


def _datetime(field, given):
    try:
        moment = datetime.fromisoformat(given) if isinstance(given, str) else None
        if moment is None or moment.tzinfo is None:
            raise ValueError
    except ValueError:
        raise Unfit(
            f"{field.label} takes a date and time with its zone, and {convert.shown(given)} is "
            "none: convert it to Date and time."
        ) from None
    return moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


_BY_TYPE = {
    "boolean": _boolean,
    "char": _text,
    "date": _date,
    "datetime": _datetime,
    "float": _float,
    "html": _text,
    "integer": _integer,
    "monetary": _float,
    "selection": _selection,
    "text": _text,
}
