"""The commonest stories of the exception workplace, as the people whose work it is do them in the browser.

A clerk and a team lead, each with the rights of the role and no more. Orders come in as a shop sends them.
With SEAM_SCREENSHOTS=1 the pictures in docs/images/exceptions are taken anew.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import people
from tests.browser.people import (
    PASSWORD,
    PHONE,
    Rpc,
    logged_in,
    move_until,
    my_exceptions,
    open_case,
    resolved,
    until,
)

MANY = 40
CLERK = (
    "base.group_user",
    "seam.group_seam_operator",
    "sales_team.group_sale_salesman_all_leads",
    "stock.group_stock_user",
    "product.group_product_manager",
)
LEAD = (*CLERK, "seam_exception.group_seam_lead")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="rpc")
def _rpc(shop):
    rpc = Rpc(shop.odoo)
    clerk = rpc.user("Carla Clerk", "clerk", CLERK)
    lead = rpc.user("Theo Lead", "lead", LEAD)
    team = {
        "name": "Order desk North",
        "lead_id": lead,
        "member_ids": [(0, 0, {"user_id": user}) for user in (clerk, lead)],
    }
    (team,) = rpc("seam.exception.team", "create", [team])
    # The stories are about what the shop sends; what it is asked for besides comes at any time.
    rpc("seam.pull", "write", rpc("seam.pull", "search", []), {"state": "paused"})
    flows = rpc("seam.flow", "search", [("code", "=", "orders")])
    rpc("seam.flow", "write", flows, {"team_id": team})
    rpc("seam.exception.rule", "write", rpc("seam.exception.rule", "search", []), {"team_id": team})
    return rpc


@pytest.fixture(name="clerk")
def _clerk(chromium, shop, rpc):
    with logged_in(chromium, shop.odoo, "clerk", PASSWORD) as page:
        yield page


@pytest.fixture(name="lead")
def _lead(chromium, shop, rpc):
    with logged_in(chromium, shop.odoo, "lead", PASSWORD) as page:
        yield page


@pytest.fixture(name="phone")
def _phone(chromium, shop, rpc):
    with logged_in(chromium, shop.odoo, "clerk", PASSWORD, PHONE) as page:
        yield page


def picture(page, name):
    people.picture(page, f"exceptions/{name}")


def orders_of_unknown(shop, which, count):
    """:return: (SKU that Odoo does not know, the orders of it)"""
    catalogue = shop.desk.shop.catalogue
    product = catalogue.unknown_products[which]
    before = list(catalogue.unknown_products)
    catalogue.unknown_products[:] = [product]
    try:
        sent = shop.desk.send("unknown_sku", count)
    finally:
        catalogue.unknown_products[:] = before
    orders = [shop.store.order(delivery["order_id"]) for delivery in sent]
    return orders[0]["line_items"][0]["sku"], orders


def messages(rpc, orders, state=None):
    labels = [f"Order {order['number']}" for order in orders]
    domain = [("label", "in", labels), ("flow_id.code", "=", "orders")]
    found = rpc("seam.message", "search_read", domain, fields=["state", "res_model", "res_id"])
    return [each for each in found if state in (None, each["state"])]


def is_through(found, count):
    """Whether there are so many messages, and none of them is under way."""
    under_way = {"pending", "working", "waiting"}
    return len(found) >= count and under_way.isdisjoint(each["state"] for each in found)


def all_done(rpc, orders):
    until(lambda: len(messages(rpc, orders, "done")) >= len(orders))


def case_of(rpc, words):
    """:return: id of the open case, once it is there and somebody's"""
    domain = [("state", "=", "open"), ("name", "like", words), ("team_id", "!=", False)]
    return until(lambda: rpc("seam.exception", "search", domain))[0]


def search(page, words):
    """Search for words, and wait until the list is the new one: the old may look the same."""
    page.locator(".o_data_row").first.evaluate("row => (row.dataset.before = 1)")
    page.locator(".o_searchview_input").fill(words)
    page.locator(".o_searchview_autocomplete", has_text=words).wait_for()
    page.keyboard.press("Enter")
    expect(page.locator(".o_searchview_facet", has_text=words)).to_have_count(1)
    expect(page.locator(".o_data_row[data-before]")).to_have_count(0)


