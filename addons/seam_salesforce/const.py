"""Salesforce's own words.

REST API: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/
Bulk API 2.0 queries: https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/
Objects: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
"""

import re

# What a query job is made with, its results must be fetched with (Bulk API 2.0).
VERSION = "62.0"
BASE = f"services/data/v{VERSION}"
SOBJECTS = f"{BASE}/sobjects"
LIMITS = f"{BASE}/limits"
TOKEN_PATH = "services/oauth2/token"
# Whom a signed login is for. https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_jwt_flow.htm
AUDIENCES = {"production": "https://login.salesforce.com", "test": "https://test.salesforce.com"}

# document → object
OBJECTS = {
    "crm-company": "Account",
    "crm-contact": "Contact",
    "crm-deal": "Opportunity",
    "crm-activity": "Task",
}
DOCUMENTS = {
    "seam.handler.crm.company": "crm-company",
    "seam.handler.crm.contact": "crm-contact",
    "seam.handler.crm.deal": "crm-deal",
    "seam.handler.crm.activity": "crm-activity",
}
# Merged away is only what has this field.
MERGEABLE = ("Account", "Contact")

# document → document's field → Salesforce's field. Accounts have no e-mail address and no tax
# number of their own; both may be mapped to a custom field.
FIELDS = {
    "crm-company": {
        "name": "Name",
        "phone": "Phone",
        "website": "Website",
        "street": "BillingStreet",
        "city": "BillingCity",
        "zip": "BillingPostalCode",
        "state": "BillingState",
        "country": "BillingCountry",
        "owner": "OwnerId",
        "description": "Description",
        "parent": "ParentId",
        "archived": "IsDeleted",
    },
    "crm-contact": {
        "name": "Name",
        "email": "Email",
        "phone": "Phone",
        "street": "MailingStreet",
        "city": "MailingCity",
        "zip": "MailingPostalCode",
        "state": "MailingState",
        "country": "MailingCountry",
        "owner": "OwnerId",
        "description": "Description",
        "title": "Title",
        "company": "AccountId",
        "archived": "IsDeleted",
    },
    "crm-deal": {
        "name": "Name",
        # and the contact of its primary role
        "customer": "AccountId",
        "stage": "StageName",
        "amount": "Amount",
        "close_date": "CloseDate",
        "owner": "OwnerId",
        "description": "Description",
    },
    "crm-activity": {
        "kind": "TaskSubtype",
        "summary": "Subject",
        "note": "Description",
        "due": "ActivityDate",
        "start": "StartDateTime",
        "end": "EndDateTime",
        "owner": "OwnerId",
        "done": "IsClosed",
    },
}
# Activities are of two objects; which one a record is of, the first signs of its id say.
TASK, EVENT = "Task", "Event"
ACTIVITY_PREFIXES = {"00T": TASK, "00U": EVENT}
# Standard fields that only one of them has.
ONLY = {
    TASK: {
        "CallDisposition",
        "CallDurationInSeconds",
        "CallObject",
        "CallType",
        "CompletedDateTime",
        "IsClosed",
        "IsHighPriority",
        "Priority",
        "Status",
        "TaskSubtype",
    },
    EVENT: {
        "ActivityDateTime",
        "DurationInMinutes",
        "EndDateTime",
        "EventSubtype",
        "IsAllDayEvent",
        "Location",
        "ShowAs",
        "StartDateTime",
    },
}
ACTIVITY_ALWAYS = {
    TASK: ("WhoId", "WhatId", "AccountId", "IsRecurrence", "CompletedDateTime"),
    EVENT: (
        "WhoId",
        "WhatId",
        "IsRecurrence",
        "IsChild",
        "GroupEventType",
        "IsAllDayEvent",
        "ActivityDate",
        "StartDateTime",
        "EndDateTime",
        "DurationInMinutes",
    ),
}
# An event that is proposed only, and the pattern of a series.
NO_EVENTS = {"2", "3"}
# What an activity is about, told by the first signs of the id; a deal is nearer than its people.
ABOUT = (
    ("WhatId", "006", "deal"),
    ("WhoId", "003", "contact"),
    ("WhatId", "001", "company"),
)
ABOUT_FIELDS = {kind: field for field, _prefix, kind in ABOUT}
KINDS = {"Task": "task", "Call": "call", "Email": "email"}
MEETING = "meeting"
DAY_MINUTES = 1440
# How far the goods of a deal's order are out, as people read it.
DELIVERY = {"partial": ", partly delivered", "full": ", delivered"}
# Salesforce archives nothing: it deletes, and may take it back. It takes neither as a field.
ARCHIVED = "IsDeleted"
# Fields of a document that are known though no usual line names them.
OPTIONAL = {"crm-deal": {"probability": "Probability"}}
# A contact's name has two parts that can be written.
FIRST_NAME, LAST_NAME = "FirstName", "LastName"
# field that holds the id of another record → field of the same query that holds its name
REFERENCES = {"ParentId": "Parent", "AccountId": "Account", "ContactId": "Contact"}
NUMBERS = {"amount", "probability"}

