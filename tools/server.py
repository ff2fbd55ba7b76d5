"""Odoo as a process: install addons, or serve a database for a while. Runs inside the virtual environment.

For tests, benchmarks and failure tests, with PGHOST … set (as `make test`, `make bench` and `make
chaos` do):

    from tools import databases
    from tools.server import OdooServer, install

    with databases.database("seam_mine", template=os.environ["SEAM_TEMPLATE"]):
        with OdooServer("seam_mine", workers=2) as server:
            requests.post(server.url + "/seam/v1/…")
            os.kill(server.worker_pids()[0], signal.SIGKILL)
"""

import os
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from tools import odoo_conf, processes
from tools.install_log import tail
from tools.settings import ROOT, Problem, Settings

MAIN = ROOT / "tools" / "odoo_main.py"


class OdooServer:
    """One Odoo server on `database`, from `start` (or `with`) until `stop`.

    port        where it listens on 127.0.0.1; a free one when not given
    workers     prefork workers; 0 is one process with threads
    extra_conf  options laid over odoo.conf's [options], e.g. {"limit_time_real": 30}
    queue_conf  the same for [queue_job], e.g. {"channels": "root:0"}
    log_path    where its log goes (default: log/<database>.log below SEAM_DATA)
    environment variables for the process beside our own
    patience    seconds it may take until /web/health answers

    After `start`: `url`, `process` (the main process), `conf_path`, `log_path`, `worker_pids()`.
    """

    def __init__(
        self,
        database,
        port=None,
        workers=2,
        extra_conf=None,
        queue_conf=None,
        log_path=None,
        environment=None,
        patience=120,
    ):
        self.settings = Settings()
        self.database = database
        self.port = port or processes.free_port(row=4)
        self.gevent_port = (
            self.port + 3 if processes.port_is_free(self.port + 3) else processes.free_port()
        )
        self.url = f"http://127.0.0.1:{self.port}"
        self.log_path = Path(log_path or self.settings.logs / f"{database}.log")
        self.conf_path = self.settings.data / "conf" / f"{database}.conf"
        self.options = {"workers": workers, **(extra_conf or {})}
        self.queue_job = queue_conf
        self.environment = environment or {}
        self.patience = patience
        self.process = None

    def start(self):
        """Start the process and wait until it answers; its log says why when it does not."""
        odoo_conf.write(
            self.conf_path,
            self.settings,
            self.database,
            self.port,
            self.gevent_port,
            self.options,
            self.queue_job,
        )
        self.process = _start(["-c", self.conf_path], self.log_path, self.environment)
        try:
            self._wait_until_healthy()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, patience=20):
        """End it in order, with all its processes."""
        if self.process is not None:
            processes.stop(self.process, patience)

    def healthy(self, timeout=2):
        try:
            with urllib.request.urlopen(f"{self.url}/web/health", timeout=timeout) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def worker_pids(self, kind="WorkerHTTP"):
        """The living workers of one kind: "WorkerHTTP", "WorkerCron" or "WorkerJobRunner".

        Odoo names each in its log as it starts.
        """
        alive = {child.pid for child in psutil.Process(self.process.pid).children()}
        started = set()
        with self.log_path.open(errors="replace") as log:
            for line in log:
                if f"Worker {kind} (" in line and ") alive" in line:
                    started.add(int(line.split(f"Worker {kind} (")[1].split(")")[0]))
        return sorted(alive & started)

    def _wait_until_healthy(self):
        deadline = time.monotonic() + self.patience
        while not self.healthy():
            if self.process.poll() is not None:
                raise Problem(
                    f"Odoo ended at its start; {self.log_path} says:\n{tail(self.log_path)}"
                )
            if time.monotonic() > deadline:
                raise Problem(f"Odoo did not answer within {self.patience} s; see {self.log_path}.")
            time.sleep(0.1)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def install(database, modules=(), update=(), demo=False, log_path=None, arguments=()):
    """Install and update modules in `database` (which exists), and return the path of the log.

    Raises `Problem` when Odoo fails.
    """
    settings = Settings()
    log_path = Path(log_path or settings.logs / f"install-{database}.log")
    conf = settings.data / "conf" / f"install-{database}.conf"
    odoo_conf.write(conf, settings, database, options={"workers": 0, "max_cron_threads": 0})
    command = ["-c", conf, "--stop-after-init", "--no-http", *arguments]
    if modules:
        command += ["-i", ",".join(modules)]
    if update:
        command += ["-u", ",".join(update)]
    if demo:
        command += ["--with-demo"]
    process = _start(command, log_path)
    try:
        code = process.wait()
    finally:
        processes.stop(process)
    if code:
        raise Problem(f"Odoo could not install the addons; {log_path} ends with:\n{tail(log_path)}")
    return log_path


def _start(arguments, log_path, environment=None):
    settings = Settings()
    log_path.parent.mkdir(parents=True, exist_ok=True)
    variables = {
        key: value for key, value in os.environ.items() if key not in ("PGDATABASE", "ODOO_RC")
    }
    # Each thread that sends would reserve 64 MB of the address space that Odoo limits.
    variables.setdefault("MALLOC_ARENA_MAX", "2")
    variables |= {"SEAM_END_WITH_PARENT": "1", "PYTHONUNBUFFERED": "1", **(environment or {})}
    with log_path.open("wb") as log:
        return processes.start(
            [settings.python, MAIN, "server", *arguments],
            cwd=ROOT,
            env=variables,
            stdout=log,
            stderr=log,
        )
