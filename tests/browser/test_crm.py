"""Conflicts and duplicates of a CRM, decided in the browser by a clerk with the rights of the role and no more.

The CRM tells and takes as a partner who speaks our documents; what it has in the end is asked for at its own
place. With SEAM_SCREENSHOTS=1 the pictures in docs/images/crm are taken anew.
"""

import contextlib
import json
import os
import re
import time
import urllib.request

import pytest
from playwright.sync_api import expect

from simulators import secret_file
from simulators.crm import RunningCrm
from simulators.office import opening
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
from tools import databases
from tools.processes import free_port
from tools.server import OdooServer

CLERK = (
    "base.group_user",
    "seam.group_seam_operator",
    "base.group_partner_manager",
    "sales_team.group_sale_salesman_all_leads",
)

# Whom the CRM begins with: one who agrees, one with another number, one who may be somebody, a company of one.
PEOPLE = ("P-1001", "P-1002", "P-1005", "A-2001", "P-2002")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", name="crm")
def _crm(chromium, tmp_path_factory):
    """A CRM that works on the same customers as a running Odoo, `crm.odoo`; its people do what a story says."""
    folder = tmp_path_factory.mktemp("crm")
    secret, port = folder / "secret", free_port()
    known = secret_file.ensure(secret)["crm_secret"]
    environment = {
        "SEAM_DEMO_SECRET_FILE": str(secret),
        "SEAM_CRM_URL": f"http://127.0.0.1:{port}",
    }
    begins_with = [each for each in opening.records() if each["id"] in PEOPLE]
    with databases.database("seam_crm", template=os.environ["SEAM_TEMPLATE"]) as name:
        odoo = OdooServer(name, workers=2, environment=environment)
        crm = RunningCrm(
            port, f"{odoo.url}/seam/v1/crm", known, folder / "books", begins_with,
            auto=False, pushes=False,
        )  # fmt: skip
        with crm, odoo:
            crm.odoo = odoo
            yield crm


@pytest.fixture(scope="module", name="rpc")
def _rpc(crm):
    rpc = Rpc(crm.odoo)
    clerk = rpc.user("Carla Clerk", "clerk", CLERK)
    rpc.user("Sam Seller", "seller", CLERK)
    desk = {"name": "Customer desk", "lead_id": clerk, "member_ids": [(0, 0, {"user_id": clerk})]}
    (team,) = rpc("seam.exception.team", "create", [desk])
    flows = rpc("seam.flow", "search", [("system_id.code", "=", "crm")])
    rpc("seam.flow", "write", flows, {"team_id": team})
    rpc("seam.exception.rule", "write", rpc("seam.exception.rule", "search", []), {"team_id": team})
    # What Odoo told it from the first moment on it has taken; it tells itself once there is who looks at it.
    crm.teller.go_on(True)
    return rpc


@pytest.fixture(scope="module", name="seller")
def _seller(crm, rpc):
    """A colleague who changes customers in Odoo."""
    return Rpc(crm.odoo, "seller", PASSWORD)


@pytest.fixture(name="clerk")
def _clerk(chromium, crm, rpc):
    with logged_in(chromium, crm.odoo, "clerk", PASSWORD) as page:
        yield page


@pytest.fixture(name="phone")
def _phone(chromium, crm, rpc):
    with logged_in(chromium, crm.odoo, "clerk", PASSWORD, PHONE) as page:
        yield page


def picture(page, name):
    people.picture(page, f"crm/{name}")


def audit(crm):
    with urllib.request.urlopen(f"{crm.url}/audit", timeout=60) as answer:
        return json.load(answer)


def theirs(crm, id_):
    """dict of the fields of a contact of the CRM"""
    return audit(crm)["records"]["contact"][id_]["fields"]


def bound(rpc, id_):
    """:return: id of the contact that is one of the CRM's, once it is known"""
    domain = [("system_id.code", "=", "crm"), ("external_id", "=", id_)]
    found = until(lambda: rpc("seam.binding", "search_read", domain, fields=["res_id"]))
    assert len(found) == 1
    return found[0]["res_id"]


def ours(rpc, partner):
    return rpc("res.partner", "read", [partner], ["name", "email", "phone", "function"])[0]


def case_of(rpc, words):
    """:return: id of the open case, once it is there and the team's"""
    domain = [("state", "=", "open"), ("name", "like", words), ("team_id", "!=", False)]
    return until(lambda: rpc("seam.exception", "search", domain))[0]


@contextlib.contextmanager
def untold(rpc):
    """Nothing that changes in Odoo meanwhile is told to the CRM before the end."""
    flow = rpc("seam.flow", "search", [("code", "=", "contacts-out")])
    rpc("seam.flow", "action_pause", flow)
    try:
        yield
    finally:
        rpc("seam.flow", "action_activate", flow)


