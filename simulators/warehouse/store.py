"""What a simulator remembers over a restart: JSON by kind and key, in one SQLite file."""

import json
import sqlite3
import threading
from pathlib import Path


class Store:
    """Keeps what it is given in `folder`/`name`, or in memory alone. Any thread may call it."""

    def __init__(self, folder=None, name="wms.sqlite3"):
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._link = sqlite3.connect(
            Path(folder) / name if folder else ":memory:",
            check_same_thread=False,
            isolation_level=None,
        )
        # A simulator is a toy: what it wrote last may be lost with the machine.
        self._link.executescript(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
            "CREATE TABLE IF NOT EXISTS kept (kind TEXT, key TEXT, value TEXT,"
            " PRIMARY KEY (kind, key));"
        )

    def keep(self, kind, key, value):
        with self._lock:
            self._link.execute(
                "INSERT INTO kept VALUES (?, ?, ?)"
                " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value",
                (kind, key, json.dumps(value)),
            )

    def forget(self, kind, key):
        with self._lock:
            self._link.execute("DELETE FROM kept WHERE kind = ? AND key = ?", (kind, key))

    def load(self, kind):
        """{key: value} in the order in which they were first kept."""
        with self._lock:
            rows = self._link.execute(
                "SELECT key, value FROM kept WHERE kind = ? ORDER BY rowid", (kind,)
            ).fetchall()
        return {key: json.loads(value) for key, value in rows}

    def close(self):
        with self._lock:
            self._link.close()
