"""The carriers' statuses in Seam's small set: announced, accepted, in_transit, out_for_delivery,
delivered, held, failed, returning, returned, lost. Pure.
"""

import re

# UPS: by the code of a scan, else by its type. Types: M manifest, I on its way, U another date,
# D delivery, X exception. https://developer.ups.com/api/reference/tracking/appendix
UPS_CODES = {
    "MP": "announced", "XD": "accepted", "OR": "accepted", "PU": "accepted", "OC": "accepted",
    "AR": "in_transit", "DP": "in_transit", "AF": "in_transit", "IP": "in_transit",
    "OT": "out_for_delivery", "OF": "out_for_delivery", "OD": "out_for_delivery",
    "FS": "delivered", "KB": "delivered", "KM": "delivered", "F4": "delivered",
    "2W": "held", "ZP": "held", "HX": "held", "HD": "held", "HI": "held", "CD": "held",
    "NH": "failed", "48": "failed", "49": "failed", "50": "failed", "51": "failed",
    "RF": "returning", "RS": "returning", "RTS": "returning",
    "RT": "returned",
    "DM": "lost", "DMG": "lost", "LO": "lost", "LP": "lost",
}  # fmt: skip
UPS_TYPES = {
    "M": "announced",
    "P": "accepted",
    "I": "in_transit",
    "U": "in_transit",
    "O": "out_for_delivery",
    "D": "delivered",
    "RS": "returning",
    "X": "held",
}
# A manifest that was taken back tells nothing of a parcel.
UPS_NOTHING = {"MV"}

# The three digits of Tracking, where the two letters are not known.
UPS_STATES = {
    "003": "announced", "007": None, "006": "out_for_delivery", "021": "out_for_delivery",
    "011": "delivered", "016": "held", "017": "held", "040": "held",
    "022": "failed", "023": "failed", "024": "failed", "054": "failed",
    "033": "returning", "035": "returning", "036": "returning", "037": "returning",
}  # fmt: skip
# Exceptions have hundreds of codes; their words tell what they are.
UPS_WORDS = (
    (r"returned to (the )?(sender|shipper)", "returned"),
    (r"return(ing|ed)? ", "returning"),
    (r"\b(lost|missing|damaged|destroyed)\b", "lost"),
    (r"attempt|not available|refused|incorrect|closed|moved", "failed"),
)


def ups(kind, code, state, words):
    """:param kind: type of a scan, one or two letters
    :param code: its code, two signs
    :param state: three digits, or None
    :return: a status; None where the scan tells nothing of the parcel
    """
    kind, code = (kind or "").upper(), (code or "").upper()
    if kind in UPS_NOTHING:
        return None
    if code in UPS_CODES:
        return UPS_CODES[code]
    if state in UPS_STATES:
        return UPS_STATES[state]
    if kind == "X":
        for pattern, status in UPS_WORDS:
            if re.search(pattern, words or "", re.IGNORECASE):
                return status
    return UPS_TYPES.get(kind, "in_transit")


# FedEx: by the type of a scan. https://developer.fedex.com/api/en-us/guides/api-reference.html
FEDEX_EVENTS = {
    "OC": "announced", "EP": "announced", "MD": "announced", "OX": "announced",
    "PU": "accepted", "PX": "accepted", "DR": "accepted", "OF": "accepted", "AP": "accepted",
    "OD": "out_for_delivery", "AD": "out_for_delivery", "ED": "out_for_delivery",
    "DL": "delivered",
    "SE": "held", "CD": "held", "HL": "held", "HP": "held", "HA": "held", "DY": "held",
    "DE": "failed", "CA": "held",
    "RS": "returning", "RP": "returning", "RT": "returned",
}  # fmt: skip


def fedex(kind, derived):
    return FEDEX_EVENTS.get(kind or "") or FEDEX_EVENTS.get(derived or "") or "in_transit"


# DHL: five codes; what a trouble is, its words tell.
DHL_CODES = {
    "pre-transit": "announced",
    "transit": "in_transit",
    "delivered": "delivered",
    "failure": "failed",
    "unknown": "in_transit",
}
DHL_WORDS = (
    (r"loaded onto the delivery vehicle|out for delivery|being delivered", "out_for_delivery"),
    (r"(returned|delivered) to (the )?sender", "returned"),
    (r"return(ing|ed)? |back to the sender", "returning"),
    (r"\b(lost|damaged|destroyed)\b", "lost"),
    (r"pick-?up|collect|customs|retail outlet|packstation", "held"),
)


def dhl(code, words):
    meant = DHL_CODES.get(code or "", "in_transit")
    if meant in ("in_transit", "failed"):
        for pattern, status in DHL_WORDS:
            if re.search(pattern, words, re.IGNORECASE):
                return status
    return meant
