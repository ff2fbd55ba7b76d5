"""A small shop that behaves like WooCommerce.

As a library, for tests and benchmarks, nothing needs to run:

    from simulators.shop import Shop

    shop = Shop(seed=1)
    order = shop.build_order(1)             # always the same one; total agrees with its lines
    content = shop.body(order)              # the bytes WooCommerce would send
    requests.post(url, data=content, headers=shop.headers("order.created", content, secret))
"""

from pathlib import Path

from simulators import running, secret_file, webhook
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


class RunningShop(running.Running):
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
        server = Server(port, None, None, self.faults)
        shop = Shop(seed=seed, url=f"http://127.0.0.1:{server.server_port}")
        self.desk = Desk(shop, self.store, target, secrets, seed=seed, **settings)
        self.beat = Beat(self.desk, rate, opening)
        server.desk, server.beat = self.desk, self.beat
        self.set_up(server, self.beat)

    def close(self):
        self.desk.close()


def main(words=None):
    """`python -m simulators.shop`: serve until SIGTERM or Ctrl-C."""
    given = _arguments(words)
    store = Path(given.state_dir) / "shop.sqlite3"
    opening = OPENING if given.opening and not store.exists() else ()
    secrets = secret_file.ensure(given.secret_file)
    running.run(
        "shop",
        given,
        lambda: RunningShop(
            given.port, given.target, secrets, given.state_dir, given.rate, opening, given.seed
        ),
    )


def _arguments(words):
    port = ("SEAM_SHOP_PORT", 8070)
    parser = running.parser("shop", __doc__, port, "/seam/v1/shop/orders")
    parser.add_argument("--rate", type=float, default=0, help="orders a minute")
    parser.add_argument(
        "--opening", action="store_true", help="a new shop sends one of several kinds first"
    )
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
