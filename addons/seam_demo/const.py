"""Acme's own words. Acme is made up: a connector to read before you write yours.

Here stands a link to the vendor's page for each group of names, and nothing is
computed: https://developer.acme.example/webhooks
"""

HEADER_SIGNATURE = "x-acme-signature"
HEADER_EVENT = "x-acme-event"
HEADER_EVENT_ID = "x-acme-event-id"
SIGNATURE_PREFIX = "sha256="

# https://developer.acme.example/orders#state
STATE = {
    "draft": "open",
    "placed": "confirmed",
    "sent": "completed",
    "void": "cancelled",
}
