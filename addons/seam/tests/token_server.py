"""A token server that is not of our making: oauth2-mock-server, which package.json names."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from unittest import SkipTest

from .ports import free_port

MOCK = "oauth2-mock-server"
# Seconds, on a machine that has much else to do.
PATIENCE = 120


def start(clean_up):
    """Start it, or raise SkipTest where it is not installed.

    :param clean_up: ``addCleanup`` or ``addClassCleanup`` of a test case
    :return: its port
    """
    program = _program()
    if not program:
        raise SkipTest(f"{MOCK} is not installed: run `make lint` once, or npm ci.")
    port = free_port()
    process = subprocess.Popen(
        [program, "-a", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    clean_up(process.wait)
    clean_up(process.terminate)
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return port
        time.sleep(0.1)
    raise SkipTest(f"{MOCK} did not start within {PATIENCE} seconds.")


def _program():
    root = Path(__file__).resolve().parents[3]
    folder = Path(os.environ.get("SEAM_DATA") or root / ".seam") / "node/node_modules/.bin"
    return shutil.which(MOCK) or shutil.which(MOCK, path=str(folder))
