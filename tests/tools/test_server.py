"""A throw-away server, as the benchmarks and failure tests use it."""

import os
import signal
import time
import urllib.request

import pytest

from tools import databases
from tools.server import OdooServer


@pytest.fixture(scope="module")
def server():
    with databases.database("seam_server_test", template=os.environ["SEAM_TEMPLATE"]) as name:
        with OdooServer(name, workers=2) as server:
            yield server


def eventually(condition, patience=120):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@pytest.mark.slow
def test_it_serves_the_template(server):
    with urllib.request.urlopen(f"{server.url}/web/login", timeout=60) as page:
        assert page.status == 200


@pytest.mark.slow
def test_its_workers_are_known_and_come_back_after_a_kill(server):
    eventually(lambda: len(server.worker_pids()) == 2)
    eventually(lambda: len(server.worker_pids("WorkerJobRunner")) == 1)
    victim = server.worker_pids()[0]
    os.kill(victim, signal.SIGKILL)
    eventually(lambda: victim not in server.worker_pids() and len(server.worker_pids()) == 2)
    eventually(server.healthy)


@pytest.mark.slow
def test_it_leaves_no_process(server):
    pids = [server.process.pid, *server.worker_pids()]
    server.stop()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
