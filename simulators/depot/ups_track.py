"""The forms of UPS's published interface, Tracking v1 and Track Alert v2: pure, from what the books say."""

from simulators.depot import road

# Our statuses as UPS's activities: (type, code, status code)
ACTIVITIES = {
    "announced": ("M", "MP", "003"),
    "accepted": ("I", "OR", "005"),
    "in_transit": ("I", "AR", "005"),
    "out_for_delivery": ("I", "OT", "021"),
    "delivered": ("D", "FS", "011"),
    "held": ("X", "HX", "013"),
    "failed": ("X", "NH", "013"),
    "returning": ("X", "RS", "013"),
    "returned": ("X", "RT", "013"),
    "lost": ("X", "LO", "013"),
    "void": ("MV", "VD", "007"),
}


def tracked(inquiry, found):
    """A TrackApiResponse.

    found   [(shipment, parcel, its scans, the oldest first)]
    """
    return {
        "trackResponse": {
            "shipment": [
                {
                    "inquiryNumber": inquiry,
                    "package": [_package(*each, count=len(found)) for each in found],
                }
            ]
        }
    }


def _package(shipment, parcel, scans, count):
    activities = [_activity(scan) for scan in reversed(scans)]
    if shipment["state"] == "void":
        last = {**scans[-1], "status": "void", "text": "Shipment information voided"}
        activities.insert(0, _activity(last))
    delivered = scans[-1]["status"] == "delivered"
    package = {
        "trackingNumber": parcel["tracking"],
        "packageCount": count,
        "activity": activities,
        "currentStatus": activities[0]["status"],
        "deliveryDate": [{"type": "SDD", "date": parcel["promised"].replace("-", "")}],
        "packageAddress": [
            {"type": "ORIGIN", "name": shipment["from"]["name"], "address": _place(shipment["from"])},
            {"type": "DESTINATION", "name": shipment["to"]["name"], "address": _place(shipment["to"])},
        ],
        "referenceNumber": [{"type": "SHIPMENT", "number": shipment["reference"]}],
        "service": {"code": shipment["service"], "description": shipment["service_name"]},
        "weight": {"unitOfMeasurement": "KGS", "weight": f"{parcel['weight_kg']:.2f}"},
    }  # fmt: skip
    if delivered:
        date, time = _date_time(scans[-1]["at"])
        package["deliveryDate"] = [{"type": "DEL", "date": date}]
        package["deliveryTime"] = {"type": "DEL", "endTime": time}
        package["deliveryInformation"] = {
            "receivedBy": shipment["to"]["name"],
            "location": "Front Door",
        }
    return package


def _activity(scan):
    kind, code, status = ACTIVITIES[scan["status"]]
    date, time = _date_time(scan["at"])
    return {
        "location": {"address": _where(scan["place"])},
        "status": {
            "type": kind,
            "code": code,
            "description": scan["text"],
            "simplifiedTextDescription": scan["text"],
            "statusCode": status,
        },
        "date": date,
        "time": time,
        "gmtDate": date,
        "gmtTime": time,
        "gmtOffset": "+00:00",
    }


def alert(shipment, parcel, scan):
    """A TrackingEventRequest of Track Alert."""
    kind, code, status = ACTIVITIES[scan["status"]]
    date, time = _date_time(scan["at"])
    place = _where(scan["place"])
    document = {
        "trackingNumber": parcel["tracking"],
        "localActivityDate": date,
        "localActivityTime": time,
        "activityLocation": {
            name: place[old]
            for name, old in (
                ("city", "city"),
                ("stateProvince", "stateProvince"),
                ("country", "countryCode"),
            )
            if place.get(old)
        },
        "activityStatus": {
            "type": kind,
            "code": code,
            "description": scan["text"],
            "descriptionCode": status,
        },
        "scheduledDeliveryDate": parcel["promised"].replace("-", ""),
        "gmtActivityDate": date,
        "gmtActivityTime": time,
        "gmtOffset": "+00.00",
    }
    if scan["status"] == "delivered":
        document |= {"actualDeliveryDate": date, "actualDeliveryTime": time}
    return document


def _date_time(text):
    at = road.moment(text)
    return at.strftime("%Y%m%d"), at.strftime("%H%M%S")


def _place(address):
    return {
        "city": address["city"],
        "stateProvince": address.get("state") or "",
        "postalCode": address.get("zip") or "",
        "country": address["country"],
        "countryCode": address["country"],
    }


def _where(place):
    """ "Dallas, TX, US" as an address."""
    city, *rest = place.split(", ")
    country = rest[-1] if rest else ""
    found = {"city": city, "country": country, "countryCode": country}
    return {**found, **({"stateProvince": rest[0]} if len(rest) == 2 else {})}
