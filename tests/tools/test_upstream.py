"""What `make test-upstream` makes of the log of Odoo's own tests."""

import json

import pytest

from tools import upstream
from tools.settings import Problem

STAMP = "2026-11-21 17:57:26,574 8049 ERROR upstream_seam odoo.addons"
TEST = f"{STAMP}.sale.tests.test_sale_order: FAIL: TestSaleOrder.test_invoicing_terms\n"
CLASS = f"{STAMP}.suite: ERROR: setUpClass (odoo.addons.queue_job.tests.test_json_field.TestJson)\n"


def total(failed, errors, tests=85):
    counts = f"{failed} failed, {errors} error(s) of {tests} tests"
    return f"2026-11-21 ERROR upstream_seam odoo.tests.result: {counts} when loading database\n"


def result(tmp_path, *lines):
    log = tmp_path / "upstream.log"
    log.write_text("".join(lines))
    return upstream._result(log)


def test_failures_have_names_those_of_whole_classes_too(tmp_path):
    found = result(tmp_path, TEST, CLASS, TEST, total(1, 1))
    assert found["tests"] == 85
    assert found["failures"] == [
        "TestSaleOrder.test_invoicing_terms",
        "setUpClass (odoo.addons.queue_job.tests.test_json_field.TestJson)",
    ]


def test_a_failure_without_a_name_is_not_overlooked(tmp_path):
    with pytest.raises(Problem, match="does not name"):
        result(tmp_path, total(0, 1))


def test_what_fails_without_seam_too_is_forgiven_and_nothing_else(tmp_path, capsys):
    bare = tmp_path / "bare.json"
    bare.write_text(json.dumps({"tests": 85, "failures": ["TestSaleOrder.test_invoicing_terms"]}))
    known = result(tmp_path, TEST, total(1, 0))
    assert upstream._report(known, bare, bare=False) == 0
    assert "fails without Seam too" in capsys.readouterr().out
    assert upstream._report(result(tmp_path, TEST, CLASS, total(1, 1)), bare, bare=False) == 1
    assert upstream._report(known, tmp_path / "none.json", bare=False) == 1