def settled(crm, rpc):
    """Wait until neither side has anything to tell that could go."""
    under_way = [("system_id.code", "=", "crm"), ("state", "in", ("pending", "working"))]
    until(lambda: not crm.teller.waiting() and not rpc("seam.message", "search_count", under_way))


def agree(crm, rpc, id_, **values):
    """Wait until both sides say so of a contact. `values` are by the CRM's names."""
    names = {"title": "function"}
    partner = bound(rpc, id_)

    def said():
        here, there = ours(rpc, partner), theirs(crm, id_)
        return all(here[names.get(x, x)] == there.get(x) == value for x, value in values.items())

    until(said)


def open_decision(page):
    """The dialog in which a conflict is decided, from its case."""
    page.get_by_role("button", name="Decide").wait_for()
    page.keyboard.press("Alt+k")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio").first.wait_for()
    return dialog


def test_what_both_sides_changed_is_decided_by_keyboard_and_odoos_counts(clerk, crm, rpc, seller):
    amelia = bound(rpc, "P-1001")
    agree(crm, rpc, "P-1001", title="Club secretary")
    with untold(rpc):
        seller("res.partner", "write", [amelia], {"function": "Club president"})
        crm.books.edit("P-1001", "Tom Okafor", title="Treasurer")
        case = case_of(rpc, "Amelia Hart: both sides changed")
    my_exceptions(clerk)
    row = clerk.locator(".o_data_row", has_text="Amelia Hart")
    expect(clerk.locator(".o_searchview_input")).to_be_focused()
    move_until(clerk, "ArrowDown", row)
    clerk.keyboard.press("Enter")
    form = clerk.locator(".o_form_view .o_form_renderer")
    for word in ("Club president", "Sam Seller", "Treasurer", "Tom Okafor", "UTC"):
        expect(form).to_contain_text(word)
    picture(clerk, "conflict-1-case")
    dialog = open_decision(clerk)
    shown = dialog.locator("div[name=differences] tbody tr")
    expect(shown).to_have_count(1)
    expect(shown).to_contain_text(re.compile("Club president.*Sam Seller.*Treasurer.*Tom Okafor"))
    move_until(clerk, "Shift+Tab", dialog.locator("div[name=choice]"))
    # The last one, as one comes from below; behind it is the first one.
    clerk.keyboard.press("ArrowDown")
    expect(dialog.get_by_label("Keep what is in Odoo")).to_be_checked()
    expect(dialog).to_contain_text("becomes “Club president”")
    expect(dialog).to_contain_text("The partner is told")
    move_until(clerk, "Tab", dialog.get_by_label("Why"))
    clerk.keyboard.type("She was elected yesterday.")
    picture(clerk, "conflict-2-decide")
    clerk.keyboard.press("Alt+q")
    dialog.wait_for(state="detached")
    resolved(rpc, case)
    agree(crm, rpc, "P-1001", title="Club president")
    my_exceptions(clerk)
    expect(row).to_have_count(0)


def test_of_each_field_the_newest(clerk, crm, rpc, seller):
    ida = bound(rpc, "P-2002")
    settled(crm, rpc)
    with untold(rpc):
        seller("res.partner", "write", [ida], {"function": "Head of Camping"})
        crm.teller.go_on(False)
        crm.books.edit("P-2002", "Tom Okafor", title="Director", phone="+1 218 555 0121")
        # Odoo notes seconds.
        edited = time.time()
        until(lambda: time.time() > edited + 1)
        seller("res.partner", "write", [ida], {"phone": "+1 218 555 0122"})
        crm.teller.go_on(True)
        case = case_of(rpc, "Ida Sund: both sides changed")
    open_case(clerk, "Ida Sund: both sides")
    dialog = open_decision(clerk)
    expect(dialog.locator("div[name=differences] tbody tr")).to_have_count(2)
    dialog.get_by_text("Bring both together").click()
    expect(dialog).to_contain_text("Of each field what was changed last")
    expect(dialog).to_contain_text("becomes “Director”")
    expect(dialog).to_contain_text("becomes “+1 218 555 0122”")
    dialog.get_by_label("Why").fill("Each of them asked her about one thing.")
    picture(clerk, "conflict-3-newest")
    dialog.locator("footer .btn-primary").click()
    dialog.wait_for(state="detached")
    resolved(rpc, case)
    agree(crm, rpc, "P-2002", title="Director", phone="+1 218 555 0122")


