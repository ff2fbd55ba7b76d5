"""The shop as its customers' ERP sees it: it serves, it sends, it misbehaves when told to."""

import base64
import datetime
import json
import os
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest

from simulators import secret_file, webhook
from simulators.shop import RunningShop
from tests.simulators import kit
from tests.simulators.kit import control, until
from tools.processes import free_port
from tools.settings import ROOT

ORDERS = "/wp-json/wc/v3/orders"


class Erp(kit.Erp):
    """`got` has (headers by lower-case name, content)."""

    def check(self, headers, content):
        """The tests look at the signature, and send what is not signed."""

    def kept(self, headers, content):
        return headers, content


@pytest.fixture(name="erp")
def _erp():
    with kit.serving(Erp) as server:
        yield server


@pytest.fixture(name="secrets")
def _secrets(tmp_path):
    return secret_file.ensure(tmp_path / "secret")


@pytest.fixture(name="shop")
def _shop(erp, secrets, tmp_path):
    target = f"http://127.0.0.1:{erp.server_port}/seam/v1/shop/orders"
    with RunningShop(0, target, secrets, tmp_path / "shop", lateness=0.2) as shop:
        yield shop


def send(shop, kind, count=1):
    return control(shop, {"send": {"kind": kind, "count": count}})["sent"]


def call(shop, secrets, path=ORDERS, key=None, **query):
    """GET → (status, headers, content)"""
    token = f"{key or secrets['consumer_key']}:{secrets['consumer_secret']}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(token).decode()}
    url = f"{shop.url}{path}?{urlencode(query)}"
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as it:
            return it.status, it.headers, json.load(it)
    except urllib.error.HTTPError as error:
        content = error.read()
        return error.code, error.headers, json.loads(content) if content[:1] == b"{" else content


# -- what it sends -----------------------------------------------------------------


def test_a_good_order_is_signed_as_woocommerce_signs(shop, erp, secrets):
    (delivery,) = send(shop, "good")
    assert delivery["status"] == 202
    headers, content = erp.got[0]
    assert headers["x-wc-webhook-topic"] == "order.created"
    assert headers["x-wc-webhook-signature"] == webhook.sign(content, secrets["webhook_secret"])
    assert headers["x-wc-webhook-source"] == shop.url + "/"
    assert json.loads(content)["id"] == delivery["order_id"]


def test_each_kind_of_wrong_is_wrong_in_its_own_way(shop, erp, secrets):
    for kind in ("unknown_sku", "off_by_a_cent", "renamed_field", "retyped_field"):
        send(shop, kind)
    unknown, cent, renamed, retyped = (json.loads(content) for _, content in erp.got)
    assert unknown["line_items"][0]["sku"].endswith("-NEW")
    assert "line_items" not in renamed and "sku" not in renamed["positions"][0]
    assert isinstance(retyped["line_items"][0]["quantity"], str)
    lines = [*cent["line_items"], *cent["shipping_lines"], *cent["fee_lines"]]
    whole = sum(round(100 * (float(line["total"]) + float(line["total_tax"]))) for line in lines)
    assert round(100 * float(cent["total"])) == whole + 1
    send(shop, "bad_signature")
    headers, content = erp.got[-1]
    assert headers["x-wc-webhook-signature"] != webhook.sign(content, secrets["webhook_secret"])
    send(shop, "not_json")
    headers, content = erp.got[-1]
    assert headers["x-wc-webhook-signature"] == webhook.sign(content, secrets["webhook_secret"])
    with pytest.raises(ValueError):
        json.loads(content)


def test_doubled_are_the_same_bytes_under_two_delivery_ids(shop, erp):
    send(shop, "doubled")
    (one, content), (two, again) = erp.got
    assert content == again
    assert one["x-wc-webhook-delivery-id"] != two["x-wc-webhook-delivery-id"]


def test_reordered_sends_the_update_first(shop, erp):
    send(shop, "reordered")
    topics = [headers["x-wc-webhook-topic"] for headers, _ in erp.got]
    update, creation = (json.loads(content) for _, content in erp.got)
    assert topics == ["order.updated", "order.created"]
    assert update["id"] == creation["id"]
    assert update["date_modified_gmt"] > creation["date_modified_gmt"]


