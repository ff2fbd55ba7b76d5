"""Connections that go to the address that was checked, end at their deadline, and
tell whether anything was sent. Beneath ``http.Client``; on urllib3 1.26, as Odoo
pins it."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from http.client import HTTPResponse, RemoteDisconnected
from typing import Any, BinaryIO

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from .address import Allowed
from .fault import Fault

# Connections that are kept: as many as calls may be under way at once.
POOL = 32

Resolver = Callable[[str, int], list[str]]


class Attempt:
    """One request under way: what is known of it, and its last moment."""

    def __init__(self, seconds: float):
        self.deadline = time.monotonic() + seconds
        self.sent = False
        self.expired = False
        self._socket: socket.socket | None = None

    def check(self) -> None:
        """TimeoutError if the deadline has passed: what was broken off then can
        look like an answer that ended."""
        if self.expired:
            raise TimeoutError("the deadline has passed")

    def holds(self, connection: socket.socket) -> None:
        self._socket = connection

    @contextlib.contextmanager
    def watched(self):
        """Break the connection at the deadline. Timeouts of a socket are per
        packet: an answer that drips in would never end by them."""
        timer = threading.Timer(self.remaining(), self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def remaining(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def _expire(self) -> None:
        self.expired = True
        if self._socket:
            with contextlib.suppress(OSError):
                # Not the TLS socket's own shutdown, which drops its state under
                # the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class Guard:
    """Resolves, checks and connects: what is checked is what is connected to,
    so a name that resolves differently the next moment gains nothing."""

    def __init__(self, allowed: Allowed, resolver: Resolver):
        self._allowed = allowed
        self._resolver = resolver
        self._local = threading.local()

    @property
    def attempt(self) -> Attempt:
        return self._local.attempt

    @contextlib.contextmanager
    def using(self, attempt: Attempt):
        self._local.attempt = attempt
        try:
            yield
        finally:
            self._local.attempt = None

    def connect(self, connection: HTTPConnection) -> socket.socket:
        """A connected socket for urllib3's connection, with urllib3's errors."""
        try:
            made = self._open(connection)
        except TimeoutError:
            raise ConnectTimeoutError(connection, "timed out") from None
        except OSError as error:
            raise NewConnectionError(connection, str(error)) from None
        for option in connection.socket_options or ():
            made.setsockopt(*option)
        self.attempt.holds(made)
        return made

    def _open(self, connection: HTTPConnection) -> socket.socket:
        """To the first address that answers; the last one's error otherwise."""
        # urllib3 has the host of an IPv6 address in brackets.
        host, port = connection.host.strip("[]"), connection.port
        error = OSError("the name has no address")
        for address in self._addresses(host, port):
            seconds = min(connection.timeout, self.attempt.remaining())
            try:
                return socket.create_connection((address, port), max(seconds, 0.001))
            except OSError as problem:
                error = problem
        raise error

    def _addresses(self, host: str, port: int) -> list[str]:
        found = _in_time(lambda: self._resolver(host, port), self.attempt.remaining())
        if self._allowed.host(host):
            return found
        kept = [address for address in found if self._allowed.address(address)]
        if found and not kept:
            raise Fault(
                "transport.forbidden",
                f"{host} leads to an address inside a private or reserved network.",
                fix="If that is meant, list the host or its network as allowed.",
                subject=host,
            )
        return kept


def system_resolver(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(entry[4][0] for entry in found))


def _in_time(call: Callable[[], list[str]], seconds: float) -> list[str]:
    """The result of a call that has no timeout of its own (getaddrinfo)."""
    box: dict[str, Any] = {}

    def run() -> None:
        try:
            box["found"] = call()
        except (OSError, UnicodeError) as error:
            box["error"] = OSError(f"the name cannot be resolved: {error}")

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if "error" in box:
        raise box["error"]
    if "found" not in box:
        raise TimeoutError("the name was not resolved in time")
    return box["found"]


class _Lines:
    """A file of which lines are read, and whether it ended meanwhile."""

    def __init__(self, file: BinaryIO):
        self.file = file
        self.ended = False

    def readline(self, limit: int = -1) -> bytes:
        line = self.file.readline(limit)
        self.ended = not line
        return line

    def close(self) -> None:
        self.file.close()


class _Answer(HTTPResponse):
    """http.client takes a connection that ends within the headers for the end of
    the headers: an answer cut off after ``HTTP/1.1 200`` would be a success."""

    def begin(self) -> None:
        lines = self.fp = _Lines(self.fp)
        try:
            super().begin()
        finally:
            # None if the answer was so broken that it is closed already.
            self.fp = self.fp and lines.file
        if lines.ended:
            raise RemoteDisconnected("the headers ended early")


class Adapter(HTTPAdapter):
    """Hands out connections that ask the guard."""

    def __init__(self, guard: Guard):
        self._guard = guard
        super().__init__(max_retries=0, pool_maxsize=POOL)

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pool_classes(self._guard)


def _pool_classes(guard: Guard) -> dict[str, type[HTTPConnectionPool]]:
    """urllib3 makes connections from classes, so the guard comes by closure."""

    class Guarded:
        response_class = _Answer

        def _new_conn(self):
            return guard.connect(self)

        def send(self, data):
            if self.sock is None:
                self.connect()
            guard.attempt.holds(self.sock)
            guard.attempt.sent = True
            return super().send(data)

    class PlainConnection(Guarded, HTTPConnection):
        pass

    class SecureConnection(Guarded, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": PlainPool, "https": SecurePool}
