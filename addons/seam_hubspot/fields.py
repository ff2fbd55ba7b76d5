"""Which property of HubSpot is which field of a document, by the lines of the mapping. Pure."""

from . import consents, const

CUSTOM = "custom."


def lines(kind, options, way):
    """
    :param kind: const.Kind
    :param options: of the flow
    :param way: ``in`` or ``out``
    :return: dict document's field → tuple of HubSpot's properties. Two make one text; of
        activities those that this kind has, which may be none
    """
    usual = const.USUAL[kind.document]
    known = options.get("crm_fields")
    if known is None:
        known = [(vendor, field, "both") for field, vendor in usual.items()]
    found = {}
    for vendor, field, direction in known:
        properties = (vendor or usual.get(field, "")).split()
        if properties and field not in ("archived", "customer") and direction in ("both", way):
            found[field] = _of(kind, properties)
    return found


def _of(kind, properties):
    """:return: those of the properties of a line that a kind of activity has: its own, else
    those that are no other one's"""
    if kind not in const.ACTIVITIES:
        return tuple(properties)
    owners = {name: _owner(name) for name in properties}
    own = tuple(name for name in properties if owners[name] is kind)
    return own or tuple(name for name in properties if owners[name] is None)


def _owner(name):
    return next((kind for start, kind in const.OF_ONE.items() if name.startswith(start)), None)


def wanted(kind, options):
    """:return: sorted list of the properties that are read"""
    told = lines(kind, options, "in").values()
    always = set(const.ALWAYS[kind])
    if kind.type in options.get("hubspot_prepared", ()):
        always.add(const.PROPERTY_KEY)
    if kind is const.CONTACT and options.get("hubspot_consents"):
        always |= {consents.PROPERTY, "email"}
    return sorted({*(name for names in told for name in names), *always})


def place(kind, options, name):
    """:return: pointer into a document of Odoo's for one of HubSpot's properties, or ''"""
    for field, properties in lines(kind, options, "out").items():
        if name in properties:
            return pointer(field)
    return "/fields/currency" if name == "deal_currency_code" else ""


def pointer(field):
    custom = field.startswith(CUSTOM)
    return f"/custom/{field.removeprefix(CUSTOM)}" if custom else f"/fields/{field}"
