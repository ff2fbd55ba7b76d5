"""A small shop that behaves like WooCommerce.

As a library, for tests and benchmarks, nothing needs to run:

    from simulators.shop import Shop

    shop = Shop(seed=1)
    order = shop.build_order(1)             # always the same one; total agrees with its lines
    content = shop.body(order)              # the bytes WooCommerce would send
    requests.post(url, data=content, headers=shop.headers("order.created", content, secret))
"""

from simulators import webhook
from simulators.catalogue import Catalogue
from simulators.orders import OrderBuilder


class Shop:
    """The orders of one shop, and how it signs them. Keyword arguments are those of OrderBuilder."""

    body = staticmethod(webhook.body)
    sign = staticmethod(webhook.sign)
    headers = staticmethod(webhook.headers)

    def __init__(self, seed=0, catalogue=None, **settings):
        self.catalogue = catalogue or Catalogue()
        self.builder = OrderBuilder(self.catalogue, seed=seed, **settings)

    def build_order(self, n, **wishes):
        """Order number `n`; see OrderBuilder.build for what can be wished."""
        return self.builder.build(n, **wishes)

    def orders(self, count, first=1, **wishes):
        """`count` orders, one after the other."""
        return (self.build_order(n, **wishes) for n in range(first, first + count))
