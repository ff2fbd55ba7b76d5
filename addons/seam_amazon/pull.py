"""What Amazon has, page by page: changed orders, what was shipped of them, the stock.

Amazon lists an order anew when the order's own status changes. A shipment that leaves
while others are still picked changes nothing of it, so that orders that are being picked
are remembered in the cursor and asked for again at every run.
"""

import time
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

from odoo.addons.seam.engine import codec
from odoo.addons.seam.engine.exchange import require_success
from odoo.addons.seam.engine.fault import Fault
from odoo.addons.seam.models.seam_connector import Page

from . import const, errors, mapper, mapper_out


class _TokenLost(Exception):
    """Amazon does not take its own token any more: it lives for seconds."""


# -- orders ----------------------------------------------------------------------------


def statuses(client, flow, cursor):
    """One page of orders whose status changed. See ``SeamConnector._list_pages``."""
    try:
        orders, state = _list(client, flow, cursor)
    except _TokenLost:
        return _begin_again(cursor)
    items = [(const.TOPIC_ORDER, codec.dump({"fulfillmentOrder": order})) for order in orders]
    return _page(items, state)


def shipments(client, flow, cursor):
    """The details of a few orders of which something may have left."""
    return _walk(client, flow, cursor, _is_touched, _details)


def parcels(client, flow, cursor):
    """Where the parcels of a few orders are, until all of them have arrived."""
    return _walk(client, flow, cursor, _has_left, _tracked)


def _walk(client, flow, cursor, chosen, visit):
    """Visit orders that changed, and those that were open at the last visit.

    :param chosen: ``order`` → whether it is to be visited
    :param visit: ``(client, key)`` → (body of the item, whether it is still open)
    :return: Page of one step
    """
    state = dict(cursor)
    if not state.get("queue"):
        first = "token" not in state
        try:
            orders, state = _list(client, flow, state)
        except _TokenLost:
            return _begin_again(cursor)
        keys = state.pop("open", []) if first else []
        keys += [order["sellerFulfillmentOrderId"] for order in orders if chosen(order)]
        state["queue"] = list(dict.fromkeys(keys))
    queue, items = state.pop("queue"), []
    for key in queue[: const.DETAILS_PER_PAGE]:
        wire, is_open = visit(client, key)
        items.append((const.TOPIC_ORDER, codec.dump(wire)))
        if is_open:
            state["open"] = [*state.get("open", ()), key]
    rest = queue[const.DETAILS_PER_PAGE :]
    return _page(items, {**state, "queue": rest} if rest else state)


def _list(client, flow, cursor):
    """:return: (orders of this Odoo, the oldest change first; state of the run)
    :raise _TokenLost: the list is to be begun again
    """
    token = cursor.get("token")
    params = {"nextToken": token} if token else {"queryStartDate": f"{cursor['since'][:19]}Z"}
    answer = ask_orders(client, params)
    listed = answer.get("fulfillmentOrders") or []
    state = {name: value for name, value in cursor.items() if name != "token"}
    if answer.get("nextToken"):
        state["token"] = answer["nextToken"]
    dates = filter(None, (_naive(order.get("statusUpdatedDate")) for order in listed))
    state["seen"] = max([cursor.get("seen", cursor["since"]), *dates])
    own = [order for order in listed if _is_own(order, flow.options)]
    return sorted(own, key=lambda order: _naive(order.get("statusUpdatedDate")) or ""), state


def _page(items, state):
    """:return: Page; behind the last one, where the next run begins"""
    if state.get("token") or state.get("queue"):
        return Page(items, state, True)
    back = datetime.fromisoformat(state["seen"]) - timedelta(seconds=const.OVERLAP_SECONDS)
    cursor = {"since": max(state["since"], back.isoformat())}
    if state.get("open"):
        cursor["open"] = state["open"]
    return Page(items, cursor, False)


def _begin_again(cursor):
    tries = cursor.get("tries", 0) + 1
    if tries > const.TOKEN_TRIES:
        raise Fault(
            "transport.rejected",
            "Amazon forgets where its list of orders goes on before it is asked for more.",
            fix="Pull a shorter time: “Pull again from” a later day, and then the days before.",
            subject="token",
        )
    state = {name: value for name, value in cursor.items() if name != "token"}
    return Page([], {**state, "tries": tries}, True)


def _is_own(order, options):
    """An order without a number is kept, and told as what it is: a broken one."""
    key = order.get("sellerFulfillmentOrderId")
    return not isinstance(key, str) or mapper.own(key, options) is not None


def _is_touched(order):
    if not isinstance(order.get("sellerFulfillmentOrderId"), str):
        return False
    return mapper.word(order.get("fulfillmentOrderStatus") or "") not in const.UNTOUCHED


def _has_left(order):
    status = mapper.word(order.get("fulfillmentOrderStatus") or "")
    return _is_touched(order) and status not in const.DEAD


def _details(client, key):
    """:return: getFulfillmentOrder's payload, and whether more may leave of the order"""
    _pause()
    path = f"{const.ORDERS}/{quote(key, safe='')}"
    response = client.request("GET", path, headers=mapper_out.HEADERS)
    if response.status in (400, 403, 404):
        # It was listed, so the connection is fine: one order does not stop the others.
        told = errors.read(response) or [{"message": str(response.status)}]
        return {"fulfillmentOrder": {"sellerFulfillmentOrderId": key}, "errors": told}, False
    wire = payload(response, f"order {key}")
    status = (wire.get("fulfillmentOrder") or {}).get("fulfillmentOrderStatus") or ""
    return wire, mapper.word(status) not in const.ENDED


