"""An administrator connects a CRM, from nothing until its contacts are in Odoo, by the pages alone.

The CRM is HubSpot's fake. With SEAM_SCREENSHOTS=1 the pictures in docs/images/crm are taken anew.
"""

import contextlib
import importlib.util
import os
import re
import threading
from types import SimpleNamespace

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.browser import people
from tests.browser.people import PHONE, Rpc, loaded, logged_in
from tools import databases
from tools.server import OdooServer
from tools.settings import ADDONS

COUNT = 230
LONG_AGO = 1_700_000_000_000
TOKEN = "pat-of-the-story"

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("nothing_goes_wrong")]


@pytest.fixture(scope="module", name="hubspot")
def _hubspot():
    """A CRM with some pages of contacts, and a field of its own. It shows the first page, and the others once
    `hubspot.go_on` is set."""
    path = ADDONS / "seam_hubspot" / "tests" / "fake_hubspot.py"
    spec = importlib.util.spec_from_file_location("fake_hubspot", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    hubspot = module.FakeHubspot(TOKEN)
    hubspot.add_property("contacts", "customer_number", label="Customer number")
    for number in range(COUNT):
        hubspot.make(
            "contacts",
            # A load looks again at what changed in the last minutes.
            at=LONG_AGO,
            firstname="Robin",
            lastname=f"Member{number:03}",
            email=f"member{number:03}@club.example.com",
            customer_number=f"C-{9000 + number}",
        )
    hubspot.go_on = threading.Event()
    serve = hubspot._serve

    def patient(handler, body):
        if re.match(r"/crm/v3/objects/contacts\?.*after=", handler.path):
            hubspot.go_on.wait()
        return serve(handler, body)

    hubspot._serve = patient
    yield hubspot
    hubspot.go_on.set()
    hubspot.close()


@pytest.fixture(scope="module", name="odoo")
def _odoo(chromium):
    with databases.database("seam_crm_setup", template=os.environ["SEAM_TEMPLATE"]) as name:
        with OdooServer(name, workers=2) as odoo:
            yield odoo


@pytest.fixture(scope="module", name="page")
def _page(chromium, odoo):
    with logged_in(chromium, odoo) as page:
        yield page


@pytest.fixture(scope="module", name="crm")
def _crm(odoo):
    """What one test leaves for the next: the story is one."""
    return SimpleNamespace(rpc=Rpc(odoo))


def picture(page, name):
    people.picture(page, f"crm/{name}")


def choose(field, words):
    """Choose a record in a field."""
    field.locator("input").first.click()
    field.locator("input").first.fill(words)
    field.page.locator(".o-autocomplete--dropdown-item", has_text=words).first.click()


def select(field, words):
    """Choose one of a few."""
    field.locator("input").click()
    field.page.locator(".o_select_menu_item", has_text=words).click()


def shown(page):
    page.locator(".o_form_view .o_form_renderer").wait_for()


def saved(page):
    """Save, and save again where the click met a page that was just changing."""
    quiet = page.locator(".o_form_status_indicator_buttons.invisible").first
    button = page.locator(".o_form_button_save")
    for _try in range(5):
        button.click()
        with contextlib.suppress(PlaywrightTimeout):
            quiet.wait_for(state="attached", timeout=people.PAGE_MS / 5)
            return
    quiet.wait_for(state="attached")


def tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()


def told(page, words):
    """Wait for a notification; others may stand beside it."""
    page.locator(".o_notification", has_text=words).first.wait_for()


def field(page, name):
    return page.locator(f".o_form_view .o_field_widget[name={name}]").first


def test_a_system_is_made_and_is_what_its_connector_is(page, crm, hubspot):
    page.goto(f"{page.root}/odoo/seam-systems")
    loaded(page)
    page.get_by_role("button", name="New", exact=True).click()
    shown(page)
    field(page, "name").locator("input").fill("HubSpot")
    select(field(page, "connector"), "HubSpot")
    expect(page.get_by_label("Kind")).to_have_value("CRM")
    field(page, "code").locator("input").fill("hubspot")
    choose(field(page, "user_id"), "CRM (service user)")
    tab(page, "Calls to it")
    field(page, "base_url").locator("input").fill(hubspot.url)
    field(page, "allowed_hosts").locator("input").fill("127.0.0.1")
    saved(page)
    picture(page, "setup-1-system")
    crm.system = int(page.url.rpartition("/")[2])


def test_it_logs_in_with_a_secret_that_nobody_sees_again(page, crm):
    tab(page, "Credentials")
    credentials = field(page, "credential_ids")
    credentials.get_by_role("button", name="Add a line").click()
    line = credentials.locator(".o_selected_row")
    purpose = line.locator(".o_field_widget[name=purpose]")
    select(purpose, "HubSpot: access token")
    expect(purpose.locator("input")).to_have_value(re.compile("HubSpot: access token"))
    for name, words in (("name", "Token of our app"), ("secret_input", TOKEN)):
        written = line.locator(f"[name={name}] input")
        written.fill(words)
        expect(written).to_have_value(words)
    saved(page)
    expect(credentials).to_contain_text("****")
    page.locator("button[name=action_test_connection]").click()
    told(page, "lets this connection in")
    picture(page, "setup-2-tested")
    page.reload()
    shown(page)
    assert TOKEN not in page.content()


def test_its_flows_are_made_and_activated_together(page, crm):
    page.locator("button[name=action_hubspot_setup]").click()
    page.locator("button[name=action_hubspot_learn]").click()
    told(page, "HubSpot told")
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(page.locator(".o_arrow_button_current")).to_have_text("Active")
    steps = page.locator(".o_seam_steps")
    expect(steps.locator(".o_seam_step", has=page.get_by_title("To do"))).to_have_text(
        re.compile("Activate its flows")
    )
    picture(page, "setup-3-steps")
    page.locator("button[name=action_open_flows]").click()
    flows = page.locator(".o_list_view .o_data_row")
    expect(flows.filter(has_text="Being set up")).not_to_have_count(0)
    page.locator("thead .o_list_record_selector input").check()
    picture(page, "setup-4-flows")
    page.get_by_role("button", name="Activate", exact=True).click()
    expect(flows.filter(has_text="Active")).to_have_count(flows.count())
    page.goto(f"{page.root}/odoo/seam-systems/{crm.system}")
    shown(page)
    expect(steps).to_have_count(0)


def test_a_field_of_the_crms_own_is_mapped_by_what_stands_in_it(page, crm):
    (flow,) = crm.rpc(
        "seam.flow", "search", [("system_id", "=", crm.system), ("code", "=", "contacts")]
    )
    page.goto(f"{page.root}/odoo/seam-flows/{flow}")
    shown(page)
    tab(page, "CRM")
    page.get_by_role("button", name="Fields of the CRM").click()
    unmapped = page.locator(".o_list_view .o_data_row")
    row = unmapped.filter(has_text="Customer number")
    expect(row).to_contain_text(re.compile(r"C-9\d\d\d, C-9\d\d\d"))
    expect(unmapped.filter(has_text="firstname")).to_have_count(0)
    picture(page, "setup-5-fields")
    row.get_by_role("button", name="Map it").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("C-9")
    choose(dialog.locator("div[name=field_id]"), "Reference")
    picture(page, "setup-6-map")
    dialog.get_by_role("button", name="Map it").click()
    dialog.wait_for(state="detached")
    expect(unmapped.first).to_be_visible()
    expect(row).to_have_count(0)


def test_everything_is_loaded_while_one_looks(page, crm, hubspot):
    page.goto(f"{page.root}/odoo/action-seam.seam_pull_action")
    loaded(page)
    pull = page.locator(".o_data_row", has_text=re.compile("HubSpot / Contacts"))
    pull.locator("td[name=flow_id]").click()
    shown(page)
    page.get_by_role("button", name="Load everything").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Load everything").click()
    dialog.wait_for(state="detached")
    # Nobody touches the page from here on: it follows by itself.
    expect(page.get_by_text("this page follows it")).to_be_attached()
    expect(field(page, "done")).to_have_text("100")
    expect(field(page, "total")).to_have_text(str(COUNT))
    expect(field(page, "progress")).to_contain_text(f"{100 * 100 // COUNT}")
    picture(page, "setup-7-loading")
    hubspot.go_on.set()
    expect(field(page, "done")).to_have_text(str(COUNT))
    expect(page.locator(".o_arrow_button_current")).to_have_text("Waits for its time")
    for left in ("action_open_pending", "action_open_failed"):
        expect(page.locator(f"button[name={left}] .o_stat_value")).to_have_text("0")
    picture(page, "setup-8-loaded")


def test_its_contacts_are_in_odoo_with_the_field_that_was_mapped(page, crm):
    count = crm.rpc("res.partner", "search_count", [("name", "=like", "Robin Member___")])
    assert count == COUNT
    page.goto(f"{page.root}/odoo/contacts?view_type=list")
    loaded(page)
    page.locator(".o_searchview_input").fill("Robin Member007")
    # What Enter means is known only once the search has told what it offers.
    page.locator(".o_searchview_autocomplete .o-dropdown-item").first.wait_for()
    page.keyboard.press("Enter")
    # The list shows its first page, where this contact stands too, until the search has answered.
    rows = page.locator(".o_list_view .o_data_row")
    expect(rows).to_have_count(1)
    rows.filter(has_text="Robin Member007").locator("td[name=complete_name]").click()
    shown(page)
    expect(field(page, "name")).to_be_visible()
    page.get_by_role("tab", name=re.compile("Sales")).click()
    expect(field(page, "ref").locator("input")).to_have_value("C-9007")


def test_it_fits_on_a_phone(chromium, odoo, crm):
    with logged_in(chromium, odoo, size=PHONE) as phone:
        phone.goto(f"{phone.root}/odoo/seam-systems/{crm.system}")
        shown(phone)
        picture(phone, "setup-phone")
        (pull,) = crm.rpc("seam.pull", "search", [("flow_id.code", "=", "contacts")])
        phone.goto(f"{phone.root}/odoo/action-seam.seam_pull_action/{pull}")
        shown(phone)
        expect(field(phone, "done")).to_have_text(re.compile(r"\d"))
        picture(phone, "setup-phone-load")