def test_late_comes_late_and_unsent_never(shop, erp):
    shop.desk.lateness = 3
    assert send(shop, "late") == [] and erp.got == []
    send(shop, "unsent")
    until(lambda: erp.got)
    assert len(erp.got) == 1
    assert control(shop)["orders_count"] == 2


def test_an_order_that_is_asked_for_is_kept_and_told_by_who_asked(shop, erp, secrets):
    made = control(shop, {"make": {}})["made"]
    other = control(shop, {"make": {"unknown_sku": True}})["made"]
    assert [made["id"], other["id"]] == sorted({made["id"], other["id"]})
    assert other["line_items"][0]["sku"].endswith("-NEW")
    assert call(shop, secrets, f"{ORDERS}/{made['id']}")[2]["number"] == made["number"]
    assert control(shop)["orders_count"] == 2
    assert not erp.got


def test_what_happens_to_orders_later(shop, erp):
    """Each change is one webhook; where there is nothing to change, an order is sent first."""
    for kind, status in (
        ("paid", "processing"),
        ("update", "processing"),
        ("cancel", "cancelled"),
        ("complete", "completed"),
    ):
        send(shop, kind)
        headers, content = erp.got[-1]
        assert headers["x-wc-webhook-topic"] == "order.updated"
        assert json.loads(content)["status"] == status
    first = json.loads(erp.got[0][1])
    assert (first["status"], first["date_paid"]) == ("on-hold", None)
    send(shop, "delete")
    assert list(json.loads(erp.got[-1][1])) == ["id"]


def test_a_refund_names_its_lines_where_woocommerce_names_them(shop, erp, secrets):
    send(shop, "refund")
    order = json.loads(erp.got[-1][1])
    assert erp.got[-1][0]["x-wc-webhook-topic"] == "order.updated"
    _, _, refunds = call(shop, secrets, f"{ORDERS}/{order['id']}/refunds")
    assert [each["id"] for each in order["refunds"]] == [each["id"] for each in refunds]
    assert order["refunds"][0]["total"] == "-" + refunds[0]["amount"]
    line = refunds[0]["line_items"][0]
    assert line["quantity"] == -1 and line["total"].startswith("-")
    assert line["meta_data"][0]["value"] == str(order["line_items"][0]["id"])


def test_an_erp_that_is_away_is_told_and_not_tried_again(shop, erp):
    erp.shutdown()
    erp.server_close()
    (delivery,) = send(shop, "good")
    assert delivery["status"] is None and delivery["error"]
    assert control(shop)["deliveries_count"] == {"good": {"none": 1}}


def test_it_sends_by_itself_at_the_rate(shop, erp):
    control(shop, {"rate": 1200, "mix": {"good": 1}})
    until(lambda: len(erp.got) >= 10)
    control(shop, {"rate": 0})


# -- what it serves ----------------------------------------------------------------


def test_pages_by_change_date(shop, secrets):
    send(shop, "unsent", 25)
    seen, page = [], 1
    while True:
        status, headers, orders = call(
            shop, secrets, orderby="modified", order="asc", per_page=10, page=page,
            dates_are_gmt="true", modified_after="2020-01-01T00:00:00",
        )  # fmt: skip
        assert status == 200
        assert (headers["X-WP-Total"], headers["X-WP-TotalPages"]) == ("25", "3")
        seen += [order["id"] for order in orders]
        if page == int(headers["X-WP-TotalPages"]):
            break
        page += 1
    assert seen == sorted(set(seen)) and len(seen) == 25
    assert call(shop, secrets, page=9)[2] == []
    assert call(shop, secrets, modified_after="2100-01-01T00:00:00")[2] == []
    _, _, order = call(shop, secrets, f"{ORDERS}/{seen[0]}")
    assert order["id"] == seen[0]


def test_dates_are_the_shops_own_unless_said(shop, secrets):
    """The shop is five hours behind UTC: who forgets dates_are_gmt gets nothing for five hours."""
    send(shop, "unsent")
    _, _, (order,) = call(shop, secrets)
    made = datetime.datetime.fromisoformat(order["date_modified_gmt"])
    before = (made - datetime.timedelta(seconds=1)).isoformat()
    assert call(shop, secrets, modified_after=before)[2] == []
    assert len(call(shop, secrets, modified_after=before, dates_are_gmt="true")[2]) == 1
    after = made.isoformat()
    assert call(shop, secrets, modified_after=after, dates_are_gmt="true")[2] == []


