"""Which fields Salesforce's records have, with a few of their values."""

from . import const, library

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
    connection = library.connect(client)
    objects = const.ONLY if document == "crm-activity" else [const.OBJECTS[document]]
    found = {}
    for name in objects:
        for field in _of_object(connection, name):
            found.setdefault(field["name"], field)
    return list(found.values())


def _of_object(connection, name):
    described = [
        field
        for field in getattr(connection, name).describe()["fields"]
        if field["type"] not in LEFT_OUT
    ]
    rows = _rows(connection, name, described)
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
