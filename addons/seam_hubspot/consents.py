"""Objections to e-mail: HubSpot's “Unsubscribed from all email”. Pure.

HubSpot sets the property itself and lets nobody write it. Its history tells since when; to
unsubscribe somebody there is a call of its own. A property that was never set says nothing of
a person: no consent, and no objection that ended.

https://developers.hubspot.com/docs/guides/api/marketing/subscriptions
"""

from urllib.parse import quote

from odoo.addons.seam.engine.exchange import Request

EMAIL = "email"
PROPERTY = "hs_email_optout"
CHANNEL = "EMAIL"


def told(history, address, now, moment):
    """
    :param history: list of dicts ``value``, ``timestamp``, ``sourceType``, ``sourceLabel``: what
        the property was, in any order
    :param address: the contact's e-mail address, or None
    :param now: (the property's value, RFC 3339 of the record's last change): what is told
        where HubSpot kept no history
    :param moment: function of a text and its property: RFC 3339 in UTC, or a Fault
    :return: list of what the person said, as the contract of contacts has it
    """
    known = sorted(
        (moment(each.get("timestamp"), PROPERTY), _is_objection(each), number)
        for number, each in enumerate(history)
    )
    if not address:
        return []
    if not known:
        undated = {"purpose": EMAIL, "address": address, "at": now[1], "at_latest": True}
        return [{**undated, "status": "opt_out"}] if _is_objection({"value": now[0]}) else []
    objects = known[-1][1]
    if not objects and not any(objection for _at, objection, _number in known):
        return []
    run = _last_run(known)
    source = history[run[2]].get("sourceLabel") or history[run[2]].get("sourceType")
    return [
        {
            "purpose": EMAIL,
            "address": address,
            "status": "opt_out" if objects else "unknown",
            "at": run[0],
            **({"source": str(source)[:500]} if source else {}),
        }
    ]


def _is_objection(entry):
    return str(entry.get("value") or "").lower() == "true"


def _last_run(known):
    """:return: where what counts now began: HubSpot may say the same several times"""
    first = known[-1]
    for each in reversed(known):
        if each[1] != known[-1][1]:
            break
        first = each
    return first


# -- out of Odoo -------------------------------------------------------------------------


def request(document, options):
    """:return: Request that unsubscribes a person who objected; None: nothing is to be told.
    HubSpot is told of no consent: its subscriptions are kinds of mail that Odoo does not know
    """
    address = objector(document, options)
    if not address:
        return None
    path = f"communication-preferences/v4/statuses/{quote(address, safe='')}/unsubscribe-all"
    return Request("POST", path, params={"channel": CHANNEL})


def objector(document, options):
    """:return: address of a person who objected, or None"""
    if not options.get("hubspot_consents"):
        return None
    for each in document.get("consents") or ():
        if each["purpose"] == EMAIL and each["status"] == "opt_out" and each.get("address"):
            return each["address"]
    return None
