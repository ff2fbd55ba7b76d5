"""Amazon's own words: Selling Partner API, Fulfillment Outbound 2020-07-01, FBA Inventory v1.

Orders (Multi-Channel Fulfillment):
https://developer-docs.amazon.com/sp-api/docs/fulfillment-outbound-api-v2020-07-01-reference
Inventory: https://developer-docs.amazon.com/sp-api/docs/fba-inventory-api-v1-reference
Notifications: https://developer-docs.amazon.com/sp-api/docs/notification-type-values
Endpoints and marketplaces: https://developer-docs.amazon.com/sp-api/docs/sp-api-endpoints,
https://developer-docs.amazon.com/sp-api/docs/marketplace-ids
Errors and usage plans: https://developer-docs.amazon.com/sp-api/docs/usage-plans-and-rate-limits
"""

import re

ORDERS = "fba/outbound/2020-07-01/fulfillmentOrders"
TRACKING = "fba/outbound/2020-07-01/tracking"
INVENTORY = "fba/inventory/v1/summaries"

TOKEN_URL = "https://api.amazon.com/auth/o2/token"
TOKEN_HEADER = "x-amz-access-token"
# Asked for by Amazon: application/version (Language=…; Platform=…)
# https://developer-docs.amazon.com/sp-api/docs/include-a-user-agent-header-in-all-requests
USER_AGENT = "Seam/19.0 (Language=Python; Platform=Odoo)"

ENDPOINTS = {
    "na": "https://sellingpartnerapi-na.amazon.com",
    "eu": "https://sellingpartnerapi-eu.amazon.com",
    "fe": "https://sellingpartnerapi-fe.amazon.com",
}
SANDBOXES = {
    region: address.replace("https://", "https://sandbox.") for region, address in ENDPOINTS.items()
}

# Marketplace: (id, region, country). The order is that of Amazon's page.
MARKETPLACES = (
    ("A2EUQ1WTGCTBG2", "na", "Canada"),
    ("ATVPDKIKX0DER", "na", "United States"),
    ("A1AM78C64UM0Y8", "na", "Mexico"),
    ("A2Q3Y263D00KWC", "na", "Brazil"),
    ("A28R8C7NBKEWEA", "eu", "Ireland"),
    ("A1RKKUPIHCS9HS", "eu", "Spain"),
    ("A1F83G8C2ARO7P", "eu", "United Kingdom"),
    ("A13V1IB3VIYZZH", "eu", "France"),
    ("AMEN7PMS3EDWL", "eu", "Belgium"),
    ("A1805IZSGTT6HS", "eu", "Netherlands"),
    ("A1PA6795UKMFR9", "eu", "Germany"),
    ("APJ6JRA9NG5V4", "eu", "Italy"),
    ("A2NODRKZP88ZB9", "eu", "Sweden"),
    ("AE08WJ6YKNBMC", "eu", "South Africa"),
    ("A1C3SOZRARQ6R3", "eu", "Poland"),
    ("ARBP9OOSHTCHU", "eu", "Egypt"),
    ("A33AVAJ2PDY3EV", "eu", "Turkey"),
    ("A17E79C6D8DWNP", "eu", "Saudi Arabia"),
    ("A2VIGQ35RCS4UG", "eu", "United Arab Emirates"),
    ("A21TJRUUN4KGV", "eu", "India"),
    ("A19VAU5U5O7RUS", "fe", "Singapore"),
    ("A39IBJ37TRP1C6", "fe", "Australia"),
    ("A1VC38T7YXB528", "fe", "Japan"),
)
REGION = {code: region for code, region, _country in MARKETPLACES}

SPEEDS = ("Standard", "Expedited", "Priority")
# All at once or nothing; or what is there first, and the rest when it comes.
POLICY_WHOLE, POLICY_PARTIAL = "FillOrKill", "FillAll"

# Amazon's usage plan: calls a second, and how many may be made at once.
RATES = {
    "createFulfillmentOrder": (2, 30),
    "updateFulfillmentOrder": (2, 30),
    "cancelFulfillmentOrder": (2, 30),
    "getFulfillmentOrder": (2, 30),
    "listAllFulfillmentOrders": (2, 30),
    "getPackageTrackingDetails": (2, 30),
    "getInventorySummaries": (2, 2),
}
# The slowest of them, for the system's own limit: 2 a second.
CALLS_PER_MINUTE = 120
# Waited between two questions of a pull, in seconds.
PACE = 0.5

