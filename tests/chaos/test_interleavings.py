"""Many workers, clerks and partners at one spine, at random; see interleavings.py and interleavings_out.py."""

import json
import os
import subprocess
import sys

import pytest

from tests.chaos.rig import ADDONS_PATH
from tools import databases, odoo_conf
from tools.server import install
from tools.settings import ROOT, Settings

DATABASE = "seam_interleavings"


@pytest.fixture(scope="module")
def conf():
    settings = Settings()
    with databases.database(DATABASE, os.environ["SEAM_TEMPLATE"]):
        install(DATABASE, ["seam_chaos"], arguments=[f"--addons-path={ADDONS_PATH}"])
        path = settings.data / "conf" / f"{DATABASE}.conf"
        yield odoo_conf.write(path, settings, DATABASE, options={"addons_path": ADDONS_PATH})


@pytest.mark.parametrize("module", ["interleavings", "interleavings_out"])
def test_no_order_of_events_breaks_the_spine(conf, module):
    words = ["--conf", conf, "--database", DATABASE, "--seed", 1, "--seconds", 8, "--least", 15]
    done = subprocess.run(
        [sys.executable, "-m", f"tests.chaos.{module}", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.stdout, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert result["received"] > 100, "too little was done to prove anything"
    assert not result["breaches"]
    assert not result["unexpected"]
