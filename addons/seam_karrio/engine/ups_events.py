"""Where UPS says parcels are: scans of Tracking, put into the words of Track Alert, and events of
Track Alert as Seam's documents. Pure, but for the question of ``track``.
"""

import re
from urllib.parse import quote

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.fault import Fault

from .. import const
from . import errors, statuses, ups

# What a document takes of scans before the newest.
MOST_SCANS = 500


def track_request(number):
    """:return: exchange.Request for the scans of a parcel"""
    path = const.UPS_TRACK.format(quote(number, safe=""))
    return Request("GET", path, params={"locale": "en_US"}, headers=ups.call_headers(number))


def track(client, number):
    """Ask UPS how far a parcel is.

    :return: list of one event in the words of Track Alert; empty where UPS knows nothing
    :raise Fault: it did not answer, or refused
    """
    asked = track_request(number)
    response = client.request(asked.method, asked.path, params=asked.params, headers=asked.headers)
    if response.status == 404:
        return []
    fault = errors.fault(
        errors.question(response), ups.NAME, number, errors.read(response, ups.refusals)
    )
    if fault:
        raise fault
    return newest(ups.content_of(response), number)


def newest(content, number):
    """:param content: a TrackApiResponse. :return: see ``track``"""
    for each in content.get("trackResponse", {}).get("shipment", []):
        for package in ups.listed(each.get("package")):
            scans = ups.listed(package.get("activity"))
            if package.get("trackingNumber") in (None, number) and scans:
                first, *rest = [_event(number, scan, package) for scan in scans]
                return [{**first, "earlier": rest[:MOST_SCANS]}]
    return []


def _event(number, scan, package):
    """The newest scan of a parcel, in the words of Track Alert."""
    status = scan.get("status") or {}
    address = (scan.get("location") or {}).get("address") or {}
    dates = {each.get("type"): each.get("date") for each in ups.listed(package.get("deliveryDate"))}
    made = {
        "trackingNumber": number,
        "activityStatus": _only(
            status, "type", "code", "description", descriptionCode="statusCode"
        ),
        "activityLocation": _only(address, "city", "stateProvince", "postalCode")
        | {"country": address.get("countryCode") or address.get("country")},
        "gmtActivityDate": scan.get("gmtDate"),
        "gmtActivityTime": _six(scan.get("gmtTime")),
        "localActivityDate": scan.get("date"),
        "localActivityTime": _six(scan.get("time")),
        "gmtOffset": scan.get("gmtOffset"),
        "scheduledDeliveryDate": dates.get("RDD") or dates.get("SDD"),
    }
    return {name: value for name, value in made.items() if value}


def _only(found, *names, **renamed):
    pairs = {**{name: name for name in names}, **renamed}
    return {new: found[old] for new, old in pairs.items() if found.get(old)}


def _six(time):
    """UPS leaves out zeros before an hour."""
    return time and time.zfill(6)


def alerted(wire):
    """:param wire: a TrackingEventRequest of Track Alert. :return: list of documents"""
    scans = [_scan(each) for each in (wire, *wire.get("earlier", ()))]
    known = [scan for scan in scans if scan]
    if not known:
        return []
    newest_one, *earlier = known
    made = {"tracking": wire["trackingNumber"], **newest_one}
    promised = wire.get("scheduledDeliveryDate")
    made |= {"promised": _dashed(promised)} if promised else {}
    made |= {"earlier": earlier} if earlier else {}
    return [made]


def _scan(wire):
    """:return: dict of one scan; None where it tells nothing of the parcel"""
    status = wire["activityStatus"]
    state = status.get("descriptionCode")
    meant = statuses.ups(
        status["type"],
        status.get("code"),
        state and str(state).zfill(3),
        status.get("description"),
    )
    if not meant:
        return None
    place = wire.get("activityLocation") or {}
    where = ", ".join(filter(None, map(place.get, ("city", "stateProvince", "country"))))
    words = (status.get("description") or "").strip()
    made = {"status": meant, "at": moment(wire)}
    made |= {"place": where[:200]} if where else {}
    made |= {"text": words[:500]} if words else {}
    return made


def moment(wire):
    """:return: RFC 3339 text; UPS tells it in GMT, or in local time with how far that is off"""
    if wire.get("gmtActivityDate") and wire.get("gmtActivityTime"):
        return _written(wire["gmtActivityDate"], wire["gmtActivityTime"]) + "Z"
    zone = (wire.get("gmtOffset") or "").replace(".", ":")
    known = wire.get("localActivityDate") and wire.get("localActivityTime")
    if known and re.fullmatch(r"[+-]\d\d:\d\d", zone):
        return _written(wire["localActivityDate"], wire["localActivityTime"]) + zone
    raise Fault(
        "mapping.failed",
        "UPS does not say when this was.",
        pointer="/gmtActivityDate",
        fix="Discard it: the next scan says more.",
        subject="ups:moment",
    )


def _written(date, time):
    return f"{_dashed(date)}T{time[:2]}:{time[2:4]}:{time[4:]}"


def _dashed(date):
    return f"{date[:4]}-{date[4:6]}-{date[6:]}"
