"""A carrier that sells labels, takes parcels and tells where they are, and misbehaves when it is told to.

It has two faces before one set of books: UPS's published interface (OAuth, Rating, Shipping, Tracking, Track
Alert), and the vendor-free documents of addons/seam_delivery.
"""

import argparse
import os
import signal
import threading

from simulators import secret_file
from simulators.depot.books import Books
from simulators.depot.door import Door, ServerFaults
from simulators.depot.messenger import Messenger, ScanFaults
from simulators.depot.road import Road
from simulators.depot.web import Server
from simulators.warehouse.store import Store
from simulators.warehouse.work import Clock


class RunningCarrier:
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
        self.server = Server(port, self)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.clock = Clock(self.road)

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()
        self.messenger.start()
        self.clock.start()
        return self

    def stop(self):
        self.clock.end()
        self.messenger.end()
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.store.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def main(words=None):
    """`python -m simulators.carrier`: serve until SIGTERM or Ctrl-C."""
    given = _arguments(words)
    secrets = secret_file.ensure(given.secret_file)
    try:
        carrier = RunningCarrier(
            given.port, given.target, secrets, given.state_dir, given.pace, given.seed
        )
    except OSError as error:
        raise SystemExit(f"Port {given.port} is not to be had: {error.strerror}.") from error
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    parent, carrier.server.loud = os.getppid(), True
    with carrier:
        print(f"The carrier is open on {carrier.url} and sends to {given.target}.", flush=True)
        while not ended.wait(1):
            # `make run` was killed without a chance to end us.
            if os.environ.get("SEAM_END_WITH_PARENT") and os.getppid() != parent:
                break


def _arguments(words):
    environment = os.environ
    data = environment.get("SEAM_DATA") or ".seam"
    odoo = environment.get("SEAM_URL") or "http://127.0.0.1:8069"
    parser = argparse.ArgumentParser(prog="simulators.carrier", description=__doc__.split("\n")[0])
    port = int(environment.get("SEAM_CARRIER_PORT") or 8073)
    parser.add_argument("--port", type=int, default=port)
    parser.add_argument("--target", default=f"{odoo}/seam/v1/carrier")
    parser.add_argument(
        "--secret-file", default=environment.get("SEAM_DEMO_SECRET_FILE") or f"{data}/shop.secret"
    )
    parser.add_argument("--state-dir", default=f"{data}/carrier")
    parser.add_argument("--pace", type=float, default=20, help="seconds between two scans")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
