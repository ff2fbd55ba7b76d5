"""A private PostgreSQL cluster: reached by a socket only, never run as root, durable.

    with postgres.available(settings) as environment:   # PGHOST, PGPORT, PGUSER, PGPASSWORD
        ...

starts the cluster of this checkout unless it runs already, and stops it when its last user leaves.
`Cluster(folder)` alone serves tests that kill a server of their own.
"""

import contextlib
import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from tools.postgres_programs import find_binaries
from tools.processes import call
from tools.stamp import locked

ROLE = "seam"
# Room for the longest name PostgreSQL makes in it; the system's limit is 107.
LONGEST_SOCKET_FOLDER = 85
VARIABLES = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")


@contextlib.contextmanager
def available(settings):
    """Yield the environment of a running server: the user's own (PGHOST), or the private cluster."""
    if not settings.own_postgres:
        yield {key: os.environ[key] for key in VARIABLES if key in os.environ}
        return
    with contextlib.ExitStack() as users:
        with locked(settings.data / "postgres.lock"):
            cluster = Cluster.of(settings)
            cluster.start()
            users.enter_context(locked(settings.data / "postgres.users", shared=True))
        try:
            yield cluster.environment()
        finally:
            with locked(settings.data / "postgres.lock"):
                users.close()
                with locked(settings.data / "postgres.users", wait=False) as last:
                    if last:
                        cluster.stop()


