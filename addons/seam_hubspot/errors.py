"""What HubSpot's refusals mean, in sentences that people understand. Pure.

https://developers.hubspot.com/docs/guides/api/app-management/error-handling
"""

import json
import re

from odoo.addons.seam.engine.exchange import interpret
from odoo.addons.seam.engine.fault import Fault

from . import const

HOST = "HubSpot"
UNKNOWN_PROPERTY = "PROPERTY_DOESNT_EXIST"
_EXISTING = re.compile(r"[Ee]xisting ID: ?(\d+)|already has that value[^0-9]*(\d+)")
_LISTED = re.compile(r"\[\{.*\}\]", re.DOTALL)


def fault(response, about, place=lambda name: ""):
    """
    :param response: http.Response
    :param about: what was asked for, e.g. "contact Ada"
    :param place: function of a property's name: pointer into the document
    :return: Fault, or None where HubSpot did what it was asked for
    """
    told = read(response)
    general = interpret(response, HOST).fault
    if general is None:
        return _partial(told, about, place)
    if response.status in (401, 403):
        return _forbidden(response, about, told)
    if response.status == 429:
        return Fault(
            "transport.unavailable",
            "HubSpot's calls of today are used up."
            if is_daily(told)
            else "HubSpot takes no more calls for the moment.",
            fix="It goes on by itself."
            if not is_daily(told)
            else "It goes on at midnight of HubSpot's account; or have the limit raised there.",
            subject=HOST,
            retry_after=response.retry_after,
        )
    if general.kind != "permanent":
        return general
    if response.status == const.CHANGED_MEANWHILE:
        return Fault(
            "order.predecessor",
            f"Somebody changed {about} in HubSpot meanwhile: that is taken first.",
            fix="It goes on by itself.",
            subject=f"{HOST}:meanwhile",
        )
    if told.get("category") == const.SEVERAL_LINKED:
        return _several(about)
    if response.status == 404:
        return _unknown(about, told)
    return _refused(response.status, about, told, place)


def of_question(response, about):
    """As ``fault``, of what has no effect: who cannot answer now is asked later."""
    found = fault(response, about)
    return found and question(found)


def question(found):
    """:return: Fault of a question: none of its failures is in doubt"""
    if found.kind != "ambiguous":
        return found
    return Fault(
        "transport.unavailable",
        found.message,
        subject=found.subject,
        retry_after=found.retry_after,
    )


def unanswered(response, about):
    """:return: Fault, where HubSpot answered a question about many, and has no answer for one of
    them though it may be there; or None
    """
    told = [each for each in _errors(read(response)) if not is_missing(each)]
    if not told:
        return None
    return Fault(
        "transport.unavailable",
        f"HubSpot could not answer for all of {about}.{_said(told[0])}",
        subject=HOST,
        retry_after=response.retry_after,
    )


def is_missing(error):
    """:return: whether an error of one of many says for sure that there is no such thing"""
    return error.get("category") == "OBJECT_NOT_FOUND"


def read(response):
    """:return: the error that HubSpot told, a dict; empty where it told none"""
    try:
        told = response.json()
    except Fault:
        return {}
    return told if isinstance(told, dict) else {}


def is_daily(told):
    return str(told.get("policyName", "")).upper() == "DAILY"


def _partial(told, about, place):
    """A batch answers 207, with an error in place of a result."""
    errors = told.get("errors") if "results" in told else None
    if not isinstance(errors, list) or not errors or told.get("results"):
        return None
    first = errors[0] if isinstance(errors[0], dict) else {}
    return _refused(207, about, first, place)


def _forbidden(response, about, told):
    scopes = [str(s) for e in _errors(told) for s in _context(e, "requiredGranularScopes")]
    missing = f" It needs: {', '.join(sorted(set(scopes)))}." if scopes else ""
    return Fault(
        "auth.failed",
        f"HubSpot does not let Seam do this with {about} ({response.status})."
        f"{_said(told)}{missing}",
        fix="Give the app these scopes in HubSpot; or enter its token anew on the system."
        if scopes
        else "Enter the app's token anew on the system, and look at its scopes in HubSpot.",
        subject=HOST,
    )


