"""What Salesforce's refusals mean, in sentences that people understand. Pure.

Shape: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
Codes: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
"""

from typing import NamedTuple

from odoo.addons.seam.engine.exchange import interpret
from odoo.addons.seam.engine.fault import Fault

from . import const

HOST = "Salesforce"
MEND = "Mend it in Odoo or in Salesforce, then retry."


class Meaning(NamedTuple):
    """What a code of Salesforce's is for us.

    :ivar says: what happened, with ``{about}``; Salesforce's own sentence follows
    :ivar fix: what to do
    :ivar seconds: when to try again, or None
    """

    code: str
    says: str
    fix: str
    seconds: float | None = None


_TWICE = Meaning(
    "master.ambiguous",
    "Salesforce already has one like {about}",
    "Look at the records named below. Merge or mend them in Salesforce, or give the one that is "
    "meant the id that is asked for; then retry.",
)
_RULE = Meaning(
    "business.rule",
    "A rule in Salesforce forbids {about}",
    "Mend what the rule asks for, or have Salesforce's administrator change it; then retry.",
)
_VALUE = Meaning("transport.rejected", "Salesforce does not take a value of {about}", MEND)
_FIELD = Meaning(
    "config.invalid",
    "Salesforce does not know a field of {about}, or may not be told of it",
    "Look at the lines under “CRM fields” of the system, and at the rights of Salesforce's "
    "integration user to the field; then retry.",
)
_GONE = Meaning(
    "order.conflict",
    "Salesforce does not have {about} any more, or does not show it",
    "If it was deleted there, discard this; if not, look at the rights of the integration user.",
)
_RIGHT = Meaning(
    "transport.rejected",
    "Salesforce's integration user may not do this with {about}",
    "Have Salesforce's administrator give the user the right, by a permission set; then retry.",
)
_LOCKED = Meaning(
    "db.conflict", "Somebody else was saving the same record of {about} in Salesforce", "", 5
)
_BUSY = Meaning("transport.unavailable", "Salesforce is busy", "")
_LIMIT = Meaning(
    "transport.unavailable",
    "Salesforce takes no more calls: the number of calls of the last 24 hours is used up",
    "It goes on by itself when Salesforce allows calls again. Ask Salesforce for more, or pull "
    "less often.",
    const.LIMIT_RETRY_SECONDS,
)
_CHANGED = Meaning(
    "order.predecessor",
    "{about} was changed in Salesforce since Odoo last heard of it: what was changed there is "
    "taken first",
    "It goes on by itself after the next pull. If not, look whether the pull is held up.",
)
_QUESTION = Meaning(
    "config.invalid",
    "Salesforce does not understand what it is asked",
    "Look at the lines under “CRM fields” of the system: one names a field that is not there.",
)
_LOGIN = Meaning(
    "auth.failed",
    "Salesforce does not let Seam in",
    "Look at the app and its integration user in Salesforce, and at the credentials on the system.",
)

MEANINGS = {
    "DUPLICATES_DETECTED": _TWICE,
    "DUPLICATE_VALUE": _TWICE,
    "DUPLICATE_EXTERNAL_ID": _TWICE,
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": _RULE,
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": _RULE,
    "CANNOT_EXECUTE_FLOW_TRIGGER": _RULE,
    "DELETE_FAILED": _RULE,
    "STRING_TOO_LONG": _VALUE,
    "REQUIRED_FIELD_MISSING": _VALUE,
    "INVALID_EMAIL_ADDRESS": _VALUE,
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": _VALUE,
    "FIELD_INTEGRITY_EXCEPTION": _VALUE,
    "NUMBER_OUTSIDE_VALID_RANGE": _VALUE,
    "INVALID_TYPE_ON_FIELD_IN_RECORD": _VALUE,
    "JSON_PARSER_ERROR": _VALUE,
    "INVALID_CROSS_REFERENCE_KEY": _VALUE,
    "MALFORMED_ID": _VALUE,
    "INVALID_FIELD": _FIELD,
    "INVALID_FIELD_FOR_INSERT_UPDATE": _FIELD,
    "INVALID_TYPE": _FIELD,
    "ENTITY_IS_DELETED": _GONE,
    "NOT_FOUND": _GONE,
    "INSUFFICIENT_ACCESS_OR_READONLY": _RIGHT,
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": _RIGHT,
    "UNABLE_TO_LOCK_ROW": _LOCKED,
    "SERVER_UNAVAILABLE": _BUSY,
    "PROCESSING_HALTED": _BUSY,
    "QUERY_TIMEOUT": _BUSY,
    "REQUEST_RUNNING_TOO_LONG": _BUSY,
    "REQUEST_LIMIT_EXCEEDED": _LIMIT,
    "MALFORMED_QUERY": _QUESTION,
    "INVALID_SESSION_ID": _LOGIN,
    "API_DISABLED_FOR_ORG": _LOGIN,
    "API_CURRENTLY_DISABLED": _LOGIN,
}
# By the status alone, where the code says nothing that is known.
BY_STATUS = {300: _TWICE, 404: _GONE, 412: _CHANGED}