class Cluster:
    """A PostgreSQL cluster in one folder.

    folder    made by `start` when missing; its data, password, log (and socket, where the path is short)
    binaries  folder of initdb, pg_ctl and postgres; by default those `find_binaries` finds
    owner     the user it runs as: we ourselves, or an unprivileged one where we are root
    """

    def __init__(self, folder, binaries=None, owner=None):
        self.folder = Path(folder)
        self.owner = owner or unprivileged_user()
        self.data = self.folder / "data"
        self.binaries = Path(binaries) if binaries else find_binaries(self._version())
        self.socket = self.folder / "socket"
        if len(str(self.socket)) > LONGEST_SOCKET_FOLDER:
            name = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
            self.socket = Path("/tmp") / f"seam-pg-{name}"

    @classmethod
    def of(cls, settings):
        """The cluster of this checkout, in `settings.postgres` or where its owner can reach it."""
        folder = _reachable_folder(settings)
        present = folder / "data" / "PG_VERSION"
        version = present.read_text().strip() if present.exists() else None
        return cls(folder, binaries=find_binaries(version, settings))

    # -- life ---------------------------------------------------------------

    def start(self):
        """Make the cluster when there is none, and start it unless it runs; safe to call again."""
        if not (self.data / "PG_VERSION").exists():
            self._create()
        if self.running():
            return
        self._folder(self.socket)
        self._run(
            "pg_ctl",
            "-D",
            self.data,
            "-l",
            self.folder / "log",
            "-w",
            "-t",
            "60",
            "start",
            failure=f"PostgreSQL did not start: {self.folder / 'log'} tells why",
        )

    def stop(self, mode="fast"):
        """Stop the server in order; `mode` as in pg_ctl ("smart", "fast", "immediate")."""
        if self.running():
            self._run(
                "pg_ctl",
                "-D",
                self.data,
                "-m",
                mode,
                "-w",
                "-t",
                "60",
                "stop",
                failure="PostgreSQL did not stop",
            )

    def kill(self):
        """SIGKILL the postmaster, as a power failure would; its backends end by themselves."""
        pid = self.pid()
        if pid is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    def running(self):
        command = [str(self.binaries / "pg_ctl"), "-D", str(self.data), "status"]
        return (
            subprocess.run(command, stdout=subprocess.DEVNULL, **self._as_owner()).returncode == 0
        )

    def pid(self):
        """The postmaster's process id, or None."""
        file = self.data / "postmaster.pid"
        return int(file.read_text().split()[0]) if file.exists() else None

    def environment(self):
        """What clients need in their environment."""
        return {
            "PGHOST": str(self.socket),
            "PGPORT": "5432",
            "PGUSER": ROLE,
            "PGPASSWORD": (self.folder / "password").read_text(),
        }

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    # -- making it ----------------------------------------------------------

    def _create(self):
        print("Making a PostgreSQL cluster …", flush=True)
        self._folder(self.folder)
        shutil.rmtree(self.data, ignore_errors=True)
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        password = secrets.token_urlsafe(24)
        self._run(
            "initdb",
            "-D",
            fresh,
            "-U",
            "postgres",
            "--auth=reject",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            failure="initdb failed",
        )
        # No superuser: Odoo refuses "postgres" and needs to make databases, nothing more.
        statement = f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'\n"
        self._run(
            "postgres",
            "--single",
            "-D",
            fresh,
            "postgres",
            input=statement,
            failure="The database user could not be made",
        )
        self._file(self.folder / "password", password)
        (fresh / "pg_hba.conf").write_text(f"local all {ROLE} scram-sha-256\n")
        with (fresh / "postgresql.conf").open("a") as file:
            file.write(self._configuration())
        fresh.rename(self.data)

    def _configuration(self):
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
        values = {
            "listen_addresses": "''",
            "unix_socket_directories": f"'{self.socket}'",
            "unix_socket_permissions": "0700",
            "port": "5432",
            "max_connections": "200",
            "shared_buffers": f"{max(64, min(1024, memory // 8))}MB",
            "effective_cache_size": f"{max(128, memory // 2)}MB",
            "work_mem": "16MB",
            "maintenance_work_mem": "128MB",
            "max_wal_size": "2GB",
            "random_page_cost": "1.1",
            "jit": "off",
            # What was answered must survive a power failure.
            "fsync": "on",
            "synchronous_commit": "on",
            "full_page_writes": "on",
        }
        return "".join(f"{key} = {value}\n" for key, value in values.items())

    def _version(self):
        file = self.data / "PG_VERSION"
        return file.read_text().strip() if file.exists() else None

    # -- as its owner -------------------------------------------------------

    def _run(self, program, *arguments, failure, **options):
        call([self.binaries / program, *arguments], failure, **options, **self._as_owner())

    def _as_owner(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        options = {"cwd": "/", "env": {**environment, "LC_ALL": "C.UTF-8"}}
        if os.geteuid() == 0:
            user = pwd.getpwnam(self.owner)
            options |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        return options

    def _folder(self, path):
        path.mkdir(parents=True, exist_ok=True)
        self._give(path, 0o700)

    def _file(self, path, content):
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(content)
        self._give(path, 0o600)

    def _give(self, path, mode):
        if os.geteuid() == 0:
            user = pwd.getpwnam(self.owner)
            os.chown(path, user.pw_uid, user.pw_gid)
        path.chmod(mode)


def unprivileged_user():
    """The user a cluster runs as: ourselves, or for root `postgres` or a system user made for it."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    for name in ("postgres", "seam"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    call(
        ["useradd", "--system", "--home-dir", "/nonexistent", "--no-create-home", "seam"],
        "PostgreSQL may not run as root, and no user could be made for it",
    )
    return "seam"


def _reachable_folder(settings):
    """`settings.postgres`, or a folder in /var/tmp where the cluster's user may not come there."""
    place = settings.postgres
    settings.data.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0 or _can_enter(settings.data):
        return place.resolve()
    name = hashlib.sha256(str(settings.data).encode()).hexdigest()[:12]
    folder = Path("/var/tmp") / f"seam-{name}"
    if not place.is_symlink():
        # A cluster there without our link was left by a checkout that was deleted.
        if folder.exists():
            Cluster(folder).stop("immediate")
            shutil.rmtree(folder)
        place.symlink_to(folder)
    return folder


def _can_enter(folder):
    user = pwd.getpwnam(unprivileged_user())
    return (
        subprocess.run(
            ["test", "-x", str(folder)],
            cwd="/",
            user=user.pw_uid,
            group=user.pw_gid,
            extra_groups=[],
        ).returncode
        == 0
    )
