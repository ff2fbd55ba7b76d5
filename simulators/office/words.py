"""The documents that the CRM writes: pure, from what its books say.

Their shapes are the contracts of addons/seam_crm/contracts.
"""

import copy

# kind of record → flow at which it is told, and last part of the address at which it is taken
PATHS = {"company": "companies", "contact": "contacts", "deal": "deals"}
KINDS = {path: kind for kind, path in PATHS.items()}
FIELDS = {
    "company": (
        "name", "email", "phone", "website", "street", "street2", "city", "zip", "state", "country",
        "language", "description", "vat", "owner", "parent",
    ),
    "contact": (
        "name", "email", "phone", "website", "street", "street2", "city", "zip", "state", "country",
        "language", "description", "title", "owner", "company",
    ),
    "deal": (
        "name", "stage", "amount", "currency", "close_date", "probability", "company", "contact",
        "owner", "description",
    ),
}  # fmt: skip
# fields that name another record of the CRM → its kind
REFERENCES = {"parent": "company", "company": "company", "contact": "contact"}


def document(record):
    """The whole record as it is now; of one that is gone only that."""
    told = {
        "id": record["id"],
        "modified": record["modified"],
        "modified_by": record["modified_by"],
    }
    if record["odoo_id"]:
        told["odoo_id"] = record["odoo_id"]
    if record["deleted"]:
        return {**told, "deleted": True}
    told["archived"] = record["archived"]
    told["fields"] = copy.deepcopy(record["fields"])
    if record["custom"]:
        told["custom"] = dict(record["custom"])
    if record["absorbed"]:
        told["merged"] = list(record["absorbed"])
    if record["kind"] == "deal":
        told["status"] = record["status"]
        told["lines"] = copy.deepcopy(record["lines"])
        if record["lost_reason"]:
            told["lost_reason"] = record["lost_reason"]
    return told


# -- after a careless update of the CRM ------------------------------------------------


def renamed_field(document):
    """`fields` is called `properties` now; of what is deleted `deleted` is `is_deleted`."""
    names = {"fields": "properties", "deleted": "is_deleted"}
    return {names.get(name, name): value for name, value in document.items()}


def missing_field(document):
    """When it was changed is left out."""
    return {name: value for name, value in document.items() if name != "modified"}


def retyped_field(document):
    """Texts have become lists, and so has the time."""
    fields = document.get("fields", {})
    told = {name: [v] if isinstance(v, str) else v for name, v in fields.items()}
    return {**document, "modified": [document["modified"]], **({"fields": told} if told else {})}


DRIFTS = {
    "renamed_field": renamed_field,
    "missing_field": missing_field,
    "retyped_field": retyped_field,
}
