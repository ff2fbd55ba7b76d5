"""A PostgreSQL and an Odoo of one's own, to be killed: the server under test of the failure tests."""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import psutil

from tests.chaos import odoo_process
from tools import databases, postgres, processes
from tools.server import OdooServer, install
from tools.settings import ADDONS, ROOT, Problem

DATABASE = databases.own("seam_chaos")
ADDONS_PATH = f"{ADDONS},{ROOT / 'tests' / 'chaos' / 'addons'}"
RESTART_SECONDS = 1.5


@contextlib.contextmanager
def rig(template, **options):
    """Yield a started Rig on a copy of database `template`, and remove all of it at the end.

    `options` go to `OdooServer`.
    """
    folder = Path(tempfile.mkdtemp(prefix="seam-chaos-", dir="/var/tmp"))
    folder.chmod(0o755)
    before = {key: os.environ.get(key) for key in postgres.VARIABLES}
    cluster = postgres.Cluster(folder / "postgres")
    try:
        with cluster:
            _copy(template, cluster)
            yield from _serve(cluster, options)
    finally:
        cluster.stop("immediate")
        os.environ.update({key: value for key, value in before.items() if value})
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(cluster.socket, ignore_errors=True)


def _copy(template, cluster):
    """From the server of the environment into the new cluster, which becomes the environment's."""
    with tempfile.NamedTemporaryFile(dir="/var/tmp") as dump:
        command = [cluster.binaries / "pg_dump", "-Fc", "-Z1", "-f", dump.name, template]
        processes.call(command, "The template could not be copied")
        os.environ.update(cluster.environment())
        databases.create(DATABASE)
        restore = [cluster.binaries / "pg_restore", "--no-owner", "-d", DATABASE, dump.name]
        subprocess.run(list(map(str, restore)), stderr=subprocess.DEVNULL)
    install(DATABASE, ["seam_chaos"], arguments=[f"--addons-path={ADDONS_PATH}"])


def _serve(cluster, options):
    conf = {"addons_path": ADDONS_PATH, **options.pop("extra_conf", {})}
    server = OdooServer(DATABASE, workers=2, extra_conf=conf, **options)
    with server:
        one = Rig(cluster, server)
        with one.supervised():
            yield one


class Rig:
    """What can be done to the servers; each deed is told with the seconds since the start."""

    def __init__(self, cluster, server):
        self.cluster, self.server = cluster, server
        self.first_log = server.log_path
        self.registry = odoo_process.load(server.conf_path, DATABASE)
        self.begun = time.monotonic()
        self.deeds = []
        self.starts, self.over = 1, threading.Event()

    def tell(self, what):
        seconds = time.monotonic() - self.begun
        self.deeds.append(what)
        print(f"{seconds:7.1f} s  {what}", flush=True)

    def environment(self):
        return odoo_process.environment(self.registry)

    def query(self, statement, parameters=None):
        """Rows of the database, or None while PostgreSQL is away."""
        with contextlib.suppress(Exception):
            return databases.query(DATABASE, statement, parameters)

    @contextlib.contextmanager
    def supervised(self):
        """Start Odoo again whenever it ended: it gives up by itself when PostgreSQL is away."""
        supervisor = threading.Thread(target=self._supervise)
        supervisor.start()
        try:
            yield
        finally:
            self.over.set()
            supervisor.join()

    def _supervise(self):
        while not self.over.wait(0.5):
            if self.server.process.poll() is not None:
                time.sleep(RESTART_SECONDS)
                self._restart()

    def _restart(self):
        self.starts += 1
        self.server.stop()
        self.server.log_path = self.first_log.with_suffix(f".{self.starts}.log")
        with contextlib.suppress(Problem):
            self.server.start()
            self.tell("Odoo is back")

    # -- what is killed -------------------------------------------------------------

    def kill_worker(self, random, kind="WorkerHTTP"):
        try:
            pids = self.server.worker_pids(kind)
        except (psutil.NoSuchProcess, OSError):
            return
        if pids:
            pid = random.choice(pids)
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            self.tell(f"kill -9 {kind}")

    def kill_odoo(self):
        """All of it at once, as a power failure of the application's host."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.server.process.pid, signal.SIGKILL)
        self.tell("kill -9 Odoo, all processes")

    def kill_postgres(self):
        """The postmaster and its backends at once, as a power failure; then start it again."""
        pid = self.cluster.pid()
        victims = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        for victim in victims:
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()
        psutil.wait_procs(victims[1:], timeout=10)
        self.tell("kill -9 PostgreSQL, all processes")
        time.sleep(RESTART_SECONDS)
        self.cluster.start()
