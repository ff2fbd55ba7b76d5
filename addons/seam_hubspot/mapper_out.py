"""What Odoo tells, as requests to HubSpot. Pure."""

from datetime import datetime, time, timezone
from decimal import Decimal

from babel import Locale, UnknownLocaleError

from odoo.addons.seam.engine.exchange import Request
from odoo.addons.seam.engine.fault import Fault

from . import activities, consents, const, fields, library, quota
from .mapper import key, number

# Fields that are associations, and those that no line of the mapping names.
ASSOCIATED = {
    "company": (const.COMPANY, const.DEAL_TO_PRIMARY_COMPANY),
    "contact": (const.CONTACT, const.DEAL_TO_CONTACT),
    "parent": (const.COMPANY, const.CHILD_TO_PARENT_COMPANY),
}
# HubSpot's own property of the expected closing: a time, and not a day.
CLOSE_TIME = ("closedate",)

# Later than any change: of what is deleted, nobody minds.
ALL = 10**16
# How far the goods of a deal's order are out, as people read it.
DELIVERY = {"partial": ", partly delivered", "full": ", delivered"}


def request(sending, document, options):
    """:return: exchange.Request; None where HubSpot has no word for what changed
    :raise Fault: HubSpot cannot be told of it
    """
    told = sending.document
    kind, bound = kind_of(sending, document), key_of(sending)
    id_ = numbered(bound, kind, "/id") if bound else None
    path = f"crm/v3/objects/{kind.type}"
    if told.get("deleted") or told.get("archived"):
        # What was merged meanwhile is answered for by another one, which is to stay.
        look = Request("GET", f"{path}/{id_}", params={const.SEEN: ALL})
        return _steps([look, Request("DELETE", f"{path}/{id_}")]) if id_ else None
    if told.get("archived") is False:
        raise _not_restored()
    values = properties(told, kind, options, is_new=not id_)
    links = associations(told, kind, is_new=not id_)
    if not id_:
        # Who objected to e-mail is unsubscribed next, by a message of its own: see
        # ``seam.handler.crm.contact.out``. What is made is made, whatever becomes of that.
        return _create(told, kind, options, values, links)
    objection = consents.request(told, options)
    instead = _instead(told, kind, id_)
    asked = [*values, *(const.LINK_PROPERTIES if instead else ())]
    return _steps(
        [
            *_look(f"{path}/{id_}", asked, sending.seen),
            *instead,
            *_update(f"{path}/{id_}", values),
            *(_associate(kind, id_, link) for link in links),
            *([objection] if objection else ()),
            *(
                _merge(path, id_, numbered(gone, kind, "/merged"))
                for gone in told.get("merged") or ()
            ),
        ]
    )


def key_of(sending):
    """:return: id in documents of the record at HubSpot; None: Odoo knows of none"""
    return sending.document.get("id") or sending.external_id


def kind_of(sending, document):
    """:return: const.Kind of what is told
    :raise Fault: none of the document's
    """
    bound = key_of(sending)
    if document in const.BY_DOCUMENT:
        return const.BY_DOCUMENT[document]
    if not bound:
        return activities.kind_of_new(sending.document)
    return kind_by(bound, const.ACTIVITIES, "/id")


def kind_by(id_, kinds, pointer):
    """:return: that const.Kind of several of which an id in documents is
    :raise Fault: of none of them
    """
    for kind in kinds:
        if kind.prefix == id_.partition(":")[0]:
            return kind
    raise _another_kind(id_, kinds, pointer)


def numbered(id_, kind, pointer):
    """HubSpot counts each kind of record by itself: a number alone may be anybody's.

    :return: HubSpot's number of an id in documents
    :raise Fault: it is an id of another kind
    """
    found = number(id_)
    if id_ != key(kind, found) or not (found.isascii() and found.isdecimal()):
        raise _another_kind(id_, (kind,), pointer)
    return found


def _another_kind(id_, kinds, pointer):
    wanted = ", ".join(kind.prefix for kind in kinds)
    there = id_.partition(":")[0]
    known = f"HubSpot has it as a {there} ({id_[:40]})"
    if there not in {kind.prefix for kind in const.KINDS} - {kind.prefix for kind in kinds}:
        known = f"“{id_[:40]}” is no number of HubSpot's"
    return Fault(
        "mapping.failed",
        f"{known}, and Odoo tells of a {wanted}. Nothing is changed there.",
        pointer=pointer,
        fix="Let it be in Odoo what it is in HubSpot (a person or a company), then retry; or have "
        "an administrator mend its binding. What was deleted in Odoo, delete in HubSpot by hand, "
        "and discard this.",
        subject=f"kind:{there}:{wanted}",
    )


