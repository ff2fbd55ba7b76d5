"""A parcel in the browser: quoted, shipped, printed, tracked, voided. As packers, clerks and customers see it.

With SEAM_SCREENSHOTS=1 the pictures in docs/images/shipping are taken anew.
"""

import os
import re
import time
from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from simulators import secret_file
from simulators.carrier import RunningCarrier
from tests.browser import people
from tests.browser.people import PAGE_MS, PHONE, SIZE, loaded, logged_in, open_until
from tools import databases
from tools.processes import free_port
from tools.server import OdooServer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_goes_wrong")]


@pytest.fixture(scope="module", name="depot")
def _depot(chromium, tmp_path_factory):
    """A carrier whose labels a running Odoo buys; parcels move when a test scans them."""
    folder = tmp_path_factory.mktemp("depot")
    secrets, port = folder / "secret", free_port()
    secret_file.ensure(secrets)
    environment = {
        "SEAM_DEMO_SECRET_FILE": str(secrets),
        "SEAM_CARRIER_URL": f"http://127.0.0.1:{port}",
    }
    with databases.database("seam_shipping", template=os.environ["SEAM_TEMPLATE"]) as name:
        # Nobody else packs meanwhile. (A cron that runs cannot be changed; here none runs yet.)
        stop = "UPDATE ir_cron SET active = false WHERE cron_name ILIKE 'Demo: pack%' RETURNING id"
        assert databases.query(name, stop)
        with OdooServer(name, workers=2, environment=environment) as odoo:
            target = f"{odoo.url}/seam/v1/carrier"
            with RunningCarrier(
                port, target, secret_file.ensure(secrets), folder / "books", pace=3600
            ) as carrier:
                carrier.road.auto = False
                carrier.odoo = odoo
                yield carrier


@pytest.fixture(scope="module", name="page")
def _page(chromium, depot):
    with logged_in(chromium, depot.odoo) as page:
        yield page


@pytest.fixture(scope="module", name="parcel")
def _parcel(page, depot):
    """What one test leaves for the next: the story is one."""
    method = first(page, depot, "delivery.carrier", [["name", "=", "Lakeside Parcel"]], "id")
    call(page, depot, "delivery.carrier", "write", [method["id"]], {"seam_service": False})
    return SimpleNamespace()


def picture(page, name):
    people.picture(page, f"shipping/{name}")


def call(page, depot, model, method, *args, **kwargs):
    """Call Odoo as the user of the page."""
    answer = page.request.post(
        f"{depot.odoo.url}/web/dataset/call_kw/{model}/{method}",
        data={
            "jsonrpc": "2.0",
            "method": "call",
            "params": {"model": model, "method": method, "args": args, "kwargs": kwargs},
        },
    ).json()
    assert "error" not in answer, answer["error"]["data"]["message"]
    return answer["result"]


def first(page, depot, model, domain, *fields):
    (found,) = call(page, depot, model, "search_read", domain, list(fields), limit=1)
    return found


def form(page, depot, model, record):
    page.goto(f"{depot.odoo.url}/odoo/{model}/{record}")
    page.locator(".o_form_view .o_form_renderer").wait_for()


def exceptions(page, depot):
    page.goto(f"{depot.odoo.url}/odoo/action-seam.seam_exception_action")
    loaded(page)


def quotation(page, depot, name="Ada Lovelace", zip_code="43004"):
    """A quotation of a customer in the country of the warehouse South."""
    ohio = [["code", "=", "OH"], ["country_id.code", "=", "US"]]
    state = first(page, depot, "res.country.state", ohio, "country_id")
    (customer,) = call(
        page,
        depot,
        "res.partner",
        "create",
        [
            {
                "name": name,
                "street": "12 Engine Street",
                "city": "Columbus",
                "zip": zip_code,
                "state_id": state["id"],
                "country_id": state["country_id"][0],
                "phone": "+1 614 555 0133",
                "email": "ada@example.com",
            }
        ],
    )
    south = first(page, depot, "stock.warehouse", [["name", "ilike", "South"]], "id")
    tent = first(page, depot, "product.product", [["default_code", "=", "TENT-2P"]], "id")
    (order,) = call(
        page,
        depot,
        "sale.order",
        "create",
        [
            {
                "partner_id": customer,
                "warehouse_id": south["id"],
                "order_line": [[0, 0, {"product_id": tent["id"], "product_uom_qty": 2}]],
            }
        ],
    )
    return order


