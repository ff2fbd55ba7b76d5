"""PostgreSQL's own programs: those of the machine, else apt's, else a Python package's."""

import contextlib
import re
import shutil
import subprocess
from pathlib import Path

from tools import apt, python_env
from tools.settings import Problem

PROGRAMS = ("initdb", "pg_ctl", "postgres")


def find_binaries(version=None, settings=None):
    """The folder with PostgreSQL's programs: the newest, or of major `version`; installed if need be."""
    found = _installed(version)
    if found is None and version is None and apt.can_install():
        apt.install("postgresql")
        found = _installed(version)
    if found is None and settings is not None:
        found = _from_pip(settings, version)
    if found is None:
        wanted = f"PostgreSQL {version}, which made this cluster," if version else "PostgreSQL"
        raise Problem(
            f"{wanted} is missing: run `apt-get install postgresql`, or set PGHOST to a server of yours."
        )
    return found


def _installed(version):
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    on_path = shutil.which("pg_ctl")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    for folder in folders:
        complete = all((folder / program).exists() for program in PROGRAMS)
        if complete and (version is None or _program_version(folder) == version):
            return folder
    return None


def _major(folder):
    name = folder.parent.name
    return int(name) if name.isdigit() else 0


def _program_version(folder):
    answer = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    return re.search(r"\) (\d+)", answer.stdout).group(1)


def _from_pip(settings, version):
    """PostgreSQL 16 as a Python package, for machines without apt or without root."""
    pattern = "lib/python3*/site-packages/pgserver/pginstall/bin"
    if not any(settings.venv.glob(pattern)):
        with contextlib.suppress(Problem):
            python_env.install(settings, "--no-deps", "pgserver==0.1.4")
    folder = next(settings.venv.glob(pattern), None)
    return folder if folder and version in (None, _program_version(folder)) else None
