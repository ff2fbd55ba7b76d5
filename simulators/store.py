"""What the shop remembers: its orders and refunds, and what it sent. SQLite, so that it outlives a restart."""

import contextlib
import json
import sqlite3
import threading
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY, number INTEGER UNIQUE, kind TEXT, status TEXT,
    modified TEXT, modified_gmt TEXT, body TEXT);
CREATE INDEX IF NOT EXISTS orders_modified ON orders (modified_gmt, id);
CREATE TABLE IF NOT EXISTS refunds (id INTEGER PRIMARY KEY, order_id INTEGER, body TEXT);
CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, order_id INTEGER, body TEXT);
CREATE TABLE IF NOT EXISTS levels (product_id INTEGER PRIMARY KEY, body TEXT);
CREATE TABLE IF NOT EXISTS deliveries (
    id INTEGER PRIMARY KEY, at TEXT, kind TEXT, topic TEXT, order_id INTEGER,
    status INTEGER, answer TEXT, error TEXT, ms INTEGER);
"""
# Refunds are posts like orders: their ids never meet.
FIRST_REFUND = 5_000_000
# What one may do something to later: sent rightly, and not at an end.
LIVING = "status IN ('on-hold', 'processing') AND kind = 'good'"


class Store:
    """One SQLite file below `folder`; every method may be called from any thread."""

    def __init__(self, folder):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._link = sqlite3.connect(
            folder / "shop.sqlite3", check_same_thread=False, isolation_level=None
        )
        self._link.row_factory = sqlite3.Row
        # The shop is a toy: what it wrote last may be lost with the machine.
        self._link.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;" + SCHEMA)

    def close(self):
        self._link.close()

    # -- orders --------------------------------------------------------------------

    def next_number(self):
        return (self._one("SELECT max(number) FROM orders")[0] or 0) + 1

    def save(self, number, kind, order):
        self._do(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " status = excluded.status, modified = excluded.modified,"
            " modified_gmt = excluded.modified_gmt, body = excluded.body",
            order["id"],
            number,
            kind,
            order["status"],
            order["date_modified"],
            order["date_modified_gmt"],
            json.dumps(order),
        )

    def order(self, order_id):
        """The order as a dict, or None."""
        row = self._one("SELECT body FROM orders WHERE id = ?", order_id)
        return row and json.loads(row["body"])

    def delete(self, order_id):
        self._do("DELETE FROM orders WHERE id = ?", order_id)

    def some_order(self, chance, condition=LIVING):
        """One of the latest orders that meet the condition, or None."""
        rows = self._all(f"SELECT body FROM orders WHERE {condition} ORDER BY number DESC LIMIT 50")
        return json.loads(chance.choice(rows)["body"]) if rows else None

    def page(self, after, gmt, statuses, column, descending, page, size):
        """One page of the list of orders → (orders, how many there are in all).

        after       ISO time, exclusive, or None
        gmt         whether `after` is in UTC or in the shop's time
        column      "modified_gmt" or "id"
        """
        where, values = ["1 = 1"], []
        if after:
            where.append(f"{'modified_gmt' if gmt else 'modified'} > ?")
            values.append(after)
        if statuses:
            where.append(f"status IN ({', '.join('?' * len(statuses))})")
            values += statuses
        condition = " AND ".join(where)
        total = self._one(f"SELECT count(*) FROM orders WHERE {condition}", *values)[0]
        way = "DESC" if descending else "ASC"
        rows = self._all(
            f"SELECT body FROM orders WHERE {condition}"
            f" ORDER BY {column} {way}, id {way} LIMIT ? OFFSET ?",
            *values,
            size,
            (page - 1) * size,
        )
        return [json.loads(row["body"]) for row in rows], total

    # -- refunds -------------------------------------------------------------------

    def next_refund(self):
        return (self._one("SELECT max(id) FROM refunds")[0] or FIRST_REFUND) + 1

    def save_refund(self, refund):
        self._do(
            "INSERT INTO refunds VALUES (?, ?, ?)",
            refund["id"],
            refund["parent_id"],
            json.dumps(refund),
        )

    def refunds(self, order_id=None):
        """The refunds of one order, or all, the newest first."""
        rows = self._all(
            "SELECT body FROM refunds WHERE ? IS NULL OR order_id = ? ORDER BY id DESC",
            order_id,
            order_id,
        )
        return [json.loads(row["body"]) for row in rows]

    # -- notes and stock -----------------------------------------------------------

    def save_note(self, order_id, note):
        """Keep a note of an order; returned with its id."""
        with self._lock:
            values = (order_id, json.dumps(note))
            made = self._link.execute("INSERT INTO notes (order_id, body) VALUES (?, ?)", values)
            return {"id": made.lastrowid, **note}

    def notes(self, order_id):
        """The notes of an order, the newest first."""
        rows = self._all("SELECT * FROM notes WHERE order_id = ? ORDER BY id DESC", order_id)
        return [{"id": row["id"], **json.loads(row["body"])} for row in rows]

    def save_level(self, product_id, values):
        """Keep what was set of a product's stock."""
        kept = {name: values[name] for name in ("manage_stock", "stock_quantity") if name in values}
        self._do(
            "INSERT INTO levels VALUES (?, ?) ON CONFLICT (product_id)"
            " DO UPDATE SET body = excluded.body",
            product_id,
            json.dumps(kept),
        )

    def level(self, product_id):
        """What was set of a product's stock, {} where nothing was."""
        row = self._one("SELECT body FROM levels WHERE product_id = ?", product_id)
        return json.loads(row["body"]) if row else {}

    # -- deliveries ----------------------------------------------------------------

    def log(self, **delivery):
        names = ", ".join(delivery)
        marks = ", ".join("?" * len(delivery))
        self._do(f"INSERT INTO deliveries ({names}) VALUES ({marks})", *delivery.values())

    def deliveries(self, limit=100):
        """The latest deliveries as dicts, the newest first."""
        rows = self._all("SELECT * FROM deliveries ORDER BY id DESC LIMIT ?", limit)
        return [dict(row) for row in rows]

    def counts(self):
        """How often each kind was sent: {kind: {HTTP status or "none": count}}; and orders kept."""
        counts = {}
        for row in self._all(
            "SELECT kind, status, count(*) AS sent FROM deliveries GROUP BY kind, status"
        ):
            counts.setdefault(row["kind"], {})[str(row["status"] or "none")] = row["sent"]
        return {"deliveries": counts, "orders": self._one("SELECT count(*) FROM orders")[0]}

    def levels(self):
        """{product id: pieces} of those whose stock was set."""
        rows = self._all("SELECT product_id, body FROM levels")
        return {row["product_id"]: json.loads(row["body"]).get("stock_quantity") for row in rows}

    def statuses(self):
        """{order id: status}"""
        return {row["id"]: row["status"] for row in self._all("SELECT id, status FROM orders")}

    # -- SQLite --------------------------------------------------------------------

    def _do(self, statement, *values):
        with self._lock, contextlib.closing(self._link.execute(statement, values)):
            pass

    def _one(self, statement, *values):
        with self._lock:
            return self._link.execute(statement, values).fetchone()

    def _all(self, statement, *values):
        with self._lock:
            return self._link.execute(statement, values).fetchall()
