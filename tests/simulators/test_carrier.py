"""The carrier as its customers' ERP sees it: labels are bought once, parcels travel, and all can go wrong."""

import base64
import json
import os
import signal
import subprocess
import sys
import urllib.error

import jsonschema
import pytest
from PIL import Image

from odoo.tools.pdf import PdfFileReader

from simulators import secret_file
from simulators.depot import books, labels
from tests.simulators.carrier_kit import (  # noqa: F401
    RECEIVER,
    SENDER,
    _carrier,
    _erp,
    call,
    send,
    token,
)
from tests.simulators.kit import PATIENCE, control, until
from tools.processes import free_port
from tools.settings import ADDONS, ROOT


def buying(reference="OUT/1-1", *weights, **values):
    return {
        "action": "buy",
        "reference": reference,
        "number": reference.rpartition("-")[0],
        "service": "standard",
        "label_format": "pdf",
        "from": SENDER,
        "to": RECEIVER,
        "parcels": [
            {"reference": f"BOX-{n}", "weight_kg": weight}
            for n, weight in enumerate(weights or [2.5], 1)
        ],
        **values,
    }


def buy(carrier, document=None, key="key-1", **options):
    return call(carrier, "POST", "/gateway/labels", document or buying(), key, **options)


def void(carrier, number, key="void-1"):
    document = {"action": "void", "reference": "OUT/1-1", "carrier_number": number}
    return call(carrier, "POST", "/gateway/labels", document, key)


def ask(carrier, *numbers):
    return call(carrier, "GET", f"/gateway/tracking?tracking={','.join(numbers)}")[1]


def breaches(name, document):
    """In which ways a document breaks its contract → list of sentences"""
    text = (ADDONS / "seam_delivery" / "contracts" / name / "1.0.0.json").read_text()
    form = jsonschema.Draft202012Validator(
        json.loads(text), format_checker=jsonschema.FormatChecker(["date-time", "date"])
    )
    return [error.message for error in form.iter_errors(document)]


def scans(erp, tracking):
    return [document for _path, _h, document in list(erp.got) if document["tracking"] == tracking]


def arrived(carrier):
    until(lambda: not carrier.road.is_travelling() and not carrier.messenger.waiting())


# -- labels ------------------------------------------------------------------------------


def test_a_label_is_bought_once_for_a_key(carrier):
    assert not breaches("shipping-label", buying())
    status, first = buy(carrier, buying("OUT/1-1", 2.5, 4))
    assert status == 201 and not breaches("shipping-label-answer", first)
    assert (first["cost"], first["currency"]) == (17.38, "USD"), (
        "2 × 6.90 and 0.55 for each of 6.5 kg"
    )
    assert buy(carrier, buying("OUT/1-1", 2.5, 4)) == (200, first)
    assert buy(carrier, buying("OUT/2-2"))[0] == 409
    assert call(carrier, "GET", "/gateway/labels/key-1") == (200, first)
    assert call(carrier, "GET", "/gateway/labels/other")[0] == 404
    audit = control(carrier, path="/audit")
    assert (audit["effects"], audit["repeats"], audit["owed"]) == ({"key-1": 1}, 1, 1738)
    assert audit["bought"] == {"OUT/1-1": [first["id"]]} and not audit["twice"]


def test_whatever_is_bought_twice_is_seen(carrier):
    one, other = buy(carrier)[1], buy(carrier, key="key-2")[1]
    audit = control(carrier, path="/audit")
    assert audit["twice"] == {"OUT/1-1": [one["id"], other["id"]]}
    assert audit["subjects"] == {"buy/OUT/1-1": ["key-1", "key-2"]}
    void(carrier, one["id"])
    assert not control(carrier, path="/audit")["twice"]


def test_a_forgetful_carrier_sells_again_under_a_known_key(carrier):
    control(carrier, {"forgetful": True})
    first = buy(carrier)[1]
    assert call(carrier, "GET", "/gateway/labels/key-1") == (200, first)
    assert buy(carrier)[0] == 201
    audit = control(carrier, path="/audit")
    assert audit["effects"] == {"key-1": 2} and len(audit["twice"]["OUT/1-1"]) == 2


def test_a_void_label_costs_nothing_and_its_parcel_stays(carrier, erp):
    control(carrier, {"auto": False})
    number = buy(carrier)[1]["id"]
    assert void(carrier, number) == (201, {"id": number, "state": "void"})
    assert void(carrier, number)[0] == 200, "the same call again"
    assert void(carrier, number, "void-2")[0] == 409
    assert void(carrier, "1Z", "void-3")[0] == 404
    control(carrier, {"auto": True})
    arrived(carrier)
    audit = control(carrier, path="/audit")
    assert audit["owed"] == 0 and audit["shipments"][number]["voids"] == 1
    assert audit["shipments"][number]["parcels"][number] == ["announced"]