def fault(response, about, pointers=None):
    """:param response: http.Response
    :param about: what was asked for, e.g. "the contact Ada"
    :param pointers: dict Salesforce's field → JSON Pointer into our document
    :return: Fault, or None where Salesforce did what it was asked for
    """
    general = interpret(response, HOST).fault
    told = read(response, pointers or {})
    if general is None:
        return None
    if general.kind == "transient" and response.status == 429:
        return general
    meaning = next((MEANINGS[e["code"]] for e in told if e["code"] in MEANINGS), None)
    meaning = meaning or BY_STATUS.get(response.status)
    if meaning is None or (general.kind != "permanent" and meaning is not _BUSY):
        meaning = None if general.kind != "permanent" or not told else _other(general)
    if meaning is None:
        return general
    wait = response.retry_after if response.retry_after is not None else meaning.seconds
    return Fault(
        meaning.code,
        f"{_sentence(meaning.says.format(about=about))}{_said(told)}",
        pointer=next((e["pointer"] for e in told if e["pointer"]), ""),
        fix=meaning.fix,
        subject=_subject(response, told),
        retry_after=wait,
        errors=told,
    )


def _other(general):
    """What Salesforce refused for a reason that is not known here."""
    return Meaning(general.code, "Salesforce refused {about}", general.fix)


def question(fault):
    """A question has no effect: none of its failures is in doubt."""
    if fault.kind != "ambiguous":
        return fault
    return Fault(
        "transport.unavailable",
        f"{HOST} did not answer.",
        subject=HOST,
        retry_after=fault.retry_after,
    )


def is_unknown_field(fault):
    """:return: whether Salesforce refused because it has, or shows, no such field"""
    return "INVALID_FIELD" in codes(fault)


def codes(fault):
    """:return: set of Salesforce's own codes in a fault"""
    return {error["code"] for error in fault.errors}


def read(response, pointers=None):
    """:return: list of dicts with ``pointer``, ``code`` and ``message``: what Salesforce says"""
    try:
        content = response.json()
    except Fault:
        return []
    if response.status == 300 and isinstance(content, list):
        # The records that have the same external id.
        return [_several(content)]
    listed = content.get("errors") if isinstance(content, dict) else content
    if not isinstance(listed, list):
        return []
    return [_error(error, pointers or {}) for error in listed if isinstance(error, dict)]


def _several(records):
    names = ", ".join(str(record).rpartition("/")[2] for record in records[:10])
    return {
        "pointer": "",
        "code": "DUPLICATE_EXTERNAL_ID",
        "message": f"More than one record has this id: {names}",
    }


def _error(error, pointers):
    code = str(error.get("errorCode") or error.get("statusCode") or "")
    fields = error.get("fields")
    fields = [str(name) for name in fields] if isinstance(fields, list) else []
    message = str(error.get("message") or code)
    ids = _matches(error)
    return {
        "pointer": next((pointers[name] for name in fields if name in pointers), ""),
        "code": code,
        "message": message + (f" ({', '.join(ids)})" if ids else ""),
    }


def _matches(error):
    """:return: ids of the records that a duplicate rule found"""
    found = error.get("duplicateResult") or error.get("duplicateResut")
    results = found.get("matchResults") if isinstance(found, dict) else None
    ids = []
    for result in results if isinstance(results, list) else ():
        for match in (result.get("matchRecords") if isinstance(result, dict) else None) or ():
            record = match.get("record") if isinstance(match, dict) else None
            if isinstance(record, dict) and record.get("Id"):
                ids.append(str(record["Id"]))
    return ids[:10]


def _sentence(text):
    return text[:1].upper() + text[1:]


def _said(told):
    text = "; ".join(error["message"] for error in told)
    return f": {text.rstrip('.')[:500]}." if text else "."


def _subject(response, told):
    """One case for all that Salesforce refuses with the same sentence."""
    if not told:
        return f"{HOST}:{response.status}"
    return f"{HOST} {told[0]['code']} {told[0]['message']}"[:200]


def unreadable(about):
    return Fault(
        "drift.contract",
        f"Salesforce's answer about {about} is not what it describes.",
        subject=f"answer:{about}",
    )
