"""`make test-upstream`: Odoo's own tests of the apps Seam touches, with Seam installed and without.

Run inside Odoo's own test runner, as Odoo's developers do: the modules are updated with tests on, so
that Seam's columns and constraints are in the database for the tests at install, and Seam's code is
loaded for those after it. Seam's failures are those that a run with --bare does not have.
"""

import json
import os
import re

from tools import databases, postgres
from tools.server import install
from tools.settings import Problem, addons

MODULES = ["sale", "stock", "queue_job"]
ALONG = ["sale_stock", "sale_management"]
# A test, or a class of tests that could not be set up.
FAILURE = re.compile(r" (?:FAIL|ERROR): (?P<test>\w+\.\w+|(?:setUp|tearDown)Class \(\S+\))")
TOTAL = re.compile(r"odoo\.tests\.result: (\d+) failed, (\d+) error\(s\) of (\d+) tests")


def test(settings, bare):
    """Returns 0 when no test fails that does not fail without Seam too."""
    name = "bare" if bare else "seam"
    with postgres.available(settings) as server:
        os.environ.update(server)
        database = f"upstream_{name}"
        log = settings.logs / f"upstream-{name}.log"
        with databases.database(database):
            ours = [] if bare else [each for each in addons() if each != "seam_demo"]
            print(f"Installing {', '.join([*MODULES, *ALONG, *ours])} …", flush=True)
            install(database, [*MODULES, *ALONG, *ours])
            print(f"Running the tests of {', '.join(MODULES)}; log in {log} …", flush=True)
            _run_tests(database, log)
    result = _result(log)
    folder = settings.data / "upstream"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1))
    return _report(result, folder / "bare.json", bare)


def _run_tests(database, log):
    tags = ",".join(f"/{module}" for module in MODULES)
    arguments = ["--test-enable", f"--test-tags={tags}", "--http-port=0"]
    try:
        install(database, update=MODULES, log_path=log, arguments=arguments)
    except Problem:
        if not TOTAL.search(log.read_text(errors="replace")):
            raise


def _result(log):
    text = log.read_text(errors="replace")
    totals = [sum(map(int, column)) for column in zip(*TOTAL.findall(text))]
    failures = sorted(set(FAILURE.findall(text)))
    if totals[0] + totals[1] and not failures:
        raise Problem(f"Tests failed that {log} does not name in the way we know.")
    return {"tests": totals[2], "failures": failures}


def _report(result, bare_file, bare):
    print(f"{result['tests']} tests, {len(result['failures'])} failed")
    known = set()
    if not bare and bare_file.exists():
        known = set(json.loads(bare_file.read_text())["failures"])
    for failure in result["failures"]:
        print(f"  {failure}{' (fails without Seam too)' if failure in known else ''}")
    return 0 if bare or set(result["failures"]) <= known else 1
