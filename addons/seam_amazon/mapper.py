"""Amazon's orders, notifications and stock as Seam's documents. Pure: no database, no clock."""

from datetime import datetime, timezone

from odoo.addons.seam.engine.fault import Fault

from . import const

# -- orders ----------------------------------------------------------------------------


def order_status(wire, options):
    """:param wire: ``amazon-order``: an order of the list, or with its details
    :return: list of one ``stock-status``; empty for an order that is not of this Odoo
    """
    order = wire["fulfillmentOrder"]
    held = order.get("fulfillmentAction") == "Hold"
    return _status(
        order["sellerFulfillmentOrderId"],
        order["fulfillmentOrderStatus"],
        moment(order["statusUpdatedDate"], "/fulfillmentOrder/statusUpdatedDate"),
        options,
        "/fulfillmentOrder/fulfillmentOrderStatus",
        held=held,
    )


def shipments(wire, options):
    """Each shipment that has left, and an end where less than all has left.

    An order that is shipped in parts is told of more than once, and which of its
    shipments is the last is known only afterwards. So no shipment says that it is final;
    that nothing more comes says a last one without lines. An order of which nothing has
    left ends by its status alone.

    :param wire: ``amazon-order`` with its details
    :return: list of ``stock-shipment``
    """
    order = wire["fulfillmentOrder"]
    reference = own(order["sellerFulfillmentOrderId"], options)
    if reference is None:
        return []
    if wire.get("errors"):
        raise Fault(
            "mapping.failed",
            f"Amazon lists order {reference} and does not show it: {wire['errors'][0]['message']}",
            pointer="/errors",
            fix="Look at the order in Seller Central, and pull again from the day before.",
            subject="details",
        )
    sent = [
        _shipment(shipment, reference, order, f"/fulfillmentShipments/{number}")
        for number, shipment in enumerate(wire.get("fulfillmentShipments") or ())
        if word(shipment["fulfillmentShipmentStatus"]) == const.SHIPPED
    ]
    if sent and word(order["fulfillmentOrderStatus"]) in const.SHORT:
        sent.append(_end(order, reference))
    return sent


def _end(order, reference):
    status = order["fulfillmentOrderStatus"]
    return {
        "id": f"{reference}/end",
        "delivery": reference,
        "shipped": moment(order["statusUpdatedDate"], "/fulfillmentOrder/statusUpdatedDate"),
        "final": True,
        "lines": [],
        "reason": filled(
            {"code": status, "text": const.REASON.get(word(status), "It was cancelled.")}
        ),
    }


def _shipment(shipment, reference, order, pointer):
    boxes = shipment.get("fulfillmentShipmentPackage") or []
    numbers = {box["packageNumber"] for box in boxes}
    packages = [_package(box) for box in boxes]
    left = shipment.get("shippingDate") or order["statusUpdatedDate"]
    return filled(
        {
            "id": shipment["amazonShipmentId"],
            "number": shipment["amazonShipmentId"],
            "delivery": reference,
            "shipped": moment(left, f"{pointer}/shippingDate"),
            "final": False,
            "lines": _lines(shipment, numbers, pointer),
            "packages": packages,
            "carrier": _carrier(boxes),
            "tracking": packages[0].get("tracking") if len(packages) == 1 else None,
            "extensions": filled({"amazon": _more(shipment, boxes)}),
        },
        keep=("lines", "final"),
    )


def _package(box):
    return filled(
        {
            "id": str(box["packageNumber"]),
            "tracking": box.get("trackingNumber") or box.get("amazonFulfillmentTrackingNumber"),
        }
    )


def _carrier(boxes):
    """The carrier, where all parcels have the same; each one's stands in the extension."""
    codes = {box.get("carrierCode") for box in boxes}
    return {"code": codes.pop()} if len(codes) == 1 and all(codes) else None


