"""Where the benchmark happens: a database, its Odoo server, an Odoo shell, and the rivals' addons."""

import contextlib
import os
import subprocess

import psutil

from tests.bench.shell import Shell
from tools import databases, odoo_conf
from tools.server import OdooServer, install
from tools.settings import ADDONS, ROOT, Problem, Settings

DATABASE = "seam_bench"
BENCH_ADDONS = ROOT / "tests" / "bench" / "addons"
# Rival 2, from the package index into a folder of its own: it is never part of what ships. Its wheels
# ask for a distribution named odoo, which no index has, hence --no-deps.
EDI_WHEELS = (
    "odoo-addon-edi-core-oca==19.0.1.7.0",
    "odoo-addon-edi-queue-oca==19.0.1.5.0",
    "odoo-addon-base-edi==19.0.1.0.0.7",
)
EDI_NEEDS = ("PyYAML", "openupgradelib")
# Two jobs at work, for Seam and for every rival: as many as there are workers.
CHANNELS = {
    "drain": "root:4,root.seam_critical:1,root.seam_normal:2,root.seam_bulk:1,root.seam_send:2,root.bench:2",
    # one job for sending, as odoo.conf has it for two workers
    "one_sender": "root:4,root.seam_critical:1,root.seam_normal:2,root.seam_bulk:1,root.seam_send:1",
    "held": "root:0",
}


class Place:
    """A database with `modules`, and what runs on it.

    `serve(channels)` starts the server; `shell(function, …)` runs a function inside Odoo;
    `query(statement, …)` asks the database.
    """

    def __init__(self, modules):
        self.settings = Settings()
        self.database = DATABASE
        self.path = [ADDONS, BENCH_ADDONS]
        self.modules = list(modules)
        self.without_edi = None
        self.shop = None
        if "seam_bench_edi" in self.modules:
            self._get_edi()

    def _get_edi(self):
        site = self.settings.data / "bench" / "edi"
        try:
            if not (site / "odoo" / "addons" / "edi_queue_oca").is_dir():
                pip = [self.settings.python, "-m", "pip", "install", "-q", "--no-deps"]
                subprocess.run([*pip, "--target", site, *EDI_WHEELS], check=True)
                subprocess.run([*pip, *EDI_NEEDS], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            self.without_edi = f"its packages could not be fetched: {error}"
            self.modules.remove("seam_bench_edi")
            return
        self.path.append(site / "odoo" / "addons")

    @contextlib.contextmanager
    def open(self):
        """Make the database and the shell, and remove the database at the end."""
        with databases.database(DATABASE):
            print(f"Installing {', '.join(self.modules)} …", flush=True)
            install(
                DATABASE,
                self.modules,
                arguments=["--addons-path", ",".join(map(str, self.path))],
            )
            conf = odoo_conf.write(
                self.settings.data / "conf" / f"{DATABASE}-shell.conf",
                self.settings,
                DATABASE,
                options=self._options(workers=0, max_cron_threads=0),
                queue_job={"channels": "root:0"},
            )
            with Shell(conf, DATABASE) as self.shell:
                yield self

    @contextlib.contextmanager
    def serve(self, channels="drain", **options):
        """An Odoo server with two workers and the runner, both warm.

        channels: of CHANNELS; "held" where jobs must not run
        options: of odoo.conf
        """
        server = OdooServer(
            DATABASE,
            workers=2,
            extra_conf=self._options(**options),
            queue_conf={"channels": CHANNELS[channels]},
            patience=180,
        )
        with server:
            yield server

    def processor(self, server):
        """Seconds of processor time that Odoo and its database connections took until now.

        Unlike the time on the clock it does not depend on what else the machine does.
        """
        odoo = psutil.Process(server.process.pid)
        own = [odoo, *odoo.children(recursive=True)]
        connections = [
            process
            for process in psutil.process_iter(["cmdline"])
            if f" {DATABASE} " in " ".join(process.info["cmdline"] or ())
            and "postgres" in process.info["cmdline"][0]
        ]
        return sum(_taken(process) for process in own + connections)

    def query(self, statement, parameters=None):
        return databases.query(DATABASE, statement, parameters)

    def value(self, statement, parameters=None):
        ((value,),) = self.query(statement, parameters)
        return value

    def _options(self, **options):
        return {"addons_path": ",".join(map(str, self.path)), **options}


def _taken(process):
    with contextlib.suppress(psutil.Error):
        times = process.cpu_times()
        return times.user + times.system
    return 0


def machine():
    """What the figures were measured on, in one line each."""
    import odoo.release

    with open("/proc/cpuinfo") as file:
        names = {line.split(": ")[1].strip() for line in file if line.startswith("model name")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    postgres = databases.query(
        "postgres",
        "SELECT current_setting('server_version'), current_setting('fsync'),"
        " current_setting('synchronous_commit'), current_setting('shared_buffers')",
    )[0]
    return {
        "machine": f"{os.cpu_count()} cores ({', '.join(sorted(names)) or 'unnamed'}), "
        f"{memory:.0f} GB, Linux {os.uname().release}",
        "Odoo": odoo.release.version,
        "PostgreSQL": f"{postgres[0].split()[0]}, fsync {postgres[1]}, "
        f"synchronous_commit {postgres[2]}, shared_buffers {postgres[3]}",
        "Python": os.sys.version.split()[0],
        "queue_job": _version("odoo-addon-queue_job"),
    }


def _version(name):
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        raise Problem(f"{name} is not installed: run `make setup`.") from None