def ask_for_rates(page, depot, order):
    """Choose the carrier in Odoo's dialog of shipping, and ask. :return: (dialog, its offers)"""
    form(page, depot, "sale.order", order)
    page.get_by_role("button", name="Add shipping").click()
    dialog = page.get_by_role("dialog")
    method = dialog.get_by_label("Shipping Method")
    method.click()
    method.fill("Lakeside Parcel")
    page.locator(".o-autocomplete--dropdown-item", has_text="Lakeside Parcel").first.click()
    dialog.get_by_role("button", name="Get rate").click()
    offers = dialog.locator("div[name=seam_offer_ids] .o_data_row")
    expect(offers.nth(1)).to_be_visible()
    return dialog, offers


def test_the_carrier_is_asked_for_its_price_on_the_quotation(page, depot, parcel):
    parcel.order = quotation(page, depot)
    dialog, offers = ask_for_rates(page, depot, parcel.order)
    parcel.price = offers.first.locator("td[name=price]").inner_text()
    picture(page, "quote")
    dialog.get_by_role("button", name=re.compile("^(Add|Update)$")).click()
    expect(dialog).to_have_count(0)
    expect(page.locator("div[name=order_line]")).to_contain_text("Lakeside Parcel")
    page.locator("button[name=action_confirm]:visible").first.click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Sales Order")


def test_a_carrier_who_is_slow_is_not_waited_for(page, depot, parcel):
    """What he said of such a parcel a moment ago is shown, and said to be so."""
    order = quotation(page, depot, "Mary Somerville", "43017")
    depot.faults.change({"latency": {"times": None, "seconds": 20}})
    try:
        dialog, offers = ask_for_rates(page, depot, order)
    finally:
        depot.faults.change({"latency": None})
    expect(dialog).to_contain_text("could not be asked now")
    expect(dialog).to_contain_text("its price of such a parcel of")
    expect(offers.first.locator("td[name=price]")).to_have_text(parcel.price)
    picture(page, "quote-known")
    dialog.get_by_role("button", name=re.compile("^(Add|Update)$")).click()
    expect(dialog).to_have_count(0)
    expect(page.locator("div[name=order_line]")).to_contain_text("Lakeside Parcel")


def test_a_carrier_who_is_down_stops_no_packer_and_the_transfer_says_why(page, depot, parcel):
    found = first(page, depot, "stock.picking", [["sale_id", "=", parcel.order]], "state")
    parcel.transfer = found["id"]
    if found["state"] != "assigned":
        call(page, depot, "stock.picking", "action_assign", [parcel.transfer])
    # weighed by the packer: it is heavier than the quotation took it to be
    call(page, depot, "stock.picking", "write", [parcel.transfer], {"shipping_weight": 21.5})
    depot.faults.change({"unavailable": {"times": None, "retry_after": 1}})
    form(page, depot, "stock.picking", parcel.transfer)
    page.locator("button[name=button_validate]:visible").first.click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Done")
    line = page.locator("div[name=seam_label_text]", has_text="going to be bought, since")
    reason = line.filter(has_text=re.compile("unavailable|503", re.IGNORECASE))
    open_until(lambda: form(page, depot, "stock.picking", parcel.transfer), reason)
    picture(page, "label-waits")