# What the description allows, in characters.
MAX_ORDER_ID = 40
MAX_COMMENT = 750
MAX_SKU = 50
MAX_LINE_ID = 50
MAX_EMAIL = 64
MAX_LINES = 100
MAX_UNITS = 250
# The description has no lengths of addresses; these are of Amazon's older reference of the
# same service (MWS, FBAOutbound_Datatypes, Address). Beyond them labels are cut.
MAX_ADDRESS = {
    "name": 50,
    "addressLine1": 180,
    "addressLine2": 60,
    "addressLine3": 60,
    "city": 50,
    "stateOrRegion": 150,
    "postalCode": 20,
    "phone": 20,
}
# Amazon turns + into a space in addresses and refuses spaces:
# https://github.com/amzn/selling-partner-api-models/issues/5374 and 1845
ORDER_ID = re.compile(r"[A-Za-z0-9._~/:-]+")
# Amazon counts pieces.
UNITS = {"Units", "Unit(s)", "EA", "PCE"}
# Addresses in Japan have no city of their own; orders in India need payment details.
JAPAN = "JP"
INDIA = "A21TJRUUN4KGV"

# There is no code of its own for a number that was used before: it is InvalidInput, with a
# sentence. A wrong guess costs one question.
USED_BEFORE = re.compile(r"already|duplicate|not unique|in use", re.IGNORECASE)

# How a refusal names a line.
ITEM = re.compile(r"\bItem ?Id:? *([\w-]+)", re.IGNORECASE)

TOPIC_ORDER = "order.pulled"
TOPIC_INVENTORY = "inventory.pulled"
ORDER_STATUS = "FULFILLMENT_ORDER_STATUS"
SHIPMENT_STATUS = "FBA_OUTBOUND_SHIPMENT_STATUS"
RETURN, SHIPMENT = "RETURN", "SHIPMENT"

# Amazon writes them in both ways: CompletePartialled in the description's list, and
# PROCESSING in its own examples. Here they stand in capitals, letters only.
STATUS = {
    "NEW": "waiting",
    "RECEIVED": "accepted",
    "PLANNING": "accepted",
    "PROCESSING": "picking",
    "CANCELLED": "cancelled",
    "COMPLETE": "shipped",
    "COMPLETEPARTIALLED": "shipped",
    "UNFULFILLABLE": "rejected",
    "INVALID": "rejected",
}
REASON = {
    "NEW": "Amazon has it, and still checks the address and the stock.",
    "COMPLETEPARTIALLED": "A part was shipped; the rest was cancelled or not in stock.",
    "UNFULFILLABLE": "Amazon found none of the goods in sellable condition.",
    "INVALID": "Amazon does not accept the address, or has too little stock of it.",
}
HELD = "It is on hold at Amazon, which cancels it after 14 days."
# Still to be cancelled; beyond, Amazon has begun to pick.
CANCELLABLE = {"NEW", "RECEIVED", "PLANNING"}
# Nothing of these has been picked yet: their details tell nothing.
UNTOUCHED = CANCELLABLE
# Nothing more comes of these.
ENDED = {"CANCELLED", "COMPLETE", "COMPLETEPARTIALLED", "UNFULFILLABLE", "INVALID"}
# Nothing of these will ever leave.
DEAD = {"CANCELLED", "UNFULFILLABLE", "INVALID"}
# Ended, and not all that was asked for has left.
SHORT = {"CANCELLED", "COMPLETEPARTIALLED", "UNFULFILLABLE"}
SHIPPED = "SHIPPED"

# Parcels are not asked for any more after these, or after so many days.
ARRIVED = {
    "DELIVERED",
    "PICKUP_SUCCESSFUL",
    "REFUND_ISSUED",
    "RETURNED",
    "RETURN_RECEIVED_IN_FC",
    "UNDELIVERABLE",
}
TRACKED_DAYS = 30

# Orders that changed this long before the last one seen are asked for again: Amazon may
# list them late. Those that did not change are recognised.
OVERLAP_SECONDS = 300
# Orders whose details are fetched with one page of a pull.
DETAILS_PER_PAGE = 10
# A list whose token has run out is begun again this often.
TOKEN_TRIES = 3
# Pages of one snapshot: 50 SKUs each, in 200 seconds.
INVENTORY_PAGES = 400
