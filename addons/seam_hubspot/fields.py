"""Which property of HubSpot is which field of a document, by the lines of the mapping. Pure."""

from . import const

CUSTOM = "custom."


def lines(document, options, way):
    """
    :param document: ``crm-company``, ``crm-contact`` or ``crm-deal``
    :param options: of the flow
    :param way: ``in`` or ``out``
    :return: dict document's field → tuple of HubSpot's properties. Two make one text
    """
    usual = const.USUAL[document]
    known = options.get("crm_fields")
    if known is None:
        known = [(vendor, field, "both") for field, vendor in usual.items()]
    found = {}
    for vendor, field, direction in known:
        properties = (vendor or usual.get(field, "")).split()
        if properties and field != "archived" and direction in ("both", way):
            found[field] = tuple(properties)
    return found


def wanted(document, options):
    """:return: sorted list of the properties that are read"""
    told = lines(document, options, "in").values()
    return sorted({*(name for names in told for name in names), *const.ALWAYS[document]})


def place(document, options, name):
    """:return: pointer into a document of Odoo's for one of HubSpot's properties, or ''"""
    for field, properties in lines(document, options, "out").items():
        if name in properties:
            return pointer(field)
    return "/fields/currency" if name == "deal_currency_code" else ""


def pointer(field):
    custom = field.startswith(CUSTOM)
    return f"/custom/{field.removeprefix(CUSTOM)}" if custom else f"/fields/{field}"
