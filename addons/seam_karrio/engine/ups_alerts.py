"""Subscriptions to UPS Track Alert: UPS tells of a parcel as soon as it is scanned. Pure.

Where to and with which credential is agreed in UPS's portal (Manage Webhook Credentials), not
in the call. https://developer.ups.com/api/reference/trackalertenhanced
"""

import datetime
import re

from odoo.addons.seam.engine.exchange import Request, accepted, refused

from .. import const
from . import errors, ups

# What UPS subscribes to.
_NUMBER = re.compile(r"1Z[0-9A-Z]{16}|1R[0-9A-Z]{14}|1R[0-9A-Z]{26}")
# None of the numbers is one that UPS tells of: it refuses the whole.
_NONE_VALID = {"VSS210", "VSS215"}


def _fitting(document):
    known = [number for number in document["tracking"] if _NUMBER.fullmatch(number)]
    return known[: const.UPS_SUBSCRIBED]


def request(sending):
    """:return: exchange.Request; None where UPS tells of none of these numbers"""
    numbers = _fitting(sending.document)
    if not numbers:
        return None
    body = {"locale": "en_US", "trackingNumberList": numbers}
    headers = ups.call_headers(sending.key)
    return Request("POST", const.UPS_SUBSCRIBE, headers=headers, json=body)


def interpret(sending, response):
    """:return: exchange.Answer; ``content`` as ``shipping-subscription-answer`` says"""
    told = errors.read(response, ups.refusals)
    content = ups.content_of(response) if response.status in (200, 400) else {}
    if response.status == 400 and {code for code, _message in told} <= _NONE_VALID and told:
        return _subscribed(sending, {"invalidTrackingNumbers": _fitting(sending.document)})
    fault = errors.fault(response, ups.NAME, sending.document["reference"], told)
    if fault is None and "validTrackingNumbers" not in content:
        fault = errors.unreadable(ups.NAME, sending.document["reference"])
    if fault is None:
        return _subscribed(sending, content)
    if fault.code == "transport.rejected":
        fault.fix = (
            "Look at the webhook in UPS's portal (Manage Webhook Credentials), then retry. Until "
            "then UPS is asked for the parcel, where there is a pull."
        )
    return refused(fault)


def _subscribed(sending, content):
    valid = [str(number) for number in content.get("validTrackingNumbers") or ()]
    wrong = [str(number) for number in content.get("invalidTrackingNumbers") or ()]
    wrong += [n for n in sending.document["tracking"] if not _NUMBER.fullmatch(n)]
    until = datetime.date.today() + datetime.timedelta(days=const.UPS_SUBSCRIBED_DAYS)
    note = f"UPS does not tell of {', '.join(wrong)} by itself." if wrong else ""
    made = {"subscribed": valid, "refused": wrong, "until": until.isoformat()}
    return accepted(note=note, content=made)