def _not_restored():
    return Fault(
        "business.rule",
        "HubSpot lets no program take a record out of its recycle bin.",
        pointer="/archived",
        fix="Restore it in HubSpot (Contacts ‣ Actions ‣ Restore records), then discard this.",
        subject="restore",
    )


# -- requests ----------------------------------------------------------------------------


def own_key(told, options):
    """What a record of Odoo is known by at HubSpot; with the database, for another one
    counts from 1 too."""
    return f"{options.get('hubspot_origin') or 'odoo'}-{told['odoo_id']}"


def _create(told, kind, options, values, links):
    if kind.type not in options.get("hubspot_prepared", ()):
        raise Fault(
            "config.invalid",
            "HubSpot is not prepared for new records of Odoo.",
            fix="Choose “Prepare HubSpot” on the system: it adds the property by which a "
            "record is made once only.",
            subject="prepare",
        )
    given = own_key(told, options)
    if kind in const.ACTIVITIES:
        values = {**activities.first_state(kind), **values}
    if links:
        body = library.body(
            "SimplePublicObjectInputForCreate",
            properties={**values, const.PROPERTY_KEY: given},
            associations=[_link(link) for link in links],
        )
        return Request("POST", f"crm/v3/objects/{kind.type}", json=body)
    body = {
        "inputs": [
            library.body(
                "SimplePublicObjectBatchInputUpsert",
                id_property=const.PROPERTY_KEY,
                id=given,
                properties={**values, const.PROPERTY_KEY: given},
            )
        ]
    }
    return Request("POST", f"crm/v3/objects/{kind.type}/batch/upsert", json=body)


def _look(path, values, seen):
    """HubSpot writes over what changed meanwhile, whatever it is told of conditions: so it is
    asked before, when the properties that are written changed last.

    :param seen: version that HubSpot told last, microseconds since 1970, or None
    """
    if not values or not seen:
        return []
    params = {"propertiesWithHistory": ",".join(sorted(values)), const.SEEN: seen // 1000}
    return [Request("GET", path, params=params)]


def _update(path, values):
    if not values:
        return []
    body = library.body("SimplePublicObjectInput", properties=values)
    return [Request("PATCH", path, json=body)]


def _associate(kind, id_, link):
    target, type_, to = link
    return Request(
        "PUT",
        f"crm/v4/objects/{kind.type}/{id_}/associations/{target}/{to}",
        json=_type(type_),
    )


def _type(type_):
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_}]


def _instead(told, kind, id_):
    """Whom a deal is for: one comes in the place of another.

    :return: list of exchange.Request for the client, see ``const.INSTEAD``
    """
    content = told.get("fields") or {}
    steps = []
    # the person first: several of them are found before anything is changed
    for field in ("contact", "company") if kind is const.DEAL else ():
        if field in content:
            target, type_ = ASSOCIATED[field]
            to = content[field] and numbered(content[field]["id"], target, f"/fields/{field}")
            path = f"crm/v4/objects/{kind.type}/{id_}/associations/{target.type}"
            steps.append(Request("PUT", path, params={const.INSTEAD: to or ""}, json=_type(type_)))
    return steps


def _merge(path, into, gone):
    body = library.body("PublicMergeInput", primary_object_id=into, object_id_to_merge=gone)
    return Request("POST", f"{path}/merge", json=body)


def _steps(requests):
    """One request for all: the client makes them one after the other, see ``client.py``."""
    if len(requests) < 2:
        return next(iter(requests), None)
    steps = [
        {"method": r.method, "path": r.path, "params": dict(r.params), "json": r.json}
        for r in requests
    ]
    return Request("POST", const.STEPS, json={"steps": steps})


def _link(link):
    _target, type_, to = link
    return {
        "to": {"id": to},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_}],
    }


# -- values ------------------------------------------------------------------------------