def test_errors_are_in_woocommerces_words(shop, secrets):
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(shop.url + ORDERS)
    assert caught.value.code == 401
    assert json.load(caught.value)["code"] == "woocommerce_rest_cannot_view"
    status, _, content = call(shop, secrets, key="ck_other")
    assert (status, content["code"]) == (401, "woocommerce_rest_authentication_error")
    assert call(shop, secrets, ORDERS + "/1")[2]["code"] == "woocommerce_rest_shop_order_invalid_id"
    assert call(shop, secrets, "/wp-json/wc/v3/nothing")[2]["code"] == "rest_no_route"
    status, _, content = call(shop, secrets, per_page=500)
    assert (status, content["data"]["params"]) == (400, {"per_page": "per_page is not valid."})


def test_faults_of_the_server(shop, secrets):
    control(shop, {"faults": {"too_many": {"times": 1, "retry_after": 7}}})
    status, headers, _ = call(shop, secrets)
    assert (status, headers["Retry-After"]) == (429, "7")
    assert call(shop, secrets)[0] == 200
    control(shop, {"faults": {"error_500": 1}})
    assert call(shop, secrets)[0] == 500
    control(shop, {"faults": {"error_500": None, "reset": {"times": 1}}})
    with pytest.raises((ConnectionError, urllib.error.URLError)):
        call(shop, secrets)
    control(shop, {"faults": {"latency": 0.3}})
    begun = time.monotonic()
    assert call(shop, secrets)[0] == 200
    assert time.monotonic() - begun >= 0.3
    assert control(shop, {"faults": {"latency": 0}})["faults"] == {}


def test_page_drift_moves_an_order_behind_the_reader(shop, secrets):
    send(shop, "unsent", 20)
    control(shop, {"faults": {"page_drift": 1}})
    query = {"orderby": "modified", "order": "asc", "per_page": 10}
    _, _, first = call(shop, secrets, page=1, **query)
    _, _, second = call(shop, secrets, page=2, **query)
    assert max(order["date_modified_gmt"] for order in second) > max(
        order["date_modified_gmt"] for order in first
    )


# -- how it is ruled ---------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Origin": "https://evil.example"},
        {"Content-Type": "text/plain"},
    ],
)
def test_pages_of_others_cannot_rule_it(shop, erp, headers):
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(shop, {"send": {"kind": "good"}}, **headers)
    assert caught.value.code == 403 and erp.got == []


@pytest.mark.parametrize(
    "wishes",
    [{"send": {"kind": "odd"}}, {"faults": {"odd": 1}}, {"sned": {}}, {"rate": "fast"}, []],
)
def test_a_wish_it_does_not_understand_is_told(shop, wishes):
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(shop, wishes or [1])
    assert caught.value.code == 400 and json.load(caught.value)["error"]


def test_its_page_stands_alone(shop):
    with urllib.request.urlopen(shop.url) as answer:
        page = answer.read().decode()
    assert "<html lang=" in page and "https://" not in page
    for kind in control(shop)["kinds"]:
        assert f"{kind}:" in page, f"no button for {kind}"


def test_ids_go_on_after_a_restart(erp, secrets, tmp_path):
    target = f"http://127.0.0.1:{erp.server_port}/"
    for _ in range(2):
        with RunningShop(0, target, secrets, tmp_path / "shop") as shop:
            send(shop, "good", 2)
    ids = [json.loads(content)["id"] for _, content in erp.got]
    assert len(set(ids)) == 4 and ids == sorted(ids)


def test_the_secret_is_made_once_and_is_ours_alone(tmp_path):
    first = secret_file.ensure(tmp_path / "deep" / "secret")
    assert secret_file.ensure(tmp_path / "deep" / "secret") == first
    assert stat.S_IMODE((tmp_path / "deep" / "secret").stat().st_mode) == 0o600
    assert secret_file.ensure(tmp_path / "other") != first


def test_as_a_program_it_ends_when_told(erp, tmp_path):
    environment = {**os.environ, "SEAM_DATA": str(tmp_path), "SEAM_SHOP_PORT": str(free_port())}
    target = f"http://127.0.0.1:{erp.server_port}/"
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.shop", "--target", target, "--opening"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert environment["SEAM_SHOP_PORT"] in process.stdout.readline()
    until(lambda: erp.got)
    process.send_signal(signal.SIGTERM)
    assert process.wait(kit.PATIENCE) == 0
