"""The private cluster: made, reached by its socket alone, killed and started again."""

import os
import tempfile
from pathlib import Path

import psycopg2
import pytest

from tools import postgres


@pytest.fixture(scope="module")
def cluster():
    with tempfile.TemporaryDirectory(prefix="seam-test-", dir="/var/tmp") as folder:
        os.chmod(folder, 0o755)
        with postgres.Cluster(Path(folder) / "cluster") as cluster:
            yield cluster


def connect(cluster, name="postgres"):
    environment = cluster.environment()
    return psycopg2.connect(
        dbname=name,
        host=environment["PGHOST"],
        user=environment["PGUSER"],
        password=environment["PGPASSWORD"],
    )


def setting(link, name):
    with link.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


def test_it_is_durable_and_closed_to_the_network(cluster):
    link = connect(cluster)
    assert setting(link, "fsync") == setting(link, "synchronous_commit") == "on"
    assert setting(link, "listen_addresses") == ""
    assert setting(link, "is_superuser") == "off"
    link.close()


def test_its_password_is_asked_for_and_kept_to_its_owner(cluster):
    assert (cluster.folder / "password").stat().st_mode & 0o077 == 0
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(
            dbname="postgres", host=cluster.environment()["PGHOST"], user="seam", password="no"
        )


def test_its_server_does_not_run_as_root(cluster):
    assert Path(f"/proc/{cluster.pid()}").stat().st_uid != 0


def test_what_was_committed_outlives_a_kill(cluster):
    link = connect(cluster)
    link.autocommit = True
    link.cursor().execute("CREATE DATABASE kept")
    cluster.kill()
    with pytest.raises(psycopg2.OperationalError):
        connect(cluster)
    cluster.start()
    connect(cluster, "kept").close()


def test_a_long_path_gets_a_short_socket(tmp_path):
    cluster = postgres.Cluster(tmp_path / ("long" * 30))
    assert len(str(cluster.socket)) <= postgres.LONGEST_SOCKET_FOLDER