def test_what_is_on_its_way_cannot_be_voided(carrier):
    number = buy(carrier)[1]["id"]
    arrived(carrier)
    assert void(carrier, number)[0] == 409
    assert control(carrier, path="/audit")["owed"] > 0
    control(carrier, {"lenient": True})
    assert void(carrier, number)[0] == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"service": "teleport"},
        {"parcels": [{"reference": "1", "weight_kg": 0}]},
        {"parcels": [{"reference": "1", "weight_kg": 500}]},
        {"parcels": [{"reference": str(n), "weight_kg": 1} for n in range(21)]},
        {"parcels": [{"reference": "1"}]},
        {"to": {"name": "Nobody", "country": "US"}},
        {"action": "sell"},
    ],
)
def test_what_it_refuses_costs_nothing(carrier, changes):
    status, content = buy(carrier, {**buying(), **changes})
    assert status == 422 and content["error"]
    audit = control(carrier, path="/audit")
    assert (audit["owed"], audit["effects"], audit["bought"]) == (0, {}, {})


def test_a_surcharge_makes_the_bill_higher_than_the_price(carrier):
    control(carrier, {"surcharge": 1})
    question = {**{n: buying()[n] for n in ("from", "to", "parcels")}, "currency": "USD"}
    status, answer = call(carrier, "POST", "/gateway/rates", question)
    assert status == 200 and not breaches("shipping-rate-answer", answer)
    offers = {offer["service"]: offer["total"] for offer in answer["offers"]}
    assert list(offers) == ["economy", "standard", "express"]
    bought = buy(carrier)[1]
    assert not breaches("shipping-label-answer", bought)
    assert round(bought["cost"] - offers["standard"], 2) == 4.2
    assert round(sum(charge["amount"] for charge in bought["charges"]), 2) == bought["cost"]
    question["services"] = ["express"]
    (offer,) = call(carrier, "POST", "/gateway/rates", question)[1]["offers"]
    assert offer["service"] == "express"
    question["parcels"] = [{"reference": "1", "weight_kg": 500}]
    answer = call(carrier, "POST", "/gateway/rates", question)[1]
    assert not answer["offers"] and answer["reason"]


def test_papers_go_with_a_label_where_they_are_due(carrier):
    line = {"description": "Tent", "sku": "T", "quantity": 2, "unit_value": 1, "hs_code": "6306",
            "origin": "US"}  # fmt: skip
    document = buying(
        customs={"currency": "USD", "reason": "sale", "commercial_invoice": True, "lines": [line]},
        cash_on_delivery={"amount": 9.5, "currency": "USD", "method": "any"},
    )
    assert not breaches("shipping-label", document)
    answer = buy(carrier, document)[1]
    assert not breaches("shipping-label-answer", answer)
    assert [paper["kind"] for paper in answer["documents"]] == ["invoice", "cash_on_delivery"]


def test_the_day_is_closed_once_for_a_key(carrier):
    control(carrier, {"auto": False})
    numbers = [buy(carrier, buying(f"OUT/{n}-{n}"), f"key-{n}")[1]["id"] for n in range(2)]
    document = {
        "reference": "DAY-1",
        "date": "2026-05-04",
        "from": SENDER,
        "shipments": [
            {"reference": f"OUT/{n}-{n}", "carrier_number": number, "tracking": [number]}
            for n, number in enumerate(numbers)
        ],
    }
    assert not breaches("shipping-manifest", document)
    status, answer = call(carrier, "POST", "/gateway/manifests", document, "day-1")
    assert status == 201 and not breaches("shipping-manifest-answer", answer)
    assert call(carrier, "POST", "/gateway/manifests", document, "day-1") == (200, answer)
    assert call(carrier, "GET", "/gateway/manifests/day-1") == (200, answer)
    assert len(control(carrier, path="/audit")["manifests"]) == 1
    void(carrier, numbers[0])
    assert call(carrier, "POST", "/gateway/manifests", document, "day-2")[0] == 422


