"""Conversions of single values: strict, so that nothing is changed that was not asked for."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

_NUMBER = re.compile(r"[+-]?\d{1,100}(\.\d{1,100})?")
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:?\d\d)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PIECES = 1000


class ConversionError(ValueError):
    """A value that does not fit. The text is a sentence that begins with the value."""


class Context(NamedTuple):
    """:ivar maps: dict name of a code list → dict of the partner's codes to ours"""

    maps: Mapping[str, Mapping[str, Any]] = {}


NO_CONTEXT = Context()


def convert(kind: str, value: Any, parameter: str = "", context: Context = NO_CONTEXT) -> Any:
    """:param kind: a key of ``KINDS``
    :param value: never None
    :raise ConversionError: it does not fit, or the parameter makes no sense
    """
    try:
        how = KINDS[kind]
    except KeyError:
        raise ConversionError(f"There is no conversion named {kind!r}.") from None
    return how(value, parameter.strip(), context)


def check_parameter(kind: str, parameter: str) -> None:
    """:raise ConversionError: the parameter can never make sense"""
    parameter = (parameter or "").strip()
    if kind in ("date", "datetime"):
        _moment_format(parameter)
    elif kind == "number":
        _marks(parameter)
    elif kind == "boolean":
        _words(parameter)
    elif kind in ("map", "split") and not parameter:
        needed = "the name of a code list" if kind == "map" else "the separator"
        raise ConversionError(f"This conversion needs {needed}.")


def shown(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


def _as_is(value: Any, _parameter: str, _context: Context) -> Any:
    return value


def _text(value: Any, _parameter: str, _context: Context) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return _string(value)


def _string(value: Any) -> str:
    if not isinstance(value, str):
        what = (
            "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else ""
        )
        raise ConversionError(f"{what or shown(value)} is not a text.")
    return value


def _number(value: Any, parameter: str, _context: Context) -> int | Decimal:
    if isinstance(value, bool):
        raise ConversionError(f"{shown(value)} is not a number.")
    if isinstance(value, (int, Decimal)):
        return value
    decimal, grouping = _marks(parameter)
    text = _string(value).strip()
    if grouping:
        text = _ungrouped(text, decimal, grouping)
    plain = text.replace(decimal, ".") if decimal != "." and "." not in text else text
    if decimal != "." and "." in text or not _NUMBER.fullmatch(plain):
        raise ConversionError(f"{shown(value)} is not a number.")
    return Decimal(plain) if "." in plain else int(plain)


def _ungrouped(text: str, decimal: str, grouping: str) -> str:
    """``1.234,50`` without its points; a misplaced one is left for the check to refuse."""
    whole, mark, rest = text.partition(decimal)
    groups = whole.split(grouping)
    regular = all(len(group) == 3 for group in groups[1:]) and len(groups[0].lstrip("+-")) <= 3
    return "".join(groups) + mark + rest if regular else text


def _marks(parameter: str) -> tuple[str, str]:
    """:return: decimal mark, mark between thousands (or "")"""
    known = {"": (".", ""), ".": (".", ""), ",": (",", ""), "1,234.50": (".", ",")}
    known["1.234,50"] = (",", ".")
    known["1 234,50"] = (",", " ")
    try:
        return known[parameter]
    except KeyError:
        raise ConversionError(
            "A number's parameter is its decimal mark, “.” or “,”, or an example: "
            "1,234.50 or 1.234,50 or 1 234,50."
        ) from None


def _integer(value: Any, parameter: str, context: Context) -> int:
    number = _number(value, parameter, context)
    if number != int(number):
        raise ConversionError(f"{shown(value)} is not a whole number.")
    return int(number)


def _boolean(value: Any, parameter: str, _context: Context) -> bool:
    if isinstance(value, bool):
        return value
    yes, no = _words(parameter)
    text = str(value).strip().lower() if isinstance(value, (str, int)) else None
    if text in yes:
        return True
    if text in no:
        return False
    raise ConversionError(f"{shown(value)} is neither {yes[0]} nor {no[0]}.")


def _words(parameter: str) -> tuple[list[str], list[str]]:
    if not parameter:
        return ["true", "1"], ["false", "0"]
    yes, slash, no = parameter.lower().partition("/")
    if not (slash and yes.strip() and no.strip()):
        raise ConversionError("The parameter is the words for yes and no, such as yes/no.")
    return [yes.strip()], [no.strip()]


def _datetime(value: Any, parameter: str, _context: Context) -> str:
    pattern, zone = _moment_format(parameter)
    moment = _moment(value, pattern)
    if moment.tzinfo is None:
        if zone is None:
            raise ConversionError(
                f"{shown(value)} tells no time zone: name it in the parameter, "
                "such as “iso | Europe/Berlin”."
            )
        moment = _localised(moment, zone)
    text = moment.astimezone(timezone.utc).replace(tzinfo=None).isoformat()
    return f"{text}Z"


def _localised(moment: datetime, zone: ZoneInfo) -> datetime:
    """:raise ConversionError: a time that the change to summer time leaves out"""
    local = moment.replace(tzinfo=zone)
    back = local.astimezone(timezone.utc).astimezone(zone).replace(tzinfo=None)
    if back != moment:
        raise ConversionError(f"{shown(moment)} does not exist in {zone.key}.")
    return local


def _date(value: Any, parameter: str, _context: Context) -> str:
    pattern, zone = _moment_format(parameter)
    if pattern == "iso" and isinstance(value, str) and _DAY.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip()).isoformat()
        except ValueError:
            raise ConversionError(f"{shown(value)} is not a date.") from None
    moment = _moment(value, pattern)
    if moment.tzinfo is not None and zone is not None:
        moment = moment.astimezone(zone)
    return moment.date().isoformat()


