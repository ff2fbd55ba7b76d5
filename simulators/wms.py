"""A warehouse's software (WMS) that ships what it is asked to, and misbehaves when it is told to.

It speaks the documents of addons/seam_stock in both directions: requests come in by POST and are
answered with a number of its own; statuses, shipments, receipts, adjustments and snapshots go out as
signed webhooks.
"""

from simulators import running, secret_file
from simulators.catalogue import Catalogue
from simulators.documents import DocumentServer, ServerFaults
from simulators.warehouse.books import Books
from simulators.warehouse.courier import Courier, EventFaults
from simulators.warehouse.store import Store
from simulators.warehouse.web import Handler
from simulators.warehouse.work import Clock, Work

# The one warehouse of the demo company that somebody else runs.
WAREHOUSES = {"north": "NORTH"}


class RunningWms(running.Running):
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
        self.set_up(DocumentServer(port, Handler, self), self.courier, Clock(self.work))

    def close(self):
        self.store.close()


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
    running.run(
        "warehouse",
        given,
        lambda: RunningWms(
            given.port, given.target, secret, given.state_dir, stock, items, given.pace,
            given.seed, restock=True,
        ),
    )  # fmt: skip


def _arguments(words):
    parser = running.parser("wms", __doc__, ("SEAM_WMS_PORT", 8071), "/seam/v1/warehouse")
    parser.add_argument("--pace", type=float, default=5, help="seconds between two steps")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
