"""A browser before a throw-away Odoo with the demo company, and its shop."""

import os
import shutil

import pytest

from simulators import secret_file
from simulators.shop import RunningShop
from tools import databases
from tools.processes import free_port
from tools.server import OdooServer

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
SIZE = {"width": 1280, "height": 800}


@pytest.fixture(scope="session", name="chromium")
def _chromium():
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing, and CI is where the browser tests must run.")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module", name="shop")
def _shop(chromium, tmp_path_factory):
    """A running shop whose orders a running Odoo takes; `shop.odoo` is the server."""
    folder = tmp_path_factory.mktemp("shop")
    secrets = folder / "secret"
    secret_file.ensure(secrets)
    port = free_port()
    environment = {
        "SEAM_DEMO_SECRET_FILE": str(secrets),
        "SEAM_SHOP_URL": f"http://127.0.0.1:{port}",
    }
    with databases.database("seam_browser", template=os.environ["SEAM_TEMPLATE"]) as name:
        with OdooServer(name, workers=2, environment=environment) as odoo:
            target = f"{odoo.url}/seam/v1/shop/orders"
            with RunningShop(
                port, target, secret_file.ensure(secrets), folder / "orders", seed=5
            ) as shop:
                shop.odoo = odoo
                yield shop


@pytest.fixture(scope="module", name="page")
def _page(chromium, shop):
    """The administrator's page, logged in. What goes wrong in its scripts is in `page.wrong`."""
    context = chromium.new_context(viewport=SIZE, locale="en-US", timezone_id="UTC")
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    page.goto(f"{shop.odoo.url}/web/login")
    page.get_by_label("Email").fill("admin")
    page.get_by_label("Password").fill("admin")
    page.get_by_role("button", name="Log in", exact=True).click()
    page.locator(".o_main_navbar").wait_for(timeout=120_000)
    yield page
    context.close()
