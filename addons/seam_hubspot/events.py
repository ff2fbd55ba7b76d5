"""What the calls of HubSpot's webhooks are about, as one document. Pure."""

from . import const
from .mapper import key, moment

NUMBERS = ("objectId", "primaryObjectId", "newObjectId")
ERASED = "privacyDeletion"
# Events that tell of one record by ``objectId``.
TOLD = {"creation", "propertyChange", "deletion", ERASED, "restore"}


def changes(wire, account=None):
    """What a call with events is about, as one document.

    Events carry ids and single properties, in no order: what changed is read whole. Those
    of our own calls tell nothing new. An app that several accounts installed is told of all of
    them at one address: another account's numbers are other people's here.

    :param account: HubSpot's number of ours, or None
    :return: list with one document
    :raise Fault: ``mapping.failed`` with a pointer
    """
    found = []
    for place, event in enumerate(wire):
        at = moment(event.get("occurredAt"), f"/{place}/occurredAt")
        if _is_of_another(event, account):
            continue
        for kind, id_, merged in _about(event):
            change = {"object": kind.type, "id": str(id_), "at": at, "why": why(event)}
            found.append({**change, **({"merged": merged} if merged else {})})
    return [{"changes": found}]


def _is_of_another(event, account):
    told = event.get("portalId")
    is_known = bool(account) and account.isdigit()
    return is_known and told is not None and str(told) != account


def why(event):
    return str(event.get("subscriptionType") or "event")[:120]


def erased(changes_):
    """
    :param changes_: of a document
    :return: set of ids, as documents have them, of contacts that HubSpot erased for privacy
    """
    return {
        key(const.CONTACT, change["id"])
        for change in changes_
        if change["object"] == const.CONTACT.type and change["why"].endswith(f".{ERASED}")
    }


def told_of(wire):
    """:return: set of ids, as documents have them, of all records that a call names"""
    found = set()
    for event in wire:
        word, _dot, what = why(event).partition(".")
        if what == "associationChange":
            found |= {key(kind, id_) for kind, id_ in _ends(event)}
            continue
        kind = const.BY_WORD.get(event.get("objectTypeId") if word == "object" else word)
        numbers = [event.get(name) for name in NUMBERS] + (event.get("mergedObjectIds") or [])
        found |= {key(kind, number) for number in numbers if kind and number}
    return found


def _about(event):
    """:return: list of (Kind, number, list of numbers merged into it)"""
    word, _dot, what = why(event).partition(".")
    if what == "associationChange":
        return _association(event)
    kind = const.BY_WORD.get(event.get("objectTypeId") if word == "object" else word)
    if not kind or _is_ours(event, what):
        return []
    if what == "merge":
        return _merge(event, kind)
    return [(kind, event["objectId"], [])] if what in TOLD and "objectId" in event else []


def _is_ours(event, what):
    """Whether our own app changed a property: the answer to its call told all of it."""
    return (
        what == "propertyChange"
        and event.get("changeSource") == "INTEGRATION"
        and event.get("sourceId") is not None
        and str(event["sourceId"]) == str(event.get("appId"))
    )


def _merge(event, kind):
    """Some merges make a new record of all, and end the primary one too."""
    primary = event.get("primaryObjectId") or event.get("objectId")
    into = event.get("newObjectId") or primary
    gone = {str(id_) for id_ in (*(event.get("mergedObjectIds") or ()), primary)}
    return [(kind, into, sorted(gone - {str(into)}))] if into else []


def _association(event):
    """An activity tells what it is about, a deal of its customer, a contact of its company, a
    company of its parent."""
    ends = _ends(event)
    for kind in (*const.ACTIVITIES, const.DEAL, const.CONTACT, const.COMPANY):
        found = [(kind, id_, []) for known, id_ in ends if known is kind]
        if found:
            return found
    return []


def _ends(event):
    """:return: list of (Kind, number) of the records that are linked, or were"""
    if "fromObjectTypeId" in event:
        words = event["fromObjectTypeId"], event.get("toObjectTypeId")
    else:
        source, _to, target = str(event.get("associationType") or "").lower().partition("_to_")
        words = source.rpartition("_")[2], target.rpartition("_")[2]
    return [
        (const.BY_WORD[word], event[side])
        for word, side in zip(words, ("fromObjectId", "toObjectId"), strict=True)
        if word in const.BY_WORD and event.get(side)
    ]
