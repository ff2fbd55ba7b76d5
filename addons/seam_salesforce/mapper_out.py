"""Documents as Salesforce's requests. Pure: nothing here knows Odoo."""

from dataclasses import replace
from datetime import datetime, timezone
from email.utils import format_datetime
from urllib.parse import quote

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.fault import Fault

from . import activities, consents, const, fields, roles

STATUS_STAGES = {"won": "salesforce_stage_won", "lost": "salesforce_stage_lost"}


def request(document, sending, options):
    """:param document: ``crm-company``, ``crm-contact``, ``crm-deal`` or ``crm-activity``
    :param sending: exchange.Sending
    :return: exchange.Request; None where Salesforce has no word for what changed
    """
    told = sending.document
    key = told.get("id") or sending.external_id
    if key and not const.ID.fullmatch(key):
        raise Fault(
            "mapping.failed",
            f"“{key[:40]}” is no ID of Salesforce.",
            pointer="/id",
            fix="Have an administrator mend the record's binding, then retry.",
            subject="id",
        )
    object_ = _object_of(document, told, key)
    path = f"{const.SOBJECTS}/{object_}"
    if told.get("deleted"):
        return Request("DELETE", f"{path}/{key}") if key else None
    if told.get("merged"):
        raise _cannot_merge(told["merged"], key)
    body = _body(document, told, options, object_, is_new=not key)
    if key and not sending.seen:
        consents.require_seen(body, options)
    if key:
        return _change(document, told, Request("PATCH", f"{path}/{key}", json=body), sending)
    return Request("PATCH", f"{path}/{_own_key(told, options)}", json=body)


def _change(document, told, change, sending):
    """:return: exchange.Request of a record that is there; None where it has no word for it"""
    change = replace(change, headers=_since(sending))
    named = told.get("fields") or {}
    if document == "crm-deal" and "contact" in named:
        contact = named["contact"]["id"] if named["contact"] else None
        return roles.request(change, change.path.rpartition("/")[2], contact)
    return change if change.json else None


def _object_of(document, told, key):
    if document == "crm-activity":
        return activities.object_of(told, key)
    return const.OBJECTS[document]


def _own_key(told, options):
    """:return: Salesforce's field of our id, and our id in it"""
    field = fields.own_id(options)
    if not const.FIELD_NAME.fullmatch(field) or "." in field:
        raise Fault(
            "config.invalid",
            f"“{field}” is no name of a field of Salesforce.",
            fix="Enter the field of our ID on the system, page “Salesforce”.",
            subject="external id",
        )
    value = f"{options.get('salesforce_prefix') or ''}{told['odoo_id']}"
    return f"{field}/{quote(value, safe='')}"


