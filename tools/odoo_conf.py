"""odoo.conf for one server: the committed one, plus what belongs to this machine."""

import configparser
import os

from tools.settings import ADDONS, ROOT


def write(path, settings, database, port=None, gevent_port=None, options=None, queue_job=None):
    """Write the configuration of a server on `database` to `path` and return `path`.

    `db_name` alone chooses the database: with a dbfilter Odoo opens a connection to database `postgres`
    for every request without a session, which costs a partner's call more than everything else in it.

    The PostgreSQL server is the one PGHOST … name. `options` and `queue_job` are dicts laid over the
    sections of those names last.
    """
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "odoo.conf")
    config["options"].update(
        {
            "addons_path": str(ADDONS),
            "data_dir": str(settings.odoo_data),
            "db_name": database,
            **_server(),
        }
    )
    if port:
        config["options"].update({"http_port": str(port), "gevent_port": str(gevent_port)})
    config["options"].update(_texts(options))
    config["queue_job"].update(_texts(queue_job))
    config["seam"]["secret_key_file"] = str(settings.secret_key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    with path.open("w") as file:
        config.write(file)
    return path


def _server():
    names = {
        "PGHOST": "db_host",
        "PGPORT": "db_port",
        "PGUSER": "db_user",
        "PGPASSWORD": "db_password",
    }
    return {option: os.environ[key] for key, option in names.items() if os.environ.get(key)}


def _texts(values):
    return {key: str(value) for key, value in (values or {}).items()}
