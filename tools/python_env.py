"""The virtual environment with everything that requirements-dev.lock pins."""

import os
import shutil
import subprocess
import sys

from tools import apt
from tools.processes import call
from tools.settings import ROOT, Problem
from tools.stamp import Step

OLDEST, NEWEST = (3, 10), (3, 13)
LOCK = ROOT / "requirements-dev.lock"


def ensure(settings):
    """Make the virtual environment, or bring it up to the lock."""
    interpreter = _interpreter(settings)
    step = Step(settings.stamps, "python", LOCK, str(settings.venv))
    if interpreter is None and not step.needed:
        return
    if interpreter:
        _create(settings, interpreter)
    print("Installing the Python packages …", flush=True)
    # --no-deps: the lock is complete, and queue_job asks for a distribution that no index has.
    call(
        [settings.python, "-m", "pip", "install", "--no-deps", "--no-input", "-q", "-r", LOCK],
        "pip could not install requirements-dev.lock: look at the network and at pip's configuration",
        env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
    )
    step.done()


def install(settings, *requirements):
    """Install what only some machines need, beyond the lock."""
    call(
        [settings.python, "-m", "pip", "install", "--no-input", "-q", *requirements],
        f"pip could not install {' '.join(requirements)}",
    )


def _interpreter(settings):
    """The Python to make a new environment with; None while the present one works."""
    if settings.python.exists() and _version(settings.python) is not None:
        return None
    names = [sys.executable, "python3", *(f"python3.{minor}" for minor in (12, 11, 13, 10))]
    for name in names:
        path = shutil.which(name)
        version = _version(path) if path else None
        if version and OLDEST <= version <= NEWEST:
            return path
    raise Problem(
        f"Odoo 19 runs on Python 3.10 to 3.13 and this one is {sys.version.split()[0]}: "
        "install one of those and call `make PYTHON=python3.12 …`."
    )


def _version(python):
    code = "import sys; print(*sys.version_info[:2])"
    try:
        result = subprocess.run([str(python), "-c", code], capture_output=True, text=True)
    except OSError:
        return None
    return tuple(map(int, result.stdout.split())) if result.returncode == 0 else None


def _create(settings, interpreter):
    print(f"Making the virtual environment with {interpreter} …", flush=True)
    probe = subprocess.run([interpreter, "-c", "import ensurepip, venv"], capture_output=True)
    if probe.returncode:
        version = ".".join(map(str, _version(interpreter)))
        if not apt.can_install():
            raise Problem(
                f"Python's venv module is missing: run `apt-get install python{version}-venv`."
            )
        apt.install(f"python{version}-venv")
    settings.data.mkdir(parents=True, exist_ok=True)
    call(
        [interpreter, "-m", "venv", "--clear", settings.venv],
        "The virtual environment could not be made",
    )
