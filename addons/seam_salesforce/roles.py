"""Whom an opportunity is for: its account, and the contact of its primary role. Pure.

``ContactId`` of an opportunity can be written when it is made only; later it follows its roles:
https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_opportunitycontactrole.htm
"""

from odoo.addons.seam.engine.exchange import Request

from . import composite, const

ROLES = f"{const.SOBJECTS}/OpportunityContactRole"


def request(deal, key, contact):
    """:param deal: exchange.Request that changes the opportunity
    :param contact: id of who is to be its primary contact, or None
    :return: exchange.Request for the client, see ``const.CUSTOMER``
    """
    told = {"id": key, "contact": contact, "body": deal.json, "headers": dict(deal.headers)}
    return Request("POST", const.CUSTOMER, json=told)


def changed(told):
    """:return: exchange.Request of the opportunity alone"""
    path = f"{const.SOBJECTS}/Opportunity/{told['id']}"
    return Request("PATCH", path, json=told["body"], headers=told["headers"])


def wanted(told):
    """:return: dict Salesforce's field → value, as an opportunity shows it once it is changed"""
    return {**told["body"], "ContactId": told["contact"]}


def question(told):
    """:return: SOQL of the opportunity's roles"""
    return (
        "SELECT Id, ContactId, IsPrimary FROM OpportunityContactRole "
        f"WHERE OpportunityId = '{told['id']}'"
    )


def steps(told, listed):
    """
    :param listed: the roles that there are
    :return: list of exchange.Request: the opportunity, and what is to change of its roles. Who
        was the primary contact keeps the role, and is it no more
    """
    contact = told["contact"]
    primary = [role for role in listed if role.get("IsPrimary")]
    own = [role for role in listed if contact and role.get("ContactId") == contact]
    found = [changed(told)]
    found += [
        Request("PATCH", f"{ROLES}/{role['Id']}", json={"IsPrimary": False})
        for role in primary
        if role not in own
    ]
    if not contact or any(role in primary for role in own):
        return found
    if own:
        return [*found, Request("PATCH", f"{ROLES}/{own[0]['Id']}", json={"IsPrimary": True})]
    role = {"OpportunityId": told["id"], "ContactId": contact, "IsPrimary": True}
    return [*found, Request("POST", ROLES, json=role)]


def at_once(requests):
    """:return: exchange.Request of all: done together, or none"""
    made = composite.request(requests)
    return Request(made.method, made.path, json={**made.json, "allOrNone": True})


def answer(count, response):
    """:return: http.Response: the refusal of what was refused first, else that of the
    opportunity; None: nothing is said of it
    """
    told = composite.responses(count, response)
    refused = [each for each in told if each is not None and each.status >= 300]
    # the others are told that they were taken back
    own = [each for each in refused if const.HALTED.encode() not in each.body]
    return next(iter([*own, *refused]), None if None in told else told[0])
