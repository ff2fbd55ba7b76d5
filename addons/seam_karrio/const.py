"""What the carriers say of themselves.

UPS: https://developer.ups.com/api/reference (Rating and Shipping v2409, Tracking v1, Track
Alert v2; descriptions at https://github.com/UPS-API/api-documentation)
FedEx: https://developer.fedex.com/api/en-us/catalog.html (Rate, Ship, Track, v1)
DHL Parcel DE: https://developer.dhl.com/api-reference/parcel-de-shipping-post-parcel-germany-v2
"""

# Where each is called: sandbox, production; and where its tokens come from.
PLACES = {
    "ups": {
        "test": ("https://wwwcie.ups.com/api", "https://wwwcie.ups.com/security/v1/oauth/token"),
        "production": (
            "https://onlinetools.ups.com/api",
            "https://onlinetools.ups.com/security/v1/oauth/token",
        ),
    },
    "fedex": {
        "test": (
            "https://apis-sandbox.fedex.com",
            "https://apis-sandbox.fedex.com/oauth/token",
        ),
        "production": ("https://apis.fedex.com", "https://apis.fedex.com/oauth/token"),
    },
    # logged in to with user name, password and a key: there are no tokens
    "dhl_parcel_de": {
        "test": ("https://api-sandbox.dhl.com", ""),
        "production": ("https://api-eu.dhl.com", ""),
    },
}
NAMES = {"ups": "UPS", "fedex": "FedEx", "dhl_parcel_de": "DHL Parcel DE"}
# How the client's secret is shown to the token address.
TOKEN_LOGIN = {"ups": "header", "fedex": "body"}
SOURCE = "seam"
# What each is asked for here, as a user reads it.
DOES = {
    "ups": ("labels", "prices", "tracking", "subscriptions to scans"),
    "fedex": ("labels", "prices", "tracking"),
    "dhl_parcel_de": ("labels", "tracking"),
}
# Who makes no end of day manifest here, and what happens in place of it.
WITHOUT_MANIFESTS = {
    "ups": "UPS wants no list: its driver scans each parcel.",
    "fedex": "FedEx wants none for Express. The day of FedEx Ground is closed in FedEx Ship "
    "Manager, where a list is wanted; that is not done from here.",
    "dhl_parcel_de": "DHL closes each day by itself, at the hour that was agreed with it. Its "
    "list is in DHL's business portal.",
}
# Countries from which DHL Parcel DE Returns brings parcels back.
DHL_RETURNS = {
    "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR",
    "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip

# -- UPS --------------------------------------------------------------------------------------

UPS_SHIP = "shipments/v2409/ship"
UPS_VOID = "shipments/v2409/void/cancel/{}"
UPS_RECOVER = "labels/v1/recovery"
UPS_RATE = "rating/v2409/Shop"
UPS_TRACK = "track/v1/details/{}"
UPS_SUBSCRIBE = "track/v2/subscription/standard/package"
# Numbers of one subscription, and how many days UPS tells of them.
UPS_SUBSCRIBED = 100
UPS_SUBSCRIBED_DAYS = 14
UPS_BY_REFERENCE = "track/v1/reference/details/{}"
UPS_SUBVERSION = "2409"
UPS_RECOVER_SUBVERSION = "1903"
UPS_PAGE = "https://www.ups.com/track?tracknum={}"

# Characters and lines that Shipping.yaml allows.
UPS_WIDTH = 35
UPS_LINES = 3
UPS_CITY = 30
UPS_STATE = 5
UPS_ZIP = 9
UPS_PHONE = 15
UPS_EMAIL = 50
UPS_REFERENCE = 35
UPS_SHIPMENT_TEXT = 50
UPS_PACKAGE_TEXT = 35
UPS_TAX_ID = 15
UPS_PRODUCTS = 50
UPS_PRODUCT_LINES = 3
# Boxes of one shipment; more are a shipment of their own.
UPS_PARCELS = 200
# Between and within these, UPS wants references on the parcel, and signatures and cash too.
UPS_HOME = {"US", "PR"}
UPS_INCOTERMS = {
    "CFR", "CIF", "CIP", "CPT", "DAF", "DAP", "DDP", "DEQ", "DES", "EXW", "FAS", "FCA", "FOB",
}  # fmt: skip
# Of a return: the label that is printed here and given to the customer.
UPS_RETURN_LABEL = "ups_print_return_label"