def test_labels_can_be_read_by_printers(carrier, tmp_path):
    shipment = carrier.books.buy(_wish())
    parcel = shipment["parcels"][0]
    for kind in ("pdf", "zpl", "png", "gif"):
        (tmp_path / f"label.{kind}").write_bytes(labels.label(kind, parcel, shipment))
    text = PdfFileReader(tmp_path / "label.pdf").pages[0].extract_text()
    assert parcel["tracking"] in text and "Ada (Lovelace)" in text and "OUT/1-1" in text
    zpl = (tmp_path / "label.zpl").read_text()
    assert zpl.startswith("^XA") and zpl.endswith("^XZ\n") and parcel["tracking"] in zpl
    pictures = [Image.open(tmp_path / f"label.{kind}").convert("L") for kind in ("png", "gif")]
    assert pictures[0].tobytes() == pictures[1].tobytes()
    assert len(set(pictures[0].tobytes())) == 2, "black on white"


def _wish():
    return {
        "face": "gateway", "reference": "OUT/1-1", "number": "OUT/1", "service": "standard",
        "service_name": "Standard", "level": "standard", "label": "pdf", "from": SENDER,
        "to": {**RECEIVER, "name": "Ada (Lovelace)"},
        "parcels": [{"reference": "1", "weight_kg": 2}],
    }  # fmt: skip


def test_numbers_end_in_their_check_digit():
    assert books.checked("1Z999AA1012345678") == "1Z999AA10123456784"


# -- parcels ------------------------------------------------------------------------------


def test_a_parcel_travels_and_every_scan_is_told(carrier, erp):
    answer = buy(carrier)[1]
    tracking = answer["parcels"][0]["tracking"]
    arrived(carrier)
    told = scans(erp, tracking)
    words = [scan["status"] for scan in told]
    assert words[:2] == ["announced", "accepted"] and words[-2:] == [
        "out_for_delivery",
        "delivered",
    ]
    assert [scan["at"] for scan in told] == sorted({scan["at"] for scan in told})
    assert not [line for scan in told for line in breaches("shipping-tracking", scan)]
    assert told[-1]["place"] == "Austin, TX, US"
    (asked,) = ask(carrier, tracking, "1ZNOBODY")
    assert not breaches("shipping-tracking", asked)
    earlier = asked.pop("earlier")
    assert asked == told[-1] and [scan["status"] for scan in earlier] == words[:-1]
    assert any("latitude" in scan for scan in earlier)


@pytest.mark.parametrize(
    ("fate", "end"),
    [("held", "delivered"), ("failed", "delivered"), ("returning", "returned"), ("lost", "lost")],
)
def test_trouble_on_the_way(carrier, erp, fate, end):
    control(carrier, {"chances": {fate: 1}})
    tracking = buy(carrier)[1]["id"]
    arrived(carrier)
    words = [scan["status"] for scan in scans(erp, tracking)]
    assert fate in words and words[-1] == end


def test_of_a_silent_parcel_nothing_more_is_heard(carrier, erp):
    control(carrier, {"chances": {"silent": 1}})
    tracking = buy(carrier)[1]["id"]
    arrived(carrier)
    assert scans(erp, tracking)[-1]["status"] in ("accepted", "in_transit")


def test_a_parcel_is_scanned_by_hand(carrier, erp):
    control(carrier, {"auto": False})
    tracking = buy(carrier)[1]["id"]
    control(carrier, {"scan": {"tracking": tracking, "status": "lost", "place": "Nowhere, US"}})
    control(carrier, {"auto": True})
    arrived(carrier)
    assert [scan["status"] for scan in scans(erp, tracking)] == ["announced", "lost"]
    with pytest.raises(urllib.error.HTTPError):
        control(carrier, {"scan": {"tracking": tracking, "status": "eaten"}})


def test_scans_that_are_asked_for_may_be_old_ones(carrier, erp):
    control(carrier, {"pushes": False})
    tracking = buy(carrier)[1]["id"]
    arrived(carrier)
    assert not erp.got
    control(carrier, {"faults": {"stale": {"times": 1}}})
    stale, fresh = (ask(carrier, tracking)[0]["status"] for _ in range(2))
    assert (stale, fresh) == ("out_for_delivery", "delivered")


def test_scans_come_twice_late_and_in_other_forms(carrier, erp):
    names = ("doubled", "repeated", "reordered", "stale", "renamed_field", "missing_field",
             "retyped_field")  # fmt: skip
    control(carrier, {"event_faults": dict.fromkeys(names, 0.2)})
    tracking = [buy(carrier, buying(f"OUT/{n}-{n}"), f"key-{n}")[1]["id"] for n in range(12)]
    arrived(carrier)
    control(carrier, {"event_faults": dict.fromkeys(names, 0), "mend": True})
    arrived(carrier)
    kinds = {row["kind"] for row in carrier.messenger.log}
    assert kinds >= {"doubled", "repeated", "reordered", "stale", "renamed_field", "mended"}
    good = [d for _p, _h, d in erp.got if not breaches("shipping-tracking", d)]
    assert len(good) < len(erp.got), "some broke the contract"
    for number in tracking:
        told = [scan for scan in good if scan["tracking"] == number]
        assert max(told, key=lambda scan: scan["at"])["status"] == "delivered"


