"""A pytest plugin: the last closing lines tell the outcome of the stage before as well.

SEAM_OUTCOME is the file that one stage writes and the next one reads.

Of several processes each has a filestore of its own: Odoo's tests remove from theirs, after each class, what their
own database does not name.
"""

import os
import shutil
import sys
from pathlib import Path

WORDS = ("failed", "error", "passed", "skipped", "xfailed", "xpassed")


def pytest_terminal_summary(terminalreporter):
    """Show what the stage before left, then leave our own."""
    file = Path(os.environ["SEAM_OUTCOME"])
    if file.exists():
        terminalreporter.section("stage before this one")
        terminalreporter.write_line(file.read_text())
    counts = {word: len(terminalreporter.stats.get(word, [])) for word in WORDS}
    paths = " ".join(terminalreporter.config.args)
    told = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    file.write_text(f"{paths}: {told or 'nothing run'}")


def pytest_sessionstart(session):
    worker, odoo = os.environ.get("PYTEST_XDIST_WORKER"), sys.modules.get("odoo.tools")
    if not worker or not odoo or not odoo.config["db_name"]:
        return
    (name,) = odoo.config["db_name"]
    shared = Path(odoo.config["data_dir"])
    own = shared / f"{name}-{worker}"
    shutil.copytree(shared / "filestore" / name, own / "filestore" / name, dirs_exist_ok=True)
    odoo.config["data_dir"] = str(own)
    session.config.add_cleanup(lambda: shutil.rmtree(own, ignore_errors=True))