def _tracked(client, key):
    """:return: an order with what the carriers say of its parcels, and whether one of them
    is still under way. Parcels that Amazon cannot tell of yet are asked for again.
    """
    wire, is_open = _details(client, key)
    if "errors" in wire:
        return wire, False
    found, left = [], []
    for shipment in wire.get("fulfillmentShipments") or ():
        if mapper.word(shipment.get("fulfillmentShipmentStatus") or "") != const.SHIPPED:
            continue
        left.append(_naive(shipment.get("shippingDate")))
        boxes = shipment.get("fulfillmentShipmentPackage") or ()
        for number in [box["packageNumber"] for box in boxes if box.get("packageNumber")]:
            track = _track(client, number)
            is_open = is_open or (track or {}).get("currentStatus") not in const.ARRIVED
            found += [track] if track else []
    head = {"fulfillmentOrder": wire["fulfillmentOrder"], "packageTracking": found}
    return head, is_open and not _is_old(left)


def _track(client, number):
    """:return: payload of getPackageTrackingDetails, or None: Amazon cannot tell yet"""
    _pause()
    params = {"packageNumber": number}
    response = client.request("GET", const.TRACKING, params=params, headers=mapper_out.HEADERS)
    if response.status in (400, 404):
        return None
    return payload(response, f"parcel {number}")


def _is_old(dates):
    """Whether all left so long ago that their carriers tell no more."""
    limit = datetime.now(timezone.utc) - timedelta(days=const.TRACKED_DAYS)
    return bool(dates) and all(date and date < limit.isoformat() for date in dates)


# -- stock -----------------------------------------------------------------------------


def stock(client, flow, _cursor):
    """All of the stock as one item: of a part, nobody could tell what is missing.

    The pages are fetched at once because a token lives for 30 seconds.
    """
    at = datetime.now(timezone.utc).replace(microsecond=0)
    marketplace = mapper_out.marketplace(flow.options)
    params, summaries = stock_params(marketplace), []
    for _page_number in range(const.INVENTORY_PAGES):
        answer = _stock_page(client, params)
        summaries += answer["payload"]["inventorySummaries"]
        token = (answer.get("pagination") or {}).get("nextToken")
        if not token:
            break
        params["nextToken"] = token
        _pause()
    else:
        raise Fault(
            "config.invalid",
            f"Amazon has more than {len(summaries)} SKUs: more than are compared at once.",
            fix="Compare by a report of Seller Central, and pause this pull.",
            subject="stock",
        )
    wire = {
        "at": at.isoformat().replace("+00:00", "Z"),
        "granularity": {"granularityType": "Marketplace", "granularityId": marketplace},
        "inventorySummaries": summaries,
    }
    cursor = {"since": at.replace(tzinfo=None).isoformat()}
    return Page([(const.TOPIC_INVENTORY, codec.dump(wire))], cursor, False)


def stock_params(marketplace):
    return {
        "details": "true",
        "granularityType": "Marketplace",
        "granularityId": marketplace,
        "marketplaceIds": marketplace,
    }


def _stock_page(client, params):
    try:
        response = _get(client, const.INVENTORY, params, "the stock")
    except _TokenLost:
        raise Fault(
            "transport.unavailable",
            "Amazon forgot where the list of its stock goes on: it is read anew.",
            subject="token",
        ) from None
    answer = response.json()
    if not isinstance((answer.get("payload") or {}).get("inventorySummaries"), list):
        raise unreadable("the stock")
    return answer


# -- calls -----------------------------------------------------------------------------


def ask_orders(client, params):
    """:return: payload of listAllFulfillmentOrders"""
    about = "the list of orders"
    return payload(_get(client, const.ORDERS, params, about), about)


def _get(client, path, params, about):
    """:raise _TokenLost: a token was refused"""
    response = client.request("GET", path, params=params, headers=mapper_out.HEADERS)
    if response.status == 400 and "nextToken" in params:
        raise _TokenLost
    _require(response, about)
    return response


def payload(response, about):
    """:return: what Amazon answers, without what stands around it
    :raise Fault: it did not answer the question
    """
    _require(response, about)
    answer = response.json()
    if not isinstance(answer, dict) or not isinstance(answer.get("payload"), dict):
        raise unreadable(about)
    return answer["payload"]


def _require(response, about):
    """:raise Fault: Amazon did not answer the question"""
    fault = errors.fault(response, about)
    if fault and fault.kind == "ambiguous":
        require_success(response, errors.HOST)
    if fault:
        raise fault


def unreadable(about):
    return Fault(
        "drift.contract",
        f"Amazon's answer about {about} is not what it describes.",
        subject="payload",
    )


def _naive(value):
    """:return: Amazon's time as the cursor has it, UTC without its zone; None where it is none.
    What is wrong with the order is told when it is read.
    """
    try:
        return mapper.moment(value, "")[:19]
    except (Fault, AttributeError):
        return None


def _pause():
    """Not faster than Amazon's usage plan."""
    time.sleep(const.PACE)
