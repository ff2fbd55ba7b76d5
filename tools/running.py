"""`make run`: database, simulators and Odoo, until Ctrl-C. Runs inside the virtual environment."""

import contextlib
import json
import os
import time

from tools import alone, databases, greeting, postgres, processes
from tools.install_log import tail
from tools.server import OdooServer, install
from tools.settings import ROOT, Problem, addons
from tools.stamp import digest

DATABASE = "seam"
# Started beside Odoo when they exist: a Python module and its arguments; ended by SIGTERM.
SIDE_PROCESSES = [
    ["simulators.shop", "--opening", "--rate", "6"],
    ["simulators.wms"],
    ["simulators.carrier"],
    ["simulators.crm"],
]
# What an update of an addon does not read.
NOT_INSTALLED = ("tests", "static", "readme", "README.rst", "README.md")
SOURCES = "seam.development.sources"


def run(settings):
    """Serve the demo company until a signal comes; returns the exit code."""
    try:
        with contextlib.ExitStack() as stack:
            stack.enter_context(alone.running(settings))
            os.environ.update(stack.enter_context(postgres.available(settings)))
            os.environ.update(_demo(settings))
            prepare_database()
            _serve(settings, stack)
    except processes.Stopped:
        print("\nStopped.")
    return 0


def _demo(settings):
    """What the demo company and its simulators have to agree on, in the environment of both."""
    return {
        "SEAM_DATA": str(settings.data),
        "SEAM_URL": f"http://127.0.0.1:{settings.port}",
        "SEAM_SHOP_PORT": str(settings.shop_port),
        "SEAM_SHOP_URL": f"http://127.0.0.1:{settings.shop_port}",
        "SEAM_WMS_PORT": str(settings.wms_port),
        "SEAM_WMS_URL": f"http://127.0.0.1:{settings.wms_port}",
        "SEAM_CARRIER_PORT": str(settings.carrier_port),
        "SEAM_CARRIER_URL": f"http://127.0.0.1:{settings.carrier_port}",
        "SEAM_CRM_PORT": str(settings.crm_port),
        "SEAM_CRM_URL": f"http://127.0.0.1:{settings.crm_port}",
        "SEAM_DEMO_SECRET_FILE": str(settings.demo_secrets),
    }


def prepare_database():
    """Make database `seam` with demo data, or bring it up to the addons' sources."""
    found = addons()
    if not found:
        raise Problem("There is no addon in addons/ yet: nothing to run.")
    wanted = ["seam_demo"] if "seam_demo" in found else list(found)
    sources = {name: digest(folder, skip=NOT_INSTALLED) for name, folder in found.items()}
    if not databases.exists(DATABASE):
        _create(wanted)
    else:
        _bring_up(wanted, sources)
    _remember(sources)


def _create(wanted):
    """Built under another name: a database `seam` is always a complete one."""
    unfinished = f"{DATABASE}_new"
    print(f"Installing {', '.join(wanted)} with demo data (a minute or two) …", flush=True)
    databases.drop(unfinished)
    databases.create(unfinished)
    install(unfinished, wanted, demo=True)
    databases.rename(unfinished, DATABASE)


def _bring_up(wanted, sources):
    rows = databases.query(DATABASE, "SELECT name FROM ir_module_module WHERE state = 'installed'")
    installed = {name for (name,) in rows}
    before = _remembered()
    changed = [name for name in sources if name in installed and sources[name] != before.get(name)]
    missing = [name for name in wanted if name not in installed]
    if changed or missing:
        print(f"Updating {', '.join([*changed, *missing])} …", flush=True)
        install(DATABASE, missing, update=changed)


def _remembered():
    statement = "SELECT value FROM ir_config_parameter WHERE key = %s"
    rows = databases.query(DATABASE, statement, [SOURCES])
    return json.loads(rows[0][0]) if rows else {}


def _remember(sources):
    statement = (
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value"
    )
    databases.query(DATABASE, statement, [SOURCES, json.dumps(sources)])


def _serve(settings, stack):
    server = stack.enter_context(OdooServer(DATABASE, port=settings.port))
    for words in SIDE_PROCESSES:
        if (ROOT / words[0].replace(".", "/")).with_suffix(".py").exists():
            _start_beside(settings, words, stack)
    print(greeting.text(settings, server.url), flush=True)
    while server.process.poll() is None:
        time.sleep(0.5)
    raise Problem(f"Odoo ended by itself; {server.log_path} says:\n{tail(server.log_path)}")


def _start_beside(settings, words, stack):
    environment = {**os.environ, "SEAM_END_WITH_PARENT": "1"}
    with (settings.logs / f"{words[0]}.log").open("wb") as log:
        process = processes.start(
            [settings.python, "-m", *words], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
    stack.callback(processes.stop, process, patience=5)
