"""Salesforce's records as documents. Pure: nothing here knows Odoo."""

from odoo.addons.seam.engine.fault import Fault

from . import activities, consents, const, fields, persons
from .times import moment


def documents(document, wire, options):
    """:param document: ``crm-company``, ``crm-contact``, ``crm-deal`` or ``crm-activity``
    :param wire: a record as the REST interface has it
    :return: list of one document
    """
    wire = _with_whole_ids(wire)
    if wire.get("IsDeleted"):
        return [_gone(wire)]
    made = {**_head(wire), **_ours(wire, options), "fields": {}}
    if wire.get(const.MERGED):
        made["merged"] = list(wire[const.MERGED])
    for name, vendor in fields.lines(document, options, "in").items():
        _put(made, document, name, vendor, wire)
    if document == "crm-contact" and (said := consents.told(wire, options)):
        made["consents"] = said
    if document == "crm-deal":
        _deal(made, wire, options)
    if document == "crm-activity":
        activities.read(made, wire, options)
    return [made]


def _with_whole_ids(wire):
    """:return: the record, whose ids have 18 signs: what is pushed may have them as Salesforce
    shows some to people, with 15, and the same record would be two
    """
    ids = {name: whole_id(value) for name, value in wire.items() if name.endswith("Id")}
    merged = [whole_id(id_) for id_ in wire.get(const.MERGED) or ()]
    return {**wire, **ids, **({const.MERGED: merged} if merged else {})}


def whole_id(id_):
    """The last three signs say which of each five are capitals.

    :return: an id of Salesforce with 18 signs; anything else as it is
    """
    if not isinstance(id_, str) or len(id_) != 15 or not const.ID.fullmatch(id_):
        return id_
    fives = (id_[start : start + 5] for start in (0, 5, 10))
    codes = (sum(c.isupper() << place for place, c in enumerate(five)) for five in fives)
    return id_ + "".join(const.CAPITALS[code] for code in codes)


def _head(wire):
    person = (wire.get("LastModifiedBy") or {}).get("Name")
    return {
        "id": wire["Id"],
        "modified": moment(wire.get("SystemModstamp"), "/SystemModstamp"),
        **({"modified_by": person} if person else {}),
    }


def _ours(wire, options):
    """:return: Odoo's number of a record that Odoo made there, by the field of our ID"""
    value, prefix = wire.get(fields.own_id(options)), options.get("salesforce_prefix") or ""
    number = str(value or "").removeprefix(prefix)
    is_ours = str(value or "").startswith(prefix) and number.isascii() and number.isdigit()
    return {"odoo_id": number} if is_ours else {}


def _gone(wire):
    """Deleted; or merged away, of which the survivor tells."""
    head = _head(wire)
    if not wire.get("MasterRecordId"):
        return {**head, "deleted": True}
    return {**head, "id": wire["MasterRecordId"], "merged": [wire["Id"]]}


def _put(made, document, name, vendor, wire):
    """Put one field into the document; what was not asked for is not told."""
    if document == "crm-contact" and vendor == "Name":
        if const.LAST_NAME in wire:
            made["fields"][name] = _full_name(wire)
        return
    if document == "crm-contact" and name == "company" and persons.is_one(wire):
        # the account is the person itself
        return
    told, value = _found(wire, vendor)
    if not told:
        return
    if name == "archived":
        made["archived"] = _boolean(value, vendor)
    elif name.startswith("custom."):
        made.setdefault("custom", {})[name[7:]] = _plain(value, vendor)
    else:
        made["fields"][name] = _value(name, vendor, value, wire)


def _found(wire, vendor):
    """:return: (whether the record has the field, its value); ``A.B`` is B of what A is"""
    value = wire
    for part in vendor.split("."):
        if value is None:
            return True, None
        if not isinstance(value, dict) or part not in value:
            return False, None
        value = value[part]
    return True, value


def _value(name, vendor, value, wire):
    if name == "owner":
        return _owner(vendor, value, wire)
    if name in ("company", "contact", "parent"):
        return reference(value, wire.get(const.REFERENCES.get(vendor, "")))
    if name in const.NUMBERS:
        return _number(value, vendor)
    if name == "done":
        return _boolean(value, vendor)
    if name == "kind":
        return const.KINDS.get(value or "Task", value)
    if name in ("start", "end"):
        return moment(value, f"/{vendor}") if value else None
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise _unreadable(vendor)
    return (
        ", ".join(filter(None, map(str.strip, value.splitlines()))) if name == "street" else value
    )


def _full_name(wire):
    """First and last name: what Salesforce's own Name adds to them cannot be written there."""
    parts = (wire.get(const.FIRST_NAME), wire.get(const.LAST_NAME))
    return " ".join(part.strip() for part in parts if part and part.strip()) or None


def _owner(vendor, value, wire):
    if not value:
        return None
    user = wire.get(vendor.removesuffix("Id")) or {}
    named = {"email": user.get("Email"), "name": user.get("Name")}
    return {"id": value, **{name: text for name, text in named.items() if text}}


def reference(value, record):
    """:return: another record by its id, with its name where it is known; or None"""
    if not value:
        return None
    name = (record or {}).get("Name")
    return {"id": value, **({"name": name[:500]} if name else {})}


def _number(value, vendor):
    if value is None or value == "":
        return None
    if isinstance(value, (str, bool)):
        raise _unreadable(vendor)
    return value


def _boolean(value, vendor):
    if not isinstance(value, bool):
        raise _unreadable(vendor)
    return value


def _plain(value, vendor):
    if isinstance(value, (dict, list)):
        raise _unreadable(vendor)
    return None if value == "" else value


def _unreadable(vendor):
    return Fault(
        "mapping.failed",
        f"Salesforce's field {vendor} holds another kind of value than it is mapped to.",
        pointer=f"/{vendor.replace('.', '/')}",
        fix="Map a field of the right kind under “CRM fields” of the system.",
        subject=f"field:{vendor}",
    )


# -- deals -----------------------------------------------------------------------------


def _deal(made, wire, options):
    told = made["fields"]
    told["company"] = reference(wire.get("AccountId"), wire.get("Account"))
    told["contact"] = reference(wire.get("ContactId"), wire.get("Contact"))
    account = wire.get("Account")
    if persons.is_one(account):
        person = reference(whole_id(account.get(persons.CONTACT)), account)
        told.update(company=None, contact=told["contact"] or person)
    currency = wire.get("CurrencyIsoCode") or options.get("salesforce_currency")
    if currency:
        told["currency"] = currency
    if not isinstance(wire.get("IsClosed"), bool):
        return
    made["status"] = _status(wire)
    if made["status"] == "lost":
        # In Odoo what is lost stays in the stage in which it was.
        told.pop("stage", None)
    if made["status"] == "won":
        made |= {"history": True} if wire.get(const.HISTORY) else {}
        _sold(made, wire)


def _status(wire):
    if not wire["IsClosed"]:
        return "open"
    return "won" if wire.get("IsWon") else "lost"


def _sold(made, wire):
    sold = (wire.get("OpportunityLineItems") or {}).get("records")
    if sold:
        made["lines"] = [_line(line) for line in sold]


def _line(line):
    name = line.get("Description") or line.get("Name")
    return {
        "id": line["Id"],
        # Without a code a person says which product it is, once.
        "sku": line.get("ProductCode") or line.get("Product2Id") or line["Id"],
        "quantity": line.get("Quantity"),
        **({"name": name[:2000]} if name else {}),
        **({"price": line["UnitPrice"]} if line.get("UnitPrice") is not None else {}),
        **({"discount": line["Discount"]} if line.get("Discount") is not None else {}),
    }
