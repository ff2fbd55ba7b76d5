"""Objections to e-mail: a checkbox of contacts, and its history where Salesforce keeps one.

A box that is not ticked is no consent. When it was ticked the record does not say: its last
change, whatever it was, is the latest moment that is possible.

Contact: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_contact.htm
ContactHistory: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_associated_objects_history.htm
"""

from odoo.addons.seam.engine.fault import Fault

from . import const, errors, library
from .times import moment

EMAIL = "email"
OBJECTS, NOTHING = "opt_out", "unknown"
ADDRESS_LENGTHS = range(3, 321)


def selected(options):
    """:return: list of the fields that are asked for"""
    field = options.get("salesforce_opt_out_field")
    return [field, "Email", "LastModifiedDate"] if field else []


def told(wire, options):
    """:return: list of what a contact said, as the contract of contacts has it"""
    field, address = options.get("salesforce_opt_out_field"), wire.get("Email")
    if not field or field not in wire or len(address or "") not in ADDRESS_LENGTHS:
        return []
    if not isinstance(wire[field], bool):
        raise _no_checkbox(field)
    said = {"purpose": EMAIL, "address": address, "status": OBJECTS if wire[field] else NOTHING}
    return [{**said, **_when(wire, field)}]


def _when(wire, field):
    row = wire.get(const.OPT_OUT_HISTORY)
    if not row:
        name = "LastModifiedDate" if wire.get("LastModifiedDate") else "SystemModstamp"
        return {"at": moment(wire[name], f"/{name}"), "at_latest": True, "source": field}
    who = (row.get("CreatedBy") or {}).get("Name")
    at = moment(row.get("CreatedDate"), f"/{const.OPT_OUT_HISTORY}/CreatedDate")
    return {"at": at, "source": f"{field}, {who}"[:500] if who else field}


def write(body, document, options):
    """Tick the box of who objects, in the body of a request. Salesforce has no word for a
    consent: the box is not ticked then, as where an objection was taken back.
    """
    field = options.get("salesforce_opt_out_field")
    for each in document.get("consents") or ():
        if field and each["purpose"] == EMAIL:
            body[field] = each["status"] == OBJECTS


def require_seen(body, options):
    """Only where Salesforce refuses what was changed meanwhile, a box is emptied: an objection
    that Odoo does not know of would be gone.
    """
    if body.get(options.get("salesforce_opt_out_field")) is False:
        raise Fault(
            "order.predecessor",
            "It is not known yet whether the contact objected to e-mail in Salesforce meanwhile.",
            pointer="/consents",
            fix="It goes on by itself after the next pull.",
            subject="consents",
        )


# -- since when ------------------------------------------------------------------------


def dated(client, options, records, only_objections=False):
    """Contacts with the last change of their box, where Salesforce keeps its history.

    :param only_objections: only who objects is asked about, as a first load does: whose box
        was emptied before is no news to who knows of no objection
    :return: list parallel to ``records``
    """
    field = options.get("salesforce_opt_out_field")
    if not (field and options.get("salesforce_opt_out_history")):
        return records
    asked = [r for r in records if not r.get("IsDeleted")]
    ids = [r["Id"] for r in asked if r.get(field) is True or not only_objections]
    last = {}
    for begin in range(0, len(ids), const.IDS_PER_QUERY):
        for row in _rows(client, field, ids[begin : begin + const.IDS_PER_QUERY]):
            last.setdefault(row["ContactId"], row)
    return [_dated(record, last.get(record["Id"]), field) for record in records]


def _rows(client, field, ids):
    """:return: list of changes, the newest first"""
    query = library.soql(
        "SELECT ContactId, NewValue, CreatedDate, CreatedBy.Name FROM ContactHistory "
        "WHERE Field = {} AND ContactId IN {} ORDER BY CreatedDate DESC",
        field,
        ids,
    )
    try:
        return library.connect(client).query_all(query)["records"]
    except Fault as fault:
        if {"INVALID_TYPE", "INVALID_FIELD"} & errors.codes(fault):
            raise _no_history() from None
        raise


def _dated(record, row, field):
    """A change to something else than what is there now says nothing of it."""
    if not row or str(row.get("NewValue")).lower() != str(record.get(field)).lower():
        return record
    kept = {name: row.get(name) for name in ("CreatedDate", "CreatedBy")}
    return {**record, const.OPT_OUT_HISTORY: kept}


def _no_checkbox(field):
    return Fault(
        "config.invalid",
        f"Salesforce's field {field} is no checkbox.",
        pointer=f"/{field}",
        fix="Enter the checkbox of who objects to e-mail on the system, page “Salesforce”; or "
        "none.",
        subject=f"field:{field}",
    )


def _no_history():
    return Fault(
        "config.invalid",
        "Salesforce does not show the history of contacts.",
        fix="Let Salesforce track the field, and the integration user see its history; or say "
        "on the system, page “Salesforce”, that it is not tracked.",
        subject="history of contacts",
    )
