"""Orders as the shop computes them: what WooCommerce promises about its numbers holds for each."""

import base64
import hashlib
import hmac
import json
from decimal import Decimal
from pathlib import Path

import pytest

from simulators.shop import Shop
from tools.settings import ROOT

SPECS = ROOT.parent / "shared" / "specs" / "woocommerce"


def total(lines, field="total"):
    return sum((Decimal(line[field]) for line in lines), Decimal(0))


@pytest.mark.parametrize("inclusive", [False, True], ids=["tax on top", "tax included"])
def test_every_order_adds_up(inclusive):
    for order in Shop(seed=7, prices_include_tax=inclusive).orders(500):
        charged = [*order["line_items"], *order["shipping_lines"], *order["fee_lines"]]
        assert Decimal(order["total"]) == total(charged) + total(charged, "total_tax")
        assert Decimal(order["total_tax"]) == total(charged, "total_tax")
        assert Decimal(order["total_tax"]) == total(order["tax_lines"], "tax_total") + total(
            order["tax_lines"], "shipping_tax_total"
        )
        assert Decimal(order["discount_total"]) == total(order["coupon_lines"], "discount")
        for line in charged:
            assert total(line["taxes"]) == Decimal(line["total_tax"])


def test_tax_is_rounded_line_by_line():
    for order in Shop().orders(200):
        for line in order["line_items"]:
            rate = Decimal(5 if line["tax_class"] else 15) if line["taxes"] else Decimal(0)
            exact = Decimal(line["total"]) * rate / 100
            assert abs(Decimal(line["total_tax"]) - exact) <= Decimal("0.005")


def test_prices_with_tax_included_are_what_the_customer_pays():
    shop = Shop(prices_include_tax=True)
    home = [each for each in shop.catalogue.customers if each["country"] == "US"]
    prices = {product.sku: Decimal(product.price) for product in shop.catalogue.products}
    for order in shop.orders(200, customers=home):
        for line in order["line_items"]:
            paid = Decimal(line["subtotal"]) + Decimal(line["subtotal_tax"])
            assert paid == prices[line["sku"]] * line["quantity"]


def test_the_same_number_is_the_same_order_and_another_one_is_not():
    first, again, other = Shop(seed=3), Shop(seed=3), Shop(seed=4)
    assert first.body(first.build_order(9)) == again.body(again.build_order(9))
    assert first.build_order(9) != other.build_order(9)
    orders = list(first.orders(300))
    assert len({order["id"] for order in orders}) == 300
    ids = [line["id"] for order in orders for line in order["line_items"]]
    assert len(ids) == len(set(ids))


def test_wishes_are_heard():
    shop = Shop()
    order = shop.build_order(1, products=shop.catalogue.services, lines=2, status="on-hold")
    assert order["status"] == "on-hold" and order["date_paid"] is None
    assert len(order["line_items"]) == 2
    assert all(line["sku"].startswith("SRV-") for line in order["line_items"])


def test_every_sku_is_one_thing():
    catalogue = Shop().catalogue
    skus = [product.sku for product in catalogue.products + catalogue.unknown_products]
    assert len(skus) == len(set(skus))
    assert len(catalogue.data["products"]) == 20 and len(catalogue.customers) == 30


def test_the_signature_is_woocommerces():
    shop = Shop()
    content = shop.body({"id": 727, "note": "naïve/…"})
    assert content == rb'{"id":727,"note":"na\u00efve\/\u2026"}'
    headers = shop.headers("order.created", content, "s3cret")
    digest = hmac.new(b"s3cret", content, hashlib.sha256).digest()
    assert base64.b64decode(headers["X-WC-Webhook-Signature"]) == digest
    assert headers["X-WC-Webhook-Resource"] == "order"
    assert headers["X-WC-Webhook-Event"] == "created"


@pytest.mark.parametrize("name", ["order_1.json", "order_2.json"])
def test_the_shape_is_that_of_woocommerces_own_samples(name):
    """Every field of the vendor's sample is there, and of the same type."""
    sample = SPECS / name
    if not sample.exists():
        pytest.skip(f"{sample} is not here")
    theirs = json.loads(Path(sample).read_text())
    ours = merged(Shop().orders(100))
    assert missing(theirs, ours) == []


def merged(orders):
    """One order that has a line of each kind."""
    whole = {}
    for order in orders:
        for key, value in order.items():
            if not whole.get(key):
                whole[key] = value
    return whole


def missing(theirs, ours, path=""):
    if isinstance(theirs, dict) and isinstance(ours, dict):
        lost = [f"{path}/{key}" for key in theirs if key not in ours]
        return lost + [
            each
            for key in theirs
            if key in ours
            for each in missing(theirs[key], ours[key], f"{path}/{key}")
        ]
    if isinstance(theirs, list) and theirs and ours:
        return missing(theirs[0], ours[0], f"{path}/0")
    same = isinstance(ours, type(theirs)) or ours is None or theirs is None
    same = same or {type(ours), type(theirs)} <= {int, float}
    return [] if same else [f"{path}: {type(ours).__name__}"]