def test_an_unknown_product_is_chosen_by_keyboard_alone(clerk, shop, rpc):
    sku, orders = orders_of_unknown(shop, 0, 3)
    case = case_of(rpc, sku)
    until(lambda: rpc("seam.exception", "read", [case], ["held_docs"])[0]["held_docs"] == 3)
    my_exceptions(clerk)
    row = clerk.locator(".o_data_row", has_text=sku)
    expect(row.locator("td[name=held_docs]")).to_have_text("3")
    picture(clerk, "clerk-1-list")
    keys = clerk.keyboard
    expect(clerk.locator(".o_searchview_input")).to_be_focused()
    move_until(clerk, "ArrowDown", row)
    keys.press("Enter")
    clerk.locator(".o_form_view").wait_for()
    expect(clerk.locator(".o_form_view .oe_title h1")).to_contain_text(sku)
    clerk.get_by_role("button", name="Choose what").wait_for()
    picture(clerk, "clerk-2-case")
    keys.press("Alt+g")
    dialog = clerk.get_by_role("dialog")
    first = dialog.get_by_role("radio").first
    first.wait_for()
    picture(clerk, "clerk-3-choose")
    move_until(clerk, "Tab", first)
    keys.press("Space")
    expect(first).to_be_checked()
    keys.press("Alt+q")
    dialog.wait_for(state="detached")
    all_done(rpc, orders)
    resolved(rpc, case)
    my_exceptions(clerk)
    expect(clerk.locator(".o_data_row", has_text=sku)).to_have_count(0)


def test_a_wrong_value_is_edited_and_the_reason_kept(clerk, shop, rpc):
    (delivery,) = shop.desk.send("retyped_field")
    order = shop.store.order(delivery["order_id"])
    case_of(rpc, "must be a number")
    open_case(clerk, "must be a number")
    clerk.get_by_role("button", name="Edit and resubmit").click()
    dialog = clerk.get_by_role("dialog")
    rows = dialog.locator(".o_data_row")
    rows.first.wait_for()
    picture(clerk, "clerk-4-edit")
    for left, row in reversed(list(enumerate(rows.all()))):
        expect(row).to_contain_text("must be a number")
        number = re.sub(r"[^0-9.]", "", row.locator("td[name=was]").inner_text())
        row.locator("td[name=value]").click()
        row.locator("td[name=value] input").fill(number)
        clerk.keyboard.press("Tab")
        expect(dialog.locator(".o_seam_violation")).to_have_count(left)
    dialog.get_by_label("Why").fill("The shop told us by phone what it meant.")
    dialog.get_by_role("button", name="Resubmit").click()
    dialog.wait_for(state="detached")
    all_done(rpc, [order])
    clerk.goto(f"{clerk.root}/odoo/action-seam_exception.seam_exception_override_action")
    kept = clerk.locator(".o_data_row", has_text="told us by phone")
    expect(kept).to_contain_text("Carla Clerk")


def test_a_product_that_is_made_lets_go_on_what_waits_for_it(clerk, shop, rpc):
    sku, orders = orders_of_unknown(shop, -1, 2)
    case = case_of(rpc, sku)
    clerk.goto(f"{clerk.root}/odoo/action-stock.product_template_action_product/new")
    clerk.locator(".o_form_view").wait_for()
    clerk.locator("[name=name] textarea, [name=name] input").first.fill("What the shop sells anew")
    clerk.locator("div[name=default_code] input").first.fill(sku)
    clerk.locator(".o_form_button_save").click()
    clerk.locator(".o_form_saved, .o_form_status_indicator_buttons.invisible").first.wait_for(
        state="attached"
    )
    all_done(rpc, orders)
    resolved(rpc, case)


def test_an_order_cancelled_after_it_was_shipped_is_decided_from_the_order(clerk, shop, rpc):
    while True:
        (delivery,) = shop.desk.send("good")
        order = shop.store.order(delivery["order_id"])
        if order["status"] == "processing":
            break
    all_done(rpc, [order])
    sale = messages(rpc, [order], "done")[0]["res_id"]
    ship(rpc, sale)
    # Odoo tells the shop so, and the shop tells its order anew. What comes after a cancellation would settle it.
    until(lambda: shop.store.order(order["id"])["status"] == "completed")
    until(lambda: is_through(messages(rpc, [order]), 2))
    shop.desk.change_from_outside(shop.store.order(order["id"]), "cancelled")
    case = until(
        lambda: rpc(
            "seam.exception", "search", [("state", "=", "open"), ("code", "=", "order.conflict")]
        ),
    )[0]
    clerk.goto(f"{clerk.root}/odoo/action-sale.action_orders/{sale}")
    banner = clerk.locator(".o_form_view .alert", has_text="try again")
    banner.wait_for()
    picture(clerk, "order-banner")
    banner.get_by_role("button", name="Look at it").click()
    decide = clerk.get_by_role("button", name="Decide")
    decide.wait_for()
    decide.click()
    dialog = clerk.get_by_role("dialog")
    dialog.get_by_text("Keep what is in Odoo").click()
    dialog.get_by_label("Why").fill("The customer keeps the goods.")
    picture(clerk, "clerk-5-decide")
    dialog.locator("footer button.btn-primary").click()
    dialog.wait_for(state="detached")
    resolved(rpc, case)


