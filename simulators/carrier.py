"""A carrier that sells labels, takes parcels and tells where they are, and misbehaves when it is told to.

It has two faces before one set of books: UPS's published interface (OAuth, Rating, Shipping, Tracking, Track
Alert), and the vendor-free documents of addons/seam_delivery.
"""

from simulators import running, secret_file
from simulators.depot.books import Books
from simulators.depot.door import Door, ServerFaults
from simulators.depot.messenger import Messenger, ScanFaults
from simulators.depot.road import Road
from simulators.depot.web import Server
from simulators.warehouse.store import Store
from simulators.warehouse.work import Clock


class RunningCarrier(running.Running):
    """A carrier that serves and drives, from `start` (or `with`) until `stop`.

    port        where it listens on 127.0.0.1; 0 takes a free one
    target      address of Seam's system for it, without the flow: scans go to <target>/tracking
    secrets     {"carrier_id", "carrier_secret"}: the customer's credentials;
                "carrier_webhook" ("whsec_…"): with which scans are signed
    state_dir   where it keeps its books; without it they are gone at the end
    pace        seconds between two scans of a parcel
    ups_target  where alerts of UPS's face go to, unless the subscriber says otherwise
    pushes      whether it tells of scans by itself
    """

    def __init__(
        self, port, target, secrets, state_dir=None, pace=20.0, seed=0, ups_target=None,
        pushes=True, **messenger,
    ):  # fmt: skip
        self.faults = ServerFaults(f"{seed}/calls")
        self.store = Store(state_dir, "carrier.sqlite3")
        self.books = Books(self.store, seed)
        self.door = Door(secrets["carrier_id"], secrets["carrier_secret"], self.faults)
        self.ups_target = ups_target or f"{target}/tracking"
        self.messenger = Messenger(
            target,
            secrets["carrier_webhook"],
            ScanFaults(f"{seed}/events"),
            self.store,
            pushes,
            **messenger,
        )
        self.road = Road(self.books, self.messenger.tell_scan, seed, pace)
        self.set_up(Server(port, self), self.messenger, Clock(self.road))

    def close(self):
        self.store.close()


def main(words=None):
    """`python -m simulators.carrier`: serve until SIGTERM or Ctrl-C."""
    given = _arguments(words)
    secrets = secret_file.ensure(given.secret_file)
    running.run(
        "carrier",
        given,
        lambda: RunningCarrier(
            given.port, given.target, secrets, given.state_dir, given.pace, given.seed
        ),
    )


def _arguments(words):
    parser = running.parser("carrier", __doc__, ("SEAM_CARRIER_PORT", 8073), "/seam/v1/carrier")
    parser.add_argument("--pace", type=float, default=20, help="seconds between two scans")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
