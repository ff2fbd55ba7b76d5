"""What HubSpot calls things. https://developers.hubspot.com/docs/guides/api/crm"""

import re
from typing import NamedTuple

# Where people see records, by the number of their kind:
# https://developers.hubspot.com/docs/guides/api/crm/understanding-the-crm
# Accounts outside of the first data centre have a site of their own, such as app-eu1, which
# HubSpot tells with the account (uiDomain).
SITE = "app.hubspot.com"
SITES = re.compile(r"app(-[a-z0-9]{1,10})?\.hubspot\.com")
PAGES = {"contact": "0-1", "company": "0-2", "deal": "0-3"}
ADDRESS = "https://api.hubapi.com"
TOKEN_URL = "https://api.hubapi.com/oauth/v1/token"

# https://developers.hubspot.com/docs/guides/apps/authentication/validating-requests
HEADER_SIGNATURE = "x-hubspot-signature-v3"
HEADER_TIMESTAMP = "x-hubspot-request-timestamp"
# HubSpot decodes these in the address before it signs; a question mark that begins the
# query is none of them.
DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}

# https://developers.hubspot.com/docs/guides/apps/api-usage/usage-details
HEADER_DAILY = "x-hubspot-ratelimit-daily"
HEADER_DAILY_LEFT = "x-hubspot-ratelimit-daily-remaining"
HEADER_INTERVAL = "x-hubspot-ratelimit-interval-milliseconds"
CALLS_PER_MINUTE = 540
BURST_SECONDS = 10

# A list shows 100 records, a batch takes 100, a search shows 200.
PAGE = 100
SEARCH_PAGE = 200
# So many records may be asked for with the history of a property.
HISTORY_PAGE = 50
# What a search finds is behind by some seconds, and clocks differ.
OVERLAP_SECONDS = 300
SWEEP_SECONDS = 86400

PROPERTY_KEY = "seam_odoo_id"
# Of the record itself, and no property.
ARCHIVED = "archived"
PROPERTY_MERGED = "hs_merged_object_ids"


class Kind(NamedTuple):
    """A kind of record.

    :ivar type: in HubSpot's addresses
    :ivar prefix: of ids in documents: a company and a contact may have the same number
    :ivar type_id: in events of generic subscriptions
    :ivar modified: property with the time of the last change that can be searched
    :ivar group: group of properties to which ours is added; "": that of ``hs_timestamp``
    """

    document: str
    type: str
    prefix: str
    type_id: str
    modified: str
    group: str


COMPANY = Kind(
    "crm-company", "companies", "company", "0-2", "hs_lastmodifieddate", "companyinformation"
)
CONTACT = Kind(
    "crm-contact", "contacts", "contact", "0-1", "lastmodifieddate", "contactinformation"
)
DEAL = Kind("crm-deal", "deals", "deal", "0-3", "hs_lastmodifieddate", "dealinformation")
TASK = Kind("crm-activity", "tasks", "task", "0-27", "hs_lastmodifieddate", "")
CALL = Kind("crm-activity", "calls", "call", "0-48", "hs_lastmodifieddate", "")
MEETING = Kind("crm-activity", "meetings", "meeting", "0-47", "hs_lastmodifieddate", "")
RECORDS = (COMPANY, CONTACT, DEAL)
ACTIVITIES = (TASK, CALL, MEETING)
KINDS = (*RECORDS, *ACTIVITIES)
BY_TYPE = {kind.type: kind for kind in KINDS}
BY_WORD = {kind.prefix: kind for kind in KINDS} | {kind.type_id: kind for kind in KINDS}
BY_DOCUMENT = {kind.document: kind for kind in RECORDS}
HANDLER = "seam.handler.crm."
BY_HANDLER = {f"{HANDLER}{kind.prefix}{way}": kind for kind in RECORDS for way in ("", ".out")}
# A flow of activities says which ones they are: HubSpot has three kinds of them.
ACTIVITY = "seam.handler.crm.activity"
ACTIVITY_OUT = "seam.handler.crm.activity.out"
EVENTS = "seam.handler.hubspot.event"