def ship(rpc, sale):
    """All of an order leaves the house, without a warehouse of somebody else."""
    domain = [("sale_id", "=", sale), ("state", "not in", ("done", "cancel"))]
    for picking in rpc("stock.picking", "search", domain):
        moves = rpc(
            "stock.move", "search_read", [("picking_id", "=", picking)], fields=["product_uom_qty"]
        )
        for move in moves:
            values = {"quantity": move["product_uom_qty"], "picked": True}
            rpc("stock.move", "write", [move["id"]], values)
        rpc("stock.picking", "button_validate", [picking], context={"skip_backorder": True})


def test_a_team_lead_clears_many_at_once_without_fear(lead, shop, rpc):
    sent = shop.desk.send("off_by_a_cent", MANY)
    orders = [shop.store.order(delivery["order_id"]) for delivery in sent]
    mine = [("state", "=", "open"), ("name", "like", "costs")]
    nobodys = [*mine, ("team_id", "=", False)]
    until(lambda: len(messages(rpc, orders, "failed")) == MANY)
    until(lambda: not rpc("seam.exception", "search_count", nobodys))
    # An order of an earlier story may be among them.
    many = rpc("seam.exception", "search_count", mine)
    assert many >= MANY
    my_exceptions(lead)
    search(lead, "costs")
    expect(lead.locator(".o_data_row")).to_have_count(many)
    lead.locator("thead .o_list_record_selector input").check()
    lead.get_by_role("button", name="For all of these").click()
    dialog = lead.get_by_role("dialog")
    dialog.get_by_label("Discard").check()
    dialog.locator("div[name=reason] input").fill("The shop tried its rounding: no real orders.")
    picture(lead, "lead-1-choose")
    dialog.get_by_role("button", name="Look at it").click()
    dialog.wait_for(state="detached")
    expect(lead.locator(".o_form_view .alert-info")).to_contain_text("Nothing of these messages")
    expect(lead.locator("div[name=able_count]")).to_have_text(str(many))
    assert messages(rpc, orders, "discarded") == []
    picture(lead, "lead-2-preview")
    lead.get_by_role("button", name="Do it").click()
    expect(lead.locator(".o_arrow_button_current")).to_have_text("Done", timeout=60_000)
    picture(lead, "lead-3-done")
    assert len(messages(rpc, orders, "discarded")) == MANY
    lead.locator("button[name=action_open_lines]").click()
    expect(lead.locator(".o_pager_limit")).to_have_text(str(many))
    expect(lead.locator(".o_data_row", has_text="Done")).to_have_count(many)
    assert rpc("seam.exception", "search_count", mine) == 0


def test_on_a_phone_it_is_put_aside_with_a_reason(phone, shop, rpc):
    shop.desk.send("off_by_a_cent")
    case = case_of(rpc, "costs")
    my_exceptions(phone)
    phone.locator(".o_kanban_record", has_text="costs").first.click()
    phone.locator(".o_form_view").wait_for()
    picture(phone, "phone")
    snooze = phone.get_by_role("button", name="Snooze")
    more = phone.locator(
        ".o_control_panel .o_cp_action_menus button, .o_statusbar_buttons .dropdown-toggle"
    ).last
    # The buttons are in a menu where there is no room for them.
    expect(snooze.or_(more).filter(visible=True).first).to_be_visible()
    if not snooze.is_visible():
        more.click()
    phone.get_by_text("Snooze…").click()
    dialog = phone.get_by_role("dialog")
    dialog.locator("div[name=reason] input").fill("The shop mends its rounding tomorrow.")
    dialog.get_by_role("button", name="Snooze").click()
    dialog.wait_for(state="detached")
    until(lambda: rpc("seam.exception", "read", [case], ["stage"])[0]["stage"] == "snoozed")


@pytest.mark.parametrize("kind", ["list", "kanban", "pivot", "graph", "calendar", "activity"])
def test_every_view_opens_for_a_clerk(clerk, kind):
    clerk.goto(f"{clerk.root}/odoo/seam-my-exceptions?view_type={kind}")
    clerk.locator(f".o_{kind}_view").first.wait_for()
    expect(clerk.locator(".o_error_dialog")).to_have_count(0)
