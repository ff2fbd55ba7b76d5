"""Which field of Salesforce's is which of a document's. Pure."""

from odoo.addons.seam.engine.fault import Fault

from . import consents, const, persons


def usual(document):
    """:return: dict document's field → Salesforce's field"""
    return {**const.FIELDS[document], **const.OPTIONAL.get(document, {})}


def object_of(document, options):
    """:return: which object of Salesforce's the records of a flow are"""
    return options.get("salesforce_object") or const.OBJECTS[document]


def own_id(options):
    return options.get("salesforce_external_id") or const.EXTERNAL_ID


def lines(document, options, direction, object_=None):
    """The administrator's lines of one direction.

    :param options: dict of the flow, with ``crm_fields``
    :param direction: ``in`` or ``out``
    :param object_: of which fields are meant; that of the flow
    :return: dict document's field → Salesforce's field
    :raise Fault: ``config.invalid``; a line cannot be used
    """
    found = {}
    not_there = _of_others(document, object_ or object_of(document, options))
    for vendor, name, way in options.get("crm_fields") or ():
        if way not in ("both", direction) or name == "customer":
            continue
        vendor = vendor or usual(document).get(name, "")
        if not const.FIELD_NAME.fullmatch(vendor):
            raise _no_field(name, vendor)
        if direction == "out" and ("." in vendor or vendor == const.ARCHIVED):
            continue
        if vendor not in not_there:
            found[name] = vendor
    return found


def _of_others(document, object_):
    """:return: set of fields that only the other kind of activities has"""
    if document != "crm-activity":
        return frozenset()
    return set().union(*(names for name, names in const.ONLY.items() if name != object_))


def _no_field(name, vendor):
    return Fault(
        "config.invalid",
        f"“{vendor}” is no name of a field of Salesforce."
        if vendor
        else f"It is not said which field of Salesforce “{name}” is.",
        fix="Enter the partner's field under “CRM fields” of the system, or archive the line.",
        subject=f"crm field:{name}",
    )


def place(name):
    """:return: JSON Pointer of a document's field"""
    if name == "archived":
        return "/archived"
    return f"/custom/{name[7:]}" if name.startswith("custom.") else f"/fields/{name}"


def selected(document, options):
    """:return: list of the fields that are asked for, each once"""
    mapped = lines(document, options, "in")
    names = list(const.ALWAYS)
    object_ = object_of(document, options)
    if options.get("salesforce_makes"):
        names.append(own_id(options))
    if object_ in const.MERGEABLE:
        names.append("MasterRecordId")
    if document == "crm-deal":
        names += const.DEAL_ALWAYS
        if options.get("salesforce_multi_currency"):
            names.append("CurrencyIsoCode")
    if document == "crm-contact":
        names += consents.selected(options)
    if document == "crm-activity":
        names += const.ACTIVITY_ALWAYS[object_]
    names += persons.selected(document, options)
    for name, vendor in mapped.items():
        names += _parts(document, name, vendor)
    return list(dict.fromkeys(names))


def _parts(document, name, vendor):
    if document == "crm-contact" and vendor == "Name":
        return [const.FIRST_NAME, const.LAST_NAME]
    if name == "owner":
        owner = vendor.removesuffix("Id") if vendor.endswith("Id") else vendor
        return [vendor, f"{owner}.Email", f"{owner}.Name"]
    if vendor in const.REFERENCES:
        return [vendor, f"{const.REFERENCES[vendor]}.Name"]
    return [vendor]


def query(document, options, where="", ordered=True, with_lines=False):
    """:return: SOQL, with ``where`` quoted already"""
    names = selected(document, options)
    if with_lines and document == "crm-deal" and options.get("salesforce_products"):
        names.append(const.LINES)
    text = f"SELECT {', '.join(names)} FROM {object_of(document, options)}"
    if where:
        text += f" WHERE {where}"
    return f"{text} ORDER BY SystemModstamp, Id" if ordered else text
