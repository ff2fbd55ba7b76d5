"""`make clean`: stop the cluster and remove what the set-up made, and nothing else in SEAM_DATA."""

import os
import shutil

from tools import postgres
from tools.settings import Problem
from tools.stamp import locked

MADE = [
    "venv",
    "odoo",
    "odoo.new",
    "odoo.old",
    "apt",
    "node",
    "stamps",
    "log",
    "conf",
    "odoo-data",
    "secret.key",
    "shop",
    "shop.secret",
    "upstream",
]


def clean(settings):
    if not settings.data.is_dir():
        return 0
    with locked(settings.data / "postgres.users", wait=False) as unused:
        if not unused:
            raise Problem(f"Something still runs on {settings.data}: stop it first.")
        if os.path.lexists(settings.postgres):
            _remove_cluster(settings)
        for name in MADE:
            _remove(settings.data / name)
    for lock in settings.data.glob("*.lock"):
        lock.unlink()
    (settings.data / "postgres.users").unlink()
    if not any(settings.data.iterdir()):
        settings.data.rmdir()
    return 0


def _remove_cluster(settings):
    cluster = postgres.Cluster.of(settings)
    cluster.stop("immediate")
    for path in (cluster.folder, cluster.socket, settings.postgres):
        _remove(path)


def _remove(path):
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)
