"""What HubSpot tells, as documents. Pure.

A *wire record* is what a pull keeps: HubSpot's own record under ``record``, and beside it what
other calls told of it: ``owner``, ``company``, ``contact``, ``lines``, ``merged``; of a deal that a
first load brings and that was won before, ``history``; of a contact
``optout``: what its objection to e-mail was, see ``consents.py``; of an
activity ``about``, or ``free``: about nothing that Odoo reads, and whether Odoo does not have it;
and ``over``: its time had passed when it was read. Or
``{"object", "id", "gone": true, "at"}``.
"""

from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation

from odoo.addons.seam.engine.fault import Fault

from . import activities, consents, const, fields

REFERENCES = {"company": const.COMPANY, "parent": const.COMPANY, "contact": const.CONTACT}
NUMBERS = {"amount", "probability"}
DAY_LENGTH = len("2026-04-30")


# -- records -----------------------------------------------------------------------------


def documents(wire, kind, options):
    """
    :param kind: const.Kind
    :return: list with the document of one wire record; empty: it is nobody's in Odoo
    :raise Fault: ``mapping.failed``, with a pointer into ``wire``
    """
    if wire.get("object") != kind.type:
        raise Fault(
            "mapping.failed",
            f"This is about {wire.get('object')}, and the flow takes {kind.type}.",
            pointer="/object",
            subject=f"{kind.type}:object",
        )
    if wire.get("gone"):
        return [{"id": key(kind, wire["id"]), "modified": wire["at"], "deleted": True}]
    if wire.get("free"):
        return []
    return [_document(wire, kind, options)]


def key(kind, number):
    """:return: HubSpot's number as documents have it, e.g. ``contact:12``"""
    return f"{kind.prefix}:{number}"


def number(told):
    """:return: HubSpot's number of an id as documents have it"""
    return told.rpartition(":")[2]


def _document(wire, kind, options):
    record = wire["record"]
    archived = bool(record.get("archived"))
    made = {
        "id": key(kind, record["id"]),
        "modified": moment(
            record.get("archivedAt") if archived else record.get("updatedAt"),
            "/record/archivedAt" if archived else "/record/updatedAt",
        ),
        **_put_away(kind, archived),
    }
    if merged := _merged(wire, kind):
        made["merged"] = merged
    if archived:
        # What was put away changes no more, and its properties are not all shown.
        return made
    made |= _ours(wire, options)
    made["fields"], custom = _values(wire, kind, options)
    if custom:
        made["custom"] = custom
    if kind is const.DEAL:
        made |= _deal(wire, made["fields"], options)
    if "optout" in wire:
        shown = wire["record"].get("properties") or {}
        now = shown.get(consents.PROPERTY), made["modified"]
        said = consents.told(wire["optout"], _text(shown, ("email",)), now, moment_of)
        made |= {"consents": said} if said else {}
    if wire.get("about"):
        about = wire["about"]
        made["fields"]["about"] = {
            "type": about["type"],
            "id": key(const.BY_WORD[about["type"]], about["id"]),
        }
    return made


def _ours(wire, options):
    """:return: Odoo's number of a record that this database made there"""
    shown = wire["record"].get("properties") or {}
    origin, _dash, number = str(shown.get(const.PROPERTY_KEY) or "").rpartition("-")
    is_ours = origin == options.get("hubspot_origin") and number.isascii() and number.isdigit()
    return {"odoo_id": number} if is_ours else {}


def _put_away(kind, archived):
    """An activity that is put away is nothing to do any more."""
    if kind not in const.ACTIVITIES:
        return {"archived": archived}
    return {"deleted": True} if archived else {}


def _merged(wire, kind):
    """Ids that became a part of this one; the newest ones if there are very many."""
    listed = (wire["record"].get("properties") or {}).get(const.PROPERTY_MERGED) or ""
    ids = {*str(listed).split(";"), *(str(id_) for id_ in wire.get("merged") or ())}
    ids = {id_.strip() for id_ in ids} - {"", str(wire["record"]["id"])}
    numbered = sorted(ids, key=lambda id_: (len(id_), id_))[-100:]
    return [key(kind, id_) for id_ in numbered]


def _values(wire, kind, options):
    """:return: (fields, custom): dicts; what HubSpot does not show is in neither"""
    told, custom = {}, {}
    shown = wire["record"].get("properties") or {}
    for field, properties in fields.lines(kind, options, "in").items():
        if not properties and field != "kind":
            continue
        if not all(name in shown for name in properties):
            continue
        if field.startswith(fields.CUSTOM):
            types = options.get("hubspot_types", {}).get(kind.type, {})
            value = _custom(types.get(properties[0]), _text(shown, properties))
            custom[field.removeprefix(fields.CUSTOM)] = value
            continue
        if kind in const.ACTIVITIES and field in activities.OWN:
            told[field] = _text(shown, properties)
            continue
        place = f"/record/properties/{properties[0]}"
        told[field] = _value(wire, field, _text(shown, properties), place, options)
    if kind in const.ACTIVITIES:
        told = activities.fields_in(wire, kind, told, moment_of, options)
    if kind is const.CONTACT and "name" in told:
        told["name"] = told["name"] or _name_of(told)
    if told.get("name", "") is None:
        # Without one it is nobody: Odoo keeps the name that it has.
        del told["name"]
    return told, custom