def properties(told, kind, options, is_new):
    """
    :param is_new: whether HubSpot does not have it yet
    :return: dict HubSpot's property → text
    """
    named = fields.lines(kind, options, "out")
    values = {}
    content = dict(told.get("fields") or {})
    if kind in const.ACTIVITIES:
        values |= activities.properties(content, kind, named, options, is_new)
        content = {field: v for field, v in content.items() if field not in activities.OWN}
    content |= {fields.CUSTOM + name: value for name, value in (told.get("custom") or {}).items()}
    for field, value in content.items():
        if field == "currency":
            values["deal_currency_code"] = value or ""
        elif field in ASSOCIATED and not (field == "company" and kind is const.CONTACT):
            continue
        elif named.get(field):
            values |= _named(named[field], field, value, options)
    if kind is const.DEAL:
        values |= _outcome(told, values, options) | _orders(told, options)
    return values


def _named(names, field, value, options):
    if field == "close_date" and value and names == CLOSE_TIME:
        return {names[0]: _noon(value, options)}
    if len(names) == 1:
        return {names[0]: _value(field, value, options)}
    # A name is divided at its first space, so that both parts make the same name again.
    first, _space, rest = (value or "").strip().partition(" ")
    return {names[0]: first if rest else "", names[1]: rest or first}


def _noon(day, options):
    """A day alone would be midnight in Greenwich: in America the day before."""
    zone = quota.zone_of(options.get("hubspot_zone"))
    noon = datetime.combine(datetime.fromisoformat(day).date(), time(12), tzinfo=zone)
    return noon.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _value(field, value, options):
    """HubSpot takes texts; an empty one empties a property."""
    if value is None:
        return ""
    if field == "owner":
        return _owner(value, options)
    if field == "company":
        return numbered(value["id"], const.COMPANY, "/fields/company")
    if field == "country":
        return country(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float, Decimal)):
        return format(Decimal(str(value)).normalize(), "f")
    return str(value)


def country(code):
    """HubSpot's users write names of countries. :return: the English name of a code"""
    try:
        return Locale("en").territories.get(code, code)
    except UnknownLocaleError:
        return code


def _owner(person, options):
    if person.get("id"):
        return person["id"]
    mail = (person.get("email") or "").lower()
    for id_, owner in options.get("hubspot_owners", {}).items():
        if mail and (owner.get("email") or "").lower() == mail:
            return id_
    raise Fault(
        "master.unknown",
        f"HubSpot has no owner with the address {person.get('email') or person.get('name')}.",
        pointer="/fields/owner",
        fix="Invite the user in HubSpot, or choose another sales person; then “Ask HubSpot” on "
        "the system, and retry.",
        subject=f"owner:{mail}",
    )


def associations(told, kind, is_new):
    """
    :param is_new: whether HubSpot does not have it yet
    :return: list of (HubSpot's type, type of the association, number)
    """
    content = told.get("fields") or {}
    if kind is const.CONTACT:
        # A property of its own makes the association.
        return []
    if kind in const.ACTIVITIES:
        # What it is about is HubSpot's to say, once it has it.
        about = content.get("about") if is_new else None
        return [_about(kind, about)] if about else []
    if kind is const.DEAL and not is_new:
        # they come in the place of others, see ``_instead``
        return []
    return [
        (target.type, association, numbered(content[field]["id"], target, f"/fields/{field}"))
        for field, (target, association) in ASSOCIATED.items()
        if content.get(field)
    ]


def _about(kind, about):
    """A company of Odoo may be a person at HubSpot: what it is there counts."""
    target = kind_by(about["id"], const.RECORDS, "/fields/about")
    given = numbered(about["id"], target, "/fields/about")
    return target.type, const.ABOUT[kind, target], given


# -- deals -------------------------------------------------------------------------------


def _outcome(told, values, options):
    """Won and lost are stages at HubSpot."""
    if "status" not in told or values.get("dealstage"):
        return {}
    stage = options.get("hubspot_stages", {}).get(told["status"])
    if not stage:
        raise Fault(
            "config.invalid",
            f"It is not said which stage of HubSpot means {told['status']}.",
            pointer="/status",
            fix="Choose it on the system, on the page HubSpot.",
            subject=f"stage:{told['status']}",
        )
    return {"dealstage": stage}


def _orders(told, options):
    """How far the orders are, in a property of one's own: HubSpot has none for it."""
    name = options.get("hubspot_orders")
    if not name or "orders" not in told:
        return {}
    lines = (
        f"{order['number']}: {order['state']}{DELIVERY.get(order.get('delivery'), '')}, "
        f"{order['amount']} {order['currency']}"
        for order in told["orders"]
    )
    return {name: "\n".join(lines)}
