"""A warehouse's software (WMS) that ships what it is asked to, and misbehaves when it is told to.

It speaks the documents of addons/seam_stock in both directions: requests come in by POST and are
answered with a number of its own; statuses, shipments, receipts, adjustments and snapshots go out as
signed webhooks.
"""

import argparse
import os
import signal
import threading

from simulators import secret_file
from simulators.catalogue import Catalogue
from simulators.warehouse.api import ServerFaults
from simulators.warehouse.books import Books
from simulators.warehouse.courier import Courier, EventFaults
from simulators.warehouse.store import Store
from simulators.warehouse.web import Server
from simulators.warehouse.work import Clock, Work

# The one warehouse of the demo company that somebody else runs.
WAREHOUSES = {"north": "NORTH"}


class RunningWms:
    """A warehouse that serves and works, from `start` (or `with`) until `stop`.

    port       where it listens on 127.0.0.1; 0 takes a free one
    target     address of Seam's system for it, without the flow
    secret     that both sides sign with ("whsec_…")
    state_dir  where it keeps its books; without it they are gone at the end
    stock      {warehouse: {sku: {lot or "": number}}} to begin with
    items      [{"sku", "name", "tracking"}] that it knows before it is told of them
    pace       seconds between two steps of its work
    """

    def __init__(
        self, port, target, secret, state_dir=None, stock=None, items=(), pace=5.0, seed=0,
        restock=False, **courier,
    ):  # fmt: skip
        self.secret, self.faults = secret, ServerFaults(f"{seed}/calls")
        self.store = Store(state_dir)
        self.books = Books(self.store, stock, items)
        self.courier = Courier(target, secret, EventFaults(f"{seed}/events"), self.store, **courier)
        self.work = Work(self.books, self.courier.tell, seed, pace, restock)
        self.work.is_telling = self.courier.is_telling
        self.server = Server(port, self)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.clock = Clock(self.work)

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()
        self.courier.start()
        self.clock.start()
        return self

    def stop(self):
        self.clock.end()
        self.courier.end()
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()
        self.store.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def demo_goods(catalogue=None):
    """What the demo's warehouse begins with → (stock, items)."""
    catalogue = catalogue or Catalogue()
    stock = {code: {} for code in WAREHOUSES.values()}
    items = [{"sku": product.sku, "name": product.name} for product in catalogue.goods]
    for record in catalogue.data["products"]:
        for key, code in WAREHOUSES.items():
            count = record.get("stock", {}).get(key)
            for variant in record.get("variants", [record]) if count else ():
                stock[code][variant["sku"]] = {"": count}
    return stock, items


def main(words=None):
    """`python -m simulators.wms`: serve until SIGTERM or Ctrl-C."""
    given = _arguments(words)
    secret = secret_file.ensure(given.secret_file)["warehouse_secret"]
    stock, items = demo_goods()
    try:
        wms = RunningWms(
            given.port, given.target, secret, given.state_dir, stock, items, given.pace,
            given.seed, restock=True,
        )  # fmt: skip
    except OSError as error:
        raise SystemExit(f"Port {given.port} is not to be had: {error.strerror}.") from error
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    parent, wms.server.loud = os.getppid(), True
    with wms:
        print(f"The warehouse is open on {wms.url} and sends to {given.target}.", flush=True)
        while not ended.wait(1):
            # `make run` was killed without a chance to end us.
            if os.environ.get("SEAM_END_WITH_PARENT") and os.getppid() != parent:
                break


def _arguments(words):
    environment = os.environ
    data = environment.get("SEAM_DATA") or ".seam"
    odoo = environment.get("SEAM_URL") or "http://127.0.0.1:8069"
    parser = argparse.ArgumentParser(prog="simulators.wms", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=int(environment.get("SEAM_WMS_PORT") or 8071))
    parser.add_argument("--target", default=f"{odoo}/seam/v1/warehouse")
    parser.add_argument(
        "--secret-file", default=environment.get("SEAM_DEMO_SECRET_FILE") or f"{data}/shop.secret"
    )
    parser.add_argument("--state-dir", default=f"{data}/wms")
    parser.add_argument("--pace", type=float, default=5, help="seconds between two steps")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