def _lines(shipment, numbers, pointer):
    lines = []
    for place, item in enumerate(shipment["fulfillmentShipmentItem"]):
        if item["quantity"] < 0:
            raise Fault(
                "mapping.failed",
                f"Amazon shipped {item['quantity']} of {item['sellerSku']}.",
                pointer=f"{pointer}/fulfillmentShipmentItem/{place}/quantity",
            )
        if item["quantity"]:
            lines.append(_line(item, numbers))
    if not lines:
        raise Fault(
            "mapping.failed",
            f"Shipment {shipment['amazonShipmentId']} has left with nothing in it.",
            pointer=f"{pointer}/fulfillmentShipmentItem",
            fix="Look at the order in Seller Central.",
        )
    return lines


def _line(item, numbers):
    """A serial number is Odoo's where the piece is alone; lots of several are not told apart."""
    lots = item.get("manufacturerLotCodes") or []
    serial = item.get("serialNumber") if item["quantity"] == 1 else None
    return filled(
        {
            "line": item["sellerFulfillmentOrderItemId"],
            "sku": item["sellerSku"],
            "quantity": item["quantity"],
            "lot": serial or (lots[0] if len(lots) == 1 else None),
            "package": (
                str(item["packageNumber"]) if item.get("packageNumber") in numbers else None
            ),
        }
    )


def _more(shipment, boxes):
    """What has no place of its own. Only what stays as it is: a shipment counts once, and
    one that comes again with other content is taken for another.
    """
    items = shipment["fulfillmentShipmentItem"]
    return filled(
        {
            "fulfillment_center": shipment.get("fulfillmentCenterId"),
            "packages": [
                filled(
                    {
                        "number": box["packageNumber"],
                        "carrier": box.get("carrierCode"),
                        "tracking": box.get("trackingNumber"),
                        "amazon_tracking": box.get("amazonFulfillmentTrackingNumber"),
                    }
                )
                for box in boxes
            ],
            "lots": [
                filled(
                    {
                        "line": item["sellerFulfillmentOrderItemId"],
                        "serial": item.get("serialNumber"),
                        "lots": item.get("manufacturerLotCodes"),
                    }
                )
                for item in items
                if item.get("serialNumber") or item.get("manufacturerLotCodes")
            ],
        }
    )


# -- parcels ---------------------------------------------------------------------------


def parcels(wire, options):
    """:param wire: ``amazon-order`` with ``packageTracking``
    :return: list of one ``stock-status``: shipped, with what the carriers say
    """
    documents = order_status({"fulfillmentOrder": wire["fulfillmentOrder"]}, options)
    told = [_parcel(track) for track in wire["packageTracking"]]
    if not documents or not told:
        return documents
    events = [event["eventDate"] for track in wire["packageTracking"] for event in _events(track)]
    times = [moment(at, "/packageTracking") for at in events]
    sentences = [f"{track['tracking']}: {track['text']}" for track in told if "text" in track]
    words = dict.fromkeys(track["status"] for track in told if "status" in track)
    documents[0].update(
        at=max([documents[0]["at"], *times]),
        external_status=", ".join(words)[:500] or documents[0]["external_status"],
        extensions={"amazon": {"parcels": told}},
    )
    if sentences:
        documents[0]["reason"] = {"text": "; ".join(sentences)[:2000]}
    return documents


def _parcel(track):
    events = sorted(_events(track), key=lambda event: event["eventDate"])
    return filled(
        {
            "tracking": track.get("trackingNumber") or str(track["packageNumber"]),
            "carrier": track.get("carrierCode"),
            "link": track.get("customerTrackingLink"),
            "status": track.get("currentStatus"),
            "text": track.get("currentStatusDescription"),
            "signed_by": track.get("signedForBy"),
            "expected": track.get("estimatedArrivalDate"),
            "last_event": events[-1]["eventDescription"] if events else None,
        }
    )


def _events(track):
    return track.get("trackingEvents") or ()


# -- notifications ---------------------------------------------------------------------


def notification(wire, options):
    """:param wire: ``amazon-notification``
    :return: list of one ``stock-status``; empty where it is about no order of this Odoo.
        What was shipped, and how many, only the order's details tell
    """
    if wire["NotificationType"] != const.ORDER_STATUS:
        return []
    payload = wire["Payload"]["FulfillmentOrderStatusNotification"]
    pointer = "/Payload/FulfillmentOrderStatusNotification"
    return _status(
        payload["SellerFulfillmentOrderId"],
        payload["FulfillmentOrderStatus"],
        moment(payload["StatusUpdatedDateTime"], f"{pointer}/StatusUpdatedDateTime"),
        options,
        f"{pointer}/FulfillmentOrderStatus",
        extensions=_event(payload),
    )


