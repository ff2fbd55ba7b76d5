from odoo.addons.web.tests import test_js

# Seconds, on a machine that has much else to do.
PATIENCE = 600


def run(case, suite):
    """Run the tests in JavaScript of an addon's screens, in a real browser.

    :param case: HttpCase
    :param suite: name of the suite, ``@<addon>``
    """
    number = test_js.HOOTCommon._generate_hash(case, suite)
    case.browser_js(
        f"/web/tests?headless&loglevel=2&preset=desktop&timeout=60000&id={number}",
        "",
        "",
        login="admin",
        timeout=PATIENCE,
        success_signal="[HOOT] Test suite succeeded",
        error_checker=test_js.unit_test_error_checker,
    )
