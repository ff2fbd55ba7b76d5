"""The warehouse's own page: a person ships by hand and chooses what goes wrong."""

import json
import re

import pytest
from playwright.sync_api import expect

from simulators.wms import RunningWms, demo_goods
from tests.browser.people import PAGE_MS

pytestmark = pytest.mark.slow


@pytest.fixture(name="wms")
def _wms():
    stock, items = demo_goods()
    # Nobody listens: what it tells is in its list all the same.
    with RunningWms(
        0, "http://127.0.0.1:9/seam/v1/warehouse", "whsec_c2VjcmV0", stock=stock, items=items, pace=0.05
    ) as wms:  # fmt: skip
        wms.work.go_on(False)
        for what, number in (("delivery", "OUT/1"), ("delivery", "OUT/2"), ("notice", "IN/1")):
            line = {"id": "1", "product_id": "1", "sku": "TENT-2P", "quantity": 3, "unit": "Units"}
            document = {
                "id": number,
                "action": "request",
                "revision": 1,
                "number": number,
                "warehouse": "NORTH",
                "lines": [line],
            }
            wms.books.take(what, number, json.dumps(document).encode(), document)
        yield wms


@pytest.fixture(name="page")
def _page(chromium, wms):
    page = chromium.new_page()
    page.set_default_timeout(PAGE_MS)
    wrong = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(wms.url)
    yield page
    page.close()
    assert wrong == []


def row(page, number):
    return page.get_by_role("row").filter(has_text=re.compile(rf"^\s*{number} "))


def test_a_person_ships_and_receives(page, wms):
    expect(row(page, "OUT/1")).to_contain_text("accepted")
    page.get_by_role("button", name="Ship: OUT/1").click()
    expect(page.get_by_role("status")).to_have_text("OUT/1: done, and told to Odoo.")
    expect(row(page, "OUT/1")).to_contain_text("TENT-2P 3/3")
    expect(page.get_by_role("button", name="Ship: OUT/1")).to_have_count(0)
    page.get_by_role("button", name="A part: OUT/2").click()
    expect(row(page, "OUT/2")).to_contain_text("TENT-2P 1/3")
    page.get_by_role("button", name="One damaged: IN/1").click()
    expect(row(page, "IN/1")).to_contain_text("received")
    assert wms.books.shelf.on_hand["NORTH"]["TENT-2P"] == {"": 80 - 3 - 1 + 3}


def test_a_person_chooses_what_goes_wrong(page, wms):
    page.get_by_label("acts, says nothing").fill("0.5")
    page.get_by_label("twice at once").fill("1")
    page.get_by_label("Seconds a step").fill("2")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("status")).to_have_text("Applied.")
    assert wms.faults.set["timeout"]["chance"] == 0.5
    assert wms.courier.faults.set["doubled"]["chance"] == 1
    assert (wms.work.pace, wms.work.auto) == (2, False)


def test_what_cannot_be_done_is_told(page, wms):
    page.get_by_label("Article").select_option(label="TENT-2P")
    page.get_by_label("More or fewer").fill("-5000")
    page.get_by_role("button", name="Adjust").click()
    expect(page.get_by_role("status")).to_contain_text("There are not")
