"""How a partner hands out long lists, a page at a time.

Everything here is a pure function of the flow's settings, the cursor and an answer. The
cursor is a JSON object: ``since`` (UTC) at rest, and while a run goes on also ``started``
and where it is. A run that ends leaves ``since`` at its own start, less an overlap; what
is fetched twice is recognised. No run is without an end: a page that comes twice, a
cursor that comes twice and too many pages are faults.

Sources: RFC 8288 (Link), RFC 9110 section 5.6.7 (dates).
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple
from urllib.parse import urljoin

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.fault import Fault

from . import convert, expression

KINDS = ("none", "page", "offset", "cursor", "next_url", "link", "changed")
MAX_PAGES = 10_000
REMEMBERED = 100
SINCE_FORMATS = ("iso", "iso_plain", "date", "unix", "unix_ms")

_LINK = re.compile(r"\s*<([^<>]*)>\s*((?:;\s*[^,;\"]+(?:=\"[^\"]*\")?\s*)*)(?:,|$)")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


class Step(NamedTuple):
    """What the next call of a run asks for.

    :ivar url: an absolute address that the partner gave, or None: the flow's own path
    :ivar params: query parameters of the paging, besides the flow's own
    """

    url: str | None
    params: dict[str, str]


class Turn(NamedTuple):
    """Where a run stands after a page; as ``seam.connector.Page`` has it."""

    cursor: dict
    more: bool
    total: int | None


def begin(cursor: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """:param cursor: of an earlier page, or of the last run
    :param now: naive UTC
    :return: the cursor with which to ask; a run that goes on is left as it is
    """
    if cursor.get("started"):
        return dict(cursor)
    since = cursor.get("since")
    return {**({"since": since} if since else {}), "started": _iso(now), "pages": 0}


def step(settings: Mapping[str, Any], cursor: Mapping[str, Any]) -> Step:
    """:param cursor: as ``begin`` or an earlier turn returned it"""
    if cursor.get("next"):
        return Step(cursor["next"], {})
    kind, params = settings["kind"], {}
    if settings.get("since_param") and cursor.get("since"):
        form = settings.get("since_format") or "iso"
        params[settings["since_param"]] = moment(cursor["since"], form)
    if settings.get("until_param"):
        form = settings.get("since_format") or "iso"
        params[settings["until_param"]] = moment(cursor["started"], form)
    if settings.get("size_param") and settings.get("size"):
        params[settings["size_param"]] = str(settings["size"])
    if kind in ("page", "changed") and settings.get("page_param"):
        params[settings["page_param"]] = str(cursor.get("page", settings.get("first_page", 1)))
    elif kind == "offset":
        params[settings["offset_param"]] = str(cursor.get("offset", 0))
    elif kind == "cursor" and cursor.get("cursor") is not None:
        params[settings["cursor_param"]] = str(cursor["cursor"])
    return Step(None, params)


def turn(
    settings: Mapping[str, Any],
    cursor: Mapping[str, Any],
    body: Any,
    headers: Mapping[str, str],
    items: list,
    asked: str,
) -> Turn:
    """Where the run stands after an answer.

    :param headers: with lower-case names
    :param items: of this page
    :param asked: the absolute address of this page, to which relative ones refer
    :raise Fault: ``mapping.failed`` for an answer that makes no sense, or a run without end
    """
    total = _total(settings, body, headers)
    found = _NEXT[settings["kind"]](settings, cursor, body, headers, items, asked)
    if found is None or _ended(settings, body):
        return Turn(_rest(settings, cursor), False, total)
    pages = cursor.get("pages", 0) + 1
    limit = settings.get("max_pages") or MAX_PAGES
    if pages >= limit:
        raise _endless(f"The list has more than {limit} pages.")
    kept = {name: cursor[name] for name in ("since", "started") if name in cursor}
    kept["full"] = max(cursor.get("full", 0), len(items))
    seen = _remember(cursor, found, items)
    return Turn({**kept, **found, "pages": pages, "seen": seen}, True, total)


def beyond(settings: Mapping[str, Any], cursor: Mapping[str, Any], status: int) -> bool:
    """Whether an answer only says that there is no such page any more, as some partners
    do behind the last one."""
    counted = settings["kind"] in ("page", "offset", "changed")
    return status in (404, 416) and counted and bool(cursor.get("pages"))


def moment(text: str, form: str) -> str:
    """:param text: naive UTC, ISO 8601
    :param form: one of ``SINCE_FORMATS``
    """
    when = datetime.fromisoformat(text)
    if form == "iso":
        return when.isoformat() + "Z"
    if form == "date":
        return when.date().isoformat()
    if form == "iso_plain":
        return when.isoformat()
    seconds = int(when.replace(tzinfo=timezone.utc).timestamp())
    return str(seconds * 1000 if form == "unix_ms" else seconds)


def next_link(header: str) -> str | None:
    """:return: the target of rel="next" in a Link header (RFC 8288), or None"""
    at = 0
    while at < len(header):
        match = _LINK.match(header, at)
        if not match or match.end() == at:
            return None
        relation = _REL.search(match.group(2))
        if relation and "next" in (relation.group(1) or relation.group(2)).lower().split():
            return match.group(1)
        at = match.end()
    return None


# -- kinds: what the next page is asked by, or None after the last ---------------------


def _none(settings, cursor, body, headers, items, asked):
    return None


def _page(settings, cursor, body, headers, items, asked):
    if _is_last(settings, cursor, items):
        return None
    return {"page": cursor.get("page", settings.get("first_page", 1)) + 1}


def _offset(settings, cursor, body, headers, items, asked):
    if _is_last(settings, cursor, items):
        return None
    return {"offset": cursor.get("offset", 0) + len(items)}


def _cursor(settings, cursor, body, headers, items, asked):
    found = expression.evaluate(settings["cursor_at"], body, "Cursor of the next page")
    if found in (None, "", False):
        return None
    if not isinstance(found, (str, int)):
        raise _nonsense(f"The cursor of the next page is {convert.shown(found)}, not a text.")
    return {"cursor": str(found)}


def _next_url(settings, cursor, body, headers, items, asked):
    found = expression.evaluate(settings["next_at"], body, "Address of the next page")
    if found in (None, "", False):
        return None
    if not isinstance(found, str):
        raise _nonsense(f"The address of the next page is {convert.shown(found)}, not a text.")
    return {"next": urljoin(asked, found)}


def _link(settings, cursor, body, headers, items, asked):
    found = next_link(headers.get("link", ""))
    return {"next": urljoin(asked, found)} if found else None


def _changed(settings, cursor, body, headers, items, asked):
    """By time: what changed since the newest change seen, oldest first.

    Pages are counted only while more items changed at one moment than fit on a page, so
    that an item that changes meanwhile pushes none past the reader.
    """
    if _is_last(settings, cursor, items):
        return None
    newest = max(_changed_at(settings, item) for item in items)
    since = _iso(newest - timedelta(seconds=1))
    if since > cursor.get("since", ""):
        return {"since": since}
    if not settings.get("page_param"):
        raise _endless("More items changed at one moment than fit on a page.")
    return {"page": cursor.get("page", settings.get("first_page", 1)) + 1}


_NEXT = {
    "none": _none,
    "page": _page,
    "offset": _offset,
    "cursor": _cursor,
    "next_url": _next_url,
    "link": _link,
    "changed": _changed,
}


def _is_last(settings, cursor, items):
    """An empty page ends a run, and one that is shorter than an earlier one.

    A first page that is shorter than what was asked for does not: partners cap the size.
    Where no size is asked for, pages may have any.
    """
    sized = settings.get("size_param") and settings.get("size")
    if not items or not sized or settings.get("until_empty"):
        return not items
    return len(items) < cursor.get("full", 0)


def _ended(settings, body):
    text = settings.get("more_at")
    return bool(text) and not expression.evaluate(text, body, "Whether there is more")


def _changed_at(settings, item):
    found = expression.evaluate(settings["changed_at"], item, "Time of the change")
    try:
        text = convert.convert("datetime", found, settings.get("changed_format") or "iso | UTC")
    except ValueError as error:
        raise _nonsense(f"Time of the change: {error}") from None
    return datetime.fromisoformat(text[:-1])


def _total(settings, body, headers):
    text = settings.get("total_at") or ""
    if text.lower().startswith("header:"):
        found = headers.get(text.partition(":")[2].strip().lower(), "")
    else:
        found = expression.evaluate(text, body, "Number of items") if text else None
    try:
        number = convert.convert("integer", found) if found not in (None, "") else None
    except ValueError:
        return None  # only shown as progress
    return number if number is not None and 0 <= number < 2**31 else None


def _rest(settings, cursor):
    """The cursor between two runs."""
    started = cursor.get("started")
    if not started:
        return {"since": cursor["since"]} if cursor.get("since") else {}
    back = timedelta(minutes=settings.get("overlap_minutes") or 0)
    since = _iso(datetime.fromisoformat(started) - back)
    return {"since": max(since, cursor.get("since") or "")}


def _remember(cursor, found, items):
    """:raise Fault: the next page is one that was asked for, or this one is the one before"""
    seen = list(cursor.get("seen") or [])
    mark = _digest(codec.dump([found.get("cursor"), found.get("next")]))
    page = _digest(codec.dump(items)) if items else None
    # ``changed`` asks again for the last second, so that pages may be alike
    if ("cursor" in found or "next" in found) and mark in seen:
        raise _endless("The partner names the same next page twice.")
    if ("offset" in found or ("page" in found and "since" not in found)) and page in seen:
        raise _endless("The partner answers with the same page again.")
    return [*seen, mark, *([page] if page else [])][-REMEMBERED:]


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _iso(when: datetime) -> str:
    return when.replace(microsecond=0).isoformat()


def _nonsense(message: str) -> Fault:
    return Fault("mapping.failed", message, subject="paging")


def _endless(message: str) -> Fault:
    return Fault(
        "mapping.failed",
        f"Reading the list was stopped: {message}",
        fix="Look at the paging on the flow: its parameters may not be the partner's.",
        subject="paging",
    )
