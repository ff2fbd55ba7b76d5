"""For tests that hold every request against a vendor's own description (OpenAPI).

The descriptions are the vendors' and no part of this repository: they are looked for in
``SEAM_SPECS``, a folder for each vendor, and without them such tests are skipped. The same
requests go to Prism, a mock server that validates what it gets, where it is installed.
"""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
import unittest
from pathlib import Path
from urllib.parse import unquote

from .ports import free_port

ROOT = Path(__file__).parents[3]
SPECS = Path(os.environ.get("SEAM_SPECS") or ROOT.parent / "shared" / "specs")
PLACES = (".seam/prism", ".seam/node")
# Seconds, on a machine that has much else to do.
PATIENCE = 120


def prism():
    """:return: the program of Prism, or None"""
    found = [ROOT / place / "node_modules/.bin/prism" for place in PLACES]
    known = [str(file) for file in found if file.exists()]
    return os.environ.get("SEAM_PRISM") or shutil.which("prism") or next(iter(known), None)


def matching(paths, method, path):
    """What a description has for a request.

    :param paths: ``paths`` of the description
    :return: iterator of (operation, dict name → value in the path)
    """
    for template, item in paths.items():
        names = re.findall(r"{(\w+)}", template)
        match = re.fullmatch(re.sub(r"{\w+}", "([^/]+)", template), "/" + path)
        operation = match and item.get(method.lower())
        if operation:
            yield operation, dict(zip(names, map(unquote, match.groups()), strict=True))


class PrismMixin:
    """For cases whose requests go out on the wire, to a mock that validates them."""

    def setUp(self):
        super().setUp()
        if not prism():
            raise unittest.SkipTest("Prism is not installed; see docs/connectors/.")

    @contextlib.contextmanager
    def mock(self, file):
        """A mock of a description, on this machine. :return: its address"""
        port = free_port()
        command = [prism(), "mock", "-h", "127.0.0.1", "-p", str(port), str(file)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.wait_for(process, port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(PATIENCE)

    def wait_for(self, process, port):
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.2)
        self.fail("Prism did not start.")
