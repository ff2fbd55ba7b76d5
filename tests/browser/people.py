"""Somebody at a browser: who logs in, what is on the page, and a picture of it for the guides."""

import contextlib
import json
import os
import time
import urllib.request

from tools.settings import ROOT

IMAGES = ROOT / "docs" / "images"
LARGEST = 200_000
SIZE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# On a machine that has much else to do: seconds for what the server does by itself, some of it once a minute,
# milliseconds for what a page shows.
PATIENCE = 180
PAGE_MS = 60_000
PASSWORD = "a-password-of-tests"


class Rpc:
    """Odoo as the administrator or another user, for what a story finds ready when it begins, and asks for at
    its end."""

    def __init__(self, odoo, login="admin", password="admin"):
        self.url, self.database, self.password = f"{odoo.url}/jsonrpc", odoo.database, password
        self.uid = self._call("common", "authenticate", self.database, login, password, {})
        assert self.uid, f"{login} cannot log in"

    def __call__(self, model, method, *args, **kwargs):
        known = (self.database, self.uid, self.password)
        return self._call("object", "execute_kw", *known, model, method, args, kwargs)

    def _call(self, service, method, *args):
        params = {"service": service, "method": method, "args": args}
        wish = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(self.url, wish, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer = json.load(response)
        assert "error" not in answer, answer["error"]["data"]["debug"]
        return answer.get("result")  # it leaves out None

    def id(self, xmlid):
        module, name = xmlid.split(".")
        domain = [("module", "=", module), ("name", "=", name)]
        (found,) = self("ir.model.data", "search_read", domain, fields=["res_id"])
        return found["res_id"]

    def user(self, name, login, groups):
        values = {
            "name": name,
            "login": login,
            "password": PASSWORD,
            "group_ids": [(6, 0, [self.id(group) for group in groups])],
        }
        return self("res.users", "create", [values])[0]


@contextlib.contextmanager
def logged_in(chromium, odoo, login="admin", password="admin", size=SIZE):
    """The page of a user of `odoo`, a tools.server.OdooServer. What goes wrong in its scripts is in `page.wrong`."""
    with chromium.new_context(viewport=size, locale="en-US", timezone_id="UTC") as context:
        context.set_default_timeout(PAGE_MS)
        page = context.new_page()
        page.wrong, page.root = [], odoo.url
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.goto(f"{odoo.url}/web/login")
        page.get_by_label("Email").fill(login)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in", exact=True).click()
        # The first page of a database makes its assets.
        page.locator(".o_main_navbar").wait_for(timeout=PATIENCE * 1000)
        yield page
        page.title()  # whatever its scripts have told is heard before
        assert page.wrong == []


def until(what, patience=PATIENCE):
    """Wait for what happens on the server: `what()` gives something. :return: it"""
    deadline = time.monotonic() + patience
    while not (found := what()):
        assert time.monotonic() < deadline, f"it did not happen within {patience} seconds"
        time.sleep(0.25)
    return found


def loaded(page):
    """Wait until a list or another view of records shows what it found: its control panel comes first."""
    page.locator(".o_view_controller .o_renderer").first.wait_for()


def open_until(open_page, what, count=None):
    """Open a page again and again until it shows `what` others do meanwhile: `count` of it, or any."""

    def is_there():
        open_page()
        found = what.count()
        return bool(found) if count is None else found == count

    until(is_there)


def my_exceptions(page):
    page.goto(f"{page.root}/odoo/seam-my-exceptions")
    loaded(page)


def open_case(page, words):
    """Open a case by words of its own: until the server answers, a list shows the rows that it had before."""
    my_exceptions(page)
    page.locator(".o_data_row", has_text=words).locator("td[name=name]").click()
    page.locator(".o_form_view").wait_for()


def move_until(page, key, goal):
    """Press the key until the goal, or something in it, has the focus."""
    for _ in range(12):
        if goal.evaluate("goal => goal.contains(document.activeElement)"):
            return
        before = page.evaluate_handle("document.activeElement")
        page.keyboard.press(key)
        page.wait_for_function("before => document.activeElement !== before", arg=before)
    raise AssertionError(f"{key} does not come to {goal}")


def resolved(rpc, case):
    domain = [("id", "=", case), ("state", "=", "resolved")]
    until(lambda: rpc("seam.exception", "search_count", domain))


def picture(page, name):
    """With SEAM_SCREENSHOTS=1: take the picture docs/images/<name>.png anew."""
    if not os.environ.get("SEAM_SCREENSHOTS"):
        return
    page.mouse.move(0, 0)
    page.wait_for_timeout(800)
    file = IMAGES / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=file)
    assert file.stat().st_size <= LARGEST, f"{file} is larger than {LARGEST} bytes"
