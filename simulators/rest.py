"""The part of WooCommerce's REST API v3 that connectors pull, with its own words for errors.

https://woocommerce.github.io/woocommerce-rest-api-docs/
"""

import base64
import binascii
import datetime
import hmac
import json
import math
import re
from typing import NamedTuple

from simulators import faults, rest_changes

ORDERS = "/wp-json/wc/v3/orders"
STATUSES = {
    "any", "trash", "auto-draft", "pending", "processing", "on-hold",
    "completed", "cancelled", "refunded", "failed", "checkout-draft",
}  # fmt: skip
COLUMNS = {"date": "id", "id": "id", "modified": "modified_gmt"}


class Answer(NamedTuple):
    """An HTTP answer. Status 0 stands for a reset connection, None for one that is never answered."""

    status: int | None
    content: object
    headers: dict = {}


class Wrong(Exception):
    """Answered as WooCommerce answers what it cannot do."""

    def __init__(self, status, code, message, **data):
        super().__init__(message)
        content = {"code": code, "message": message, "data": {"status": status, **data}}
        self.answer = Answer(status, content)


class Faults(faults.Faults):
    """How the shop misbehaves as a server.

    latency       every answer takes `seconds` longer
    error_500     PHP died: an HTML page with status 500
    too_many      429 with Retry-After: `retry_after` seconds
    reset         the connection is reset
    page_drift    between two pages an order of an earlier page changes, so that the pages shift
    reset_after, timeout, error_after
                  what is to be changed is changed; then the connection is reset, nothing is answered, or 500
    """

    NAMES = (
        "latency", "error_500", "too_many", "reset", "page_drift",
        "reset_after", "timeout", "error_after",
    )  # fmt: skip


def answer(desk, faults, method, path, query, authorization, content=b""):
    """What the shop answers to a call of its REST API.

    query          {name: text}, names as given
    authorization  the header of that name, or ""
    content        the body's bytes
    """
    broken = _broken(faults)
    if broken:
        return broken
    try:
        _authenticate(desk, query, authorization)
        path = path.rstrip("/")
        changed = _change(desk, method, path, query, content)
        result = changed or _route(desk, faults, method, path, query)
    except Wrong as wrong:
        return wrong.answer
    return (method != "GET" and _after(faults)) or result


def _broken(faults):
    if faults.take("reset"):
        return Answer(0, None)
    if faults.take("error_500"):
        return Answer(500, "<p>There has been a critical error on this website.</p>")
    too_many = faults.take("too_many")
    if too_many:
        content = {"code": "too_many_requests", "message": "Slow down.", "data": {"status": 429}}
        return Answer(429, content, {"Retry-After": str(too_many.get("retry_after", 2))})
    return None


def _after(faults):
    if faults.take("reset_after"):
        return Answer(0, None)
    if faults.take("timeout"):
        return Answer(None, None)
    if faults.take("error_after"):
        return Answer(500, "<p>There has been a critical error on this website.</p>")
    return None


def _authenticate(desk, query, authorization):
    key, secret = query.get("consumer_key", ""), query.get("consumer_secret", "")
    kind, _, token = authorization.partition(" ")
    if kind.lower() == "basic":
        try:
            key, _, secret = base64.b64decode(token).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            key = ""
    if not key:
        raise Wrong(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
    failed = "woocommerce_rest_authentication_error"
    if not hmac.compare_digest(key.encode(), desk.keys[0].encode()):
        raise Wrong(401, failed, "Consumer key is invalid.")
    if not hmac.compare_digest(secret.encode(), desk.keys[1].encode()):
        raise Wrong(401, failed, "Consumer secret is invalid.")


def _change(desk, method, path, query, content):
    try:
        body = json.loads(content or b"{}")
    except ValueError:
        raise Wrong(400, "rest_invalid_json", "Invalid JSON body passed.") from None
    answered = rest_changes.answer(desk, method, path, body, query)
    return answered and Answer(*answered)


def _route(desk, faults, method, path, query):
    found = re.fullmatch(ORDERS + r"(?:/(\d+)(/refunds(?:/(\d+))?)?)?", path)
    if not found or method != "GET":
        raise Wrong(404, "rest_no_route", "No route was found matching the URL and request method.")
    if not found[1]:
        return _list(desk, faults, query)
    order = desk.store.order(int(found[1]))
    if not order:
        raise Wrong(404, "woocommerce_rest_shop_order_invalid_id", "Invalid ID.")
    if not found[2]:
        return Answer(200, order)
    return _refunds(desk, order, found[3], query)


def _list(desk, faults, query):
    page, size = _count(query, "page", 1), _count(query, "per_page", 10, most=100)
    statuses = [each for each in query.get("status", "any").split(",") if each]
    for status in statuses:
        if status not in STATUSES:
            raise _invalid("status")
    column = COLUMNS.get(query.get("orderby", "date"))
    if not column:
        raise _invalid("orderby")
    gmt = query.get("dates_are_gmt", "false") in ("true", "1")
    if page > 1 and faults.take("page_drift"):
        desk.touch_some_order()
    orders, total = desk.store.page(
        _moment(query, gmt),
        gmt,
        [] if "any" in statuses else statuses,
        column,
        query.get("order", "desc") == "desc",
        page,
        size,
    )
    return Answer(200, orders, _paging(desk, ORDERS, query, page, size, total))


def _refunds(desk, order, number, query):
    refunds = [
        {name: value for name, value in refund.items() if name != "parent_id"}
        for refund in desk.store.refunds(order["id"])
    ]
    if query.get("order") == "asc":
        refunds.reverse()
    if number:
        for refund in refunds:
            if refund["id"] == int(number):
                return Answer(200, refund)
        raise Wrong(404, "woocommerce_rest_invalid_order_refund_id", "Invalid order refund ID.")
    page, size = _count(query, "page", 1), _count(query, "per_page", 10, most=100)
    path = f"{ORDERS}/{order['id']}/refunds"
    headers = _paging(desk, path, query, page, size, len(refunds))
    return Answer(200, refunds[(page - 1) * size : page * size], headers)


def _paging(desk, path, query, page, size, total):
    pages = math.ceil(total / size)
    links = [
        f'<{desk.shop.url}{path}?page={other}&per_page={size}>; rel="{name}"'
        for name, other, there in (("prev", page - 1, page > 1), ("next", page + 1, page < pages))
        if there
    ]
    headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
    return headers | ({"Link": ", ".join(links)} if links else {})


def _count(query, name, default, most=None):
    text = query.get(name, str(default))
    if not text.isdigit() or int(text) < 1 or (most and int(text) > most):
        raise _invalid(name)
    return int(text)


def _moment(query, gmt):
    """`modified_after` as the text it is compared with. A time with a zone is put into the shop's."""
    text = query.get("modified_after")
    if not text:
        return None
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise _invalid("modified_after") from None
    if moment.tzinfo:
        moment = moment.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        if not gmt:
            raise _invalid("modified_after")
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _invalid(name):
    return Wrong(
        400,
        "rest_invalid_param",
        f"Invalid parameter(s): {name}",
        params={name: f"{name} is not valid."},
    )
