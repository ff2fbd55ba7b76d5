"""What Amazon's refusals mean, in sentences that people understand. Pure.

https://developer-docs.amazon.com/sp-api/docs/sp-api-errors-faq
"""

from odoo.addons.seam.engine.exchange import interpret
from odoo.addons.seam.engine.fault import Fault

HOST = "Amazon"


def fault(response, about):
    """:param response: http.Response
    :param about: what was asked for, e.g. "delivery WH/OUT/0012"
    :return: Fault, or None where Amazon did what it was asked for
    """
    told = read(response)
    general = interpret(response, HOST).fault
    if general is None:
        return _refused(response, about, told) if told else None
    if response.status in (401, 403):
        return Fault(
            "auth.failed",
            f"Amazon does not let Seam do this with {about}{_said(told)}",
            fix="Look in Seller Central whether the application is still authorised and has "
            "the role Amazon Fulfillment; else enter its credentials anew on the system.",
            subject=HOST,
            errors=told,
        )
    if response.status == 429:
        return Fault(
            "transport.unavailable",
            "Amazon takes no more calls for the moment.",
            subject=HOST,
            retry_after=patience(response),
        )
    return general if general.kind != "permanent" else _refused(response, about, told)


def read(response):
    """:return: list of dicts with ``pointer``, ``code`` and ``message``: Amazon's own errors"""
    try:
        listed = response.json().get("errors") or []
        return [
            {
                "pointer": "",
                "code": str(error["code"]),
                "message": " – ".join(
                    str(error[name]) for name in ("message", "details") if error.get(name)
                )
                or str(error["code"]),
            }
            for error in listed
        ]
    except (Fault, AttributeError, KeyError, TypeError):
        return []


def patience(response):
    """:return: seconds until the next call may be made, by Amazon's own limit"""
    if response.retry_after is not None:
        return response.retry_after
    try:
        return max(1.0, 1 / float(response.headers["x-amzn-ratelimit-limit"]))
    except (KeyError, ValueError, ZeroDivisionError):
        return None


def _refused(response, about, told):
    if response.status == 404:
        message = f"Amazon does not know {about}{_said(told)}"
    else:
        message = f"Amazon refused {about}{_said(told) if told else f' ({response.status}).'}"
    return Fault(
        "transport.rejected",
        message,
        fix="Mend what Amazon names, in Odoo or in Seller Central, and send it again.",
        subject=_cause(response, told),
        errors=told,
    )


def _cause(response, told):
    """One case for all that Amazon refuses with the same sentence, whatever its numbers."""
    if not told:
        return f"{HOST}:{response.status}"
    return f"{HOST} {told[0]['code']} {told[0]['message']}"


def _said(told):
    text = "; ".join(error["message"] for error in told)
    return f": {text.rstrip('.')[:500]}." if text else "."
