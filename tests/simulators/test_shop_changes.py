"""What the shop does when it is told from outside, as WooCommerce does it."""

import base64
import http.client
import json
import urllib.error
import urllib.request

import pytest

from simulators import secret_file
from simulators.shop import RunningShop
from tests.simulators.kit import PATIENCE, until

API = "/wp-json/wc/v3"


@pytest.fixture(name="secrets")
def _secrets(tmp_path):
    return secret_file.ensure(tmp_path / "shop.secret")


@pytest.fixture(name="shop")
def _shop(secrets, tmp_path):
    # Nobody listens: what it sends is in its list all the same.
    with RunningShop(0, "http://127.0.0.1:9/orders", secrets, tmp_path / "shop") as shop:
        yield shop


@pytest.fixture(name="call")
def _call(shop, secrets):
    def call(method, path, body=None, timeout=PATIENCE):
        """:return: (status, content)"""
        token = f"{secrets['consumer_key']}:{secrets['consumer_secret']}".encode()
        headers = {
            "Authorization": "Basic " + base64.b64encode(token).decode(),
            "Content-Type": "application/json",
        }
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(shop.url + API + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    return call


@pytest.fixture(name="order")
def _order(shop):
    return shop.desk._new("good", status="processing")


def updates(shop, count):
    """Wait for so many webhooks of changed orders. :return: how many there are"""

    def sent():
        return [each for each in shop.store.deliveries() if each["topic"] == "order.updated"]

    until(lambda: len(sent()) >= count)
    return len(sent())


def test_a_status_is_set_and_its_webhook_follows_once(shop, call, order):
    status, changed = call("PUT", f"/orders/{order['id']}", {"status": "completed"})
    assert (status, changed["status"]) == (200, "completed")
    assert changed["date_completed_gmt"]
    call("PUT", f"/orders/{order['id']}", {"status": "completed"})
    assert updates(shop, 1) == 1
    assert call("PUT", f"/orders/{order['id']}", {"status": "sent"})[0] == 400
    status, content = call("PUT", "/orders/1234567", {"status": "completed"})
    assert (status, content["code"]) == (404, "woocommerce_rest_shop_order_invalid_id")


def test_notes_are_kept_each_time(call, order):
    path = f"/orders/{order['id']}/notes"
    for _ in range(2):
        assert call("POST", path, {"note": "On its way", "customer_note": True})[0] == 201
    notes = call("GET", path)[1]
    assert [note["note"] for note in notes] == ["On its way"] * 2
    assert notes[0]["id"] != notes[1]["id"]


def test_a_refund_is_listed_with_what_it_was_marked_with(shop, call, order):
    path, line = f"/orders/{order['id']}/refunds", order["line_items"][0]
    body = {
        "amount": "1.00",
        "reason": "Broken",
        "line_items": [{"id": line["id"], "quantity": 1, "refund_total": "1.00"}],
        "meta_data": [{"key": "_seam_key", "value": "k"}],
    }
    assert call("POST", path, body)[0] == 201
    (refund,) = call("GET", path)[1]
    assert (refund["amount"], refund["meta_data"]) == ("1.00", body["meta_data"])
    about = refund["line_items"][0]["meta_data"][0]
    assert (about["key"], about["value"]) == ("_refunded_item_id", str(line["id"]))
    assert updates(shop, 1) == 1
    status, content = call("POST", path, {"amount": order["total"]})
    assert (status, content["code"]) == (500, "woocommerce_rest_cannot_create_order_refund")
    left = f"{float(order['total']) - 1:.2f}"
    assert call("POST", path, {"amount": left})[0] == 201
    assert call("GET", f"/orders/{order['id']}")[1]["status"] == "refunded"


def test_stock_is_set_of_products_and_variations(call):
    products = call("GET", "/products?per_page=100")[1]
    simple = next(product for product in products if product["type"] == "simple")
    variable = next(product for product in products if product["type"] == "variable")
    level = {"manage_stock": True, "stock_quantity": 7}
    assert call("PUT", f"/products/{simple['id']}", level)[1]["stock_quantity"] == 7
    path = f"/products/{variable['id']}/variations"
    variation = call("GET", path)[1][0]
    assert call("PUT", f"{path}/{variation['id']}", level)[1]["stock_quantity"] == 7
    assert call("GET", path)[1][0]["stock_quantity"] == 7
    assert call("PUT", "/products/999999", level)[0] == 404


@pytest.mark.parametrize("fault", ["reset_after", "timeout", "error_after"])
def test_it_acts_although_it_does_not_say_so(shop, call, order, fault):
    shop.faults.change({fault: {"times": 1}})
    path = f"/orders/{order['id']}/notes"
    with pytest.raises((OSError, ValueError, http.client.HTTPException)):
        call("POST", path, {"note": "Shipped."}, timeout=0.5)
    until(lambda: shop.faults.taken[fault])
    assert [note["note"] for note in call("GET", path)[1]] == ["Shipped."]
    call("POST", path, {"note": "Shipped."})
    with urllib.request.urlopen(f"{shop.url}/audit") as answer:
        audit = json.load(answer)
    assert audit["effects"] == {f"note/{order['id']}/Shipped.": 2}
    assert (audit["statuses"], audit["faults"]) == ({str(order["id"]): "processing"}, {fault: 1})