def test_the_label_comes_when_the_carrier_is_back_and_can_be_printed(page, depot, parcel):
    depot.faults.change({"unavailable": None})
    parcel.number = number_of(page, depot, parcel.transfer)
    assert depot.books.parcel(parcel.number)
    form(page, depot, "stock.picking", parcel.transfer)
    expect(page.locator("div[name=seam_label_text]")).to_have_count(0)
    expect(page.locator(".o-mail-Chatter")).to_contain_text("Label bought from Lakeside Parcel")
    label = page.locator(".o-mail-Chatter .o-mail-AttachmentContainer", has_text="Label")
    label.first.scroll_into_view_if_needed()
    expect(label.first).to_be_visible()
    picture(page, "label-bought")
    file = first(
        page,
        depot,
        "ir.attachment",
        [["res_model", "=", "stock.picking"], ["res_id", "=", parcel.transfer]],
        "mimetype",
    )
    body = page.request.get(f"{depot.odoo.url}/web/content/{file['id']}").body()
    assert body.startswith(b"%PDF")


def until(page, depot, model, domain, *fields):
    """Wait until there is such a record. :return: dict of it"""

    def search():
        fields_read = list(fields) or ["id"]
        return call(page, depot, model, "search_read", domain, fields_read, limit=1)

    return people.until(search)[0]


def number_of(page, depot, transfer, besides=None):
    """Wait for the tracking number of a transfer. :return: it"""
    domain = [["id", "=", transfer], ["carrier_tracking_ref", "not in", [False, besides]]]
    field = "carrier_tracking_ref"
    return until(page, depot, "stock.picking", domain, field)[field]


def show_shipping(page, depot, transfer):
    form(page, depot, "stock.picking", transfer)
    page.get_by_role("tab", name="Additional Info").click()


def test_the_customer_follows_the_parcel_without_a_login(page, depot, parcel, chromium):
    for status, place in (
        ("accepted", "Erie, PA, US"),
        ("in_transit", "Columbus, OH, US"),
        ("out_for_delivery", "Columbus, OH, US"),
        ("failed", "Columbus, OH, US"),
    ):
        depot.road.scan(parcel.number, status, place)
        time.sleep(1.1)  # the carrier's clock knows seconds
    until(page, depot, "seam.parcel", [["tracking", "=", parcel.number], ["status", "=", "failed"]])
    show_shipping(page, depot, parcel.transfer)
    parcels = page.locator("div[name=seam_parcel_ids]")
    expect(parcels).to_contain_text("Delivery failed")
    parcels.scroll_into_view_if_needed()
    picture(page, "parcel-of-transfer")
    (transfer,) = call(
        page, depot, "stock.picking", "read", [parcel.transfer], ["seam_tracking_url"]
    )
    parcel.url = transfer["seam_tracking_url"]
    context = chromium.new_context(viewport=PHONE, java_script_enabled=False)
    context.set_default_timeout(PAGE_MS)
    customer = context.new_page()
    customer.goto(parcel.url)
    expect(customer.get_by_role("heading", name="Where your parcels are")).to_be_visible()
    stops = customer.get_by_role("list", name="Stops of the parcel, the latest first")
    expect(stops.locator("> li")).to_have_count(2)
    expect(stops.locator("> li").first).to_contain_text("Columbus, OH, US")
    overflow = customer.locator("html").evaluate("page => page.scrollWidth - page.clientWidth")
    assert overflow <= 0, "it must fit on a phone"
    picture(customer, "tracking-page")
    customer.set_viewport_size(SIZE)
    picture(customer, "tracking-page-desktop")
    assert customer.goto(f"{parcel.url}x").status == 404
    context.close()


def test_what_failed_is_an_exception_that_says_what_to_do(page, depot, parcel):
    case = page.locator(".o_data_row", has_text=parcel.number)
    open_until(lambda: exceptions(page, depot), case)
    expect(case).to_have_count(1)
    case.locator("td[name=name]").click()
    expect(page.locator(".o_form_view")).to_contain_text("right address")
    expect(page.get_by_role("button", name="Ask the carrier")).to_be_visible()
    picture(page, "parcel-in-trouble")
    depot.road.scan(parcel.number, "out_for_delivery", "Columbus, OH, US")
    time.sleep(1.1)
    depot.road.scan(parcel.number, "delivered", "Columbus, OH, US")
    until(
        page,
        depot,
        "stock.picking",
        [["id", "=", parcel.transfer], ["seam_delivered_at", "!=", False]],
    )
    show_shipping(page, depot, parcel.transfer)
    expect(page.locator("div[name=seam_delivered_at]")).to_be_visible()
    case = page.locator(".o_data_row", has_text=parcel.number)
    open_until(lambda: exceptions(page, depot), case, count=0)


