"""Databases of Odoo, each with its filestore. Runs inside the virtual environment.

The server is the one PGHOST, PGPORT, PGUSER and PGPASSWORD name.
"""

import contextlib
import os
import shutil

import psycopg2
from psycopg2 import sql

from tools.settings import Settings


@contextlib.contextmanager
def connection(name="postgres"):
    """A connection in autocommit to database `name`."""
    link = psycopg2.connect(dbname=name)
    link.autocommit = True
    try:
        yield link
    finally:
        link.close()


def query(name, statement, parameters=None):
    """Run one statement in database `name` and return its rows ([] where it has none)."""
    with connection(name) as link, link.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall() if cursor.description else []


def exists(name):
    return bool(query("postgres", "SELECT 1 FROM pg_database WHERE datname = %s", [name]))


def create(name, template="template0"):
    """Make database `name`; from another `template` than template0 it is a copy with its filestore."""
    _administer("CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE {}", name, template)
    source = filestore(template)
    if source.is_dir():
        shutil.rmtree(filestore(name), ignore_errors=True)
        shutil.copytree(source, filestore(name))


def drop(name):
    """Drop database `name` and its filestore, if there; whoever is connected is thrown out."""
    _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    shutil.rmtree(filestore(name), ignore_errors=True)


def rename(name, new_name):
    _administer("ALTER DATABASE {} RENAME TO {}", name, new_name)
    if filestore(name).is_dir():
        shutil.rmtree(filestore(new_name), ignore_errors=True)
        filestore(name).rename(filestore(new_name))


def own(name):
    """`name` for one of several test processes that run at once: several files use it."""
    return "_".join(filter(None, [name, os.environ.get("PYTEST_XDIST_WORKER")]))


@contextlib.contextmanager
def database(name, template="template0"):
    """A fresh database `name` (an old one goes first), dropped at the end."""
    drop(name)
    create(name, template)
    try:
        yield name
    finally:
        drop(name)


def comment(name):
    """The comment on database `name`, or None when there is no such database."""
    statement = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    rows = query("postgres", statement, [name])
    return (rows[0][0] or "") if rows else None


def set_comment(name, text):
    statement = sql.SQL("COMMENT ON DATABASE {} IS {}").format(
        sql.Identifier(name), sql.Literal(text)
    )
    query("postgres", statement)


def filestore(name):
    return Settings().odoo_data / "filestore" / name


def _administer(statement, *names):
    query("postgres", sql.SQL(statement).format(*map(sql.Identifier, names)))