def test_at_their_first_meeting_the_crms_counts_decided_on_a_phone(phone, crm, rpc):
    case = case_of(rpc, "Jonas Reed: Odoo and the partner differ")
    my_exceptions(phone)
    phone.locator(".o_kanban_record", has_text="Jonas Reed").click()
    phone.locator(".o_form_view .o_form_renderer").wait_for()
    picture(phone, "phone-1-conflict")
    phone.get_by_role("button", name="Decide").click()
    dialog = phone.get_by_role("dialog")
    dialog.get_by_text("Take what the partner says").click()
    expect(dialog).to_contain_text("becomes “+1 206 555 0177”")
    expect(dialog).not_to_contain_text("The partner is told")
    dialog.get_by_label("Why").fill("He called from that number.")
    picture(phone, "phone-2-decide")
    dialog.locator("footer .btn-primary").click()
    dialog.wait_for(state="detached")
    resolved(rpc, case)
    agree(crm, rpc, "P-1002", phone="+1 206 555 0177")


def test_one_that_is_in_odoo_already_is_chosen(clerk, crm, rpc):
    case = case_of(rpc, "Grace Okafor may be in Odoo already")
    open_case(clerk, "Grace Okafor may be")
    beside = clerk.locator("div[name=crm_compared]")
    expect(beside.locator("tr", has_text="Email")).to_contain_text(
        re.compile(r"grace\.o@example\.com.*grace\.okafor@example\.com")
    )
    # The same on both sides; the other address is not.
    expect(beside.locator("strong", has_text="Grace Okafor")).to_have_count(1)
    expect(beside.locator("strong", has_text="@")).to_have_count(0)
    expect(clerk.get_by_role("button", name="Merge")).to_have_count(0)
    beside.scroll_into_view_if_needed()
    picture(clerk, "duplicate-1-beside")
    clerk.keyboard.press("Alt+g")
    dialog = clerk.get_by_role("dialog")
    first = dialog.get_by_role("radio").first
    expect(first).to_contain_text("Grace Okafor")
    picture(clerk, "duplicate-2-choose")
    move_until(clerk, "Tab", first)
    clerk.keyboard.press("Space")
    expect(first).to_be_checked()
    clerk.keyboard.press("Alt+q")
    dialog.wait_for(state="detached")
    resolved(rpc, case)
    assert rpc("res.partner", "search_count", [("name", "=", "Grace Okafor")]) == 1
    # Now that they are one, somebody says which address is hers.
    case = case_of(rpc, "Grace Okafor: Odoo and the partner differ about Email")
    open_case(clerk, "Grace Okafor: Odoo")
    dialog = open_decision(clerk)
    dialog.get_by_text("Keep what is in Odoo").click()
    dialog.get_by_label("Why").fill("She has read our mails there.")
    dialog.locator("footer .btn-primary").click()
    dialog.wait_for(state="detached")
    resolved(rpc, case)
    agree(crm, rpc, "P-1005", email="grace.okafor@example.com")


def test_two_in_odoo_are_merged(clerk, crm, rpc, seller):
    settled(crm, rpc)
    mail = "rosa.diaz@example.com"
    rosa = {"email": mail, "country_id": rpc.id("base.us")}
    with untold(rpc):
        for name in ("Rosa Diaz", "R. Diaz"):
            seller("res.partner", "create", [{"name": name, **rosa}])
        there = crm.books.new("contact", "Nora Lind", name="Rosa Diaz", email=mail, country="US")
        case = case_of(rpc, "Rosa Diaz may be in Odoo already")
    open_case(clerk, "Rosa Diaz may be")
    expect(clerk.locator("div[name=crm_compared] thead th", has_text="In Odoo")).to_have_count(2)
    clerk.locator("div[name=crm_compared]").scroll_into_view_if_needed()
    picture(clerk, "duplicate-3-two")
    clerk.get_by_role("button", name="Merge").click()
    dialog = clerk.get_by_role("dialog")
    picture(clerk, "duplicate-4-merge")
    dialog.get_by_role("button", name="Merge Contacts").click()
    resolved(rpc, case)
    (left,) = rpc("res.partner", "search", [("email", "=", mail)])
    assert bound(rpc, there["id"]) == left
    settled(crm, rpc)
    records = audit(crm)["records"]["contact"].values()
    assert len([x for x in records if x["fields"].get("email") == mail and not x["deleted"]]) == 1
    agree(crm, rpc, there["id"], name="Rosa Diaz")


def test_in_the_end_nothing_is_open_and_nobody_is_there_twice(crm, rpc):
    settled(crm, rpc)
    held = [("system_id.code", "=", "crm"), ("state", "=", "failed")]
    assert rpc("seam.message", "search_read", held, fields=["label", "fault_message"]) == []
    assert rpc("seam.exception", "search_read", [("state", "=", "open")], fields=["name"]) == []
    assert audit(crm)["twice"] == {}
