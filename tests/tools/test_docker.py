"""Dockerfile and docker-compose.yml, as far as they can be checked where no engine is.

They start what `make run` starts, and their edits of odoo.conf hit what they are meant to.
"""

import configparser
import re
import subprocess

import pytest
import yaml

from tools import running
from tools.settings import ROOT, Settings


@pytest.fixture(scope="module")
def services():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def test_it_starts_the_simulators_that_make_run_starts(services):
    started = [
        service["entrypoint"][2:] for service in services.values() if "entrypoint" in service
    ]
    assert sorted(started) == sorted(running.SIDE_PROCESSES)


def test_every_simulator_is_where_odoo_looks_for_it(services):
    """They listen where they do by default, in the network of Odoo's container."""
    expected = running._demo(Settings({}))
    told = services["odoo"]["environment"]
    urls = {name for name in expected if name.endswith("_URL") and name != "SEAM_URL"}
    for name in urls & set(told):
        assert told[name] == expected[name]
    # The shop's address is the default of its setting.
    assert urls - set(told) <= {"SEAM_SHOP_URL"}
    for service in services.values():
        if "entrypoint" in service:
            assert service["network_mode"] == "service:odoo"
            secret = service["environment"]["SEAM_DEMO_SECRET_FILE"]
            assert secret == told["SEAM_DEMO_SECRET_FILE"]


def test_only_this_machine_is_let_in(services):
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_every_edit_of_odoo_conf_takes_effect(tmp_path):
    conf = tmp_path / "odoo.conf"
    conf.write_text((ROOT / "odoo.conf").read_text())
    edits = re.findall(r"-e '([^']+)'", (ROOT / "Dockerfile").read_text())
    assert edits
    for edit in edits:
        before = conf.read_text()
        subprocess.run(["sed", "-i", "-e", edit, str(conf)], check=True)
        assert conf.read_text() != before, edit
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(conf)
    options = parser["options"]
    assert options["addons_path"].startswith("/opt/seam/addons,")
    assert options["http_interface"] == "0.0.0.0"
    assert options["data_dir"] == "/var/lib/odoo"
    assert parser["queue_job"]["host"] == "127.0.0.1"
    assert parser["seam"]["secret_key_file"].startswith("/var/lib/odoo/")


def test_what_is_copied_is_there_and_not_ignored():
    copied = re.findall(r"^COPY (\S+) ", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert copied
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name in copied:
        assert (ROOT / name).exists(), name
        assert f"!{name}" in ignored or "*" not in ignored, name


def test_requirements_come_apart_as_the_image_installs_them():
    """queue_job without its dependencies, everything else with them."""
    lines = [
        line
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    addons = [line for line in lines if line.startswith("odoo-addon-")]
    assert [line.split("==")[0] for line in addons] == ["odoo-addon-queue-job"]
