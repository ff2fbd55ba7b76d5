"""A small shop that behaves like WooCommerce.

As a library, for tests and benchmarks, nothing needs to run:

    from simulators.shop import Shop

    shop = Shop(seed=1)
    order = shop.build_order(1)             # always the same one; total agrees with its lines
    content = shop.body(order)              # the bytes WooCommerce would send
    requests.post(url, data=content, headers=shop.headers("order.created", content, secret))
"""

import argparse
import os
import signal
import threading
from pathlib import Path

from simulators import secret_file, webhook
from simulators.beat import Beat
from simulators.catalogue import Catalogue
from simulators.desk import OPENING, Desk
from simulators.orders import OrderBuilder
from simulators.rest import Faults
from simulators.store import Store
from simulators.web import Server


class Shop:
    """The orders of one shop, and how it signs them. Keyword arguments are those of OrderBuilder."""

    body = staticmethod(webhook.body)
    sign = staticmethod(webhook.sign)
    headers = staticmethod(webhook.headers)

    def __init__(self, seed=0, catalogue=None, **settings):
        self.catalogue = catalogue or Catalogue()
        self.builder = OrderBuilder(self.catalogue, seed=seed, **settings)
        self.url = self.builder.url

    def build_order(self, n, **wishes):
        """Order number `n`; see OrderBuilder.build for what can be wished."""
        return self.builder.build(n, **wishes)

    def orders(self, count, first=1, **wishes):
        """`count` orders, one after the other."""
        return (self.build_order(n, **wishes) for n in range(first, first + count))


class RunningShop:
    """A shop that serves and sends, from `start` (or `with`) until `stop`.

    port        where it listens on 127.0.0.1; 0 takes a free one
    target      address of Seam's flow for its orders
    secrets     as secret_file.ensure gives them
    state_dir   where it keeps its orders
    rate        orders a minute it sends by itself
    opening     kinds it sends first, one a second
    """

    def __init__(self, port, target, secrets, state_dir, rate=0.0, opening=(), seed=0, **settings):
        self.store = Store(state_dir)
        self.faults = Faults(seed)
        self.server = Server(port, None, None, self.faults)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        shop = Shop(seed=seed, url=self.url)
        self.desk = Desk(shop, self.store, target, secrets, seed=seed, **settings)
        self.beat = Beat(self.desk, rate, opening)
        self.server.desk, self.server.beat = self.desk, self.beat

    def start(self):
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()
        self.beat.start()
        return self

    def stop(self):
        self.beat.end()
        self.desk.close()
        self.server.over.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def main(words=None):
    """`python -m simulators.shop`: serve until SIGTERM or Ctrl-C."""
    given = _arguments(words)
    store = Path(given.state_dir) / "shop.sqlite3"
    opening = OPENING if given.opening and not store.exists() else ()
    secrets = secret_file.ensure(given.secret_file)
    try:
        shop = RunningShop(
            given.port, given.target, secrets, given.state_dir, given.rate, opening, given.seed
        )
    except OSError as error:
        raise SystemExit(f"Port {given.port} is not to be had: {error.strerror}.") from error
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    parent, shop.server.loud = os.getppid(), True
    with shop:
        print(f"The shop is open on {shop.url} and sends to {given.target}.", flush=True)
        while not ended.wait(1):
            # `make run` was killed without a chance to end us.
            if os.environ.get("SEAM_END_WITH_PARENT") and os.getppid() != parent:
                break


def _arguments(words):
    environment = os.environ
    data = environment.get("SEAM_DATA") or ".seam"
    odoo = environment.get("SEAM_URL") or "http://127.0.0.1:8069"
    parser = argparse.ArgumentParser(prog="simulators.shop", description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=int(environment.get("SEAM_SHOP_PORT") or 8070))
    parser.add_argument("--target", default=f"{odoo}/seam/v1/shop/orders")
    parser.add_argument(
        "--secret-file", default=environment.get("SEAM_DEMO_SECRET_FILE") or f"{data}/shop.secret"
    )
    parser.add_argument("--state-dir", default=f"{data}/shop")
    parser.add_argument("--rate", type=float, default=0, help="orders a minute")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--opening", action="store_true", help="a new shop sends one of several kinds first"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
