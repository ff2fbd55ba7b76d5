"""Standard Webhooks 1.0: how the warehouse signs what it sends, and checks what it is sent.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
import time

PREFIX = "whsec_"
TOLERANCE = 300


def sign(number, stamp, content, secret):
    """The value of webhook-signature for `content` (bytes) under the id `number`."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{number}.{stamp}.".encode() + content
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(number, content, secret, now=None):
    """The headers under which `content` (bytes of JSON) is sent."""
    stamp = int(time.time() if now is None else now)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Lakeside-WMS/3.2",
        "webhook-id": number,
        "webhook-timestamp": str(stamp),
        "webhook-signature": sign(number, stamp, content, secret),
    }


def wrong(given, content, secret, now=None):
    """Why a call is not believed, a sentence, or None. `given`: its headers, by lower-case name."""
    number, stamp = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "").split()
    if not (number and stamp.isdigit() and signatures):
        return "webhook-id, webhook-timestamp and webhook-signature are needed."
    if abs((time.time() if now is None else now) - int(stamp)) > TOLERANCE:
        return "webhook-timestamp is more than five minutes off."
    try:
        right = sign(number, stamp, content, secret)
    except binascii.Error:
        return "The secret is not in base64."
    if not any(hmac.compare_digest(right.encode(), each.encode()) for each in signatures):
        return "The signature is not made with our secret."
    return None
