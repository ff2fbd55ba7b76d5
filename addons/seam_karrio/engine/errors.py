"""What the carriers' refusals mean, in sentences that a packer understands. Pure."""

import re
from dataclasses import replace

from odoo.addons.seam.engine.exchange import interpret
from odoo.addons.seam.engine.fault import Fault

# How a refusal is known, what it means, and what to do. The first that fits.
MEANINGS = (
    (
        r"\b(auth|credential|client id|clientid|token|not entitled|shipper number)",
        "config",
        "Have an administrator look at the account and the credentials of the system.",
    ),
    (
        r"service.{0,40}(invalid|unavailable|not available|not supported)|not.{0,20}service",
        "service",
        "Choose another service on the delivery method, then retry. No label was bought.",
    ),
    (
        r"postal|zip|address|city|state|province|country|consignee|recipient",
        "address",
        "Correct the address on the contact, then retry. No label was bought.",
    ),
    (
        r"weight|dimension|size|length|girth",
        "parcel",
        "Correct the weight and size of the parcels, then retry. No label was bought.",
    ),
    (r"phone", "phone", "Correct the phone number, then retry. No label was bought."),
    (
        r"commodity|harmoni|customs|invoice|hs code|origin",
        "customs",
        "Correct what customs is told of the products, then retry. No label was bought.",
    ),
)
DEFAULT = "Correct what the carrier names, then retry. No label was bought."


def read(response, parse):
    """:param parse: of a carrier: the parsed answer → list of (code, message)
    :return: list of (code, message): the carrier's own errors; empty where there are none
    """
    try:
        content = response.json()
        return parse(content) if isinstance(content, (dict, list)) else []
    except (Fault, AttributeError, KeyError, TypeError, ValueError, IndexError):
        return []


def fault(response, host, about, told):
    """:param told: as of ``read``
    :return: Fault, or None where the carrier did what it was asked for
    """
    general = interpret(response, host).fault
    if general is None:
        return _refused(response, host, about, told) if told else None
    said = _said(told)
    listed = [{"pointer": "", "code": code, "message": message} for code, message in told]
    if general.code == "auth.failed":
        return Fault(
            "auth.failed",
            f"{host} did not accept our credentials for {about}{said}",
            fix="Have an administrator enter the client ID and secret of the system anew, and "
            f"look in {host}'s developer portal whether the application may do this.",
            subject=host,
            errors=listed,
        )
    if general.kind != "permanent":
        general.errors = listed
        return general
    return _refused(response, host, about, told)


def question(response):
    """A question has no effect: that nobody knows whether it had one does not matter."""
    return replace(response, status=503) if response.status in (502, 504) else response


def unreadable(host, about):
    return Fault(
        "schema.invalid",
        f"{host}'s answer about {about} cannot be read: it has not what it should.",
        fix="Retry: the carrier is asked what became of it. No second label is bought.",
        subject=f"{host}:answer",
    )


def _refused(response, host, about, told):
    said = _said(told) if told else f" ({response.status})."
    words = " ".join(message for _code, message in told)
    kind, fix = _meaning(words)
    return Fault(
        "transport.rejected",
        f"{host} refused {about}{said}",
        fix=fix,
        subject=f"{host} {told[0][0]} {told[0][1]}" if told else f"{host}:{response.status}",
        errors=[{"pointer": "", "code": code, "message": text} for code, text in told],
        extra={"about": kind} if kind else {},
    )


def _meaning(words):
    for pattern, kind, fix in MEANINGS:
        if re.search(pattern, words, re.IGNORECASE):
            return kind, fix
    return "", DEFAULT


def _said(told):
    words = "; ".join(message for _code, message in told)
    return f": {words.rstrip('.')[:500]}." if words else "."