def _text(shown, properties):
    """:return: text without white space around it, or None"""
    words = (str(shown[name]).strip() for name in properties if shown.get(name) is not None)
    return " ".join(word for word in words if word) or None


def _name_of(told):
    """Many contacts of HubSpot are nothing but an e-mail address."""
    return told.get("email") or told.get("phone")


def _value(wire, field, text, place, options):
    if text is None:
        return None
    if field == "owner":
        return _owner(wire, text)
    if field in REFERENCES:
        return {"id": key(REFERENCES[field], text)}
    if field in NUMBERS:
        return decimal(text, place)
    if field == "close_date":
        return _day(text, place, options)
    return text


def _day(text, place, options):
    """:return: the day of a time by the clock of HubSpot's account; a day alone is that day"""
    if len(text) == DAY_LENGTH:
        return moment(text, place)[:DAY_LENGTH]
    return activities.day(text, place, moment, options)


def _owner(wire, text):
    """Who looks after it; his address is how Odoo knows him."""
    owner = wire.get("owner") or {}
    told = {"id": text}
    if owner.get("email"):
        told["email"] = owner["email"]
    name = " ".join(filter(None, (owner.get("firstName"), owner.get("lastName"))))
    if name:
        told["name"] = name[:500]
    return told


def _custom(type_, text):
    if text is None:
        return None
    if type_ == "number":
        try:
            return Decimal(text)
        except InvalidOperation:
            return text
    if type_ == "bool":
        return text.lower() == "true"
    return text


# -- deals -------------------------------------------------------------------------------


def _deal(wire, told, options):
    """What is told of a deal besides the lines of the mapping; ``told`` gets its customer."""
    shown = wire["record"].get("properties") or {}
    for name, kind in (("company", const.COMPANY), ("contact", const.CONTACT)):
        if name in wire:
            told[name] = {"id": key(kind, wire[name])} if wire[name] else None
    # Where an account has one currency only, its deals need not say it.
    if currency := shown.get("deal_currency_code") or options.get("hubspot_currency"):
        told["currency"] = currency
    made = {"status": _status(shown), **({"history": True} if wire.get("history") else {})}
    if wire.get("lines"):
        made["lines"] = [_line(line, place) for place, line in enumerate(wire["lines"])]
    return made


def _status(shown):
    if shown.get("hs_is_closed_won") == "true":
        return "won"
    return "lost" if shown.get("hs_is_closed") == "true" else "open"


def _line(line, place):
    shown = line.get("properties") or {}
    pointer = f"/lines/{place}/properties"
    made = {
        "id": str(line["id"]),
        "sku": shown.get("hs_sku") or _product(shown, line),
        "name": shown.get("name"),
        "quantity": decimal(shown.get("quantity") or "1", f"{pointer}/quantity"),
    }
    if shown.get("price"):
        price = decimal(shown["price"], f"{pointer}/price")
        made["price"] = price - decimal(shown.get("discount") or "0", f"{pointer}/discount")
    if shown.get("hs_discount_percentage"):
        percent = decimal(shown["hs_discount_percentage"], f"{pointer}/hs_discount_percentage")
        made["discount"] = percent
    return made


def _product(shown, line):
    """A code that a person can say the meaning of, where the line has no SKU."""
    product = shown.get("hs_product_id")
    return f"product:{product}" if product else (shown.get("name") or f"line:{line['id']}")[:255]


# -- values ------------------------------------------------------------------------------


def moment_of(value, name):
    """As ``moment``, of a property."""
    return moment(value, f"/record/properties/{name}")


def moment(value, place):
    """:param value: ISO 8601, or milliseconds since 1970
    :return: RFC 3339 in UTC with milliseconds
    """
    try:
        if str(value).isdigit():
            then = datetime.fromtimestamp(int(value) / 1000, timezone.utc)
        else:
            then = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
            then = then.replace(tzinfo=then.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise Fault(
            "mapping.failed",
            f"“{str(value)[:60]}” is no date or time.",
            pointer=place,
            subject=f"moment:{place.rpartition('/')[2]}",
        ) from None
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def decimal(text, place):
    try:
        return Decimal(str(text))
    except InvalidOperation:
        raise Fault(
            "mapping.failed",
            f"“{str(text)[:60]}” is no number.",
            pointer=place,
            subject=f"number:{place.rpartition('/')[2]}",
        ) from None