# Usual mapping: document's field → HubSpot's property, or two that make one text.
_PLACE = {
    "street": "address",
    "city": "city",
    "zip": "zip",
    "state": "state",
    "country": "country",
}
USUAL = {
    "crm-company": {
        "name": "name",
        "archived": "archived",
        "phone": "phone",
        "website": "website",
        "street2": "address2",
        **_PLACE,
        "owner": "hubspot_owner_id",
        "description": "description",
        "parent": "hs_parent_company_id",
    },
    "crm-contact": {
        "name": "firstname lastname",
        "archived": "archived",
        "email": "email",
        "phone": "phone",
        "website": "website",
        **_PLACE,
        "owner": "hubspot_owner_id",
        "title": "jobtitle",
        "company": "associatedcompanyid",
    },
    "crm-deal": {
        "name": "dealname",
        # its company and its contact are no properties
        "customer": "",
        "stage": "dealstage",
        "amount": "amount",
        "close_date": "closedate",
        "owner": "hubspot_owner_id",
        "description": "description",
    },
    # Of several properties those count that a kind of activity has, see ``OF_ONE``.
    "crm-activity": {
        "kind": "hs_task_type",
        "summary": "hs_task_subject hs_call_title hs_meeting_title",
        "note": "hs_task_body hs_call_body hs_meeting_body",
        "due": "hs_timestamp",
        "start": "hs_meeting_start_time",
        "end": "hs_meeting_end_time",
        "owner": "hubspot_owner_id",
        "done": "hs_task_status hs_call_status hs_meeting_outcome",
        "feedback": "hs_internal_meeting_notes",
    },
}
# How the properties begin that one kind of activity has.
OF_ONE = {
    "hs_task_": TASK,
    "hs_call_": CALL,
    "hs_meeting_": MEETING,
    "hs_internal_meeting_": MEETING,
}
# What is read besides.
ALWAYS = {
    COMPANY: (PROPERTY_MERGED,),
    CONTACT: (PROPERTY_MERGED,),
    DEAL: (PROPERTY_MERGED, "hs_is_closed", "hs_is_closed_won", "deal_currency_code"),
    TASK: ("hs_task_completion_date",),
    CALL: ("hs_timestamp",),
    MEETING: ("hs_timestamp", "hs_meeting_end_time"),
}
LINE_PROPERTIES = (
    "name",
    "hs_sku",
    "hs_product_id",
    "quantity",
    "price",
    "discount",
    "hs_discount_percentage",
)
# https://developers.hubspot.com/docs/guides/api/crm/associations/associations-v4
DEAL_TO_CONTACT = 3
DEAL_TO_PRIMARY_COMPANY = 5
CHILD_TO_PARENT_COMPANY = 14
# HubSpot's own properties of a deal that tell, by their history, when its customer changed.
LINK_PROPERTIES = ("hs_primary_associated_company", "num_associated_contacts")
# So many links of a record are shown in one call.
LINK_PAGE = 500
# kind of activity and what it is about → type of the association
ABOUT = {
    (TASK, DEAL): 216,
    (TASK, CONTACT): 204,
    (TASK, COMPANY): 192,
    (CALL, DEAL): 206,
    (CALL, CONTACT): 194,
    (CALL, COMPANY): 182,
    (MEETING, DEAL): 212,
    (MEETING, CONTACT): 200,
    (MEETING, COMPANY): 188,
}

# HubSpot's types of properties, in the words of ``seam_crm.models.vendor``.
TYPES = {
    "string": "text",
    "phone_number": "phone",
    "number": "number",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "enumeration": "choice",
}
# Path of a request that is several calls, one after the other: see ``client.py``.
STEPS = "seam-steps"
# Path of a request for many records: see ``together.py``; and of what its answer names that
# somebody changed meanwhile.
BATCH = "seam-batch"
MEANWHILE = "seam-meanwhile"
# Parameter of such a step that is not sent: milliseconds since 1970. A property that changed
# later ends the steps, by a status of our own.
SEEN = "seam-seen"
# Parameter of such a step that is not sent: the number of the record that is to be linked in the
# place of the one that is, see ``links.py``. "": none. Where several are, the steps end by an
# error of our own.
INSTEAD = "seam-instead"
SEVERAL_LINKED = "SEVERAL_LINKED"
CHANGED_MEANWHILE = 412
# HubSpot cannot answer now, and nothing was begun.
NOT_NOW = 503