def _moment(value: Any, pattern: str) -> datetime:
    try:
        if pattern in ("unix", "unix_ms"):
            return _from_unix(value, 1000 if pattern == "unix_ms" else 1)
        text = _string(value).strip()
        if pattern != "iso":
            return datetime.strptime(text, pattern)
        if not _ISO.fullmatch(text):
            raise ConversionError(f"{shown(value)} is not a date and time (ISO 8601).")
        return datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError, OSError) as error:
        if isinstance(error, ConversionError):
            raise
        raise ConversionError(f"{shown(value)} is not a date and time.") from None


def _from_unix(value: Any, divisor: int) -> datetime:
    seconds = _number(value, "", NO_CONTEXT)
    return datetime.fromtimestamp(float(Decimal(seconds) / divisor), timezone.utc)


def _moment_format(parameter: str) -> tuple[str, ZoneInfo | None]:
    """:param parameter: ``format | time zone``; either may be missing"""
    pattern, _bar, zone = (part.strip() for part in parameter.partition("|"))
    if not zone and "/" in pattern and "%" not in pattern or pattern == "UTC":
        pattern, zone = "", pattern
    if pattern and pattern not in ("iso", "unix", "unix_ms") and "%" not in pattern:
        raise ConversionError(
            "The format is iso, unix, unix_ms or one such as %d.%m.%Y; after “|” may stand "
            "a time zone such as Europe/Berlin."
        )
    try:
        return pattern or "iso", ZoneInfo(zone) if zone else None
    except (KeyError, ValueError, OSError):
        raise ConversionError(f"{shown(zone)} is not a time zone.") from None


def _lower(value: Any, _parameter: str, _context: Context) -> str:
    return _string(value).lower()


def _upper(value: Any, _parameter: str, _context: Context) -> str:
    return _string(value).upper()


def _trim(value: Any, _parameter: str, _context: Context) -> str:
    return _string(value).strip()


def _map(value: Any, parameter: str, context: Context) -> Any:
    if parameter not in context.maps:
        raise ConversionError(f"There is no code list named {shown(parameter)}.")
    codes = context.maps[parameter]
    code = _text(value, "", context)
    if code in codes:
        return codes[code]
    if "*" in codes:
        return codes["*"]
    raise ConversionError(f"{shown(value)} is not in the code list {shown(parameter)}.")


def _join(value: Any, parameter: str, context: Context) -> str:
    if not isinstance(value, list):
        raise ConversionError(f"{shown(value)} is not a list.")
    return (parameter or ", ").join(_text(item, "", context) for item in value)


def _split(value: Any, parameter: str, _context: Context) -> list[str]:
    if not parameter:
        raise ConversionError("This conversion needs the separator.")
    pieces = [piece.strip() for piece in _string(value).split(parameter)]
    if len(pieces) > _PIECES:
        raise ConversionError(f"{shown(value)} has more than {_PIECES} pieces.")
    return [piece for piece in pieces if piece]


KINDS: dict[str, Callable[[Any, str, Context], Any]] = {
    "as_is": _as_is,
    "text": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
    "upper": _upper,
    "lower": _lower,
    "trim": _trim,
    "map": _map,
    "join": _join,
    "split": _split,
}