def _event(payload):
    """Amazon's examples carry all parts, whatever the event: the event says which counts."""
    kind = word(payload["EventType"])
    returned = payload.get("FulfillmentReturnItem") if kind == const.RETURN else None
    shipment = payload.get("FulfillmentShipment") if kind == const.SHIPMENT else None
    return filled({"event": payload["EventType"], "shipment": shipment, "return": returned})


def _status(key, status, at, options, pointer, held=False, extensions=None):
    reference = own(key, options)
    if reference is None:
        return []
    code = word(status)
    if code not in const.STATUS:
        raise Fault(
            "mapping.failed",
            f"“{status}” is no status that Amazon describes.",
            pointer=pointer,
            fix="Look at the order in Seller Central, and have the connector taught this one.",
            subject=f"status:{code}",
        )
    waits = held and code in const.CANCELLABLE
    text = const.HELD if waits else const.REASON.get(code)
    document = {
        "document": "delivery",
        "reference": reference,
        "status": "waiting" if waits else const.STATUS[code],
        "external_status": status,
        "at": at,
        "reason": {"code": status, "text": text} if text else None,
        "extensions": {"amazon": extensions} if extensions else None,
    }
    return [filled(document)]


# -- stock -----------------------------------------------------------------------------


def snapshot(wire, _options):
    """:param wire: ``amazon-inventory``: all pages of one question, with when it was asked
    :return: list of one ``stock-snapshot``
    """
    stock = {}
    for number, summary in enumerate(wire["inventorySummaries"]):
        line = _stock(summary, f"/inventorySummaries/{number}")
        known = stock.setdefault(line["sku"], {"on_hand": 0, "reserved": 0, "damaged": 0})
        for name in known:
            known[name] += line[name]
    return [
        {
            "id": f"{wire['granularity']['granularityId']}/{wire['at']}",
            "at": wire["at"],
            "complete": True,
            "lines": [{"sku": sku, **numbers} for sku, numbers in sorted(stock.items())],
        }
    ]


def _stock(summary, pointer):
    """What is on its way to Amazon is not there yet; what Amazon looks for, still is."""
    details = summary["inventoryDetails"]
    reserved = _number(details, "reservedQuantity", "totalReservedQuantity")
    damaged = _number(details, "unfulfillableQuantity", "totalUnfulfillableQuantity")
    missing = _number(details, "researchingQuantity", "totalResearchingQuantity")
    on_hand = details["fulfillableQuantity"] + reserved + damaged + missing
    numbers = {"on_hand": on_hand, "reserved": reserved, "damaged": damaged + missing}
    for name, number in numbers.items():
        if number < 0:
            raise Fault(
                "mapping.failed",
                f"Amazon has {number} of {summary['sellerSku']} ({name}).",
                pointer=f"{pointer}/inventoryDetails",
            )
    return {"sku": summary["sellerSku"], **numbers}


def _number(details, group, name):
    return (details.get(group) or {}).get(name) or 0


# -- values ----------------------------------------------------------------------------


def own(key, options):
    """:return: our id of the delivery, or None for an order that somebody else made"""
    prefix = options.get("amazon_prefix") or ""
    return key[len(prefix) :] or None if key.startswith(prefix) else None


def word(status):
    """:return: a status as ``const`` has it: capitals, letters only"""
    return "".join(filter(str.isalpha, status)).upper()


def moment(value, pointer):
    """:return: RFC 3339 in UTC of Amazon's times, which are ISO 8601"""
    try:
        read = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except ValueError:
        raise Fault("mapping.failed", f"“{value}” is no time.", pointer=pointer) from None
    if read.tzinfo is None:
        raise Fault("mapping.failed", f"“{value}” has no time zone.", pointer=pointer)
    text = read.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return text.replace(".000+00:00", "Z").replace("+00:00", "Z")


def filled(values, keep=()):
    """Leave out what is empty: documents have no nulls."""
    return {
        key: value
        for key, value in values.items()
        if key in keep or value not in (None, "", [], {})
    }
