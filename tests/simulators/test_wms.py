"""The warehouse as its customers' ERP sees it: it ships what it is asked to, once, and misbehaves when told to."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request

import jsonschema
import pytest

from simulators import secret_file
from simulators.wms import RunningWms, demo_goods
from tests.simulators import kit
from tests.simulators.kit import SECRET, control, text, until
from tools.processes import free_port
from tools.settings import ADDONS, ROOT

CONTRACTS = {
    "statuses": "stock-status",
    "shipments": "stock-shipment",
    "receipts": "stock-receipt",
    "adjustments": "stock-adjustment",
    "snapshots": "stock-snapshot",
}
SMOOTH = dict.fromkeys(["partial", "short", "receipt_short", "receipt_over", "receipt_damaged"], 0)


_erp = kit._erp


@pytest.fixture(name="wms")
def _wms(erp):
    stock = {"NORTH": {"TENT": {"": 50}, "GAS": {"L1": 3, "L2": 40}, "GPS": {"A": 1, "B": 1}}}
    items = [
        {"sku": "TENT", "name": "Tent", "units": [{"unit": "Dozens", "factor": 12}]},
        {"sku": "GAS", "name": "Gas", "tracking": "lot"},
        {"sku": "GPS", "name": "GPS", "tracking": "serial"},
    ]
    with RunningWms(
        0, f"http://127.0.0.1:{erp.server_port}/seam/v1/warehouse", SECRET, stock=stock,
        items=items, pace=0.03, seed=3, reordered=1, delayed=2,
    ) as wms:  # fmt: skip
        wms.work.chances = dict(SMOOTH)
        yield wms


def request(number="OUT/1", *lines, action="request", revision=1, **values):
    return {
        "id": number,
        "action": action,
        "revision": revision,
        "number": number,
        "modified": "2026-01-05T09:00:00Z",
        "warehouse": "NORTH",
        "priority": "normal",
        "partial": True,
        "address": {"name": "Ada"},
        "lines": [
            {
                "id": f"{number}-{place}",
                "product_id": "1",
                "sku": sku,
                "quantity": quantity,
                "unit": "Units",
                **more,
            }
            for place, (sku, quantity, more) in enumerate(
                (sku, quantity, more[0] if more else {})
                for sku, quantity, *more in (lines or [("TENT", 5)])
            )
        ],
        **values,
    }


def call(wms, document=None, key="key-1", path="deliveries", timeout=kit.PATIENCE, **headers):
    """POST a document, or GET what became of a key → (status, content)"""
    return kit.call(wms, path, document, key, timeout, **headers)


def told(erp, flow, **values):
    return [
        document
        for name, _id, document in list(erp.got)
        if name == flow and all(document.get(key) == value for key, value in values.items())
    ]


def breaches(flow, document):
    """In which ways a document breaks its contract → list of sentences"""
    text = (ADDONS / "seam_stock" / "contracts" / CONTRACTS[flow] / "1.0.0.json").read_text()
    form = jsonschema.Draft202012Validator(
        json.loads(text), format_checker=jsonschema.FormatChecker(["date-time", "date"])
    )
    return [error.message for error in form.iter_errors(document)]


def closed(wms, erp, number="OUT/1", state="shipped"):
    """Wait until a delivery has come to its end, and everything of it is told → what the audit says"""

    def is_closed():
        # A state, and that it is to be told, come together.
        with wms.books.lock:
            record = wms.books.records["delivery"].get(number, {})
            return record.get("state") == state and not wms.courier.waiting()

    until(is_closed)
    return control(wms, path="/audit")["deliveries"][number]


# -- the interface -----------------------------------------------------------------------


def test_the_same_key_has_one_effect_and_one_answer(wms, erp):
    status, first = call(wms, request())
    assert status == 201 and first["id"].startswith("D") and first["state"] == "new"
    assert call(wms, request()) == (200, first)
    assert call(wms, request("OUT/2"))[0] == 409
    assert call(wms) == (200, first)
    assert call(wms, key="other")[0] == 404
    audit = control(wms, path="/audit")
    assert (audit["effects"], audit["repeats"], list(audit["deliveries"])) == (
        {"key-1": 1}, 1, ["OUT/1"],
    )  # fmt: skip


def test_a_forgetful_warehouse_acts_twice_and_says_so(wms, erp):
    control(wms, {"forgetful": True})
    call(wms, request())
    assert call(wms)[0] == 200, "who asks before learns that it has it"
    assert call(wms, request())[0] == 201
    assert control(wms, path="/audit")["effects"] == {"key-1": 2}


def test_a_request_under_two_keys_is_seen(wms):
    call(wms, request(), key="a")
    call(wms, request(), key="b")
    assert control(wms, path="/audit")["twice"] == {"delivery/OUT/1/1": ["a", "b"]}


def test_only_its_customer_is_heard(wms):
    assert call(wms, request(), **{"webhook-signature": "v1,AAAA"})[0] == 401
    assert call(wms, request(), **{"webhook-timestamp": "1700000000"})[0] == 401
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{wms.url}/api/deliveries/key-1")
    assert caught.value.code == 401
    assert control(wms, path="/audit")["effects"] == {}


@pytest.mark.parametrize(
    ("document", "status"),
    [
        (request("OUT/1", ("ANVIL", 1)), 422),
        (request("OUT/1", ("TENT", 1, {"unit": "Boxes"})), 422),
        ({"id": "OUT/1"}, 422),
        (request(action="cancel"), 404),
    ],
)
def test_what_it_cannot_do_is_told_at_once(wms, document, status):
    answered, content = call(wms, document)
    assert answered == status and content["error"]
    assert control(wms, path="/audit")["effects"] == {}


# -- its work ----------------------------------------------------------------------------


def test_a_delivery_is_accepted_picked_packed_and_shipped(wms, erp):
    call(wms, request("OUT/1", ("TENT", 2, {"unit": "Dozens"}), ("GAS", 5), ("GPS", 2)))
    end = closed(wms, erp)
    words = [each["status"] for each in told(erp, "statuses")]
    assert words == ["accepted", "picking", "packed", "shipped"]
    assert [each["at"] for each in told(erp, "statuses")] == sorted(
        {each["at"] for each in told(erp, "statuses")}
    )
    (shipment,) = told(erp, "shipments")
    assert shipment["final"] and shipment["packages"][0]["tracking"]
    lines = [(line["sku"], line.get("lot"), line["quantity"]) for line in shipment["lines"]]
    assert lines == [
        ("TENT", None, 24), ("GAS", "L1", 3), ("GAS", "L2", 2), ("GPS", "A", 1), ("GPS", "B", 1),
    ]  # fmt: skip
    assert end["moved"] == {"TENT": 24, "GAS": 5, "GPS": 2}
    stock = control(wms, path="/audit")["stock"]["NORTH"]
    assert stock == {"TENT": {"": 26}, "GAS": {"L2": 38}, "GPS": {}}


def test_parts_add_up_and_the_last_is_final(wms, erp):
    wms.work.chances["partial"] = 1
    for number in range(6):
        call(wms, request(f"OUT/{number}", ("TENT", 3), ("GAS", 2)), key=f"key-{number}")
    for number in range(6):
        end = closed(wms, erp, f"OUT/{number}")
        assert end["moved"] == {"TENT": 3, "GAS": 2}
        finals = [paper["final"] for paper in end["papers"]]
        assert 2 <= len(finals) <= 3 and finals == [False] * (len(finals) - 1) + [True]
        assert all(paper["lines"] for paper in end["papers"])
    call(wms, request("OUT/whole", partial=False), key="whole")
    assert len(closed(wms, erp, "OUT/whole")["papers"]) == 1


def test_a_short_pick_says_so_and_keeps_the_piece(wms, erp):
    wms.work.chances["short"] = 1
    call(wms, request())
    assert closed(wms, erp)["moved"] == {"TENT": 4}
    (shipment,) = told(erp, "shipments")
    assert shipment["final"] and shipment["reason"]["code"] == "SHORT"
    assert control(wms, path="/audit")["stock"]["NORTH"]["TENT"] == {"": 46}
    assert not wms.books.shelf.reserved["NORTH"]["TENT"]


def test_without_goods_it_waits_until_some_are_found(wms, erp):
    call(wms, request("OUT/1", ("TENT", 60)))
    until(lambda: told(erp, "statuses", status="waiting"))
    assert "50 of TENT" in told(erp, "statuses", status="waiting")[0]["reason"]["text"]
    control(wms, {"adjust": {"warehouse": "NORTH", "sku": "TENT", "delta": 10, "code": "FOUND"}})
    assert closed(wms, erp)["moved"] == {"TENT": 60}
    assert len(told(erp, "statuses", status="waiting")) == 1
    (adjustment,) = told(erp, "adjustments")
    assert isinstance(adjustment["delta"], int)
    assert (adjustment["delta"], adjustment["on_hand"]) == (10, 60)
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(wms, {"adjust": {"warehouse": "NORTH", "sku": "TENT", "delta": -1}})
    assert caught.value.code == 400


def test_changes_and_cancellations(wms, erp):
    control(wms, {"auto": False})
    call(wms, request(), key="1")
    call(wms, request("OUT/1", ("TENT", 2), action="change", revision=2), key="2")
    assert call(wms, request(), key="late")[0] == 201, "an older revision is known, and ignored"
    control(wms, {"ship": {"id": "OUT/1", "how": "part"}})
    until(lambda: not wms.courier.waiting())
    call(wms, request("OUT/1", ("TENT", 3), action="change", revision=3), key="3")
    control(wms, {"ship": {"id": "OUT/1"}})
    assert closed(wms, erp)["moved"] == {"TENT": 4}
    assert call(wms, request(action="change", revision=4), key="4")[0] == 409
    call(wms, request(action="cancel", revision=5), key="5")
    until(lambda: told(erp, "statuses", status="cancel_refused"))
    call(wms, request("OUT/2"), key="6")
    call(wms, request("OUT/2", action="cancel", revision=2), key="7")
    assert closed(wms, erp, "OUT/2", "cancelled")["papers"] == []
    assert call(wms, request("OUT/2", revision=3), key="8")[1]["state"] == "new"


def test_goods_come_in_as_announced_or_not(wms, erp):
    control(wms, {"auto": False})
    for number, how in enumerate(["exact", "short", "over", "damaged"]):
        document = request(f"IN/{how}", ("TENT", 5), ("GPS", 2)) | {"kind": "purchase"}
        assert call(wms, document, key=f"key-{number}", path="receipt-notices")[0] == 201
        control(wms, {"receive": {"id": f"IN/{how}", "how": how}})
    until(lambda: not wms.courier.waiting())
    audit = control(wms, path="/audit")
    moved = {key: sum(each["moved"].values()) for key, each in audit["notices"].items()}
    assert moved == {"IN/exact": 7, "IN/short": 6, "IN/over": 8, "IN/damaged": 7}
    (damaged,) = told(erp, "receipts", receipt="IN/damaged")
    assert [line["condition"] for line in damaged["lines"]] == ["damaged", "good", "good", "good"]
    assert all(line["lot"] for line in damaged["lines"] if line["sku"] == "GPS")
    assert audit["stock"]["NORTH"]["TENT"] == {"": 50 + 5 + 4 + 6 + 5}
    assert wms.books.shelf.free("NORTH", "TENT") == 69


def test_everything_it_says_keeps_the_contracts(wms, erp):
    wms.work.chances.update(dict.fromkeys(SMOOTH, 0.5))
    for number in range(8):
        call(wms, request(f"OUT/{number}", ("TENT", 2), ("GAS", 2)), key=f"d{number}")
        document = request(f"IN/{number}", ("TENT", 2), ("GPS", 3)) | {"kind": "purchase"}
        call(wms, document, key=f"n{number}", path="receipt-notices")
    call(wms, request("OUT/7", action="cancel", revision=2), key="c")
    control(wms, {"adjust": {"warehouse": "NORTH", "sku": "TENT", "delta": -1, "code": "BROKEN"}})
    until(lambda: not wms.work._open_records() and not wms.courier.waiting())
    control(wms, {"count": {"warehouse": "NORTH"}})
    until(lambda: told(erp, "snapshots"))
    assert {flow for flow, *_ in erp.got} == set(CONTRACTS)
    for flow in CONTRACTS:
        for document in told(erp, flow):
            assert breaches(flow, document) == []


# -- its faults --------------------------------------------------------------------------


@pytest.mark.parametrize("fault", ["error_500", "unavailable", "too_many", "reset"])
def test_before_it_acts(wms, fault):
    control(wms, {"faults": {fault: {"times": 1, "retry_after": 7}}})
    if fault == "reset":
        with pytest.raises((ConnectionError, urllib.error.URLError)):
            call(wms, request())
    else:
        statuses = {"error_500": 500, "unavailable": 503, "too_many": 429}
        assert call(wms, request())[0] == statuses[fault]
    assert control(wms, path="/audit")["effects"] == {}
    assert call(wms, request())[0] == 201
    assert control(wms, path="/audit")["faults"] == {fault: 1}


@pytest.mark.parametrize("fault", ["reset_after", "timeout", "error_after"])
def test_after_it_acted(wms, fault):
    """It has the order, and who asks or sends again learns so."""
    control(wms, {"faults": {fault: {"times": 1}}})
    if fault == "error_after":
        assert call(wms, request())[0] == 500
    else:
        with pytest.raises((ConnectionError, TimeoutError, urllib.error.URLError)):
            call(wms, request(), timeout=0.5)
        until(lambda: wms.faults.taken[fault])
    assert call(wms)[0] == 200
    assert call(wms, request())[0] == 200
    audit = control(wms, path="/audit")
    assert (audit["effects"], audit["repeats"]) == ({"key-1": 1}, 1)


def test_latency(wms):
    control(wms, {"faults": {"latency": 0.3}})
    begun = time.monotonic()
    assert call(wms, request())[0] == 201
    assert time.monotonic() - begun >= 0.3


def test_it_tells_again_until_it_is_answered(wms, erp):
    erp.answers[:] = [500, 503, 429, 401]
    call(wms, request())
    closed(wms, erp)
    assert [each["status"] for each in told(erp, "statuses")][0] == "accepted"
    assert len({number for _flow, number, _document in erp.got}) == 5


@pytest.mark.parametrize("status", [409, 422])
def test_what_is_not_understood_is_not_repeated(wms, erp, status):
    erp.answers[:] = [status]
    call(wms, request())
    closed(wms, erp)
    assert [each["status"] for each in told(erp, "statuses")] == ["picking", "packed", "shipped"]


def test_events_come_twice(wms, erp):
    control(wms, {"event_faults": {"doubled": {"times": 1}}})
    call(wms, request())
    closed(wms, erp)
    ids = [number for _flow, number, document in erp.got if document.get("status") == "accepted"]
    assert len(ids) == 2 and len(set(ids)) == 1
    control(wms, {"event_faults": {"repeated": 1}})
    call(wms, request("OUT/2"), key="2")
    closed(wms, erp, "OUT/2")
    first, second = told(erp, "shipments", delivery="OUT/2")
    assert first == second
    assert len({number for flow, number, _ in erp.got if flow == "shipments"}) == 3


@pytest.mark.parametrize("fault", ["reordered", "delayed"])
def test_events_overtake_each_other(wms, erp, fault):
    control(wms, {"event_faults": {fault: {"times": 1}}})
    call(wms, request())
    closed(wms, erp)
    words = [each["status"] for each in told(erp, "statuses")]
    assert sorted(words) == sorted(["accepted", "picking", "packed", "shipped"])
    assert words.index("accepted") > words.index("picking")


def test_old_news_after_new(wms, erp):
    control(wms, {"event_faults": {"stale": 1}})
    call(wms, request())
    closed(wms, erp)
    words = [each["status"] for each in told(erp, "statuses")]
    assert words == [
        "accepted", "picking", "accepted", "packed", "picking", "shipped", "packed",
    ]  # fmt: skip
    control(wms, {"count": {"warehouse": "NORTH"}})
    control(wms, {"adjust": {"warehouse": "NORTH", "sku": "TENT", "delta": 1}})
    control(wms, {"count": {"warehouse": "NORTH", "stale": True}})
    until(lambda: len(told(erp, "snapshots")) >= 2)
    first, second = told(erp, "snapshots")[:2]
    assert first["at"] == second["at"] and first["id"] != second["id"]


@pytest.mark.parametrize("fault", ["renamed_field", "missing_field", "retyped_field"])
def test_drift_breaks_every_contract_and_can_be_mended(wms, erp, fault):
    control(wms, {"event_faults": {fault: 1}, "auto": False})
    call(wms, request())
    control(wms, {"ship": {"id": "OUT/1"}})
    call(wms, request("IN/1") | {"kind": "purchase"}, key="2", path="receipt-notices")
    control(wms, {"receive": {"id": "IN/1"}})
    control(wms, {"adjust": {"warehouse": "NORTH", "sku": "TENT", "delta": -1}})
    control(wms, {"count": {"warehouse": "NORTH"}})
    until(lambda: not wms.courier.waiting())
    assert {flow for flow, *_ in erp.got} == set(CONTRACTS)
    for flow, _id, document in erp.got:
        assert breaches(flow, document), document
    count = len(erp.got)
    control(wms, {"event_faults": {fault: None}})
    assert control(wms, {"mend": True})["mend"] == count
    until(lambda: not wms.courier.waiting())
    assert len(told(erp, "shipments", delivery="OUT/1", final=True)) >= 1
    assert control(wms, path="/audit")["drifted"] == []


# -- how it is ruled ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Content-Type": "text/plain"}],
)
def test_pages_of_others_cannot_rule_it(wms, headers):
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(wms, {"pace": 1}, **headers)
    assert caught.value.code == 403


@pytest.mark.parametrize(
    "wishes",
    [{"fault": {}}, {"faults": {"odd": 1}}, {"event_faults": {"odd": 1}}, {"chances": {"odd": 1}},
     {"pace": "fast"}, {"ship": {}}, [1]],
)  # fmt: skip
def test_a_wish_it_does_not_understand_is_told(wms, wishes):
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(wms, wishes)
    assert caught.value.code == 400 and json.load(caught.value)["error"]


def test_its_page_stands_alone_and_has_every_fault(wms):
    page, shared, looks = (text(wms, path) for path in ("/", "/page.js", "/page.css"))
    assert "<html lang=" in page and "<!--" not in page and 'id="mend"' in page
    assert "https://" not in page + shared + looks
    state = control(wms)
    for name in [*state["all_faults"], *state["all_event_faults"], *state["chances"]]:
        assert f"{name}:" in page + shared, f"no word for {name}"


def test_it_remembers_over_a_restart(erp, tmp_path):
    stock, items = demo_goods()
    target = f"http://127.0.0.1:{erp.server_port}/seam/v1/warehouse"
    words = {"stock": stock, "items": items, "pace": 0.03}
    with RunningWms(0, target, SECRET, tmp_path, **words) as wms:
        wms.work.chances = dict(SMOOTH)
        control(wms, {"auto": False})
        call(wms, request("OUT/1", ("TENT-2P", 2)))
    with RunningWms(0, target, SECRET, tmp_path, **words) as wms:
        wms.work.chances = dict(SMOOTH)
        assert call(wms, request("OUT/1", ("TENT-2P", 2)))[0] == 200
        assert closed(wms, erp)["moved"] == {"TENT-2P": 2}
    assert [each["status"] for each in told(erp, "statuses")][0] == "accepted"
    with RunningWms(0, target, SECRET, tmp_path, **words) as wms:
        assert wms.books.shelf.free("NORTH", "TENT-2P") == stock["NORTH"]["TENT-2P"][""] - 2


def test_as_a_program_it_ends_when_told(erp, tmp_path):
    environment = {**os.environ, "SEAM_DATA": str(tmp_path), "SEAM_WMS_PORT": str(free_port())}
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.wms", "--target", "http://127.0.0.1:9/"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert environment["SEAM_WMS_PORT"] in process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(kit.PATIENCE) == 0
    assert secret_file.ensure(tmp_path / "shop.secret")["warehouse_secret"].startswith("whsec_")
