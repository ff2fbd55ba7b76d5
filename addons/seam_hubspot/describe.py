"""What an account of HubSpot has: properties, stages, owners, its time zone."""

from odoo.addons.seam.engine.fault import Fault

from . import const, errors, library, pull

# Values are looked for in so many records, and so many are shown.
SAMPLED = 50
SAMPLES = 3


def account(client):
    """:return: dict ``number``, ``zone``, ``currency``, which is None where it says none, and
        ``site``: the host at which people see it
    :raise Fault: HubSpot does not let us in
    """
    told = pull.ask(client, "GET", "account-info/v3/details", "the account")
    return {
        "number": str(told.get("portalId") or "?"),
        "zone": told.get("timeZone") or "UTC",
        "currency": told.get("companyCurrency") or None,
        "site": site(told.get("uiDomain")),
    }


def site(told):
    """:return: the host that HubSpot names, if it is one of its own: people follow the links"""
    return told if isinstance(told, str) and const.SITES.fullmatch(told) else const.SITE


def properties(client, kind):
    """:return: list of HubSpot's properties of a kind of record, as it describes them"""
    return [each for each in _described(client, kind) if not each.get("hidden")]


def missing(client, kinds, names):
    """:return: set of those of the names that no kind of record has, hidden ones among them. What
    was put into HubSpot's recycle bin it does not describe."""
    there = {each["name"] for kind in kinds for each in _described(client, kind)}
    return set(names) - there - {const.ARCHIVED}


def _described(client, kind):
    """One call for each kind, for as long as the client lives."""
    known = vars(client).setdefault("described", {})
    if kind.type not in known:
        path = f"crm/v3/properties/{kind.type}"
        told = pull.ask(client, "GET", path, f"properties of {kind.type}")
        known[kind.type] = told.get("results") or []
    return known[kind.type]


def types(client, kind):
    """:return: dict property → type, of those that are no text"""
    found = {each["name"]: each.get("type") for each in properties(client, kind)}
    return {name: type_ for name, type_ in found.items() if type_ in ("number", "bool")}


def fields(client, kind):
    """:return: list of dicts, the values of ``seam_crm.models.vendor.VendorField``"""
    listed = properties(client, kind)
    samples = _samples(client, kind, [each["name"] for each in listed])
    return [
        {
            "name": each["name"],
            "label": each.get("label") or each["name"],
            "type": const.TYPES.get(each.get("type"), each.get("type") or "text"),
            "custom": not each.get("hubspotDefined"),
            "samples": tuple(samples.get(each["name"], ())),
            "readonly": bool((each.get("modificationMetadata") or {}).get("readOnlyValue")),
        }
        for each in listed
    ]


def _samples(client, kind, names):
    body = library.body(
        "PublicObjectSearchRequest",
        filter_groups=[],
        sorts=[{"propertyName": kind.modified, "direction": "DESCENDING"}],
        properties=names,
        limit=SAMPLED,
    )
    told = pull.ask(client, "POST", f"crm/v3/objects/{kind.type}/search", kind.type, json=body)
    found = {}
    for record in told.get("results") or []:
        for name, value in (record.get("properties") or {}).items():
            known = found.setdefault(name, [])
            if value not in (None, "") and len(known) < SAMPLES and str(value)[:80] not in known:
                known.append(str(value)[:80])
    return found


def stages(client):
    """:return: list of dicts ``id``, ``label``, ``pipeline``, ``status``, as HubSpot orders them"""
    told = pull.ask(client, "GET", "crm/v3/pipelines/deals", "pipelines")
    return [
        {
            "id": str(stage["id"]),
            "label": stage.get("label") or str(stage["id"]),
            "pipeline": pipeline.get("label") or str(pipeline.get("id")),
            "status": _status(stage.get("metadata") or {}),
        }
        for pipeline in told.get("results") or []
        if not pipeline.get("archived")
        for stage in sorted(pipeline.get("stages") or [], key=_order)
        if not stage.get("archived")
    ]


def _order(stage):
    return stage.get("displayOrder") or 0


def _status(metadata):
    """A closed stage is a won one if the deal is sure."""
    if str(metadata.get("isClosed", "")).lower() != "true":
        return "open"
    try:
        return "won" if float(metadata.get("probability") or 0) >= 1 else "lost"
    except ValueError:
        return "lost"


def prepare(client, kind):
    """Add the property by which a record of Odoo is made once only, if it is not there.

    :raise Fault: HubSpot refuses it
    """
    path = f"crm/v3/properties/{kind.type}"
    response = client.request("GET", f"{path}/{const.PROPERTY_KEY}")
    if response.status == 200:
        if response.json().get("hasUniqueValue"):
            return
        raise Fault(
            "config.invalid",
            f"HubSpot has a property {const.PROPERTY_KEY} of each {kind.prefix} whose values "
            "may be the same.",
            fix="Delete it in HubSpot, then try again.",
            subject=const.PROPERTY_KEY,
        )
    if response.status != 404:
        raise errors.fault(response, f"properties of {kind.type}")
    body = library.body(
        "PropertyCreate",
        part="properties",
        name=const.PROPERTY_KEY,
        label="Odoo",
        description="By this Odoo makes a record once only.",
        type="string",
        field_type="text",
        group_name=kind.group or _group(client, kind),
        has_unique_value=True,
    )
    pull.ask(client, "POST", path, f"properties of {kind.type}", json=body)


def _group(client, kind):
    """:return: the group of properties in which HubSpot's own ones of an activity are"""
    path = f"crm/v3/properties/{kind.type}/hs_timestamp"
    return pull.ask(client, "GET", path, f"properties of {kind.type}").get("groupName")
