"""A browser before a throw-away Odoo with the demo company, and its shop."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from simulators import secret_file
from simulators.shop import RunningShop
from tests.browser.people import PAGE_MS, logged_in
from tools import databases
from tools.processes import free_port
from tools.server import OdooServer

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")

expect.set_options(timeout=PAGE_MS)


@pytest.fixture(scope="session", name="chromium")
def _chromium():
    if not CHROMIUM:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing, and CI is where the browser tests must run.")
        pytest.skip("Chromium is not installed")
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
    name = databases.own("seam_browser")
    with databases.database(name, template=os.environ["SEAM_TEMPLATE"]):
        with OdooServer(name, workers=2, environment=environment) as odoo:
            target = f"{odoo.url}/seam/v1/shop/orders"
            with RunningShop(
                port, target, secret_file.ensure(secrets), folder / "orders", seed=5
            ) as shop:
                shop.odoo = odoo
                yield shop


@pytest.fixture(scope="module", name="page")
def _page(chromium, shop):
    """The administrator's page, logged in."""
    with logged_in(chromium, shop.odoo) as page:
        yield page


@pytest.fixture
def nothing_goes_wrong(page):
    """For stories whose tests share a page: who broke its scripts is the test that was at it."""
    yield
    assert page.wrong == []
