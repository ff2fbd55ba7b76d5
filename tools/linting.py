"""`make lint`: pre-commit with every tool from the virtual environment and from npm's lock file."""

import os
import shutil
import subprocess

from tools.processes import call
from tools.settings import ROOT, Problem
from tools.stamp import Step

PACKAGE_FILES = [ROOT / "package.json", ROOT / "package-lock.json"]


def ensure_node(settings):
    """Install what package.json names below SEAM_DATA."""
    if not shutil.which("npm"):
        raise Problem(
            "The XML and JavaScript checks need Node.js 20 or newer: run `apt-get install npm`."
        )
    step = Step(settings.stamps, "node", *PACKAGE_FILES, str(settings.node))
    if not step.needed:
        return
    print("Installing prettier, eslint and a token server for tests …", flush=True)
    settings.node.mkdir(parents=True, exist_ok=True)
    for file in PACKAGE_FILES:
        shutil.copy(file, settings.node)
    call(
        ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        "npm could not install package-lock.json: look at the network and at npm's configuration",
        cwd=settings.node,
    )
    step.done()


def lint(settings, arguments):
    """Check every file git knows; returns the exit code."""
    command = ["pre-commit", "run", "--all-files", "--show-diff-on-failure", *arguments.split()]
    return execute(settings, command)


def execute(settings, command):
    """Run one tool with the environment's and npm's programs first on PATH; returns its exit code."""
    environment = {
        **os.environ,
        "PATH": settings.tool_path(),
        "NODE_PATH": str(settings.node / "node_modules"),
    }
    return subprocess.run(command, env=environment).returncode