# -- misbehaviour -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"),
    [("error_500", 500), ("unavailable", 503), ("too_many", 429), ("expired", 401)],
)
def test_nothing_is_bought_by_a_call_that_fails_at_the_door(carrier, fault, status):
    carrier.door.tokens.clear()
    token(carrier)
    control(carrier, {"faults": {fault: {"times": 1}}})
    assert buy(carrier)[0] == status
    assert not control(carrier, path="/audit")["bought"]
    assert buy(carrier)[0] == 201


@pytest.mark.parametrize("fault", ["reset_after", "timeout", "error_after", "drift"])
def test_what_was_bought_can_be_looked_up_however_the_answer_was_lost(carrier, fault):
    control(carrier, {"faults": {fault: {"times": 1}}})
    if fault in ("reset_after", "timeout"):
        with pytest.raises((urllib.error.URLError, ConnectionError, TimeoutError)):
            buy(carrier, timeout=0.5)
        until(lambda: carrier.faults.taken[fault])
    else:
        status, content = buy(carrier)
        assert status == 500 or breaches("shipping-label-answer", content)
    status, content = call(carrier, "GET", "/gateway/labels/key-1")
    assert status == 200 and not breaches("shipping-label-answer", content)
    assert len(control(carrier, path="/audit")["bought"]["OUT/1-1"]) == 1


def test_it_is_down_for_a_while_and_slow(carrier):
    control(carrier, {"faults": {"down": {"seconds": 3, "times": 1}}})
    assert [buy(carrier)[0] for _ in range(3)] == [503] * 3
    until(lambda: buy(carrier)[0] in (200, 201))
    control(carrier, {"faults": {"latency": 0.6}})
    with pytest.raises((urllib.error.URLError, TimeoutError)):
        buy(carrier, timeout=0.3)


def test_only_who_has_a_token_is_heard(carrier):
    status, given = token(carrier)
    assert status == 200 and given["token_type"] == "Bearer" and int(given["expires_in"]) > 0
    assert token(carrier, "wrong")[0] == 401
    for headers in ({}, {"Authorization": "Bearer made-up"}):
        assert send(carrier, "GET", "/gateway/labels/key-1", None, headers)[0] == 401
    good = {"Authorization": f"Bearer {given['access_token']}"}
    assert send(carrier, "GET", "/gateway/labels/key-1", None, good)[0] == 404
    control(carrier, {"faults": {"refused": {"times": 1}}})
    assert token(carrier)[0] == 401


# -- control ------------------------------------------------------------------------------


def test_its_page_and_its_control_are_for_this_machine(carrier):
    made = {"Host": "carrier.example"}
    assert send(carrier, "GET", "/audit", None, made)[0] == 403
    with pytest.raises(urllib.error.HTTPError):
        control(carrier, {"explode": True})
    with urllib.request.urlopen(carrier.url) as page:
        assert b"Demo carrier" in page.read()
    buy(carrier)
    state = control(carrier)
    assert state["shipments"][0]["reference"] == "OUT/1-1"
    assert set(state["all_faults"]) >= {"down", "expired", "drift", "stale"}


def test_it_goes_on_after_a_restart(tmp_path):
    port, folder = free_port(), tmp_path / "books"
    secret_file.ensure(tmp_path / "secret")
    words = ["--port", port, "--state-dir", folder, "--secret-file", tmp_path / "secret",
             "--target", "http://127.0.0.1:9/seam/v1/carrier", "--pace", 60]  # fmt: skip
    given = secret_file.ensure(tmp_path / "secret")
    assert given["carrier_webhook"].startswith("whsec_")
    pair = base64.b64encode(f"{given['carrier_id']}:{given['carrier_secret']}".encode()).decode()

    class Here:
        url = f"http://127.0.0.1:{port}"

    def say(document):
        form = b"grant_type=client_credentials"
        path = "/security/v1/oauth/token"
        given = send(Here, "POST", path, form, {"Authorization": f"Basic {pair}"})[1]
        headers = {"Authorization": f"Bearer {given['access_token']}", "Idempotency-Key": "k"}
        return send(Here, "POST", "/gateway/labels", json.dumps(document).encode(), headers)

    answers = []
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-m", "simulators.carrier", *map(str, words)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert "is open on" in process.stdout.readline()
            answers.append(say(buying()))
        finally:
            os.kill(process.pid, signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
    (first, answer), (second, again) = answers
    assert (first, second) == (201, 200) and answer == again
