"""Odoo's registry in a process of the failure tests: ORM on real cursors, without a server."""

import contextlib
import threading

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service.server import load_server_wide_modules
from odoo.tools import config


def load(conf, database):
    """Load `database` as `conf` says, and return its registry."""
    config.parse_config(["-c", str(conf), "-d", database, "--workers", "0", "--log-level", "error"])
    load_server_wide_modules()
    # what an earlier test loaded under this name is of a server that is gone
    sql_db.close_all()
    Registry.delete(database)
    return Registry(database)


@contextlib.contextmanager
def environment(registry):
    """The superuser's environment on a transaction of its own. The server's processes and this
    one tell each other which caches are out of date.
    """
    threading.current_thread().dbname = registry.db_name
    registry.check_signaling()
    with registry.cursor() as cr:
        yield api.Environment(cr, SUPERUSER_ID, {})
    registry.signal_changes()
