"""`make run` as a newcomer meets it: it greets, it answers, it refuses a second one, it leaves nothing."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from tools import odoo_source, processes
from tools.settings import ROOT, Settings

COMMAND = [sys.executable, str(ROOT / "tools" / "seam.py"), "run"]


@pytest.fixture(scope="module")
def environment():
    """A SEAM_DATA of its own, on the virtual environment and the Odoo that are here already."""
    settings = Settings()
    data = Path(tempfile.mkdtemp(prefix="seam-run-", dir="/var/tmp"))
    data.chmod(0o755)
    (data / "venv").symlink_to(settings.venv)
    values = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "SEAM"))}
    yield values | {
        "SEAM_DATA": str(data),
        "SEAM_PORT": str(processes.free_port(row=6)),
        "ODOO_HOME": str(odoo_source.package_folder(settings)),
    }
    shutil.rmtree(data)


def started(environment):
    """Start `make run` and read what it prints until it is up."""
    process = subprocess.Popen(
        COMMAND, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            return process, said
    pytest.fail(f"It ended with {process.wait()} and said:\n{said}")


def processes_of(environment):
    """Everything that still works on the data folder, by its command line or its environment."""
    return [
        process for process in psutil.process_iter() if _works_on(process, environment["SEAM_DATA"])
    ]


def _works_on(process, folder):
    try:
        if process.status() == psutil.STATUS_ZOMBIE or process.pid == os.getpid():
            return False
        named = any(folder in word for word in process.cmdline())
        return named or process.environ().get("SEAM_DATA") == folder
    except psutil.Error:
        return False


def assert_shop_sells(environment, said):
    """Its orders come in by themselves, and one by hand ends as a sales order."""
    shop = f"http://127.0.0.1:{int(environment['SEAM_PORT']) + 1}"
    assert shop in said
    deadline = time.monotonic() + 180
    accepted = 0
    while accepted < 2:
        assert time.monotonic() < deadline, "no order came in within three minutes"
        time.sleep(0.5)
        with urllib.request.urlopen(f"{shop}/control", timeout=60) as answer:
            accepted = json.load(answer)["deliveries_count"].get("good", {}).get("202", 0)
    for wish, outcome in (([], " in Odoo."), (["--unknown-sku"], "is unknown.")):
        command = [*COMMAND[:-1], "order", *wish]
        order = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=180
        )
        assert order.returncode == 0, order.stderr
        assert "X-WC-Webhook-Signature" in order.stdout and outcome in order.stdout


def assert_warehouse_ships(environment, said):
    """What the shop sells leaves the warehouse, and the shop learns so."""
    port = int(environment["SEAM_PORT"])
    assert f"http://127.0.0.1:{port + 2}" in said
    deadline = time.monotonic() + 300
    while True:
        assert time.monotonic() < deadline, "nothing was shipped within five minutes"
        with urllib.request.urlopen(f"http://127.0.0.1:{port + 2}/audit", timeout=60) as answer:
            warehouse = json.load(answer)
        with urllib.request.urlopen(f"http://127.0.0.1:{port + 1}/audit", timeout=60) as answer:
            shop = json.load(answer)
        shipped = [x for x in warehouse["deliveries"].values() if x["state"] == "shipped"]
        if shipped and "completed" in shop["statuses"].values():
            break
        time.sleep(1)
    assert set(warehouse["effects"].values()) == {1}


def assert_carrier_delivers(environment, said):
    """Express orders are packed and labelled, once each, and a parcel is on its way."""
    port = int(environment["SEAM_PORT"])
    carrier = f"http://127.0.0.1:{port + 4}"
    assert carrier in said
    faster = json.dumps({"pace": 2, "chances": dict.fromkeys(["lost", "silent", "held"], 0)})
    rule(f"{carrier}/control", faster)
    deadline = time.monotonic() + 420
    while True:
        assert time.monotonic() < deadline, "nothing was delivered within seven minutes"
        with urllib.request.urlopen(f"{carrier}/audit", timeout=60) as answer:
            audit = json.load(answer)
        if any("delivered" in scans for each in audit["shipments"].values()
               for scans in each["parcels"].values()):  # fmt: skip
            break
        if len(audit["shipments"]) < 2:
            # one in five orders is for the carrier
            rule(f"http://127.0.0.1:{port + 1}/control", '{"send": {"kind": "good", "count": 2}}')
        time.sleep(5)
    assert not audit["twice"] and set(audit["effects"].values()) == {1}


def assert_crm_knows(environment, said):
    """Orders of the shop are deals of the CRM, once each; what it won is a quotation."""
    crm = f"http://127.0.0.1:{int(environment['SEAM_PORT']) + 5}"
    assert crm in said
    deadline = time.monotonic() + 300
    while True:
        assert time.monotonic() < deadline, "the CRM knows of no order within five minutes"
        with urllib.request.urlopen(f"{crm}/audit", timeout=60) as answer:
            audit = json.load(answer)
        deals = audit["records"]["deal"]
        sold = [each for each in deals.values() if each["odoo_id"] and each["orders"]]
        if sold and deals["D-3001"]["orders"]:
            break
        time.sleep(1)
    assert not audit["twice"] and set(audit["effects"].values()) == {1}


def rule(address, wishes):
    made = urllib.request.Request(address, wishes.encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(made, timeout=60) as answer:
        assert answer.status == 200


@pytest.mark.slow
def test_it_greets_answers_and_leaves_nothing(environment):
    process, said = started(environment)
    try:
        url = f"http://127.0.0.1:{environment['SEAM_PORT']}"
        assert url in said and "admin / admin" in said
        with urllib.request.urlopen(f"{url}/web/login", timeout=60) as page:
            assert page.status == 200
        assert_shop_sells(environment, said)
        assert_warehouse_ships(environment, said)
        assert_carrier_delivers(environment, said)
        assert_crm_knows(environment, said)
        second = subprocess.run(
            COMMAND, env=environment, capture_output=True, text=True, timeout=60
        )
        assert second.returncode and "already runs" in second.stderr
        assert "Traceback" not in second.stderr
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(120) == 0
    assert processes_of(environment) == []


@pytest.mark.slow
def test_a_second_start_is_quick_and_a_term_ends_it_too(environment):
    process, said = started(environment)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 0
    assert processes_of(environment) == []
    assert "Installing" not in said and "Updating" not in said, "that is what would take its time"


def test_a_taken_port_is_told_in_a_sentence(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        answer = subprocess.run(
            COMMAND, env=environment | {"SEAM_PORT": str(port)}, capture_output=True, text=True
        )
    assert answer.returncode and f"Port {port} is taken" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_order_without_a_shop_is_told_in_a_sentence(environment, tmp_path):
    secrets = {"SEAM_DEMO_SECRET_FILE": str(tmp_path / "none")}
    answer = subprocess.run(
        [*COMMAND[:-1], "order"], env=environment | secrets, capture_output=True, text=True
    )
    assert answer.returncode and "make run" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_folder_without_odoo_is_told_in_a_sentence(environment, tmp_path):
    answer = subprocess.run(
        COMMAND, env=environment | {"ODOO_HOME": str(tmp_path)}, capture_output=True, text=True
    )
    assert answer.returncode and "There is no Odoo in" in answer.stderr