def _since(sending):
    """Salesforce refuses what would write over a change that Odoo does not know of."""
    if not sending.seen:
        return {}
    at = datetime.fromtimestamp(sending.seen // 1_000_000, timezone.utc)
    return {"If-Unmodified-Since": format_datetime(at, usegmt=True)}


def _cannot_merge(ids, key):
    return Fault(
        "business.rule",
        f"Salesforce's interface cannot merge {', '.join(ids)} into {key or 'another'}.",
        pointer="/merged",
        fix="Merge them in Salesforce by hand, and let this one survive; then discard this.",
        subject=f"merge:{key}",
    )


def _body(document, told, options, object_, is_new):
    mapped = fields.lines(document, options, "out", object_)
    body = {}
    for name, value in _flat(told):
        vendor = mapped.get(name)
        if vendor:
            _write(body, document, name, vendor, value, options)
    if document == "crm-contact":
        consents.write(body, told, options)
    if document == "crm-deal":
        _deal(body, told, options, is_new)
    if document == "crm-activity":
        activities.write(body, told, options, object_, is_new)
    return body


def _flat(told):
    """:return: list of (line's name of a field, value)"""
    listed = list((told.get("fields") or {}).items())
    listed += [(f"custom.{name}", value) for name, value in (told.get("custom") or {}).items()]
    return listed + ([("archived", told["archived"])] if "archived" in told else [])


def _write(body, document, name, vendor, value, options):
    if document == "crm-contact" and vendor == "Name":
        body.update(_names(value))
    elif name == "owner":
        if value:
            body[vendor] = _user(value)
    elif name in ("company", "contact", "parent"):
        body[vendor] = value["id"] if value else None
    elif name == "country" and value and not vendor.endswith("Code"):
        body[vendor] = (options.get("salesforce_countries") or {}).get(value, value)
    else:
        body[vendor] = value


def _names(value):
    """The last word is the last name, which Salesforce insists on."""
    first, _space, last = (value or "").strip().rpartition(" ")
    return {const.FIRST_NAME: first.strip() or None, const.LAST_NAME: last or None}


def _user(person):
    if person.get("id"):
        return person["id"]
    who = person.get("name") or person["email"]
    raise Fault(
        "master.unknown",
        f"It is not known which user of Salesforce {who} is.",
        pointer="/fields/owner",
        fix="Use “Read users and stages” on the system; who has another e-mail address there is "
        "bound by hand. Then retry.",
        subject=f"user:{person.get('email') or who}",
    )


# -- deals -----------------------------------------------------------------------------


def _deal(body, told, options, is_new):
    named = told.get("fields") or {}
    if "company" in named:
        body["AccountId"] = named["company"]["id"] if named["company"] else None
    if is_new and named.get("contact"):
        # Later it is the opportunity's primary contact role: see ``roles.py``.
        body["ContactId"] = named["contact"]["id"]
    _money(body, named, options)
    _outcome(body, told, options)
    if is_new:
        _insisted_on(body, options)
    orders = options.get("salesforce_orders_field")
    if orders and "orders" in told:
        body[orders] = "\n".join(map(_order, told["orders"])) or None


def _money(body, named, options):
    if "Amount" not in body or not named.get("currency"):
        return
    if options.get("salesforce_multi_currency"):
        body["CurrencyIsoCode"] = named["currency"]
    elif options.get("salesforce_currency") not in (None, False, named["currency"]):
        raise Fault(
            "business.rule",
            f"The amount is in {named['currency']}, and Salesforce counts in "
            f"{options['salesforce_currency']}.",
            pointer="/fields/currency",
            fix="Let the field of the amount go into Odoo only, under “CRM fields” of the system; "
            "or use several currencies in Salesforce, and say so on the system.",
            subject=f"currency:{named['currency']}",
        )


def _outcome(body, told, options):
    """In Salesforce the stage says whether a deal is won or lost."""
    status = told.get("status")
    if status in STATUS_STAGES:
        body["StageName"] = options.get(STATUS_STAGES[status])
        if not body["StageName"]:
            raise _no_stage(f"stage of deals that are {status}")
    elif status == "open" and "StageName" not in body:
        raise Fault(
            "mapping.failed",
            "The deal is open again, and its stage is not told.",
            pointer="/status",
            fix="Move the opportunity to the stage that is meant, then retry.",
            subject="reopened",
        )


def _insisted_on(body, options):
    """Without a stage and a date Salesforce takes no opportunity."""
    if not body.get("StageName"):
        body["StageName"] = options.get("salesforce_stage_new")
        if not body["StageName"]:
            raise _no_stage("stage of new deals")
    if not body.get("CloseDate"):
        raise Fault(
            "business.rule",
            "Salesforce takes no deal without an expected closing.",
            pointer="/fields/close_date",
            fix="Enter the expected closing on the opportunity; then retry.",
            subject="close date",
        )


def _no_stage(what):
    return Fault(
        "config.invalid",
        f"The {what} is not chosen.",
        pointer="/status",
        fix="Enter it on the system, page “Salesforce”.",
        subject=what,
    )


def _order(order):
    delivery = const.DELIVERY.get(order.get("delivery"), "")
    return (
        f"{order['number']}: {order['state']}{delivery}, {order['amount']:.2f} {order['currency']}"
    )
