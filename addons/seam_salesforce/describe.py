"""Which fields Salesforce's records have, with a few of their values."""

from . import const, errors, library, persons

# Salesforce's type → ours
TYPES = {
    "string": "text",
    "textarea": "text",
    "encryptedstring": "text",
    "id": "text",
    "email": "email",
    "phone": "phone",
    "url": "url",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "picklist": "choice",
    "combobox": "choice",
    "reference": "record",
}
# Compound values, and what no field of ours can hold.
LEFT_OUT = {"address", "location", "base64", "complexvalue", "anyType", "multipicklist"}
SAMPLES = 3
SAMPLE_ROWS = 20
# A question stays well below the length of an address that Salesforce takes (16,384).
SAMPLE_FIELDS = 250


def fields(client, document):
    """:return: list of dicts with the values of a ``VendorField``; two calls for each object"""
    found = {}
    for name in _objects(document):
        for field in _of_object(client, name):
            found.setdefault(field["name"], field)
    return list(found.values())


def missing(client, document, names):
    """:return: set of those of the names that are not there, or that our user may not see; one
    call for each object, and for those that a name with a dot leads to"""
    objects = _objects(document)
    return {name for name in names if not any(_has(client, of, name) for of in objects)}


def takes_persons(client):
    """:return: whether the organisation takes person accounts; None where accounts were not
    described to this client"""
    described = vars(client).get("described", {}).get("Account")
    return described and any(field["name"] == persons.FLAG for field in described)


def _has(client, object_, name):
    """Salesforce does not mind capitals. ``A.B`` is B of what A is."""
    head, _dot, rest = name.lower().partition(".")
    described = _described(client, object_)
    if not rest:
        return any(field["name"].lower() == head for field in described)
    for field in described:
        if (field.get("relationshipName") or "").lower() == head:
            of = field.get("referenceTo") or []
            # one of several kinds of records: of which, each record says
            return len(of) != 1 or _has(client, of[0], rest)
    return False


def _objects(document):
    return list(const.ONLY) if document == "crm-activity" else [const.OBJECTS[document]]


def _described(client, object_):
    """One call for each object, for as long as the client lives."""
    known = vars(client).setdefault("described", {})
    if object_ not in known:
        answer = getattr(library.connect(client), object_).describe()
        if not isinstance(answer, dict) or not answer.get("fields"):
            raise errors.unreadable(f"the fields of {object_}")
        known[object_] = answer["fields"]
    return known[object_]


def _of_object(client, name):
    described = [field for field in _described(client, name) if field["type"] not in LEFT_OUT]
    rows = _rows(library.connect(client), name, described)
    return [_field(field, rows) for field in described]


def _rows(connection, name, described):
    """Records that changed last, for their values."""
    names = [field["name"] for field in described if field["type"] != "id"]
    names = [name for name in names if const.FIELD_NAME.fullmatch(name)][:SAMPLE_FIELDS]
    if not names:
        return []
    query = (
        f"SELECT {', '.join(names)} FROM {name} ORDER BY SystemModstamp DESC LIMIT {SAMPLE_ROWS}"
    )
    return connection.query(query)["records"]


def _field(field, rows):
    values = dict.fromkeys(
        str(row[field["name"]])[:60] for row in rows if row.get(field["name"]) not in (None, "")
    )
    kind = field["type"]
    html = kind == "textarea" and field.get("htmlFormatted")
    return {
        "name": field["name"],
        "label": field.get("label") or field["name"],
        "type": "html"
        if html
        else "number"
        if kind in const.NUMBER_TYPES
        else TYPES.get(kind, kind),
        "custom": bool(field.get("custom")),
        "samples": tuple(values)[:SAMPLES],
        "readonly": not field.get("updateable", True),
    }