ALWAYS = ("Id", "SystemModstamp", "IsDeleted", "LastModifiedBy.Name")
DEAL_ALWAYS = ("AccountId", "Account.Name", "ContactId", "Contact.Name", "IsClosed", "IsWon")
LINES = (
    "(SELECT Id, ProductCode, Product2Id, Name, Description, Quantity, UnitPrice, Discount "
    "FROM OpportunityLineItems)"
)
# In CSV all values are text: these are not.
BOOLEANS = {
    "HasOptedOutOfEmail",
    "IsAllDayEvent",
    "IsChild",
    "IsClosed",
    "IsDeleted",
    "IsRecurrence",
    "IsWon",
}
CSV_NUMBERS = {"Amount", "DurationInMinutes", "Probability"}
NUMBER_TYPES = {"currency", "double", "int", "percent", "long"}

FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}(\.[A-Za-z][A-Za-z0-9_]{0,79}){0,4}")
ID = re.compile(r"[A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?")
# https://help.salesforce.com/s/articleView?id=000383751
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
LIMIT_INFO = re.compile(r"\bapi-usage=(\d+)/(\d+)")

# Path of a request that changes whom an opportunity is for: see ``roles.py``, and the client.
CUSTOMER = "seam-customer"
# Of what was taken back because another one of the same call was refused.
HALTED = "PROCESSING_HALTED"

# Our id on their records, unless the administrator chose another field.
EXTERNAL_ID = "Seam_Id__c"

TOPIC = "pulled"
# Who objects to e-mail, unless the administrator chose another field.
OPT_OUT_FIELD = "HasOptedOutOfEmail"
# Whatever is chosen, these are no ordinary fields: of contacts, and of accounts of persons.
OPT_OUT_FIELDS = (OPT_OUT_FIELD, f"Person{OPT_OUT_FIELD}")
# What the pull adds to a contact: the last change of the box of who objects to e-mail.
OPT_OUT_HISTORY = "OptOutHistory"
# What a first load adds to an opportunity that was won before.
HISTORY = "WonBefore"
# Merged ids that the pull adds to the record that survived.
MERGED = "MergedRecordIds"

# A record that was saved later may have an earlier SystemModstamp: of long transactions.
OVERLAP_SECONDS = 600
# Rows of one page of a bulk result; halved where they are too large.
BULK_ROWS = 5000
BULK_ROWS_LEAST = 100
# A bulk job that failed is begun again this often.
BULK_TRIES = 3
POLL_SECONDS = (1, 2, 4, 8, 15, 30, 60)
# Merges are remembered for so long: until then every state of the survivor tells of them.
MERGED_DAYS = 7
MERGED_MOST = 500
# Merges of merges that are followed.
MERGED_DEPTH = 5
# How often a record that survived is looked for in one call.
IDS_PER_QUERY = 200

# When the calls that are left are asked for anew, once none may be made.
QUOTA_SECONDS = 900
# The count of calls is written down this often.
USAGE_SECONDS = 30
# After a refusal for the number of calls: they count for 24 hours, and come back hour by hour.
LIMIT_RETRY_SECONDS = 1800
