"""Tells the customers where their parcels are: signed documents to one face, UPS Track Alert to the other."""

import copy

from simulators.depot import gateway, ups_track
from simulators.faults import Faults
from simulators.warehouse.courier import Courier

USER_AGENT = "UPSPubSubTrackingService"


def renamed_field(document):
    """`status` is called `state` now, `activityStatus` `currentStatus`."""
    names = {"status": "state", "activityStatus": "currentStatus"}
    return {names.get(name, name): value for name, value in document.items()}


def missing_field(document):
    """Whose scan it is, is left out."""
    return {n: v for n, v in document.items() if n not in ("tracking", "trackingNumber")}


def retyped_field(document):
    """The status has become a number."""
    document = copy.deepcopy(document)
    for name in ("status", "activityStatus"):
        if name in document:
            document[name] = 7
    return document


DRIFTS = {
    "renamed_field": renamed_field,
    "missing_field": missing_field,
    "retyped_field": retyped_field,
}


class ScanFaults(Faults):
    """How scans go wrong: see courier.EventFaults."""

    NAMES = ("doubled", "repeated", "reordered", "delayed", "stale", *DRIFTS)


class Messenger(Courier):
    """Tells scans: those of parcels that were bought at the gateway to `target`/tracking.

    Those that were bought through UPS's interface are told to whoever subscribed to them.

    books   books.Books: who subscribed is kept in its store
    pushes  whether anything is told; without it one has to ask
    """

    DRIFTS = DRIFTS
    STATES = ("tracking", "ups")

    def __init__(self, target, secret, faults, store, pushes=True, **times):
        super().__init__(target, secret, faults, store, **times)
        self.pushes = pushes
        self.subscribers = store.load("subscriber")

    def tell_scan(self, shipment, parcel, scan):
        tracking = parcel["tracking"]
        if not self.pushes:
            return
        if shipment["face"] == "gateway":
            self.tell("tracking", tracking, gateway.scan_of(tracking, scan))
        elif tracking in self.subscribers or "*" in self.subscribers:
            self.tell(f"ups/{tracking}", tracking, ups_track.alert(shipment, parcel, scan))

    def subscribe(self, tracking, url, credential):
        """Tell of a parcel, or of all ("*"), at an address."""
        self.subscribers[tracking] = {"url": url, "credential": credential}
        self.store.keep("subscriber", tracking, self.subscribers[tracking])

    def unsubscribe(self, tracking):
        self.subscribers.pop(tracking, None)
        self.store.forget("subscriber", tracking)

    def _envelope(self, event, content):
        face, _, tracking = event["flow"].partition("/")
        if face != "ups":
            return super()._envelope(event, content)
        to = self.subscribers.get(tracking) or self.subscribers.get("*") or {}
        credential = to.get("credential") or self.secret
        return to.get("url") or self.target, {
            "Content-Type": "application/json",
            "User-Agent": USER_AGENT,
            "credential": credential,
            "Authorization": f"Bearer {credential}",
        }
