"""The story that Seam is about, told in the browser: an order comes in, one goes wrong, and is put right.

With SEAM_SCREENSHOTS=1 the pictures in docs/images are taken anew.
"""

import pytest
from playwright.sync_api import expect

from tests.browser.people import loaded, open_until, picture

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_goes_wrong")]


def released(shop):
    """A taxed order that the shop releases; one by bank transfer is on hold until it is paid."""
    while True:
        (delivery,) = shop.desk.send("good")
        assert delivery["status"] == 202, delivery
        order = shop.store.order(delivery["order_id"])
        if order["status"] == "processing" and order["tax_lines"]:
            return order


def of_an_unknown_product(shop, count=1):
    """Orders of one product that Odoo does not know."""
    catalogue = shop.desk.shop.catalogue
    catalogue.unknown_products[:] = catalogue.unknown_products[:1]
    return [
        shop.store.order(delivery["order_id"]) for delivery in shop.desk.send("unknown_sku", count)
    ]


def open_menu(page, shop, action):
    page.goto(f"{shop.odoo.url}/odoo/action-{action}")
    loaded(page)


def open_message(page, shop, order, state):
    """Open the message of an order from the list, once it is in the state."""
    rows = page.locator(".o_data_row", has_text=f"Order {order['number']}")
    row = rows.first.filter(has_text=state)
    open_until(lambda: open_menu(page, shop, "seam.seam_message_action"), row)
    row.locator("td[name=state]").click()
    page.locator(".o_form_view").wait_for()


def test_an_order_of_the_shop_is_a_confirmed_sales_order(page, shop):
    order = released(shop)
    open_message(page, shop, order, "Done")
    expect(page.locator(".o_form_view")).to_contain_text(f"Order {order['number']}")
    picture(page, "story-1-message")
    show_history(page)
    open_result(page)
    expect(page.locator(".o_statusbar_status .o_arrow_button_current")).to_have_text("Sales Order")
    expect(page.locator(".o_form_view")).to_contain_text(order["line_items"][0]["name"])
    total = f"{float(order['total']):,.2f}"
    expect(page.locator(".o_form_view")).to_contain_text(total)
    picture(page, "story-4-order")
    page.locator("button[name=action_open_seam_messages]").click()
    expect(page.locator(".o_control_panel")).to_contain_text("Messages")


def show_history(page):
    page.get_by_role("tab", name="Timeline").click()
    expect(page.locator(".tab-pane.active")).to_contain_text("Received from Demo shop")


def open_result(page):
    """From a message to the record it became."""
    page.locator("button[name=action_open_record]").first.click()
    page.locator(".o_form_view button[name=action_open_seam_messages]").wait_for()


def test_an_unknown_product_is_chosen_and_its_orders_go_through(page, shop):
    for other_mistake in ("off_by_a_cent", "renamed_field"):
        shop.desk.send(other_mistake)
    held = of_an_unknown_product(shop, 3)
    sku = held[0]["line_items"][0]["sku"]
    open_message(page, shop, held[-1], "Needs attention")
    case = page.locator(".o_data_row", has_text=sku)
    open_until(lambda: open_menu(page, shop, "seam.seam_exception_action"), case)
    expect(case).to_have_count(1)
    picture(page, "exceptions")
    case.locator("td[name=name]").click()
    choose = page.get_by_role("button", name="Choose what")
    choose.wait_for()
    picture(page, "story-2-exception")
    choose.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="Steel mug").click()
    picture(page, "story-3-choose")
    dialog.get_by_role("button", name="That is it").click()
    dialog.wait_for(state="detached")
    for order in held:
        open_message(page, shop, order, "Done")
    show_history(page)
    expect(page.locator(".tab-pane.active")).to_contain_text(f"“{sku}” means")
    picture(page, "story-5-history")
    open_result(page)
    expect(page.locator(".o_form_view")).to_contain_text("MUG-STEEL")
    case = page.locator(".o_data_row", has_text=sku)
    open_until(lambda: open_menu(page, shop, "seam.seam_exception_action"), case, count=0)


def test_the_next_order_of_that_product_needs_nobody(page, shop):
    (order,) = of_an_unknown_product(shop)
    open_message(page, shop, order, "Done")


def test_a_message_that_breaks_the_contract_shows_where(page, shop):
    (delivery,) = shop.desk.send("retyped_field")
    assert delivery["status"] == 422
    order = shop.store.order(delivery["order_id"])
    open_message(page, shop, order, "Needs attention")
    expect(page.locator(".o_form_view")).to_contain_text("must be a number")
    picture(page, "contract-violation")


def test_the_shops_own_page_sends_orders(page, shop):
    page.goto(shop.url)
    page.get_by_role("button", name="An order", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("Sent. Odoo answered 202.")
    expect(page.get_by_role("row").nth(1)).to_contain_text("202")
    picture(page, "shop")
