"""What became of a request: HubSpot's answer to it, or to the question after a lost one. Pure,
but for the questions.

What changes, deletes or links a record may be done again; a change that is there already need
not be. What makes one is known by a property of its own, whose values HubSpot takes once only.
What merges two ends one of them.
"""

from odoo.addons.seam.engine.exchange import accepted
from odoo.addons.seam.engine.fault import Fault

from . import const, errors, mapper_out, together
from .mapper import key, moment, number


def about(sending, document):
    """:return: what people call it"""
    told = sending.document
    shown = told.get("fields") or {}
    name = shown.get("name") or shown.get("summary")
    name = name or told.get("id") or told["odoo_id"]
    return f"{mapper_out.kind_of(sending, document).prefix} {name}"


def is_gone_already(told, response):
    ends = told.get("deleted") or told.get("archived")
    return bool(ends) and response.status in (404, const.CHANGED_MEANWHILE)


def given_id(document, sending, response):
    """:return: id in documents of the record that HubSpot made, or made of several; or None"""
    if mapper_out.key_of(sending) and not sending.document.get("merged"):
        return None
    answer = errors.read(response)
    results = answer.get("results")
    made = results[0] if isinstance(results, list) and results else answer
    id_ = made.get("id") if isinstance(made, dict) else None
    return key(mapper_out.kind_of(sending, document), str(id_)) if id_ else None


def became(response):
    """:return: dict ``modified``, of when HubSpot changed the record, for ``told_until`` of
    ``seam_crm``; None where it says nothing of it"""
    answer = errors.read(response)
    results = answer.get("results")
    record = results[0] if isinstance(results, list) and results else answer
    return _since(record.get("updatedAt") if isinstance(record, dict) else None)


def _since(at):
    try:
        return {"modified": moment(at, "/updatedAt")} if at else None
    except Fault:
        return None


def ask(client, document, sending, options):
    """:return: exchange.Answer, or None: it is to be sent again
    :raise NotImplementedError: it may be sent again without a question
    """
    told = sending.document
    kind = mapper_out.kind_of(sending, document)
    if told.get("merged"):
        return _merged(client, kind, told)
    if told.get("id"):
        return _changed(client, kind, mapper_out.request(sending, document, options))
    return _made(client, kind, told, options)


def _made(client, kind, told, options):
    path = f"crm/v3/objects/{kind.type}/{mapper_out.own_key(told, options)}"
    response = client.request("GET", path, params={"idProperty": const.PROPERTY_KEY})
    if response.status == 404:
        return None
    _require(response, kind)
    record = errors.read(response)
    id_ = record.get("id")
    if not id_:
        return None
    # What was changed there after it was made is news, and not what Odoo told.
    made = _since(record.get("createdAt"))
    return accepted(key(kind, str(id_)), "HubSpot has it already.", content=made)


def _changed(client, kind, request):
    """Whether a record has the values that it was to get. What HubSpot writes in another shape
    is sent again; so is what has more effects than one."""
    wanted = together.part(request) if request else None
    if not wanted:
        raise NotImplementedError
    path = f"crm/v3/objects/{kind.type}/{wanted.id}"
    names = ",".join(sorted(wanted.properties))
    response = client.request("GET", path, params={"properties": names})
    if response.status == 404:
        return None
    _require(response, kind)
    there = errors.read(response).get("properties") or {}
    if any((there.get(name) or "") != value for name, value in wanted.properties.items()):
        return None
    return accepted(note="HubSpot has it already.")


def _merged(client, kind, told):
    """Whether all that was to be merged is a part of one record now."""
    path = f"crm/v3/objects/{kind.type}/{number(told['id'])}"
    response = client.request("GET", path, params={"properties": const.PROPERTY_MERGED})
    if response.status == 404:
        return None
    _require(response, kind)
    record = errors.read(response)
    listed = (record.get("properties") or {}).get(const.PROPERTY_MERGED) or ""
    known = {*listed.split(";"), str(record.get("id"))}
    if not {number(gone) for gone in told["merged"]} <= known:
        return None
    return accepted(key(kind, str(record["id"])), "HubSpot has merged them already.")


def _require(response, kind):
    """:raise Fault: HubSpot did not answer the question"""
    if fault := errors.of_question(response, kind.type):
        raise fault
