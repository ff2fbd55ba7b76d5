"""Person accounts: one person, of whom Salesforce has an account and a contact. Odoo has one
contact: that of Salesforce. Pure.

Only organisations that take them have these fields:
https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_guidelines_personaccounts.htm
"""

from odoo.addons.seam.engine.fault import Fault

FLAG, CONTACT = "IsPersonAccount", "PersonContactId"
OWN = ("crm-company", "crm-contact")


def selected(document, options):
    """:return: list of the fields that are asked for"""
    if not options.get("salesforce_person_accounts"):
        return []
    return [FLAG] if document in OWN else [f"Account.{FLAG}", f"Account.{CONTACT}"]


def is_one(record):
    """:param record: an account or a contact, or None; of a job values are texts"""
    return str((record or {}).get(FLAG)).lower() == "true"


def left_out(records, known=None):
    """Who is told as a contact is told as no company. Of an account that is a company in Odoo
    already somebody hears.

    :param known: function of a list of ids: set of those of which Odoo has the company
    :return: list of the records that are to come to Odoo
    """
    persons = {each["Id"] for each in records if is_one(each) and not each.get("IsDeleted")}
    persons -= known(sorted(persons)) if known and persons else set()
    return [each for each in records if each["Id"] not in persons]


def was_company(record):
    """:return: Fault; Odoo has a company for it"""
    return Fault(
        "business.rule",
        f"{str(record.get('Name') or record['Id'])[:100]} is a person account in Salesforce, and "
        "a company in Odoo.",
        pointer=f"/{FLAG}",
        fix="The person comes as a contact, by the flow of contacts. Move what the company has in "
        "Odoo there and archive it, then discard this.",
        subject=f"person account:{record['Id']}",
    )