def test_a_label_is_voided_and_a_new_one_bought(page, depot, parcel):
    (copy,) = call(page, depot, "sale.order", "copy", [parcel.order])
    call(page, depot, "sale.order", "action_confirm", [copy])
    transfer = first(page, depot, "stock.picking", [["sale_id", "=", copy]], "id")["id"]
    call(page, depot, "stock.picking", "action_assign", [transfer])
    form(page, depot, "stock.picking", transfer)
    page.locator("button[name=button_validate]:visible").first.click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Done")
    old = number_of(page, depot, transfer)
    show_shipping(page, depot, transfer)
    page.locator("button[name=cancel_shipment]").click()
    picture(page, "void")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Ok$", re.IGNORECASE)).click()
    dialog.wait_for(state="detached")
    again = page.locator("button[name=send_to_shipper]:visible")
    open_until(lambda: form(page, depot, "stock.picking", transfer), again)
    expect(page.locator(".o-mail-Chatter")).to_contain_text("is void")
    again.first.click()
    new = number_of(page, depot, transfer, besides=old)
    assert new != old
    states = {number: depot.books.parcel(number)[0]["state"] for number in (old, new)}
    assert states[old] == "void"
    assert states[new] != "void"
    parcel.second, parcel.new = transfer, new


def test_a_label_that_is_not_taken_back_says_why_and_stays(page, depot, parcel):
    depot.road.scan(parcel.new, "accepted", "Erie, PA, US")
    show_shipping(page, depot, parcel.second)
    page.locator("button[name=cancel_shipment]").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^Ok$", re.IGNORECASE)).click()
    dialog.wait_for(state="detached")
    line = page.locator("div[role=alert]", has_text="was not voided")
    open_until(lambda: show_shipping(page, depot, parcel.second), line)
    expect(line).to_contain_text("is on its way")
    picture(page, "void-refused")
    (transfer,) = call(
        page, depot, "stock.picking", "read", [parcel.second], ["carrier_tracking_ref"]
    )
    assert transfer["carrier_tracking_ref"] == parcel.new
    assert depot.books.parcel(parcel.new)[0]["state"] != "void"


def test_what_cost_more_than_quoted_is_listed(page, depot, parcel):
    page.goto(f"{depot.odoo.url}/odoo/action-seam_delivery.seam_shipment_cost_action")
    loaded(page)
    name = first(page, depot, "stock.picking", [["id", "=", parcel.transfer]], "name")["name"]
    expect(page.locator(".o_data_row", has_text=name)).to_have_count(1)
    picture(page, "costs")


def test_the_day_is_closed_with_a_list_for_the_driver(page, depot, parcel):
    page.goto(f"{depot.odoo.url}/odoo/action-seam_delivery.seam_manifest_wizard_action")
    expect(page.locator("div[name=shipment_ids] .o_data_row").first).to_be_visible()
    picture(page, "close-day")
    page.get_by_role("button", name="Close the day").click()
    done = page.locator(".o_list_view .o_data_row", has_text=re.compile("-DAY-"))
    expect(done.first).to_be_visible()
    manifest = until(page, depot, "seam.manifest", [["state", "=", "closed"]], "carrier_number")
    form(page, depot, "seam.manifest", manifest["id"])
    expect(page.locator(".o_form_view")).to_contain_text(manifest["carrier_number"])
    expect(page.locator(".o-mail-AttachmentContainer").first).to_be_visible()
    picture(page, "manifest")
    assert manifest["carrier_number"] in depot.books.manifests
