"""Who sent a webhook: HubSpot's signature, version 3. Pure.

Base64 of HMAC-SHA256, by the app's client secret, of method, address, body and timestamp
in milliseconds; not older than 5 minutes.
https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests
"""

import re

from odoo.addons.seam.engine import signature

from . import const

_DECODED = re.compile("|".join(const.DECODED), re.IGNORECASE)


def verify(headers, body, secrets, address, now):
    """
    :param address: to which HubSpot was told to send, query included
    :param now: seconds since 1970
    :raise signature.BadSignature: HubSpot did not send this, or not now
    """
    stamp = headers.get(const.HEADER_TIMESTAMP, "").strip()
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 15):
        raise signature.BadSignature(
            f"The header {const.HEADER_TIMESTAMP} is missing, or not in milliseconds."
        )
    late = now - int(stamp) / 1000
    if abs(late) > signature.TOLERANCE:
        raise signature.BadSignature(
            f"HubSpot's time of the call is {late:.0f} s behind ours, more than "
            f"{signature.TOLERANCE} s: clock skew, or an old call sent again."
        )
    given = headers.get(const.HEADER_SIGNATURE, "")
    signature.verify_hmac(signed(body, address, stamp), given, secrets)


def sign(body, address, stamp, secret):
    """:return: the headers with which HubSpot would send ``body``"""
    made = signature.sign_hmac(signed(body, address, str(stamp)), secret)
    return {const.HEADER_SIGNATURE: made, const.HEADER_TIMESTAMP: str(stamp)}


def signed(body, address, stamp):
    """:return: the bytes that are signed"""
    return f"POST{decoded(address)}".encode() + body + stamp.encode()


def decoded(address):
    return _DECODED.sub(lambda found: const.DECODED[found.group().upper()], address)