def _unknown(about, told):
    return Fault(
        "transport.rejected",
        f"HubSpot has no {about} any more.{_said(told)}",
        fix="It was deleted or merged there: wait for what HubSpot says of it, then discard this.",
        subject=f"{HOST}:404",
    )


def _several(about):
    return Fault(
        "business.rule",
        f"HubSpot links several contacts or companies with {about}: which of them is the customer "
        "no more, is not known.",
        pointer="/fields",
        fix="Take off in HubSpot who is it no more, so that the customer is the primary company "
        "and the oldest contact; then retry.",
        subject=f"{HOST} {const.SEVERAL_LINKED}",
    )


def _refused(status, about, told, place):
    found = violations(told, place)
    existing = _EXISTING.search(_message(told))
    if status == 409 or existing or told.get("category") == "CONFLICT":
        return _conflict(about, told, existing, found)
    return Fault(
        "transport.rejected",
        f"HubSpot refused {about}.{_said(told, found)}",
        pointer=found[0]["pointer"] if found else "",
        fix=_fix(found),
        subject=f"{HOST} {found[0]['code'] if found else told.get('category') or status}"
        + (f" {found[0]['pointer']}" if found and found[0]["pointer"] else ""),
        errors=found,
    )


def _conflict(about, told, existing, found):
    number = existing and next(filter(None, existing.groups()))
    return Fault(
        "transport.rejected",
        f"HubSpot has {about} already"
        + (f", as number {number}." if number else ".")
        # Its own sentence says which field it is that both have.
        + ("" if number else _said(told)),
        pointer="/fields/email" if "ontact" in _message(told) else "",
        fix="Have HubSpot's record pulled, and say which record in Odoo it is; then discard "
        "this. Or give one of them another address.",
        subject=f"{HOST} CONFLICT {number or ''}".strip(),
        errors=found,
    )


def is_unknown_property(fault):
    """:return: whether HubSpot refused because it has no such property"""
    return any(each["code"] == UNKNOWN_PROPERTY for each in fault.errors)


def violations(told, place):
    """:return: list of dicts ``pointer``, ``code``, ``message``: what is wrong where"""
    named = _listed(told)
    if not named:
        named = [
            {
                "name": next(iter(_context(error, "propertyName")), "") or error.get("in") or "",
                "error": error.get("code") or error.get("subCategory"),
                "message": error.get("message"),
            }
            for error in _errors(told)
        ]
    return [
        {
            "pointer": place(str(each.get("name") or "")),
            "code": str(each.get("error") or told.get("category") or "error")[:100],
            "message": _sentence(each),
        }
        for each in named
    ]


def _listed(told):
    """HubSpot puts the list of bad values into its sentence, as JSON."""
    found = _LISTED.search(_message(told))
    try:
        listed = json.loads(found.group()) if found else []
    except ValueError:
        return []
    return [each for each in listed if isinstance(each, dict)]


def _sentence(each):
    text = str(each.get("localizedErrorMessage") or each.get("message") or each.get("error") or "")
    return f"{each['name']}: {text}"[:500] if each.get("name") else text[:500]


def _errors(told):
    errors = told.get("errors")
    return [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []


def _context(error, name):
    context = error.get("context")
    values = context.get(name) if isinstance(context, dict) else None
    return values if isinstance(values, list) else []


def _message(told):
    return str(told.get("message") or "")


def _said(told, found=()):
    text = "; ".join(each["message"] for each in found) or _LISTED.sub("", _message(told))
    text = text.strip().rstrip(".:")[:500]
    return f" {text}." if text else ""


def _fix(found):
    if any(each["code"] == UNKNOWN_PROPERTY for each in found):
        return (
            "HubSpot has no such property: mend the line of the mapping, or make the property "
            "in HubSpot, then retry."
        )
    return "Mend the value in Odoo, or the rule in HubSpot, then retry."
