"""The CRM as its customer's ERP sees it: takes and tells records, once, and misbehaves when told to."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
from functools import cache

import jsonschema
import pytest

from simulators import secret_file
from simulators.crm import RunningCrm
from simulators.office import opening
from tests.simulators import kit
from tests.simulators.kit import SECRET, control, text, until
from tools.processes import free_port
from tools.settings import ADDONS, ROOT

CONTRACTS = {"companies": "crm-company", "contacts": "crm-contact", "deals": "crm-deal"}
_erp = kit._erp


@pytest.fixture(name="crm")
def _crm(erp):
    target = f"http://127.0.0.1:{erp.server_port}/seam/v1/crm"
    with RunningCrm(
        0, target, SECRET, pace=0.03, seed=3, auto=False, reordered=1.5, delayed=2.5
    ) as crm:
        yield crm


def contact(odoo_id="7", **values):
    """What Odoo tells of a contact that the CRM does not have; `id` in place of `odoo_id` if it has."""
    fields = {"name": "Ada Lovelace", "email": "ada@example.com", **values.pop("fields", {})}
    return {"odoo_id": odoo_id, "modified": "2026-01-05T09:00:00Z", "fields": fields, **values}


def call(crm, document=None, key="key-1", path="contacts", **words):
    return kit.call(crm, path, document, key, **words)


def made(crm, key="first", path="contacts", **values):
    """The id of a contact that Odoo made"""
    status, answer = call(crm, contact(**values), key, path)
    assert status == 201, answer
    return answer["id"]


def audit(crm):
    return control(crm, path="/audit")


def told(erp, crm, flow="contacts"):
    """Documents that Odoo was told, once nothing waits any more"""
    until(lambda: not crm.teller.waiting())
    return [document for name, _id, document in list(erp.got) if name == flow]


@cache
def form(flow):
    file = ADDONS / "seam_crm" / "contracts" / CONTRACTS[flow] / "1.0.0.json"
    return jsonschema.Draft202012Validator(
        json.loads(file.read_text()),
        format_checker=jsonschema.FormatChecker(["date-time", "date"]),
    )


def breaches(flow, document):
    return [error.message for error in form(flow).iter_errors(document)]


# -- the interface -----------------------------------------------------------------------


def test_the_same_key_has_one_effect_and_one_answer(crm):
    status, first = call(crm, contact())
    assert status == 201 and first["id"].startswith("P")
    assert call(crm, contact()) == (200, first)
    assert call(crm, contact("8"))[0] == 409
    assert call(crm) == (200, first)
    assert call(crm, key="other")[0] == 404
    said = audit(crm)
    assert (said["effects"], said["repeats"], said["twice"]) == ({"key-1": 1}, 1, {})
    assert list(said["records"]["contact"]) == [first["id"]]


def test_a_forgetful_crm_makes_it_twice_and_says_so(crm):
    control(crm, {"forgetful": True})
    call(crm, contact())
    assert call(crm)[0] == 200, "who asks before learns that it has it"
    assert call(crm, contact())[0] == 201
    said = audit(crm)
    assert said["effects"] == {"key-1": 2} and len(said["twice"]["contact/7"]) == 2


def test_one_record_of_odoo_under_two_keys_is_seen(crm):
    made(crm, "a"), made(crm, "b")
    assert len(audit(crm)["twice"]["contact/7"]) == 2


def test_a_change_keeps_what_it_does_not_name(crm):
    id_ = made(crm)
    change = {"id": id_, "modified": "2026-01-05T10:00:00Z", "fields": {"title": "Countess"}}
    assert call(crm, change, "second")[0] == 201
    record = audit(crm)["records"]["contact"][id_]
    assert record["fields"] == contact()["fields"] | {"title": "Countess"}
    assert record["modified_by"] == "Odoo"


def test_what_tells_nothing_new_is_counted_and_not_told_on(crm, erp):
    id_ = made(crm)
    assert call(crm, contact() | {"id": id_}, "second")[0] == 201
    said = audit(crm)
    assert (said["writes"], said["idle"]) == ({id_: 2}, {id_: 1})
    assert len(told(erp, crm)) == 1


def test_only_its_customer_is_heard(crm):
    assert call(crm, contact(), **{"webhook-signature": "v1,AAAA"})[0] == 401
    assert not audit(crm)["effects"]


@pytest.mark.parametrize(
    "document",
    [
        {"modified": "2026-01-05T09:00:00Z", "fields": {"name": "Nobody's"}},
        {"odoo_id": "7", "modified": "2026-01-05T09:00:00Z", "fields": {}},
        contact(fields={"shoe_size": 42}),
        contact(fields={"company": {"id": "A-none"}}),
    ],
)
def test_what_it_cannot_use_is_refused(crm, document):
    assert call(crm, document)[0] == 422
    assert not audit(crm)["effects"]


def test_what_is_gone_cannot_be_changed(crm):
    change = contact() | {"id": "P-none"}
    assert call(crm, change)[0] == 404
    one, two = made(crm, "a"), made(crm, "b", odoo_id="8")
    control(crm, {"merge": {"id": one, "into": two}})
    assert call(crm, change | {"id": one}, "c")[0] == 410
    control(crm, {"delete": {"id": two}})
    assert call(crm, change | {"id": two}, "d")[0] == 410
    assert (
        call(crm, {"id": two, "modified": "2026-01-05T09:00:00Z", "deleted": True}, "e")[0] == 201
    )


def test_odoo_has_two_merged_and_deals_follow(crm, erp):
    one, two = made(crm, "a"), made(crm, "b", odoo_id="8")
    deal = {"odoo_id": "1", "modified": "2026-01-05T09:00:00Z", "fields": {"name": "Tents"}}
    deal["fields"]["contact"] = {"id": one}
    status, answer = call(crm, deal, "d", "deals")
    assert status == 201
    call(crm, contact(odoo_id="8") | {"id": two, "merged": [one]}, "m")
    said = audit(crm)["records"]
    assert said["contact"][one]["merged_into"] == two
    assert said["deal"][answer["id"]]["fields"]["contact"]["id"] == two
    assert told(erp, crm)[-1]["merged"] == [one]


def test_how_far_orders_have_come_stands_on_the_deal_and_is_not_told_back(crm, erp):
    orders = [{"number": "S1", "state": "quotation", "amount": 9.5, "currency": "USD"}]
    deal = {"odoo_id": "1", "modified": "2026-01-05T09:00:00Z", "fields": {"name": "Tents"}}
    _status, answer = call(crm, deal, "a", "deals")
    call(crm, {**deal, "id": answer["id"], "orders": orders, "status": "won"}, "b", "deals")
    record = audit(crm)["records"]["deal"][answer["id"]]
    assert (record["orders"], record["status"]) == (orders, "won")
    assert told(erp, crm, "deals")[-1]["status"] == "won"
    assert all("orders" not in document for document in told(erp, crm, "deals"))


# -- what its people do --------------------------------------------------------------------


def test_everything_that_is_told_keeps_its_contract(crm, erp):
    crm.books.begin(opening.records())
    crm.people.chances = dict.fromkeys(crm.people.chances, 0.3)
    for _turn in range(80):
        crm.people.act()
    for flow in CONTRACTS:
        documents = told(erp, crm, flow)
        assert documents
        for document in documents:
            assert not breaches(flow, document), document
    assert any(document.get("merged") for document in told(erp, crm))
    assert any(document.get("deleted") for document in told(erp, crm))


def test_deals_are_handed_over_to_other_customers(crm, erp):
    crm.books.begin(opening.records())
    crm.people.chances = {**dict.fromkeys(crm.people.chances, 0), "hand_over": 1}
    for _turn in range(20):
        crm.people.act()
    documents = told(erp, crm, "deals")
    customers = {
        tuple((document["fields"].get(name) or {}).get("id") for name in ("company", "contact"))
        for document in documents
    }
    assert len(customers) > 4 and all(any(customer) for customer in customers)
    assert not [breach for document in documents for breach in breaches("deals", document)]


def test_each_state_is_later_than_the_one_before(crm, erp):
    id_ = made(crm)
    for number in range(5):
        control(crm, {"edit": {"id": id_, "title": f"Title {number}", "by": "Nora"}})
    documents = told(erp, crm)
    moments = [document["modified"] for document in documents]
    assert moments == sorted(set(moments)) and len(moments) == 6
    assert documents[-1]["fields"]["title"] == "Title 4"
    assert documents[-1]["modified_by"] == "Nora"


def test_its_people_work_by_themselves_when_they_may(crm):
    crm.books.begin(opening.records())
    control(crm, {"auto": True, "chances": {"edit": 1}})
    until(lambda: crm.people.deeds > 3)


def test_a_person_at_its_page_can_do_all_of_it(crm, erp):
    crm.books.begin(opening.records())
    control(crm, {"win": {"id": "D-3002"}, "lose": {"id": "D-3004", "lost_reason": "Too dear"}})
    control(crm, {"duplicate": {"id": "P-1001"}, "archive": {"id": "P-1002"}})
    control(
        crm, {"new": {"kind": "contact", "name": "Bo Ek", "by": "Tom"}, "tell": {"id": "D-3001"}}
    )
    records = audit(crm)["records"]
    assert records["deal"]["D-3002"]["status"] == "won"
    assert records["deal"]["D-3004"]["lost_reason"] == "Too dear"
    assert records["contact"]["P-1002"]["archived"]
    names = [each["fields"]["name"] for each in records["contact"].values()]
    assert {"Bo Ek", "A. Hart"} <= set(names)
    told(erp, crm)


def test_what_is_not_told_piles_up_and_is_told_later(crm, erp):
    control(crm, {"pushes": False})
    id_ = made(crm)
    control(crm, {"edit": {"id": id_, "title": "Countess"}})
    assert not told(erp, crm) and control(crm)["untold"] == 1
    assert control(crm, {"pushes": True})["pushes"] == 1
    assert [document["fields"]["title"] for document in told(erp, crm)] == ["Countess"]


# -- misbehaviour ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "status"), [("error_500", 500), ("unavailable", 503), ("too_many", 429)]
)
def test_nothing_is_done_of_what_it_puts_off(crm, fault, status):
    control(crm, {"faults": {fault: {"times": 1}}})
    assert call(crm, contact())[0] == status
    assert not audit(crm)["effects"]
    assert call(crm, contact())[0] == 201


@pytest.mark.parametrize("fault", ["reset_after", "timeout", "error_after"])
def test_it_acts_and_the_answer_is_lost(crm, fault):
    control(crm, {"faults": {fault: {"times": 1}}})
    try:
        assert call(crm, contact(), timeout=1)[0] == 500
    except OSError:
        assert fault != "error_after"
    assert audit(crm)["effects"] == {"key-1": 1}
    assert call(crm)[0] == 200
    assert call(crm, contact())[0] == 200


def test_a_reset_does_nothing(crm):
    control(crm, {"faults": {"reset": {"times": 1}}})
    with pytest.raises(OSError):
        call(crm, contact())
    assert not audit(crm)["effects"]


@pytest.mark.parametrize("fault", ["doubled", "repeated", "stale", "reordered", "delayed"])
def test_news_come_often_and_in_any_order(crm, erp, fault):
    id_ = made(crm)
    told(erp, crm)
    control(crm, {"event_faults": {fault: {"times": 1}}})
    control(crm, {"edit": {"id": id_, "title": "Countess"}})
    control(crm, {"edit": {"id": id_, "title": "Programmer"}})
    titles = [document["fields"].get("title") or "" for document in told(erp, crm)]
    if fault == "doubled":
        # both are on their way beside each other
        titles.sort()
    assert (
        titles
        == {
            "doubled": ["", "Countess", "Countess", "Programmer"],
            "repeated": ["", "Countess", "Countess", "Programmer"],
            "stale": ["", "Countess", "", "Programmer"],
            "reordered": ["", "Programmer", "Countess"],
            "delayed": ["", "Programmer", "Countess"],
        }[fault]
    )


@pytest.mark.parametrize("fault", ["renamed_field", "missing_field", "retyped_field"])
def test_drift_breaks_every_contract_and_can_be_mended(crm, erp, fault):
    control(crm, {"event_faults": {fault: 1}})
    crm.books.begin(opening.records())
    control(crm, {"delete": {"id": "P-1002"}})
    for flow in CONTRACTS:
        for document in told(erp, crm, flow):
            assert breaches(flow, document), document
    count = len(erp.got)
    control(crm, {"event_faults": {fault: None}})
    assert control(crm, {"mend": True})["mend"] == count
    assert told(erp, crm, "contacts")[-1]["id"]
    assert audit(crm)["drifted"] == []


def test_it_tells_again_until_it_is_answered(crm, erp):
    erp.answers = [500, 503]
    made(crm)
    assert len(told(erp, crm)) == 1 and crm.teller.tries == 3


# -- how it is ruled ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Content-Type": "text/plain"}],
)
def test_pages_of_others_cannot_rule_it(crm, headers):
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(crm, {"pace": 1}, **headers)
    assert caught.value.code == 403


@pytest.mark.parametrize(
    "wishes",
    [{"fault": {}}, {"faults": {"odd": 1}}, {"event_faults": {"odd": 1}}, {"chances": {"odd": 1}},
     {"pace": "fast"}, {"win": {}}, {"new": {"kind": "contact", "odd": 1, "name": "x"}}, [1]],
)  # fmt: skip
def test_a_wish_it_does_not_understand_is_told(crm, wishes):
    with pytest.raises(urllib.error.HTTPError) as caught:
        control(crm, wishes)
    assert caught.value.code == 400 and json.load(caught.value)["error"]
    assert not any(audit(crm)["records"].values())


def test_its_page_stands_alone_and_has_every_fault(crm):
    page, shared, looks = (text(crm, path) for path in ("/", "/page.js", "/page.css"))
    assert "<html lang=" in page and "<!--" not in page and 'id="mend"' in page
    assert "https://" not in page + shared + looks
    state = control(crm)
    for name in [*state["all_faults"], *state["all_event_faults"], *state["chances"]]:
        assert f"{name}:" in page + shared, f"no word for {name}"


def test_it_remembers_over_a_restart(erp, tmp_path):
    target = f"http://127.0.0.1:{erp.server_port}/seam/v1/crm"
    words = {"records": opening.records(), "auto": False}
    with RunningCrm(0, target, SECRET, tmp_path, **words) as crm:
        id_ = made(crm)
        count = len(crm.books.records["contact"])
    with RunningCrm(0, target, SECRET, tmp_path, **words) as crm:
        assert call(crm, contact(), "first") == (200, call(crm, key="first")[1])
        assert len(crm.books.records["contact"]) == count
        assert crm.books.find(id_)["fields"]["name"] == "Ada Lovelace"
        assert {document["id"] for document in told(erp, crm)} >= {id_, "P-1001"}


def test_as_a_program_it_ends_when_told(tmp_path):
    environment = {**os.environ, "SEAM_DATA": str(tmp_path), "SEAM_CRM_PORT": str(free_port())}
    process = subprocess.Popen(
        [sys.executable, "-m", "simulators.crm", "--target", "http://127.0.0.1:9/"],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        line = process.stdout.readline()
        assert "is open on http://127.0.0.1:" in line
        assert secret_file.ensure(tmp_path / "shop.secret")["crm_secret"].startswith("whsec_")
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
